"""Database engines: SQLite set up for several processes, PostgreSQL, and the migration of an empty site."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from intake.errors import ReglageInvalide, StockageIndisponible

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_NUMBER = 0x5E17E  # one number for all processes of this program on one PostgreSQL database


def create_engine(url: str) -> sa.Engine:
    """An engine for `url`; nothing is opened yet. Raises ReglageInvalide for a URL of another kind."""
    try:
        parsed = sa.make_url(url)
    except SQLAlchemyError as e:
        raise ReglageInvalide("DATABASE_URL n'est pas une adresse de base de données.") from e
    if parsed.drivername in ("postgres", "postgresql"):  # as hosting providers write it
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.drivername == "postgresql+psycopg":
        return sa.create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    raise ReglageInvalide(f"DATABASE_URL : « {parsed.drivername} » n'est ni SQLite ni PostgreSQL.")


def _sqlite(url: sa.URL) -> sa.Engine:
    # A transaction may wait for another process's: better half a minute than « database is locked ».
    engine = sa.create_engine(url, connect_args={"timeout": 60, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=60000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # IMMEDIATE: a read turned into a write could otherwise meet another writer and fail at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the database to `revision`; several processes may call it at once."""
    if revision == "head" and _at_head(engine):
        return
    # Alembic is for the one command in a thousand that finds something to do: the others need not load it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    try:
        with _one_at_a_time(engine) as connection:
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            if revision == "head" or not revision.startswith("-"):
                command.upgrade(config, revision) if revision != "base" else command.downgrade(config, "base")
            else:
                command.downgrade(config, revision)
    except (SQLAlchemyError, CommandError) as e:
        raise StockageIndisponible("La base de données ne répond pas ou n'a pu être mise à jour.") from e


def newest() -> str:
    """The last revision: their files are numbered in their order."""
    return max(path.name.split("_")[0] for path in _MIGRATIONS.glob("versions/*_*.py"))


def _at_head(engine: sa.Engine) -> bool:
    try:
        with engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == newest())
    except SQLAlchemyError:
        return False  # no such table yet; or no database, which the migration will say


@contextmanager
def _one_at_a_time(engine: sa.Engine) -> Iterator[sa.Connection]:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBER})
            yield connection
        return
    path = engine.url.database
    if not path or path == ":memory:":
        with engine.begin() as connection:
            yield connection
        return
    try:
        opened = Path(path + ".lock").open("w")  # noqa: SIM115 - closed just below
    except OSError as e:
        raise ReglageInvalide(
            f"La base « {path} » ne peut pas être ouverte : dossier absent ou interdit."
        ) from e
    with opened as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.begin() as connection:
            yield connection
