"""The tables of search (ADR 401), and of the pieces whose text is not whole yet."""

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
