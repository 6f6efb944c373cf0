"""The log of accesses on SQLite and PostgreSQL: chained, append-only, blanked with a demande (R32, R34)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from intake.domain.acces import SYSTEME, Acteur, Role
from intake.domain.envoi import Envoi, Piece
from intake.domain.journal import Action, Evenement, Verification, effacement
from intake.domain.motif import Canal, StatutPiece
from intake.errors import IntakeError, ReglageInvalide
from intake.use_cases.journalise import Journalise, Temoin
from readings import N1, N2
from servers import PostgresServer
from site_for_tests import FAURE, MARTIN, StoppedClock
from storage import tables as t
from storage.engines import create_engine, migrate
from storage.journal_guards import grant_to
from storage.uow import SqlUnitOfWork

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AGENT = Acteur("agent:alice", "Alice Dupré", Role.AGENT_GUICHET, "75001")


@pytest.fixture
def uow(engine: sa.Engine) -> SqlUnitOfWork:
    made = SqlUnitOfWork(engine)
    with made() as tx:
        tx.registre.enregistrer(MARTIN)
        tx.registre.enregistrer(FAURE)
        tx.commit()
    return made


def seen(demande: str | None = N1, objet: str = "piece E1-0001") -> Evenement:
    return Evenement(AGENT, Action.CONSULTATION, objet, demande=demande, pourquoi="instruction é\x00\ud800")


def write(uow: SqlUnitOfWork, *events: Evenement) -> None:
    with uow() as tx:
        tx.journal.ecrire(NOW, events)
        tx.commit()


def faults(uow: SqlUnitOfWork, ancres: dict[int, str] | None = None) -> tuple[Verification, list[str]]:
    checking = Verification(ancres or {})
    with uow() as tx:
        return checking, [f"{f.genre} {f.numero}" for f in checking(tx.journal.lignes())]


def test_lines_follow_one_another_and_verify(uow: SqlUnitOfWork) -> None:
    write(uow, seen(), seen(N2), seen(None))
    write(uow, seen())
    checking, wrong = faults(uow)
    assert (checking.lignes, wrong) == (4, [])
    with uow() as tx:
        lines = list(tx.journal.lignes(demande=N1))
        assert [line.numero for line in lines] == [1, 4]
        assert "Alice" in (lines[0].contenu or "")
        assert [line.numero for line in tx.journal.lignes(depuis=2)] == [3, 4]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET action = 'export' WHERE numero = 1",
        "UPDATE journal SET contenu = '{}' WHERE numero = 1",
        "UPDATE journal SET demande = NULL, contenu = NULL, sel = NULL WHERE numero = 1",  # still registered
        "UPDATE journal SET numero = 9 WHERE numero = 2",
        "DELETE FROM journal WHERE numero = 2",
        "DELETE FROM journal",
        "INSERT INTO journal SELECT 9, moment, action, demande, contenu, sel, condense, empreinte, 'x' "
        "FROM journal WHERE numero = 2",
        "INSERT INTO journal SELECT 3, moment, action, demande, contenu, sel, condense, 'x', 'y' "
        "FROM journal WHERE numero = 2",
    ],
)
def test_the_database_itself_refuses_to_change_a_line(
    uow: SqlUnitOfWork, engine: sa.Engine, statement: str
) -> None:
    write(uow, seen(), seen(N2))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert faults(uow)[1] == []


def test_a_purged_demande_leaves_lines_that_name_nobody_and_still_verify(
    uow: SqlUnitOfWork, engine: sa.Engine
) -> None:
    write(uow, seen(), seen(N2), seen())
    with pytest.raises(IntakeError), uow() as tx:  # it is in the register: nothing goes
        tx.journal.effacer(N1)
    with uow() as tx:
        tx.journal._c.execute(sa.delete(t.demandes).where(t.demandes.c.numero_unique == N1))
        gone = tx.journal.effacer(N1)
        assert gone == (1, 3)
        purged = Evenement(SYSTEME, Action.PURGE, "demande radiée", details=effacement(gone))
        tx.journal.ecrire(NOW, [purged])
        tx.commit()
    checking, wrong = faults(uow)
    assert (checking.lignes, checking.effacees, wrong) == (4, 2, [])
    with engine.connect() as connection:
        everything = str(connection.execute(sa.select(t.journal)).all())
    assert N1 not in everything
    assert N2 in everything


def tamper(engine: sa.Engine, statement: str) -> None:
    """As somebody with the machine's own rights would: the guards are taken away first."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE journal DISABLE TRIGGER USER"))
        else:
            for (name,) in connection.execute(
                sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all():
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE journal SET contenu = replace(contenu, 'alice', 'bob') WHERE numero = 2", ["modifiee 2"]),
        ("UPDATE journal SET action = 'export' WHERE numero = 2", ["modifiee 2"]),
        (f"UPDATE journal SET demande = '{N2}' WHERE numero = 2", ["modifiee 2"]),
        ("UPDATE journal SET moment = '2020-01-01 00:00:00' WHERE numero = 3", ["modifiee 3"]),
        ("DELETE FROM journal WHERE numero = 2", ["trou 3", "chaine 3"]),
        ("DELETE FROM journal WHERE numero = 4", ["ancre 4"]),
        ("UPDATE journal SET contenu = NULL, sel = NULL WHERE numero = 2", ["modifiee 2", "effacee 2"]),
        ("UPDATE journal SET demande = NULL, contenu = NULL, sel = NULL WHERE numero = 2", ["effacee 2"]),
    ],
)
def test_a_gap_or_an_edit_shows(
    uow: SqlUnitOfWork, engine: sa.Engine, statement: str, found: list[str]
) -> None:
    write(uow, seen(), seen(), seen(), seen())
    anchor, _ = faults(uow)
    tamper(engine, statement)
    assert faults(uow, {anchor.dernier: anchor.tete})[1] == found


