"""What the doors of the search share: days as moments, and what the journal keeps of a search (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from intake.domain.acces import Acteur
from intake.domain.envoi import Piece
from intake.domain.jour import minuit
from intake.domain.journal import Action, Evenement
from intake.nir import masquer

_OLDEST = date(1900, 1, 1)  # nothing was received before; the first days of a calendar have no moment in UTC
_LOGGED = 200  # characters of what was looked for


def debut(jour: date | None) -> datetime | None:
    """The first moment of a civil day."""
    return minuit(max(jour, _OLDEST)) if jour else None


def fin(jour: date | None) -> datetime | None:
    """The first moment that is no more of this civil day; None also where no day follows it."""
    return debut(jour + timedelta(days=1)) if jour and jour != date.max else None


def lignes_de(
    actor: Acteur, asked: Mapping[str, object], shown: Sequence[Piece], why: str = ""
) -> list[Evenement]:
    """A line under each demande whose pieces are shown, with what was looked for: that is its own.

    What found nothing may name anybody, and nothing would take it away with them (R34): the criteria alone.
    """
    given = {k: v for k, v in asked.items() if v}
    by_demande: dict[str | None, list[str]] = {}
    for piece in shown:
        by_demande.setdefault(piece.demande, []).append(piece.id)
    if not shown:
        by_demande[actor.numero] = []
    lines = []
    for demande, ids in by_demande.items():
        words = {k: masquer(str(v))[:_LOGGED] for k, v in given.items()} if demande and ids else {}
        details = {**words, "criteres": " ".join(given), "pieces": " ".join(ids)}
        lines.append(Evenement(actor, Action.RECHERCHE, "pieces_chercher", demande, why, details))
    return lines
