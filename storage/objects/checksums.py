"""Bytes hashed on their way in and on their way out, so that no store is ever believed on its word."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from intake.errors import ObjetAltere

BLOCK = 1 << 20


class CheckedSource:
    """The bytes to store, compared with the checksum and size that were announced for them."""

    def __init__(self, source: BinaryIO, *, sha256: str, size: int) -> None:
        self._source = source
        self._announced = sha256
        self._size = size
        self._hash = hashlib.sha256()
        self._count = 0

    def read(self, limit: int) -> bytes:
        """`limit` bytes, fewer only at the end: a pipe that gives little at a time makes no small parts."""
        pieces, missing = [], limit
        while missing and (piece := self._source.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        block = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._hash.update(block)
        self._count += len(block)
        if self._count > self._size:
            raise self._altered(f"plus de {self._size} octets reçus")
        return block

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        while block := self.read(size):
            yield block

    def drain(self) -> None:
        for _ in self.blocks():
            pass

    def verify(self) -> None:
        """Raises ObjetAltere unless the source ended exactly where and as announced."""
        if self._source.read(1):
            raise self._altered(f"plus de {self._size} octets reçus")
        if self._count != self._size:
            raise self._altered(f"{self._count} octets reçus sur {self._size}")
        if self._hash.hexdigest() != self._announced:
            raise self._altered(f"empreinte {self._hash.hexdigest()}")

    def _altered(self, found: str) -> ObjetAltere:
        return ObjetAltere(
            f"Les octets à enregistrer ne sont pas ceux annoncés (empreinte {self._announced}) : {found}.",
            hint="Rien n'a été enregistré : envoyez le fichier à nouveau.",
        )


class VerifiedStream(io.BufferedIOBase):
    """A forward-only stream that raises ObjetAltere instead of giving the last bytes of an altered object.

    The end is known by the size, so a reader that asks for exactly the bytes of the object, and never for
    the empty read after them, is protected too. What is abandoned half-way is not judged.
    """

    def __init__(self, read: Callable[[int], bytes], *, key: str, sha256: str, size: int) -> None:
        self._read = read
        self._key = key
        self._expected = sha256
        self._left = size
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if self.closed:
            raise ValueError("read of a closed object")
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(BLOCK), b""))
        if size == 0:
            return b""
        block = self._read(size)
        self._hash.update(block)
        self._left -= len(block)
        if (not block or self._left <= 0) and self._hash.hexdigest() != self._expected:
            raise ObjetAltere(
                f"L'objet {self._key} a été altéré dans le stockage : son empreinte lue est "
                f"{self._hash.hexdigest()}."
            )
        return block

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(BLOCK if size is None or size < 0 else size)
