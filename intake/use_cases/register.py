"""Puts demandes in the register; what was held for want of one of them is then judged by itself (R16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from intake.domain.acces import Acteur
from intake.domain.demande import Demande
from intake.domain.envoi import Piece
from intake.domain.journal import Action, Evenement
from intake.ports import Clock, UnitOfWork
from intake.use_cases.repair import Reparer


@dataclass(frozen=True)
class Inscrire:
    uow: UnitOfWork
    reparer: Reparer
    clock: Clock
    acteur: Acteur

    def __call__(self, demandes: Iterable[Demande]) -> tuple[int, list[Piece]]:
        """How many were written, all or none, and the held pieces that could be judged since.

        Raises RegistreInvalide.
        """
        count = 0
        numbers: set[str] = set()
        with self.uow() as tx:
            waiting = tx.pieces.numeros_retenus()
            for demande in demandes:
                tx.registre.enregistrer(demande)
                count += 1
                if demande.active and waiting & {demande.numero_unique, *demande.alias}:
                    numbers.add(demande.numero_unique)
            done = Evenement(self.acteur, Action.MODIFICATION, "registre", details={"demandes": str(count)})
            tx.journal.ecrire(self.clock.now(), [done])
            tx.commit()
        return count, [piece for numero in sorted(numbers) for piece in self.reparer.reprendre(numero)]
