"""Processes killed with -9, queues lost, servers restarted during an envoi: nothing lost, nothing twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from intake.domain.motif import Canal
from native_envoi import NativeEnvoi, native_envoi
from servers import PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket
from web.jobs import connect
from work_site import WorkSite, kill

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("work")]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> NativeEnvoi:
    return native_envoi(tmp_path_factory.mktemp("envoi"))


Make = Callable[..., WorkSite]


@pytest.fixture(scope="module")
def make(
    given: NativeEnvoi,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
    redis_server: RedisServer,
    rclone_s3: RcloneServer,
) -> Make:
    def made(*, redis: bool = True, **settings: str) -> WorkSite:
        folder = tmp_path_factory.mktemp("work")
        queue = redis_server if redis else None
        return WorkSite(folder, given, postgres, queue, Bucket(rclone_s3), **settings)

    return made


@pytest.fixture(scope="module")
def undisturbed(make: Make) -> dict[str, Any]:
    """The same envoi, whole, by one worker that nothing happens to."""
    work = make(redis=False, RANGE_PAGES="9999")
    try:
        work.start()
        envoi = work.receive()
        work.until_ended(envoi)
        result = work.result(envoi)
    finally:
        work.close()
    assert len(result["pieces"]) >= 4
    assert any(p[3] and p[5] == "deposee" for p in result["pieces"])
    return result


@pytest.fixture
def work(make: Make, redis_server: RedisServer) -> Iterator[WorkSite]:
    made = make()
    connect(made.site.settings).flushall()
    yield made
    made.close()


def stage(work: WorkSite, envoi: str, name: str) -> AbstractContextManager[None]:
    """The worker is brought to a stop at the stage: what it wants to write there is locked."""
    tables = {
        "it cuts the envoi into ranges": "tranches",
        "it writes the first readings": "pages",
        "it places the first piece": "pieces",
        "it writes the first incident": "incidents",
    }
    if name in tables:
        return work.holding(f"LOCK TABLE {tables[name]} IN SHARE MODE")
    if name == "it places the third piece":
        return work.holding(
            "INSERT INTO pieces (id, envoi, rang, pages, type, categorie, statut, message, raison,"
            " confidence, sha256, objet, recu_le, evidence, fields, texte, empreintes, repere)"
            f" VALUES ('{envoi}-0003', '{envoi}', 3, '[]', 'x', 'NCL', 'a_verifier', '', '', 0,"
            " '', '', now(), '[]', '{}', '', '[]', '[]')"
        )
    assert name == "it says what became of each page"
    return _page_locked(work, envoi)


@contextmanager
def _page_locked(work: WorkSite, envoi: str) -> Iterator[None]:
    work.until(lambda: work.read(envoi))
    with work.holding(f"SELECT 1 FROM pages WHERE envoi = '{envoi}' AND numero = 1 FOR UPDATE"):
        yield


@pytest.mark.parametrize(
    "name",
    [
        "it cuts the envoi into ranges",
        "it writes the first readings",
        "it places the first piece",
        "it places the third piece",
        "it writes the first incident",
        "it says what became of each page",
    ],
)
def test_a_worker_killed_when(work: WorkSite, undisturbed: dict[str, Any], name: str) -> None:
    first = work.start()
    if name == "it says what became of each page":
        envoi = work.receive()
        held = stage(work, envoi, name)
    else:
        with work.site.uow() as tx:  # the envoi is there, and the lock, before anybody is woken
            envoi_id, _ = work.site.recevoir(work.given.file, Canal.NUMERISEUR)
            tx.commit()
        envoi = envoi_id.id
        held = stage(work, envoi, name)
    with held:
        work.until_it_stays(work.waits_for_a_lock)
        kill(first)
        second = work.start()
    work.until_ended(envoi)
    assert second.running
    assert work.result(envoi) == undisturbed


def test_its_pages_are_being_read_again_within_a_minute(make: Make, undisturbed: dict[str, Any]) -> None:
    """With the lease of production; the other worker is there all the time, and busy with nothing."""
    work = make(LEASE_SECONDS="20", RANGE_PAGES="9")
    try:
        first = work.start(WORKER_NAME="premier")
        envoi = work.receive()
        work.until(lambda: work.read(envoi))
        work.start(WORKER_NAME="second")
        kill(first)
        killed = time.monotonic()
        taken = work.until(
            lambda: (
                [
                    p
                    for e in work.site.work.going_on(work.site.clock.now())
                    for p in e.par
                    if p.startswith("second")
                ]
                or work.ended(envoi)
            ),
            60,
        )
        assert taken
        print(f"taken up after {time.monotonic() - killed:.1f} s")
        work.until_ended(envoi)
        assert work.result(envoi) == undisturbed
    finally:
        work.close()


def test_the_sweeper_killed_and_the_queue_emptied(work: WorkSite, undisturbed: dict[str, Any]) -> None:
    work.start()
    sweeper = work.start("sweeper")
    envoi = work.receive()
    work.until(lambda: work.read(envoi))
    kill(sweeper)
    connect(work.site.settings).flushall()
    work.until_ended(envoi)
    assert work.result(envoi) == undisturbed


def test_redis_down_for_a_while_and_back_empty(
    work: WorkSite, undisturbed: dict[str, Any], redis_server: RedisServer
) -> None:
    work.start()
    envoi = work.receive()
    work.until(lambda: work.read(envoi))
    redis_server.kill()
    late = work.receive(file=_another(work), canal=Canal.GUICHET)  # received all the same
    redis_server.restart()
    work.until_ended(envoi, late)
    assert work.result(envoi) == undisturbed | {"places": work.result(envoi)["places"]}


def _another(work: WorkSite) -> Path:
    file = work.given.file.with_name("autre.pdf")
    file.write_text("ceci n'est pas un PDF")
    return file


def test_postgresql_restarted(work: WorkSite, undisturbed: dict[str, Any], postgres: PostgresServer) -> None:
    worker = work.start()
    envoi = work.receive()
    work.until(lambda: work.read(envoi))
    postgres.kill()
    postgres.restart()
    work.until_ended(envoi)
    assert worker.running
    assert work.result(envoi) == undisturbed


def test_the_objects_store_stopped_and_started(
    work: WorkSite, undisturbed: dict[str, Any], rclone_s3: RcloneServer
) -> None:
    envoi = work.receive()
    rclone_s3.kill()
    try:
        worker = work.start()
        work.until_it_stays(work.site.work.failures)
    finally:
        rclone_s3.restart()
    work.until_ended(envoi)
    assert worker.running
    assert work.site.work.failures() == []
    assert work.result(envoi) == undisturbed


def test_the_store_stopped_while_pieces_are_placed(
    work: WorkSite, undisturbed: dict[str, Any], rclone_s3: RcloneServer
) -> None:
    envoi_id, _ = work.site.recevoir(work.given.file, Canal.NUMERISEUR)
    with stage(work, envoi_id.id, "it places the third piece"):
        work.start()
        work.until_it_stays(work.waits_for_a_lock)
        rclone_s3.kill()
    try:
        work.until_it_stays(work.site.work.failures)
    finally:
        rclone_s3.restart()
    work.until_ended(envoi_id.id)
    assert work.result(envoi_id.id) == undisturbed


def test_told_to_stop_a_worker_leaves_within_seconds_and_others_need_not_wait(
    work: WorkSite, undisturbed: dict[str, Any]
) -> None:
    first = work.start(URGENT_LANE="oui")
    envoi = work.receive()
    work.until(lambda: work.read(envoi))
    family = [psutil.Process(pid) for pid in first.family()]
    first.signal(signal.SIGTERM)
    gone, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert len(gone) == len(family)
    assert [p for e in work.site.work.going_on(work.site.clock.now()) for p in e.par] == []  # given back
    work.start()
    work.until_ended(envoi)
    assert work.result(envoi) == undisturbed


@pytest.mark.parametrize("site", ["postgresql and redis", "postgresql alone", "embedded: sqlite"])
def test_three_workers_share_an_envoi(
    make: Make, undisturbed: dict[str, Any], tmp_path: Path, site: str
) -> None:
    base = {"DATABASE_URL": f"sqlite:///{tmp_path}/essai.db"} if "sqlite" in site else {}
    work = make(redis="redis" in site, READING_PROCESSES="1", RANGE_PAGES="2", **base)
    try:
        for n in range(3):
            work.start(WORKER_NAME=f"w{n}")
        envoi = work.receive()
        work.until_ended(envoi)
        assert work.result(envoi) == undisturbed
    finally:
        work.close()
