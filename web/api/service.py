"""Routes of the service itself: is it alive, is it ready, what does it count, how is it called."""

from __future__ import annotations

from apiflask import APIFlask
from flask import Response, current_app, jsonify, render_template
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from web.api.guard import site
from web.api.problems import respond
from web.parties import INDISPENSABLES, OK, etat


def register(app: APIFlask) -> None:
    @app.get("/sante")
    @app.doc(hide=True)
    def sante() -> Response:
        """Alive: says nothing of what stands behind."""
        return jsonify(statut="vivant")

    @app.get("/pret")
    @app.doc(hide=True)
    def pret() -> Response:
        """Ready: what nothing can be served without answers; a part that only delays is named."""
        state = etat(site())
        wrong = {name for name, said in state.items() if said != OK}
        if wrong & INDISPENSABLES:
            return respond("STOCKAGE_INDISPONIBLE", 503, "Le service n'est pas prêt.", "", dict(state))
        return jsonify(statut="degrade" if wrong else "pret", **state)

    @app.get("/metrics")
    @app.doc(hide=True)
    def metrics() -> Response:
        return Response(generate_latest(current_app.extensions["registre"]), content_type=CONTENT_TYPE_LATEST)

    @app.get("/api/v1/openapi.json")
    @app.doc(hide=True)
    def description() -> Response:
        return jsonify(app.extensions["openapi"]())

    @app.get("/api/v1/documentation")
    @app.doc(hide=True)
    def documentation() -> str:
        return render_template("api.html", spec=app.extensions["openapi"]())
