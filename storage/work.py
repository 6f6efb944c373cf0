"""Ranges of pages, failures, texts to complete: rows claimed, prolonged, given back by conditional UPDATE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake.domain.travail import Echec, Tranche, attente
from storage import tables as t
from storage.sql import insert_once
from storage.tables_recherche import completions


class SqlTranches:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def decouper(self, tranches: Sequence[Tranche]) -> None:
        x = t.tranches
        for envoi in {tranche.envoi for tranche in tranches}:
            if self._c.scalar(sa.select(sa.func.count()).where(x.c.envoi == envoi)):
                return
        for tranche in tranches:
            row = {"envoi": tranche.envoi, "premiere": tranche.premiere, "derniere": tranche.derniere}
            insert_once(self._c, x, {**row, "abandonnee": False})

    def de_envoi(self, envoi: str) -> list[Tranche]:
        x = t.tranches
        found = self._c.execute(sa.select(x).where(x.c.envoi == envoi).order_by(x.c.premiere))
        return [_tranche(row) for row in found]

    def prendre(
        self, envoi: str, jeton: str, maintenant: datetime, jusqu_a: datetime
    ) -> tuple[Tranche, bool] | None:
        x = t.tranches
        free = tranche_libre(maintenant)
        waiting = sa.select(x).where(x.c.envoi == envoi, free).order_by(x.c.premiere)
        found = self._c.execute(waiting).all()
        for rank, row in enumerate(found, 1):
            done = self._c.execute(
                sa.update(x)
                .where(x.c.envoi == envoi, x.c.premiere == row.premiere, free)
                .values(
                    reclame_par=jeton,
                    reclame_jusqu_a=jusqu_a,
                    prise_le=sa.func.coalesce(x.c.prise_le, maintenant),
                )
            )
            if done.rowcount == 1:
                return replace(_tranche(row), manquantes=self._unread(row)), rank < len(found)
        return None

    def _unread(self, row: sa.Row[Any]) -> tuple[int, ...]:
        p = t.pages
        inside = p.c.numero.between(row.premiere, row.derniere)
        read = set(self._c.scalars(sa.select(p.c.numero).where(p.c.envoi == row.envoi, inside)))
        return tuple(n for n in range(row.premiere, row.derniere + 1) if n not in read)

    def prolonger(self, tranche: Tranche, jeton: str, jusqu_a: datetime) -> bool:
        return self._change(tranche, jeton, reclame_jusqu_a=jusqu_a)

    def rendre(self, tranche: Tranche, jeton: str, maintenant: datetime) -> bool:
        read = {"faite_le": maintenant, "lue_par": jeton} if tranche.faite else {}
        return self._change(
            tranche, jeton, reclame_par=None, reclame_jusqu_a=None, abandonnee=tranche.abandonnee, **read
        )

    def _change(self, tranche: Tranche, jeton: str, **values: Any) -> bool:
        x = t.tranches
        mine = sa.and_(x.c.envoi == tranche.envoi, x.c.premiere == tranche.premiere, x.c.reclame_par == jeton)
        return bool(self._c.execute(sa.update(x).where(mine).values(**values)).rowcount == 1)


class SqlEchecs:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def noter(self, envoi: str, tranche: int, code: str, maintenant: datetime, *, a_nous: bool) -> Echec:
        x = t.echecs
        key = {"envoi": envoi, "tranche": tranche}
        last = {"code": code, "le": maintenant, "pas_avant": maintenant + attente(1)}
        if not insert_once(self._c, x, {**key, **last, "compte": 1, "a_nous": int(a_nous)}):
            mine = sa.and_(x.c.envoi == envoi, x.c.tranche == tranche)
            more = {"compte": x.c.compte + 1, "a_nous": x.c.a_nous + int(a_nous)}
            self._c.execute(sa.update(x).where(mine).values(**last, **more))
            count = self._c.scalar(sa.select(x.c.compte).where(mine)) or 1
            self._c.execute(sa.update(x).where(mine).values(pas_avant=maintenant + attente(count)))
        row = self._c.execute(sa.select(x).where(x.c.envoi == envoi, x.c.tranche == tranche)).one()
        return echec_of(row)

    def de_envoi(self, envoi: str) -> list[Echec]:
        x = t.echecs
        found = self._c.execute(sa.select(x).where(x.c.envoi == envoi).order_by(x.c.tranche))
        return [echec_of(row) for row in found]

    def oublier(self, envoi: str, tranche: int | None = None) -> None:
        x = t.echecs
        which = x.c.tranche == tranche if tranche is not None else sa.true()
        self._c.execute(sa.delete(x).where(x.c.envoi == envoi, which))

    def relancer(self, envoi: str) -> bool:
        x, r = t.echecs, t.tranches
        done = self._c.execute(sa.delete(x).where(x.c.envoi == envoi))
        self._c.execute(sa.update(r).where(r.c.envoi == envoi).values(abandonnee=False))
        return bool(done.rowcount)


def echec_of(row: sa.Row[Any]) -> Echec:
    return Echec(row.envoi, row.tranche, row.code, row.compte, row.le, row.pas_avant, row.a_nous)


class SqlCompletions:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def prendre(self, piece: str, jeton: str, maintenant: datetime, jusqu_a: datetime) -> int | None:
        x = completions
        free = sa.or_(x.c.reclame_par == jeton, completion_libre(maintenant))
        done = self._c.execute(
            sa.update(x)
            .where(x.c.piece == piece, free)
            .values(reclame_par=jeton, reclame_jusqu_a=jusqu_a)
            .returning(x.c.apres)
        )
        return done.scalar()

    def avancer(self, piece: str, jeton: str, apres: int) -> bool:
        return self._change(piece, jeton, apres=apres, essais=0)

    def rendre(self, piece: str, jeton: str, plus_tard: Callable[[int], datetime] | None) -> int:
        x = completions
        before = self._c.scalar(sa.select(x.c.essais).where(x.c.piece == piece, x.c.reclame_par == jeton))
        if before is None:
            return 0
        if plus_tard is None:
            self._change(piece, jeton, reclame_par=None, reclame_jusqu_a=None)
            return int(before)
        put_off = {"essais": before + 1, "pas_avant": plus_tard(before + 1)}
        self._change(piece, jeton, reclame_jusqu_a=None, **put_off)
        return int(before) + 1

    def finir(self, piece: str, jeton: str) -> None:
        x = completions
        self._c.execute(sa.delete(x).where(x.c.piece == piece, x.c.reclame_par == jeton))

    def reste(self, envoi: str) -> bool:
        x, p = completions, t.pieces
        waiting = sa.select(x.c.piece).join(p, x.c.piece == p.c.id).where(p.c.envoi == envoi)
        return self._c.execute(waiting.limit(1)).first() is not None

    def _change(self, piece: str, jeton: str, **values: Any) -> bool:
        x = completions
        mine = sa.and_(x.c.piece == piece, x.c.reclame_par == jeton)
        return bool(self._c.execute(sa.update(x).where(mine).values(**values)).rowcount == 1)


def completion_libre(maintenant: datetime) -> sa.ColumnElement[bool]:
    """Nobody holds it, and it is not put off after a failure."""
    x = completions
    free = sa.or_(x.c.reclame_jusqu_a.is_(None), x.c.reclame_jusqu_a < maintenant)
    return sa.and_(free, sa.or_(x.c.pas_avant.is_(None), x.c.pas_avant <= maintenant))


def tranche_libre(maintenant: datetime) -> sa.ColumnElement[bool]:
    """Neither done nor given up nor held, and not put off after a failure."""
    x = t.tranches
    held = sa.and_(x.c.reclame_jusqu_a.is_not(None), x.c.reclame_jusqu_a >= maintenant)
    return sa.and_(
        x.c.faite_le.is_(None),
        x.c.abandonnee.is_(False),
        ~held,
        ~differe(x.c.envoi, x.c.premiere, maintenant),
    )


def tranches_ouvertes(envoi: sa.ColumnElement[str] | str) -> sa.ColumnElement[bool]:
    x = t.tranches
    return sa.exists().where(x.c.envoi == envoi, x.c.faite_le.is_(None), x.c.abandonnee.is_(False))


def differe(
    envoi: sa.ColumnElement[str], tranche: sa.ColumnElement[int], maintenant: datetime
) -> sa.ColumnElement[bool]:
    e = t.echecs
    return sa.exists().where(e.c.envoi == envoi, e.c.tranche == tranche, e.c.pas_avant > maintenant)


def _tranche(row: sa.Row[Any]) -> Tranche:
    return Tranche(row.envoi, row.premiere, row.derniere, row.faite_le is not None, row.abandonnee)
