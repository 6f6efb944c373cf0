"""The tables of the main job.

Long lines are as Alembic wrote them.
"""
# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "demandes",
        sa.Column("numero_unique", sa.String(length=32), nullable=False),
        sa.Column("statut", sa.String(length=16), nullable=False),
        sa.Column("date_depot", sa.Date(), nullable=True),
        sa.Column("date_radiation", sa.Date(), nullable=True),
        sa.Column("date_derniere_modification", sa.Date(), nullable=True),
        sa.Column("guichet", sa.String(length=16), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.CheckConstraint("statut IN ('active', 'radiee')", name=op.f("ck_demandes_statut")),
        sa.PrimaryKeyConstraint("numero_unique", name=op.f("pk_demandes")),
    )
    op.create_table(
        "envois",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fichier", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taille", sa.BigInteger(), nullable=False),
        sa.Column("canal", sa.String(length=16), nullable=False),
        sa.Column("declaree", sa.String(length=32), nullable=True),
        sa.Column("deposant", sa.Text(), nullable=True),
        sa.Column("statut", sa.String(length=32), nullable=False),
        sa.Column("media", sa.String(length=64), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traite_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("bordereau", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("refus", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cpu_seconds", sa.Float(), nullable=False),
        sa.Column("reclame_par", sa.String(length=40), nullable=True),
        sa.Column("reclame_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("canal IN ('numeriseur', 'guichet', 'demandeur')", name=op.f("ck_envois_canal")),
        sa.CheckConstraint(
            "statut IN ('recue', 'en_cours', 'traitee', 'traitee_avec_incidents', 'quarantaine')",
            name=op.f("ck_envois_statut"),
        ),
        sa.CheckConstraint("pages >= 0 AND taille >= 0", name=op.f("ck_envois_mesures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envois")),
    )
    with op.batch_alter_table("envois", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_envois_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_envois_statut"), ["statut"], unique=False)

    op.create_table(
        "plans",
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("date_effet", sa.Date(), nullable=False),
        sa.Column("contenu", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_plans")),
        sa.UniqueConstraint("date_effet", name=op.f("uq_plans_date_effet")),
    )
    op.create_table(
        "alias",
        sa.Column("numero", sa.String(length=32), nullable=False),
        sa.Column("demande", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["demande"], ["demandes.numero_unique"], name=op.f("fk_alias_demande"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("numero", name=op.f("pk_alias")),
    )
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alias_demande"), ["demande"], unique=False)

    op.create_table(
        "pages",
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column("lecture", sa.Text(), nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=True),
        sa.Column("raison", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "sort IN ('piece', 'feuille', 'blanche', 'verso', 'incident')", name=op.f("ck_pages_sort")
        ),
        sa.CheckConstraint("numero >= 1", name=op.f("ck_pages_numero")),
        sa.ForeignKeyConstraint(["envoi"], ["envois.id"], name=op.f("fk_pages_envoi"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("envoi", "numero", name=op.f("pk_pages")),
    )
    op.create_table(
        "personnes",
        sa.Column("demande", sa.String(length=32), nullable=False),
        sa.Column("rang", sa.String(length=8), nullable=False),
        sa.Column("ordre", sa.Integer(), nullable=False),
        sa.Column("civilite", sa.String(length=16), nullable=True),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("nom_usage", sa.Text(), nullable=True),
        sa.Column("prenom", sa.Text(), nullable=False),
        sa.Column("date_naissance", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["demande"], ["demandes.numero_unique"], name=op.f("fk_personnes_demande"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("demande", "rang", name=op.f("pk_personnes")),
    )
    op.create_table(
        "pieces",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("demande", sa.String(length=32), nullable=True),
        sa.Column("numero_lu", sa.String(length=32), nullable=True),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("categorie", sa.String(length=16), nullable=False),
        sa.Column("personne", sa.String(length=8), nullable=True),
        sa.Column("statut", sa.String(length=16), nullable=False),
        sa.Column("motif", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column("empreintes", sa.JSON(), nullable=False),
        sa.Column("repere", sa.JSON(), nullable=False),
        sa.Column("doublon_de", sa.String(length=48), nullable=True),
        sa.Column("validite", sa.Date(), nullable=True),
        sa.Column("occupe_categorie", sa.String(length=16), nullable=True),
        sa.Column("occupe_personne", sa.String(length=8), nullable=True),
        sa.CheckConstraint(
            "(statut = 'deposee' AND demande IS NOT NULL AND occupe_categorie IS NOT NULL AND occupe_personne IS NOT NULL) OR (statut <> 'deposee' AND occupe_categorie IS NULL AND occupe_personne IS NULL)",
            name=op.f("ck_pieces_place"),
        ),
        sa.CheckConstraint(
            "motif IN ('SANS_BORDEREAU', 'SANS_FICHE', 'COMPTE_INEXACT', 'NUMERO_ILLISIBLE', 'NUMERO_INCONNU', 'DEMANDE_RADIEE', 'IDENTITE_INCOHERENTE', 'ILLISIBLE', 'INCOMPLETE', 'HORS_PERIMETRE', 'OBSOLETE', 'CATEGORIE_PLEINE', 'DOUBLON', 'QR_FALSIFIE', 'FALSIFICATION_SUSPECTEE', 'FORMAT_REFUSE', 'TROP_VOLUMINEUX', 'FICHIER_CORROMPU', 'FICHIER_PROTEGE', 'VIRUS', 'MAL_CLASSEE', 'MAUVAISE_DEMANDE')",
            name=op.f("ck_pieces_motif"),
        ),
        sa.CheckConstraint(
            "statut IN ('deposee', 'a_verifier', 'en_attente', 'rejetee', 'doublon', 'obsolete', 'supprimee')",
            name=op.f("ck_pieces_statut"),
        ),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_pieces_confidence")),
        sa.ForeignKeyConstraint(["demande"], ["demandes.numero_unique"], name=op.f("fk_pieces_demande")),
        sa.ForeignKeyConstraint(["doublon_de"], ["pieces.id"], name=op.f("fk_pieces_doublon_de")),
        sa.ForeignKeyConstraint(["envoi"], ["envois.id"], name=op.f("fk_pieces_envoi")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pieces")),
        sa.UniqueConstraint("envoi", "rang", name=op.f("uq_pieces_envoi_rang")),
    )
    with op.batch_alter_table("pieces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pieces_demande"), ["demande"], unique=False)
        batch_op.create_index(batch_op.f("ix_pieces_objet"), ["objet"], unique=False)
        batch_op.create_index(batch_op.f("ix_pieces_statut"), ["statut"], unique=False)

    op.create_table(
        "places",
        sa.Column("demande", sa.String(length=32), nullable=False),
        sa.Column("categorie", sa.String(length=16), nullable=False),
        sa.Column("personne", sa.String(length=8), nullable=False),
        sa.Column("compte", sa.Integer(), nullable=False),
        sa.CheckConstraint("compte >= 0", name=op.f("ck_places_compte")),
        sa.ForeignKeyConstraint(
            ["demande"], ["demandes.numero_unique"], name=op.f("fk_places_demande"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("demande", "categorie", "personne", name=op.f("pk_places")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("envoi", sa.String(length=40), nullable=False),
        sa.Column("piece", sa.String(length=48), nullable=True),
        sa.Column("motif", sa.String(length=32), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("gravite", sa.String(length=16), nullable=False),
        sa.Column("attendu", sa.Text(), nullable=True),
        sa.Column("trouve", sa.Text(), nullable=True),
        sa.Column("etat", sa.String(length=24), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "etat IN ('ouverte', 'prise_en_charge', 'resolue', 'rejetee', 'close')",
            name=op.f("ck_incidents_etat"),
        ),
        sa.CheckConstraint(
            "gravite IN ('information', 'a_traiter', 'sensible')", name=op.f("ck_incidents_gravite")
        ),
        sa.CheckConstraint(
            "motif IN ('SANS_BORDEREAU', 'SANS_FICHE', 'COMPTE_INEXACT', 'NUMERO_ILLISIBLE', 'NUMERO_INCONNU', 'DEMANDE_RADIEE', 'IDENTITE_INCOHERENTE', 'ILLISIBLE', 'INCOMPLETE', 'HORS_PERIMETRE', 'OBSOLETE', 'CATEGORIE_PLEINE', 'DOUBLON', 'QR_FALSIFIE', 'FALSIFICATION_SUSPECTEE', 'FORMAT_REFUSE', 'TROP_VOLUMINEUX', 'FICHIER_CORROMPU', 'FICHIER_PROTEGE', 'VIRUS', 'MAL_CLASSEE', 'MAUVAISE_DEMANDE')",
            name=op.f("ck_incidents_motif"),
        ),
        sa.ForeignKeyConstraint(
            ["envoi"], ["envois.id"], name=op.f("fk_incidents_envoi"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["piece"], ["pieces.id"], name=op.f("fk_incidents_piece"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incidents_envoi"), ["envoi"], unique=False)
        batch_op.create_index(batch_op.f("ix_incidents_piece"), ["piece"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incidents_piece"))
        batch_op.drop_index(batch_op.f("ix_incidents_envoi"))

    op.drop_table("incidents")
    op.drop_table("places")
    with op.batch_alter_table("pieces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pieces_statut"))
        batch_op.drop_index(batch_op.f("ix_pieces_objet"))
        batch_op.drop_index(batch_op.f("ix_pieces_demande"))

    op.drop_table("pieces")
    op.drop_table("personnes")
    op.drop_table("pages")
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alias_demande"))

    op.drop_table("alias")
    op.drop_table("plans")
    with op.batch_alter_table("envois", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_envois_statut"))
        batch_op.drop_index(batch_op.f("ix_envois_sha256"))

    op.drop_table("envois")
    op.drop_table("demandes")
