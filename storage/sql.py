"""Statements that several repositories share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from intake.errors import StockageIndisponible

# What passes: the database says it; or the connections of this process are all in use for half a minute, by
# statements that wait themselves (a web process has many more threads).
SILENCES = (DBAPIError, NoConnectionFree)


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    if connection.dialect.name != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # slow to load, and loaded with its engine

    return postgresql.insert(table)


def insert_once(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert, or leave what is there: what makes every step safe to run twice."""
    key = list(table.primary_key)
    statement = _insert(connection, table).values(row)
    statement = statement.on_conflict_do_nothing(index_elements=key).returning(*key)
    try:
        return connection.execute(statement).first() is not None
    except IntegrityError as e:
        raise StockageIndisponible(
            "La base de données a refusé une ligne incohérente : rien n'a été écrit."
        ) from e


def equal(table: sa.Table, key: dict[str, str]) -> Iterable[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.items()]
