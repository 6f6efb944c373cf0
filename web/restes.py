"""What requests leave on this machine's disk, under `recus`, and its end when nobody comes for it.

Apart from the routes that write it: the sweeper serves nothing, and need not load the service.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

EXPIRES = 7 * 86_400.0  # seconds after its last byte at which an interrupted upload ends
KEPT = 900.0  # seconds a masked image or copy stays, for whoever reads it again


def sweep_uploads(data: Path, *, older_than: float = EXPIRES) -> int:
    """Remove uploads that nobody goes on with, and what requests that died left behind; how many."""
    limit, removed = time.time() - older_than, 0
    for path in [*(data / "recus" / "tus").glob("*"), *(data / "recus").glob("*-*")]:
        with suppress(OSError):
            if _last_written(path) < limit:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


def _last_written(path: Path) -> float:
    """Seconds; what tells of an upload is written once, and lives as long as bytes of it arrive."""
    with suppress(FileNotFoundError):
        return max(path.stat().st_mtime, path.with_suffix("").stat().st_mtime)
    return path.stat().st_mtime


def sweep_copies(data: Path) -> int:
    """Remove the masked images and copies that nobody has read for a while; how many."""
    removed = 0
    for path in (data / "recus").glob("masque-*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - KEPT:
                path.unlink()
                removed += 1
    return removed
