"""Temporary files of a process are in one folder, which does not outlive a killed one for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from web.scratch import own_temporary_files

ROOT = Path(__file__).parents[2]
_DIES = """
import os, signal, tempfile
from web.scratch import own_temporary_files
with own_temporary_files("essai-"):
    open(os.path.join(tempfile.mkdtemp(prefix="envoi-"), "original"), "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_worker_left_goes_with_the_next_and_a_living_one_s_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that is started again keeps its /tmp: seen on an engine, with an envoi in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.run(
        [sys.executable, "-c", _DIES], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, check=False
    )
    assert dead.returncode == -signal.SIGKILL
    assert [p.name for p in tmp_path.rglob("original")] == ["original"]
    with own_temporary_files("essai-"):
        mine = Path(tempfile.mkdtemp(prefix="envoi-"))
        assert list(tmp_path.rglob("original")) == []
        subprocess.run(
            [sys.executable, "-c", _DIES], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, check=False
        )
        assert mine.is_dir()  # the other one, starting, saw that ours is held
    assert not mine.exists()
    assert tempfile.gettempdir() == str(tmp_path)
