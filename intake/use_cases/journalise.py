"""A unit of work that writes its lines in the journal with the first thing it commits (R32).

Any use case is logged by giving it this in place of the plain one: what was done and the line that says so
are one transaction, and neither is there without the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from intake.domain.journal import Evenement
from intake.ports import Clock, Transaction, UnitOfWork


class Journalise:
    def __init__(self, uow: UnitOfWork, clock: Clock, *evenements: Evenement) -> None:
        self._uow = uow
        self._clock = clock
        self._waiting: Sequence[Evenement] = evenements

    @contextmanager
    def __call__(self) -> Iterator[Transaction]:
        with self._uow() as tx:
            yield cast(Transaction, _Logged(tx, self))

    def commit(self, tx: Transaction) -> None:
        tx.journal.ecrire(self._clock.now(), self._waiting)
        tx.commit()
        self._waiting = ()


class _Logged:
    def __init__(self, tx: Transaction, journal: Journalise) -> None:
        self._tx = tx
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        self._journal.commit(self._tx)
