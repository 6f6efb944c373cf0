"""The migration of identity goes through a site that is at work: nobody is signed out, up or down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import storage
from intake.domain.acces import Compte, Jeton, Portee, Role
from storage.access import Session
from storage.engines import create_engine, migrate
from storage.uow import SqlUnitOfWork

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def engine(bare_database_url: str) -> Iterator[sa.Engine]:
    made = create_engine(bare_database_url)
    yield made
    made.dispose()


def counts(engine: sa.Engine) -> list[int | None]:
    with engine.connect() as c:
        tables = ("comptes", "sessions", "jetons")
        return [c.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) for name in tables]


def before(engine: sa.Engine) -> None:
    """Down to the revision below this one, wherever it stands in the chain."""
    config = Config()
    config.set_main_option("script_location", str(Path(str(storage.__file__)).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0301-1")


@pytest.mark.slow
def test_accounts_sessions_and_tokens_stay(engine: sa.Engine) -> None:
    migrate(engine)
    token = ("j", "L", "75001", Role.AGENT_GUICHET, frozenset({Portee.DEPOT}), "-", NOW, LATER, "d@b.invalid")
    account = ("c", "alice", "Alice", "a@b.invalid", Role.AGENT_GUICHET, "-", "-", NOW)
    with SqlUnitOfWork(engine)() as tx:
        tx.acces.comptes.ajouter(Compte(*account, sujet="i s"))
        tx.acces.jetons.ajouter(Jeton(*token, certificat="ab" * 32))
        tx.acces.sessions.ouvrir(Session("e" * 64, NOW, NOW, LATER, compte="c", oidc="scellé"))
        tx.acces.departs.ouvrir("a" * 64, "b" * 64, LATER)
        tx.commit()
    before(engine)
    assert "departs" not in sa.inspect(engine).get_table_names()
    assert counts(engine) == [1, 1, 1]
    migrate(engine)
    assert counts(engine) == [1, 1, 1]
    with SqlUnitOfWork(engine)() as tx:
        kept = tx.acces.comptes.lire("alice")
    assert kept is not None
    assert kept.sujet is None
