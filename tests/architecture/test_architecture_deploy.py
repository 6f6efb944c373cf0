"""What `deploy/` says is what the project has: settings, programs, folders."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from architecture.checkout import ROOT
from web import serve, settings

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


def test_no_secret_and_no_data_reach_git_or_the_engine() -> None:
    """The folder of the secrets is in the checkout, which is the context of the image's build."""
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/secrets/", "/deploy/.env"} <= set(ignored)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert rules[0] == "*"
    assert let_in == set(re.findall(r"^COPY (\S+) ", (DEPLOY / "Dockerfile").read_text(), re.M))


def test_clamd_of_the_compose_file_takes_files_as_large_as_we_do() -> None:
    """Its image's own limits would put envois of over 100 MB in quarantine, as too large to look at."""
    written = re.search(r"```clamd\n(.*?)```", (ROOT / "docs" / "antivirus.md").read_text(), re.S)
    assert written is not None
    assert set(written[1].splitlines()) <= set((DEPLOY / "clamd.conf").read_text().splitlines())
    assert "./clamd.conf:/etc/clamav/clamd.conf:ro" in (DEPLOY / "compose.yaml").read_text()


def test_the_compose_file_holds_together() -> None:
    site = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = site["services"]
    for name, service in services.items():
        assert set(service.get("secrets", ())) <= set(site["secrets"]), name
        for volume in service.get("volumes", ()):
            source, _, target = volume.partition(":")
            if source.startswith("."):
                assert (DEPLOY / source).exists(), volume
            elif target:
                assert source in site["volumes"], volume
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], (name, needed)
    ours = {name: service for name, service in services.items() if service["image"] == "dossier-unique"}
    assert set(ours) == {"release", "web", "worker", "sweeper"}
    for name, service in ours.items():
        held = (service["read_only"], service["cap_drop"], service["security_opt"])
        assert held == (True, ["ALL"], ["no-new-privileges:true"]), name
        assert service["init"] is True, name  # else orphans of a killed reading process stay as zombies


def test_gunicorn_opens_no_control_socket() -> None:
    """It would lie in the home of the service's user, which need not exist, or be ours to write."""
    assert serve.control_socket_disable is True


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
