"""Work left to other processes, on a real Redis: done once, found again when the queue is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from servers import RedisServer
from web.jobs import connect, enqueue, queue_of, sweep
from web.settings import read_settings
from web.wiring import open_site

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(tmp_path: Path, redis_server: RedisServer) -> dict[str, str]:
    return {**os.environ, "DOSSIER_DATA": str(tmp_path / "site"), "REDIS_URL": redis_server.url}


def call(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_deferred_envoi_is_processed_by_a_worker_even_when_the_queue_is_lost(
    env: dict[str, str], tmp_path: Path, redis_server: RedisServer
) -> None:
    blank = tmp_path / "texte.pdf"
    blank.write_text("ceci n'est pas un PDF")
    first = json.loads(call(env, "flask", "ingest", "--differe", "--json", str(blank)).stdout)
    assert first["statut"] == "recue"
    settings = read_settings(env)
    connect(settings).flushall()  # Redis forgets
    call(env, "web.worker", "--burst")
    again = json.loads(call(env, "flask", "ingest", "--json", str(blank)).stdout)
    assert (again["envoi"], again["nouveau"], again["error"]["code"]) == (
        first["envoi"],
        False,
        "FORMAT_REFUSE",
    )
    site = open_site(settings)
    queue = queue_of(connect(settings))
    assert sweep(site, connect(settings)) == 0  # nothing is left to do
    assert enqueue(queue, "E-essai")
    assert not enqueue(queue, "E-essai")
    connect(settings).flushall()


def test_without_a_queue_deferring_says_what_to_set(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("REDIS_URL")}
    env["DOSSIER_DATA"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "flask", "ingest", "--differe", "x.pdf"],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr
