"""The full text of the pieces can be searched; pieces that were read in part wait to be read whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.search import creer_index, retirer_index, tout_indexer
from storage.tables_recherche import Mots

revision = "0401"
down_revision = "0301"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recherche",
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("piece", sa.String(length=48), nullable=False),
        sa.Column("mots", Mots(), nullable=False),
        sa.ForeignKeyConstraint(
            ["piece"], ["pieces.id"], name=op.f("fk_recherche_piece"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("numero", name=op.f("pk_recherche")),
        sa.UniqueConstraint("piece", name=op.f("uq_recherche_piece")),
    )
    op.create_table(
        "completions",
        sa.Column("piece", sa.String(length=48), nullable=False),
        sa.Column("apres", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reclame_par", sa.String(length=80), nullable=True),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("essais", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pas_avant", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("apres >= 0 AND essais >= 0", name=op.f("ck_completions_comptes")),
        sa.ForeignKeyConstraint(
            ["piece"], ["pieces.id"], name=op.f("fk_completions_piece"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("piece", name=op.f("pk_completions")),
    )
    # A list of pieces without words is the newest of what may be seen.
    op.create_index(op.f("ix_pieces_recu_le"), "pieces", ["recu_le"])
    creer_index(op.get_bind())
    tout_indexer(op.get_bind())


def downgrade() -> None:
    retirer_index(op.get_bind())
    op.drop_index(op.f("ix_pieces_recu_le"), "pieces")
    op.drop_table("completions")
    op.drop_table("recherche")
