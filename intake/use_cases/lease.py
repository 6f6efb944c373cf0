"""A claim with an end, made longer while the work goes on: whoever dies gives it back by dying."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from enum import StrEnum

from intake.errors import IntakeError

LEASE = timedelta(seconds=20)  # a killed worker's work is free again after this
RENDU = timedelta(microseconds=-1)  # the lease of what is given back: free at once
_BEATS = 4  # in a lease


class HorsDelai(BaseException):  # nothing that mends a failure on the way may catch it and go on
    """The step exceeded its time limit, wherever it was: it has ended, and counts as a failure of ours."""

    code = "DELAI_DEPASSE"


class Limite(StrEnum):
    """Which time limit a step is under."""

    TRANCHE = "tranche"  # a range is read
    ENTIERE = "entiere"  # an envoi is opened, or closed


def sans_limite(_limite: Limite) -> AbstractContextManager[None]:
    return nullcontext()


class Bail:
    """`perdu`: somebody else has the work by now, and what is done here is to be thrown away."""

    def __init__(self) -> None:
        self.perdu = False


@contextmanager
def tenir(prolonger: Callable[[], bool], nom: str, duree: timedelta = LEASE) -> Iterator[Bail]:
    """Calls `prolonger` some times in a `duree`, from a thread of its own, until the work is over."""
    over, bail = threading.Event(), Bail()

    def beat() -> None:
        while not over.wait(duree.total_seconds() / _BEATS):
            try:
                bail.perdu = bail.perdu or not prolonger()
            except IntakeError:
                continue  # the database will say so to the work itself

    thread = threading.Thread(target=beat, name=f"bail-{nom}", daemon=True)
    thread.start()
    try:
        yield bail
    finally:
        over.set()
        thread.join()