def test_a_purge_answers_for_no_line_but_those_it_blanked(uow: SqlUnitOfWork, engine: sa.Engine) -> None:
    """R34 takes the lines of a demande; it is no way to take another's (R32)."""
    write(uow, *[seen(N1), seen(N2)] * 3, seen(N1), seen(N1))  # of N1: 1, 3, 5, 7, 8
    with uow() as tx:
        tx.journal._c.execute(sa.delete(t.demandes).where(t.demandes.c.numero_unique == N1))
        told = effacement(tx.journal.effacer(N1))
        assert told == {"lignes": "1,3,5,7-8"}
        tx.journal.ecrire(NOW, [Evenement(SYSTEME, Action.PURGE, "demande radiée", details=told)])
        # Neither what comes later, nor what is no purge, can be answered for.
        early = Evenement(SYSTEME, Action.PURGE, "demande radiée", details=effacement(range(10, 99)))
        other = Evenement(SYSTEME, Action.EXPORT, "journal", details=effacement([2]))
        tx.journal.ecrire(NOW, [early, other, seen(N2)])
        tx.commit()
    assert faults(uow)[1] == []
    tamper(engine, f"UPDATE journal SET demande = NULL, contenu = NULL, sel = NULL WHERE demande = '{N2}'")
    checking, wrong = faults(uow)
    assert (checking.effacees, wrong) == (9, ["effacee 2", "effacee 4", "effacee 6", "effacee 12"])


@pytest.mark.parametrize("turn", range(2))
def test_many_writers_at_once_make_one_chain(uow: SqlUnitOfWork, turn: int) -> None:
    del turn
    ready = threading.Barrier(12)

    def add() -> None:
        ready.wait()
        for _ in range(5):
            write(uow, seen(), seen(N2))

    threads = [threading.Thread(target=add) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checking, wrong = faults(uow)
    assert (checking.lignes, wrong) == (120, [])


def test_a_line_is_there_exactly_when_what_it_tells_is(uow: SqlUnitOfWork) -> None:
    logged = Journalise(uow, StoppedClock(), seen())
    with logged() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="A"))
    assert faults(uow)[0].lignes == 0  # left without commit
    with logged() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="B"))
        tx.commit()
    with logged() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="C"))
        tx.commit()
    assert faults(uow)[0].lignes == 1


