"""What `deploy/` says is what the project has: settings, programs, folders."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.checkout import ROOT
from web import settings

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
_OTHERS = {"LC_ALL", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "OMP_THREAD_LIMIT"}
_SERVERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"}


def test_every_setting_given_is_one_of_ours() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    given = set(re.findall(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): ", text)) - _SERVERS
    assert "DATABASE_URL_FILE" in given
    assert {name.removesuffix("_FILE") for name in given} - set(settings.NAMES) == set()
    image = (DEPLOY / "Dockerfile").read_text()
    set_there = {
        word.split("=")[0] for line in re.findall(r"^ENV (.*)$", image, re.M) for word in line.split()
    }
    assert set_there - _OTHERS - set(settings.NAMES) == set()


def test_what_is_started_exists() -> None:
    for file in (DEPLOY / "compose.yaml", DEPLOY / "Dockerfile", *UNITS, ROOT / "Procfile"):
        text = file.read_text().replace('", "', " ")
        for module in re.findall(r"-m (web[a-z_.]*)", text):
            assert (ROOT / f"{module.replace('.', '/')}.py").exists(), (file, module)
    for package in re.findall(r"^COPY (\S+) ", (DEPLOY / "Dockerfile").read_text(), re.M):
        assert (ROOT / package).exists(), package


def test_every_secret_of_the_compose_file_is_made_by_the_page() -> None:
    secrets = set(re.findall(r"file: (secrets/\w+)", (DEPLOY / "compose.yaml").read_text()))
    page = (ROOT / "docs" / "deploy.md").read_text()
    assert {name for name in secrets if f"> {name}" not in page} == set()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        there = unit.read_text().replace("/srv/dossier/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(there)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.glob("*.service")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
