"""Files of a request, written to the disk as they come: never whole in memory, however large."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from flask import Request, current_app, request
from werkzeug.datastructures import FileStorage

from web.api.problems import ErreurApi

MO = 1_000_000
PIECE = 20 * MO
ENVOI = 1_000 * MO
EN_COURS = 20  # large files of one sender that have begun to come in, and are not received yet
_AROUND = MO  # what a multipart body adds to its file
_JSON = 8 * MO
_LIMITS = {
    "api.photo_deposer": PIECE + _AROUND,
    "api.piece_deposer": PIECE + _AROUND,
    "api.envoi_deposer": ENVOI + _AROUND,
}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]+")


class ApiRequest(Request):
    """Each file part becomes a named file beside the objects, so that moving it costs nothing."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        del total_content_length, content_type, filename, content_length
        return tempfile.NamedTemporaryFile(dir=folder(), prefix="partie-")


def folder() -> Path:
    path: Path = current_app.extensions["site"].settings.data / "recus"
    path.mkdir(parents=True, exist_ok=True)
    return path


def limit_body() -> None:
    """Before the body is read: R4's limits, by route."""
    request.max_content_length = _LIMITS.get(request.endpoint or "", _JSON)
    if request.endpoint == "api.televersement_suite":
        request.max_content_length = None  # read by its handler, in blocks, up to the announced length


def safe_name(name: str | None) -> str:
    """The last part of the sender's file name, fit for a folder and for a terminal."""
    last = _UNSAFE.sub("_", (name or "").replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    return last.encode("utf-8", "replace")[:150].decode("utf-8", "ignore") or "fichier"


@contextmanager
def received(field: Any) -> Iterator[Path]:
    """The file of a multipart field under its own name, for as long as the request lasts."""
    if not isinstance(field, FileStorage) or not field.filename:
        raise ErreurApi("REQUETE_INVALIDE", "Il manque le fichier.", "Joignez-le dans le champ « fichier ».")
    with tempfile.TemporaryDirectory(dir=folder(), prefix="depot-") as scratch:
        path = Path(scratch) / safe_name(field.filename)
        field.stream.flush()
        os.link(field.stream.name, path)
        yield path
