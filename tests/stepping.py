"""A unit of work that lets something happen after each commit: a kill, a purge, an import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from intake.errors import IntakeError
from intake.use_cases.process import Traiter
from site_for_tests import TestSite


class Killed(BaseException):
    """The worker died."""


class Stepping:
    """A unit of work that calls `after` once each transaction is committed, with its number."""

    def __init__(self, site: TestSite, after: Callable[[int], None]) -> None:
        self._uow = site.uow
        self._after = after
        self.steps = 0

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        with self._uow() as tx:
            yield _Stepped(self, tx)

    def committed(self) -> None:
        self.steps += 1
        self._after(self.steps)


class _Stepped:
    def __init__(self, unit: Stepping, tx: Any) -> None:
        self._unit = unit
        self._tx = tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        self._tx.commit()
        self._unit.committed()


def to_its_end(site: TestSite, work: Traiter, envoi: str) -> None:
    """As the workers do: again after the end of a dead one's lease, and after a failure that may pass."""
    for _ in range(4):
        try:
            if work(envoi, attendre=False).termine:
                return
        except IntakeError:
            pass
        work = site.traiter
        site.clock.moment += timedelta(seconds=30)
    raise AssertionError("the envoi never ends")
