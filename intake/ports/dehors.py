"""What the core needs of the world: bytes kept, the time, mails sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from intake.domain.courrier import Courrier


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    key: str
    size: int
    sha256: str | None  # where the store keeps it; our own rows are the truth


class ObjectStore(Protocol):
    """Content-addressed bytes: the key is derived from the SHA-256, so writing twice is harmless.

    Errors: StockageIndisponible (retryable), ObjetAbsent, ObjetAltere.
    """

    def put(self, source: BinaryIO, *, sha256: str, size: int, media: str) -> str:
        """Store, verify the checksum of what was written, return the key (`aa/bb/<sha256>`)."""
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Stream the bytes; the checksum is verified by the end of the stream: ObjetAltere if it differs."""
        ...

    def exists(self, key: str) -> bool: ...

    def list(self) -> Iterator[ObjectInfo]: ...

    def delete(self, key: str) -> None:
        """For the purge only (R3, R34). Absent is not an error."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Mailer(Protocol):
    def envoyer(self, courrier: Courrier) -> None:
        """Raises MessagerieIndisponible: the mail is kept and tried again."""
        ...