def test_each_piece_of_the_main_job_has_its_line_in_its_own_transaction(uow: SqlUnitOfWork) -> None:
    piece = Piece(
        *("E1-0001", "E1", 1, (1,), "bail", "LOG", StatutPiece.A_VERIFIER, 0.9, "ab" * 32, "ab/ab/x", NOW),
        demande=N1,
    )
    watched = Temoin(uow, StoppedClock())
    with watched() as tx:
        tx.envois.ajouter(Envoi("E1", "a.pdf", "ab" * 32, 1, Canal.GUICHET, NOW, "ab/ab/x"))
        assert tx.pieces.ajouter(piece)
        assert tx.pieces.lire(piece.id) == piece
        assert tx.pieces.ajouter(piece) is False
        tx.commit()
    with watched() as tx:
        tx.pieces.ajouter(replace(piece, id="E1-0002", rang=2))  # left without commit
    with watched() as tx:
        tx.pieces.effacer("E1")
        tx.commit()
    with uow() as tx:
        lines = [(line.action, line.demande) for line in tx.journal.lignes()]
    assert lines == [("creation", N1), ("suppression", None)]


@pytest.mark.real
def test_the_applications_role_cannot_touch_what_is_written(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    owner = create_engine(url)
    migrate(owner)
    role = f"application_{url.rsplit('_', 1)[1]}"
    with owner.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE {role} LOGIN"))
        grant_to(connection, role)
        grant_to(connection, role)
    ours = create_engine(url.replace("essai@", f"{role}@"))
    migrate(ours)  # nothing to do, and it says nothing
    with ours.begin() as connection, pytest.raises(ReglageInvalide):  # PostgreSQL would only warn
        grant_to(connection, role)
    with owner.connect() as connection, pytest.raises(ReglageInvalide):
        grant_to(connection, "inconnu")
    uow = SqlUnitOfWork(ours)
    with uow() as tx:
        tx.registre.enregistrer(MARTIN)
        tx.commit()
    write(uow, seen(), seen())
    for statement in (
        "UPDATE journal SET contenu = NULL, sel = NULL, demande = NULL",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DROP TABLE journal",
        "UPDATE alembic_version SET version_num = 'x'",
    ):
        with ours.connect() as connection, pytest.raises(DBAPIError) as refused:
            connection.execute(sa.text(statement))
        assert "denied" in str(refused.value) or "must be owner" in str(refused.value), statement
    for hidden, statement in (  # a table of its own, which would come before ours
        ("demandes (numero_unique text)", f"SELECT journal_effacer('{N1}')"),
        (
            "journal AS SELECT 8 AS numero, 'x' AS empreinte",
            "INSERT INTO public.journal SELECT 9, moment, action, demande, contenu, sel, condense, 'x', 'y' "
            "FROM public.journal LIMIT 1",
        ),
    ):
        with ours.connect() as connection:
            connection.execute(sa.text(f"CREATE TEMPORARY TABLE {hidden}"))
            connection.execute(sa.text("GRANT SELECT ON pg_temp." + hidden.split()[0] + " TO PUBLIC"))
            with pytest.raises(DBAPIError, match="ne se modifie pas"):
                connection.execute(sa.text(statement))
    with uow() as tx:
        tx.registre.verrouiller(N1)
        tx.journal._c.execute(sa.delete(t.demandes).where(t.demandes.c.numero_unique == N1))
        told = effacement(tx.journal.effacer(N1))
        assert told == {"lignes": "1-2"}
        tx.journal.ecrire(NOW, [Evenement(SYSTEME, Action.PURGE, "demande radiée", details=told)])
        tx.commit()
    checking, wrong = faults(uow)
    assert (checking.effacees, wrong) == (2, [])
    ours.dispose()
    owner.dispose()
