"""The demo envoi through the installed command, on real Tesseract and zbar, against its expected result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize("site", ["sqlite, folder", "postgresql, s3, signed"])
def test_the_demo_gives_what_it_must_twice(site: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if site == "sqlite, folder":
        env = embedded(tmp_path)
    else:
        rclone: RcloneServer = request.getfixturevalue("rclone_s3")
        env = servers(tmp_path, request.getfixturevalue("postgres"), Bucket(rclone))
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    first = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
    expected = json.loads((DEMO / "expected.json").read_text())
    assert_pieces(first, expected)
    found = {(i["motif"], *i["pages"]) for i in first["incidents"]}
    assert {(i["motif"], *i["pages"]) for i in expected["incidents"]} <= found
    again = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
    assert (again["nouveau"], again["pieces"]) == (False, first["pieces"])
    assert "concordent" in flask(env, "storage", "check").stdout


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


def test_demo_shows_every_page_on_the_terminal(tmp_path: Path) -> None:
    shown = flask(embedded(tmp_path), "demo").stdout
    assert "Total : 31 sur 31" in shown.replace("\n", " ")
    assert "COMPTE_INEXACT" in shown


def test_two_calls_at_once_on_one_file_file_it_once(tmp_path: Path) -> None:
    env = embedded(tmp_path)
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    words = [sys.executable, "-m", "flask", "ingest", "--json", str(DEMO / "demo.pdf")]
    calls = [
        subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [json.loads(call.communicate(timeout=280)[0]) for call in calls]
    assert results[0]["pieces"] == results[1]["pieces"]
    assert sorted(r["nouveau"] for r in results) == [False, True]
    assert "concordent" in flask(env, "storage", "check").stdout


def test_a_killed_ingest_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    env = embedded(tmp_path)
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    words = [sys.executable, "-m", "flask", "ingest", "--json", str(DEMO / "demo.pdf")]
    with subprocess.Popen(words, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as call:
        with pytest.raises(subprocess.TimeoutExpired):
            call.wait(timeout=4)
        call.kill()
    result = json.loads(flask(env, "ingest", "--json", str(DEMO / "demo.pdf")).stdout)
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
