"""The tables of search (ADR 401): names, text of the pieces, and the pieces whose text is not whole yet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.tables import Instant, metadata


class Mots(sa.types.TypeDecorator[str]):
    """The words of a piece with their places: a tsvector, or for SQLite the text that FTS5 indexes."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(sa.Text())
        from sqlalchemy.dialects import postgresql  # slow to load, and loaded with its engine

        return dialect.type_descriptor(postgresql.TSVECTOR())


class Mot(sa.types.TypeDecorator[str]):
    """A folded word, compared byte by byte, so that one index answers for the words that begin so."""

    impl = sa.String(64)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        collation = "C" if dialect.name == "postgresql" else None  # SQLite's own way already
        return dialect.type_descriptor(sa.String(64, collation=collation))


# The words of the names of each person of a demande: a register is searched by them (R15).
noms = sa.Table(
    "noms",
    metadata,
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.String(8), primary_key=True),
    sa.Column("mot", Mot, primary_key=True),
    sa.Index(None, "mot", "demande", "rang"),
)

# One row a piece. `numero` is what FTS5 knows it by: a rowid that no rebuilding of the file changes.
recherche = sa.Table(
    "recherche",
    metadata,
    sa.Column("numero", sa.Integer, primary_key=True),
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("mots", Mots, nullable=False),
)

# Pieces of which a part was left unread: a row until that was read. `apres`: pages up to this one were tried.
completions = sa.Table(
    "completions",
    metadata,
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("apres", sa.Integer, nullable=False, server_default="0"),
    sa.Column("reclame_par", sa.String(80)),
    sa.Column("reclame_jusqu_a", Instant),
    sa.Column("essais", sa.Integer, nullable=False, server_default="0"),
    sa.Column("pas_avant", Instant),
    sa.CheckConstraint("apres >= 0 AND essais >= 0", name="comptes"),
)
