"""Routes of what people correct of a piece: type, demande, marks, pages; and its history (R27, R28).

Each is one transaction, refused to the slower of two: `If-Match` takes the piece's ETag.
"""

from __future__ import annotations

from typing import Any

from apiflask import Schema

from intake.domain.motif import Motif
from intake.use_cases.correct import Corrige
from web.api import schemas_gestes as forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, gestes, regard, site
from web.api.idempotence import Answer, idempotent
from web.api.incidents import shown_now
from web.api.orders import carry_out, corrected, geste, order, without_others
from web.api.pieces import vu
from web.api.schemas_envois import IncidentVu


def _route(path: str, form: type[Schema], action: str, summary: str) -> None:
    """`POST /pieces/<piece>/<path>`: the order that `form` describes, carried out."""

    def correct(piece: str, json_data: dict[str, Any]) -> Answer:
        del piece  # the guard has found it, and looked at the caller's rights
        it = cible().piece
        assert it is not None
        by = geste(json_data["raison"], json_data["incident"], vu(it))
        return corrected(carry_out(it.id, order(action, json_data), by)), 200

    def told(piece: str, json_data: dict[str, Any]) -> Answer:
        del piece, json_data
        it = cible().piece
        assert it is not None
        return corrected(Corrige(it)), 200

    correct.__name__ = f"piece_{action}"
    shaped = api.doc(tags=["Pièces"], summary=summary)(idempotent(told)(correct))
    api.post(f"/pieces/<piece>/{path}")(api.input(form)(api.output(forms.Correction)(shaped)))


_route(
    "reclassement", forms.Reclassement, "reclasser", "Donner un autre type, une autre personne, ou les deux"
)
_route(
    "deplacement",
    forms.Deplacement,
    "deplacer",
    "Mettre dans une autre de ses demandes ; les noms lus sont confrontés (R14)",
)
_route("marque", forms.Marquage, "marquer", "Marquer obsolète ou inexploitable ; « aucune » rétablit (R24)")
_route(
    "confirmation",
    forms.Confirmation,
    "confirmer",
    "Déposer une pièce retenue « à vérifier », une fois regardée",
)
_route(
    "copie", forms.Geste, "copie", "Écarter une pièce inexploitable et en faire demander une nouvelle copie"
)
_route("rotation", forms.Rotation, "tourner", "Remettre des pages debout ; les numéros sont ceux de l'envoi")
_route(
    "decoupe",
    forms.Decoupe,
    "decouper",
    "Découper avant chacune de ces pages ; les numéros sont ceux de l'envoi",
)
_route(
    "fusion",
    forms.Fusion,
    "fusionner",
    "Réunir les pages d'autres pièces du même envoi et de la même demande",
)


@api.get("/pieces/<piece>/histoire")
@api.output(forms.Histoire)
@api.doc(tags=["Pièces"], summary="Qui a fait quoi d'une pièce, quand et pourquoi")
def piece_histoire(piece: str) -> dict[str, Any]:
    with site().uow() as tx:
        seen = regard(tx)
        return {
            "elements": [
                {
                    "le": acte.fait.le.isoformat(),
                    "par": acte.fait.par,
                    "action": acte.fait.action,
                    "raison": acte.fait.raison,
                    "avant": without_others(seen, acte.avant),
                    "apres": without_others(seen, acte.apres),
                }
                for acte in tx.histoire.de_piece(piece)
            ]
        }


def _signalled(piece: str, json_data: dict[str, Any]) -> Answer:
    with site().uow() as tx:
        mine = [
            i
            for i in tx.incidents.de_piece(piece)
            if i.auteur == acteur().id and i.motif.value == json_data["motif"]
        ]
    return shown_now(mine[-1].id), 201


@api.post("/pieces/<piece>/incidents")
@api.input(forms.Signalement)
@api.output(IncidentVu, 201)
@api.doc(tags=["Incidents"], summary="Ouvrir une fiche incident sur une pièce (R26)")
@idempotent(_signalled)
def piece_signaler(piece: str, json_data: dict[str, Any]) -> Answer:
    incident = gestes().suivre.signaler(
        piece, Motif(json_data["motif"]), acteur().id, json_data["texte"], attendu=json_data["attendu"]
    )
    return shown_now(incident.id), 201
