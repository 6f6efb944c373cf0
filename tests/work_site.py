"""A site on real servers, its workers as programs of their own, and what became of an envoi, to compare."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from rq import Worker

from intake.domain.journal import Verification
from intake.domain.motif import Canal
from native_envoi import NativeEnvoi
from servers import PostgresServer, RedisServer
from servers.buckets import Bucket
from servers.process import ServerProcess, clean_environment
from storage.check import check
from web.jobs import connect, enqueuer
from web.settings import read_settings
from web.wiring import open_site

ROOT = Path(__file__).parents[1]
LEASE = 4  # seconds: shorter than in production, so that the tests need not wait long


class WorkSite:
    """`close` ends every program it started."""

    def __init__(
        self,
        folder: Path,
        envoi: NativeEnvoi,
        postgres: PostgresServer,
        redis: RedisServer | None,
        bucket: Bucket | None,
        **settings: str,
    ) -> None:
        self._folder = folder
        self.given = envoi
        self.url = postgres.new_database()
        self.env = {
            "DOSSIER_DATA": str(folder / "site"),
            "DATABASE_URL": self.url,
            "QR_SIGNING_KEY": "cle-de-demonstration",
            "RANGE_PAGES": "4",
            "LEASE_SECONDS": str(LEASE),
            "READING_PROCESSES": "2",
            "URGENT_LANE": "non",
            **({"REDIS_URL": redis.url} if redis else {}),
            **(_s3(bucket) if bucket else {}),
            **settings,
        }
        self.site = open_site(read_settings(self.env))
        with self.site.uow() as tx:
            for demande in envoi.demandes:
                tx.registre.enregistrer(demande)
            tx.commit()
        self._programs: list[ServerProcess] = []

    def close(self) -> None:
        for program in self._programs:
            program.stop()
        self.site.engine.dispose()

    def start(self, name: str = "worker", *, prefix: tuple[str, ...] = (), **settings: str) -> ServerProcess:
        """`worker` or `sweeper`; `prefix`: a program that runs it, as for another network."""
        env = {**clean_environment(), "PYTHONPATH": str(ROOT), **self.env, **settings}
        log = self._folder / f"{name}-{len(self._programs)}.log"
        words = [*prefix, sys.executable, "-m", f"web.{name}"]
        program = ServerProcess(name, words, log, environment=env, folder=ROOT)
        self._programs.append(program)
        program.start()
        return program

    def logs(self) -> str:
        return "\n---\n".join(program.last_lines() for program in self._programs)

    def receive(self, *, file: Path | None = None, canal: Canal = Canal.NUMERISEUR, **more: str) -> str:
        envoi, _ = self.site.recevoir(file or self.given.file, canal, **more)
        enqueuer(self.site.settings)(envoi)
        return envoi.id

    def until(self, ready: Callable[[], Any], seconds: float = 90, *, every: float = 0.02) -> Any:
        """`every`: seconds between two looks, few where what is looked for passes."""
        limit = time.monotonic() + seconds
        while not (seen := ready()):
            assert time.monotonic() < limit, f"not within {seconds} s:\n{self.logs()}"
            time.sleep(every)
        return seen

    def until_it_stays(self, ready: Callable[[], Any]) -> Any:
        """For what lasts once it is there: who looks often takes the processor from who brings it about."""
        return self.until(ready, every=0.2)

    def until_ended(self, *envois: str) -> None:
        self.until_it_stays(lambda: all(map(self.ended, envois)))

    def workers(self) -> int:
        """Workers that listen to every queue."""
        lanes = Worker.all(connection=connect(self.site.settings))
        return sum(len(lane.queue_names()) > 1 for lane in lanes)

    def ended(self, envoi: str) -> bool:
        with self.site.uow() as tx:
            kept = tx.envois.lire(envoi)
        return kept is not None and kept.termine

    def read(self, envoi: str) -> int:
        return self.site.work.pages_read(envoi)

    def result(self, envoi: str) -> dict[str, Any]:
        """All that must be the same whatever happened on the way; checks rows against bytes as well."""
        wrong = [d for d in check(self.site.queries, self.site.objects) if d.genre != "orphelin"]
        assert wrong == []
        with self.site.uow() as tx:
            kept = tx.envois.lire(envoi)
            assert kept is not None
            pieces = sorted(tx.pieces.de_envoi(envoi), key=lambda p: p.rang)
            incidents = tx.incidents.de_envoi(envoi)
            places = {n.numero_unique: tx.places.occupees(n.numero_unique) for n in self.given.demandes}
            lines = list(tx.journal.lignes())
            assert list(Verification()(iter(lines))) == []
        created = [line.contenu for line in lines if f"piece {envoi}-" in (line.contenu or "")]
        assert len(created) == len(pieces)  # each filed or held once, and told once
        return {
            "statut": kept.statut.value,
            "pages": kept.pages,
            "pieces": [
                (p.id, p.pages, p.type, p.demande, p.personne, p.statut.value, p.motif, p.sha256, p.occupe)
                for p in pieces
            ],
            "incidents": sorted((i.id, i.motif.value, i.pages, i.etat) for i in incidents),
            "sorts": [(p.page, p.sort, p.raison) for p in self.site.queries.pages_of(envoi)],
            "places": places,
        }

    # ── holding a worker at a stage: the database makes it wait there ──

    @contextmanager
    def holding(self, *statements: str) -> Iterator[None]:
        """What these lock stays locked meanwhile."""
        with psycopg.connect(_sql(self.url)) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            yield
            connection.rollback()

    def waits_for_a_lock(self) -> bool:
        with psycopg.connect(_sql(self.url), autocommit=True) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
        return row is not None and row[0] > 0


def kill(program: ServerProcess) -> None:
    """kill -9 of the process and of all it started, as when a machine loses its power."""
    for pid in reversed(program.family()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _s3(bucket: Bucket) -> Mapping[str, str]:
    return {
        "S3_ENDPOINT_URL": bucket.access.endpoint_url or "",
        "S3_BUCKET": bucket.access.bucket,
        "AWS_ACCESS_KEY_ID": bucket.access.access_key,
        "AWS_SECRET_ACCESS_KEY": bucket.access.secret_key,
    }


def _sql(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
