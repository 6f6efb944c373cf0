"""Bytes in and out of the store, for those who cut: the original fetched, a piece stored and still there."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from shutil import copyfileobj

from intake.domain.envoi import Envoi
from intake.ports import ObjectStore

_PDF = "application/pdf"


def original(objects: ObjectStore, envoi: Envoi, scratch: Path) -> Path:
    """The original, verified against its checksum on the way."""
    path = scratch / "original"
    with objects.open(envoi.objet) as source, path.open("wb") as target:
        copyfileobj(source, target, 1 << 20)
    return path


def conserver(objects: ObjectStore, file: Path, media: str = _PDF) -> tuple[str, str]:
    """(sha256, key) of the bytes of `file`, stored."""
    with file.open("rb") as source:
        sha256 = file_digest(source, "sha256").hexdigest()
        source.seek(0)
        return sha256, objects.put(source, sha256=sha256, size=file.stat().st_size, media=media)


def garantir(objects: ObjectStore, file: Path, key: str, media: str = _PDF) -> None:
    """After the commit of the row: a purge of the same bytes may have erased them before it saw the row."""
    if not objects.exists(key):
        conserver(objects, file, media)
