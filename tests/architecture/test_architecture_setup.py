"""The two commands of the README: they exist, and the set-up behaves where it cannot do its work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from architecture.checkout import ROOT

SCRIPTS = ("bin/setup", ".ci/run")


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def test_the_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.M))
    assert {"run", "test"} <= commands
    assert commands <= make_targets()


def test_help_lists_every_target_that_a_person_calls() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"make ([a-z-]+)", shown))
    assert listed == {target for target in make_targets() if not target.startswith("ready")}


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_plain_sh_and_executable(script: str) -> None:
    path = ROOT / script
    assert path.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert os.access(path, os.X_OK)
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_procfile_starts_modules_that_exist() -> None:
    for word in re.findall(r"-m (web[.\w]*)", (ROOT / "Procfile").read_text(encoding="utf-8")):
        assert (ROOT / word.replace(".", "/")).with_suffix(".py").exists(), word


class Machine:
    """A PATH with little in it, in front of a copy of bin/setup in a folder whose name has a space."""

    BASICS = (
        "sh basename cat chmod dirname grep head id ls mkdir mktemp printf rm sed sha256sum tail tr".split()
    )

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.checkout = folder / "mon projet"
        (self.checkout / "bin").mkdir(parents=True)
        for file in ("bin/setup", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / file, self.checkout / file)
        for program in self.BASICS:
            found = shutil.which(program)
            assert found is not None
            (self.bin / program).symlink_to(found)

    def program(self, name: str, body: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def setup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        script = (self.checkout / "bin" / "setup").read_text(encoding="utf-8")
        # The script adds the system's own folders for ordinary users; this machine has none.
        script = re.sub(r'^PATH="\$\{PATH.*$', "", script, flags=re.M)
        (self.checkout / "bin" / "setup").write_text(script, encoding="utf-8")
        return subprocess.run(
            [self.bin / "sh", self.checkout / "bin" / "setup", *arguments],
            check=False,
            env={"PATH": str(self.bin)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def asked_for(self, profile: str) -> set[str]:
        return set(self.setup(profile).stdout.rstrip("'\n").partition("--no-install-recommends ")[2].split())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An ordinary user, without sudo, on a Debian without Tesseract."""
    machine = Machine(tmp_path)
    machine.program("id", "echo 1000")
    machine.program("apt-get", "echo apt-get was called >&2; exit 1")
    return machine


def test_without_rights_the_one_line_to_paste_is_all_that_is_printed(machine: Machine) -> None:
    done = machine.setup("run")
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert re.fullmatch(
        r"su -c 'apt-get update && apt-get install -y --no-install-recommends [a-z0-9. -]+'", line
    )
    assert {"tesseract-ocr", "tesseract-ocr-fra"} <= machine.asked_for("run")
    assert "collez la ligne suivante" in done.stderr
    assert "apt-get was called" not in done.stderr
    assert not (machine.checkout / ".venv").exists()


def test_the_line_to_paste_uses_sudo_where_it_asks_for_a_password(machine: Machine) -> None:
    machine.program("sudo", "exit 1")
    done = machine.setup("run")
    assert done.returncode == 1
    assert done.stdout.startswith("sudo sh -c 'apt-get update")


def test_with_sudo_the_packages_are_installed_through_it(machine: Machine) -> None:
    machine.program("sudo", '[ "$1" = -n ] || printf "%s " "$@" >&2')
    done = machine.setup("run")
    assert "bin/setup packages tesseract-ocr tesseract-ocr-fra" in done.stderr
    # This sudo installed nothing, and that is said instead of failing later.
    assert done.returncode == 1
    assert "toujours introuvable" in done.stderr


def test_elsewhere_than_on_debian_it_says_what_is_missing(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    done = machine.setup("run")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "tesseract-ocr" in done.stderr


def test_more_is_asked_for_by_the_tests_than_by_the_program(machine: Machine) -> None:
    asked = {profile: machine.asked_for(profile) for profile in ("run", "site", "check", "test")}
    assert asked["run"] <= asked["check"] < asked["test"]
    assert asked["run"] < asked["site"] < asked["test"]
    assert {"redis-server", "clamav-daemon"} <= asked["site"]
    assert {"redis-server", "radosgw"} <= asked["test"]


@pytest.mark.parametrize("arguments", [(), ("tout",), ("packages",)])
def test_wrong_usage_is_answered_with_the_usage(machine: Machine, arguments: tuple[str, ...]) -> None:
    done = machine.setup(*arguments)
    assert done.returncode == 2
    assert "Usage" in done.stderr


@pytest.mark.xdist_group("kept together")
def test_a_group_of_tests_is_kept_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Lost in silence by pytest 9.2 (pytest-dev/pytest-xdist#1386): each worker then starts each server."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@kept together")
