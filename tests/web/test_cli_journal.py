"""`flask journal`: what the commands leave in it, and what its verification prints."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from web.app import create_app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DATABASE_URL", "S3_BUCKET", "S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    runner = create_app().test_cli_runner()
    return lambda *words: runner.invoke(args=[str(w) for w in words])


def test_commands_leave_their_line_and_the_chain_verifies(run: Run, tmp_path: Path) -> None:
    empty = json.loads(run("journal", "verify", "--json").stdout)
    assert (empty["lignes"], empty["defauts"]) == (0, [])
    register = tmp_path / "r.jsonl"
    register.write_text('{"numero_unique": "999012400012375001", "personnes": []}\n')
    assert run("demandes", "import", register).exit_code == 0
    assert run("pieces", "list", "999 0124 000123 75001").exit_code == 0
    assert run("pieces", "retirer", "E1-0001", "--raison", "essai").exit_code == 1  # nothing done, no line
    done = run("journal", "verify", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["lignes"], told["defauts"]) == (0, 2, [])
    assert run("journal", "verify", "--ancre", told["ancre"]).exit_code == 0
    assert run("journal", "verify", "--ancre", "9:" + "0" * 64).exit_code == 1
    assert run("journal", "verify", "--ancre", "neuf").exit_code == 2


def test_a_line_blanked_by_no_purge_is_told(run: Run, tmp_path: Path) -> None:
    """As on a copy of the database, where nothing guards it any more; its demande is still registered."""
    register = tmp_path / "r.jsonl"
    register.write_text('{"numero_unique": "999012400012375001", "personnes": []}\n')
    run("demandes", "import", register)
    run("pieces", "list", "999012400012375001")
    with closing(sqlite3.connect(tmp_path / "site" / "dossier.db")) as base, base:
        base.execute("DROP TRIGGER journal_pas_d_update")
        base.execute(
            "UPDATE journal SET demande = NULL, contenu = NULL, sel = NULL WHERE demande IS NOT NULL"
        )
    done = run("journal", "verify")
    assert done.exit_code == 1
    assert "ligne 2 : effacee" in done.stdout
    assert "chaîne intacte" not in done.stdout


def test_a_demandes_lines_are_listed_and_the_listing_is_logged(run: Run, tmp_path: Path) -> None:
    register = tmp_path / "r.jsonl"
    register.write_text('{"numero_unique": "999012400012375001", "personnes": []}\n')
    run("demandes", "import", register)
    run("pieces", "list", "999012400012375001")
    for expected in (["consultation"], ["consultation", "consultation"]):
        shown = run("journal", "list", "--demande", "999 0124 000123 75001", "--json").stdout
        lines = [json.loads(line) for line in shown.splitlines()]
        assert [line["action"] for line in lines] == expected
        assert lines[0]["qui"] == "systeme"
        assert lines[0]["demande"] == "999012400012375001"
    assert "consultation" in run("journal", "list").stdout


def test_rights_are_postgresqls(run: Run) -> None:
    done = run("journal", "droits", "application")
    assert done.exit_code == 1
    assert "REGLAGE_INVALIDE" in done.stderr
