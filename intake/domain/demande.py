"""A demande de logement social and its household, as the register gives them. Source: ``spec/cli.md``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class StatutDemande(StrEnum):
    ACTIVE = "active"
    RADIEE = "radiee"


@dataclass(frozen=True, slots=True)
class Personne:
    """One person of the household; `rang` is D, C, A1…, P1… (R17)."""

    rang: str
    nom: str
    prenom: str
    civilite: str | None = None
    nom_usage: str | None = None
    date_naissance: date | None = None

    @property
    def noms(self) -> tuple[str, ...]:
        return tuple(n for n in (self.nom, self.nom_usage) if n)


@dataclass(frozen=True, slots=True)
class Demande:
    numero_unique: str
    statut: StatutDemande = StatutDemande.ACTIVE
    personnes: tuple[Personne, ...] = ()
    alias: tuple[str, ...] = ()
    date_depot: date | None = None
    date_radiation: date | None = None
    date_derniere_modification: date | None = None
    guichet: str | None = None
    email: str | None = field(default=None, repr=False)
    telephone: str | None = field(default=None, repr=False)

    @property
    def active(self) -> bool:
        return self.statut is StatutDemande.ACTIVE
