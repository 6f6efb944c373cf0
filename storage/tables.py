"""The tables; the migrations make them, and a test compares the two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from intake.domain.acces import ROLES_AGENT, ROLES_LOGICIEL, Role
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


def one_of(column: str, values: Iterable[StrEnum]) -> sa.CheckConstraint:
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
    one_of("statut", StatutDemande),
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
    sa.Column("declaree", sa.String(32), index=True),
    sa.Column("deposant", sa.Text, index=True),
    sa.Column("statut", sa.String(32), nullable=False, index=True),
    sa.Column("media", sa.String(64)),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("recu_le", Instant, nullable=False),
    sa.Column("traite_le", Instant),
    sa.Column("rappele_le", Instant),  # its sender was told that its delay ends (R9)
    sa.Column("objet", sa.Text, nullable=False),
    sa.Column("bordereau", sa.JSON(none_as_null=True)),
    sa.Column("refus", sa.JSON(none_as_null=True)),
    sa.Column("cpu_seconds", sa.Float, nullable=False),
    sa.Column("reclame_par", sa.String(40)),
    sa.Column("reclame_jusqu_a", Instant),
    one_of("statut", StatutEnvoi),
    one_of("canal", Canal),
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
    one_of("sort", Sort),
    sa.CheckConstraint("numero >= 1", name="numero"),
)

# A large envoi is read by several workers, a range of pages each. The claim is `reclame_*`, as for an envoi.
tranches = sa.Table(
    "tranches",
    metadata,
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("premiere", sa.Integer, primary_key=True),
    sa.Column("derniere", sa.Integer, nullable=False),
    sa.Column("reclame_par", sa.String(80)),
    sa.Column("reclame_jusqu_a", Instant),
    sa.Column("prise_le", Instant),  # the first time
    sa.Column("faite_le", Instant, index=True),
    sa.Column("lue_par", sa.String(80)),
    sa.Column("abandonnee", sa.Boolean, nullable=False),
    sa.CheckConstraint("premiere >= 1 AND derniere >= premiere", name="pages"),
)

# Failures since the last success, spaced out (`pas_avant`); of these, `a_nous` by a fault of ours. `tranche`
# is a range's first page, 0 for the rest of the work.
echecs = sa.Table(
    "echecs",
    metadata,
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tranche", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("compte", sa.Integer, nullable=False),
    sa.Column("le", Instant, nullable=False),
    sa.Column("pas_avant", Instant, nullable=False),
    sa.Column("a_nous", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("compte >= 1", name="compte"),
    sa.CheckConstraint("a_nous >= 0 AND a_nous <= compte", name="a_nous"),
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
    sa.Column("recu_le", Instant, nullable=False, index=True),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("lieux", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("texte", sa.Text, nullable=False),
    sa.Column("empreintes", sa.JSON, nullable=False),
    sa.Column("repere", sa.JSON, nullable=False),
    sa.Column("doublon_de", sa.ForeignKey("pieces.id"), index=True),
    sa.Column("validite", sa.Date),
    sa.Column("occupe_categorie", sa.String(16)),
    sa.Column("occupe_personne", sa.String(8)),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("rotations", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("choisi_par", sa.Text),
    sa.Column("depose_le", Instant),
    sa.Column("remplacee_par", sa.ForeignKey("pieces.id"), index=True),
    sa.UniqueConstraint("envoi", "rang"),
    one_of("statut", StatutPiece),
    one_of("motif", [m for m in Motif if m is not Motif.ERREUR_INTERNE]),
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
    one_of("motif", Motif),
    one_of("gravite", Gravite),
    one_of("etat", EtatIncident),  # R27
    sa.CheckConstraint("etat <> 'prise_en_charge' OR pris_par IS NOT NULL", name="pris_par"),
)

# Append-only: storage/journal_guards.py has what the database refuses (R32).
journal = sa.Table(
    "journal",
    metadata,
    sa.Column("numero", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("moment", Instant, nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("demande", sa.String(32), index=True),
    sa.Column("contenu", sa.Text),
    sa.Column("sel", sa.String(32)),
    sa.Column("condense", sa.String(64), nullable=False),
    sa.Column("precedent", sa.String(64), nullable=False, unique=True),
    sa.Column("empreinte", sa.String(64), nullable=False, unique=True),
    sa.CheckConstraint("(contenu IS NULL) = (sel IS NULL)", name="effacement"),
)


def _roles(allowed: frozenset[Role]) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"role IN ({', '.join(sorted(repr(r.value) for r in allowed))})", name="role")


comptes = sa.Table(
    "comptes",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("identifiant", sa.String(64), nullable=False, unique=True),
    sa.Column("nom", sa.Text, nullable=False),
    sa.Column("courriel", sa.Text, nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("guichet", sa.String(16)),
    sa.Column("territoires", sa.JSON, nullable=False),
    sa.Column("sensible", sa.Boolean, nullable=False),
    sa.Column("mot_de_passe", sa.Text, nullable=False),  # argon2id
    sa.Column("totp", sa.Text, nullable=False),  # sealed with SECRET_KEY
    sa.Column("actif", sa.Boolean, nullable=False),
    sa.Column("echecs", sa.Integer, nullable=False),
    sa.Column("verrouille_jusqu_a", Instant),
    sa.Column("totp_dernier", sa.BigInteger, nullable=False),
    sa.Column("cree_le", Instant, nullable=False),
    sa.Column("sujet", sa.Text, unique=True, index=True),  # of the OIDC provider: "issuer subject"
    _roles(ROLES_AGENT),
)

jetons = sa.Table(
    "jetons",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("libelle", sa.Text, nullable=False),
    sa.Column("guichet", sa.String(16), nullable=False, index=True),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("portees", sa.JSON, nullable=False),
    sa.Column("territoires", sa.JSON, nullable=False),
    sa.Column("sensible", sa.Boolean, nullable=False),
    sa.Column("empreinte", sa.String(64), nullable=False),
    sa.Column("courriel", sa.Text, nullable=False),
    sa.Column("cree_le", Instant, nullable=False),
    sa.Column("expire_le", Instant, nullable=False),
    sa.Column("revoque_le", Instant),
    sa.Column("remplace_par", sa.String(32)),
    sa.Column("dernier_usage", Instant),
    sa.Column("averti", sa.Integer),
    sa.Column("certificat", sa.String(64), unique=True, index=True),  # SHA-256 of a client certificate
    _roles(ROLES_LOGICIEL),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("empreinte", sa.String(64), primary_key=True),
    sa.Column("compte", sa.ForeignKey("comptes.id", ondelete="CASCADE"), index=True),
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), index=True),
    sa.Column("cree_le", Instant, nullable=False),
    sa.Column("vue_le", Instant, nullable=False),
    sa.Column("expire_le", Instant, nullable=False),
    sa.Column("oidc", sa.Text),  # the ID token, sealed with SECRET_KEY: it closes the provider's session
    sa.CheckConstraint("(compte IS NULL) <> (demande IS NULL)", name="titulaire"),
)

# Sign-ins begun at the OIDC provider: each comes back once. Digests only.
departs = sa.Table(
    "departs",
    metadata,
    sa.Column("etat", sa.String(64), primary_key=True),
    sa.Column("temoin", sa.String(64), nullable=False),
    sa.Column("expire_le", Instant, nullable=False, index=True),
)

codes = sa.Table(
    "codes",
    metadata,
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), primary_key=True),
    sa.Column("empreinte", sa.String(64), nullable=False),
    sa.Column("expire_le", Instant, nullable=False),
    sa.Column("essais", sa.Integer, nullable=False),
    sa.Column("demandes", sa.Integer, nullable=False),  # codes asked for since `depuis`
    sa.Column("depuis", Instant, nullable=False),
)

courriers = sa.Table(
    "courriers",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("destinataire", sa.Text, nullable=False),
    sa.Column("sujet", sa.Text, nullable=False),
    sa.Column("corps", sa.Text, nullable=False),
    sa.Column("demande", sa.ForeignKey("demandes.numero_unique", ondelete="CASCADE"), index=True),
    sa.Column("cree_le", Instant, nullable=False),
    sa.Column("pas_avant", Instant, nullable=False, index=True),
    sa.Column("essais", sa.Integer, nullable=False),
)

# How far the worker is with an envoi: for people who watch; nothing depends on it.
progressions = sa.Table(
    "progressions",
    metadata,
    sa.Column("envoi", sa.ForeignKey("envois.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("faites", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("etape", sa.String(32), nullable=False),
    sa.Column("maj_le", Instant, nullable=False),
)

# The answers given under an Idempotency-Key, for a day (R5). `statut` empty: the first is still at it.
idempotence = sa.Table(
    "idempotence",
    metadata,
    sa.Column("acteur", sa.String(96), primary_key=True),
    sa.Column("cle", sa.String(128), primary_key=True),
    sa.Column("empreinte", sa.String(64), nullable=False),
    sa.Column("statut", sa.Integer),
    sa.Column("corps", sa.JSON(none_as_null=True)),
    sa.Column("cree_le", Instant, nullable=False, index=True),
)

# A ZIP of a batch: held as a whole, or its scans are so many envois (R39).
lots = sa.Table(
    "lots",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("fichier", sa.Text, nullable=False),
    sa.Column("objet", sa.Text, nullable=False),
    sa.Column("taille", sa.BigInteger, nullable=False),
    sa.Column("deposant", sa.Text, nullable=False, index=True),
    sa.Column("statut", sa.String(16), nullable=False, index=True),
    sa.Column("code", sa.String(32)),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("envois", sa.JSON, nullable=False),
    sa.Column("recu_le", Instant, nullable=False),
    sa.Column("reclame_jusqu_a", Instant),
    sa.Column("reclame_par", sa.String(32)),
    sa.Column("essais", sa.Integer, nullable=False, server_default="0"),  # taken and not ended: our fault
    sa.Column("rappele_le", Instant),
    sa.CheckConstraint("statut IN ('recu', 'ouvert', 'retenu')", name="statut"),
)
