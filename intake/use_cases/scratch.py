"""A temporary folder that goes with its process; a killed one's goes with the next process that starts."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_LOCK = "tenu"


class Scratch:
    """Held by a lock that the kernel drops with us, so that what is left of a killed process can be told."""

    def __init__(self, prefix: str) -> None:
        for stale in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            _remove_if_nobodys(stale)
        # Named only once it is held: an unlocked one is for whoever comes first.
        draft = Path(tempfile.mkdtemp(prefix=f".{prefix}"))
        self._lock = (draft / _LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.folder = draft.rename(draft.with_name(draft.name.removeprefix(".")))

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def _remove_if_nobodys(folder: Path) -> None:
    with suppress(OSError), (folder / _LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its owner lives
        shutil.rmtree(folder, ignore_errors=True)
