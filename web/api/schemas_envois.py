"""The shapes of envois, batches, incidents and tokens, on their way in and out."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, DateTime, Dict, File, Float, Integer, List, Nested, String
from apiflask.validators import OneOf, Range, Regexp

from intake.domain.incident import EtatIncident
from intake.domain.motif import Gravite, Motif, StatutEnvoi
from web.api.schemas import NUMERO, Page, instant, texte


class EnvoiDepose(Schema):
    fichier = File(load_default=None)  # type: ignore[no-untyped-call]
    televersement = texte(64, load_default=None)
    demande = String(load_default=None, validate=NUMERO)


class DepotAnnonce(Schema):
    fichier = texte(255, required=True)
    taille = Integer(required=True, strict=True, validate=Range(1))
    media = texte(100, required=True)
    sha256 = String(required=True, validate=Regexp(r"^[0-9A-Fa-f]{64}$"))
    demande = String(load_default=None, validate=NUMERO)


class PartieAEnvoyer(Schema):
    """PUT those bytes of the file there: exactly that many, and nothing else."""

    numero = Integer(required=True)
    debut = Integer(required=True)
    taille = Integer(required=True)
    url = String(required=True)


class DepotDirect(Schema):
    id = String(required=True)
    etat = String(required=True)
    fichier = String(required=True)
    taille = Integer(required=True)
    parties = Integer(required=True)
    a_envoyer = List(Nested(PartieAEnvoyer), required=True)
    adresses_jusqu_a = instant()
    expire_le = instant()
    suivi = String(required=True)
    fin = String(required=True)


class FiltreEnvois(Page):
    statut = String(load_default=None, validate=OneOf([s.value for s in StatutEnvoi]))


class Avancement(Schema):
    faites = Integer(required=True)
    total = Integer(required=True)
    etape = String(required=True)


class EchecVu(Schema):
    tranche = Integer(required=True)  # its first page; 0: opening or closing the envoi
    code = String(required=True)
    compte = Integer(required=True)  # since the last success
    a_nous = Integer(required=True)  # of these, by a fault of the service; after three it is put aside
    le = instant()
    pas_avant = instant()


class EnvoiVu(Schema):
    id = String(required=True)
    fichier = String(required=True)
    statut = String(required=True)
    canal = String(required=True)
    taille = Integer(required=True)
    pages = Integer(required=True)
    recu_le = DateTime(required=True)
    traite_le = DateTime(allow_none=True)
    refus = Dict(allow_none=True)
    progression = Nested(Avancement, allow_none=True)
    echecs = List(Nested(EchecVu), required=True)


class EnvoisTrouves(Schema):
    elements = List(Nested(EnvoiVu), required=True)
    suivant = String(allow_none=True)


class FormatRendu(Schema):
    format = String(load_default="json", validate=OneOf(["json", "csv"]))


class CompteRenduVu(Schema):
    """The object that « flask ingest --json » prints."""

    file = String(required=True)
    envoi = String(required=True)
    statut = String(required=True)
    pages = Integer()
    pieces = List(Dict())
    incidents = List(Dict())
    error = Dict()
    canal = String()
    bordereau = Dict(allow_none=True)
    hors_pieces = List(Dict())
    nouveau = Boolean()
    cpu_seconds = Float()


class LotVu(Schema):
    id = String(required=True)
    fichier = String(required=True)
    statut = String(required=True)
    code = String(allow_none=True)
    message = String(required=True)
    envois = List(String(), required=True)
    recu_le = DateTime(required=True)


class FiltreIncidents(Page):
    etat = String(load_default=None, validate=OneOf(["en_cours", *(e.value for e in EtatIncident)]))
    motif = String(load_default=None, validate=OneOf([m.value for m in Motif]))
    gravite = String(load_default=None, validate=OneOf([g.value for g in Gravite]))
    envoi = texte(40, load_default=None)
    demande = texte(40, load_default=None)
    piece = texte(48, load_default=None)
    pris_par = texte(96, load_default=None)  # « moi »: by the caller


class IncidentVu(Schema):
    id = String(required=True)
    envoi = String(required=True)
    piece = String(allow_none=True)
    demande = String(allow_none=True)
    motif = String(required=True)
    gravite = String(required=True)
    etat = String(required=True)
    pages = List(Integer())
    message = String(required=True)
    attendu = String(allow_none=True)
    trouve = String(allow_none=True)
    auteur = String(allow_none=True)
    pris_par = String(allow_none=True)
    expose = Boolean(required=True)  # a sensitive piece lies open in a dossier: before all others (R26)
    cree_le = instant()


class IncidentsTrouves(Schema):
    elements = List(Nested(IncidentVu), required=True)
    suivant = String(allow_none=True)


class FiltreJetons(Schema):
    expire_dans = Integer(load_default=None, validate=Range(0, 730))


class JetonVu(Schema):
    id = String(required=True)
    libelle = String(required=True)
    guichet = String(required=True)
    role = String(required=True)
    expire_le = DateTime(required=True)
    jours = Integer(required=True)


class JetonsTrouves(Schema):
    elements = List(Nested(JetonVu), required=True)
