"""Accounts, tokens, sessions, one-time codes and mails waiting.

Long lines are as Alembic wrote them.
"""
# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comptes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("identifiant", sa.String(length=64), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("guichet", sa.String(length=16), nullable=True),
        sa.Column("territoires", sa.JSON(), nullable=False),
        sa.Column("sensible", sa.Boolean(), nullable=False),
        sa.Column("mot_de_passe", sa.Text(), nullable=False),
        sa.Column("totp", sa.Text(), nullable=False),
        sa.Column("actif", sa.Boolean(), nullable=False),
        sa.Column("echecs", sa.Integer(), nullable=False),
        sa.Column("verrouille_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_dernier", sa.BigInteger(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrateur', 'agent_guichet', 'consultant_demande', 'consultant_sensible', 'consultant_simple', 'gestionnaire_territorial')",
            name=op.f("ck_comptes_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comptes")),
        sa.UniqueConstraint("identifiant", name=op.f("uq_comptes_identifiant")),
    )
    op.create_table(
        "jetons",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("guichet", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("portees", sa.JSON(), nullable=False),
        sa.Column("territoires", sa.JSON(), nullable=False),
        sa.Column("sensible", sa.Boolean(), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoque_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remplace_par", sa.String(length=32), nullable=True),
        sa.Column("dernier_usage", sa.DateTime(timezone=True), nullable=True),
        sa.Column("averti", sa.Integer(), nullable=True),
        sa.CheckConstraint("role IN ('agent_guichet', 'numeriseur')", name=op.f("ck_jetons_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jetons")),
    )
    with op.batch_alter_table("jetons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jetons_guichet"), ["guichet"], unique=False)

    op.create_table(
        "codes",
        sa.Column("demande", sa.String(length=32), nullable=False),
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("essais", sa.Integer(), nullable=False),
        sa.Column("demandes", sa.Integer(), nullable=False),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["demande"], ["demandes.numero_unique"], name=op.f("fk_codes_demande"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("demande", name=op.f("pk_codes")),
    )
    op.create_table(
        "courriers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("destinataire", sa.Text(), nullable=False),
        sa.Column("sujet", sa.Text(), nullable=False),
        sa.Column("corps", sa.Text(), nullable=False),
        sa.Column("demande", sa.String(length=32), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pas_avant", sa.DateTime(timezone=True), nullable=False),
        sa.Column("essais", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["demande"], ["demandes.numero_unique"], name=op.f("fk_courriers_demande"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courriers")),
    )
    with op.batch_alter_table("courriers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_courriers_demande"), ["demande"], unique=False)
        batch_op.create_index(batch_op.f("ix_courriers_pas_avant"), ["pas_avant"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("empreinte", sa.String(length=64), nullable=False),
        sa.Column("compte", sa.String(length=32), nullable=True),
        sa.Column("demande", sa.String(length=32), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vue_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(compte IS NULL) <> (demande IS NULL)", name=op.f("ck_sessions_titulaire")),
        sa.ForeignKeyConstraint(
            ["compte"], ["comptes.id"], name=op.f("fk_sessions_compte"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["demande"], ["demandes.numero_unique"], name=op.f("fk_sessions_demande"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("empreinte", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_compte"), ["compte"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_demande"), ["demande"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_demande"))
        batch_op.drop_index(batch_op.f("ix_sessions_compte"))

    op.drop_table("sessions")
    with op.batch_alter_table("courriers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_courriers_pas_avant"))
        batch_op.drop_index(batch_op.f("ix_courriers_demande"))

    op.drop_table("courriers")
    op.drop_table("codes")
    with op.batch_alter_table("jetons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jetons_guichet"))

    op.drop_table("jetons")
    op.drop_table("comptes")
