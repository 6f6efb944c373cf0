"""The tables; the migrations make them, and a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from intake.domain.acte import GenreCourrier, GenrePurge
from intake.domain.demande import StatutDemande
from intake.domain.incident import EtatIncident
from intake.domain.lecture import Sort
from intake.domain.motif import Canal, Gravite, Motif, StatutEnvoi, StatutPiece


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC moment; SQLite keeps no zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: Iterable[StrEnum]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{v.value}'" for v in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


demandes = sa.Table(
    "demandes",
    metadata,
    sa.Column("numero_unique", sa.String(32), primary_key=True),
    sa.Column("statut", sa.String(16), nullable=False),
    sa.Column("date_depot", sa.Date),
    sa.Column("date_radiation", sa.Date),
    sa.Column("date_derniere_modification", sa.Date),
    sa.Column("guichet", sa.String(16)),
    sa.Column("email", sa.Text),
    sa.Column("telephone", sa.Text),
    _one_of("statut", StatutDemande),
)

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("numero", sa.String(32), primary_key=True),
    sa.Column(
        "demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), nullable=False, index=True
    ),
)

personnes = sa.Table(
    "personnes",
    metadata,
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.String(8), primary_key=True),
    sa.Column("ordre", sa.Integer, nullable=False),
    sa.Column("civilite", sa.String(16)),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("nom_usage", sa.Text),
    sa.Column("prenom", sa.Text, nullable=False),
    sa.Column("date_naissance", sa.Date),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("version", sa.String(32), primary_key=True),
    sa.Column("date_effet", sa.Date, nullable=False, unique=True),
    sa.Column("contenu", sa.JSON, nullable=False),
)

envois = sa.Table(
    "envois",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("taille", sa.BigInteger, nullable=False),
    sa.Column("canal", sa.String(16), nullable=False),
    sa.Column("declaree", sa.String(32)),
    sa.Column("deposant", sa.Text),
    sa.Column("statut", sa.String(32), nullable=False, index=True),
    sa.Column("media", sa.String(64)),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("recu_le", Instant, nullable=False),
    sa.Column("traite_le", Instant),
    sa.Column("objet", sa.Text, nullable=False),
    sa.Column("bordereau", sa.JSON(none_as_null=True)),
    sa.Column("refus", sa.JSON(none_as_null=True)),
    sa.Column("cpu_seconds", sa.Float, nullable=False),
    sa.Column("reclame_par", sa.String(40)),
    sa.Column("reclame_jusqu_a", Instant),
    sa.Column("essais", sa.Integer, nullable=False, server_default="0"),
    _one_of("statut", StatutEnvoi),
    _one_of("canal", Canal),
    sa.CheckConstraint("pages >= 0 AND taille >= 0", name="mesures"),
)

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("numero", sa.Integer, primary_key=True),
    sa.Column("lecture", sa.Text, nullable=False),
    sa.Column("sort", sa.String(16)),
    sa.Column("raison", sa.Text),
    _one_of("sort", Sort),
    sa.CheckConstraint("numero >= 1", name="numero"),
)

pieces = sa.Table(
    "pieces",
    metadata,
    sa.Column("id", sa.String(48), primary_key=True),
    sa.Column("envoi", sa.ForeignKey("envois.id"), nullable=False),
    sa.Column("rang", sa.Integer, nullable=False),
    sa.Column("pages", sa.JSON, nullable=False),
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique"), index=True),
    sa.Column("numero_lu", sa.String(32), index=True),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("categorie", sa.String(16), nullable=False),
    sa.Column("personne", sa.String(8)),
    sa.Column("statut", sa.String(16), nullable=False, index=True),
    sa.Column("motif", sa.String(32)),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("raison", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("objet", sa.Text, nullable=False, index=True),
    sa.Column("recu_le", Instant, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("texte", sa.Text, nullable=False),
    sa.Column("empreintes", sa.JSON, nullable=False),
    sa.Column("repere", sa.JSON, nullable=False),
    sa.Column("doublon_de", sa.ForeignKey("pieces.id")),
    sa.Column("validite", sa.Date),
    sa.Column("occupe_categorie", sa.String(16)),
    sa.Column("occupe_personne", sa.String(8)),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("rotations", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("choisi_par", sa.Text),
    sa.Column("depose_le", Instant),
    sa.Column("remplacee_par", sa.ForeignKey("pieces.id")),
    sa.UniqueConstraint("envoi", "rang"),
    _one_of("statut", StatutPiece),
    _one_of("motif", [m for m in Motif if m is not Motif.ERREUR_INTERNE]),
    sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
    # Filed means: linked to a demande and counted in a place. Nothing else takes a place (R19, R21).
    sa.CheckConstraint(
        "(statut = 'deposee' AND demande IS NOT NULL"
        " AND occupe_categorie IS NOT NULL AND occupe_personne IS NOT NULL)"
        " OR (statut <> 'deposee' AND occupe_categorie IS NULL AND occupe_personne IS NULL)",
        name="place",
    ),
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), primary_key=True),
    sa.Column("categorie", sa.String(16), primary_key=True),
    sa.Column("personne", sa.String(8), primary_key=True),
    sa.Column("compte", sa.Integer, nullable=False),
    sa.CheckConstraint("compte >= 0", name="compte"),
)

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", sa.String(48), primary_key=True),
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), index=True),
    sa.Column("motif", sa.String(32), nullable=False),
    sa.Column("pages", sa.JSON, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("gravite", sa.String(16), nullable=False),
    sa.Column("attendu", sa.Text),
    sa.Column("trouve", sa.Text),
    sa.Column("etat", sa.String(24), nullable=False, index=True),
    sa.Column("cree_le", Instant, nullable=False),
    sa.Column("auteur", sa.Text),
    sa.Column("pris_par", sa.Text),
    _one_of("motif", Motif),
    _one_of("gravite", Gravite),
    _one_of("etat", EtatIncident),  # R27
    sa.CheckConstraint("etat <> 'prise_en_charge' OR pris_par IS NOT NULL", name="pris_par"),
)

suites = sa.Table(
    "suites",
    metadata,
    sa.Column("incident", sa.ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.Integer, primary_key=True),
    sa.Column("le", Instant, nullable=False),
    sa.Column("par", sa.Text, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("etat", sa.String(24), nullable=False),
    sa.Column("commentaire", sa.Text, nullable=False),
    _one_of("etat", EtatIncident),
)

actes = sa.Table(
    "actes",
    metadata,
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.Integer, primary_key=True),
    sa.Column("le", Instant, nullable=False),
    sa.Column("par", sa.Text, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("raison", sa.Text, nullable=False),
    sa.Column("avant", sa.JSON, nullable=False),
    sa.Column("apres", sa.JSON, nullable=False),
    sa.Column("objet", sa.Text, index=True),
    sa.CheckConstraint("rang >= 1", name="rang"),
)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rang", sa.Integer, primary_key=True),
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), nullable=False),
    sa.Column("pages", sa.JSON, nullable=False),
    sa.Column("avant", sa.String(64), nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("le", Instant, nullable=False),
    sa.Column("par", sa.Text, nullable=False),
    sa.CheckConstraint("rang >= 1", name="rang"),
)

courriers = sa.Table(
    "courriers",
    metadata,
    sa.Column("id", sa.String(96), primary_key=True),
    sa.Column("genre", sa.String(32), nullable=False),
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE")),
    sa.Column("piece", sa.ForeignKey("pieces.id", ondelete="CASCADE")),
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE")),
    sa.Column("contenu", sa.JSON, nullable=False),
    sa.Column("cree_le", Instant, nullable=False),
    sa.Column("envoye_le", Instant),
    _one_of("genre", GenreCourrier),
)

# Bytes that no row needs any more, to be erased: a purge that stopped here goes on from here.
effacements = sa.Table(
    "effacements",
    metadata,
    sa.Column("objet", sa.Text, primary_key=True),
    sa.Column("depuis", Instant, nullable=False),
)

# What remains of what was purged: counts that name nobody (R34).
purges = sa.Table(
    "purges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("le", Instant, nullable=False),
    sa.Column("genre", sa.String(16), nullable=False),
    sa.Column("envoi", sa.String(40)),
    sa.Column("demandes", sa.Integer, nullable=False),
    sa.Column("envois", sa.Integer, nullable=False),
    sa.Column("pieces", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    _one_of("genre", GenrePurge),
    sa.CheckConstraint("demandes >= 0 AND envois >= 0 AND pieces >= 0 AND pages >= 0", name="comptes"),
)
