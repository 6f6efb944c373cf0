"""`python -m web.sweeper`: mails, warnings, the queue filled again, and the end of what has had its time."""

from __future__ import annotations

import itertools
import logging
import signal
import sys
import threading

from intake.errors import IntakeError
from web.jobs import connect, sweep
from web.logs import set_up
from web.settings import read_settings
from web.upkeep import turn
from web.wiring import Site, open_site

_log = logging.getLogger(__name__)
_SECONDS = 10.0
_PURGED_EVERY = 360  # turns: an hour


def main(*, once: bool) -> int:
    try:
        settings = read_settings()
        set_up(settings)
        site = open_site(settings)
    except IntakeError as e:
        sys.stderr.write(f"Erreur {e.code} : {e.message} {e.hint}\n")
        return 1
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    for count in itertools.count():
        _turn(site, purge=count % _PURGED_EVERY == 0)
        if once or over.wait(_SECONDS):
            break
    return 0


def _turn(site: Site, *, purge: bool) -> None:
    """Neither keeps the other from being done: what a killed worker held goes back to its queue anyway."""

    def fill() -> None:
        if site.settings.redis_url is not None:
            sweep(site, connect(site.settings))

    for part in (lambda: turn(site, purge=purge), fill):
        try:
            part()
        except IntakeError as e:
            sys.stderr.write(f"{e.code} : {e.message}\n")  # the next turn will do it
        except Exception:  # noqa: BLE001 - one bug ends no sweeper, and whoever reads the log mends it
            _log.exception("balayage")


if __name__ == "__main__":
    sys.exit(main(once="--une-fois" in sys.argv[1:]))
