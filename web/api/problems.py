"""The one translator of this door: an error of ours, or of HTTP, becomes ``application/problem+json``."""

from __future__ import annotations

import json
import logging
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import Response
from werkzeug.exceptions import HTTPException

from intake.errors import IntakeError

_log = logging.getLogger(__name__)

STATUTS: dict[str, int] = {
    "FORMAT_REFUSE": 415,
    "TROP_VOLUMINEUX": 413,
    "FICHIER_CORROMPU": 422,
    "FICHIER_PROTEGE": 422,
    "VIRUS": 422,
    "REGISTRE_INVALIDE": 422,
    "REQUETE_INVALIDE": 422,
    "CLE_REUTILISEE": 422,
    "COMPTE_INVALIDE": 422,
    "DEMANDE_INCONNUE": 404,
    "NUMERO_INCONNU": 404,
    "PIECE_INCONNUE": 404,
    "ENVOI_INCONNU": 404,
    "INCIDENT_INCONNU": 404,
    "PAGE_INCONNUE": 404,
    "PHOTO_INCONNUE": 404,
    "PHOTO_A_REFAIRE": 409,
    "PLAN_INCONNU": 404,
    "TELEVERSEMENT_INCONNU": 404,
    "TRAVAIL_INCONNU": 404,
    "DEPOT_DIRECT_ABSENT": 404,
    "EMPREINTE_INEXACTE": 422,
    "ROUTE_INCONNUE": 404,
    "METHODE_REFUSEE": 405,
    "CHANGEMENT_IMPOSSIBLE": 409,
    "VERSION_DEPASSEE": 412,
    "PROTOCOLE_REFUSE": 412,
    "IDENTITE_INCOHERENTE": 409,
    "DEMANDE_EXISTANTE": 409,
    "CATEGORIE_PLEINE": 409,
    "PLAN_PERIME": 409,
    "REQUETE_EN_COURS": 409,
    "POSITION_INEXACTE": 409,
    "PLAGE_IMPOSSIBLE": 416,
    "DROITS_INSUFFISANTS": 403,
    "AUTHENTIFICATION_REQUISE": 401,
    "IDENTIFIANTS_INVALIDES": 401,
    "OIDC_REFUSE": 401,
    "TROP_DE_REQUETES": 429,
    "STOCKAGE_INDISPONIBLE": 503,
    "MESSAGERIE_INDISPONIBLE": 503,
    "OIDC_INDISPONIBLE": 503,
    "ANTIVIRUS_INDISPONIBLE": 503,
}
_HTTP = {
    400: "REQUETE_INVALIDE",
    404: "ROUTE_INCONNUE",
    405: "METHODE_REFUSEE",
    413: "TROP_VOLUMINEUX",
    415: "FORMAT_REFUSE",
    416: "PLAGE_IMPOSSIBLE",
    422: "REQUETE_INVALIDE",
    429: "TROP_DE_REQUETES",
}
_SENTENCES = {
    "REQUETE_INVALIDE": "La requête n'a pas la forme attendue.",
    "ROUTE_INCONNUE": "Il n'y a rien à cette adresse.",
    "METHODE_REFUSEE": "Cette adresse n'accepte pas cette méthode.",
    "TROP_VOLUMINEUX": "Le corps de la requête est trop gros.",
    "FORMAT_REFUSE": "Le corps de la requête n'est pas du type attendu.",
    "PLAGE_IMPOSSIBLE": "Le fichier n'a pas d'octets à cet endroit : Content-Range dit sa taille.",
    "TROP_DE_REQUETES": "Trop de requêtes : attendez un peu, puis recommencez.",
}


class ErreurApi(IntakeError):
    """An error of this door alone; `plus` goes into the document (limit, occupancy…)."""

    def __init__(self, code: str, message: str, hint: str = "", **plus: Any) -> None:
        super().__init__(message, hint=hint, code=code)
        self.plus = plus


def document(code: str, status: int, message: str, hint: str, plus: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": f"urn:dossier-unique:erreur:{code}",
        "title": message,
        "status": status,
        "code": code,
        "hint": hint,
        **plus,
    }


def respond(
    code: str, status: int, message: str, hint: str = "", plus: dict[str, Any] | None = None
) -> Response:
    body = json.dumps(document(code, status, message, hint, plus or {}), ensure_ascii=False)
    answer = Response(body, status, content_type="application/problem+json")
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        answer.headers.setdefault("Retry-After", "5")
    return answer


def register(app: APIFlask) -> None:
    # First: APIFlask gives it every HTTP error as well, which `theirs` then takes back.
    @app.error_processor
    def validation(error: HTTPError) -> Response:
        code = _HTTP.get(error.status_code, "REQUETE_INVALIDE")
        return respond(code, error.status_code, _SENTENCES[code], "", {"champs": error.detail})

    @app.errorhandler(IntakeError)
    def ours(error: IntakeError) -> Response:
        status = STATUTS.get(error.code, 500)
        if status == 500:
            _log.error("erreur interne : %s", error.code, exc_info=error)
        return respond(error.code, status, error.message, error.hint, getattr(error, "plus", None))

    @app.errorhandler(HTTPException)
    def theirs(error: HTTPException) -> Response:
        status = error.code or 500
        code = _HTTP.get(status, "REQUETE_INVALIDE" if status < 500 else "ERREUR_INTERNE")
        answer = respond(code, status, _SENTENCES.get(code, error.name))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After", "Content-Range"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(RecursionError)
    def too_deep(error: RecursionError) -> Response:
        """Nothing of ours recurses: it is a body nested to break its parser."""
        _log.warning("requête trop imbriquée", exc_info=error)
        return respond("REQUETE_INVALIDE", 400, _SENTENCES["REQUETE_INVALIDE"])

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        _log.error("erreur interne", exc_info=error)
        return respond(
            "ERREUR_INTERNE",
            500,
            "Le service a rencontré une erreur ; rien n'est perdu.",
            "Signalez l'heure de ce message à l'exploitant du service.",
        )
