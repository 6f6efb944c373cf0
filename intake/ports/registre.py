"""The demandes that a site knows, and the plan de classement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol

from intake.domain.demande import Demande
from intake.domain.plan import PlanDeClassement


class Registre(Protocol):
    """The demandes that this site knows."""

    def chercher(self, numero: str) -> Demande | None:
        """By number or alias."""
        ...

    def parmi(self, numeros: Collection[str]) -> list[Demande]:
        """Those of `numeros` that are a demande's own number, not its alias; a few hundred at most."""
        ...

    def verrouiller(self, numero: str) -> None:
        """Until the end of the transaction nobody else places a piece in this demande."""
        ...

    def creer(self, demande: Demande) -> None:
        """Raises DemandeExistante, and RegistreInvalide when an alias leads to another demande already.

        Of those who register one of its numbers at once, the first to commit has it.
        """
        ...

    def enregistrer(self, demande: Demande) -> None:
        """Create or replace. Raises RegistreInvalide when a number of it leads to another demande already."""
        ...


class Plans(Protocol):
    def en_vigueur(self, jour: date) -> PlanDeClassement:
        """The latest version whose effective date is not after `jour`. Raises PlanInconnu when none."""
        ...

    def ajouter(self, plan: PlanDeClassement) -> bool:
        """False when this very version is already there. Raises RegistreInvalide when it differs."""
        ...

    def versions(self) -> list[str]: ...
