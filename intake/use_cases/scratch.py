"""A temporary folder that goes with its process; a killed one's goes with the next process that starts."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_DRAFT_SECONDS = 3600.0  # a folder not yet named that is as old lost its process between two lines


class Scratch:
    """Held by a lock that the kernel drops with us, so that what is left of a killed process can be told."""

    def __init__(self, prefix: str) -> None:
        sweep(prefix)
        # Named only once it is held: an unlocked one is for whoever comes first.
        draft = Path(tempfile.mkdtemp(prefix=f".{prefix}"))
        self._lock = os.open(draft, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.folder = draft.rename(draft.with_name(draft.name.removeprefix(".")))
        self._owner = os.getpid()

    def close(self) -> None:
        """A forked copy of the process that made it has nothing to close."""
        if os.getpid() != self._owner:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock)
        self._owner = -1


def sweep(prefix: str) -> None:
    """Remove the folders of that prefix whose process is gone."""
    here, old = Path(tempfile.gettempdir()), time.time() - _DRAFT_SECONDS
    for folder in here.glob(f"{prefix}*"):
        _remove_if_nobodys(folder)
    for draft in here.glob(f".{prefix}*"):
        with suppress(OSError):
            if draft.stat().st_mtime < old:
                _remove_if_nobodys(draft)


def _remove_if_nobodys(folder: Path) -> None:
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its owner lives
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
