"""Small real stand-ins for the core's ports, for tests that need no server and no disk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from intake.errors import ObjetAbsent, StockageIndisponible
from intake.ports import ObjectInfo
from storage.objects import digest_of, key_of
from storage.objects.checksums import CheckedSource, VerifiedStream


class MemoryStore:
    """An ObjectStore in a dictionary; `down = True` makes an outage, and `objects` may be tampered with."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.down = False
        self.down_after: int | None = None  # puts that still succeed before an outage

    def put(self, source: BinaryIO, *, sha256: str, size: int, media: str) -> str:
        self._answer()
        if self.down_after is not None:
            self.down_after -= 1
            if self.down_after < 0:
                raise StockageIndisponible("Le stockage ne répond pas.")
        key = key_of(sha256)
        checked = CheckedSource(source, sha256=sha256, size=size)
        content = b"".join(checked.blocks())
        checked.verify()
        self.objects[key] = content
        return key

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        self._answer()
        digest = digest_of(key)
        if digest is None or key not in self.objects:
            raise ObjetAbsent(f"L'objet {key} n'est pas dans le stockage.")
        content = io.BytesIO(self.objects[key])
        with VerifiedStream(content.read, key=key, sha256=digest, size=len(self.objects[key])) as stream:
            yield cast(BinaryIO, stream)

    def exists(self, key: str) -> bool:
        self._answer()
        return digest_of(key) is not None and key in self.objects

    def list(self) -> Iterator[ObjectInfo]:
        self._answer()
        for key, content in sorted(self.objects.items()):
            yield ObjectInfo(key=key, size=len(content), sha256=digest_of(key))

    def delete(self, key: str) -> None:
        self._answer()
        if digest_of(key) is not None:
            self.objects.pop(key, None)

    def _answer(self) -> None:
        if self.down:
            raise StockageIndisponible("Le stockage ne répond pas.")
