"""What was left unread of dense pages is read when nothing waits: found then, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.domain.acces import SYSTEME
from intake.domain.commands import Decouper, Geste, Reclasser
from intake.domain.envoi import Piece
from intake.domain.incident import EtatIncident
from intake.domain.lecture import PageLue
from intake.domain.motif import Canal, Motif
from intake.domain.travail import ESSAIS
from intake.use_cases.complete import Completer, Completion
from intake.use_cases.originals import Originaux
from readings import FAURE, MARTIN, N1, N2, SayingClassifier, page, piece
from site_for_tests import GivenPages, Result, TestSite
from storage.existence import Sensibles
from storage.search import Criteres
from storage.words import termes
from storage.work_queries import WorkQueries

pytestmark = pytest.mark.slow  # each test opens a database of its own

BY_ALICE = Geste("alice", "vu")
MIDDLE = "clauses du milieu : clairière et taillis"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def partial(read: PageLue) -> PageLue:
    return replace(read, texte=replace(read.texte, partielle=True))


def dense(n: int, kind: str = "bail", who: str = MARTIN) -> PageLue:
    return partial(piece(n, f"{kind} lecture=partielle", who))


def whole(read: PageLue, *middle: str, rotation: int = 0) -> PageLue:
    """The same page with what stands in its middle."""
    lines = [ligne.texte for ligne in read.texte.lignes]
    kind = lines[0].replace(" lecture=partielle", "")
    return page(read.numero, kind, *lines[1:-1], *(middle or (MIDDLE,)), lines[-1], rotation=rotation)


HEAD = page(1, "A", MARTIN, N1, code=N1)
PAGES = (HEAD, dense(2), piece(3, "rib", MARTIN), dense(4, "bulletin_salaire"))


def deposit(site: TestSite, *pages: PageLue) -> Result:
    done = site.deposit(*pages, canal=Canal.GUICHET)
    site.lecteur.read.clear()
    site.lecteur.whole = {p.numero: whole(p) for p in pages if p.texte.partielle}
    return done


_opened: list[Originaux] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def completer(site: TestSite) -> Completer:
    _opened.append(Originaux(site.objects))
    return Completer(site.uow, _opened[-1], site.lecteur, SayingClassifier(), site.clock, "essai")


def waiting(site: TestSite) -> list[str]:
    return WorkQueries(site.engine).to_complete(site.clock.now(), 10)


def run(site: TestSite, attendu: Callable[[], bool] = lambda: False) -> list[Completion]:
    """Every piece that waits, as a worker takes them."""
    step, done = completer(site), []
    while left := waiting(site):
        done.append(step(left[0], attendu))
        if done[-1] in (Completion.RENDUE, Completion.AUTRES):
            break
    return done


def find(site: TestSite, typed: str) -> list[str]:
    nothing = Sensibles(frozenset(), frozenset())
    with site.uow() as tx:
        found = tx.recherche.pieces(SYSTEME, nothing, Criteres(termes(typed)), apres=None, n=9)
    return [p.id for p in found]


def filing(p: Piece) -> Piece:
    """All of a piece but its text, and how it was read."""
    return replace(p, texte="", version=0, fields={k: v for k, v in p.fields.items() if k != "lecture"})


def test_the_rest_is_read_and_found_and_the_filing_stays(site: TestSite) -> None:
    before = deposit(site, *PAGES)
    assert find(site, "clairieres") == []
    assert waiting(site) == [before.pieces[0].id, before.pieces[2].id]
    sorts = site.queries.pages_of(before.pieces[0].envoi)
    assert run(site) == [Completion.FINIE] * 2
    after = site.result(before.pieces[0].envoi)
    assert find(site, "clairieres") == [before.pieces[0].id, before.pieces[2].id]
    assert [filing(p) for p in after.pieces] == [filing(p) for p in before.pieces]
    assert not any(p.lue_en_partie for p in after.pieces)
    assert (after.statut, after.incidents) == (before.statut, before.incidents)
    assert site.queries.pages_of(before.pieces[0].envoi) == sorts
    assert site.lecteur.read == [2, 4]
    with site.uow() as tx:
        assert not any(p.texte.partielle for p in tx.lectures.lire(before.pieces[0].envoi))


def test_a_second_time_there_is_nothing_to_do(site: TestSite) -> None:
    done = deposit(site, *PAGES)
    run(site)
    versions = [p.version for p in site.result(done.pieces[0].envoi).pieces]
    assert run(site) == []
    step = completer(site)
    assert step(done.pieces[0].id) is step(done.pieces[1].id) is step("inconnue") is Completion.AUTRES
    assert site.traiter(done.pieces[0].envoi).termine
    assert [p.version for p in site.result(done.pieces[0].envoi).pieces] == versions
    assert site.lecteur.read == [2, 4]


def test_an_envoi_that_is_not_at_its_end_is_left_alone(site: TestSite) -> None:
    envoi = site.receive(*PAGES, canal=Canal.GUICHET)
    assert waiting(site) == []
    site.traiter(envoi)
    assert len(waiting(site)) == 2


def test_what_somebody_waits_for_comes_first(site: TestSite) -> None:
    long = tuple(partial(piece(n, "+", MARTIN)) for n in range(3, 8))
    deposit(site, HEAD, dense(2), *long)
    assert run(site, lambda: True) == [Completion.RENDUE]
    assert site.lecteur.read == []
    came = iter([False, False, False, True])
    assert completer(site)(waiting(site)[0], lambda: next(came)) is Completion.SUITE
    assert site.lecteur.read == [2, 3]  # the page it was at, and no other
    assert len(find(site, "clairiere")) == 1
    assert run(site) == [Completion.FINIE]
    assert site.lecteur.read == [2, 3, 4, 5, 6, 7]


def test_a_long_piece_is_many_short_steps(site: TestSite) -> None:
    deposit(site, HEAD, dense(2), *(partial(piece(n, "+", MARTIN)) for n in range(3, 25)))
    assert run(site) == [Completion.SUITE, Completion.SUITE, Completion.FINIE]
    assert site.lecteur.read == list(range(2, 25))


def test_killed_while_reading_another_takes_it_after_its_lease(site: TestSite) -> None:
    done = deposit(site, *PAGES)
    now = site.clock.now()
    with site.uow() as tx:  # by a worker that died
        assert tx.completions.prendre(done.pieces[0].id, "mort", now, now + timedelta(seconds=20)) == 0
        tx.commit()
    assert waiting(site) == [done.pieces[2].id]
    assert completer(site)(done.pieces[0].id) is Completion.AUTRES
    site.clock.moment += timedelta(seconds=21)
    assert run(site) == [Completion.FINIE] * 2
    assert len(find(site, "taillis")) == 2


def test_interrupted_it_is_free_at_once_and_what_was_read_before_is_kept(site: TestSite) -> None:
    deposit(site, HEAD, dense(2), *(partial(piece(n, "+", MARTIN)) for n in range(3, 15)))
    site.lecteur.stop_after = 11  # in the second step
    with pytest.raises(KeyboardInterrupt):
        run(site)
    assert len(find(site, "taillis")) == 1
    site.lecteur.stop_after = None
    assert run(site) == [Completion.FINIE]
    assert site.lecteur.read == [*range(2, 13), *range(12, 15)]


class TestAnotherHousehold:
    """R14: nothing is filed elsewhere by itself, and nothing stays silent."""

    @pytest.mark.parametrize(
        ("middle", "motif"),
        [
            (f"Numéro unique {N2[:3]} {N2[3:7]} {N2[7:13]} {N2[13:]}", Motif.MAUVAISE_DEMANDE),
            ("bail", None),
            (f"Numéro unique {N1}", None),
            ("Numéro unique 999012400099999999", None),  # nobody's
            (FAURE, None),  # beside a name of the household, somebody else's is a landlord or a witness
        ],
    )
    def test_a_number_in_the_middle(self, site: TestSite, middle: str, motif: Motif | None) -> None:
        before = deposit(site, *PAGES)
        site.lecteur.whole[2] = whole(PAGES[1], middle)
        run(site)
        after = site.result(before.pieces[0].envoi)
        assert [filing(p) for p in after.pieces] == [filing(p) for p in before.pieces]
        new = [i for i in after.incidents if i.id not in {x.id for x in before.incidents}]
        assert [(i.motif, i.piece, i.etat) for i in new] == (
            [(motif, before.pieces[0].id, EtatIncident.OUVERTE)] if motif else []
        )
        assert after.statut == ("traitee_avec_incidents" if motif else before.statut)
        assert run(site) == []

    def test_the_name_of_its_holder(self, site: TestSite) -> None:
        """The head names the household only in passing; the middle says whose it is."""
        head = partial(piece(2, "bail lecture=partielle", "M. MARTIN"))
        before = deposit(site, HEAD, head)
        assert before.pieces[0].statut == "deposee"
        lines = [x.texte for x in head.texte.lignes]
        site.lecteur.whole[2] = page(2, "bail noms=FAURE,Nicole", *lines[1:], "Locataire : Mme FAURE Nicole")
        run(site)
        (incident,) = site.result(before.pieces[0].envoi).incidents
        assert (incident.motif, incident.piece) == (Motif.IDENTITE_INCOHERENTE, before.pieces[0].id)
        assert "FAURE" in incident.message
        assert site.result(before.pieces[0].envoi).pieces[0].statut == "deposee"
        # A person answers it as any other.
        site.suivre.rejeter(incident.id, "alice", "c'est sa mère")
        assert site.result(before.pieces[0].envoi).incidents[0].etat is EtatIncident.REJETEE

    def test_the_same_twice_is_told_once(self, site: TestSite) -> None:
        before = deposit(site, *PAGES)
        site.suivre.signaler(before.pieces[0].id, Motif.MAUVAISE_DEMANDE, "alice", "je crois")
        site.lecteur.whole[2] = whole(PAGES[1], f"Numéro unique {N2}")
        run(site)
        told = [i for i in site.result(before.pieces[0].envoi).incidents if i.piece == before.pieces[0].id]
        assert [i.auteur for i in told] == ["alice"]


class Meanwhile(GivenPages):
    """While the first page is read, somebody else does something."""

    act: Callable[[], object] | None = None

    def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
        if self.act is not None and entieres:
            act, self.act = self.act, None
            act()
        yield from super().pages(path, numeros, entieres=entieres)


def meanwhile(site: TestSite, act: Callable[[], object]) -> None:
    reader = Meanwhile(site.lecteur.given, site.lecteur.whole)
    reader.act = act
    site.lecteur = reader


def test_what_a_person_does_meanwhile_is_kept(site: TestSite) -> None:
    done = deposit(site, *PAGES)
    meanwhile(site, lambda: site.corriger(done.pieces[0].id, Reclasser("quittance_loyer"), BY_ALICE))
    assert run(site) == [Completion.SUITE, Completion.FINIE, Completion.FINIE]
    assert site.result(done.pieces[0].envoi).pieces[0].type == "quittance_loyer"
    assert len(find(site, "taillis")) == 2


def test_a_piece_cut_meanwhile_is_completed_in_its_parts(site: TestSite) -> None:
    done = deposit(site, HEAD, dense(2), partial(piece(3, "+ lecture=partielle", MARTIN)))
    (one,) = done.pieces
    meanwhile(site, lambda: site.recouper(one.id, Decouper((3,)), BY_ALICE))
    run(site)
    parts = site.result(one.envoi).pieces
    assert [p.pages for p in parts] == [(2,), (3,)]
    assert sorted(find(site, "clairiere")) == [p.id for p in parts]
    assert not any(p.lue_en_partie for p in parts)


def test_what_was_purged_meanwhile_does_not_come_back(site: TestSite) -> None:
    done = deposit(site, *PAGES)

    def purge() -> None:
        with site.uow() as tx:
            tx.purges.pieces([p.id for p in done.pieces])
            tx.commit()

    meanwhile(site, purge)
    assert run(site) == [Completion.AUTRES]
    assert find(site, "taillis") == find(site, "bail") == waiting(site) == []
    with site.uow() as tx:
        assert [p.numero for p in tx.lectures.lire(done.pieces[0].envoi)] == [1]


@pytest.mark.parametrize(
    "answer",
    [
        page(2, broken="La page 2 n'a pas pu être lue."),
        page(2, "bail", MIDDLE, *("mot " * 30,), rotation=90),  # its piece was cut the other way
        page(2, "bail"),  # less than was known
        page(2, blank=True),
    ],
    ids=["broken", "turned", "less", "blank"],
)
def test_a_page_that_gives_no_more_keeps_what_was_read_and_is_not_tried_for_ever(
    site: TestSite, answer: PageLue
) -> None:
    done = deposit(site, *PAGES)
    site.lecteur.whole[2] = answer
    assert run(site) == [Completion.FINIE] * 2
    kept = site.result(done.pieces[0].envoi).pieces[0]
    assert kept == done.pieces[0]
    assert find(site, "bail martin") == [kept.id]
    assert waiting(site) == []
    site.corriger(kept.id, Reclasser("quittance_loyer"), BY_ALICE)
    assert waiting(site) == []


def test_a_store_that_does_not_answer_is_tried_for_as_long_as_it_takes(site: TestSite) -> None:
    deposit(site, *PAGES)
    site.objects.down = True
    for _ in range(ESSAIS + 2):
        assert set(run(site)) == {Completion.ECHEC}
        assert waiting(site) == []  # put off
        site.clock.moment += timedelta(minutes=6)
    site.objects.down = False
    assert run(site) == [Completion.FINIE] * 2


def test_bytes_that_are_gone_are_given_up(site: TestSite) -> None:
    deposit(site, *PAGES)
    site.objects.objects.clear()
    seen = []
    for _ in range(ESSAIS):
        seen += run(site)
        site.clock.moment += timedelta(minutes=6)
    assert seen == [Completion.ECHEC] * 2 * (ESSAIS - 1) + [Completion.ABANDONNEE] * 2
    assert run(site) == []
