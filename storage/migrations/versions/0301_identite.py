"""Sign-in through an OIDC provider, and client certificates of software.

Columns and indexes are added in place: on SQLite, a table made again would take its children with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0301"
down_revision = "0201"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departs",
        sa.Column("etat", sa.String(length=64), nullable=False),
        sa.Column("temoin", sa.String(length=64), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("etat", name=op.f("pk_departs")),
    )
    with op.batch_alter_table("departs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departs_expire_le"), ["expire_le"], unique=False)

    with op.batch_alter_table("comptes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sujet", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_comptes_sujet"), ["sujet"], unique=True)

    with op.batch_alter_table("jetons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("certificat", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_jetons_certificat"), ["certificat"], unique=True)

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("oidc", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "oidc")
    with op.batch_alter_table("jetons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jetons_certificat"))
    op.drop_column("jetons", "certificat")
    with op.batch_alter_table("comptes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comptes_sujet"))
    op.drop_column("comptes", "sujet")
    with op.batch_alter_table("departs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_departs_expire_le"))

    op.drop_table("departs")
