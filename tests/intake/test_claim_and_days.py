"""Who holds an envoi, and which day it is, while its pieces are placed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from intake.domain.jour import jour_civil
from intake.domain.motif import Canal
from intake.errors import StockageIndisponible
from readings import MARTIN, N1, page, piece
from site_for_tests import TestSite
from storage.work_queries import WorkQueries

PAGES = (page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), piece(3, "rib", MARTIN))


def test_a_worker_that_slept_through_its_lease_writes_nothing(site: TestSite) -> None:
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)

    def taken() -> None:
        site.clock.moment += timedelta(minutes=1)
        now = site.clock.moment
        with site.uow() as tx:
            assert tx.envois.reclamer(envoi, "another", now, now + timedelta(minutes=1))
            tx.commit()

    site.lecteur.meanwhile = taken
    with pytest.raises(StockageIndisponible, match="repris"):
        site.traiter(envoi)
    assert (site.result(envoi).pieces, site.result(envoi).incidents) == ([], [])
    site.lecteur.meanwhile = None
    site.clock.moment += timedelta(minutes=2)
    site.traiter(envoi)
    assert site.result(envoi).statut == "traitee"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),  # summer time
    ],
)
def test_the_day_is_that_of_paris(moment: datetime, day: date) -> None:
    assert jour_civil(moment) == day


def test_a_plan_takes_effect_and_a_paper_ages_at_midnight_in_paris(site: TestSite) -> None:
    with site.uow() as tx:
        plan = tx.plans.en_vigueur(date(2026, 12, 31))
        narrow = {c: replace(k, limite=0) for c, k in plan.categories.items()}
        tx.plans.ajouter(replace(plan, version="2027-essai", date_effet=date(2027, 1, 1), categories=narrow))
        tx.commit()
    site.clock.moment = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    before = site.deposit(*PAGES, canal=Canal.GUICHET, name="a")
    assert {p.statut.value for p in before.pieces} == {"deposee"}
    site.clock.moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    new = (page(1, "A", MARTIN, code=N1), piece(2, "quittance_loyer", MARTIN))
    after = site.deposit(*new, canal=Canal.GUICHET, name="b")
    assert {p.statut.value for p in after.pieces} == {"en_attente"}


def test_the_next_step_is_asked_alone(site: TestSite) -> None:
    first = site.receive(*PAGES, canal=Canal.GUICHET, name="a")
    phone = site.receive(*PAGES, canal=Canal.DEMANDEUR, name="b")
    work, now = WorkQueries(site.engine), site.clock.moment
    assert [r.envoi for r in work.waiting(now)] == [phone, first]
    assert [r.envoi for r in work.waiting(now, limite=1)] == [phone]
    assert [r.envoi for r in work.waiting(now, envoi=first, decoupes=False)] == [first]
    assert work.waiting_counts(now) == {(Canal.GUICHET, False, False): 1, (Canal.DEMANDEUR, False, False): 1}
