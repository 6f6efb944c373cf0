"""The rows keep what they are given, on SQLite and on PostgreSQL; the database refuses nonsense by itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from databases import prepare
from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Sort, SortPage
from intake.domain.motif import StatutEnvoi, StatutPiece
from intake.errors import RegistreInvalide, ReglageInvalide, StockageIndisponible
from readings import N1, N2, page
from rows_for_tests import ENVOI, NOW, PIECE
from site_for_tests import FAURE, MARTIN
from storage import tables
from storage.engines import create_engine, migrate
from storage.queries import Queries
from storage.search import est_a_l_index
from storage.uow import SqlUnitOfWork
from storage.work_queries import WorkQueries


@pytest.fixture
def uow(engine: sa.Engine) -> SqlUnitOfWork:
    made = SqlUnitOfWork(engine)
    with made() as tx:
        tx.registre.enregistrer(MARTIN)
        tx.registre.enregistrer(FAURE)
        tx.envois.ajouter(ENVOI)
        tx.commit()
    return made


def test_the_migrations_make_what_the_tables_say(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        told = {"include_name": lambda name, kind, parents: not (name and est_a_l_index(name))}
        assert compare_metadata(MigrationContext.configure(connection, opts=told), tables.metadata) == []


def test_up_down_up_with_rows(uow: SqlUnitOfWork, engine: sa.Engine) -> None:
    migrate(engine, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(engine)
    migrate(engine)
    assert "pieces" in sa.inspect(engine).get_table_names()


def test_two_processes_may_migrate_at_once(engine: sa.Engine) -> None:
    migrate(engine, "base")
    others = [threading.Thread(target=migrate, args=(engine,)) for _ in range(4)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    assert "pieces" in sa.inspect(engine).get_table_names()


def test_a_demande_comes_back_by_number_and_alias(uow: SqlUnitOfWork) -> None:
    with uow() as tx:
        assert tx.registre.chercher(N1) == MARTIN
        assert tx.registre.chercher(MARTIN.alias[0]) == MARTIN
        assert tx.registre.chercher("999012400099999999") is None
        assert tx.registre.parmi([N2, MARTIN.alias[0], N1, "999012400099999999"]) == [MARTIN, FAURE]
        assert tx.registre.parmi([]) == []
        tx.registre.enregistrer(replace(MARTIN, personnes=MARTIN.personnes[:1], alias=()))
        assert tx.registre.chercher(MARTIN.alias[0]) is None
        tx.commit()


def test_a_number_never_leads_to_two_demandes(uow: SqlUnitOfWork) -> None:
    with uow() as tx, pytest.raises(RegistreInvalide):
        tx.registre.enregistrer(replace(FAURE, alias=(N1,)))
    with uow() as tx, pytest.raises(RegistreInvalide):
        tx.registre.enregistrer(Demande(MARTIN.alias[0], personnes=(Personne("D", "X", "Y"),)))


def test_what_is_not_committed_never_was(uow: SqlUnitOfWork) -> None:
    with uow() as tx:
        tx.pieces.ajouter(PIECE)
    with uow() as tx:
        assert tx.pieces.lire(PIECE.id) is None


def test_pieces_readings_and_results_come_back_whole(uow: SqlUnitOfWork) -> None:
    pages = [page(2, "bail", code=N1), page(1, blank=True), page(3, broken="abîmée")]
    with uow() as tx:
        assert tx.pieces.ajouter(PIECE)
        assert not tx.pieces.ajouter(PIECE)
        tx.lectures.ecrire("E1", pages)
        tx.lectures.ecrire("E1", pages[:1])
        tx.lectures.sorts("E1", [SortPage(2, Sort.PIECE, "début")])
        tx.commit()
    with uow() as tx:
        assert tx.pieces.de_demande(N1) == [replace(PIECE, texte="ab é")]
        assert tx.lectures.lire("E1") == sorted(pages, key=lambda p: p.numero)
        assert tx.envois.lire("E1") == ENVOI


def test_a_piece_changes_only_from_the_version_it_was_seen_in(uow: SqlUnitOfWork) -> None:
    gone = replace(PIECE, statut=StatutPiece.SUPPRIMEE, occupe=None)
    with uow() as tx:
        tx.pieces.ajouter(PIECE)
        assert not tx.pieces.changer(replace(gone, version=2))
        assert tx.pieces.changer(gone)
        assert not tx.pieces.changer(gone)
        kept = tx.pieces.lire(PIECE.id)
        assert kept is not None
        assert kept.version == 2


def test_the_database_refuses_a_filed_piece_without_demande_or_place(uow: SqlUnitOfWork) -> None:
    for wrong in (replace(PIECE, demande=None), replace(PIECE, occupe=None), replace(PIECE, confidence=1.5)):
        with uow() as tx, pytest.raises(StockageIndisponible):
            tx.pieces.ajouter(wrong)
    with uow() as tx, pytest.raises(StockageIndisponible):
        tx.pieces.ajouter(replace(PIECE, demande=N2.replace("999", "998")))


def test_an_envoi_is_claimed_by_one_until_its_lease_ends(uow: SqlUnitOfWork) -> None:
    lease = timedelta(seconds=45)
    with uow() as tx:
        assert tx.envois.reclamer("E1", "a", NOW, NOW + lease)
        assert not tx.envois.reclamer("E1", "b", NOW, NOW + lease)
        assert tx.envois.reclamer("E1", "a", NOW, NOW + lease)
        later = NOW + lease * 2
        assert tx.envois.reclamer("E1", "b", later, later + lease)
        assert not tx.envois.terminer(replace(ENVOI, statut=StatutEnvoi.TRAITEE), "a")
        assert tx.envois.terminer(replace(ENVOI, statut=StatutEnvoi.TRAITEE), "b")
        assert not tx.envois.reclamer("E1", "c", later + lease * 3, later + lease * 4)
        tx.commit()


@pytest.mark.parametrize("turn", range(5))
def test_fifty_at_once_on_a_category_with_one_place(uow: SqlUnitOfWork, turn: int) -> None:
    """R19: exactly one is filed, whatever the moment."""
    del turn
    taken: list[bool] = []
    ready = threading.Barrier(50)

    def take() -> None:
        ready.wait()
        with uow() as tx:
            got = tx.places.prendre(N1, "LOG", "", 1)
            tx.commit()
        taken.append(got)

    threads = [threading.Thread(target=take) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), sum(taken)) == (50, 1)
    with uow() as tx:
        assert tx.places.occupees(N1) == {("LOG", ""): 1}


def test_a_limit_lowered_below_what_is_filed_deletes_nothing(uow: SqlUnitOfWork) -> None:
    with uow() as tx:
        assert [tx.places.prendre(N1, "LOG", "", 3) for _ in range(4)] == [True, True, True, False]
        assert not tx.places.prendre(N1, "LOG", "", 1)
        tx.places.rendre(N1, "LOG", "")
        assert not tx.places.prendre(N1, "LOG", "", 1)
        assert tx.places.occupees(N1) == {("LOG", ""): 2}
        tx.commit()
    for _ in range(2):
        with uow() as tx:
            tx.places.rendre(N1, "LOG", "")
            tx.commit()
    with pytest.raises(StockageIndisponible), uow() as tx:
        tx.places.rendre(N1, "LOG", "")  # a count below zero is nonsense


def test_only_sqlite_and_postgresql() -> None:
    for url in ("mysql://x/y", "pas une adresse"):
        with pytest.raises(ReglageInvalide):
            create_engine(url)


def test_a_database_that_is_not_there_says_so() -> None:
    with pytest.raises(StockageIndisponible):
        migrate(create_engine("postgresql://personne@127.0.0.1:1/rien"))


def test_a_process_whose_connections_are_all_in_use_says_that_it_will_pass(tmp_path: Path) -> None:
    """It was « an error of ours » to whoever asked (500), and a failure of ours to what was being done."""
    prepare(f"sqlite:///{tmp_path}/essai.db")
    engine = sa.create_engine(
        f"sqlite:///{tmp_path}/essai.db", pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    with engine.connect():
        for ask in (
            SqlUnitOfWork(engine)().__enter__,
            lambda: Queries(engine).pages_of("E1"),
            WorkQueries(engine).failures,
        ):
            with pytest.raises(StockageIndisponible):
                ask()
    engine.dispose()
