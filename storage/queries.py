"""Read-only questions for screens and checks; they answer with plain values, never with rows to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from intake.domain.motif import StatutPiece
from intake.errors import StockageIndisponible
from storage import tables as t
from storage import tables_depots as td
from storage import tables_suivi as ts
from storage.sql import SILENCES


@dataclass(frozen=True, slots=True)
class PageClassee:
    page: int
    sort: str | None
    raison: str | None


@contextmanager
def connected(engine: sa.Engine) -> Iterator[sa.Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except SILENCES as e:
        raise StockageIndisponible("La base de données ne répond pas.") from e


class Queries:
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def pages_of(self, envoi: str) -> list[PageClassee]:
        p = t.pages
        with connected(self._engine) as c:
            rows = c.execute(
                sa.select(p.c.numero, p.c.sort, p.c.raison).where(p.c.envoi == envoi).order_by(p.c.numero)
            )
            return [PageClassee(*row) for row in rows]

    def demandes_with_held_pieces(self) -> list[str]:
        p = t.pieces
        held = sa.select(p.c.demande).where(p.c.statut == StatutPiece.EN_ATTENTE.value).distinct()
        with connected(self._engine) as c:
            return [numero for numero in c.scalars(held) if numero is not None]

    def counts(self) -> dict[str, dict[str, int]]:
        """Envois, pieces and incidents, each by its state."""
        found: dict[str, dict[str, int]] = {}
        with connected(self._engine) as c:
            for name, column in (
                ("envois", t.envois.c.statut),
                ("pieces", t.pieces.c.statut),
                ("incidents", t.incidents.c.etat),
            ):
                rows = c.execute(sa.select(column, sa.func.count()).group_by(column))
                found[name] = {row[0]: row[1] for row in rows}
        return found

    def referenced_objects(self) -> Iterator[tuple[str, str]]:
        """(key, what refers to it) for every row that needs bytes."""
        statements = (
            sa.select(t.envois.c.objet, sa.literal("envoi ") + t.envois.c.id),
            sa.select(t.pieces.c.objet, sa.literal("piece ") + t.pieces.c.id),
            sa.select(t.lots.c.objet, sa.literal("lot ") + t.lots.c.id),
            sa.select(td.photos.c.objet, sa.literal("photo ") + td.photos.c.id),
            sa.select(ts.actes.c.objet, sa.literal("histoire de la piece ") + ts.actes.c.piece).where(
                ts.actes.c.objet.is_not(None)
            ),
        )
        with connected(self._engine) as c:
            for statement in statements:
                yield from ((row[0], row[1]) for row in c.execute(statement))

    def miscounted_places(self) -> list[str]:
        """Places whose count differs from the pieces that occupy them: must be empty (R19)."""
        p, q = t.places, t.pieces
        counted = (
            sa.select(q.c.demande, q.c.occupe_categorie, q.c.occupe_personne, sa.func.count().label("n"))
            .where(q.c.occupe_categorie.is_not(None))
            .group_by(q.c.demande, q.c.occupe_categorie, q.c.occupe_personne)
        )
        with connected(self._engine) as c:
            real = {(r[0], r[1], r[2]): r[3] for r in c.execute(counted)}
            kept = {(r.demande, r.categorie, r.personne): r.compte for r in c.execute(sa.select(p))}
        return [
            f"{numero} {categorie} {personne or 'ménage'} : "
            f"{kept.get(key, 0)} compté(s), {real.get(key, 0)} réel(s)"
            for key in sorted({*real, *kept})
            for numero, categorie, personne in [key]
            if real.get(key, 0) != kept.get(key, 0)
        ]
