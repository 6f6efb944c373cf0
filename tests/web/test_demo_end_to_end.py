"""The demo envoi through the installed command, on real Tesseract and zbar, against its expected result."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from servers import PostgresServer, RcloneServer
from servers.buckets import Bucket

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[2]
DEMO = ROOT / "fixtures" / "demo"


def flask(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "flask", *words],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def embedded(tmp_path: Path) -> dict[str, str]:
    hidden = ("DATABASE_URL", "S3_", "AWS_", "REDIS_URL", "QR_SIGNING_KEY")
    env = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    return {**env, "DOSSIER_DATA": str(tmp_path / "site")}


def servers(tmp_path: Path, postgres: PostgresServer, bucket: Bucket) -> dict[str, str]:
    return {
        **embedded(tmp_path),
        "DATABASE_URL": postgres.new_database(),
        "S3_ENDPOINT_URL": bucket.access.endpoint_url or "",
        "S3_BUCKET": bucket.access.bucket,
        "AWS_ACCESS_KEY_ID": bucket.access.access_key,
        "AWS_SECRET_ACCESS_KEY": bucket.access.secret_key,
        "QR_SIGNING_KEY": "cle-de-demonstration",
    }


def test_the_demo_gives_what_it_must_and_shows_every_page(tmp_path: Path) -> None:
    env = embedded(tmp_path)
    shown = flask(env, "demo").stdout
    assert "Total : 31 sur 31" in shown.replace("\n", " ")
    assert "COMPTE_INEXACT" in shown
    expected = json.loads((DEMO / "expected.json").read_text())
    result = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
    assert result["nouveau"] is False
    assert_pieces(result, expected)
    assert_incidents(result, expected)
    assert "concordent" in flask(env, "storage", "check").stdout


def test_the_demo_gives_what_it_must_twice_on_servers(
    tmp_path: Path, postgres: PostgresServer, rclone_s3: RcloneServer
) -> None:
    env = servers(tmp_path, postgres, Bucket(rclone_s3))
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    first = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
    expected = json.loads((DEMO / "expected.json").read_text())
    assert_pieces(first, expected)
    assert_incidents(first, expected)
    again = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
    assert (first["nouveau"], again["nouveau"], again["pieces"]) == (True, False, first["pieces"])
    assert "concordent" in flask(env, "storage", "check").stdout


def assert_incidents(result: dict[str, Any], expected: dict[str, Any]) -> None:
    found = {(i["motif"], *i["pages"]) for i in result["incidents"]}
    assert {(i["motif"], *i["pages"]) for i in expected["incidents"]} <= found


def assert_pieces(result: dict[str, Any], expected: dict[str, Any]) -> None:
    pages = [p["pages"] for p in result["pieces"]]
    assert pages == [p["pages"] for p in expected["pieces"]]
    for got, want in zip(result["pieces"], expected["pieces"], strict=True):
        assert got["numero_unique"] == want["numero_unique"]
        assert got["statut"] in want["statuts_admis"], (got, want)
        assert got["type"] in [want["type"], *want.get("types_admis", [])], (got, want)
    covered = {n for first, last in pages for n in range(first, last + 1)}
    others = {p["page"] for p in result["hors_pieces"]}
    assert covered | others == set(range(1, result["pages"] + 1))


def two_dossiers(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The demo's first pages, and what is expected of them: what holds of two dossiers holds of three."""
    expected, last = json.loads((DEMO / "expected.json").read_text()), 13
    with pikepdf.open(DEMO / "demo.pdf") as demo, pikepdf.new() as part:
        part.pages.extend(demo.pages[:last])
        part.save(folder / "dossiers.pdf")
    return folder / "dossiers.pdf", {"pieces": [p for p in expected["pieces"] if p["pages"][1] <= last]}


def pages_read(site: Path) -> int:
    """How many pages the site has kept a reading of, looked at from outside while it works."""
    try:
        with closing(sqlite3.connect(f"file:{site / 'dossier.db'}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM pages").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet, or being written


def test_two_calls_at_once_on_one_file_file_it_once(tmp_path: Path) -> None:
    env = embedded(tmp_path)
    file, expected = two_dossiers(tmp_path)
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    words = [sys.executable, "-m", "flask", "ingest", "--json", str(file)]
    calls = [
        subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [json.loads(call.communicate(timeout=280)[0]) for call in calls]
    assert_pieces(results[0], expected)
    assert results[0]["pieces"] == results[1]["pieces"]
    assert sorted(r["nouveau"] for r in results) == [False, True]
    assert "concordent" in flask(env, "storage", "check").stdout


def test_a_killed_ingest_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    env = embedded(tmp_path)
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    words = [sys.executable, "-m", "flask", "ingest", "--json", str(DEMO / "demo.pdf")]
    with subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as call:
        limit = time.monotonic() + 240
        while not (read := pages_read(tmp_path / "site")):
            assert time.monotonic() < limit
            time.sleep(0.05)
        call.kill()
    result = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
    assert read < result["pages"]  # it had not ended
    assert_pieces(result, json.loads((DEMO / "expected.json").read_text()))
    assert not [line for line in flask(env, "storage", "check").stdout.splitlines() if "absent" in line]


def test_photos_and_bad_files_in_one_call_each_have_their_line(tmp_path: Path) -> None:
    env = embedded(tmp_path)
    empty, text = tmp_path / "vide.pdf", tmp_path / "texte.pdf"
    empty.write_bytes(b"")
    text.write_text("bonjour")
    photo = next((ROOT / "fixtures" / "photos").glob("*.jpg"))
    done = flask(env, "ingest", "--json", "--canal", "demandeur", str(empty), str(photo), str(text))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("error", {}).get("code") for line in lines] == [
        "FICHIER_CORROMPU",
        None,
        "FORMAT_REFUSE",
    ]
    assert all(line["error"]["hint"] for line in (lines[0], lines[2]))
    (piece,) = lines[1]["pieces"]
    assert (piece["numero_unique"], piece["statut"], piece["motif"]) == (None, "a_verifier", "SANS_FICHE")
