"""The life of a fiche incident: its states, who moved it and why (R26, R27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EtatIncident(StrEnum):
    OUVERTE = "ouverte"
    PRISE_EN_CHARGE = "prise_en_charge"
    RESOLUE = "resolue"
    REJETEE = "rejetee"
    CLOSE = "close"


EN_COURS = frozenset({EtatIncident.OUVERTE, EtatIncident.PRISE_EN_CHARGE})
_SUIVANTS = {
    EtatIncident.OUVERTE: frozenset({EtatIncident.PRISE_EN_CHARGE}),
    EtatIncident.PRISE_EN_CHARGE: frozenset(
        {EtatIncident.PRISE_EN_CHARGE, EtatIncident.RESOLUE, EtatIncident.REJETEE}  # the first: by another
    ),
    EtatIncident.RESOLUE: frozenset({EtatIncident.CLOSE}),
    EtatIncident.REJETEE: frozenset({EtatIncident.CLOSE}),
    EtatIncident.CLOSE: frozenset[EtatIncident](),
}


def peut_devenir(depuis: EtatIncident, vers: EtatIncident) -> bool:
    return vers in _SUIVANTS[depuis]


@dataclass(frozen=True, slots=True)
class Suite:
    """One line of an incident's history; `etat` is the state it left the incident in."""

    le: datetime
    par: str
    action: str
    etat: EtatIncident
    commentaire: str = ""
