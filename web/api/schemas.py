"""The shapes of what goes in and comes out: checked on the way in, described to the world in OpenAPI."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import (
    Boolean,
    Date,
    DateTime,
    Email,
    File,
    Float,
    Integer,
    List,
    Nested,
    String,
)
from apiflask.schemas import FileSchema
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import EXCLUDE

from intake.domain.motif import StatutPiece

BINAIRE = FileSchema(type="string", format="binary")
TEXTE = FileSchema(type="string", format="text")

_NAISSANCE = "Du 1er janvier 1900 à aujourd'hui ; le 1er janvier de l'année quand le jour est inconnu"
NUMERO = Regexp(r"^[0-9A-Za-z .\-]{18,40}$")


def texte(longueur: int, *, au_moins: int = 1, **more: object) -> String:
    # No control characters: PostgreSQL refuses NUL, and nothing of ours has any; no half of a UTF-16 pair.
    allowed = Regexp(r"^[^\x00-\x1f\x7f\ud800-\udfff]*$")
    return String(validate=[Length(au_moins, longueur), allowed], **more)  # type: ignore[arg-type]


def jour() -> String:
    """A day on its way out, already text: an answer is kept as JSON under its Idempotency-Key."""
    return String(allow_none=True, metadata={"format": "date"})


def instant() -> String:
    return String(required=True, metadata={"format": "date-time"})


class Page(Schema):
    limite = Integer(load_default=50, validate=Range(1, 200))
    curseur = String(load_default=None, validate=Regexp(r"^[A-Za-z0-9_-]{0,400}$"))


# ── sign-in ──


class Connexion(Schema):
    identifiant = texte(64, required=True)
    mot_de_passe = String(required=True, validate=Length(1, 200))
    code = texte(12, required=True)


class DemandeCode(Schema):
    numero = String(required=True, validate=NUMERO)
    date_naissance = Date(required=True)


class ConnexionDemandeur(Schema):
    numero = String(required=True, validate=NUMERO)
    code = texte(12, required=True)


class ActeurVu(Schema):
    id = String(required=True)
    nom = String(required=True)
    role = String(required=True)
    guichet = String(allow_none=True)
    territoires = List(String())
    sensible = Boolean()
    numero = String(allow_none=True)


class SessionOuverte(Schema):
    jeton = String(required=True)
    expire_le = DateTime(required=True)
    acteur = Nested(ActeurVu, required=True)


class RetourOidc(Schema):
    # Visible ASCII (RFC 6749, appendix A), and short enough together for one request line.
    state = String(required=True, validate=Regexp(r"^[\x21-\x7e]{1,200}$"))
    code = String(load_default=None, validate=Regexp(r"^[\x20-\x7e]{1,2000}$"))
    iss = String(load_default=None, validate=Regexp(r"^[\x21-\x7e]{1,500}$"))
    error = String(load_default=None, validate=Regexp(r"^[\x20-\x7e]{1,200}$"))

    class Meta:
        unknown = EXCLUDE  # a provider may add what it likes to its return


class Deconnexion(Schema):
    adresse = String(allow_none=True, required=True)


class Message(Schema):
    message = String(required=True)


# ── plan ──


class PlanVoulu(Schema):
    date = Date(load_default=None)


class CategorieVue(Schema):
    code = String(required=True)
    libelle = String(required=True)
    limite = Integer(required=True)
    par_personne = Boolean()
    sensible = Boolean()


class TypeVu(Schema):
    code = String(required=True)
    categorie = String(required=True)
    libelle = String(required=True)
    sensible = Boolean(allow_none=True)
    validite_mois = Integer(allow_none=True)
    hors_perimetre = Boolean()


class PlanVu(Schema):
    version = String(required=True)
    date_effet = String(required=True)
    categories = List(Nested(CategorieVue), required=True)
    types = List(Nested(TypeVu), required=True)


class VersionVue(Schema):
    version = String(required=True)
    date_effet = Date(required=True)
    en_vigueur = Boolean(required=True)


class Versions(Schema):
    versions = List(Nested(VersionVue), required=True)


class DeuxVersions(Schema):
    de = Date(required=True)
    a = Date(required=True)


class DifferenceVue(Schema):
    quoi = String(required=True)
    code = String(required=True)
    champ = String(required=True)
    avant = String(allow_none=True)
    apres = String(allow_none=True)


class Differences(Schema):
    de = String(required=True)
    a = String(required=True)
    differences = List(Nested(DifferenceVue), required=True)


class LigneDemandee(Schema):
    numero = texte(40, required=True)
    type = texte(64, required=True)
    personne = texte(8, load_default=None)


class Precontrole(Schema):
    lignes = List(Nested(LigneDemandee), required=True, validate=Length(1, 5000))


class LigneJugee(Schema):
    numero = String(required=True)
    type = String(required=True)
    verdict = String(required=True)
    categorie = String(allow_none=True)
    limite = Integer(allow_none=True)
    restantes = Integer(allow_none=True)


class PrecontroleJuge(Schema):
    plan = String(required=True)
    lignes = List(Nested(LigneJugee), required=True)


class Place(Schema):
    categorie = String(required=True)
    libelle = String(required=True)
    personne = String(allow_none=True)
    limite = Integer(required=True)
    occupees = Integer(required=True)
    restantes = Integer(required=True)


class Occupation(Schema):
    numero_unique = String(required=True)
    plan = String(required=True)
    categories = List(Nested(Place), required=True)


# ── demandes ──


class PersonneVue(Schema):
    rang = String(required=True, validate=Regexp(r"^(D|C|[AP][0-9]{1,2})$"))
    nom = texte(120, required=True)
    prenom = texte(120, required=True)
    civilite = texte(16, allow_none=True)
    nom_usage = texte(120, allow_none=True)
    date_naissance = Date(allow_none=True, metadata={"description": _NAISSANCE})


class DemandeModifiee(Schema):
    date_depot = Date(allow_none=True)
    guichet = texte(16, allow_none=True)
    email = Email(allow_none=True, validate=Length(max=200))
    telephone = texte(32, allow_none=True)
    personnes = List(Nested(PersonneVue), validate=Length(0, 60))


class DemandeCreee(DemandeModifiee):
    numero_unique = String(required=True, validate=NUMERO)
    alias = List(String(validate=NUMERO), validate=Length(0, 20))


class PersonneLue(Schema):
    rang = String(required=True)
    nom = String(required=True)
    prenom = String(required=True)
    civilite = String(allow_none=True)
    nom_usage = String(allow_none=True)
    date_naissance = jour()


class DemandeVue(Schema):
    """`suivi`: where the state is read of what its held pieces still need."""

    suivi = String(allow_none=True)
    numero_unique = String(required=True)
    statut = String(required=True)
    alias = List(String())
    date_depot = jour()
    date_radiation = jour()
    date_derniere_modification = jour()
    guichet = String(allow_none=True)
    email = String(allow_none=True)
    telephone = String(allow_none=True)
    personnes = List(Nested(PersonneLue))


class DemandeResumee(Schema):
    numero_unique = String(required=True)
    statut = String(required=True)
    guichet = String(allow_none=True)


class RechercheDemandes(Page):
    nom = texte(120, load_default=None)
    numero = texte(40, load_default=None)
    statut = String(load_default=None, validate=OneOf(["active", "radiee"]))


class DemandesTrouvees(Schema):
    elements = List(Nested(DemandeResumee), required=True)
    suivant = String(allow_none=True)


class Raison(Schema):
    raison = texte(500, required=True)


# ── pieces ──


class FiltrePieces(Page):
    statut = String(load_default=None, validate=OneOf([s.value for s in StatutPiece]))
    categorie = texte(16, load_default=None)


class PieceVue(Schema):
    id = String(required=True)
    envoi = String(required=True)
    demande = String(allow_none=True)
    type = String(required=True)
    categorie = String(required=True)
    personne = String(allow_none=True)
    statut = String(required=True)
    motif = String(allow_none=True)
    message = String()
    pages = Integer(required=True)
    confidence = Float()
    recu_le = instant()
    validite = jour()
    sensible = Boolean(required=True)
    doublon_de = String(allow_none=True)
    version = Integer(required=True)
    pages_envoi = List(Integer(), required=True)  # their numbers in the envoi
    rotations = List(Integer(), required=True)
    remplacee_par = String(allow_none=True)


class PiecesTrouvees(Schema):
    elements = List(Nested(PieceVue), required=True)
    suivant = String(allow_none=True)


class Depot(Schema):
    fichier = File(required=True)  # type: ignore[no-untyped-call]
    type = texte(64, load_default=None)
    plan = texte(32, load_default=None)
    personne = texte(8, load_default=None)
    si_pleine = String(load_default="garder", validate=OneOf(["garder", "refuser"]))


class Accuse(Schema):
    envoi = String(allow_none=True)
    lot = String(allow_none=True)
    statut = String(required=True)
    nouveau = Boolean(required=True)
    suivi = String(required=True)


class Retrait(Schema):
    statut = String(load_default="supprimee", validate=OneOf(["supprimee", "rejetee", "obsolete"]))
    raison = texte(500, required=True)


class Remplacement(Schema):
    sortante = texte(48, required=True)
    raison = texte(500, required=True)


class Changement(Schema):
    retiree = Nested(PieceVue, required=True)
    deposee = Nested(PieceVue, allow_none=True)


class Copie(Schema):
    copie = String(load_default="masquee", validate=OneOf(["masquee", "originale"]))


class LienDemande(Schema):
    usage = String(load_default="masquee", validate=OneOf(["masquee", "originale", "page"]))
    page = Integer(load_default=1, strict=True, validate=Range(1, 3000))
    raison = texte(200, load_default="")


class Lien(Schema):
    url = String(required=True)
    expire_le = instant()


class Vue(Schema):
    largeur = Integer(load_default=1000, validate=Range(100, 2400))
    format = String(load_default="jpeg", validate=OneOf(["jpeg", "png"]))
