"""The tables of what people do (R27, R28) and of what time ends (R9, R34); the others are in `tables`."""

from __future__ import annotations

import sqlalchemy as sa

from intake.domain.acte import GenrePurge
from intake.domain.incident import EtatIncident
from storage.tables import Instant, metadata, one_of

suites = sa.Table(
    "suites",
    metadata,
    sa.Column("incident", sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.Integer, primary_key=True),
    sa.Column("le", Instant, nullable=False),
    sa.Column("par", sa.Text, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("etat", sa.String(24), nullable=False),
    sa.Column("commentaire", sa.Text, nullable=False),
    one_of("etat", EtatIncident),
)

actes = sa.Table(
    "actes",
    metadata,
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.Integer, primary_key=True),
    sa.Column("le", Instant, nullable=False),
    sa.Column("par", sa.Text, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("raison", sa.Text, nullable=False),
    sa.Column("avant", sa.JSON, nullable=False),
    sa.Column("apres", sa.JSON, nullable=False),
    sa.Column("objet", sa.Text, index=True),
    sa.CheckConstraint("rang >= 1", name="rang"),
)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.Integer, primary_key=True),
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), nullable=False),
    sa.Column("pages", sa.JSON, nullable=False),
    sa.Column("avant", sa.String(64), nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("le", Instant, nullable=False),
    sa.Column("par", sa.Text, nullable=False),
    sa.CheckConstraint("rang >= 1", name="rang"),
)

# Bytes that no row needs any more, to be erased: a purge that stopped here goes on from here.
effacements = sa.Table(
    "effacements",
    metadata,
    sa.Column("objet", sa.Text, primary_key=True),
    sa.Column("depuis", Instant, nullable=False),
)

# What remains of what was purged: counts that name nobody (R34).
purges = sa.Table(
    "purges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("le", Instant, nullable=False),
    sa.Column("genre", sa.String(16), nullable=False),
    sa.Column("envoi", sa.String(40)),
    sa.Column("demandes", sa.Integer, nullable=False),
    sa.Column("envois", sa.Integer, nullable=False),
    sa.Column("pieces", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    one_of("genre", GenrePurge),
    sa.CheckConstraint("demandes >= 0 AND envois >= 0 AND pieces >= 0 AND pages >= 0", name="comptes"),
)
