"""`python -m web.worker`: takes steps of envois from the queues, or from the database itself without Redis.

Two lanes, each a process: one for what somebody waits for, which nothing else ever holds, and one for all
queues, the urgent one first, at a lower priority of the processor. Not `rq worker`: its console script
appends the current folder to the import path, where an installed distribution named like one of our packages
would come first.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from intake.domain.motif import Canal
from intake.errors import IntakeError
from intake.use_cases.advance import Etape
from intake.use_cases.complete import Completion
from web.atelier import Atelier
from web.jobs import ENVOIS, LOTS, QUEUES, URGENT, connect, queue_of, sweep, work_in
from web.logs import set_up
from web.scratch import own_temporary_files
from web.settings import read_settings
from web.wiring import open_site

_POLL_SECONDS = 0.5
_REDIS_SECONDS = 2
_NICE, _NICE_URGENT = 10, 5  # the web service, on the same machine, comes before both
_PR_SET_PDEATHSIG = 1
_NOTHING, _RANGE, _OTHER = "", "tranche", "autre"
_URGENT_OPTION = "--voie-urgente"
_DIRECT = (Canal.DEMANDEUR, Canal.GUICHET)
_log = logging.getLogger(__name__)


def main(*, burst: bool, lane_of: int | None) -> int:
    """`lane_of`: the process whose urgent lane this one is."""
    urgent = lane_of is not None
    if urgent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # whose lane we are is gone: so are we
        if os.getppid() != lane_of:
            return 0  # gone before it could be said
    for number in (signal.SIGTERM, signal.SIGINT):  # while starting; then each way of working has its own
        signal.signal(number, _leave)
    try:
        settings = read_settings()
        set_up(settings)
        site = open_site(settings)
        alone = burst or urgent or not settings.urgent_lane
        lane = None if alone else _UrgentLane()
        if not burst:
            os.nice(_NICE_URGENT if urgent else _NICE)
        try:
            with own_temporary_files("ouvrier-"), Atelier(site, processes=1 if urgent else None) as atelier:
                work_in(atelier)
                if not burst:
                    atelier.warm_up()
                if settings.redis_url is None:
                    return _from_database(atelier, burst=burst, urgent=urgent)
                return _from_queues(atelier, burst=burst, urgent=urgent)
        finally:
            if lane is not None:
                lane.stop()
    except IntakeError as e:
        sys.stderr.write(f"Erreur {e.code} : {e.message} {e.hint}\n")
        return 1


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


class _UrgentLane:
    """The other process, started before this one takes its lower priority, and again when it ends."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._process = self._start()
        # The kernel ties the lane to the thread that started it: this one, but for the restarts.
        self._thread = threading.Thread(target=self._watch, name="voie-urgente", daemon=True)
        self._thread.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "web.worker", f"{_URGENT_OPTION}={os.getpid()}"])

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            if self._process.poll() is not None:
                _log.warning("la voie urgente s'est arrêtée : elle est relancée")
                self._process = self._start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
            return
        self._process.kill()


# ── without Redis ──


