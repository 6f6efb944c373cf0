"""The shapes of what people order about pieces, incidents and held pages, and of what becomes of them."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from intake.domain.commands import Marque
from intake.use_cases.incidents import SIGNALABLES
from web.api.schemas import NUMERO, PieceVue, instant, texte
from web.api.schemas_envois import IncidentVu

DEGRES = (90, 180, 270)
_PAGE = Range(1, 3000)


class Geste(Schema):
    """Why; and the incident that it resolves, if it does."""

    raison = texte(500, required=True)
    incident = texte(64, load_default=None)


class Reclassement(Geste):
    type = texte(64, load_default=None)
    personne = texte(8, au_moins=0, load_default=None)  # empty: the household as a whole (R17)


class Deplacement(Geste):
    numero = String(required=True, validate=NUMERO)
    malgre_le_nom = Boolean(load_default=False)


class Marquage(Geste):
    marque = String(required=True, validate=OneOf([m.value for m in Marque]))


class Confirmation(Geste):
    personne = texte(8, au_moins=0, load_default=None)


class Rotation(Geste):
    degres = Integer(required=True, validate=OneOf(DEGRES))
    pages = List(Integer(validate=_PAGE), load_default=[], validate=Length(0, 3000))


class Decoupe(Geste):
    debuts = List(Integer(validate=_PAGE), required=True, validate=Length(1, 200))


class Fusion(Geste):
    autres = List(texte(48), required=True, validate=Length(1, 50))


class Signalement(Schema):
    motif = String(required=True, validate=OneOf(sorted(m.value for m in SIGNALABLES)))
    attendu = texte(200, load_default=None)
    texte = texte(2000, required=True)  # last: the name hides the function from here on


class Correction(Schema):
    piece = Nested(PieceVue, required=True)
    nouvelles = List(Nested(PieceVue), required=True)
    deposees = List(Nested(PieceVue), required=True)


class TravailVu(Schema):
    id = String(required=True)
    genre = String(required=True, validate=OneOf(["bordereau", "reprise"]))
    etat = String(required=True, validate=OneOf(["attendu", "fait", "refuse"]))
    envoi = String(allow_none=True)
    statut = String(allow_none=True)
    demande = String(allow_none=True)
    probleme = Dict(allow_none=True)


class Reparation(Schema):
    """`suivi`: 202, the work is left to the service and its state is there; nothing is shown yet."""

    suivi = String(allow_none=True)
    envoi = String(required=True)
    statut = String(required=True)
    pieces = List(Nested(PieceVue), required=True)
    deposees = List(Nested(PieceVue), required=True)


class ActeVu(Schema):
    le = instant()
    par = String(required=True)
    action = String(required=True)
    raison = String(required=True)
    avant = Dict(required=True)
    apres = Dict(required=True)


class Histoire(Schema):
    elements = List(Nested(ActeVu), required=True)


# ── incidents ──


class PriseEnCharge(Schema):
    a_la_place_de = texte(96, load_default=None)
    commentaire = texte(2000, au_moins=0, load_default="")


class Commentaire(Schema):
    texte = texte(2000, required=True)


class Cloture(Schema):
    commentaire = texte(2000, au_moins=0, load_default="")


class SuiteVue(Schema):
    le = instant()
    par = String(required=True)
    action = String(required=True)
    etat = String(required=True)
    commentaire = String(required=True)


class Suites(Schema):
    elements = List(Nested(SuiteVue), required=True)


ACTIONS = (
    "reclasser confirmer deplacer marquer supprimer copie tourner decouper fusionner numero ecarter constater"
).split()


class Resolution(Schema):
    """One action, and what it needs: the fields of the route of the same name."""

    action = String(required=True, validate=OneOf(ACTIONS))
    raison = texte(500, required=True)
    type = texte(64, load_default=None)
    personne = texte(8, au_moins=0, load_default=None)
    numero = String(load_default=None, validate=NUMERO)
    malgre_le_nom = Boolean(load_default=False)
    marque = String(load_default=None, validate=OneOf([m.value for m in Marque]))
    degres = Integer(load_default=None, validate=OneOf(DEGRES))
    pages = List(Integer(validate=_PAGE), load_default=[], validate=Length(0, 3000))
    debuts = List(Integer(validate=_PAGE), load_default=[], validate=Length(0, 200))
    autres = List(texte(48), load_default=[], validate=Length(0, 50))


class Resolu(Schema):
    incident = Nested(IncidentVu, required=True)
    pieces = List(Nested(PieceVue), required=True)


# ── held pages ──


class NumeroDonne(Schema):
    numero = String(required=True, validate=NUMERO)
    pages = List(Integer(validate=_PAGE), load_default=[], validate=Length(0, 3000))
    raison = texte(500, required=True)


class MiseALEcart(Schema):
    pages = List(Integer(validate=_PAGE), load_default=[], validate=Length(0, 3000))
    raison = texte(500, required=True)


class BordereauJoint(Schema):
    guichet = texte(16, load_default=None)
    fiches = Integer(load_default=None, validate=Range(0, 3000))
    pieces = Integer(load_default=None, validate=Range(0, 3000))
    id = texte(40, load_default=None)
    raison = texte(500, required=True)
