"""Deletes rows for good, and says which bytes no row needs any more (R34, R35)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from intake.domain.acte import GenrePurge
from intake.domain.motif import Motif
from storage import tables as t
from storage import tables_depots as td
from storage import tables_suivi as ts
from storage.search import fondre
from storage.sql import insert_once

_PURGED = "(demande purgée)"


class SqlObjets:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def verrouiller(self, cle: str) -> None:
        # SQLite needs none: its writing transaction is alone from its first word.
        if self._c.dialect.name == "postgresql":
            self._c.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(cle, 0))))

    def condamner(self, cles: Sequence[str]) -> None:
        for cle in sorted(set(cles)):
            insert_once(self._c, ts.effacements, {"objet": cle, "depuis": datetime.now(UTC)})

    def condamnes(self) -> list[str]:
        return list(self._c.scalars(sa.select(ts.effacements.c.objet).order_by(ts.effacements.c.objet)))

    def utile(self, cle: str) -> bool:
        owners = (t.envois, t.pieces, ts.actes, t.lots, td.photos)
        return any(self._c.scalar(sa.select(sa.exists().where(o.c.objet == cle))) for o in owners)

    def rayer(self, cle: str) -> None:
        self._c.execute(sa.delete(ts.effacements).where(ts.effacements.c.objet == cle))


class SqlPurges:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def pieces(self, identifiants: Sequence[str]) -> list[str]:
        p, a = t.pieces, ts.actes
        gone = list(identifiants)
        rows = self._c.execute(sa.select(p.c.envoi, p.c.pages, p.c.objet).where(p.c.id.in_(gone))).all()
        keys = [row.objet for row in rows]
        keys += self._c.scalars(sa.select(a.c.objet).where(a.c.piece.in_(gone), a.c.objet.is_not(None)))
        for link in (p.c.doublon_de, p.c.remplacee_par):
            self._c.execute(sa.update(p).where(link.in_(gone), p.c.id.not_in(gone)).values({link: None}))
            self._c.execute(sa.update(p).where(p.c.id.in_(gone)).values({link: None}))
        self._c.execute(sa.delete(p).where(p.c.id.in_(gone)))
        fondre(self._c)
        for envoi in sorted({row.envoi for row in rows}):
            self._forget_pages(envoi, {n for row in rows if row.envoi == envoi for n in row.pages})
        return keys

    def _forget_pages(self, envoi: str, numeros: set[int]) -> None:
        """Their text goes, and the incidents that named no other piece's pages."""
        p, i, pages = t.pieces, t.incidents, t.pages
        left = self._c.scalars(sa.select(p.c.pages).where(p.c.envoi == envoi))
        needed = {n for listed in left for n in listed}
        gone = numeros - needed
        self._c.execute(sa.delete(pages).where(pages.c.envoi == envoi, pages.c.numero.in_(gone)))
        whole = sa.select(i.c.id, i.c.pages).where(i.c.envoi == envoi, i.c.piece.is_(None))
        for row in self._c.execute(whole).all():
            if gone & set(row.pages) and not needed & set(row.pages):
                self._c.execute(sa.delete(i).where(i.c.id == row.id))

    def envoi(self, identifiant: str) -> list[str]:
        e, f = t.envois, td.photos
        photos = self._c.scalars(sa.delete(f).where(f.c.envoi == identifiant).returning(f.c.objet)).all()
        gone = sa.delete(e).where(e.c.id == identifiant).returning(e.c.objet)
        return [*self._c.scalars(gone), *photos, *self._emptied_lots(identifiant)]

    def _emptied_lots(self, envoi: str) -> list[str]:
        """The batch that an envoi came in has a copy of its bytes: it goes with the last of its envois."""
        x, e = t.lots, t.envois
        keys = []
        named = sa.cast(x.c.envois, sa.Text).contains(envoi)
        for row in self._c.execute(sa.select(x.c.id, x.c.envois).where(x.c.statut == "ouvert", named)).all():
            if not self._c.scalar(sa.select(sa.exists().where(e.c.id.in_(row.envois)))):
                keys += self._gone(row.id)
        return keys

    def lot(self, identifiant: str) -> list[str]:
        return self._gone(identifiant, lot_retenu())  # as it is now: a person may have restarted it

    def _gone(self, lot: str, *still: sa.ColumnElement[bool]) -> list[str]:
        x = t.lots
        return list(self._c.scalars(sa.delete(x).where(x.c.id == lot, *still).returning(x.c.objet)))

    def demande(self, numero: str, envois: Sequence[str]) -> None:
        alias = self._c.scalars(sa.select(t.alias.c.numero).where(t.alias.c.demande == numero)).all()
        i = t.idempotence
        f = td.photos
        names = (numero, *alias)
        self._forget_names(names, envois)
        for name in names:
            photos = self._c.scalars(sa.delete(f).where(f.c.demande == name).returning(f.c.objet)).all()
            SqlObjets(self._c).condamner(photos)
            self._c.execute(sa.delete(td.travaux).where(td.travaux.c.demande == name))
            self._c.execute(sa.delete(td.depots_directs).where(td.depots_directs.c.demande == name))
            self._c.execute(sa.delete(i).where(sa.cast(i.c.corps, sa.Text).contains(name)))
            for envoi in envois:
                self._forget_sheets(envoi, name)
        self._c.execute(sa.delete(t.demandes).where(t.demandes.c.numero_unique == numero))

    def _forget_names(self, names: Sequence[str], envois: Sequence[str]) -> None:
        """In what is told of others: a piece that was moved, an incident between two demandes.

        One pass a table, whatever the names. The pieces, by far the largest, only where the number can be:
        in envois that held its pages, or whose incidents or histories name it.
        """
        a, i, p = ts.actes, t.incidents, t.pieces
        in_incidents = _named(i, ("message", "trouve", "attendu", "auteur", "pris_par"), names)
        in_actes = _named(a, ("raison", "par", "avant", "apres"), names)
        touched = {*envois, *self._c.scalars(sa.select(i.c.envoi).where(in_incidents))}
        touched |= set(self._c.scalars(sa.select(p.c.envoi).join(a, a.c.piece == p.c.id).where(in_actes)))
        beside = sa.and_(p.c.envoi.in_(touched), _named(p, ("message", "choisi_par"), names))
        self._replace(p, ("message", "choisi_par"), names, beside)
        for row in self._c.execute(
            sa.select(a.c.piece, a.c.rang, a.c.avant, a.c.apres).where(in_actes)
        ).all():
            mine = sa.and_(a.c.piece == row.piece, a.c.rang == row.rang)
            values = {"avant": _without(row.avant, names), "apres": _without(row.apres, names)}
            self._c.execute(sa.update(a).where(mine).values(values))
        for table, columns in (
            (t.incidents, ("message", "trouve", "attendu", "auteur", "pris_par")),
            (ts.suites, ("commentaire", "par")),
            (ts.actes, ("raison", "par")),
            (ts.corrections, ("par",)),
            (t.envois, ("deposant", "fichier")),
            (t.lots, ("fichier", "message")),
            (td.depots_directs, ("fichier",)),
            (t.idempotence, ("acteur",)),
        ):
            self._replace(table, columns, names, _named(table, columns, names))
        self._forget_in_orders(names)
        e = t.envois
        self._c.execute(sa.update(e).where(e.c.declaree.in_(names)).values(declaree=None))

    def _forget_in_orders(self, names: Sequence[str]) -> None:
        """What an order says why: one put aside waits for a person for as long as it takes."""
        x = td.travaux
        found = sa.select(x.c.id, x.c.ordre, x.c.probleme).where(_named(x, ("ordre", "probleme"), names))
        for row in self._c.execute(found).all():
            told = json.dumps({"ordre": row.ordre, "probleme": row.probleme})
            for name in names:
                told = told.replace(name, _PURGED)
            self._c.execute(sa.update(x).where(x.c.id == row.id).values(json.loads(told)))

    def _replace(
        self, table: sa.Table, columns: Sequence[str], names: Sequence[str], where: sa.ColumnElement[bool]
    ) -> None:
        gone: dict[str, Any] = {c: table.c[c] for c in columns}
        for name in names:
            gone = {c: sa.func.replace(told, name, _PURGED) for c, told in gone.items()}
        self._c.execute(sa.update(table).where(where).values(gone))

    def _forget_sheets(self, envoi: str, name: str) -> None:
        """The readings of its sheets, in an envoi that other demandes still need."""
        p = t.pages
        readable = f"{name[:3]} {name[3:7]} {name[7:13]} {name[13:]}"
        told = sa.or_(p.c.lecture.contains(name), p.c.lecture.contains(readable))
        in_pieces = self._c.scalars(sa.select(t.pieces.c.pages).where(t.pieces.c.envoi == envoi))
        needed = {n for listed in in_pieces for n in listed}
        self._c.execute(sa.delete(p).where(p.c.envoi == envoi, told, p.c.numero.not_in(needed)))

    def compter(
        self, genre: GenrePurge, le: datetime, envoi: str | None, comptes: tuple[int, int, int, int]
    ) -> None:
        demandes, envois, pieces, pages = comptes
        self._c.execute(
            sa.insert(ts.purges).values(
                le=le,
                genre=genre.value,
                envoi=envoi,
                demandes=demandes,
                envois=envois,
                pieces=pieces,
                pages=pages,
            )
        )


def lot_retenu() -> sa.ColumnElement[bool]:
    """Held as a whole for what it is (R39); for a fault of ours no delay of its sender's runs (R2, R9)."""
    x = t.lots
    ours = sa.func.coalesce(x.c.code, "") == Motif.ERREUR_INTERNE.value
    return sa.and_(x.c.statut == "retenu", ~ours)


def _named(table: sa.Table, columns: Sequence[str], names: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.cast(table.c[c], sa.Text).contains(name) for c in columns for name in names))


def _without(told: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {k: _PURGED if v in names else v for k, v in told.items()}
