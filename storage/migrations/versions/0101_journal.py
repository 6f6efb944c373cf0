"""The log of accesses, which the database itself keeps from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import journal_guards

revision = "0101"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("numero", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("demande", sa.String(length=32), nullable=True),
        sa.Column("contenu", sa.Text(), nullable=True),
        sa.Column("sel", sa.String(length=32), nullable=True),
        sa.Column("condense", sa.String(length=64), nullable=False),
        sa.Column("precedent", sa.String(length=64), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(contenu IS NULL) = (sel IS NULL)", name=op.f("ck_journal_effacement")),
        sa.PrimaryKeyConstraint("numero", name=op.f("pk_journal")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_journal_empreinte")),
        sa.UniqueConstraint("precedent", name=op.f("uq_journal_precedent")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_demande"), ["demande"], unique=False)
    journal_guards.install(op.get_bind())


def downgrade() -> None:
    op.drop_table("journal")
    journal_guards.remove(op.get_bind())
