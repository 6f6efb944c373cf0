"""A pool of reading processes with caps on time and memory: whatever a file does there, the caller goes on.

What comes back from a child is unpickled with a short list of allowed classes, since a child that a file took
over could send anything.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import pickle
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from intake.errors import IntakeError
from intake.readers.zygote import Birth, receive_bytes, send

T = TypeVar("T")
R = TypeVar("R")

MEMORY = 950_000_000  # address space of a child, of which the libraries alone take 0.5 GB
_RECYCLE_AFTER = 400  # tasks: C libraries leak some 60 kB a page, and a fork costs 10 ms
_MAX_ANSWER = 64 << 20
_START_UP, _PATIENCE = 60.0, 2.0  # seconds to build its handler; times a task's own, to wait for a processor
_ONE_THREAD = {
    **dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    "MALLOC_ARENA_MAX": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Fin(StrEnum):
    """How a task ended."""

    OK = "ok"
    ERREUR = "erreur"  # an IntakeError: the material's fault
    BUG = "bug"  # another exception: ours
    CRASH = "crash"
    DELAI = "delai"
    MEMOIRE = "memoire"


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T, R]):
    task: T
    fin: Fin
    value: R | None = None
    erreur: IntakeError | None = None
    detail: str = ""
    cpu_seconds: float = 0.0  # of this task, its failed attempts included


class _Answer(pickle.Unpickler):
    """Values of the trade and plain builtins; nothing that can act."""

    _BUILTINS = frozenset({"set", "frozenset", "complex", "bytearray", "range", "slice"})

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(("intake.domain.", "intake.readers.")) or module == "intake.errors":
            found = super().find_class(module, name)
            # A name re-exported by a module of ours (os, subprocess…) is not ours.
            if getattr(found, "__module__", "").startswith("intake."):
                return found
        if module == "builtins" and name in self._BUILTINS:
            return getattr(builtins, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in an answer")


class _Zygote:
    """The parent's end of the control socket; one order at a time."""

    def __init__(self, preload: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        self.control = ours
        self._lock = threading.Lock()
        env = {**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "intake.readers.zygote", str(theirs.fileno()), *preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # decoders chatter there about every odd file
                env=env,
                start_new_session=True,
            )
        try:
            self.cpu_seconds: float = pickle.loads(receive_bytes(ours))  # noqa: S301 - the zygote is ours
        except EOFError as e:
            self.close()
            raise RuntimeError(f"the reading process cannot start: import of {list(preload)} failed") from e

    def fork(self) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            socket.send_fds(self.control, [b"F"], [theirs.fileno()])
            pid: int = pickle.loads(receive_bytes(self.control))  # noqa: S301 - the zygote is ours
        return pid, ours

    def end(self, pid: int) -> tuple[int, float]:
        """Kill `pid` if it still lives; its exit code (negative: a signal) and all its CPU time."""
        with self._lock:
            self.control.sendall(b"K" + pid.to_bytes(8, "big"))
            code, cpu = pickle.loads(receive_bytes(self.control))  # noqa: S301 - the zygote is ours
        return code, cpu

    def kill(self) -> None:
        """With its children, which die with it; nothing is asked of it."""
        self.control.close()
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(slots=True, eq=False)
class _Worker(Generic[T]):
    pid: int
    conn: socket.socket
    folder: Path
    zygote: _Zygote
    ready: bool = False
    done: int = 0
    cpu_told: float = 0.0
    index: int = -1
    task: T | None = None
    timeout: float = 0.0
    until: float | None = None
    deadline: float = 0.0
    waited: float = 0.0
    patience: float = 0.0  # seconds that its waits may still be given

    def start_clock(self) -> None:
        """A task's time runs from when the child can work on it: starting may be slow on a busy machine."""
        self.waited, self.patience = _waited(self.pid), _PATIENCE * self.timeout
        self._ends(time.monotonic() + self.timeout + (0.0 if self.ready else _START_UP))

    def is_late(self, now: float) -> bool:
        """Whether its time is over, that apart in which it stood ready and no processor was free."""
        if self.deadline > now:
            return False
        waited = _waited(self.pid)
        granted = min(waited - self.waited, self.patience)
        self.waited, self.patience = waited, self.patience - granted
        self._ends(self.deadline + granted)
        return self.deadline <= now

    def _ends(self, at: float) -> None:
        self.deadline = at if self.until is None else min(at, self.until)


def _waited(pid: int) -> float:
    """Seconds that a process stood in the queue for a processor; 0 where the kernel does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9
    return 0.0


class _Source:
    """Where children come from: a zygote, started when first needed, and again when it was killed."""

    def __init__(self, preload: Sequence[str]) -> None:
        self._preload = preload
        self.zygote: _Zygote | None = None
        self.uncounted = 0.0  # its start-up time, told with the next outcome

    def fork(self) -> tuple[int, socket.socket, _Zygote]:
        zygote = self._started()
        try:
            return *zygote.fork(), zygote
        except (EOFError, OSError):
            self.stop()  # it was killed from outside, its children with it
            zygote = self._started()
            return *zygote.fork(), zygote

    def stop(self) -> None:
        if self.zygote is not None:
            self.zygote.close()
            self.zygote = None

    def kill(self) -> None:
        if self.zygote is not None:
            self.zygote.kill()
            self.zygote = None

    def _started(self) -> _Zygote:
        if self.zygote is None:
            self.zygote = _Zygote(self._preload)
            self.uncounted += self.zygote.cpu_seconds
        return self.zygote


class Sandbox(Generic[T, R]):
    """Runs tasks in `workers` children that each build a handler with `make_handler` (pickled by name).

    `preload`: modules that the children find loaded, « module:function » where one prepares itself.
    `beside`: another sandbox, of the same thread and closed later, whose children have loaded enough.

    A context manager; it leaves no process and no file behind. Not to be shared by threads at the same time:
    each thread has its own.
    """

    def __init__(
        self,
        make_handler: Callable[[], Callable[[T], R]],
        *,
        workers: int = 2,
        memory: int = MEMORY,
        preload: Sequence[str] = (),
        beside: Sandbox[Any, Any] | None = None,
    ) -> None:
        self._make_handler = make_handler
        self._size = max(1, workers)
        self._memory = memory
        self._source: _Source = beside._source if beside is not None else _Source(tuple(preload))
        self._borrowed = beside is not None
        self._workers: list[_Worker[T]] = []
        self._folder = Path(tempfile.mkdtemp(prefix="lecture-"))

    def __enter__(self) -> Sandbox[T, R]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for worker in list(self._workers):
            self._end(worker)
        if not self._borrowed:
            self._source.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def drop(self) -> None:
        """Kill what is running, after `run` was broken off wherever it was; the next one starts afresh."""
        self._source.kill()
        for worker in self._workers:
            worker.index = -1
            worker.conn.close()
            shutil.rmtree(worker.folder, ignore_errors=True)
        self._workers.clear()

    def run(
        self,
        tasks: Iterable[T],
        *,
        timeout: float,
        until: float | None = None,
        again: Callable[[T, Outcome[T, R]], T | None] | None = None,
    ) -> Iterator[Outcome[T, R]]:
        """Outcomes in the order of `tasks`, which are taken a few at a time.

        `timeout`: seconds of a task, waits for a processor apart. `until`: `time.monotonic()` when all ends.
        `again`: what to run in place of a task that failed, None to let it fail.
        """
        source = enumerate(tasks)
        ready: dict[int, Outcome[T, R]] = {}
        spent: dict[int, float] = {}
        window = 4 * self._size
        following = taken = 0
        exhausted = False
        try:
            while True:
                while following in ready:
                    yield ready.pop(following)
                    following += 1
                while not exhausted and taken - following < window and (worker := self._idle()) is not None:
                    item = next(source, None)
                    if item is None:
                        exhausted = True
                        break
                    taken = item[0] + 1
                    self._give(worker, item[0], item[1], timeout, until)
                busy = [w for w in self._workers if w.index >= 0]
                if not busy:
                    if exhausted and following not in ready:
                        return
                    continue
                for worker in self._wait(busy):
                    index = worker.index
                    outcome = self._collect(worker)
                    if outcome is None:
                        continue
                    spent[index] = spent.get(index, 0.0) + outcome.cpu_seconds
                    retry = again(outcome.task, outcome) if again and outcome.fin is not Fin.OK else None
                    if retry is not None and (until is None or time.monotonic() < until):
                        self._give(self._idle() or self._born(), index, retry, timeout, until)
                    else:
                        ready[index] = replace(outcome, cpu_seconds=spent.pop(index))
        finally:
            for worker in [w for w in self._workers if w.index >= 0]:
                self._end(worker)  # the caller stopped early

    def _idle(self) -> _Worker[T] | None:
        for worker in self._workers:
            if worker.index < 0:
                if worker.done < _RECYCLE_AFTER:
                    return worker
                self._end(worker)
                break
        return self._born() if len(self._workers) < self._size else None

    def _born(self) -> _Worker[T]:
        pid, conn, zygote = self._source.fork()
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        worker: _Worker[T] = _Worker(pid, conn, folder, zygote)
        with contextlib.suppress(OSError):  # died at once: `_collect` finds out
            send(conn, Birth(self._make_handler, self._memory, str(folder)))
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker[T], index: int, task: T, timeout: float, until: float | None) -> None:
        worker.index, worker.task = index, task
        worker.timeout, worker.until = timeout, until
        worker.start_clock()
        with contextlib.suppress(OSError):
            send(worker.conn, task)

    def _wait(self, busy: list[_Worker[T]]) -> list[_Worker[T]]:
        """Those that answered, died or are late, once there is one."""
        with selectors.DefaultSelector() as selector:
            for worker in busy:
                selector.register(worker.conn, selectors.EVENT_READ, worker)
            patience = min(w.deadline for w in busy) - time.monotonic()
            answered = [key.data for key, _ in selector.select(max(0.0, patience))]
        now = time.monotonic()
        return answered or [w for w in busy if w.is_late(now)]

    def _collect(self, worker: _Worker[T]) -> Outcome[T, R] | None:
        """How the worker's task ended, None when it only says that it is ready."""
        task = worker.task
        assert task is not None
        extra = 0.0
        try:
            # A child that stalls in the middle of its answer is late like any other.
            worker.conn.settimeout(max(0.05, worker.deadline - time.monotonic()))
            kind, value, cpu = _Answer(io.BytesIO(receive_bytes(worker.conn, _MAX_ANSWER))).load()
            worker.conn.settimeout(None)
            if kind == "ready":
                worker.ready = True
                worker.start_clock()
                return None
            extra, self._source.uncounted = self._source.uncounted, 0.0
        except TimeoutError:
            _, cpu = self._end(worker)
            return Outcome(task, Fin.DELAI, detail="délai dépassé", cpu_seconds=cpu + extra)
        except Exception as e:  # noqa: BLE001 - the end of the stream, or an answer that is none
            code, cpu = self._end(worker)
            gone = signal.Signals(-code).name if code < 0 and -code in signal.valid_signals() else str(code)
            detail = gone if isinstance(e, EOFError) else f"{type(e).__name__}: {e}"
            return Outcome(task, Fin.CRASH, detail=detail, cpu_seconds=cpu + extra)
        worker.done += 1
        worker.cpu_told += cpu
        worker.index, worker.task = -1, None
        if kind == "memory":
            self._end(worker)
            return Outcome(task, Fin.MEMOIRE, detail="mémoire épuisée", cpu_seconds=cpu + extra)
        if kind == "error" and isinstance(value, IntakeError):
            return Outcome(task, Fin.ERREUR, erreur=value, cpu_seconds=cpu + extra)
        if kind == "ok":
            return Outcome(task, Fin.OK, value=value, cpu_seconds=cpu + extra)
        return Outcome(task, Fin.BUG, detail=str(value), cpu_seconds=cpu + extra)

    def _end(self, worker: _Worker[T]) -> tuple[int, float]:
        """End a child whatever it is doing; its exit code and the CPU time not yet told."""
        if worker in self._workers:
            self._workers.remove(worker)
        worker.index = -1
        worker.conn.close()
        code, cpu = -signal.SIGKILL, worker.cpu_told
        # A pid means something to its own zygote only; the children of one that died died with it.
        if worker.zygote is self._source.zygote:
            try:
                code, cpu = worker.zygote.end(worker.pid)
            except (EOFError, OSError):
                self._source.stop()
        shutil.rmtree(worker.folder, ignore_errors=True)
        return code, max(0.0, cpu - worker.cpu_told)
