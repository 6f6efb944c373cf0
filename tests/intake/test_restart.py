"""A bug of ours on one envoi: tried three times, put aside where people see it, restarted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from intake.domain.commands import Geste, Supprimer
from intake.domain.lecture import Classement, PageLue
from intake.domain.motif import Canal
from intake.errors import ChangementImpossible, EnvoiInconnu, StockageIndisponible
from intake.use_cases.process import Traiter
from readings import MARTIN, N1, SayingClassifier, page, piece
from site_for_tests import TestSite
from storage.follow_up_queries import FiltreIncidents
from storage.work_queries import WorkQueries

PAGES = (page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), piece(3, "rib", MARTIN))


class Buggy(SayingClassifier):
    def classify(self, pages: Sequence[PageLue]) -> Classement:
        raise ZeroDivisionError


def fail(site: TestSite, envoi: str) -> None:
    job = Traiter(site.uow, site.objects, site.lecteur, Buggy(), site.clock)
    with pytest.raises(ZeroDivisionError):
        job(envoi)
    site.clock.moment += timedelta(minutes=1)


def waiting(site: TestSite) -> list[str]:
    return [r.envoi for r in WorkQueries(site.engine).waiting(site.clock.moment)]


def test_three_failures_put_it_aside_and_a_person_restarts_it(site: TestSite) -> None:
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)
    with pytest.raises(ChangementImpossible):
        site.relancer(envoi, "alice", "trop tôt")
    for _ in range(3):
        assert waiting(site) == [envoi]
        fail(site, envoi)
    assert waiting(site) == []
    aside = site.result(envoi)
    assert aside.statut == "quarantaine"
    assert [(i.motif.value, i.etat.value) for i in aside.incidents] == [("ERREUR_INTERNE", "ouverte")]
    assert "ZeroDivisionError" in aside.incidents[0].message
    assert [v.incident.motif.value for v in site.suivi.incidents(FiltreIncidents())] == ["ERREUR_INTERNE"]
    # no delay of the sender's runs
    site.clock.moment += timedelta(days=100)
    assert site.purger().fins == ()
    read = len(site.lecteur.read)
    assert site.relancer(envoi, "alice", "corrigé").statut.value == "recue"
    assert waiting(site) == [envoi]
    site.traiter(envoi)
    done = site.result(envoi)
    assert (done.statut, [p.statut.value for p in done.pieces]) == ("traitee", ["deposee", "deposee"])
    assert len(site.lecteur.read) == read  # nothing is read again
    assert [s.par for s in site.suivi.suites(aside.incidents[0].id)] == ["alice", "alice"]
    with pytest.raises(EnvoiInconnu):
        site.relancer("E-rien", "alice", "?")


def test_a_store_that_does_not_answer_counts_for_nothing(site: TestSite) -> None:
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)
    site.objects.down = True
    for _ in range(5):
        with pytest.raises(StockageIndisponible):
            site.traiter(envoi)
        site.clock.moment += timedelta(minutes=1)
    site.objects.down = False
    assert site.traiter(envoi).statut.value == "traitee"


def test_nobody_corrects_the_pieces_of_an_envoi_put_aside(site: TestSite) -> None:
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)
    site.objects.down_after = 1  # the first piece is placed, then the store stops
    with pytest.raises(StockageIndisponible):
        site.traiter(envoi)
    site.objects.down_after = None
    site.clock.moment += timedelta(minutes=1)
    for _ in range(3):
        fail(site, envoi)
    placed = site.result(envoi).pieces
    assert len(placed) == 1
    with pytest.raises(ChangementImpossible, match="jusqu'au bout"):
        site.corriger(placed[0].id, Supprimer(), Geste("alice", "vu"))
    assert site.purger().fins == ()
    site.relancer(envoi, "alice", "corrigé")
    assert len(site.result(site.traiter(envoi).id).pieces) == 2
