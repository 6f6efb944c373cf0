"""Builds the HTTP service over a site: handlers, guard, translator, limits, security headers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from threading import BoundedSemaphore, Lock
from typing import Any

from apiflask import APIFlask
from flask import Response, g, request
from flask_limiter import HeaderNames, Limiter
from limits import parse
from prometheus_client import CollectorRegistry
from werkzeug.middleware.proxy_fix import ProxyFix

from web.api import (
    bodies,
    contenus,
    corrections,
    demandes,
    depots_directs,
    envois,
    incidents,
    oidc,
    photos,
    pieces,
    plan,
    recherche,
    repairs,
    service,
    sessions,
    televersements,
    travaux,
    turns,
    uploads,
)
from web.api.blueprint import api
from web.api.guard import install
from web.api.problems import register as register_problems
from web.api.rights import REGLES
from web.cutting import Cutter
from web.jobs import enqueuer, travail_enqueuer
from web.logs import follow
from web.metrics import measure
from web.regards import Regards
from web.rendering import Views
from web.wiring import Site

ROUTES = (
    *(contenus, corrections, demandes, envois, incidents, oidc, pieces, plan, recherche, repairs, sessions),
    *(depots_directs, photos, televersements, travaux),
)
_DESCRIPTION = (
    "Dépôt, classement et consultation des pièces justificatives des demandes de logement social. "
    "Authentification : « Authorization: Bearer JETON ». Les erreurs sont des documents problem+json dont "
    "le champ « code » est stable. Toute création et toute correction acceptent l'en-tête Idempotency-Key ; "
    "la correction d'une pièce accepte If-Match avec l'ETag de la pièce lue."
)
STREAMS = 32  # followed live at once by one web process: a sixth of its threads
_COUNTED = 1.0  # seconds; then each process counts for itself
_RESET = "X-RateLimit-Retry-After"
_SIGN_IN = (
    *("api.session_ouvrir", "api.code_demander", "api.demandeur_ouvrir"),
    *("api.oidc_connexion", "api.oidc_retour"),
)


def create_api(site: Site) -> APIFlask:
    """The WSGI application. Raises KeyError when a route has no rule in web/api/rights.py."""
    app = APIFlask(__name__, title="Dossier unique", version="1", docs_path=None, spec_path=None)
    if hops := site.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.request_class = uploads.ApiRequest
    app.url_map.merge_slashes = False  # it would redirect, to whatever host the request names
    app.config.update(
        DESCRIPTION=_DESCRIPTION,
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_TAGS=False,
        TAGS=["Plan", "Demandes", "Pièces", "Photos", "Envois", "Téléversements", "Incidents", "Connexion"],
        SECURITY_SCHEMES={"jeton": {"type": "http", "scheme": "bearer"}},
        RATELIMIT_STORAGE_URI=site.settings.redis_url or "memory://",
        RATELIMIT_HEADERS_ENABLED=True,
        # Every request waits for the count: a Redis that is there and does not answer is as one that is not.
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": _COUNTED} if site.settings.redis_url else {},
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["site"] = site
    app.extensions["views"] = Views(site.settings.data / "recus")
    app.extensions["coupe"] = Cutter(site.settings)
    app.extensions["regards"] = Regards()
    app.extensions["flux"] = BoundedSemaphore(STREAMS)
    app.extensions["enfiler"] = enqueuer(site.settings)
    app.extensions["enfiler_travail"] = travail_enqueuer(site.settings)
    app.extensions["registre"] = CollectorRegistry()
    follow(app)
    register_problems(app)
    bodies.install()
    app.before_request(uploads.limit_body)
    app.register_blueprint(api)
    service.register(app)
    measure(app, site, app.extensions["registre"])
    turns.begin(app)
    install(app)
    _limit(app, site.settings.api_rate)
    app.after_request(_headers)
    app.spec_processor(_described)
    app.extensions["openapi"] = _description_of(app)
    return app


def _description_of(app: APIFlask) -> Callable[[], Any]:
    """Made when somebody first asks for it: a third of what building the application cost."""
    one_at_a_time = Lock()

    @cache
    def made() -> Any:
        with warnings.catch_warnings():
            # A shape that is inside another and stands alone too: described once, and apispec says so.
            warnings.filterwarnings("ignore", ".*already been added to the spec", UserWarning)
            return app.spec

    def description() -> Any:
        with one_at_a_time:  # outside of what is kept: two who ask first do not both make it
            return made()

    return description


def _limit(app: APIFlask, rate: str) -> None:
    """After the guard: a bearer is counted by who it is, anybody else by where it comes from."""

    def who() -> str:
        actor = getattr(g, "acteur", None)
        return actor.id if actor is not None else f"adresse:{request.remote_addr}"

    app.after_request(_refused)  # before the limiter's own: it runs after it
    limiter = Limiter(
        who,
        app=app,
        default_limits=[rate],
        in_memory_fallback_enabled=True,
        header_name_mapping={HeaderNames.RETRY_AFTER: _RESET},
    )
    # Counted apart, whatever the route: bearers whom nobody knows.
    failures = parse("60 per minute")
    app.extensions["refus"] = lambda: limiter.limiter.hit(failures, "refus", str(request.remote_addr))
    strict = limiter.shared_limit(
        "30 per minute", scope="connexion", key_func=lambda: str(request.remote_addr)
    )
    for endpoint in _SIGN_IN:
        view: Callable[..., Any] = app.view_functions[endpoint]
        app.view_functions[endpoint] = strict(view)
    for endpoint in ("sante", "pret", "metrics"):
        limiter.exempt(app.view_functions[endpoint])


def _refused(response: Response) -> Response:
    """The limiter tells every caller when its count begins anew; only who is refused has to wait for that."""
    reset = response.headers.pop(_RESET, None)
    if response.status_code == 429 and reset is not None:
        response.headers["Retry-After"] = reset
    return response


def _headers(response: Response) -> Response:
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    headers = {
        "Content-Security-Policy": f"{policy}; form-action 'none'",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "no-store",
    }
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)
    return response


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
    },
}


_PICTURE = {"schema": {"type": "string", "contentMediaType": "image/png"}}
# What a route answers besides its first media type; an event stream has no shape as a whole.
_OTHER_MEDIA: dict[str, dict[str, Any]] = {
    "envoi_compte_rendu": {"text/csv": {"schema": {"type": "string"}}},
    "envoi_progression": {"text/event-stream": {}},
    "piece_page": {"image/png": _PICTURE},
    "contenu_lie": {"image/jpeg": _PICTURE},
}


# What also answers 200 for what was already there (R5).
_LEFT_TO_WORKERS = ("envoi_bordereau", "demande_reactiver", "alias_ajouter")
_ALREADY_THERE = ("piece_deposer", "envoi_deposer", "depot_direct_finir", "photos_envoyer")


def _described(spec: Any) -> Any:
    """Every operation may answer with a problem, takes a bearer's token, and creations an Idempotency-Key."""
    spec["components"].setdefault("schemas", {})["Probleme"] = _PROBLEM
    problem = {
        "description": "Un problème, avec son code stable",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Probleme"}}},
    }
    for methods in spec["paths"].values():
        for operation in methods.values():
            if not isinstance(operation, dict):
                continue
            operation["responses"]["default"] = problem
            operation["operationId"] = name = operation["operationId"].partition("_api_")[2]
            if name in _ALREADY_THERE:
                operation["responses"]["200"] = operation["responses"]["202"]
            if name == "photo_deposer":  # what was already there; the verdict comes later
                operation["responses"] |= dict.fromkeys(("200", "202"), operation["responses"]["201"])
            if name in _LEFT_TO_WORKERS:
                operation["responses"]["202"] = operation["responses"]["200"]
            if name in _OTHER_MEDIA:
                operation["responses"]["200"]["content"] |= _OTHER_MEDIA[name]
            rule = REGLES.get(f"api.{name}")
            if rule is not None and not rule.publique:
                operation["security"] = [{"jeton": []}]
    return spec
