"""What a purge looks for: the links between pieces, the sender and the demande of an envoi."""

from __future__ import annotations

from alembic import op

revision = "0431"
down_revision = "0421"
branch_labels = None
depends_on = None

_INDEXES = (
    ("pieces", "doublon_de"),
    ("pieces", "remplacee_par"),
    ("envois", "declaree"),
    ("envois", "deposant"),
)


def upgrade() -> None:
    for table, column in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table, column in reversed(_INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
