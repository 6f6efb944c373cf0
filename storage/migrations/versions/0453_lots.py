"""A batch in a ZIP is held by a heartbeat while it is opened, as the rest of the work is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0453"
down_revision = "0452"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lots", sa.Column("reclame_par", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("lots", "reclame_par")
