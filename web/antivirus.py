"""The antivirus (clamd), over its socket: a file is streamed to it, and its one line of an answer read.

Nothing but a clean « OK » lets a file through. Own client rather than a library: those on PyPI lose clamd's
answer when it stops reading, and bound each read instead of the whole (docs/adr/0302).
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from intake.errors import AntivirusIndisponible, TropVolumineux, VirusTrouve

_BLOCK = 1 << 16
_SECONDS = 30.0
_BYTES_A_SECOND = 2_000_000  # at the least, so that a large file has its time
_LONGEST_ANSWER = 4096
_TOO_MUCH = ("Heuristics.Limits.Exceeded", "INSTREAM size limit exceeded")


class Clamd:
    """`unix:/run/clamav/clamd.ctl` or `tcp:host:3310`. `seconds`: for one file; by default by its size."""

    def __init__(self, url: str, *, seconds: float | None = None) -> None:
        kind, _, rest = url.partition(":")
        self._path = "/" + rest.lstrip("/") if kind == "unix" else None
        self._tcp = urlsplit("//" + rest.lstrip("/"))
        self._seconds = seconds

    def examiner(self, path: Path) -> None:
        """Raises VirusTrouve, TropVolumineux (more than it was set up to look at), AntivirusIndisponible."""
        size = path.stat().st_size
        deadline = time.monotonic() + (self._seconds or _SECONDS + size / _BYTES_A_SECOND)
        try:
            with self._connected(deadline) as connection:
                with suppress(BrokenPipeError, ConnectionResetError):  # it has seen enough, and says so
                    self._stream(connection, path, deadline)
                answer = self._answer(connection, deadline)
        except OSError as e:
            raise AntivirusIndisponible("L'antivirus ne répond pas.") from e
        _judge(answer)

    def repondre(self) -> None:
        """Raises AntivirusIndisponible where it does not answer at all."""
        deadline = time.monotonic() + (self._seconds or _SECONDS)
        try:
            with self._connected(deadline) as connection:
                connection.settimeout(_left(deadline))
                connection.sendall(b"zPING\0")
                answer = self._answer(connection, deadline)
        except OSError as e:
            raise AntivirusIndisponible("L'antivirus ne répond pas.") from e
        if answer != "PONG":
            raise AntivirusIndisponible("Ce n'est pas clamd qui répond à CLAMD_URL.")

    @contextmanager
    def _connected(self, deadline: float) -> Iterator[socket.socket]:
        if self._path is not None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            where = (self._tcp.hostname or "localhost", self._tcp.port or 3310)
            connection = socket.create_connection(where, timeout=_left(deadline))
        with connection:
            if self._path is not None:
                connection.settimeout(_left(deadline))
                connection.connect(self._path)
            yield connection

    def _stream(self, connection: socket.socket, path: Path, deadline: float) -> None:
        connection.settimeout(_left(deadline))
        connection.sendall(b"zINSTREAM\0")
        with path.open("rb") as source:
            while block := source.read(_BLOCK):
                connection.settimeout(_left(deadline))
                connection.sendall(struct.pack("!L", len(block)) + block)
        connection.sendall(struct.pack("!L", 0))

    def _answer(self, connection: socket.socket, deadline: float) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            connection.settimeout(_left(deadline))
            more = connection.recv(1024)
            if not more:
                break
            answer += more
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("clamd takes too long")
    return left


def _judge(answer: str) -> None:
    if answer == "stream: OK":
        return
    if any(words in answer for words in _TOO_MUCH):
        raise TropVolumineux(
            "Ce fichier est plus gros que ce que l'antivirus peut examiner.",
            hint="Envoyez-le en plusieurs fichiers ; l'exploitant peut relever les limites de clamd.",
        )
    if answer.endswith(" FOUND"):
        raise VirusTrouve("L'antivirus a reconnu un programme malveillant dans ce fichier.")
    raise AntivirusIndisponible("L'antivirus n'a pas pu examiner ce fichier.")
