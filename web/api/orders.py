"""What the routes of corrections share: an order is made, carried out under the caller's name, and shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import current_app

from intake.domain import numero as numeros
from intake.domain.acces import Role
from intake.domain.commands import (
    Confirmer,
    Correctif,
    Decouper,
    DemanderCopie,
    Deplacer,
    Fusionner,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Recoupe,
    Supprimer,
    Tourner,
)
from intake.domain.envoi import Piece
from intake.domain.motif import StatutPiece
from intake.dossier import est_de_dossier
from intake.errors import ChangementImpossible, DroitsInsuffisants, PieceInconnue
from intake.use_cases.correct import Corrige
from storage.uow import SqlTransaction
from web.api.guard import acteur, gestes, incident_vu, noter_refus, plan_en_vigueur, regard, site
from web.api.pieces import show
from web.api.problems import ErreurApi
from web.api.regard import Regard
from web.cutting import Cutter


def geste(raison: str, incident: str | None = None, vu: int | None = None) -> Geste:
    """Raises IncidentInconnu when the incident to resolve does not exist for the caller.

    Raises DroitsInsuffisants when software would resolve one: it is in the hands of a person (R27).
    """
    if incident is not None:
        if acteur().portees is not None:
            noter_refus(acteur())
            raise DroitsInsuffisants("Un incident est résolu par une personne, jamais par un logiciel.")
        with site().uow() as tx:
            incident_vu(tx, acteur(), incident)
    return Geste(acteur().id, raison, vu, incident)


def sienne(numero: str) -> str:
    """A demande that the caller may put pieces in, by its own number. Raises ErreurApi."""
    parsed = numeros.lire(numero)
    with site().uow() as tx:
        known = tx.registre.chercher(str(parsed)) if parsed else None
    sends = acteur().role is Role.NUMERISEUR
    if known is None or not (sends or acteur().suit(known.numero_unique, known.guichet)):
        raise ErreurApi("DEMANDE_INCONNUE", "Cette demande n'est pas dans votre registre.")
    return known.numero_unique


def order(action: str, asked: dict[str, Any]) -> Correctif | Recoupe:
    """What `asked` orders about a piece, whether by the route of that action or as the answer to an incident.

    Raises ErreurApi for what the action cannot do without, and for a demande that is not the caller's.
    """
    match action:
        case "reclasser":
            return Reclasser(asked["type"], asked["personne"])
        case "confirmer":
            return Confirmer(asked["personne"])
        case "deplacer":
            return Deplacer(sienne(needed(asked, "numero")), asked["malgre_le_nom"])
        case "marquer":
            return Marquer(Marque(needed(asked, "marque")))
        case "supprimer":
            return Supprimer()
        case "copie":
            return DemanderCopie()
        case "tourner":
            return Tourner(needed(asked, "degres"), tuple(asked["pages"]))
        case "decouper":
            return Decouper(tuple(needed(asked, "debuts")))
        case "fusionner":
            return Fusionner(tuple(needed(asked, "autres")))
        case _:
            raise ErreurApi("REQUETE_INVALIDE", f"« {action} » n'est pas une action sur une pièce.")


def needed(asked: dict[str, Any], name: str) -> Any:
    if not asked[name]:
        raise ErreurApi("REQUETE_INVALIDE", f"Cette action demande « {name} ».")
    return asked[name]


def carry_out(piece: str, ordre: Correctif | Recoupe, by: Geste) -> Corrige:
    if isinstance(ordre, Fusionner):
        seen_by_caller(ordre.autres)
    if not isinstance(ordre, Tourner | Decouper | Fusionner):
        return gestes().corriger(piece, ordre, by)
    cutter: Cutter = current_app.extensions["coupe"]
    with cutter() as lecteur:
        return gestes().recouper(lecteur)(piece, ordre, by)


def seen_by_caller(pieces: Iterable[str]) -> None:
    """Raises PieceInconnue for one that does not exist, or not for the caller."""
    with site().uow() as tx:
        seen = regard(tx)
        for identifiant in pieces:
            piece = tx.pieces.lire(identifiant)
            if piece is None or not seen.voit(piece):
                raise PieceInconnue(f"La pièce {identifiant} n'existe pas.")


def corrected(done: Corrige) -> dict[str, Any]:
    with site().uow() as tx:
        plan = plan_en_vigueur(tx)
        return {
            "piece": show(done.piece, plan),
            "nouvelles": shown(tx, done.nouvelles),
            "deposees": shown(tx, done.deposees),
        }


def shown(tx: SqlTransaction, pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """Those that exist for the caller."""
    seen, plan = regard(tx), plan_en_vigueur(tx)
    return [show(piece, plan) for piece in pieces if seen.voit(piece)]


def check_held(envoi: str, pages: Sequence[int]) -> None:
    """What is held as a group on `pages`, or anywhere in the envoi, must all exist for the caller.

    Raises ChangementImpossible: the rest is others' to decide, or needs the clearance (R31).
    """
    wanted = set(pages)
    with site().uow() as tx:
        seen = regard(tx)
        held = [p for p in tx.pieces.de_envoi(envoi) if retenue(p) and (not wanted or wanted & set(p.pages))]
        if held and all(seen.voit(p) for p in held):
            return
    raise ChangementImpossible(
        f"Rien de l'envoi {envoi} n'attend de vous à ces pages, ou pas à toutes.",
        hint="Nommez les pages de pièces que vous voyez.",
    )


def retenue(piece: Piece) -> bool:
    """Held with its whole page group, until somebody says whose it is."""
    held = piece.vive and piece.statut is StatutPiece.A_VERIFIER
    return held and piece.motif is not None and est_de_dossier(piece.motif)


_NUMBERS = ("demande", "numero_lu")


def without_others(seen: Regard, changes: dict[str, Any]) -> dict[str, Any]:
    """A history tells no number of a demande that is not the caller's."""
    return {k: v if k not in _NUMBERS or seen.suit(v) else None for k, v in changes.items()}
