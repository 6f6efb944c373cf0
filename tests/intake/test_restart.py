"""A bug of ours on one envoi: tried three times, put aside where people see it, restarted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from intake.domain.commands import Geste, Supprimer
from intake.domain.incident import EN_COURS
from intake.domain.lecture import Classement, PageLue
from intake.domain.motif import Canal
from intake.errors import ChangementImpossible, EnvoiInconnu, IntakeError, StockageIndisponible, VirusTrouve
from intake.ports import Apercu
from intake.use_cases.process import Traiter
from readings import MARTIN, N1, SayingClassifier, page, piece
from site_for_tests import GivenPages, TestSite
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


def test_its_failures_are_counted_in_one_place_whatever_they_are_called(site: TestSite) -> None:
    """Faults of several kinds in turn, a store that is away between them: three of ours put it aside."""
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)
    queries = WorkQueries(site.engine)
    fail(site, envoi)
    site.objects.down = True
    with pytest.raises(StockageIndisponible):
        site.traiter(envoi)
    site.objects.down = False
    site.clock.moment += timedelta(minutes=1)
    (seen,) = queries.failures()
    assert (seen.compte, seen.a_nous, seen.code) == (2, 1, "STOCKAGE_INDISPONIBLE")

    class OtherBug(SayingClassifier):
        def classify(self, pages: Sequence[PageLue]) -> Classement:
            raise KeyError

    with pytest.raises(KeyError):
        Traiter(site.uow, site.objects, site.lecteur, OtherBug(), site.clock)(envoi)
    site.clock.moment += timedelta(minutes=1)
    fail(site, envoi)
    (seen,) = queries.failures()
    assert (seen.compte, seen.a_nous, seen.epuise) == (4, 3, True)
    (shown,) = queries.going_on(site.clock.moment)
    assert (shown.envoi, shown.mis_de_cote) == (envoi, True)
    assert queries.put_aside() == {envoi}
    site.relancer(envoi, "alice", "corrigé")
    assert queries.failures() == []
    assert waiting(site) == [envoi]  # at once, from nothing


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


class Refusing(GivenPages):
    """Refuses the file until it is told better: an antivirus with a false alarm."""

    refusal: IntakeError | None = VirusTrouve("Le fichier contient « Essai ».")

    def apercu(self, path: Path, canal: Canal) -> Apercu:
        if self.refusal is not None:
            raise self.refusal
        return super().apercu(path, canal)


def open_motifs(site: TestSite, envoi: str) -> list[str]:
    return [i.motif.value for i in site.result(envoi).incidents if i.etat in EN_COURS]


@pytest.mark.parametrize("again", ["restarted", "sent again"])
def test_a_refused_envoi_can_be_opened_again(site: TestSite, again: str) -> None:
    """R2: refused is not destroyed; a false alarm on somebody's only copy must be repairable (ADR 302)."""
    lecteur = site.lecteur = Refusing()
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)

    def once_more() -> None:
        if again == "restarted":
            site.relancer(envoi, "alice", "fausse alerte")
        else:
            assert site.receive(*PAGES, canal=Canal.GUICHET) == envoi
        assert waiting(site) == [envoi]
        site.traiter(envoi)

    site.traiter(envoi)
    assert (site.result(envoi).statut, open_motifs(site, envoi)) == ("quarantaine", ["VIRUS"])
    once_more()  # refused again: told again
    assert (site.result(envoi).statut, open_motifs(site, envoi)) == ("quarantaine", ["VIRUS"])
    lecteur.refusal = None
    once_more()
    assert (site.result(envoi).statut, open_motifs(site, envoi)) == ("traitee", [])
    with pytest.raises(ChangementImpossible):
        site.relancer(envoi, "alice", "encore")


def test_a_restarted_envoi_tries_its_broken_pages_again(site: TestSite) -> None:
    envoi = site.receive(page(1, broken="disque"), page(2, broken="disque"), canal=Canal.GUICHET)
    site.traiter(envoi)
    assert (site.result(envoi).statut, open_motifs(site, envoi)) == ("quarantaine", ["FICHIER_CORROMPU"])
    site.relancer(envoi, "alice", "le lecteur est corrigé")
    site.lecteur.given = PAGES
    site.traiter(envoi)
    assert (site.result(envoi).statut, open_motifs(site, envoi)) == ("traitee", [])


def test_what_was_put_aside_for_a_fault_of_ours_is_not_begun_again_by_its_sender(site: TestSite) -> None:
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)
    for _ in range(3):
        fail(site, envoi)
    assert site.receive(*PAGES, canal=Canal.GUICHET) == envoi
    assert waiting(site) == []
