"""Routes of the service itself: is it alive, is it ready, what does it count, how is it called."""

from __future__ import annotations

import shutil
from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, jsonify, render_template
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from intake.domain.jour import jour_civil
from intake.errors import IntakeError
from web.api.guard import site
from web.api.problems import respond

_ROOM = 1_000_000_000  # bytes free below which nothing is taken in


def register(app: APIFlask) -> None:
    @app.get("/sante")
    @app.doc(hide=True)
    def sante() -> Response:
        """Alive: says nothing of what stands behind."""
        return jsonify(statut="vivant")

    @app.get("/pret")
    @app.doc(hide=True)
    def pret() -> Response:
        """Ready: the database answers, the objects' store answers, there is room."""
        state: dict[str, Any] = {}
        for name, ask in (("base", _database), ("objets", _objects), ("disque", _disk)):
            try:
                ask()
                state[name] = "ok"
            except IntakeError as e:
                state[name] = e.code
        if any(v != "ok" for v in state.values()):
            return respond("STOCKAGE_INDISPONIBLE", 503, "Le service n'est pas prêt.", "", state)
        return jsonify(statut="pret", **state)

    @app.get("/metrics")
    @app.doc(hide=True)
    def metrics() -> Response:
        return Response(generate_latest(current_app.extensions["registre"]), content_type=CONTENT_TYPE_LATEST)

    @app.get("/api/v1/openapi.json")
    @app.doc(hide=True)
    def description() -> Response:
        return jsonify(app.extensions["openapi"])

    @app.get("/api/v1/documentation")
    @app.doc(hide=True)
    def documentation() -> str:
        return render_template("api.html", spec=app.extensions["openapi"])


def _database() -> None:
    with site().uow() as tx:
        tx.plans.en_vigueur(jour_civil(site().clock.now()))


def _objects() -> None:
    site().objects.exists("00/00/" + "0" * 64)


def _disk() -> None:
    if shutil.disk_usage(site().settings.data).free < _ROOM:
        raise IntakeError("Le disque est presque plein.", code="STOCKAGE_INDISPONIBLE")
