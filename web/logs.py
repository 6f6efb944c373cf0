"""One event a line: for people on a terminal, or JSON for a collector, with the ids of what it is about.

Ids only: never a name, a text or a document's content.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from web.settings import Settings

if TYPE_CHECKING:
    from flask import Flask, Response

REQUETE: ContextVar[str | None] = ContextVar("requete", default=None)
TRAVAIL: ContextVar[str | None] = ContextVar("travail", default=None)
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_UNTOLD = ("sante", "pret", "metrics")  # asked every few seconds by what watches
_log = logging.getLogger(__name__)
_FIELDS = ("envoi", "etape", "route", "statut", "duree_ms")  # what an event may carry besides its words


def set_up(settings: Settings) -> None:
    """For a process of ours, once, at its start."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(settings))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)  # those of libraries are lines like any other
    for noisy in ("rq", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def formatter(settings: Settings) -> logging.Formatter:
    return JsonLines() if settings.log_format == "json" else Words()


def follow(app: Flask) -> None:
    """Each request has an id, its caller's if it gave a plain one, in its log lines and in its answer."""
    from flask import g, request  # the workers have lines of their own, and answer nobody

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        REQUETE.set(given if _PLAIN.fullmatch(given) else secrets.token_hex(8))
        g.depuis = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = REQUETE.get() or ""
        if request.endpoint not in _UNTOLD:
            spent = round((time.perf_counter() - g.depuis) * 1000) if "depuis" in g else None
            told = {"route": request.endpoint, "statut": response.status_code, "duree_ms": spent}
            _log.info("requête", extra=told)
        return response


def _ids(record: logging.LogRecord) -> dict[str, object]:
    ids: dict[str, object] = {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
    around = {"requete": REQUETE.get(), "travail": TRAVAIL.get()}
    return ids | {name: current for name, current in around.items() if current is not None}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "moment": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "niveau": record.levelname.lower(),
            "source": record.name,
            "evenement": record.getMessage(),
            "processus": record.process,
            **_ids(record),
        }
        if record.exc_info:
            line["erreur"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Words(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        told = " ".join(f"{name}={value}" for name, value in _ids(record).items())
        return f"{super().format(record)} {told}".rstrip()
