"""Large envois are read in ranges of pages that several workers share; failures are kept and spaced out.

Long lines are as Alembic wrote them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0201"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tranches",
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("premiere", sa.Integer(), nullable=False),
        sa.Column("derniere", sa.Integer(), nullable=False),
        sa.Column("reclame_par", sa.String(length=80), nullable=True),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prise_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("faite_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lue_par", sa.String(length=80), nullable=True),
        sa.Column("abandonnee", sa.Boolean(), nullable=False),
        sa.CheckConstraint("premiere >= 1 AND derniere >= premiere", name=op.f("ck_tranches_pages")),
        sa.ForeignKeyConstraint(["envoi"], ["envois.id"], name=op.f("fk_tranches_envoi"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("envoi", "premiere", name=op.f("pk_tranches")),
    )
    with op.batch_alter_table("tranches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tranches_faite_le"), ["faite_le"], unique=False)

    op.create_table(
        "echecs",
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("tranche", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("compte", sa.Integer(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pas_avant", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("compte >= 1", name=op.f("ck_echecs_compte")),
        sa.ForeignKeyConstraint(["envoi"], ["envois.id"], name=op.f("fk_echecs_envoi"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("envoi", "tranche", name=op.f("pk_echecs")),
    )


def downgrade() -> None:
    op.drop_table("echecs")
    with op.batch_alter_table("tranches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tranches_faite_le"))

    op.drop_table("tranches")
