"""Work left to other processes: RQ carries ids and wakes; the database says what is to be done.

A job is one step of an envoi, whichever is next: short, and safe to run twice. The job of a range names the
envoi that it was queued for, and reads one of the envoi whose turn it is: else 80 pages would wait for 3,000.

Queues by urgency: what somebody waits for at a counter or a phone, what is longer of theirs, and the envois
of the numériseur; of these, what begins or ends an envoi has a queue of its own, in turn with the ranges of
pages. Last comes what was left unread of pieces, which is queued when the others are empty. What Redis lost,
or what a killed worker held, `sweep` finds in the database and queues again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, get_current_job
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from intake.domain.envoi import Envoi
from intake.domain.motif import Canal
from intake.errors import ReglageInvalide, StockageIndisponible
from intake.use_cases.advance import Etape
from storage.work_queries import Reste
from web.atelier import Atelier
from web.logs import TRAVAIL
from web.settings import Settings
from web.wiring import Site

URGENT, COURANT, ENVOIS, LOTS, FOND = QUEUES = ("urgent", "courant", "envois", "lots", "fond")
_DIRECT = (Canal.DEMANDEUR, Canal.GUICHET)
_A_DAY = 86_400  # for RQ: the limit of a step is the worker's (RANGE_SECONDS, STEP_SECONDS)
_MOST = 2000  # steps queued at once: the others wait in the database
_LOTS_JOB = "lots"
_AT_ONCE = 100  # pieces to complete that are queued together


def connect(settings: Settings) -> Redis:
    if settings.redis_url is None:
        raise ReglageInvalide("REDIS_URL n'est pas réglé : il n'y a pas de file où déposer le travail.")
    try:
        connection = Redis.from_url(settings.redis_url, socket_connect_timeout=3)
        connection.ping()
    except (RedisError, ValueError) as e:
        raise StockageIndisponible("Redis ne répond pas à l'adresse de REDIS_URL.") from e
    return connection


def queue_of(connection: Redis, name: str = LOTS) -> Queue:
    # JSON: a job is a name and an id, and nothing of ours is ever unpickled from Redis.
    return Queue(name, connection=connection, serializer=JSONSerializer)


def queue_for(canal: Canal, *, decoupe: bool = False, tranche: int = 0) -> str:
    """Where a step waits; `decoupe`: of an envoi large enough to be read in ranges; `tranche`: is it one?"""
    if canal is Canal.NUMERISEUR:
        return LOTS if tranche else ENVOIS
    return COURANT if decoupe else URGENT


def enqueue(queue: Queue, envoi: str, tranche: int = 0, *, decoupe: bool = False) -> bool:
    """False when this step's job is already waiting or running."""
    what = str(tranche) if tranche else ("clore" if decoupe else "ouvrir")
    try:
        queue.enqueue(
            read_range if tranche else step,
            envoi,
            job_id=f"{envoi}-{what}",
            unique=True,
            job_timeout=_A_DAY,
            result_ttl=0,
            failure_ttl=0,  # the database keeps the failures; an id that stays would only be in the way
        )
    except DuplicateJobError:
        return False
    except RedisError as e:
        raise StockageIndisponible("Redis ne répond pas : l'envoi est reçu et sera repris.") from e
    return True


def enqueuer(settings: Settings) -> Callable[[Envoi | None], None]:
    """What a web process calls once a deposit is committed: an envoi, or None for a batch in a ZIP.

    A queue that is down costs nothing: the sweeper finds the work in the database, as the workers of a site
    without Redis do.
    """

    def enqueue_soon(envoi: Envoi | None) -> None:
        if settings.redis_url is None:
            return
        with suppress(StockageIndisponible, RedisError):
            connection = connect(settings)
            if envoi is not None:
                enqueue(queue_of(connection, queue_for(envoi.canal)), envoi.id)
            else:
                _enqueue_lots(connection)

    return enqueue_soon


def travail_enqueuer(settings: Settings) -> Callable[[str], None]:
    """What a web process calls once a work's row is committed; the sweeper queues what it could not."""

    def enqueue_soon(travail: str) -> None:
        if settings.redis_url is not None:
            with suppress(StockageIndisponible, RedisError):
                _enqueue_travail(connect(settings), travail)

    return enqueue_soon


def _enqueue_travail(connection: Redis, travail: str) -> bool:
    try:
        queue_of(connection, URGENT).enqueue(
            work,
            travail,
            job_id=f"travail-{travail}",
            unique=True,
            job_timeout=_A_DAY,
            result_ttl=0,
            failure_ttl=0,
        )
    except DuplicateJobError:
        return False
    return True


def _enqueue_lots(connection: Redis) -> bool:
    try:
        queue_of(connection, ENVOIS).enqueue(
            open_lots, job_id=_LOTS_JOB, unique=True, job_timeout=_A_DAY, result_ttl=0, failure_ttl=0
        )
    except DuplicateJobError:
        return False
    return True


