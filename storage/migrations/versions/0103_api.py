"""What the API keeps: progress, answers already given, batches in a ZIP.

Long lines are as Alembic wrote them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotence",
        sa.Column("acteur", sa.String(length=96), nullable=False),
        sa.Column("cle", sa.String(length=128), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("statut", sa.Integer(), nullable=True),
        sa.Column("corps", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("acteur", "cle", name=op.f("pk_idempotence")),
    )
    with op.batch_alter_table("idempotence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotence_cree_le"), ["cree_le"], unique=False)

    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fichier", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("taille", sa.BigInteger(), nullable=False),
        sa.Column("deposant", sa.Text(), nullable=False),
        sa.Column("statut", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("envois", sa.JSON(), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("statut IN ('recu', 'ouvert', 'retenu')", name=op.f("ck_lots_statut")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
    )
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lots_deposant"), ["deposant"], unique=False)
        batch_op.create_index(batch_op.f("ix_lots_statut"), ["statut"], unique=False)

    op.create_table(
        "progressions",
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("faites", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("etape", sa.String(length=32), nullable=False),
        sa.Column("maj_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["envoi"], ["envois.id"], name=op.f("fk_progressions_envoi"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("envoi", name=op.f("pk_progressions")),
    )


def downgrade() -> None:
    op.drop_table("progressions")
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lots_statut"))
        batch_op.drop_index(batch_op.f("ix_lots_deposant"))

    op.drop_table("lots")
    with op.batch_alter_table("idempotence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotence_cree_le"))

    op.drop_table("idempotence")
