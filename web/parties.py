"""The parts a site stands on, each asked whether it answers: for `/pret` and for Prometheus.

Without `INDISPENSABLES` nothing can be served. Without the others work waits, and nothing is lost: a deposit
is kept unopened until the antivirus answers, and steps are in the database until Redis does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

from intake.domain.jour import jour_civil
from intake.errors import IntakeError, StockageIndisponible
from web.wiring import Site, make_antivirus

OK = "ok"
INDISPENSABLES = frozenset({"base", "objets", "disque"})
_ROOM = 1_000_000_000  # bytes free below which nothing is taken in
_SECONDS = 2.0


def etat(site: Site) -> dict[str, str]:
    """Of each part that is configured: `ok`, or the code of what is wrong with it."""
    asked: dict[str, Callable[[Site], None]] = {"base": _database, "objets": _objects, "disque": _disk}
    if site.settings.redis_url is not None:
        asked["file"] = _queue
    if site.settings.clamd_url is not None:
        asked["antivirus"] = _antivirus
    return {name: _said(site, ask) for name, ask in asked.items()}


def _said(site: Site, ask: Callable[[Site], None]) -> str:
    try:
        ask(site)
    except IntakeError as e:
        return e.code
    return OK


def _database(site: Site) -> None:
    with site.uow() as tx:
        tx.plans.en_vigueur(jour_civil(site.clock.now()))


def _objects(site: Site) -> None:
    site.objects.exists("00/00/" + "0" * 64)


def _disk(site: Site) -> None:
    if shutil.disk_usage(site.settings.data).free < _ROOM:
        raise StockageIndisponible("Le disque est presque plein.")


def _queue(site: Site) -> None:
    assert site.settings.redis_url is not None
    try:
        # A connection of its own: one that is bounded, where Redis takes calls and answers none.
        with Redis.from_url(
            site.settings.redis_url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS
        ) as connection:
            connection.ping()
    except (RedisError, ValueError) as e:
        raise StockageIndisponible("Redis ne répond pas.") from e


def _antivirus(site: Site) -> None:
    antivirus = make_antivirus(site.settings, seconds=_SECONDS)
    assert antivirus is not None
    antivirus.repondre()