def sweep(site: Site, connection: Redis, envoi: str | None = None) -> int:
    """Queue every step (of `envoi`) that nobody is at: after a restart, a lost queue, a killed worker."""
    now = site.clock.now()
    left = site.work.waiting(now, envoi=envoi, limite=_MOST)
    try:
        queues = {name: queue_of(connection, name) for name in QUEUES}
        queued = {id_ for queue in queues.values() for id_ in queue.job_ids}
        done = sum(
            _again(site, queues[queue_for(r.canal, decoupe=r.decoupe, tranche=r.tranche)], r, queued)
            for r in left
        )
        if envoi is None and site.work.lots_waiting(now) and _LOTS_JOB not in queued:
            _forget_stale(site, connection, _LOTS_JOB)
            done += _enqueue_lots(connection)
        for travail in site.work.travaux_waiting(now) if envoi is None else ():
            if f"travail-{travail}" not in queued:
                _forget_stale(site, connection, f"travail-{travail}")
                done += _enqueue_travail(connection, travail)
        if envoi is None and not left and not done:
            done += _sweep_unread(site, queues[FOND])
    except RedisError as e:
        raise StockageIndisponible("Redis ne répond pas : le travail reste dans la base.") from e
    return done


def _sweep_unread(site: Site, queue: Queue) -> int:
    """Nothing else waits: pieces of which a part was left unread."""
    queued, done = set(queue.job_ids), 0
    for piece in site.work.to_complete(site.clock.now(), _AT_ONCE):
        job_id = f"{piece}-completer"
        if job_id in queued:
            continue
        _forget_stale(site, queue.connection, job_id)
        with suppress(DuplicateJobError):
            queue.enqueue(
                complete,
                piece,
                job_id=job_id,
                unique=True,
                job_timeout=_A_DAY,
                result_ttl=0,
                failure_ttl=0,
            )
            done += 1
    return done


def _again(site: Site, queue: Queue, reste: Reste, queued: set[str]) -> bool:
    what = str(reste.tranche) if reste.tranche else ("clore" if reste.decoupe else "ouvrir")
    job_id = f"{reste.envoi}-{what}"
    if job_id in queued:
        return False
    _forget_stale(site, queue.connection, job_id)
    return enqueue(queue, reste.envoi, reste.tranche, decoupe=reste.decoupe)


def _forget_stale(site: Site, connection: Redis, job_id: str) -> None:
    """A job whose worker was killed stays « started » for minutes, and would keep its step from the queue.

    One that began or left its queue a lease ago, while nobody holds its step, is such a job.
    """
    try:
        job = Job.fetch(job_id, connection=connection, serializer=JSONSerializer)
    except NoSuchJobError:
        return
    since = job.started_at or job.enqueued_at
    lease = timedelta(seconds=site.settings.lease_seconds)
    if since is None or datetime.now(UTC) - _aware(since) > lease:
        job.delete()


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# ── what a worker runs ──

_here: list[Atelier] = []  # of this process: RQ calls the jobs by name, and they find it here


def work_in(atelier: Atelier) -> None:
    """Say, once in a process, where its jobs are done."""
    _here[:] = [atelier]


def step(envoi: str) -> str:
    """The job. What it makes possible is queued; a failure is in the database, and not in Redis."""
    return _step(lambda _atelier, _job: envoi)


def read_range(envoi: str) -> str:
    """The job of a range of pages: of the envoi of its queue that has waited longest for one.

    As many jobs as ranges are queued, so that each range is read, whichever job comes to it.
    """

    def whose_turn(atelier: Atelier, job: Job | None) -> str:
        canaux = (Canal.NUMERISEUR,) if job is None or job.origin == LOTS else _DIRECT
        work, now = atelier.site.work, atelier.site.clock.now()
        turn = work.waiting(now, only=canaux, tranches=True, limite=1)
        return turn[0].envoi if turn else envoi

    return _step(whose_turn)


def _step(of: Callable[[Atelier, Job | None], str]) -> str:
    (atelier,) = _here
    job = get_current_job()
    TRAVAIL.set(job.id if job else None)
    try:
        envoi = of(atelier, job)
        etape = atelier.avancer(envoi)
    finally:
        TRAVAIL.set(None)
    if etape in (Etape.OUVERT, Etape.A_CLORE):
        _sweep_now(atelier.site, envoi)
    return etape.value


def work(travail: str) -> bool:
    """The job of what an order left behind."""
    (atelier,) = _here
    return atelier.mener(travail)


def open_lots() -> int:
    """The job of batches in a ZIP: opens those that wait, and queues what they hold."""
    (atelier,) = _here
    opened = atelier.open_lots()
    _sweep_now(atelier.site)
    return opened


def complete(piece: str) -> str:
    """The job of the lowest queue: what was left unread of a piece, unless something else waits by now."""
    (atelier,) = _here
    job = get_current_job()
    TRAVAIL.set(job.id if job else None)
    try:
        return atelier.completer(piece).value
    finally:
        TRAVAIL.set(None)


def _sweep_now(site: Site, envoi: str | None = None) -> None:
    with suppress(StockageIndisponible):  # the next turn of the sweeper will do it
        sweep(site, connect(site.settings), envoi)
