"""Files one piece, or holds it with its reason: duplicate, age, and the limit of its category (R19–R25).

One transaction a piece: the check of the limit and the filing are one step, whoever else deposits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intake import placing
from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.incident import EtatIncident
from intake.domain.jour import jour_civil
from intake.domain.lecture import PageLue
from intake.domain.motif import Gravite, Motif, StatutPiece
from intake.domain.plan import A_CLASSER, INCONNU, PlanDeClassement
from intake.dossier import PieceJugee, est_de_dossier
from intake.duplicates import REPERES, Signalement, doublon_de
from intake.nir import masquer
from intake.placing import Arret
from intake.ports import Clock, Transaction, UnitOfWork

_SET_ASIDE = frozenset({Motif.DOUBLON, Motif.OBSOLETE, Motif.HORS_PERIMETRE})
_COMPARED = frozenset({StatutPiece.DEPOSEE, StatutPiece.EN_ATTENTE, StatutPiece.OBSOLETE})
_TEXT_KEPT = 200_000  # characters; for search and for telling duplicates

Place = tuple[str, str]  # category, person or ""


@dataclass(frozen=True)
class Placer:
    uow: UnitOfWork
    clock: Clock
    plan: PlanDeClassement
    tenir: Callable[[Transaction], None]  # raises when the envoi is somebody else's by now

    def __call__(
        self, envoi: Envoi, rang: int, jugee: PieceJugee, pages: Sequence[PageLue], objet: tuple[str, str]
    ) -> None:
        """`pages`: the readings of the piece; `objet`: (sha256, key) of its bytes, already stored."""
        draft = reconnue(ebauche(envoi, rang, objet), jugee, pages, self.plan)
        now = self.clock.now()
        with self.uow() as tx:
            if draft.demande is not None:
                tx.registre.verrouiller(draft.demande)  # before any look: two may be placing this envoi
            self.tenir(tx)
            if tx.pieces.lire(draft.id) is not None:
                return  # this job ran before
            tx.objets.verrouiller(draft.objet)
            piece = decider(tx, draft, jugee.arret, self.plan, now)
            if not tx.pieces.ajouter(piece):
                return
            if jugee.destination.motif and piece.motif and est_de_dossier(piece.motif):
                beside = placing.lisibilite(jugee.classement, [p for p in pages if not p.blanche])
                if beside is not None:  # the group itself is told once, by its envoi
                    tx.incidents.ajouter(_a_redemander(piece, beside, now))
            elif piece.motif is not None:
                tx.incidents.ajouter(incident_de(tx, piece, self.plan, now, 1))
            tx.commit()


def _a_redemander(piece: Piece, arret: Arret, le: datetime) -> Incident:
    """What a piece of a group held for its sheet lacks too: its sender is asked for all at once.

    It holds nothing: once the group has its number, the piece is judged, and told, for itself.
    """
    return Incident(
        id=f"{piece.id}-I",
        envoi=piece.envoi,
        motif=arret.motif,
        pages=piece.pages,
        message=arret.message,
        cree_le=le,
        gravite=Gravite.INFORMATION,
        piece=piece.id,
        etat=EtatIncident.CLOSE,
    )


def ebauche(envoi: Envoi, rang: int, objet: tuple[str, str]) -> Piece:
    """A piece of which only the bytes are known."""
    return Piece(
        id=f"{envoi.id}-{rang:04d}",
        envoi=envoi.id,
        rang=rang,
        pages=(),
        type=INCONNU,
        categorie=A_CLASSER,
        statut=StatutPiece.A_VERIFIER,
        confidence=0.0,
        sha256=objet[0],
        objet=objet[1],
        recu_le=envoi.recu_le,
    )


def reconnue(piece: Piece, jugee: PieceJugee, pages: Sequence[PageLue], plan: PlanDeClassement) -> Piece:
    """`piece` with what was read on its `pages` and judged of it; not yet placed."""
    answer, dest = jugee.classement, jugee.destination
    fields = answer.fields
    return replace(
        piece,
        pages=jugee.pages,
        type=INCONNU if plan.est_feuille(answer.type) else plan.type_ou_inconnu(answer.type).code,
        categorie=placing.categorie(answer, plan),
        confidence=min(1.0, max(0.0, answer.confidence)),
        demande=dest.demande.numero_unique if dest.demande else None,
        numero_lu=None if dest.demande else dest.numero,
        personne=placing.personne(jugee.noms, answer.type),
        raison=jugee.raison,
        evidence=answer.evidence,
        fields=fields,
        lieux=answer.lieux,
        texte=texte_de(pages),
        empreintes=tuple(p.empreinte for p in pages if not p.blanche),
        repere=tuple(fields.get(k, "") for k in REPERES),
        validite=placing.fin_de_validite(answer, plan),
    )


def texte_de(pages: Sequence[PageLue]) -> str:
    """What is kept of the text of a piece's `pages`, without anybody's social security number (R33)."""
    return masquer("\n".join(p.texte.texte for p in pages))[:_TEXT_KEPT]


def incident_de(tx: Transaction, piece: Piece, plan: PlanDeClassement, le: datetime, rang: int) -> Incident:
    """Why `piece` is held or marked, as the `rang`-th incident of this piece."""
    assert piece.motif is not None
    settled = piece.motif in _SET_ASIDE and piece.statut is not StatutPiece.A_VERIFIER
    aside = settled and not _supposed(tx, piece)
    sensitive = Gravite.SENSIBLE if plan.sensible(piece.type) else Gravite.A_TRAITER
    return Incident(
        id=f"{piece.id}-I" if rang == 1 else f"{piece.id}-I{rang}",
        envoi=piece.envoi,
        motif=piece.motif,
        pages=piece.pages,
        message=piece.message,
        cree_le=le,
        gravite=Gravite.INFORMATION if aside else sensitive,
        piece=piece.id,
        etat=EtatIncident.CLOSE if aside else EtatIncident.OUVERTE,
    )


def decider(
    tx: Transaction,
    piece: Piece,
    arret: Arret | None,
    plan: PlanDeClassement,
    le: datetime,
    garde: Place | None = None,
) -> Piece:
    """`piece` as its demande takes it, or held for `arret`. `garde`: the place it has already."""
    if arret is None:
        return ranger(tx, piece, plan, le, garde)
    if piece.demande is None or arret.motif in (Motif.IDENTITE_INCOHERENTE, Motif.FALSIFICATION_SUSPECTEE):
        return arretee(piece, arret)
    return _double(tx, piece) or arretee(piece, arret)


def ranger(
    tx: Transaction, piece: Piece, plan: PlanDeClassement, le: datetime, garde: Place | None = None
) -> Piece:
    """`piece`, which nothing in itself stops: radiated demande, duplicate, age and limit still may."""
    assert piece.demande is not None
    demande = tx.registre.chercher(piece.demande)
    if demande is None or not demande.active:
        message = f"La demande {piece.demande} est radiée : réactivez-la, ou renvoyez la pièce."
        return arretee(piece, Arret(StatutPiece.A_VERIFIER, Motif.DEMANDE_RADIEE, message))
    double = _double(tx, piece)
    if double is not None:
        return double
    if piece.validite is not None and piece.validite < jour_civil(le):
        return arretee(piece, placing.perimee(piece.validite))
    return deposer(tx, piece, plan, le, garde)


def deposer(
    tx: Transaction, piece: Piece, plan: PlanDeClassement, le: datetime, garde: Place | None = None
) -> Piece:
    """`piece` filed if its category has a place, held if not: the atomic step of R19.

    A place it has already (`garde`) stays its own, even where the limit was lowered since.
    """
    assert piece.demande is not None
    category = plan.categories.get(piece.categorie)
    if category is None:  # a later version of the plan dropped it: a person has to file the piece anew
        message = f"La catégorie {piece.categorie} n'est plus au plan de classement."
        return arretee(piece, Arret(StatutPiece.A_VERIFIER, Motif.MAL_CLASSEE, message))
    place = (category.code, (piece.personne or "") if category.par_personne else "")
    if place != garde and not tx.places.prendre(piece.demande, *place, category.limite):
        message = (
            f"La catégorie « {category.libelle} » est pleine ({category.limite} pièces) : "
            "remplacez-y une pièce obsolète ou en double."
        )
        return arretee(piece, Arret(StatutPiece.EN_ATTENTE, Motif.CATEGORIE_PLEINE, message))
    beyond = plan.type_ou_inconnu(piece.type).hors_perimetre
    return replace(
        piece,
        statut=StatutPiece.DEPOSEE,
        occupe=place,
        motif=Motif.HORS_PERIMETRE if beyond else None,
        message="Hors périmètre réglementaire : cette pièce ne peut pas être demandée." if beyond else "",
        doublon_de=None,
        depose_le=piece.depose_le or le,
    )


def arretee(piece: Piece, arret: Arret) -> Piece:
    return replace(
        piece, statut=arret.statut, motif=arret.motif, message=arret.message, occupe=None, doublon_de=None
    )


def _double(tx: Transaction, piece: Piece) -> Piece | None:
    """`piece` linked to the one it repeats, if the dossier has that already (R25)."""
    assert piece.demande is not None
    alike = tx.pieces.semblables(piece.demande, piece.type, piece.sha256)
    filed = [p for p in alike if p.statut in _COMPARED and p.id != piece.id]
    first = doublon_de(_signalement(piece), map(_signalement, filed))
    if first is None:
        return None
    message = f"Même document que la pièce {first.id}, déjà dans le dossier."
    return replace(arretee(piece, Arret(StatutPiece.DOUBLON, Motif.DOUBLON, message)), doublon_de=first.id)


def _supposed(tx: Transaction, piece: Piece) -> bool:
    """Whether heads and feet alone tell this duplicate: those of a corrected copy may be the same."""
    first = tx.pieces.lire(piece.doublon_de) if piece.doublon_de is not None else None
    if first is None or first.sha256 == piece.sha256:
        return False
    return piece.lue_en_partie or first.lue_en_partie


def _signalement(piece: Piece) -> Signalement:
    return Signalement(
        piece.id,
        piece.sha256,
        piece.type,
        piece.texte,
        piece.empreintes,
        piece.repere,
        piece.personne,
        piece.lue_en_partie,
    )
