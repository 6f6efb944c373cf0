"""Failures of a batch in a ZIP are counted.

Columns are added in place: on SQLite, a table made again would take its children with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0441"
down_revision = "0431"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("essais", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("lots", "essais")
