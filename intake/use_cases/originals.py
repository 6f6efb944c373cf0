"""The originals a worker is reading, on its own disk: the ranges of one file are cut from one copy of it."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from typing import IO

from intake.domain.envoi import Envoi
from intake.ports import ObjectStore

_KEPT = 2  # files of up to 1 GB
_PREFIX = "originaux-"
_LOCK = "tenu"


class Originaux:
    """What it fetched goes with `close`, or with the next worker of this machine when this one was killed."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._folder: Path | None = None
        self._lock: IO[str] | None = None
        self._kept: dict[str, Path] = {}  # the last used at the end

    def close(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._lock is not None:
            self._lock.close()
        self._kept.clear()

    def chemin(self, envoi: Envoi) -> Path:
        """Its bytes, verified while they came. Raises StockageIndisponible, ObjetAbsent, ObjetAltere."""
        path = self._kept.pop(envoi.sha256, None)
        if path is None:
            while len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept))).unlink(missing_ok=True)
            folder = self._opened()
            path, draft = folder / envoi.sha256, folder / "arrive"
            with self._objects.open(envoi.objet) as source, draft.open("wb") as target:
                copyfileobj(source, target, 1 << 20)
            draft.rename(path)
        self._kept[envoi.sha256] = path
        return path

    def oublier(self, envoi: Envoi) -> None:
        """It has ended: its bytes are not kept a moment longer here."""
        path = self._kept.pop(envoi.sha256, None)
        if path is not None:
            path.unlink(missing_ok=True)

    def _opened(self) -> Path:
        if self._folder is None:
            for stale in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
                _remove_if_nobodys(stale)
            # Named only once it is held: an unlocked one is for whoever comes first.
            draft = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
            self._lock = (draft / _LOCK).open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._folder = draft.rename(draft.with_name(draft.name.removeprefix(".")))
        return self._folder


def _remove_if_nobodys(folder: Path) -> None:
    with suppress(OSError), (folder / _LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its owner lives
        shutil.rmtree(folder, ignore_errors=True)
