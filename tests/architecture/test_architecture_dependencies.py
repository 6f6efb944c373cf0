"""The lists of dependencies: pinned with hashes, in step with what is asked for, and all of them used."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import files
from pathlib import Path

import pytest

from architecture.checkout import ROOT, imported, package_files

# Asked for, and imported by no module of ours.
USED_WITHOUT_IMPORT = {
    "python-dotenv": "Flask reads .flaskenv through it",
    "psycopg": "SQLAlchemy loads it when DATABASE_URL names PostgreSQL",
}


def asked_for(file: str) -> set[str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines())
    return {re.split(r"[\[<>=!~; ]", line)[0].lower() for line in lines if line and not line.startswith("-")}


def pins(file: str) -> dict[str, str]:
    """Name → all its lines, continuation lines joined."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {re.split(r"==", line)[0].strip().lower(): line for line in lines}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_asked_for_is_pinned(name: str) -> None:
    assert asked_for(f"{name}.in") <= set(pins(f"{name}.txt"))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_pin_is_one_version_with_hashes_and_names_no_index(name: str) -> None:
    lines = pins(f"{name}.txt")
    assert [
        n for n, line in lines.items() if not re.search(r"==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []
    assert "://" not in Path(ROOT / f"{name}.txt").read_text(encoding="utf-8")
    assert not any(n.startswith("-") for n in lines), "an option of pip hides in the list of pins"


def test_nothing_is_pinned_that_nobody_asked_for() -> None:
    """A package dropped from requirements.in without `make lock` stays installed everywhere, unnoticed."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    because = set(
        re.findall(r"^([a-z0-9._-]+)==(?:[^\n]*\\\n)*[^\n]*\n    # via -r requirements\.in$", text, re.M)
    )
    assert because - asked_for("requirements.in") == set()


def test_every_dependency_is_used() -> None:
    ours = {module.split(".")[0] for path in package_files() for module in imported(path)}
    assert {name for name in asked_for("requirements.in") if not provided_by(name) & ours} == set(
        USED_WITHOUT_IMPORT
    )


def provided_by(distribution: str) -> set[str]:
    """The names at the top of what it installs: its folders and modules."""
    return {inspect.getmodulename(file.parts[0]) or file.parts[0] for file in files(distribution) or ()}
