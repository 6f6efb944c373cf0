"""Objects as files under one folder: the store of a single machine, and the reference for the others.

What a `put` that returned proves: the bytes that were written had the announced checksum, and the file and
its name were flushed to the disk. They are not read back: the answer would come from the same memory.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from intake.errors import IntakeError, ObjetAbsent, StockageIndisponible
from intake.ports import ObjectInfo
from storage.objects.capabilities import Capabilities
from storage.objects.checksums import CheckedSource, VerifiedStream
from storage.objects.keys import digest_of, key_of

_TEMPORARY = ".tmp"  # on the same file system as the objects, so that a rename is atomic


class FolderStore:
    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, source: BinaryIO, *, sha256: str, size: int, media: str) -> str:
        key = key_of(sha256)
        checked = CheckedSource(source, sha256=sha256, size=size)
        temporary = self._new_temporary()
        try:
            with temporary.open("wb", buffering=0) as file:
                # The source is read outside the translation: its own errors are not the store's.
                for block in checked.blocks():
                    with _translated("écrire", key):
                        _write_all(file.fileno(), block)
                checked.verify()
                with _translated("écrire", key):
                    os.fsync(file.fileno())
            with _translated("écrire", key):
                self._publish(temporary, self._root / key)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        return key

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        digest = digest_of(key)
        if digest is None:
            raise ObjetAbsent(f"La clé « {key} » n'est pas celle d'un objet de ce stockage.")
        with _translated("lire", key):
            if not self._root.is_dir():
                raise StockageIndisponible(f"Le dossier des objets est introuvable : {self._root}.")
            descriptor = os.open(self._root / key, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:

            def read(limit: int) -> bytes:
                with _translated("lire", key):
                    return os.read(file.fileno(), limit)

            size = os.fstat(file.fileno()).st_size
            with VerifiedStream(read, key=key, sha256=digest, size=size) as stream:
                yield cast(BinaryIO, stream)

    def exists(self, key: str) -> bool:
        if digest_of(key) is None:
            return False
        try:
            with _translated("lire", key):
                (self._root / key).stat()
        except ObjetAbsent:
            return False
        return True

    def list(self) -> Iterator[ObjectInfo]:
        """Every file, ours or not: a foreign one has no `sha256`. Files being written are left out."""
        pending = [self._root]
        while pending:
            for entry in _entries(pending.pop()):
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    if path != self._root / _TEMPORARY:
                        pending.append(path)
                    continue
                try:
                    size = entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:  # deleted since the folder was read
                    continue
                key = path.relative_to(self._root).as_posix()
                yield ObjectInfo(key=key, size=size, sha256=digest_of(key))

    def delete(self, key: str) -> None:
        if digest_of(key) is None:
            return
        path = self._root / key
        with suppress(ObjetAbsent), _translated("effacer", key):
            path.unlink()
            _flush_folder(path.parent)

    def sweep(self, older_than: timedelta) -> int:
        """Remove what crashes left half-written; younger files may still be in use. Returns how many."""
        removed = 0
        limit = time.time() - older_than.total_seconds()
        for entry in _entries(self._root / _TEMPORARY):
            with suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime <= limit:
                    os.unlink(entry.path)
                    removed += 1
        return removed

    def probe(self) -> Capabilities:
        """A folder keeps one version of each file and has no notion of a request to refuse."""
        with _translated("écrire"):
            scratch = self._new_temporary()
            scratch.write_bytes(b"sonde")
            scratch.unlink()
        return Capabilities(
            versioning=False,
            object_lock=False,
            wrong_md5_refused=False,
            wrong_sha256_refused=False,
            conditional_put=False,
            etag_is_md5=False,
            multipart=False,
            etag_of_parts=False,
        )

    def _new_temporary(self) -> Path:
        folder = self._root / _TEMPORARY
        with _translated("écrire"):
            folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=folder)  # readable by our own user only
            os.close(descriptor)
        return Path(name)

    def _publish(self, temporary: Path, final: Path) -> None:
        """Give the finished file its name; an earlier copy, sound or rotten, is replaced by this proven."""
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, final)
        # Bottom up to the root: whoever created a level may have died before flushing it.
        for folder in (final.parent, final.parent.parent, self._root):
            _flush_folder(folder)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with _translated("lister"):
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:  # nothing was ever stored here, or the folder has just gone
            return
    yield from found


def _write_all(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(action: str, key: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _as_ours(error, action, key) from error


def _as_ours(error: OSError, action: str, key: str) -> IntakeError:
    what = f"l'objet {key}" if key else "dans le dossier des objets"
    if isinstance(error, FileNotFoundError) and key and action != "écrire":
        return ObjetAbsent(f"L'objet {key} n'est pas dans le stockage.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StockageIndisponible(
            f"Impossible d{_elided(action)} {what} : le disque est plein.",
            hint="Libérez de la place sur le disque des objets, puis relancez la commande.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StockageIndisponible(
            f"Impossible d{_elided(action)} {what} : droits insuffisants sur le dossier des objets.",
            hint="Donnez au service le droit de lire et d'écrire dans ce dossier, puis relancez la commande.",
        )
    return StockageIndisponible(f"Impossible d{_elided(action)} {what} : {error.strerror or error}.")


def _elided(verb: str) -> str:
    return f"'{verb}" if verb[0] in "eé" else f"e {verb}"
