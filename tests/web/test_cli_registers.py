"""The commands around the main job, as somebody types them: registers, plan, wrong usage, settings."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from web.app import create_app
from web.settings import read_settings

pytestmark = pytest.mark.slow  # whole commands

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DATABASE_URL", "S3_BUCKET", "S3_ENDPOINT_URL", "QR_SIGNING_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    runner = create_app().test_cli_runner()
    return lambda *words: runner.invoke(args=[str(w) for w in words])


PERSONNES = [
    {
        "rang": "D",
        "civilite": "MME",
        "nom": "MARTIN",
        "nom_usage": None,
        "prenom": "Camille",
        "date_naissance": "1985-04-12",
    },
    {"rang": "P1", "civilite": None, "nom": "BERNARD", "prenom": "Zoé", "date_naissance": "2016-07-30"},
]
DEMANDE = {
    "numero_unique": "999 0124 000123 75001",
    "alias": [],
    "statut": "active",
    "date_depot": "2024-01-15",
    "date_radiation": None,
    "date_derniere_modification": "2026-02-01",
    "guichet": "75001",
    "email": "a@b.invalid",
    "telephone": None,
    "inconnu": "une clé de plus ne gêne pas",
    "personnes": PERSONNES,
}


def register(path: Path, *demandes: object) -> Path:
    path.write_text("\n".join(d if isinstance(d, str) else json.dumps(d) for d in demandes) + "\n")
    return path


def test_an_empty_site_needs_no_preparation(run: Run) -> None:
    shown = json.loads(run("plan", "show", "--json").stdout)
    assert shown["version"] == "2026-01"
    assert len(shown["types"]) > 45


def test_demandes_are_loaded_and_loaded_again(run: Run, tmp_path: Path) -> None:
    file = register(tmp_path / "r.jsonl", DEMANDE, "", {**DEMANDE, "numero_unique": "9990124000124GDPUB"})
    for _ in range(2):
        done = run("demandes", "import", file, "--json")
        assert (done.exit_code, json.loads(done.stdout)["demandes"]) == (0, 2)
    assert run("pieces", "list", "999012400012375001").exit_code == 0
    assert run("pieces", "list", "999012400099975001").exit_code == 1


@pytest.mark.parametrize(
    "line",
    [
        "pas du JSON",
        "[1]",
        json.dumps({**DEMANDE, "numero_unique": "12"}),
        json.dumps({**DEMANDE, "statut": "?"}),
        json.dumps({**DEMANDE, "personnes": [{"rang": "D"}]}),
        json.dumps({**DEMANDE, "personnes": ["D"]}),
        json.dumps({**DEMANDE, "date_depot": "hier"}),
        json.dumps({**DEMANDE, "alias": ["x"]}),
        json.dumps({**DEMANDE, "alias": ["999012400012375001"]}),
        json.dumps({**DEMANDE, "personnes": [{**PERSONNES[0], "date_naissance": "0001-01-01"}]}),
        json.dumps({**DEMANDE, "personnes": [{**PERSONNES[0], "date_naissance": "2999-01-01"}]}),
        json.dumps({**DEMANDE, "personnes": PERSONNES * 2}),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_loaded(run: Run, tmp_path: Path, line: str) -> None:
    done = run("demandes", "import", register(tmp_path / "r.jsonl", DEMANDE, line))
    assert done.exit_code == 1
    assert "ligne 2" in done.stderr
    assert run("pieces", "list", "999012400012375001").exit_code == 1


def test_an_alias_said_twice_is_one(run: Run, tmp_path: Path) -> None:
    twice = {**DEMANDE, "alias": ["999 0124 000124 GDPUB", "9990124000124gdpub"]}
    assert run("demandes", "import", register(tmp_path / "r.jsonl", twice)).exit_code == 0


def test_plan_versions(run: Run, tmp_path: Path) -> None:
    source = (Path(__file__).parents[2] / "web" / "plan-de-classement.toml").read_text()
    later = tmp_path / "plan.toml"
    later.write_text(source.replace('"2026-01"', '"2026-02"').replace("2026-01-01", "2026-02-01"))
    assert run("plan", "import", later).exit_code == 0
    assert run("plan", "import", later).exit_code == 0  # the same again says so
    assert json.loads(run("plan", "show", "--json").stdout)["version"] == "2026-02"
    later.write_text(later.read_text().replace("limite = 3", "limite = 4"))
    changed = run("plan", "import", later)
    assert changed.exit_code == 1
    assert "autre contenu" in changed.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('categorie = "LOG"', 'categorie = "XXX"'),
        ('version = "2026-01"', ""),
        ("limite = 3", "limite = -1"),
        ('code = "inconnu"', 'code = "autre"'),
        ('par = "menage"', 'par = "rue"'),
        ("[[type]]", "[[type"),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused(run: Run, tmp_path: Path, old: str, new: str) -> None:
    source = (Path(__file__).parents[2] / "web" / "plan-de-classement.toml").read_text()
    file = tmp_path / "plan.toml"
    file.write_text(source.replace(old, new, 1))
    assert run("plan", "import", file).exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("ingest",),
        ("decode",),
        ("classify",),
        ("ingest", "x.pdf", "--canal", "pigeon"),
        ("ingest", "x.pdf", "--demande", "12"),
        ("demandes", "import"),
        ("plan", "import", "absent.toml"),
        ("pieces", "retirer", "E1-0001"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    "command", ["ingest", "decode", "classify", "demandes", "plan", "pieces", "storage", "demo"]
)
def test_every_command_has_help_in_french(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert "Usage" in done.stdout


def test_a_file_that_is_not_there_is_reported_and_the_call_goes_on(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tube.pdf")  # to open it would wait for whoever writes into it
    done = run("ingest", tmp_path / "absent.pdf", tmp_path, tmp_path / "tube.pdf", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["error"]["code"] for line in lines] == ["FICHIER_INTROUVABLE"] * 3
    assert done.exit_code == 1  # not dealt with, not even refused: a script must not go on and remove it


def test_a_data_folder_that_cannot_be_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DOSSIER_DATA", "/proc/x"), ("DATABASE_URL", "sqlite:////absent/x.db")):
        monkeypatch.setenv(name, value)
        done = run("plan", "show")
        assert done.exit_code == 1
        assert "REGLAGE_INVALIDE" in done.stderr
        monkeypatch.delenv(name)


def test_a_reason_is_a_reason(run: Run) -> None:
    assert run("pieces", "retirer", "E1-0001", "--raison", " ").exit_code == 2


def test_settings_report_every_mistake_at_once(tmp_path: Path) -> None:
    secret = tmp_path / "cle"
    secret.write_text("abc def\n")
    good = read_settings({"QR_SIGNING_KEY_FILE": str(secret), "DOSSIER_DATA": str(tmp_path)})
    assert good.qr_signing_keys == (b"abc", b"def")
    assert "abc" not in repr(good)
    with pytest.raises(Exception, match=r"READING_PROCESSES.*") as caught:
        read_settings(
            {"READING_PROCESSES": "0", "S3_ENDPOINT_URL": "http://x", "DATABASE_URL_FILE": "/absent"}
        )
    assert "DATABASE_URL_FILE" in str(caught.value)
    assert "S3_BUCKET" in str(caught.value)


def test_every_setting_is_documented() -> None:
    from web import settings

    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    assert [name for name in settings.NAMES if f"`{name}`" not in text] == []
