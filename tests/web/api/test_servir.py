"""`flask servir` starts the parts of a site together, and ends them together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from servers.process import clean_environment, free_port

pytestmark = [pytest.mark.real, pytest.mark.slow]
ROOT = Path(__file__).parents[3]


def test_it_serves_until_it_is_told_to_stop_and_leaves_nobody(tmp_path: Path) -> None:
    port = free_port()
    env = {**clean_environment(), "DOSSIER_DATA": str(tmp_path / "site")}
    words = [sys.executable, "-m", "flask", "servir", "--demo", "--adresse", f"127.0.0.1:{port}"]
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(words, env=env, cwd=ROOT, stdout=log, stderr=log)
    try:
        limit = time.monotonic() + 90
        while not answers(port):
            assert running.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < limit
            time.sleep(0.3)
        family = psutil.Process(running.pid).children(recursive=True)
        assert len(family) >= 5  # gunicorn and its two, the worker, the sweeper
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
    finally:
        if running.poll() is None:
            os.kill(running.pid, signal.SIGTERM)
            running.wait(60)
    told = (tmp_path / "log").read_text()
    assert "demo.agent" in told
    assert f"http://127.0.0.1:{port}/api/v1/documentation" in told


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/pret", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
