"""What a person, or a rule, did to a piece: its history, and the example it gives."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from intake.domain.envoi import Piece

SYSTEME = "système"  # who acts where a rule does: a freed place, a demande imported later

# What a person would call a change; bytes, readings and counters follow from it.
_RACONTES = (
    "pages", "demande", "numero_lu", "type", "categorie", "personne", "statut", "motif", "rotations",
    "doublon_de", "validite", "remplacee_par",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fait:
    """Who does what, when, and why: the same words go to the pieces and the incidents it touches."""

    le: datetime
    par: str
    action: str
    raison: str = ""


@dataclass(frozen=True, slots=True)
class Acte:
    """One line of a piece's history: what it was and what it became, for the fields that changed.

    `objet`: the bytes it had before, when they were made anew.
    """

    piece: str
    fait: Fait
    avant: dict[str, Any] = field(default_factory=dict)
    apres: dict[str, Any] = field(default_factory=dict)
    objet: str | None = None

    @staticmethod
    def entre(avant: Piece, apres: Piece, fait: Fait) -> Acte:
        changed = [n for n in _RACONTES if getattr(avant, n) != getattr(apres, n)]
        return Acte(
            avant.id,
            fait,
            {n: _dit(getattr(avant, n)) for n in changed},
            {n: _dit(getattr(apres, n)) for n in changed},
            avant.objet if avant.objet != apres.objet else None,
        )


assert set(_RACONTES) <= {f.name for f in fields(Piece)}


def _dit(valeur: Any) -> Any:
    """As JSON keeps it."""
    if isinstance(valeur, tuple):
        return list(valeur)
    if isinstance(valeur, StrEnum):
        return valeur.value
    return valeur.isoformat() if hasattr(valeur, "isoformat") else valeur


@dataclass(frozen=True, slots=True)
class Correction:
    """A type given by a person, with the pages it was given for: an example to learn from (R28)."""

    piece: str
    envoi: str
    pages: tuple[int, ...]
    avant: str
    type: str
    le: datetime
    par: str


class GenrePurge(StrEnum):
    QUARANTAINE = "quarantaine"  # R9, R35
    RADIATION = "radiation"  # R34
