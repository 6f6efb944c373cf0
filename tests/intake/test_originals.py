"""Originals on a worker's disk: fetched once for all ranges, two at most, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from fakes import MemoryStore
from intake.domain.envoi import Envoi
from intake.domain.motif import Canal
from intake.errors import StockageIndisponible
from intake.use_cases.originals import Originaux


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def stored(store: MemoryStore, content: bytes) -> Envoi:
    digest = sha256(content).hexdigest()
    key = store.put(BytesIO(content), sha256=digest, size=len(content), media="application/pdf")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Envoi(f"E{content.decode()}", "a.pdf", digest, len(content), Canal.NUMERISEUR, now, key)


def test_one_copy_serves_all_the_ranges_and_the_third_file_takes_the_place_of_the_first(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    a, b, c = (stored(store, name) for name in (b"a", b"b", b"c"))
    kept = Originaux(store)
    first = kept.chemin(a)
    store.down = True
    assert kept.chemin(a) == first  # nobody asked the store again
    with pytest.raises(StockageIndisponible):
        kept.chemin(b)
    store.down = False
    assert kept.chemin(b).read_bytes() == b"b"
    kept.chemin(c)
    assert not first.exists()
    kept.oublier(c)
    assert [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()] == [b"b"]
    kept.close()
    assert list(tmp_path.iterdir()) == []


_DIES = """
import os, signal
from test_originals import MemoryStore, Originaux, stored
store = MemoryStore()
Originaux(store).chemin(stored(store, b"z"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_worker_left_goes_with_the_next_and_a_living_one_s_stays(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
    }
    dead = subprocess.run([sys.executable, "-c", _DIES], env=env, check=False)
    assert dead.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    store = MemoryStore()
    living, other = Originaux(store), Originaux(store)
    here = living.chemin(stored(store, b"a"))
    assert not left.exists()
    other.chemin(stored(store, b"b"))
    assert here.exists()
    living.close()
    other.close()
