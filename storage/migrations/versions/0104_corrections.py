"""What people do: incidents followed, pieces corrected with their history; reminders and purges.

Nothing that other tables refer to is made anew: on SQLite that would empty those tables.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

_MOTIFS = (
    "SANS_BORDEREAU SANS_FICHE COMPTE_INEXACT NUMERO_ILLISIBLE NUMERO_INCONNU DEMANDE_RADIEE "
    "IDENTITE_INCOHERENTE ILLISIBLE INCOMPLETE HORS_PERIMETRE OBSOLETE CATEGORIE_PLEINE DOUBLON QR_FALSIFIE "
    "FALSIFICATION_SUSPECTEE FORMAT_REFUSE TROP_VOLUMINEUX FICHIER_CORROMPU FICHIER_PROTEGE VIRUS "
    "MAL_CLASSEE MAUVAISE_DEMANDE"
).split()
_ETATS = "etat IN ('ouverte', 'prise_en_charge', 'resolue', 'rejetee', 'close')"


def _motifs(*more: str) -> str:
    return "motif IN (" + ", ".join(f"'{m}'" for m in (*_MOTIFS, *more)) + ")"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("envois", sa.Column("essais", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("envois", _moment("rappele_le", nullable=True))
    op.add_column("lots", _moment("rappele_le", nullable=True))
    op.add_column("pieces", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("pieces", sa.Column("rotations", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("pieces", sa.Column("choisi_par", sa.Text(), nullable=True))
    op.add_column("pieces", _moment("depose_le", nullable=True))
    op.execute(
        "ALTER TABLE pieces ADD COLUMN remplacee_par VARCHAR(48) "
        "CONSTRAINT fk_pieces_remplacee_par REFERENCES pieces (id)"
    )
    op.execute("UPDATE pieces SET depose_le = recu_le WHERE statut = 'deposee'")
    op.create_index(op.f("ix_pieces_numero_lu"), "pieces", ["numero_lu"])
    with op.batch_alter_table("incidents") as batch:
        batch.add_column(sa.Column("auteur", sa.Text(), nullable=True))
        batch.add_column(sa.Column("pris_par", sa.Text(), nullable=True))
        batch.drop_constraint(op.f("ck_incidents_motif"), type_="check")
        batch.create_check_constraint(op.f("ck_incidents_motif"), _motifs("ERREUR_INTERNE"))
    op.execute("UPDATE incidents SET pris_par = 'système' WHERE etat = 'prise_en_charge'")
    with op.batch_alter_table("incidents") as batch:
        batch.create_check_constraint(
            op.f("ck_incidents_pris_par"), "etat <> 'prise_en_charge' OR pris_par IS NOT NULL"
        )
        batch.create_index(op.f("ix_incidents_etat"), ["etat"])
    op.create_table(
        "suites",
        sa.Column("incident", sa.String(length=48), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        _moment("le"),
        sa.Column("par", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("etat", sa.String(length=24), nullable=False),
        sa.Column("commentaire", sa.Text(), nullable=False),
        sa.CheckConstraint(_ETATS, name=op.f("ck_suites_etat")),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_suites_incident"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident", "rang", name=op.f("pk_suites")),
    )
    op.create_table(
        "actes",
        sa.Column("piece", sa.String(length=48), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        _moment("le"),
        sa.Column("par", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.Column("avant", sa.JSON(), nullable=False),
        sa.Column("apres", sa.JSON(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=True),
        sa.CheckConstraint("rang >= 1", name=op.f("ck_actes_rang")),
        sa.ForeignKeyConstraint(["piece"], ["pieces.id"], name=op.f("fk_actes_piece"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("piece", "rang", name=op.f("pk_actes")),
    )
    op.create_index(op.f("ix_actes_objet"), "actes", ["objet"])
    op.create_table(
        "corrections",
        sa.Column("piece", sa.String(length=48), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("avant", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        _moment("le"),
        sa.Column("par", sa.Text(), nullable=False),
        sa.CheckConstraint("rang >= 1", name=op.f("ck_corrections_rang")),
        sa.ForeignKeyConstraint(
            ["envoi"], ["envois.id"], name=op.f("fk_corrections_envoi"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["piece"], ["pieces.id"], name=op.f("fk_corrections_piece"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("piece", "rang", name=op.f("pk_corrections")),
    )
    op.create_table(
        "effacements",
        sa.Column("objet", sa.Text(), nullable=False),
        _moment("depuis"),
        sa.PrimaryKeyConstraint("objet", name=op.f("pk_effacements")),
    )
    op.create_table(
        "purges",
        sa.Column("id", sa.Integer(), nullable=False),
        _moment("le"),
        sa.Column("genre", sa.String(length=16), nullable=False),
        sa.Column("envoi", sa.String(length=40), nullable=True),
        sa.Column("demandes", sa.Integer(), nullable=False),
        sa.Column("envois", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.CheckConstraint("genre IN ('quarantaine', 'radiation')", name=op.f("ck_purges_genre")),
        sa.CheckConstraint(
            "demandes >= 0 AND envois >= 0 AND pieces >= 0 AND pages >= 0", name=op.f("ck_purges_comptes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purges")),
    )


def downgrade() -> None:
    for table in ("purges", "effacements", "corrections", "actes", "suites"):
        op.drop_table(table)
    op.execute("DELETE FROM incidents WHERE motif = 'ERREUR_INTERNE'")
    with op.batch_alter_table("incidents") as batch:
        batch.drop_index(op.f("ix_incidents_etat"))
        batch.drop_constraint(op.f("ck_incidents_pris_par"), type_="check")
        batch.drop_constraint(op.f("ck_incidents_motif"), type_="check")
        batch.create_check_constraint(op.f("ck_incidents_motif"), _motifs())
        batch.drop_column("pris_par")
        batch.drop_column("auteur")
    op.drop_index(op.f("ix_pieces_numero_lu"), "pieces")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("fk_pieces_remplacee_par"), "pieces", type_="foreignkey")
    for column in ("remplacee_par", "depose_le", "choisi_par", "rotations", "version"):
        op.drop_column("pieces", column)
    op.drop_column("lots", "rappele_le")
    op.drop_column("envois", "rappele_le")
    op.drop_column("envois", "essais")
