"""The register as judging asks it: judging takes long, so each question is a transaction of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from intake.domain.demande import Demande
from intake.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class AnnuaireDuSite:
    """Implements `intake.placing.Annuaire`; nobody waits for a lock while pages are being judged."""

    uow: UnitOfWork

    def chercher(self, numero: str) -> Demande | None:
        with self.uow() as tx:
            return tx.registre.chercher(numero)

    def parmi(self, numeros: Collection[str]) -> list[Demande]:
        with self.uow() as tx:
            return tx.registre.parmi(numeros)

    def siens(self, declaree: str | None) -> frozenset[str]:
        """The number that a sender declared, with every other number of that demande; empty when none was."""
        if declaree is None:
            return frozenset()
        demande = self.chercher(declaree)
        return frozenset({declaree, demande.numero_unique, *demande.alias} if demande else {declaree})
