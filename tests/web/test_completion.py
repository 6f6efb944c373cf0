"""Dense pages read whole when nothing waits, by the real programs: a command, workers, after kill -9."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from intake.domain.envoi import LECTURE, PARTIELLE, Piece
from intake.domain.motif import Canal, StatutPiece
from intake.use_cases.place import texte_de
from native_envoi import native_envoi
from servers import PostgresServer, RedisServer
from web.jobs import FOND, connect, queue_of, sweep
from work_site import WorkSite, kill

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("work")]
ROOT = Path(__file__).parents[2]
DEMO = ROOT / "fixtures" / "demo"
LEASE_OF = "999052609999475001"  # the demande of page 22


def flask(env: dict[str, str], *words: str, module: str = "flask") -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(x) for x in done.stdout.splitlines() if x.startswith("{")]


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site where a passport and a lease were read, the lease's heading only."""
    folder = tmp_path_factory.mktemp("bail")
    with pikepdf.open(DEMO / "demo.pdf") as demo, pikepdf.new() as lease:
        lease.pages.extend(demo.pages[n - 1] for n in range(22, 29))  # its sheet, a passport, the lease
        lease.save(folder / "bail.pdf")
    env = at(folder / "site")
    flask(env, "demandes", "import", str(DEMO / "demandes.jsonl"))
    flask(env, "ingest", "--json", str(folder / "bail.pdf"))
    return folder / "site"


def at(site: Path) -> dict[str, str]:
    hidden = ("DATABASE_URL", "S3_", "AWS_", "REDIS_URL", "QR_SIGNING_KEY")
    env = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    return {**env, "DOSSIER_DATA": str(site)}


@pytest.mark.timeout(900)  # Tesseract reads seven pages, five of them once more for each of the two
@pytest.mark.parametrize("by", ["command", "worker"])
def test_a_clause_in_the_middle_of_a_lease_is_found_once_it_was_read(
    ingested: Path, by: str, tmp_path: Path
) -> None:
    env = at(shutil.copytree(ingested, tmp_path / "site"))
    before = flask(env, "pieces", "list", LEASE_OF, "--json")
    assert [p["type"] for p in before] == ["passeport", "bail"]
    assert flask(env, "pieces", "chercher", "pluralité de locataires", "--json") == []
    if by == "command":
        done = flask(env, "travail", "completer", "--json")
        assert {"piece": before[1]["id"], "fin": "finie"} in done
    else:
        flask(env, "--burst", module="web.worker")
    assert flask(env, "travail", "completer", "--json") == []
    (found,) = flask(env, "pieces", "chercher", "pluralite de locataire", "--json")
    assert found["id"] == before[1]["id"]
    assert [s["texte"].lower() for s in found["extrait"] if s["trouve"]] == ["pluralité de locataires"]
    assert flask(env, "pieces", "list", LEASE_OF, "--json") == before


@pytest.fixture
def work(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
    redis_server: RedisServer,
) -> Iterator[WorkSite]:
    given = native_envoi(tmp_path_factory.mktemp("envoi"))
    made = WorkSite(tmp_path, given, postgres, redis_server, None)
    connect(made.site.settings).flushall()
    yield made
    made.close()


def unread(work: WorkSite, envoi: str) -> list[Piece]:
    """As if the pages of its first pieces had been read head only; how those pieces were."""
    with work.site.uow() as tx:
        pieces = [p for p in tx.pieces.de_envoi(envoi) if p.statut is StatutPiece.DEPOSEE][:3]
        for piece in pieces:
            kept = tx.lectures.lire(envoi, piece.pages)
            heads = [replace(p.texte, lignes=p.texte.lignes[:3], partielle=True) for p in kept]
            pages = [replace(p, texte=head) for p, head in zip(kept, heads, strict=True)]
            assert all(tx.lectures.completer(envoi, p) for p in pages)
            part = replace(piece, texte=texte_de(pages), fields={**piece.fields, LECTURE: PARTIELLE})
            assert tx.pieces.changer(part)
        tx.commit()
    return pieces


def test_killed_while_it_writes_another_worker_completes_once(work: WorkSite) -> None:
    first = work.start()
    envoi = work.receive()
    work.until_ended(envoi)
    kill(first)
    before = work.result(envoi)
    pieces = unread(work, envoi)
    assert len(pieces) == work.site.work.incomplete() == 3
    with work.holding("LOCK TABLE recherche IN SHARE MODE"):
        second = work.start()
        work.until_it_stays(work.waits_for_a_lock)
        kill(second)
    work.start()
    work.until_it_stays(lambda: work.site.work.incomplete() == 0)
    assert work.result(envoi) == before
    with work.site.uow() as tx:
        assert [(p and p.texte, p and p.fields) for p in map(tx.pieces.lire, (p.id for p in pieces))] == [
            (p.texte, p.fields) for p in pieces
        ]


def test_the_lowest_queue_is_filled_when_the_others_are_empty(work: WorkSite) -> None:
    worker = work.start()
    envoi = work.receive()
    work.until_ended(envoi)
    kill(worker)
    unread(work, envoi)
    connection = connect(work.site.settings)
    connection.flushall()
    photo = work.receive(file=DEMO.parent / "documents" / "rib.pdf", canal=Canal.DEMANDEUR)
    sweep(work.site, connection)
    assert queue_of(connection, FOND).job_ids == []
    work.start()
    work.until_ended(photo)
    work.until_it_stays(lambda: work.site.work.incomplete() == 0)
