"""The words of the names of a register, by which it is searched (R15)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.search import tout_nommer
from storage.tables_recherche import Mot

revision = "0451"
down_revision = "0441"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "noms",
        sa.Column("demande", sa.String(length=32), nullable=False),
        sa.Column("rang", sa.String(length=8), nullable=False),
        sa.Column("mot", Mot(), nullable=False),
        sa.ForeignKeyConstraint(
            ["demande"],
            ["demandes.numero_unique"],
            name=op.f("fk_noms_demande_demandes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("demande", "rang", "mot", name=op.f("pk_noms")),
    )
    op.create_index(op.f("ix_noms_mot_demande_rang"), "noms", ["mot", "demande", "rang"])
    tout_nommer(op.get_bind())


def downgrade() -> None:
    op.drop_table("noms")
