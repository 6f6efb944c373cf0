"""`flask comptes`, `flask jetons`, `flask courriers` as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from web.app import create_app

pytestmark = pytest.mark.slow  # whole commands, and argon2

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DATABASE_URL", "S3_BUCKET", "S3_ENDPOINT_URL", "SMTP_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    runner = create_app().test_cli_runner()
    return lambda *words, **more: runner.invoke(args=[str(w) for w in words], **more)


ALICE = ("comptes", "creer", "alice", "--nom", "Alice Dupré", "--courriel", "a@b.invalid")


def test_an_account_from_its_making_to_its_end(run: Run, tmp_path: Path) -> None:
    made = json.loads(run(*ALICE, "--role", "agent_guichet", "--guichet", "75001", "--json").stdout)
    assert made["otpauth"].startswith("otpauth://totp/")
    assert (tmp_path / "site" / "secret.key").stat().st_mode & 0o077 == 0
    again = run(*ALICE, "--role", "agent_guichet", "--guichet", "75001")
    assert (again.exit_code, "COMPTE_INVALIDE" in again.stderr) == (1, True)
    assert run("comptes", "desactiver", "alice").exit_code == 0
    (listed,) = [json.loads(line) for line in run("comptes", "lister", "--json").stdout.splitlines()]
    assert (listed["etat"], listed["guichet"]) == ("désactivé", "75001")
    assert run("comptes", "reactiver", "alice").exit_code == 0
    assert "Alice Dupré" in run("comptes", "lister").stdout
    assert "otpauth" in run("comptes", "renouveler", "alice").stdout
    assert run("comptes", "desactiver", "bob").exit_code == 1


def test_a_password_of_ones_own_comes_by_stdin_and_is_not_shown(run: Run) -> None:
    words = (*ALICE, "--role", "administrateur", "--mot-de-passe-stdin", "--json")
    done = run(*words, input="une phrase bien assez longue\n")
    assert "mot_de_passe" not in json.loads(done.stdout)
    assert run(*ALICE, "--role", "numeriseur").exit_code == 2


def test_tokens_are_made_listed_by_their_end_renewed_and_revoked(run: Run) -> None:
    words = ("--guichet", "75001", "--role", "numeriseur", "--portee", "depot", "--courriel", "d@b.invalid")
    made = json.loads(run("jetons", "creer", "Scanner", *words, "--jours", "20", "--json").stdout)
    run("jetons", "creer", "Autre", *words)
    soon = [
        json.loads(x) for x in run("jetons", "lister", "--expire-dans", "30", "--json").stdout.splitlines()
    ]
    assert [(j["id"], j["etat"]) for j in soon] == [(made["id"], "valide")]
    assert made["jeton"] not in run("jetons", "lister", "--json").stdout
    assert "1 alerte" in run("jetons", "prevenir").stdout
    assert "0 alerte" in run("jetons", "prevenir").stdout
    assert json.loads(run("courriers", "envoyer", "--json").stdout) == {"envoyes": 1, "remis": 0}
    for wrong in (
        ("--chevauchement", "-5"),
        ("--chevauchement", "99999999"),
        ("--jours", "0"),
        ("--jours", "-1"),
    ):
        refused = run("jetons", "renouveler", made["id"], *wrong)
        assert (refused.exit_code, "COMPTE_INVALIDE" in refused.stderr) == (1, True), wrong
    assert run("jetons", "lister", "--expire-dans", "999999999999").exit_code == 2
    assert run("jetons", "renouveler", made["id"]).exit_code == 0  # nothing had happened to it
    assert run("jetons", "revoquer", made["id"]).exit_code == 0
    assert run("jetons", "revoquer", "rien").exit_code == 1
    assert json.loads(run("journal", "verify", "--json").stdout)["defauts"] == []
