"""A mail to be sent: plain text, to one person; and the letters that the core itself writes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Courrier:
    id: str
    destinataire: str
    sujet: str
    corps: str


def rappel_de_quarantaine(a: str, envoi: str, fichier: str, pieces: int, fin: date) -> Courrier:
    """R9: five days are left to repair an envoi."""
    held = f"{pieces} pièce(s) n'ont pas pu être classées" if pieces else "il n'a pas pu être traité"
    return _lettre(
        a,
        f"Envoi {envoi} : à réparer avant le {fin:%d/%m/%Y}",
        f"L'envoi {envoi} (« {fichier} ») est en quarantaine : {held}.\n\n"
        f"Vous pouvez donner le numéro unique, joindre la feuille qui manque ou écarter les pages jusqu'au "
        f"{fin:%d/%m/%Y}. Passé ce jour, ce qui n'a été rattaché à aucune demande sera effacé.\n",
    )


def demande_de_copie(a: str, envoi: str, piece: str, motif: str) -> Courrier:
    """R27: another copy is asked for. `piece`: the words for its type; a mail names nobody."""
    why = _POURQUOI.get(motif, "elle ne peut pas être utilisée")
    return _lettre(
        a,
        "Une pièce est à envoyer à nouveau",
        f"La pièce « {piece} » de l'envoi {envoi}, déposée pour une demande de logement social, doit être "
        f"envoyée à nouveau : {why}.\n\n"
        "Merci d'en envoyer une copie entière et lisible, par le même moyen.\n",
    )


_POURQUOI = {"ILLISIBLE": "elle n'est pas lisible", "INCOMPLETE": "il en manque des pages"}


def _lettre(a: str, sujet: str, corps: str) -> Courrier:
    return Courrier(secrets.token_hex(12), a, sujet, corps)
