"""Direct uploads to the object store; photos before they are sent; work that orders left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0421"
down_revision = "0401"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "depots_directs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deposant", sa.Text(), nullable=False),
        sa.Column("fichier", sa.Text(), nullable=False),
        sa.Column("taille", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("demande", sa.String(length=18), nullable=True),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("televersement", sa.Text(), nullable=False),
        sa.Column("etat", sa.String(length=16), nullable=False),
        sa.Column("reponse", sa.JSON(), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reclame_par", sa.String(length=32), nullable=True),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("etat IN ('attendu', 'fini')", name=op.f("ck_depots_directs_etat")),
        sa.CheckConstraint("taille > 0", name=op.f("ck_depots_directs_taille")),
        sa.CheckConstraint("etat <> 'fini' OR reponse IS NOT NULL", name=op.f("ck_depots_directs_reponse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_depots_directs")),
        sa.UniqueConstraint("cle", name=op.f("uq_depots_directs_cle")),
    )
    with op.batch_alter_table("depots_directs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_depots_directs_deposant"), ["deposant"], unique=False)
        batch_op.create_index(batch_op.f("ix_depots_directs_expire_le"), ["expire_le"], unique=False)
    op.create_table(
        "photos",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("deposant", sa.Text(), nullable=False),
        sa.Column("demande", sa.String(length=18), nullable=False),
        sa.Column("fichier", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("taille", sa.BigInteger(), nullable=False),
        sa.Column("etat", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("envoi", sa.String(length=40), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reclame_par", sa.String(length=32), nullable=True),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("etat IN ('deposee', 'envoyee')", name=op.f("ck_photos_etat")),
        sa.CheckConstraint("etat <> 'envoyee' OR envoi IS NOT NULL", name=op.f("ck_photos_envoi")),
        sa.ForeignKeyConstraint(
            ["envoi"], ["envois.id"], name=op.f("fk_photos_envoi_envois"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    with op.batch_alter_table("photos", schema=None) as batch_op:
        for column in ("demande", "objet", "envoi", "expire_le"):
            batch_op.create_index(batch_op.f(f"ix_photos_{column}"), [column], unique=False)
    op.create_table(
        "travaux",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("genre", sa.String(length=16), nullable=False),
        sa.Column("acteur", sa.JSON(), nullable=False),
        sa.Column("deposant", sa.Text(), nullable=False),
        sa.Column("envoi", sa.String(length=40), nullable=True),
        sa.Column("demande", sa.String(length=18), nullable=True),
        sa.Column("ordre", sa.JSON(), nullable=False),
        sa.Column("etat", sa.String(length=16), nullable=False),
        sa.Column("probleme", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("essais", sa.Integer(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reclame_par", sa.String(length=32), nullable=True),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("genre IN ('bordereau', 'reprise')", name=op.f("ck_travaux_genre")),
        sa.CheckConstraint("etat IN ('attendu', 'fait', 'refuse')", name=op.f("ck_travaux_etat")),
        sa.CheckConstraint("(etat = 'refuse') = (probleme IS NOT NULL)", name=op.f("ck_travaux_probleme")),
        sa.ForeignKeyConstraint(
            ["envoi"], ["envois.id"], name=op.f("fk_travaux_envoi_envois"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travaux")),
    )
    with op.batch_alter_table("travaux", schema=None) as batch_op:
        for column in ("envoi", "demande", "etat", "cree_le"):
            batch_op.create_index(batch_op.f(f"ix_travaux_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("travaux")
    op.drop_table("photos")
    op.drop_table("depots_directs")
