"""What waiting is like while large envois are worked on, and what a second host is worth: figures only.

`BENCH_PAGES=300` (of each large envoi), `BENCH_PHONES=200`; on PostgreSQL, Redis and S3.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.load import Looking, Told, at_once, photograph, send
from intake.domain.acces import SYSTEME, Portee, Role
from native_envoi import NativeEnvoi, native_envoi
from servers import PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket
from servers.hosts import Host, why_not
from servers.service import Service
from web.access.sessions import demandeur, open_session
from work_site import ROOT, WorkSite

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
PAGES = int(os.environ.get("BENCH_PAGES", "3000"))
PHONES = int(os.environ.get("BENCH_PHONES", "200"))
PHOTOS = sorted((ROOT / "fixtures" / "photos").glob("*.jpg"))
PRODUCTION = {"RANGE_PAGES": "40", "LEASE_SECONDS": "20", "URGENT_LANE": "oui"}
_numbers = itertools.count(1)


def large(folder: Path, seed: int) -> Path:
    to = folder / f"gros-{seed}.pdf"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "fixtures")}
    words = ["-m", "generator", "gros", "--pages", str(PAGES), "--seed", str(seed), "--vers", str(to)]
    subprocess.run([sys.executable, *words], cwd=ROOT, env=env, check=True, capture_output=True)
    return to


def photo() -> bytes:
    """Never the same bytes twice: what was deposited already has its answer (R5)."""
    number = next(_numbers)
    return PHOTOS[number % len(PHOTOS)].read_bytes() + f"\n{number}".encode()


class Running:
    """A service and its worker; a guichet's software, a demandeur, an agent who looks."""

    def __init__(self, work: WorkSite, service: Service, given: NativeEnvoi) -> None:
        self.work, self.url = work, service.url
        site = work.site
        self.numero = given.demandes[0].numero_unique
        territory = [self.numero[:3]]
        self.software, self.agent = (
            site.jetons.creer(
                SYSTEME, role.value, "75001", role, list(Portee), "d@exemple.invalid", territoires=territory
            )[1]
            for role in (Role.NUMERISEUR, Role.AGENT_GUICHET)
        )
        with site.uow() as tx:
            self.phone = open_session(tx, demandeur(self.numero), site.clock.now()).jeton
            tx.commit()

    def pages_to_look_at(self) -> list[str]:
        """The service's small envoi, filed before the load."""
        envoi = self.work.receive()
        self.work.until(lambda: self.work.ended(envoi), 300)
        with self.work.site.uow() as tx:
            pieces = [p for p in tx.pieces.de_envoi(envoi) if p.demande == self.numero]
            plan = tx.plans.en_vigueur(self.work.site.clock.now().date())
        seen = [p for p in pieces if not plan.sensible(p.type)]
        return [
            f"{self.url}/api/v1/pieces/{p.id}/pages/{n}" for p in seen for n in range(1, len(p.pages) + 1)
        ]


@pytest.fixture
def running(
    tmp_path: Path, postgres: PostgresServer, redis_server: RedisServer, rclone_s3: RcloneServer
) -> Iterator[Running]:
    given = native_envoi(tmp_path / "petit")
    settings = {**PRODUCTION, "API_RATE": "1000000 per minute"}
    work = WorkSite(tmp_path, given, postgres, redis_server, Bucket(rclone_s3), **settings)
    service = Service(work.env, worker=False)
    try:
        service.start()
        work.start()
        yield Running(work, service, given)
    finally:
        service.stop()
        work.close()


def test_a_photo_s_verdict_beside_two_large_envois(running: Running, tmp_path: Path) -> None:
    work, told = running.work, Told()
    photograph(Told(), running.url, running.phone, running.numero, photo())  # everything is started
    for seed in (1, 2):
        content = large(tmp_path, seed).read_bytes()
        send(running.url, running.software, "/api/v1/envois", f"gros-{seed}.pdf", content)
    work.until(lambda: any(e.tranches for e in work.site.work.going_on(work.site.clock.now())), 600)
    for _ in range(int(os.environ.get("BENCH_PHOTOS", "40"))):
        if len(work.site.work.going_on(work.site.clock.now())) < 2:
            break  # only what was measured beside both counts
        photograph(told, running.url, running.phone, running.numero, photo())
        time.sleep(1)
    print(f"\none photo at a time beside two envois of {PAGES} pages: {told.shown()}")


def test_phones_at_once_beside_a_large_envoi(running: Running, tmp_path: Path) -> None:
    work, told = running.work, Told()
    addresses = running.pages_to_look_at()
    content = large(tmp_path, 1).read_bytes()
    send(running.url, running.software, "/api/v1/envois", "gros.pdf", content)
    work.until(lambda: any(e.tranches for e in work.site.work.going_on(work.site.clock.now())), 600)
    photos = [photo() for _ in range(PHONES)]
    begun = time.monotonic()

    def phone(n: int) -> None:
        photograph(told, running.url, running.phone, running.numero, photos[n])

    with Looking(told, running.agent, addresses):
        at_once(PHONES, phone)
    spent = time.monotonic() - begun
    print(f"\n{PHONES} phones at once beside an envoi of {PAGES} pages, {spent:.0f} s: {told.shown()}")


def test_a_second_host(
    tmp_path: Path, postgres: PostgresServer, redis_server: RedisServer, rclone_s3: RcloneServer
) -> None:
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    given, file = native_envoi(tmp_path / "petit"), large(tmp_path, 1)
    spent = {}
    for count in (1, 2):
        with ExitStack() as stack:
            folder = tmp_path / str(count)
            folder.mkdir()
            one = {**PRODUCTION, "URGENT_LANE": "non", "READING_PROCESSES": "1", "RANGE_PAGES": "10"}
            work = WorkSite(folder, given, postgres, redis_server, Bucket(rclone_s3), **one)
            stack.callback(work.close)
            for number in range(count):
                host = Host()
                stack.callback(host.close)
                names = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL")
                seen = {name: host.reach(work.env[name]) for name in names}
                work.start(
                    prefix=host.prefix,
                    WORKER_NAME=f"h{number}",
                    DOSSIER_DATA=str(folder / f"h{number}"),
                    **seen,
                )
            work.until(lambda w=work, n=count: w.workers() >= n)  # type: ignore[misc]
            warm = work.receive()
            work.until(lambda w=work, e=warm: w.ended(e), 300)  # type: ignore[misc]
            begun = time.monotonic()
            envoi = work.receive(file=file)
            work.until(lambda w=work, e=envoi: w.ended(e), 3600)  # type: ignore[misc]
            spent[count] = time.monotonic() - begun
    print(
        f"\n{PAGES} pages, one reading process a host: {spent[1]:.0f} s with one, {spent[2]:.0f} s with two,"
        f" ratio {spent[2] / spent[1]:.2f}"
    )
