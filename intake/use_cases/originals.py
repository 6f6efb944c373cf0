"""The originals a worker is reading, on its own disk: the ranges of one file are cut from one copy of it."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfileobj

from intake.domain.envoi import Envoi
from intake.ports import ObjectStore
from intake.use_cases.scratch import Scratch

_KEPT = 2  # files of up to 1 GB


class Originaux:
    """What it fetched goes with `close`, or with the next worker of this machine when this one was killed."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._scratch: Scratch | None = None
        self._kept: dict[str, Path] = {}  # the last used at the end

    def close(self) -> None:
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None
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
        if self._scratch is None:
            self._scratch = Scratch("originaux-")
        return self._scratch.folder
