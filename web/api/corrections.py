"""Routes of what people correct of a piece: type, demande, marks, pages; and its history (R27, R28).

Each is one transaction, refused to the slower of two: `If-Match` takes the piece's ETag.
"""

from __future__ import annotations

from typing import Any

from intake.domain.commands import (
    Confirmer,
    Correctif,
    Decouper,
    DemanderCopie,
    Deplacer,
    Fusionner,
    Marque,
    Marquer,
    Reclasser,
    Recoupe,
    Tourner,
)
from intake.domain.envoi import Piece
from intake.domain.motif import Motif
from web.api import schemas_gestes as forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, gestes, site
from web.api.idempotence import Answer, idempotent
from web.api.incidents import told as told_incident
from web.api.orders import carry_out, corrected, geste, sienne, vu, without_others
from web.api.schemas_envois import IncidentVu


def _target() -> Piece:
    piece = cible().piece
    assert piece is not None
    return piece


def _corrected(ordre: Correctif | Recoupe, asked: dict[str, Any]) -> Answer:
    it = _target()
    by = geste(asked["raison"], asked["incident"], vu(it))
    return corrected(carry_out(it.id, ordre, by)), 200


@api.post("/pieces/<piece>/reclassement")
@api.input(forms.Reclassement)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Donner un autre type, une autre personne, ou les deux")
@idempotent
def piece_reclasser(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Reclasser(json_data["type"], json_data["personne"]), json_data)


@api.post("/pieces/<piece>/deplacement")
@api.input(forms.Deplacement)
@api.output(forms.Correction)
@api.doc(
    tags=["Pièces"], summary="Mettre dans une autre de ses demandes ; les noms lus sont confrontés (R14)"
)
@idempotent
def piece_deplacer(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Deplacer(sienne(json_data["numero"]), json_data["malgre_le_nom"]), json_data)


@api.post("/pieces/<piece>/marque")
@api.input(forms.Marquage)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Marquer obsolète ou inexploitable ; « aucune » rétablit (R24)")
@idempotent
def piece_marquer(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Marquer(Marque(json_data["marque"])), json_data)


@api.post("/pieces/<piece>/confirmation")
@api.input(forms.Confirmation)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Déposer une pièce retenue « à vérifier », une fois regardée")
@idempotent
def piece_confirmer(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Confirmer(json_data["personne"]), json_data)


@api.post("/pieces/<piece>/copie")
@api.input(forms.Geste)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Écarter une pièce inexploitable et en faire demander une nouvelle copie")
@idempotent
def piece_copie(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(DemanderCopie(), json_data)


@api.post("/pieces/<piece>/rotation")
@api.input(forms.Rotation)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Remettre des pages debout ; les numéros sont ceux de l'envoi")
@idempotent
def piece_tourner(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Tourner(json_data["degres"], tuple(json_data["pages"])), json_data)


@api.post("/pieces/<piece>/decoupe")
@api.input(forms.Decoupe)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Découper avant chacune de ces pages ; les numéros sont ceux de l'envoi")
@idempotent
def piece_decouper(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Decouper(tuple(json_data["debuts"])), json_data)


@api.post("/pieces/<piece>/fusion")
@api.input(forms.Fusion)
@api.output(forms.Correction)
@api.doc(tags=["Pièces"], summary="Réunir les pages d'autres pièces du même envoi et de la même demande")
@idempotent
def piece_fusionner(piece: str, json_data: dict[str, Any]) -> Answer:
    del piece
    return _corrected(Fusionner(tuple(json_data["autres"])), json_data)


@api.get("/pieces/<piece>/histoire")
@api.output(forms.Histoire)
@api.doc(tags=["Pièces"], summary="Qui a fait quoi d'une pièce, quand et pourquoi")
def piece_histoire(piece: str) -> dict[str, Any]:
    with site().uow() as tx:
        return {
            "elements": [
                {
                    "le": acte.fait.le.isoformat(),
                    "par": acte.fait.par,
                    "action": acte.fait.action,
                    "raison": acte.fait.raison,
                    "avant": without_others(tx, acte.avant),
                    "apres": without_others(tx, acte.apres),
                }
                for acte in tx.histoire.de_piece(piece)
            ]
        }


@api.post("/pieces/<piece>/incidents")
@api.input(forms.Signalement)
@api.output(IncidentVu, 201)
@api.doc(tags=["Incidents"], summary="Ouvrir une fiche incident sur une pièce (R26)")
@idempotent
def piece_signaler(piece: str, json_data: dict[str, Any]) -> Answer:
    incident = gestes().suivre.signaler(
        piece, Motif(json_data["motif"]), acteur().id, json_data["texte"], attendu=json_data["attendu"]
    )
    return told_incident(incident.id), 201
