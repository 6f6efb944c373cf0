"""The shapes of a search of pieces: like those of `schemas`, checked on the way in and described."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Date, List, Nested, String
from apiflask.validators import Length, OneOf

from intake.domain.motif import Motif, StatutPiece
from web.api.schemas import Page, PieceVue
from web.api.schemas import texte as court


class RecherchePieces(Page):
    # Whatever is typed, as it is being typed: marks that mean nothing are no error.
    texte = String(load_default=None, validate=Length(0, 10_000))
    nom = court(120, load_default=None)
    numero = court(40, load_default=None)
    statut = String(load_default=None, validate=OneOf([s.value for s in StatutPiece]))
    motif = String(load_default=None, validate=OneOf([m.value for m in Motif]))
    type = court(64, load_default=None)
    categorie = court(16, load_default=None)
    envoi = court(40, load_default=None)
    recu_depuis = Date(load_default=None)
    recu_jusqu_a = Date(load_default=None)


class SegmentVu(Schema):
    texte = String(required=True)
    trouve = Boolean(required=True)


class PieceTrouvee(PieceVue):
    extrait = List(Nested(SegmentVu), required=True)


class RecherchePiecesTrouvees(Schema):
    elements = List(Nested(PieceTrouvee), required=True)
    suivant = String(allow_none=True)
