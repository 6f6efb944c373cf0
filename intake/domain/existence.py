"""What exists for whom (R31): of a piece, or of pages held as a group, all, a trace, or nothing. Pure.

`storage/existence.py` says the same in SQL, and a test compares the two case by case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from intake.domain.acces import Acteur, Role

# Whoever decides about what is held; consultants read what is in a dossier, and nothing else.
EN_MAIN = frozenset({Role.AGENT_GUICHET, Role.GESTIONNAIRE})


class Existe(IntEnum):
    RIEN = 0
    TRACE = 1  # its id and its pages: it was sent, and is now in a dossier out of reach
    TOUT = 2


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the existence of a piece for somebody depends on; `guichet`: the one of its demande."""

    deposant: str | None
    bordereau: str | None = None  # the guichet that the envoi's bordereau names
    demande: str | None = None
    guichet: str | None = None
    numero: str | None = None  # read for it, where it is in no demande
    sensible: bool = False
    deplacee: bool = False  # a person moved it to another demande
    voisine: bool = False  # a demande of the actor's own has another piece of the envoi


def existe(acteur: Acteur, s: Situation) -> Existe:
    """In a dossier, a piece is of those who follow it. Out of any, it is of its sender, of the guichet its
    bordereau names, and of the gestionnaires of the territory of its number, if none tells of theirs.
    """
    if s.sensible and not acteur.habilite:
        return Existe.RIEN
    if acteur.role is Role.SYSTEME:
        return Existe.TOUT
    sent = s.deposant is not None and s.deposant == acteur.deposant
    if s.demande is not None:
        if acteur.suit(s.demande, s.guichet):
            return Existe.TOUT
        if not sent or acteur.role is Role.DEMANDEUR:
            return Existe.RIEN
        # The numériseur is told where what it sent was filed (R11), not where people put it since.
        return Existe.TOUT if acteur.role is Role.NUMERISEUR and not s.deplacee else Existe.TRACE
    return Existe.TOUT if sent or _en_main(acteur, s) else Existe.RIEN


def _en_main(acteur: Acteur, s: Situation) -> bool:
    if acteur.role not in EN_MAIN:
        return False
    if s.bordereau is not None and s.bordereau == acteur.guichet:
        return True
    if acteur.role is not Role.GESTIONNAIRE:
        return False
    if s.numero is not None:
        return s.numero[:3] in acteur.territoires
    return s.bordereau is None and s.voisine
