"""Routes of the sign-in through the identity provider: there, back, and out."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from web.access.oidc import ALLER, ParOidc
from web.api import schemas as s
from web.api.blueprint import api
from web.api.guard import site
from web.api.problems import ErreurApi
from web.api.sessions import told


def _way() -> ParOidc:
    way = site().par_oidc
    if way is None:
        raise ErreurApi("ROUTE_INCONNUE", "Ce service n'a pas de fournisseur d'identité.")
    return way


def _cookie(way: ParOidc) -> tuple[str, bool]:
    """Its name, and whether it is kept from plain HTTP: everywhere but on a developer's own machine."""
    secure = way.reglages.public_url.startswith("https://")
    return ("__Host-oidc" if secure else "oidc"), secure


@api.get("/oidc/connexion")
@api.output({}, 302, description="Vers le fournisseur d'identité")
@api.doc(tags=["Connexion"], summary="Commencer une connexion par le fournisseur d'identité")
def oidc_connexion() -> Response:
    way = _way()
    begun = way.commencer()
    answer = Response(status=302, headers={"Location": begun.adresse})
    name, secure = _cookie(way)
    # Only the browser that began can end: nobody can be signed in as somebody else by a link (login CSRF).
    answer.set_cookie(
        name, begun.temoin, max_age=ALLER, secure=secure, httponly=True, samesite="Lax", path="/"
    )
    return answer


@api.get("/oidc/retour")
@api.input(s.RetourOidc, location="query")
@api.output(s.SessionOuverte, 200)
@api.doc(tags=["Connexion"], summary="Finir une connexion par le fournisseur d'identité")
def oidc_retour(query_data: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    way = _way()
    name, secure = _cookie(way)
    code = query_data["code"] if query_data["error"] is None else None
    opened = way.terminer(query_data["state"], request.cookies.get(name, ""), code, query_data["iss"])
    gone = Response()
    gone.delete_cookie(name, secure=secure, httponly=True, samesite="Lax", path="/")
    return told(opened), 200, {"Set-Cookie": gone.headers["Set-Cookie"]}


@api.post("/oidc/deconnexion")
@api.output(s.Deconnexion)
@api.doc(tags=["Connexion"], summary="Se déconnecter, et savoir où le fournisseur d'identité clôt sa session")
def oidc_deconnexion() -> dict[str, Any]:
    way = _way()
    return {"adresse": way.quitter(request.headers["Authorization"].partition(" ")[2].strip())}
