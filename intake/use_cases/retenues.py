"""For what a piece is held: also one that a person set aside, for setting aside answers no question.

What takes a piece back, cuts it again or reclassifies it asks here, so that none of it files what waits for
a look at whose it is (R14).
"""

from __future__ import annotations

from collections.abc import Sequence

from intake import placing
from intake.domain.acte import Acte
from intake.domain.envoi import Piece
from intake.domain.lecture import Classement
from intake.domain.motif import Motif, StatutPiece
from intake.dossier import est_de_dossier
from intake.identity import Accord
from intake.noms import concordance
from intake.placing import Arret
from intake.ports import Transaction
from intake.use_cases.desk import SORTIES

MISES_A_PART = frozenset({*SORTIES, StatutPiece.OBSOLETE, StatutPiece.DOUBLON})
POUR_LA_DEMANDE = frozenset({Motif.IDENTITE_INCOHERENTE, Motif.MAUVAISE_DEMANDE})
POUR_LE_TYPE = frozenset({Motif.MAL_CLASSEE, Motif.HORS_PERIMETRE})

# What people do to put a piece away; every other change of a statut judged the piece.
_MET_A_PART = frozenset({"supprimer", "marquer", "demandercopie", "ecarter", "retirer", "remplacer"})
_JUGE = frozenset({"confirmer", "decouper", "fusionner", "donnernumero", "reprendre"})


def retenue(tx: Transaction, piece: Piece) -> Arret | None:
    """Why it is held, or was when it was set aside and nothing has settled since; None: nothing holds it."""
    if piece.statut is StatutPiece.A_VERIFIER:
        assert piece.motif is not None
        return Arret(piece.statut, piece.motif, piece.message)
    if piece.statut not in MISES_A_PART:
        return None
    motif = _a_son_depart(tx.histoire.de_piece(piece.id), piece)
    if motif is None:
        return None if piece.demande is None else _jamais_vue(tx, piece)
    return Arret(StatutPiece.A_VERIFIER, motif, _message(tx, piece, motif))


def _a_son_depart(actes: Sequence[Acte], piece: Piece) -> Motif | None:
    """The motif it was held for when it was set aside, its history read backwards."""
    motif, changed = piece.motif, set[str]()
    for acte in reversed(actes):
        if acte.fait.action in _JUGE:
            return None
        changed |= acte.apres.keys()
        before = acte.avant.get("motif", motif)
        motif = Motif(before) if before is not None else None
        was = StatutPiece(acte.avant.get("statut", piece.statut))
        if was in MISES_A_PART:
            continue
        if was is not StatutPiece.A_VERIFIER or acte.fait.action not in _MET_A_PART or motif is None:
            return None
        settled = ("demande" in changed and (motif in POUR_LA_DEMANDE or est_de_dossier(motif))) or (
            "type" in changed and motif in POUR_LE_TYPE
        )
        return None if settled else motif
    return None


def _jamais_vue(tx: Transaction, piece: Piece) -> Arret | None:
    """Set aside by a rule at its arrival, where a name may not have been looked at."""
    if any(a.avant.get("statut") or a.fait.action in _JUGE for a in tx.histoire.de_piece(piece.id)):
        return None  # it was in the dossier before, or somebody said whose it is
    assert piece.demande is not None
    demande = tx.registre.chercher(piece.demande)
    if demande is None:
        return None
    pages = [p for p in tx.lectures.lire(piece.envoi, piece.pages) if not p.blanche]
    noms = concordance(pages, Classement(piece.type, 1.0, fields=piece.fields), demande)
    if noms.accord is not Accord.CONTREDIT:
        return None
    return placing.contredite(noms)


def _message(tx: Transaction, piece: Piece, motif: Motif) -> str:
    told = [i for i in tx.incidents.de_envoi(piece.envoi) if i.motif is motif]
    mine = [i for i in told if i.piece == piece.id]
    group = [i for i in told if i.piece is None and set(i.pages) & set(piece.pages)]
    return next((i.message for i in (*reversed(mine), *group)), "Elle était retenue : vérifiez-la.")
