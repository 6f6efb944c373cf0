"""Work left to other processes, on a real Redis: done once, found again when the queue is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api_site import pdf
from intake.domain.motif import Canal
from intake.domain.travail import tranches_de
from servers import RedisServer
from storage import tables
from web.jobs import QUEUES, connect, enqueue, enqueuer, queue_of, sweep
from web.settings import read_settings
from web.wiring import open_site

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("work")]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(tmp_path: Path, redis_server: RedisServer) -> dict[str, str]:
    return {**os.environ, "DOSSIER_DATA": str(tmp_path / "site"), "REDIS_URL": redis_server.url}


def call(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_deferred_envoi_is_processed_by_a_worker_even_when_the_queue_is_lost(
    env: dict[str, str], tmp_path: Path, redis_server: RedisServer
) -> None:
    blank = tmp_path / "texte.pdf"
    blank.write_text("ceci n'est pas un PDF")
    first = json.loads(call(env, "flask", "ingest", "--differe", "--json", str(blank)).stdout)
    assert first["statut"] == "recue"
    settings = read_settings(env)
    connect(settings).flushall()  # Redis forgets
    call(env, "web.worker", "--burst")
    again = json.loads(call(env, "flask", "ingest", "--json", str(blank)).stdout)
    assert (again["envoi"], again["nouveau"], again["error"]["code"]) == (
        first["envoi"],
        False,
        "FORMAT_REFUSE",
    )
    site = open_site(settings)
    queue = queue_of(connect(settings))
    assert sweep(site, connect(settings)) == 0  # nothing is left to do
    assert enqueue(queue, "E-essai")
    assert not enqueue(queue, "E-essai")
    connect(settings).flushall()


def test_what_somebody_waits_for_has_a_queue_of_its_own(env: dict[str, str], tmp_path: Path) -> None:
    settings = read_settings(env)
    connection = connect(settings)
    connection.flushall()
    site = open_site(settings)
    ids = {}
    for canal in Canal:
        file = tmp_path / canal.value
        file.write_text(canal.value)
        ids[canal], _ = site.recevoir(file, canal)
        enqueuer(settings)(ids[canal])
    with site.uow() as tx:  # a guichet's deposit turned out to be large
        tx.tranches.decouper(tranches_de(ids[Canal.GUICHET].id, 60, 40))
        tx.commit()
    sweep(site, connection)
    waiting = {name: sorted(queue_of(connection, name).job_ids) for name in QUEUES}
    phone, counter, batch = (ids[c].id for c in (Canal.DEMANDEUR, Canal.GUICHET, Canal.NUMERISEUR))
    assert waiting == {
        "urgent": sorted([f"{phone}-ouvrir", f"{counter}-ouvrir"]),
        "courant": [f"{counter}-1", f"{counter}-31"],
        "envois": [f"{batch}-ouvrir"],
        "lots": [],
        "fond": [],
    }
    assert sweep(site, connection) == 0  # all of it waits already
    connection.flushall()
    assert sweep(site, connection) == 4
    site.engine.dispose()


def test_a_small_envoi_takes_turns_with_the_large_one_that_came_before(
    env: dict[str, str], tmp_path: Path
) -> None:
    """All the jobs of the large one are in the queue before those of the small one."""
    settings = read_settings(env)
    connection = connect(settings)
    connection.flushall()
    site = open_site(settings)
    ids = {}
    for name, pages in (("large", 12), ("small", 4)):
        scan = tmp_path / f"{name}.pdf"
        scan.write_bytes(pdf(name, pages))
        ids[name] = site.recevoir(scan, Canal.NUMERISEUR)[0].id
        with site.uow() as tx:
            tx.tranches.decouper(tranches_de(ids[name], pages, 2))
            tx.commit()
        assert sweep(site, connection) == pages // 2
    queued = [id_.rsplit("-", 1)[0] for id_ in queue_of(connection, "lots").job_ids]
    assert queued == [ids["large"]] * 6 + [ids["small"]] * 2
    call(env, "web.worker", "--burst")
    with site.engine.connect() as c:
        x = tables.tranches
        taken = list(c.scalars(sa.select(x.c.envoi).order_by(x.c.prise_le)))
    names = {id_: name for name, id_ in ids.items()}
    turns = [names[id_] for id_ in taken]
    assert turns == ["large", "small", "large", "small", "large", "large", "large", "large"]
    with site.uow() as tx:
        assert all((e := tx.envois.lire(id_)) is not None and e.termine for id_ in ids.values())
    assert sweep(site, connection) == 0
    connection.flushall()
    site.engine.dispose()


def test_the_job_of_a_killed_worker_is_queued_again_once_nobody_can_be_at_it(
    env: dict[str, str], tmp_path: Path
) -> None:
    settings = read_settings(env)
    connection = connect(settings)
    connection.flushall()
    site = open_site(settings)
    (tmp_path / "photo").write_text("photo")
    envoi, _ = site.recevoir(tmp_path / "photo", Canal.DEMANDEUR)
    enqueuer(settings)(envoi)
    queue = queue_of(connection, "urgent")
    taken = queue.pop_job_id()  # by a worker that dies before it claims anything
    assert taken == f"{envoi.id}-ouvrir"
    assert sweep(site, connection) == 0  # it may be about to
    job = queue.fetch_job(taken)
    assert job is not None
    job.started_at = datetime.now(UTC) - timedelta(seconds=settings.lease_seconds + 1)
    job.save()
    assert sweep(site, connection) == 1
    assert queue.job_ids == [taken]
    connection.flushall()
    site.engine.dispose()


def test_without_a_queue_deferring_says_what_to_set(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("REDIS_URL")}
    env["DOSSIER_DATA"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "flask", "ingest", "--differe", "x.pdf"],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr
