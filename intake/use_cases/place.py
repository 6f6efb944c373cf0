"""Files one piece, or holds it with its reason: duplicate, age, and the limit of its category (R19–R25).

One transaction a piece: the check of the limit and the filing are one step, whoever else deposits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from intake import placing
from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.lecture import PageLue
from intake.domain.motif import Gravite, Motif, StatutPiece
from intake.domain.plan import INCONNU, PlanDeClassement
from intake.dossier import PieceJugee, est_de_dossier
from intake.duplicates import REPERES, Signalement, doublon_de
from intake.nir import masquer
from intake.ports import Clock, Transaction, UnitOfWork

_SET_ASIDE = frozenset({Motif.DOUBLON, Motif.OBSOLETE, Motif.HORS_PERIMETRE})
_COMPARED = frozenset({StatutPiece.DEPOSEE, StatutPiece.EN_ATTENTE, StatutPiece.OBSOLETE})
_TEXT_KEPT = 200_000  # characters; for search and for telling duplicates


@dataclass(frozen=True)
class Placer:
    uow: UnitOfWork
    clock: Clock
    plan: PlanDeClassement

    def __call__(
        self, envoi: Envoi, rang: int, jugee: PieceJugee, pages: Sequence[PageLue], objet: tuple[str, str]
    ) -> None:
        """`pages`: the readings of the piece; `objet`: (sha256, key) of its bytes, already stored."""
        draft = self._draft(envoi, rang, jugee, pages, objet)
        with self.uow() as tx:
            if draft.demande is not None:
                tx.registre.verrouiller(draft.demande)  # before any look: two may be placing this envoi
            if tx.pieces.lire(draft.id) is not None:
                return  # this job ran before
            piece = self._decide(tx, draft, jugee)
            if not tx.pieces.ajouter(piece):
                return
            if piece.motif is not None and not (jugee.destination.motif and est_de_dossier(piece.motif)):
                tx.incidents.ajouter(self._incident(piece))
            tx.commit()

    def _draft(
        self, envoi: Envoi, rang: int, jugee: PieceJugee, pages: Sequence[PageLue], objet: tuple[str, str]
    ) -> Piece:
        answer, dest = jugee.classement, jugee.destination
        fields = answer.fields
        return Piece(
            id=f"{envoi.id}-{rang:04d}",
            envoi=envoi.id,
            rang=rang,
            pages=jugee.pages,
            type=INCONNU
            if self.plan.est_feuille(answer.type)
            else self.plan.type_ou_inconnu(answer.type).code,
            categorie=placing.categorie(answer, self.plan),
            statut=StatutPiece.A_VERIFIER,
            confidence=min(1.0, max(0.0, answer.confidence)),
            sha256=objet[0],
            objet=objet[1],
            recu_le=envoi.recu_le,
            demande=dest.demande.numero_unique if dest.demande else None,
            numero_lu=None if dest.demande else dest.numero,
            personne=placing.personne(jugee.noms),
            raison=jugee.raison,
            evidence=answer.evidence,
            fields=fields,
            lieux=answer.lieux,
            texte=masquer("\n".join(p.texte.texte for p in pages))[:_TEXT_KEPT],
            empreintes=tuple(p.empreinte for p in pages if not p.blanche),
            repere=tuple(fields.get(k, "") for k in REPERES),
            validite=placing.fin_de_validite(answer, self.plan),
        )

    def _decide(self, tx: Transaction, piece: Piece, jugee: PieceJugee) -> Piece:
        if piece.demande is None:
            return _stopped(piece, jugee.arret)
        demande = tx.registre.chercher(piece.demande)
        if jugee.arret is None and (demande is None or not demande.active):
            return replace(
                piece,
                statut=StatutPiece.A_VERIFIER,
                motif=Motif.DEMANDE_RADIEE,
                message=f"La demande {piece.demande} vient d'être radiée.",
            )
        first = _first_of(tx, piece)
        if first is not None and (jugee.arret is None or jugee.arret.motif is not Motif.IDENTITE_INCOHERENTE):
            return replace(
                piece,
                statut=StatutPiece.DOUBLON,
                motif=Motif.DOUBLON,
                doublon_de=first.id,
                message=f"Même document que la pièce {first.id}, déjà dans le dossier.",
            )
        if jugee.arret is not None:
            return _stopped(piece, jugee.arret)
        return deposer(tx, piece, self.plan)

    def _incident(self, piece: Piece) -> Incident:
        assert piece.motif is not None
        aside = piece.motif in _SET_ASIDE
        sensitive = Gravite.SENSIBLE if self.plan.sensible(piece.type) else Gravite.A_TRAITER
        return Incident(
            id=f"{piece.id}-I",
            envoi=piece.envoi,
            motif=piece.motif,
            pages=piece.pages,
            message=piece.message,
            cree_le=self.clock.now(),
            gravite=Gravite.INFORMATION if aside else sensitive,
            piece=piece.id,
            etat="close" if aside else "ouverte",
        )


def deposer(tx: Transaction, piece: Piece, plan: PlanDeClassement) -> Piece:
    """`piece` filed if its category has a place, held if not: the atomic step of R19."""
    assert piece.demande is not None
    category = plan.categories.get(piece.categorie)
    if category is None:  # a later version of the plan dropped it: a person has to file the piece anew
        return replace(
            piece,
            statut=StatutPiece.A_VERIFIER,
            motif=Motif.MAL_CLASSEE,
            occupe=None,
            message=f"La catégorie {piece.categorie} n'est plus au plan de classement.",
        )
    who = (piece.personne or "") if category.par_personne else ""
    if not tx.places.prendre(piece.demande, category.code, who, category.limite):
        return replace(
            piece,
            statut=StatutPiece.EN_ATTENTE,
            motif=Motif.CATEGORIE_PLEINE,
            occupe=None,
            message=f"La catégorie « {category.libelle} » est pleine ({category.limite} pièces) : "
            "remplacez-y une pièce obsolète ou en double.",
        )
    beyond = plan.type_ou_inconnu(piece.type).hors_perimetre
    return replace(
        piece,
        statut=StatutPiece.DEPOSEE,
        occupe=(category.code, who),
        motif=Motif.HORS_PERIMETRE if beyond else None,
        message="Hors périmètre réglementaire : cette pièce ne peut pas être demandée." if beyond else "",
    )


def _stopped(piece: Piece, arret: placing.Arret | None) -> Piece:
    assert arret is not None
    return replace(piece, statut=arret.statut, motif=arret.motif, message=arret.message)


def _first_of(tx: Transaction, piece: Piece) -> Signalement | None:
    assert piece.demande is not None
    alike = tx.pieces.semblables(piece.demande, piece.type, piece.sha256)
    filed = [p for p in alike if p.statut in _COMPARED]
    return doublon_de(_signalement(piece), map(_signalement, filed))


def _signalement(piece: Piece) -> Signalement:
    return Signalement(
        piece.id, piece.sha256, piece.type, piece.texte, piece.empreintes, piece.repere, piece.personne
    )