def _from_database(atelier: Atelier, *, burst: bool, urgent: bool) -> int:
    """Several may run: each step has one worker at a time, by its claim."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: atelier.stop())
    range_last = False
    while not atelier.arret.is_set():
        done = _one(atelier, urgent=urgent, range_last=range_last)
        range_last = done == _RANGE
        if not done and (burst or atelier.arret.wait(_POLL_SECONDS)):
            break
    return 0


def _one(atelier: Atelier, *, urgent: bool, range_last: bool) -> str:
    """What was done: a range, something else, or nothing."""
    work, now = atelier.site.work, atelier.site.clock.now()
    try:
        if travaux := work.travaux_waiting(now):
            return _OTHER if atelier.mener(travaux[0]) else _NOTHING
        if not urgent and work.lots_waiting(now):
            return _OTHER if atelier.open_lots() else _NOTHING
        only = _DIRECT if urgent else tuple(Canal)
        waiting = work.waiting(now, only=only, decoupes=not urgent, limite=1)
        if not waiting:
            return _OTHER if not urgent and _complete_one(atelier) else _NOTHING
        if waiting[0].canal is Canal.NUMERISEUR and bool(waiting[0].tranche) is range_last:
            # Of the numériseur's, ranges and the beginnings and ends of envois take turns.
            turn = work.waiting(now, only=(Canal.NUMERISEUR,), tranches=not range_last, limite=1)
            waiting = turn or waiting
        chosen = waiting[0]
        if atelier.avancer(chosen.envoi) is Etape.AUTRES:
            return _NOTHING
        return _RANGE if chosen.tranche else _OTHER
    except IntakeError as e:
        _log.warning("%s : %s", e.code, e.message)
        atelier.arret.wait(_POLL_SECONDS)
        return _OTHER


def _complete_one(atelier: Atelier) -> bool:
    """Nothing else is to be done: what was left unread of the oldest piece that waits for it."""
    work, now = atelier.site.work, atelier.site.clock.now()
    for piece in work.to_complete(now, 1):
        return atelier.completer(piece) not in (Completion.AUTRES, Completion.RENDUE)
    return False


# ── with Redis ──


class _NoPenalty(BaseDeathPenalty):
    """A step is limited by what it turns out to be (`Atelier`), with or without RQ: SIGALRM is one."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class _Lane(SimpleWorker):
    """Jobs in this very process: its reading processes stay warm, and every claim has its own end."""

    max_connection_wait_time = _REDIS_SECONDS
    death_penalty_class = _NoPenalty
    atelier: Atelier
    _listening = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self._stop_requested = True  # seen between two jobs
        self.atelier.stop()
        if self._listening:
            self._listening = False
            raise StopRequested

    def reorder_queues(self, reference_queue: Queue) -> None:
        """Ranges and the beginnings and ends of envois take turns: neither keeps the other waiting."""
        last = reference_queue.name
        if last in (ENVOIS, LOTS):
            self._ordered_queues.sort(key=lambda queue: QUEUES.index(queue.name) + 10 * (queue.name == last))

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> Any:
        if self.atelier.arret.is_set():
            raise StopRequested  # told before rq listened to signals
        self._listening = True
        try:
            return super().dequeue_job_and_maintain_ttl(*args, **options)
        finally:
            self._listening = False


def _from_queues(atelier: Atelier, *, burst: bool, urgent: bool) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):  # until rq takes them, and when Redis is not there
        signal.signal(number, lambda *_: atelier.stop())
    if not urgent:
        threading.Thread(target=_keep_sweeping, args=(atelier,), name="balayage", daemon=True).start()
    if burst:
        sweep(atelier.site, connect(atelier.site.settings))
    while not atelier.arret.is_set():
        try:
            worked = _lane(atelier, connect(atelier.site.settings), urgent=urgent).work(
                burst=burst, logging_level="WARNING"
            )
            if burst and not worked and not sweep(atelier.site, connect(atelier.site.settings)):
                break
        except (IntakeError, RedisError) as e:
            _log.warning("Redis ne répond pas : %s", type(e).__name__)
            atelier.arret.wait(_REDIS_SECONDS)
    return 0


def _lane(atelier: Atelier, connection: Redis, *, urgent: bool) -> _Lane:
    names = (URGENT,) if urgent else QUEUES
    options: dict[str, Any] = {"connection": connection, "serializer": JSONSerializer}
    lane = _Lane([queue_of(connection, name) for name in names], **options)
    lane.atelier = atelier
    lane.log_job_description = False
    return lane


def _keep_sweeping(atelier: Atelier) -> None:
    """Each worker does what the sweeper does: the sweeper killed, nothing waits."""
    period = atelier.site.settings.lease_seconds / 2
    while True:
        begun = time.monotonic()
        try:
            sweep(atelier.site, connect(atelier.site.settings))
        except (IntakeError, RedisError) as e:
            _log.warning("balayage : %s", type(e).__name__)  # the next turn will do it
        if atelier.arret.wait(max(0.5, period - (time.monotonic() - begun))):
            return


if __name__ == "__main__":
    lanes = [int(word.split("=")[1]) for word in sys.argv[1:] if word.startswith(f"{_URGENT_OPTION}=")]
    sys.exit(main(burst="--burst" in sys.argv[1:], lane_of=lanes[0] if lanes else None))
