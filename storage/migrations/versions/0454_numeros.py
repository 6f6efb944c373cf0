"""A number leads to one demande: a row a number, own or alias.

An alias that is the number of a demande goes: it led to two, or made a demande its own alias, which no
correction could be written over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0454"
down_revision = "0453"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "numeros",
        sa.Column("numero", sa.String(length=32), nullable=False),
        sa.Column("demande", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["demande"],
            ["demandes.numero_unique"],
            name=op.f("fk_numeros_demande_demandes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("numero", name=op.f("pk_numeros")),
    )
    op.create_index(op.f("ix_numeros_demande"), "numeros", ["demande"])
    op.execute("DELETE FROM alias WHERE numero IN (SELECT numero_unique FROM demandes)")
    op.execute("INSERT INTO numeros (numero, demande) SELECT numero_unique, numero_unique FROM demandes")
    op.execute("INSERT INTO numeros (numero, demande) SELECT numero, demande FROM alias")


def downgrade() -> None:
    op.drop_table("numeros")
