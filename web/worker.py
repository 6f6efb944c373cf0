"""`python -m web.worker`: takes envois from the queue, and puts back those that nobody is at.

Not `rq worker`: its console script appends the current folder to the import path, where an installed
distribution named like one of our packages would come first.
"""

from __future__ import annotations

import sys
import threading

from rq import Worker
from rq.serializers import JSONSerializer

from intake.errors import IntakeError
from web.jobs import connect, queue_of, sweep
from web.settings import read_settings
from web.wiring import open_site

_SWEEP_SECONDS = 20.0


def main(*, burst: bool) -> int:
    try:
        settings = read_settings()
        site = open_site(settings)
        connection = connect(settings)
        queue = queue_of(connection)
        sweep(site, queue)
    except IntakeError as e:
        sys.stderr.write(f"Erreur {e.code} : {e.message} {e.hint}\n")
        return 1
    over = threading.Event()

    def keep_sweeping() -> None:
        while not over.wait(_SWEEP_SECONDS):
            try:
                sweep(site, queue)
            except IntakeError as e:
                sys.stderr.write(f"{e.code} : {e.message}\n")  # the next turn will do it

    if not burst:
        threading.Thread(target=keep_sweeping, name="balayage", daemon=True).start()
    Worker([queue], connection=connection, serializer=JSONSerializer).work(burst=burst)
    over.set()
    return 0


if __name__ == "__main__":
    sys.exit(main(burst="--burst" in sys.argv[1:]))
