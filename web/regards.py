"""Photos looked at while somebody waits, a few at a time in each web process, never for long (R6)."""

from __future__ import annotations

import queue
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path

from intake.errors import IntakeError
from intake.ports import Regard
from intake.readers.regard import SandboxRegard
from intake.readers.reunion import SandboxReunion
from web.wiring import make_regard

_SECONDS = 10.0  # of a child for one photo, which usually takes a tenth
_BACKLOG = 16  # asked and not answered yet; more are told to ask again


def _see_nothing(regard: Regard) -> None:
    with tempfile.NamedTemporaryFile(prefix="regard-") as empty, suppress(IntakeError):
        regard(Path(empty.name))


class Regards:
    """Two children, so that a hostile photo, which holds one for its few seconds, leaves the other.

    They start at the first photo, or with `warm_up`.
    """

    def __init__(self, *, children: int = 2, backlog: int = _BACKLOG) -> None:
        self._free: queue.LifoQueue[SandboxRegard | None] = queue.LifoQueue()
        for _ in range(children):
            self._free.put(None)
        self._pool = ThreadPoolExecutor(children, thread_name_prefix="regard")
        self._places = threading.BoundedSemaphore(backlog)
        self._reunion = SandboxReunion()
        self._one_at_a_time = threading.Lock()

    def ask(self, look: Callable[[Regard], None], seconds: float) -> bool | None:
        """Whether `look` ended within `seconds`; else it goes on by itself. None: too many wait, not done."""
        if not self._places.acquire(blocking=False):
            return None
        future = self._pool.submit(self._do, look)
        wait([future], seconds)
        return future.done()

    def _do(self, look: Callable[[Regard], None]) -> None:
        try:
            with self._sandbox() as regard:
                look(regard)
        finally:
            self._places.release()

    @contextmanager
    def _sandbox(self) -> Iterator[SandboxRegard]:
        taken = self._free.get()
        try:
            if taken is None:
                taken = make_regard(seconds=_SECONDS)
            yield taken
        finally:
            self._free.put(taken)

    def warm_up(self) -> None:
        """Start a child now, beside whatever else is starting: the first photo does not wait for it."""
        self._places.acquire()
        self._pool.submit(self._do, _see_nothing)

    def reunir(self, paths: Sequence[Path], to: Path) -> int:
        """The photos of one piece as one PDF; its pages. Raises as opening the one at fault does."""
        with self._one_at_a_time:
            return self._reunion(paths, to)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        while not self._free.empty():
            sandbox = self._free.get_nowait()
            if sandbox is not None:
                sandbox.close()
        self._reunion.close()
