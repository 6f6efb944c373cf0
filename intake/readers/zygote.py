"""The process that imports the heavy libraries once and forks the reading processes; run by `sandbox` only.

It has one thread and reads no untrusted byte. When the program that started it dies, however it dies, its
control socket closes: it ends, and the kernel ends its children with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from intake.errors import IntakeError

LENGTH = struct.Struct("!Q")
_PR_SET_PDEATHSIG = 1
_FSIZE = 3 << 30  # a file of 1 GB may be repaired into one of its own
_OUT_OF_MEMORY_FIRST = b"800"


@dataclass(frozen=True, slots=True)
class Birth:
    """What a child is told when it is born: its handler is made in it by `make_handler`."""

    make_handler: Callable[[], Callable[[Any], Any]]
    memory: int
    folder: str


def send(sock: socket.socket, message: object) -> None:
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    sock.sendall(LENGTH.pack(len(data)) + data)


def receive_bytes(sock: socket.socket, most: int = 1 << 28) -> bytes:
    """One message. Raises EOFError when the other side is gone."""
    (length,) = LENGTH.unpack(_exactly(sock, LENGTH.size))
    if length > most:
        raise EOFError("message too long")
    return _exactly(sock, length)


def _exactly(sock: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        try:
            part = sock.recv(min(1 << 20, length - len(parts)))
        except ConnectionError as e:
            raise EOFError from e
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def cpu_seconds() -> float:
    """User and system time of this process and of the children it has waited for."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


# --- the zygote


def _serve(control: socket.socket) -> None:
    """Orders, one byte each: F (fork, with a socket attached) and K (end a child and tell how it ended)."""
    while True:
        order, fds, _, _ = socket.recv_fds(control, 1, 1)
        if order == b"F":
            conn = socket.socket(fileno=fds[0])
            pid = os.fork()
            if pid == 0:
                control.close()
                _live(conn)
            conn.close()
            send(control, pid)
        elif order == b"K":
            pid = int.from_bytes(_exactly(control, 8), "big")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            send(control, (os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime))
        else:
            return


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()  # what is loaded here lives as long as the children: looking for what does not costs 3 %
    for name in sys.argv[2:]:
        module, _, prepare = name.partition(":")
        loaded = importlib.import_module(module)
        if prepare:
            getattr(loaded, prepare)()
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)
    gc.freeze()
    gc.enable()
    send(control, cpu_seconds())
    with contextlib.suppress(EOFError, ConnectionError):
        _serve(control)


# --- a child


def _live(conn: socket.socket) -> None:
    """The whole life of a child; it never returns to the zygote's loop."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(1)  # the zygote died in between
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
        birth: Birth = pickle.loads(receive_bytes(conn))  # noqa: S301 - the parent is ours
        _confine(birth)
        _answer(conn, birth)
        code = 0
    except (EOFError, BrokenPipeError):
        code = 0
    finally:
        os._exit(code)


def _confine(birth: Birth) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (birth.memory, birth.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FSIZE, _FSIZE))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    tempfile.tempdir = birth.folder
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "wb") as f:
        f.write(_OUT_OF_MEMORY_FIRST)


def _made(birth: Birth) -> Callable[[Any], Any]:
    """The handler; when it cannot be made, one that says why to each task."""
    try:
        return birth.make_handler()
    except Exception as e:  # noqa: BLE001 - told with each task instead
        reason = f"{type(e).__name__}: {e}"

        def failing(_task: Any) -> Any:
            raise RuntimeError(reason)

        return failing


def _answer(conn: socket.socket, birth: Birth) -> None:
    """Tasks until the parent closes. After a MemoryError the heap is not to be trusted: the child ends."""
    counted = 0.0  # a fork starts its own count: making the handler belongs to the first task
    handler = _made(birth)
    send(conn, ("ready", None, 0.0))
    while True:
        task = pickle.loads(receive_bytes(conn))  # noqa: S301 - the parent is ours
        kind, value = "ok", None
        try:
            value = handler(task)
        except IntakeError as e:
            kind, value = "error", e
        except MemoryError:
            kind = "memory"
        except Exception as e:  # noqa: BLE001 - the edge of the process: whatever is left is told as text
            kind, value = "bug", f"{type(e).__name__}: {e}"[:500]
        total = cpu_seconds()
        try:
            send(conn, (kind, value, total - counted))
        except MemoryError:
            send(conn, ("memory", None, total - counted))
            kind = "memory"
        counted = total
        if kind == "memory":
            return


if __name__ == "__main__":
    main()
