"""A step that lasts too long is ended and done again; an envoi begins before the pages of another end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from native_envoi import NativeEnvoi, native_envoi
from servers import PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket
from servers.process import ServerProcess, clean_environment
from web.jobs import connect
from work_site import WorkSite

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("work")]
ROOT = Path(__file__).parents[2]
Make = Callable[..., WorkSite]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> NativeEnvoi:
    return native_envoi(tmp_path_factory.mktemp("envoi"))


@pytest.fixture(autouse=True)
def nobody_left(started: list[WorkSite]) -> Iterator[None]:
    yield
    for work in started:
        work.close()
    started.clear()


@pytest.fixture(scope="module")
def started() -> list[WorkSite]:
    return []


@pytest.fixture(scope="module")
def make(
    given: NativeEnvoi,
    started: list[WorkSite],
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
    redis_server: RedisServer,
    rclone_s3: RcloneServer,
) -> Make:
    def one(*, redis: bool = True, **settings: str) -> WorkSite:
        folder = tmp_path_factory.mktemp("work")
        server = redis_server if redis else None
        made = WorkSite(folder, given, postgres, server, Bucket(rclone_s3), **settings)
        started.append(made)
        if redis:
            connect(made.site.settings).flushall()
        return made

    return one


@pytest.fixture(scope="module")
def undisturbed(make: Make) -> dict[str, Any]:
    work = make(redis=False, RANGE_PAGES="9999")
    work.start()
    envoi = work.receive()
    work.until_ended(envoi)
    return work.result(envoi)


def too_late(work: WorkSite) -> list[int]:
    """The ranges whose time limit was exceeded; 0 for the envoi itself."""
    return [f.tranche for f in work.site.work.failures() if f.code == "DELAI_DEPASSE"]


def test_a_range_that_lasts_too_long_is_ended_and_read_again(make: Make, undisturbed: dict[str, Any]) -> None:
    work = make(RANGE_SECONDS="5")  # what a range takes on a busy machine, twice
    with work.holding("LOCK TABLE pages IN SHARE MODE"):  # its readings can be written by nobody
        worker = work.start()
        envoi = work.receive()
        late = work.until_it_stays(lambda: too_late(work))
        assert all(late)
        assert work.read(envoi) == 0
    work.until_ended(envoi)
    assert worker.running
    assert work.site.work.failures() == []
    assert work.result(envoi) == undisturbed


def reading(worker: ServerProcess) -> list[psutil.Process]:
    """The children of its children: each reads a page."""
    top = psutil.Process(worker.family()[0])
    return [child for zygote in top.children() for child in zygote.children()]


def test_reading_processes_that_come_back_with_nothing_are_killed_and_replaced(
    make: Make, undisturbed: dict[str, Any]
) -> None:
    work = make(RANGE_SECONDS="4")
    worker = work.start()
    work.until_it_stays(work.workers)
    envoi = work.receive()
    work.until(lambda: work.read(envoi))
    frozen = []
    for process in work.until(lambda: reading(worker)):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
            frozen.append(process)
    work.until_it_stays(lambda: too_late(work) or work.ended(envoi))
    work.until_ended(envoi)
    assert worker.running
    assert psutil.wait_procs(frozen, timeout=10)[1] == []
    assert work.result(envoi) == undisturbed


def test_an_end_that_lasts_too_long_is_ended_and_done_again(make: Make, undisturbed: dict[str, Any]) -> None:
    work = make(STEP_SECONDS="12")
    with work.holding("LOCK TABLE pieces IN SHARE MODE"):
        worker = work.start()
        envoi = work.receive()
        work.until_it_stays(lambda: too_late(work) == [0])
        assert not work.ended(envoi)
    work.until_ended(envoi)
    assert worker.running
    assert work.result(envoi) == undisturbed


_STUCK = """
import signal, sys, time
from intake.use_cases.advance import Limite
from web import atelier
from web.settings import read_settings
from web.wiring import open_site
atelier._LAST = 1
with atelier.Atelier(open_site(read_settings())) as mine, mine._bounded(Limite.TRANCHE):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # a library that never comes back to Python
    time.sleep(200)
"""


def test_what_no_exception_reaches_ends_with_its_process(tmp_path: Path) -> None:
    env = {**clean_environment(), "PYTHONPATH": str(ROOT), "DOSSIER_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _STUCK],
        env=env | {"RANGE_SECONDS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert "Timeout" in done.stderr
    assert "time.sleep" not in done.stdout


@pytest.mark.parametrize("redis", [True, False], ids=["redis", "database alone"])
def test_a_second_large_envoi_begins_before_the_pages_of_the_first_are_read(
    make: Make, given: NativeEnvoi, redis: bool
) -> None:
    work = make(redis=redis, RANGE_PAGES="1", READING_PROCESSES="1")
    first = work.receive()
    work.start()
    work.until(lambda: work.read(first))  # its ranges are all queued, or wait in the database
    second = work.receive(deposant="guichet:75002")
    work.until(lambda: ranges(work, second))
    assert work.read(first) < given.pages - 2
    work.until_ended(first, second)


def ranges(work: WorkSite, envoi: str) -> int:
    with work.site.uow() as tx:
        return len(tx.tranches.de_envoi(envoi))
