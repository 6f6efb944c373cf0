"""The log of accesses in the database: lines are added one after another, and never changed (R32, R34).

The database refuses an UPDATE or a DELETE by itself, with triggers on both databases (`journal_guards`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake.domain.journal import ORIGINE, Evenement, Ligne, ligne
from storage import tables as t

_LOCK_NUMBER = 0x10E6  # held from the first line of a transaction to its end: one writer at a time
_BATCH = 1_000


class SqlJournal:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ecrire(self, moment: datetime, evenements: Sequence[Evenement]) -> None:
        """Add lines, in the transaction of what they tell. Best called last: others wait for its end."""
        if not evenements:
            return
        self._alone()
        j = t.journal
        last = self._c.execute(
            sa.select(j.c.numero, j.c.empreinte).order_by(j.c.numero.desc()).limit(1)
        ).first()
        numero, head = (last.numero, last.empreinte) if last else (0, ORIGINE)
        for evenement in evenements:
            numero += 1
            line = ligne(evenement, numero, moment, head, secrets.token_hex(16))
            head = line.empreinte
            self._c.execute(sa.insert(j).values(_row(line)))

    def effacer(self, demande: str) -> tuple[int, ...]:
        """Blank every line that names a demande which is no longer in the register (R34); which.

        Call it just before the line that tells it: nobody else adds one in between.
        """
        self._alone()
        j = t.journal
        named = sa.select(j.c.numero).where(j.c.demande == demande).order_by(j.c.numero)
        numeros = tuple(self._c.scalars(named))
        if self._c.dialect.name == "postgresql":
            self._c.execute(sa.select(sa.func.journal_effacer(demande)))
        else:
            gone = {"demande": None, "contenu": None, "sel": None}
            self._c.execute(sa.update(j).where(j.c.demande == demande).values(gone))
        return numeros

    def _alone(self) -> None:
        # SQLite needs no lock of ours: its writing transaction is alone from its first word.
        if self._c.dialect.name == "postgresql":
            self._c.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBER})

    def lignes(self, depuis: int = 0, demande: str | None = None) -> Iterator[Ligne]:
        """In order, after line `depuis`, a batch at a time."""
        j = t.journal
        while True:
            query = sa.select(j).where(j.c.numero > depuis).order_by(j.c.numero).limit(_BATCH)
            if demande is not None:
                query = query.where(j.c.demande == demande)
            rows = self._c.execute(query).all()
            for row in rows:
                yield _line(row)
            if len(rows) < _BATCH:
                return
            depuis = rows[-1].numero


def _row(line: Ligne) -> dict[str, Any]:
    return {name: getattr(line, name) for name in Ligne.__slots__}


def _line(row: sa.Row[Any]) -> Ligne:
    return Ligne(**{name: getattr(row, name) for name in Ligne.__slots__})
