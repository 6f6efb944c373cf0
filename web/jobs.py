"""Envois processed by other processes: RQ carries ids only, the database stays the truth.

A job lost by Redis is found again by `sweep`; a job run twice finds its envoi claimed or done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from intake.errors import ReglageInvalide, StockageIndisponible
from intake.use_cases.process import Progress
from web.lots import open_next
from web.settings import Settings, read_settings
from web.wiring import Site, make_lecteur, open_site

QUEUE = "envois"
_TOLD_EVERY = 1.0  # seconds
_LONGEST = 6 * 3600  # seconds: 3,000 pages on a slow machine


def connect(settings: Settings) -> Redis:
    if settings.redis_url is None:
        raise ReglageInvalide("REDIS_URL n'est pas réglé : il n'y a pas de file où déposer le travail.")
    try:
        connection = Redis.from_url(settings.redis_url)
        connection.ping()
    except (RedisError, ValueError) as e:
        raise StockageIndisponible("Redis ne répond pas à l'adresse de REDIS_URL.") from e
    return connection


def queue_of(connection: Redis) -> Queue:
    # JSON: a job is a name and an id, and nothing of ours is ever unpickled from Redis.
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def enqueue(queue: Queue, envoi: str) -> bool:
    """False when the envoi's job is already waiting or running."""
    try:
        queue.enqueue(
            process_envoi,
            envoi,
            job_id=f"envoi-{envoi}",
            unique=True,
            job_timeout=_LONGEST,
            result_ttl=0,
            failure_ttl=0,  # a failed id that stays would keep the sweeper from trying again
        )
    except DuplicateJobError:
        return False
    except RedisError as e:
        raise StockageIndisponible("Redis ne répond pas : l'envoi est reçu et sera repris.") from e
    return True


def enqueuer(settings: Settings) -> Callable[[str | None], None]:
    """What a web process calls once a deposit is committed: an envoi's id, or None for a batch in a ZIP.

    A queue that is down costs nothing: the sweeper finds the work in the database, as the workers of a site
    without Redis do.
    """

    def enqueue_soon(envoi: str | None) -> None:
        if settings.redis_url is None:
            return
        with suppress(StockageIndisponible, RedisError):
            queue = queue_of(connect(settings))
            if envoi is not None:
                enqueue(queue, envoi)
            else:
                queue.enqueue(open_lots, job_timeout=_LONGEST, result_ttl=0, failure_ttl=0)

    return enqueue_soon


def sweep(site: Site, queue: Queue) -> int:
    """Queue every envoi that nobody is at: after a restart, a lost queue, a killed worker."""
    waiting = site.queries.envois_to_process(site.clock.now())
    return sum(enqueue(queue, envoi) for envoi in waiting)


def process_envoi(envoi: str) -> str:
    """The job: opens its own site, since RQ runs it in a fork."""
    settings = read_settings()
    site = open_site(settings)
    with make_lecteur(settings) as lecteur:
        return site.traiter(lecteur)(envoi, watched(site, envoi)).statut.value


def open_lots() -> int:
    """The job of batches in a ZIP: opens those that wait, and queues what they hold."""
    settings = read_settings()
    site = open_site(settings)
    opened = 0
    with make_lecteur(settings, "codes illisibles") as lecteur:
        while open_next(site, lecteur) is not None:
            opened += 1
    sweep(site, queue_of(connect(settings)))
    return opened


def watched(site: Site, envoi: str) -> Progress:
    """Writes how far the work is, at most once a second: for whoever looks, and nothing depends on it."""
    last = 0.0

    def told(done: int, total: int, stage: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _TOLD_EVERY and done < total:
            return
        last = now
        with suppress(StockageIndisponible), site.uow() as tx:
            tx.api.avancer(envoi, done, total, stage, site.clock.now())
            tx.commit()

    return told
