"""One count of failures: those that were ours are counted in `echecs`, and no more in `envois.essais`.

Columns are added in place: on SQLite, a table made again would take its children with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0452"
down_revision = "0451"
branch_labels = None
depends_on = None

_CHECK = "CONSTRAINT ck_echecs_a_nous CHECK (a_nous >= 0 AND a_nous <= compte)"


def upgrade() -> None:
    op.execute(  # what is left of envois that have ended
        "DELETE FROM echecs WHERE envoi IN (SELECT id FROM envois WHERE statut NOT IN ('recue', 'en_cours'))"
    )
    op.execute(f"ALTER TABLE echecs ADD COLUMN a_nous INTEGER DEFAULT 0 NOT NULL {_CHECK}")
    # Of a range that was given up, three were ours; of the rest of the work, as many as the envoi said.
    op.execute(
        "UPDATE echecs SET a_nous = CASE WHEN compte < 3 THEN compte ELSE 3 END WHERE EXISTS (SELECT 1 FROM"
        " tranches t WHERE t.envoi = echecs.envoi AND t.premiere = echecs.tranche AND t.abandonnee)"
    )
    op.execute(
        "INSERT INTO echecs (envoi, tranche, code, compte, le, pas_avant, a_nous)"
        " SELECT id, 0, 'ERREUR_INTERNE', essais, COALESCE(traite_le, recu_le),"
        " COALESCE(traite_le, recu_le), 0"
        " FROM envois e WHERE essais > 0"
        " AND (statut IN ('recue', 'en_cours') OR CAST(refus AS TEXT) LIKE '%ERREUR_INTERNE%')"
        " AND NOT EXISTS (SELECT 1 FROM echecs f WHERE f.envoi = e.id AND f.tranche = 0)"
    )
    op.execute(
        "UPDATE echecs SET a_nous = e.essais,"
        " compte = CASE WHEN compte < e.essais THEN e.essais ELSE compte END"
        " FROM envois e WHERE e.id = echecs.envoi AND echecs.tranche = 0"
    )
    op.drop_column("envois", "essais")


def downgrade() -> None:
    op.add_column("envois", sa.Column("essais", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE envois SET essais = COALESCE((SELECT a_nous FROM echecs f WHERE f.envoi = envois.id"
        " AND f.tranche = 0), 0)"
    )
    op.drop_column("echecs", "a_nous")
