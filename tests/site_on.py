"""A whole site (the real wiring) on a database of the test's choice, with a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from databases import prepare, sharing_statements
from site_for_tests import FAURE, MARTIN, RADIEE
from web.settings import Settings
from web.wiring import Site, open_site


class TurnedClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


def settings_for(tmp_path: Path, database_url: str | None = None, **more: object) -> Settings:
    data = tmp_path / "site"
    url = database_url or f"sqlite:///{data / 'dossier.db'}"
    return replace(Settings(data=data, database_url=url, processes=1), **more)  # type: ignore[arg-type]


@contextmanager
def site_on(
    tmp_path: Path, database_url: str | None = None, **more: object
) -> Iterator[tuple[Site, TurnedClock]]:
    clock = TurnedClock()
    settings = settings_for(tmp_path, database_url, **more)
    prepare(settings.database_url)
    site = replace(open_site(settings), clock=clock)
    sharing_statements(site.engine)
    with site.uow() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="75001", email="camille@exemple.invalid"))
        tx.registre.enregistrer(replace(FAURE, guichet="75002"))
        tx.registre.enregistrer(RADIEE)
        tx.commit()
    try:
        yield site, clock
    finally:
        site.engine.dispose()
