"""The shapes of photos before they are sent."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, File, Integer, List, Nested, String
from apiflask.validators import Length, OneOf

from web.api.schemas import texte


class PhotoDeposee(Schema):
    fichier = File(required=True)  # type: ignore[no-untyped-call]


class RaisonVue(Schema):
    code = String(required=True)
    phrase = String(required=True)


class VerdictVu(Schema):
    etat = String(required=True, validate=OneOf(["lisible", "a_refaire", "refusee", "plus_tard"]))
    raisons = List(Nested(RaisonVue), required=True)


class PhotoVue(Schema):
    id = String(required=True)
    fichier = String(required=True)
    etat = String(required=True, validate=OneOf(["deposee", "envoyee"]))
    verdict = Nested(VerdictVu, required=True)
    envoi = String(allow_none=True)
    expire_le = String(allow_none=True, metadata={"format": "date-time"})
    suivi = String(required=True)
    nouveau = Boolean(required=True)


class PhotosGardees(Schema):
    elements = List(Nested(PhotoVue), required=True)
    # How long a photo that is not sent is kept, from when it was taken to here (R35).
    heures = Integer(required=True)


class PhotosEnvoyees(Schema):
    photos = List(texte(40), required=True, validate=Length(1, 60))
    garder_quand_meme = Boolean(load_default=False)
