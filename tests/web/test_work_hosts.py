"""Two worker hosts, each in a network of its own, share one envoi."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from native_envoi import native_envoi
from servers import PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket
from servers.hosts import Host, why_not
from storage import tables as t
from work_site import WorkSite

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("work")]


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with ExitStack() as stack:
        made = []
        for _ in range(2):
            made.append(Host())
            stack.callback(made[-1].close)
        yield made


def seen_from(host: Host, work: WorkSite) -> dict[str, str]:
    """The site's addresses, as another host reaches them."""
    names = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL")
    return {name: host.reach(work.env[name]) for name in names}


def readers_of(work: WorkSite, envoi: str) -> dict[str, int]:
    """Pages read, by worker."""
    x = t.tranches
    count = sa.func.sum(x.c.derniere - x.c.premiere + 1)
    with work.site.engine.connect() as c:
        rows = c.execute(sa.select(x.c.lue_par, count).where(x.c.envoi == envoi).group_by(x.c.lue_par))
        found: dict[str, int] = {}
        for who, pages in rows:
            name = str(who).split(":")[0]
            found[name] = found.get(name, 0) + int(pages)
    return found


def test_both_read_pages_of_one_envoi_and_it_is_as_if_one_had(
    hosts: list[Host],
    tmp_path: Path,
    postgres: PostgresServer,
    redis_server: RedisServer,
    rclone_s3: RcloneServer,
) -> None:
    given = native_envoi(tmp_path / "envoi")

    def read_by(*names: str) -> dict[str, object]:
        folder = tmp_path / names[0]
        folder.mkdir()
        few = {"READING_PROCESSES": "1", "RANGE_PAGES": "2"}
        work = WorkSite(folder, given, postgres, redis_server, Bucket(rclone_s3), **few)
        try:
            for name, host in zip(names, hosts, strict=False):
                local = str(folder / name)  # its own disk: nothing is shared but the three servers
                addresses = seen_from(host, work)
                work.start(prefix=host.prefix, WORKER_NAME=name, DOSSIER_DATA=local, **addresses)
            work.until_it_stays(lambda: work.workers() >= len(names))
            envoi = work.receive()
            work.until_ended(envoi)
            assert set(readers_of(work, envoi)) == set(names)
            return work.result(envoi)
        finally:
            work.close()

    assert read_by("seul") == read_by("premier", "second")
