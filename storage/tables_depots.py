"""The tables of what is on its way in and not received yet; the others are in `tables`."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import Instant, metadata

# Files that senders put straight into the object store (docs/adr/0421).
depots_directs = sa.Table(
    "depots_directs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("deposant", sa.Text, nullable=False, index=True),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("taille", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("demande", sa.String(18)),
    sa.Column("cle", sa.Text, nullable=False, unique=True),
    sa.Column("televersement", sa.Text, nullable=False),
    sa.Column("etat", sa.String(16), nullable=False),
    sa.Column("reponse", sa.JSON),
    sa.Column("expire_le", Instant, nullable=False, index=True),
    sa.Column("reclame_par", sa.String(32)),
    sa.Column("reclame_jusqu_a", Instant),
    sa.CheckConstraint("etat IN ('attendu', 'fini')", name="etat"),
    sa.CheckConstraint("taille > 0", name="taille"),
    sa.CheckConstraint("etat <> 'fini' OR reponse IS NOT NULL", name="reponse"),
)

# Photos of a piece, judged at once and not sent yet (R6, R35); those sent stay with their envoi (R3).
photos = sa.Table(
    "photos",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("deposant", sa.Text, nullable=False),
    sa.Column("demande", sa.String(18), nullable=False, index=True),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("objet", sa.Text, nullable=False, index=True),
    sa.Column("taille", sa.BigInteger, nullable=False),
    sa.Column("etat", sa.String(16), nullable=False),
    sa.Column("verdict", sa.JSON(none_as_null=True)),
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), index=True),
    sa.Column("expire_le", Instant, nullable=False, index=True),
    sa.Column("reclame_par", sa.String(32)),
    sa.Column("reclame_jusqu_a", Instant),
    sa.CheckConstraint("etat IN ('deposee', 'envoyee')", name="etat"),
    sa.CheckConstraint("etat <> 'envoyee' OR envoi IS NOT NULL", name="envoi"),
)

# What an order of a person leaves to the workers (docs/adr/0423).
travaux = sa.Table(
    "travaux",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("genre", sa.String(16), nullable=False),
    sa.Column("acteur", sa.JSON, nullable=False),
    sa.Column("deposant", sa.Text, nullable=False),
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), index=True),
    sa.Column("demande", sa.String(18), index=True),
    sa.Column("ordre", sa.JSON, nullable=False),
    sa.Column("etat", sa.String(16), nullable=False, index=True),
    sa.Column("probleme", sa.JSON(none_as_null=True)),
    sa.Column("essais", sa.Integer, nullable=False),
    sa.Column("cree_le", Instant, nullable=False, index=True),
    sa.Column("reclame_par", sa.String(32)),
    sa.Column("reclame_jusqu_a", Instant),
    sa.CheckConstraint("genre IN ('bordereau', 'reprise')", name="genre"),
    sa.CheckConstraint("etat IN ('attendu', 'fait', 'refuse')", name="etat"),
    sa.CheckConstraint("(etat = 'refuse') = (probleme IS NOT NULL)", name="probleme"),
)
