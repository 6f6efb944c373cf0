"""`python -m web.worker`: takes envois from the queue, or from the database itself where there is no Redis.

Not `rq worker`: its console script appends the current folder to the import path, where an installed
distribution named like one of our packages would come first.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

from rq import Worker
from rq.serializers import JSONSerializer

from intake.errors import IntakeError
from intake.readers.lecteur import SandboxLecteur
from web.jobs import connect, queue_of, sweep, watched
from web.lots import open_next
from web.settings import read_settings
from web.wiring import Site, make_lecteur, open_site

_SWEEP_SECONDS = 20.0
_POLL_SECONDS = 0.5


def main(*, burst: bool) -> int:
    try:
        settings = read_settings()
        site = open_site(settings)
        if settings.redis_url is None:
            return _from_database(site, burst=burst)
        return _from_queue(site, burst=burst)
    except IntakeError as e:
        sys.stderr.write(f"Erreur {e.code} : {e.message} {e.hint}\n")
        return 1


def _from_database(site: Site, *, burst: bool) -> int:
    """Several may run: each envoi has one worker at a time, by its claim. Ends between two envois."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with make_lecteur(site.settings) as lecteur:
        while not over.is_set():
            if not _one(site, lecteur) and (burst or over.wait(_POLL_SECONDS)):
                break
    return 0


def _one(site: Site, lecteur: SandboxLecteur) -> bool:
    """Whether there was something to do."""
    try:
        if open_next(site, lecteur) is not None:
            return True
        waiting = site.queries.envois_to_process(site.clock.now())
        if not waiting:
            return False
        site.traiter(lecteur)(waiting[0], watched(site, waiting[0]))
    except IntakeError as e:
        sys.stderr.write(f"{e.code} : {e.message}\n")
        time.sleep(_POLL_SECONDS)
    return True


def _from_queue(site: Site, *, burst: bool) -> int:
    connection = connect(site.settings)
    queue = queue_of(connection)
    sweep(site, queue)
    over = threading.Event()

    def keep_sweeping() -> None:
        # Two turns: the batches in a ZIP are opened here, since what they hold is not known before.
        with make_lecteur(site.settings, "codes illisibles") as lecteur:
            while True:
                try:
                    while open_next(site, lecteur) is not None:
                        pass
                    sweep(site, queue)
                except IntakeError as e:
                    sys.stderr.write(f"{e.code} : {e.message}\n")  # the next turn will do it
                if over.wait(_SWEEP_SECONDS):
                    return

    if not burst:
        threading.Thread(target=keep_sweeping, name="balayage", daemon=True).start()
    Worker([queue], connection=connection, serializer=JSONSerializer).work(burst=burst)
    over.set()
    return 0


if __name__ == "__main__":
    sys.exit(main(burst="--burst" in sys.argv[1:]))
