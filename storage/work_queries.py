"""What is left to do, asked of the database: what the queue is filled with, and what people look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake.domain.motif import Canal, Motif, StatutEnvoi
from intake.domain.travail import Echec
from intake.errors import StockageIndisponible
from storage import tables as t
from storage import tables_depots as td
from storage.depots import travail_libre, travail_rate
from storage.sql import SILENCES
from storage.tables_recherche import completions
from storage.work import completion_libre, differe, echec_of, tranche_libre, tranches_ouvertes

_OPEN = (StatutEnvoi.RECUE.value, StatutEnvoi.EN_COURS.value)


@dataclass(frozen=True, slots=True)
class Reste:
    """A step that nobody is at: a range of pages (`tranche`, its first page), or the envoi itself (0)."""

    envoi: str
    canal: Canal
    tranche: int
    decoupe: bool  # it is read in ranges


@dataclass(frozen=True, slots=True)
class EnCours:
    """An envoi that has not ended, or was put aside by our fault: how many ranges, and who is at which."""

    envoi: str
    canal: Canal
    recu_le: datetime
    tranches: int
    faites: int
    par: tuple[str, ...]
    mis_de_cote: bool = False


class _Essaye:
    """What is tried again, and put aside when it failed too often."""

    __slots__ = ()
    essais: int
    pris: bool
    mis_de_cote: bool

    @property
    def rate(self) -> bool:
        """Whether it failed, not counting the try that is being made."""
        return self.mis_de_cote or self.essais > self.pris


@dataclass(frozen=True, slots=True)
class LotEnCours(_Essaye):
    """A batch in a ZIP that is not open yet, or that our fault keeps from being (`mis_de_cote`)."""

    lot: str
    recu_le: datetime
    essais: int  # failed by our fault; the one that is being made counts too
    pris: bool
    mis_de_cote: bool


@dataclass(frozen=True, slots=True)
class TravailEnCours(_Essaye):
    """What an order left to be done, or failed by our fault (`mis_de_cote`)."""

    travail: str
    genre: str
    envoi: str | None
    demande: str | None
    cree_le: datetime
    essais: int
    pris: bool
    mis_de_cote: bool


@dataclass(frozen=True, slots=True)
class Mesures:
    """Over the last minutes. `etapes`: mean seconds by stage of the large envois that ended meanwhile."""

    pages: int
    etapes: dict[str, float]


class WorkQueries:
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SILENCES as e:
            raise StockageIndisponible("La base de données ne répond pas.") from e

    def waiting(
        self,
        now: datetime,
        *,
        only: tuple[Canal, ...] = tuple(Canal),
        envoi: str | None = None,
        decoupes: bool = True,
        tranches: bool | None = None,
        limite: int | None = None,
    ) -> list[Reste]:
        """Every step that could begin now: a demandeur's first, then a guichet's, then the longest waiting.

        A range waits since the last one of its envoi was taken: envois that are read in ranges take turns,
        and a small one is not behind all of a large one.

        At most `limite`; of one `envoi` alone; without those of files read in ranges unless `decoupes`;
        `tranches`: ranges of pages alone, or what is none.
        """
        both = _steps(now, only, envoi)
        urgency = sa.case((both.c.canal == "demandeur", 0), (both.c.canal == "guichet", 1), else_=2)
        order = (urgency, both.c.depuis, both.c.id, both.c.tranche)
        found = sa.select(both).order_by(*order).limit(limite)
        if tranches is not None:
            found = found.where((both.c.tranche > 0) == sa.literal(tranches))
        with self._connected() as c:
            return [
                Reste(row.id, Canal(row.canal), row.tranche, bool(row.decoupe))
                for row in c.execute(found if decoupes else found.where(~both.c.decoupe))
            ]

    def anything_waiting(self, now: datetime) -> bool:
        """Whether there is such a step."""
        return bool(self.waiting(now, limite=1))

    def waiting_counts(self, now: datetime) -> dict[tuple[Canal, bool, bool], int]:
        """How many steps could begin now, by canal, whether of a file read in ranges, whether one."""
        both = _steps(now, tuple(Canal), None)
        a_range = both.c.tranche > 0
        keys = (both.c.canal, both.c.decoupe, a_range)
        with self._connected() as c:
            rows = c.execute(sa.select(*keys, sa.func.count()).group_by(*keys))
            return {(Canal(canal), bool(cut), bool(part)): count for canal, cut, part, count in rows}

    def lots_waiting(self, now: datetime) -> bool:
        """Whether a batch in a ZIP is to be opened."""
        x = t.lots
        free = sa.or_(x.c.reclame_jusqu_a.is_(None), x.c.reclame_jusqu_a < now)
        with self._connected() as c:
            return c.execute(sa.select(x.c.id).where(x.c.statut == "recu", free).limit(1)).first() is not None

    def to_complete(self, now: datetime, most: int) -> list[str]:
        """Pieces, of envois that have ended, of which a part is still to be read; the oldest first."""
        x, p, e = completions, t.pieces, t.envois
        joined = x.join(p, x.c.piece == p.c.id).join(e, p.c.envoi == e.c.id)
        query = sa.select(x.c.piece).select_from(joined).where(completion_libre(now), ~e.c.statut.in_(_OPEN))
        with self._connected() as c:
            return list(c.scalars(query.order_by(e.c.recu_le, p.c.envoi, p.c.rang).limit(most)))

    def incomplete(self) -> int:
        """How many pieces have a part that is still to be read."""
        with self._connected() as c:
            return c.scalar(sa.select(sa.func.count()).select_from(completions)) or 0

    def travaux_waiting(self, now: datetime) -> list[str]:
        """What orders left to the workers and nobody is at, the oldest first."""
        x = td.travaux
        with self._connected() as c:
            return list(c.scalars(sa.select(x.c.id).where(travail_libre(now)).order_by(x.c.cree_le, x.c.id)))

    def pages_read(self, envoi: str) -> int:
        with self._connected() as c:
            return c.scalar(sa.select(sa.func.count()).where(t.pages.c.envoi == envoi)) or 0

    def failures(self) -> list[Echec]:
        """Of envois that have not ended, or were put aside for them; the oldest first."""
        x, e = t.echecs, t.envois
        seen = sa.select(x).join(e, x.c.envoi == e.c.id).where(sa.or_(e.c.statut.in_(_OPEN), _aside()))
        with self._connected() as c:
            return [echec_of(row) for row in c.execute(seen.order_by(x.c.le, x.c.envoi, x.c.tranche))]

    def put_aside(self) -> frozenset[str]:
        """Envois that our failures ended: few, however many others wait."""
        e = t.envois
        failed = sa.select(e.c.id).where(
            e.c.id.in_(sa.select(t.echecs.c.envoi)), e.c.statut.not_in(_OPEN), _aside()
        )
        with self._connected() as c:
            return frozenset(c.scalars(failed))

    def going_on(self, now: datetime) -> list[EnCours]:
        e, x = t.envois, t.tranches
        failed = sa.and_(e.c.id.in_(sa.select(t.echecs.c.envoi)), _aside())
        open_ = sa.select(e).where(sa.or_(e.c.statut.in_(_OPEN), failed)).order_by(e.c.recu_le)
        found = []
        with self._connected() as c:
            for row in c.execute(open_).all():
                ranges = c.execute(sa.select(x).where(x.c.envoi == row.id)).all()
                holders = {r.reclame_par for r in (row, *ranges) if _held(r, now)}
                done = sum(r.faite_le is not None for r in ranges)
                canal = Canal(row.canal)
                aside = row.statut not in _OPEN
                who = tuple(sorted(holders))
                found.append(EnCours(row.id, canal, row.recu_le, len(ranges), done, who, aside))
        return found

    def lots_going_on(self, now: datetime) -> list[LotEnCours]:
        x = t.lots
        ours = sa.and_(x.c.statut == "retenu", x.c.code == Motif.ERREUR_INTERNE.value)
        query = sa.select(x).where(sa.or_(x.c.statut == "recu", ours)).order_by(x.c.recu_le, x.c.id)
        with self._connected() as c:
            return [
                LotEnCours(r.id, r.recu_le, r.essais, _held(r, now), r.statut != "recu")
                for r in c.execute(query)
            ]

    def travaux_going_on(self, now: datetime) -> list[TravailEnCours]:
        x = td.travaux
        query = sa.select(x).where(sa.or_(x.c.etat == "attendu", travail_rate()))
        with self._connected() as c:
            return [
                TravailEnCours(
                    r.id,
                    r.genre,
                    r.envoi,
                    r.demande,
                    r.cree_le,
                    r.essais,
                    _held(r, now),
                    r.etat != "attendu",
                )
                for r in c.execute(query.order_by(x.c.cree_le, x.c.id))
            ]

    def oldest_by_canal(self) -> dict[str, datetime]:
        """When the oldest envoi of each canal that has not ended was received."""
        e = t.envois
        query = sa.select(e.c.canal, sa.func.min(e.c.recu_le)).where(e.c.statut.in_(_OPEN))
        with self._connected() as c:
            return {row[0]: row[1] for row in c.execute(query.group_by(e.c.canal))}

    def measures(self, now: datetime, over: timedelta) -> Mesures:
        e, x = t.envois, t.tranches
        since = now - over
        with self._connected() as c:
            ranges = c.execute(sa.select(x).where(x.c.faite_le >= since)).all()
            ended = c.execute(sa.select(e).where(e.c.traite_le >= since)).all()
            cut = {
                row.envoi: (row.first, row.last)
                for row in c.execute(
                    sa.select(
                        x.c.envoi,
                        sa.func.min(x.c.prise_le).label("first"),
                        sa.func.max(x.c.faite_le).label("last"),
                    )
                    .where(x.c.envoi.in_([r.id for r in ended]))
                    .group_by(x.c.envoi)
                )
            }
        pages = sum(r.derniere - r.premiere + 1 for r in ranges) + sum(
            r.pages for r in ended if r.id not in cut
        )
        stages: dict[str, list[float]] = {}
        for r in ended:
            first, last = cut.get(r.id, (None, None))
            if first is not None and last is not None:
                stages.setdefault("attente", []).append((first - r.recu_le).total_seconds())
                stages.setdefault("lecture", []).append((last - first).total_seconds())
                stages.setdefault("classement", []).append((r.traite_le - last).total_seconds())
            else:
                stages.setdefault("entier", []).append((r.traite_le - r.recu_le).total_seconds())
        return Mesures(pages, {name: sum(seen) / len(seen) for name, seen in stages.items()})


def _aside() -> sa.ColumnElement[bool]:
    """Put aside by our fault; a failure written while others ended the envoi is none of it."""
    return sa.cast(t.envois.c.refus, sa.Text).contains(Motif.ERREUR_INTERNE.value)


def _steps(now: datetime, only: tuple[Canal, ...], envoi: str | None) -> sa.Subquery:
    e, x = t.envois, t.tranches
    free = sa.or_(e.c.reclame_jusqu_a.is_(None), e.c.reclame_jusqu_a < now)
    of = sa.and_(
        e.c.statut.in_(_OPEN),
        e.c.canal.in_([c.value for c in only]),
        e.c.id == envoi if envoi is not None else sa.true(),
    )
    cut = sa.exists().where(x.c.envoi == e.c.id)
    no_range = sa.literal(0).label("tranche")
    whole = sa.select(e.c.id, e.c.canal, e.c.recu_le.label("depuis"), no_range, cut.label("decoupe")).where(
        of, free, ~tranches_ouvertes(e.c.id), ~differe(e.c.id, sa.literal(0), now)
    )
    other = x.alias()
    last = sa.select(sa.func.max(other.c.prise_le)).where(other.c.envoi == e.c.id).scalar_subquery()
    ranges = (
        sa.select(e.c.id, e.c.canal, sa.func.coalesce(last, e.c.recu_le), x.c.premiere, sa.true())
        .select_from(x.join(e, x.c.envoi == e.c.id))
        .where(of, tranche_libre(now))
    )
    return sa.union_all(whole, ranges).subquery()


def _held(row: sa.Row[Any], now: datetime) -> bool:
    return row.reclame_par is not None and row.reclame_jusqu_a is not None and row.reclame_jusqu_a >= now
