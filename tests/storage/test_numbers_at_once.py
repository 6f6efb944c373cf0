"""A number leads to one demande, whoever registers at the same moment, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.domain.demande import Demande, Personne
from intake.errors import DemandeExistante, IntakeError, RegistreInvalide
from readings import N1, N2
from site_for_tests import MARTIN, TestSite
from storage.engines import create_engine, migrate
from storage.uow import SqlUnitOfWork

pytestmark = pytest.mark.slow  # each test opens a database of its own

SOMEBODY = Demande("999012400077775001", personnes=(Personne("D", "ROY", "Anne"),))
X = SOMEBODY.numero_unique


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def said(act: Callable[[], object]) -> str:
    try:
        act()
    except IntakeError as e:
        return e.code
    return "fait"


def at_once(acts: Sequence[Callable[[], object]]) -> list[str]:
    """What became of each, in their order."""
    ready, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(n: int) -> None:
        ready.wait()
        told[n] = said(acts[n])

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def while_open(site: TestSite, act: Callable[[], object]) -> str:
    """What becomes of `act`, begun while a transaction that registers SOMEBODY is not committed."""
    told: list[str] = []
    other = threading.Thread(target=lambda: told.append(said(act)))
    with site.uow() as tx:
        tx.registre.creer(SOMEBODY)
        other.start()
        other.join(0.5)
        tx.commit()
    other.join()
    return told[0]


def create(site: TestSite, demande: Demande) -> None:
    with site.uow() as tx:
        tx.registre.creer(demande)
        tx.commit()


def load(site: TestSite, *demandes: Demande) -> None:
    """As `flask demandes import` does."""
    site.inscrire(demandes)


def name(site: TestSite, numero: str, alias: str) -> None:
    """As the API does."""
    with site.uow() as tx:
        tx.registre.verrouiller(numero)
        now = tx.registre.chercher(numero)
        assert now is not None
        tx.registre.enregistrer(replace(now, alias=(*now.alias, alias)))
        tx.commit()


def leads_to(site: TestSite, numero: str) -> list[str]:
    own = sa.text(
        "SELECT numero_unique FROM demandes WHERE numero_unique = :n"
        " UNION ALL SELECT demande FROM alias WHERE numero = :n"
    )
    with site.engine.connect() as c:
        return list(c.scalars(own, {"n": numero}))


def test_a_number_being_registered_is_nobodys_alias(site: TestSite) -> None:
    assert while_open(site, partial(name, site, N1, X)) == "REGISTRE_INVALIDE"
    assert leads_to(site, X) == [X]


def test_a_number_being_registered_is_registered_once(site: TestSite) -> None:
    assert while_open(site, partial(create, site, SOMEBODY)) == "DEMANDE_EXISTANTE"


def test_an_import_waits_and_replaces_what_was_being_registered(site: TestSite) -> None:
    other = replace(SOMEBODY, personnes=(Personne("D", "PETIT", "Luc"),))
    assert while_open(site, partial(load, site, other)) == "fait"
    with site.uow() as tx:
        assert tx.registre.chercher(X) == other


def test_an_import_gives_no_alias_that_is_being_registered(site: TestSite) -> None:
    other = replace(SOMEBODY, numero_unique="999012400088875001", alias=(X,))
    assert while_open(site, partial(load, site, other)) == "REGISTRE_INVALIDE"
    assert leads_to(site, other.numero_unique) == []


@pytest.mark.parametrize("turn", range(4))
def test_many_register_and_name_one_number_and_one_has_it(site: TestSite, turn: int) -> None:
    """No deadlock either: each of those who lose is told why."""
    del turn
    acts: list[Callable[[], object]] = [
        partial(create, site, SOMEBODY),
        partial(name, site, N1, X),
        partial(name, site, N2, X),
    ]
    told = at_once(acts * 4)
    assert len(leads_to(site, X)) == 1
    assert set(told) <= {"fait", "REGISTRE_INVALIDE", "DEMANDE_EXISTANTE"}
    first = {i for i, what in enumerate(told) if what == "fait"}
    assert len({i % 3 for i in first}) == 1  # whose alias it is may be said again


def test_two_that_name_each_other_do_not_wait_for_each_other_for_ever(site: TestSite) -> None:
    told = at_once([partial(name, site, N1, N2), partial(name, site, N2, N1)] * 4)
    assert Counter(told) == {"REGISTRE_INVALIDE": 8}


def test_a_number_given_up_may_be_taken(site: TestSite) -> None:
    with site.uow() as tx:
        known = tx.registre.chercher(N1)
        assert known is not None
        tx.registre.enregistrer(replace(known, alias=(X, X)))  # said twice
        with pytest.raises(DemandeExistante, match="alias"):
            tx.registre.creer(SOMEBODY)
    with site.uow() as tx:
        tx.registre.enregistrer(replace(known, alias=(X,)))
        tx.registre.enregistrer(replace(known, alias=()))
        tx.registre.creer(SOMEBODY)
        tx.commit()
    assert leads_to(site, X) == [X]


def test_what_the_version_before_wrote_while_this_one_began_counts_too(site: TestSite) -> None:
    """The web service may go on under it for a moment (docs/deploy.md)."""
    with site.engine.begin() as c:
        c.execute(sa.text("DELETE FROM numeros"))
    with site.uow() as tx, pytest.raises(DemandeExistante):
        tx.registre.creer(Demande(MARTIN.alias[0]))
    with site.uow() as tx, pytest.raises(RegistreInvalide, match=N1):
        tx.registre.creer(replace(SOMEBODY, alias=(N1,)))


def test_a_demande_is_not_its_own_alias(site: TestSite) -> None:
    for write in ("creer", "enregistrer"):
        with site.uow() as tx, pytest.raises(RegistreInvalide, match="propre alias"):
            getattr(tx.registre, write)(replace(SOMEBODY, alias=(X,)))


def test_the_migration_leaves_each_number_to_one_demande(bare_database_url: str) -> None:
    """A register written before: a demande that is its own alias, and a number that led to two."""
    engine = create_engine(bare_database_url)
    migrate(engine, "0453")
    with engine.begin() as c:
        for numero in (N1, N2):
            written = "INSERT INTO demandes (numero_unique, statut) VALUES (:n, 'active')"
            c.execute(sa.text(written), {"n": numero})
        for numero in (N1, N2, X):
            c.execute(sa.text("INSERT INTO alias (numero, demande) VALUES (:n, :d)"), {"n": numero, "d": N1})
    migrate(engine)
    with SqlUnitOfWork(engine)() as tx:
        mended = tx.registre.chercher(N1)
        assert mended is not None
        assert mended.alias == (X,)
        tx.registre.enregistrer(replace(mended, telephone="0102"))  # it is not frozen any more
        with pytest.raises(RegistreInvalide):
            tx.registre.enregistrer(Demande("999012400088875001", alias=(X,)))
    engine.dispose()
