"""A demande de logement social and its household, as the register gives them. Source: ``spec/cli.md``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class StatutDemande(StrEnum):
    ACTIVE = "active"
    RADIEE = "radiee"


# The longest life known lasted 122 years: nobody born before is alive.
NAISSANCE_AU_PLUS_TOT = date(1900, 1, 1)


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

    def peut_etre_nee(self, aujourd_hui: date) -> bool:
        """By `aujourd_hui`, and alive. The 1st of January stands for a day unknown, and is as good (R15)."""
        born = self.date_naissance
        return born is None or NAISSANCE_AU_PLUS_TOT <= born <= aujourd_hui


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
