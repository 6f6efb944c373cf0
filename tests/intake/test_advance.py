"""Large envois read in ranges by several workers: shared, given back, tried again, closed once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.domain.lecture import PageLue
from intake.domain.motif import Canal
from intake.domain.travail import ESSAIS, attente, tranches_de
from intake.errors import StockageIndisponible
from intake.ports import Apercu
from intake.use_cases.advance import Avancer, Etape, Interrompu, Mener
from intake.use_cases.originals import Originaux
from intake.use_cases.process import Traiter
from readings import BOR, FIC, MARTIN, N1, page, piece
from site_for_tests import GivenPages, Result, TestSite
from storage.uow import SqlEnvois
from storage.work_queries import WorkQueries

pytestmark = pytest.mark.slow  # each test opens a database of its own

PAGES = (
    page(1, "B", code=BOR.format(1, 11)),
    page(2, "F", MARTIN, code=FIC.format(N1, 11)),
    *(piece(n, "bail" if n % 3 == 0 else "+", MARTIN) for n in range(3, 14)),
)


_opened: list[Originaux] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def worker(site: TestSite, lecteur: GivenPages | None = None, taille: int | None = 4) -> Avancer:
    reader = lecteur or site.lecteur
    whole = replace(site.traiter, lecteur=reader)
    _opened.append(Originaux(site.objects))
    return Avancer(site.uow, _opened[-1], reader, whole, site.clock, taille, "essai")


def run(avancer: Avancer, envoi: str) -> list[Etape]:
    steps = []
    while True:
        steps.append(avancer(envoi))
        if steps[-1] in (Etape.FINI, Etape.AUTRES):
            return steps


@pytest.fixture
def undisturbed(site: TestSite, tmp_path: Path) -> Result:
    (tmp_path / "autre").mkdir()
    other = TestSite(f"sqlite:///{tmp_path}/autre/essai.db", tmp_path)
    return other.deposit(*PAGES)


@pytest.mark.parametrize(("pages", "taille"), [(1, 40), (40, 40), (41, 40), (3000, 40), (13, 4), (7, 1)])
def test_ranges_cover_every_page_once(pages: int, taille: int) -> None:
    found = [n for t in tranches_de("E", pages, taille) for n in range(t.premiere, t.derniere + 1)]
    assert found == list(range(1, pages + 1))
    assert all(t.derniere - t.premiere < taille for t in tranches_de("E", pages, taille))


def test_read_in_ranges_an_envoi_gives_what_it_gives_whole(site: TestSite, undisturbed: Result) -> None:
    envoi = site.receive(*PAGES)
    steps = run(worker(site), envoi)
    assert steps == [Etape.OUVERT, Etape.LU, Etape.LU, Etape.LU, Etape.A_CLORE, Etape.FINI]
    assert site.result(envoi).sorts == undisturbed.sorts
    assert site.result(envoi).motifs == undisturbed.motifs
    assert sorted(site.lecteur.read) == list(range(1, 14))
    assert WorkQueries(site.engine).waiting(site.clock.now()) == []


def test_a_small_one_is_done_in_one_step(site: TestSite) -> None:
    envoi = site.receive(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN))
    assert run(worker(site), envoi) == [Etape.FINI]


def test_two_workers_share_the_ranges_and_one_closes(site: TestSite, undisturbed: Result) -> None:
    envoi = site.receive(*PAGES)
    one, two = worker(site), worker(site, GivenPages(PAGES))
    assert one(envoi) is Etape.OUVERT
    read_at_once: list[Etape] = []

    class Meanwhile(GivenPages):
        """Reads its range while the other reads all the rest."""

        def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
            for n, given in enumerate(super().pages(path, numeros, entieres=entieres)):
                if n == 0:
                    read_at_once.extend(run(two, envoi))
                yield given

    slow = worker(site, Meanwhile(PAGES))
    assert slow(envoi) is Etape.A_CLORE
    assert read_at_once == [Etape.LU, Etape.LU, Etape.AUTRES]
    assert run(two, envoi) == [Etape.FINI]
    assert slow(envoi) is Etape.FINI
    assert site.result(envoi).sorts == undisturbed.sorts


def test_a_killed_worker_costs_a_few_pages_and_no_more_than_its_lease(
    site: TestSite, undisturbed: Result
) -> None:
    envoi = site.receive(*PAGES)
    worker(site)(envoi)

    class Killed(GivenPages):
        def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
            yield from super().pages(path, numeros[:2], entieres=entieres)
            raise SystemExit  # as good as dead: nothing is given back

    dead = worker(site, Killed(PAGES))
    with pytest.raises(SystemExit):
        dead(envoi)
    queries, others = WorkQueries(site.engine), worker(site)
    assert [r.tranche for r in queries.waiting(site.clock.now())] == [4, 7, 11]
    assert run(others, envoi)[-1] is Etape.AUTRES
    site.clock.moment += timedelta(seconds=21)
    assert [r.tranche for r in queries.waiting(site.clock.now())] == [1]
    assert run(others, envoi) == [Etape.A_CLORE, Etape.FINI]
    assert site.result(envoi).sorts == undisturbed.sorts


def test_a_worker_that_was_only_slow_undoes_nothing(site: TestSite, undisturbed: Result) -> None:
    """Its lease ended while it slept: what it has read since is thrown away."""
    envoi = site.receive(*PAGES)
    worker(site)(envoi)

    class Asleep(GivenPages):
        def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
            site.clock.moment += timedelta(minutes=1)
            assert run(worker(site), envoi)[-1] is Etape.FINI
            for n in numeros:
                yield page(n, "inconnu", "lu trop tard")

    assert worker(site, Asleep(PAGES))(envoi) is Etape.RENDU
    assert site.result(envoi).sorts == undisturbed.sorts
    assert all(p.sort is not None for p in site.queries.pages_of(envoi))
    with site.uow() as tx:
        assert "lu trop tard" not in "".join(p.texte.texte for p in tx.lectures.lire(envoi))


def test_told_to_stop_it_keeps_what_it_read_and_gives_back_the_rest_at_once(site: TestSite) -> None:
    envoi = site.receive(*PAGES)
    avancer = worker(site)
    avancer(envoi)
    site.lecteur.read.clear()
    assert avancer(envoi, arret=lambda: len(site.lecteur.read) == 2) is Etape.RENDU
    with site.uow() as tx:
        assert [p.numero for p in tx.lectures.lire(envoi)] == [1, 2]
    site.lecteur.read.clear()
    run(worker(site), envoi)
    assert 1 not in site.lecteur.read
    assert site.result(envoi).statut == "traitee_avec_incidents"


def test_interrupted_anywhere_it_gives_the_range_back(site: TestSite) -> None:
    envoi = site.receive(*PAGES)
    avancer = worker(site)
    avancer(envoi)

    def interrupted(done: int, total: int, stage: str) -> None:
        raise Interrompu

    assert avancer(envoi, interrupted) is Etape.RENDU
    site.clock.moment += timedelta(seconds=1)
    assert run(avancer, envoi)[-1] is Etape.FINI


def test_stopped_while_placing_it_goes_on_from_there(site: TestSite, undisturbed: Result) -> None:
    envoi = site.receive(*PAGES)
    avancer = worker(site)
    asked: list[int] = []

    def fourth() -> bool:
        asked.append(1)
        return len(asked) == 4

    steps = [avancer(envoi) for _ in range(5)]
    assert steps[-1] is Etape.A_CLORE
    assert avancer(envoi, arret=fourth) is Etape.RENDU
    assert 0 < len(site.result(envoi).pieces) < len(undisturbed.pieces)
    site.clock.moment += timedelta(seconds=1)
    assert avancer(envoi) is Etape.FINI
    assert site.result(envoi).sorts == undisturbed.sorts


class TestFailures:
    def test_a_store_that_does_not_answer_is_waited_for(self, site: TestSite, undisturbed: Result) -> None:
        envoi = site.receive(*PAGES)
        avancer, queries = worker(site), WorkQueries(site.engine)
        site.objects.down = True
        for count in range(1, ESSAIS + 3):
            assert avancer(envoi) is Etape.ECHEC
            (failure,) = queries.failures()
            assert (failure.code, failure.compte) == ("STOCKAGE_INDISPONIBLE", count)
            assert failure.pas_avant - failure.le == attente(count)
            assert queries.waiting(site.clock.now()) == []
            site.clock.moment = failure.pas_avant
            assert len(queries.waiting(site.clock.now())) == 1
        site.objects.down = False
        run(avancer, envoi)
        assert queries.failures() == []
        assert site.result(envoi).sorts == undisturbed.sorts

    def test_a_range_that_fails_is_left_to_the_step_that_closes(self, site: TestSite) -> None:
        class Faulty(GivenPages):
            def pages(
                self, path: Path, numeros: Sequence[int], *, entieres: bool = False
            ) -> Iterator[PageLue]:
                if 5 in numeros and len(numeros) < len(PAGES):
                    raise ZeroDivisionError
                return super().pages(path, numeros, entieres=entieres)

        envoi = site.receive(*PAGES)
        avancer, queries = worker(site, Faulty(PAGES)), WorkQueries(site.engine)
        steps: list[Etape] = []
        while Etape.A_CLORE not in steps and len(steps) < 20:
            steps.append(avancer(envoi))
            site.clock.moment += timedelta(minutes=1)
            with site.uow() as tx:
                if all(t.close for t in tx.tranches.de_envoi(envoi)):
                    break
        assert steps.count(Etape.ECHEC) == ESSAIS
        (failure,) = queries.failures()
        assert (failure.tranche, failure.code, failure.compte) == (4, "ZeroDivisionError", ESSAIS)
        assert [r.tranche for r in queries.waiting(site.clock.now())] == [0]
        # somebody mended it, and says so
        with site.uow() as tx:
            assert tx.echecs.relancer(envoi)
            tx.commit()
        assert queries.failures() == []
        assert [r.tranche for r in queries.waiting(site.clock.now())] == [4]
        assert run(worker(site, GivenPages(PAGES)), envoi) == [Etape.A_CLORE, Etape.FINI]

    def test_an_envoi_that_cannot_be_opened_for_a_fault_of_ours_is_put_aside(self, site: TestSite) -> None:
        class Unopened(GivenPages):
            def apercu(self, path: Path, canal: Canal) -> Apercu:
                raise ZeroDivisionError

        envoi = site.receive(*PAGES)
        avancer, queries = worker(site, Unopened(PAGES)), WorkQueries(site.engine)
        for _ in range(20):
            if not queries.waiting(site.clock.now()):
                break
            assert avancer(envoi) is Etape.ECHEC
            site.clock.moment += timedelta(minutes=6)
        assert site.result(envoi).statut == "quarantaine"
        (failure,) = queries.failures()
        assert (failure.tranche, failure.code, failure.epuise) == (0, "ZeroDivisionError", True)

    def test_what_fails_behind_the_others_is_no_failure_of_an_envoi_that_has_ended(
        self, site: TestSite
    ) -> None:
        """It slept through its lease: others read its range and closed; nobody could end such a failure."""

        class Behind(GivenPages):
            def pages(
                self, path: Path, numeros: Sequence[int], *, entieres: bool = False
            ) -> Iterator[PageLue]:
                site.clock.moment += timedelta(minutes=1)
                assert run(worker(site, GivenPages(PAGES)), envoi)[-1] is Etape.FINI
                raise ZeroDivisionError

        envoi, queries = site.receive(*PAGES), WorkQueries(site.engine)
        assert worker(site)(envoi) is Etape.OUVERT
        assert worker(site, Behind(PAGES))(envoi) is Etape.ECHEC
        with site.uow() as tx:
            assert tx.echecs.de_envoi(envoi) == []
            tx.echecs.noter(envoi, 1, "ZeroDivisionError", site.clock.now(), a_nous=True)  # at that moment
            tx.commit()
        assert (queries.failures(), queries.going_on(site.clock.now())) == ([], [])

    def test_a_store_that_is_away_ends_nothing_even_after_three_faults_of_ours(self, site: TestSite) -> None:
        """The program was mended, and the step that would have said so met an outage (R2)."""

        class Mended(GivenPages):
            broken = True

            def apercu(self, path: Path, canal: Canal) -> Apercu:
                if self.broken:
                    raise ZeroDivisionError
                return super().apercu(path, canal)

        envoi, lecteur = site.receive(*PAGES), Mended(PAGES)
        avancer = worker(site, lecteur)
        for _ in range(ESSAIS):
            assert avancer(envoi) is Etape.ECHEC
            site.clock.moment += timedelta(minutes=6)
        lecteur.broken, site.objects.down = False, True
        assert avancer(envoi) is Etape.ECHEC
        assert site.result(envoi).statut == "en_cours"
        site.objects.down = False
        site.clock.moment += timedelta(minutes=6)
        assert run(avancer, envoi) == [Etape.FINI]

    @pytest.mark.parametrize(
        ("where", "what", "pages"),
        [(SqlEnvois, "terminer", PAGES), (Traiter, "_refuse", [page(1, broken="abîmée")])],
    )
    def test_what_fails_in_the_last_words_is_noted_and_spaced_out_too(
        self,
        site: TestSite,
        where: type,
        what: str,
        pages: Sequence[PageLue],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Else the envoi is done again from its beginning at once, before all others, for ever."""

        def refused(*_: object) -> bool:
            raise ZeroDivisionError

        monkeypatch.setattr(where, what, refused)
        envoi, queries = site.receive(*pages), WorkQueries(site.engine)
        assert worker(site, taille=None)(envoi) is Etape.ECHEC
        (failure,) = queries.failures()
        assert (failure.tranche, failure.code, failure.a_nous) == (0, "ZeroDivisionError", 1)
        assert queries.waiting(site.clock.now()) == []

    def test_what_fails_in_this_process_is_told_to_whoever_asked(self, site: TestSite) -> None:
        envoi = site.receive(*PAGES)
        site.objects.down = True
        with pytest.raises(StockageIndisponible):
            Mener(worker(site, taille=None))(envoi)


def test_a_call_on_the_terminal_helps_the_workers_and_waits_for_the_end(
    site: TestSite, undisturbed: Result
) -> None:
    envoi = site.receive(*PAGES)
    avancer = worker(site)
    avancer(envoi)
    avancer(envoi)
    done = Mener(worker(site, GivenPages(PAGES), taille=None))(envoi)
    assert done.termine
    assert site.result(envoi).sorts == undisturbed.sorts


def test_what_somebody_waits_for_comes_first(site: TestSite) -> None:
    queries, avancer = WorkQueries(site.engine), worker(site)
    large = site.receive(*PAGES, name="gros.pdf")
    avancer(large)
    site.clock.moment += timedelta(seconds=1)
    counter = site.receive(piece(1, "bail", MARTIN), name="guichet.pdf", demande=N1)
    phone = site.receive(piece(1, "rib", MARTIN), name="photo.jpg", canal=Canal.DEMANDEUR)
    waiting = queries.waiting(site.clock.now())
    assert [r.envoi for r in waiting] == [phone, counter, *[large] * 4]
    assert [r.envoi for r in queries.waiting(site.clock.now(), only=(Canal.DEMANDEUR,))] == [phone]
