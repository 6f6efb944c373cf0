"""Uploads that may be interrupted, by the tus 1.0 protocol (core, creation, expiration, termination).

Each is two files under `recus/tus`: the bytes so far, and who sends what. The length of the first is the
offset, so nothing can disagree after a crash. docs/adr/0102 says why tus and not S3 multipart.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from pathlib import Path
from typing import Any, BinaryIO

from flask import Response, after_this_request, request

from web.api.blueprint import api
from web.api.guard import acteur, deposant
from web.api.idempotence import Answer, rejouable
from web.api.problems import ErreurApi
from web.api.uploads import EN_COURS, ENVOI, folder, safe_name
from web.restes import EXPIRES

_BLOCK = 1 << 20
_VERSION = {"Tus-Resumable": "1.0.0"}
_SPEAKS = frozenset(f"api.televersement_{what}" for what in ("creer", "etat", "suite", "abandonner"))


@api.before_request
def _versions() -> None:
    """Asked in no version, or in another, nothing is done (tus 1.0.0, « Tus-Resumable »)."""
    if request.endpoint not in _SPEAKS or request.headers.get("Tus-Resumable") == _VERSION["Tus-Resumable"]:
        return

    @after_this_request
    def _told(response: Response) -> Response:
        response.headers["Tus-Version"] = _VERSION["Tus-Resumable"]
        return response

    raise ErreurApi(
        "PROTOCOLE_REFUSE",
        "Les téléversements suivent le protocole tus, version 1.0.0.",
        "Donnez l'en-tête Tus-Resumable: 1.0.0.",
    )


def _root() -> Path:
    path = folder() / "tus"
    path.mkdir(exist_ok=True)
    return path


def _unknown() -> ErreurApi:
    return ErreurApi("TELEVERSEMENT_INCONNU", "Ce téléversement n'existe pas, ou n'existe plus.")


def _known(id_: str) -> tuple[Path, dict[str, Any]]:
    if not id_.isalnum() or len(id_) != 32:
        raise _unknown()
    path = _root() / id_
    try:
        told: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError) as e:
        raise _unknown() from e
    if told["deposant"] != deposant(acteur()):
        raise _unknown()
    return path, told


def _answer(status: int, **headers: str | int) -> Response:
    answer = Response(status=status)
    answer.headers.update(_VERSION)
    answer.headers.update({k.replace("_", "-"): str(v) for k, v in headers.items()})
    return answer


@api.route("/televersements", methods=["OPTIONS"], provide_automatic_options=False)
@api.output({}, 204)
@api.doc(tags=["Téléversements"], summary="Ce que le service sait du protocole tus")
def televersement_capacites() -> Response:
    return _answer(
        204, Tus_Version="1.0.0", Tus_Extension="creation,termination,expiration", Tus_Max_Size=ENVOI
    )


@api.post("/televersements")
@api.output({}, 201)
@api.doc(
    tags=["Téléversements"],
    summary="Commencer un téléversement (tus : Tus-Resumable, Upload-Length, Upload-Metadata)",
)
def televersement_creer() -> Response:
    told, status = _begun()
    return _answer(status, **told)


@rejouable
def _begun() -> Answer:
    """The headers that say where it goes on; told again under their Idempotency-Key (R5)."""
    length = request.headers.get("Upload-Length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise ErreurApi("REQUETE_INVALIDE", "Il manque l'en-tête Upload-Length.")
    if int(length) > ENVOI:
        raise ErreurApi("TROP_VOLUMINEUX", f"Un envoi pèse au plus {ENVOI // 1_000_000} Mo.")
    if _under_way(deposant(acteur())) >= EN_COURS:
        raise ErreurApi(
            "TROP_DE_REQUETES",
            f"{EN_COURS} téléversements sont déjà en cours.",
            "Terminez-en ou abandonnez-en un.",
        )
    id_ = secrets.token_hex(16)
    path = _root() / id_
    told = {"deposant": deposant(acteur()), "taille": int(length), "nom": safe_name(_filename())}
    path.touch()
    path.with_suffix(".json").write_text(json.dumps(told))
    where = f"/api/v1/televersements/{id_}"
    return {"Location": where, "Upload_Offset": 0, "Upload_Expires": _until(path)}, 201


def _under_way(sender: str) -> int:
    """Begun or ended by this sender, and not yet deposited: what the disk can be made to hold has a limit."""
    found = 0
    for told in _root().glob("*.json"):
        with suppress(OSError, ValueError):  # removed, or half written, at this moment
            found += json.loads(told.read_text())["deposant"] == sender
    return found


def _filename() -> str | None:
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                return None
    return None


def _until(path: Path) -> str:
    return formatdate(path.stat().st_mtime + EXPIRES, usegmt=True)


@api.route("/televersements/<id_>", methods=["HEAD"])
@api.output({}, 200)
@api.doc(tags=["Téléversements"], summary="Combien d'octets sont arrivés (Upload-Offset)")
def televersement_etat(id_: str) -> Response:
    path, told = _known(id_)
    answer = _answer(200, Upload_Offset=path.stat().st_size, Upload_Length=told["taille"])
    answer.headers["Cache-Control"] = "no-store"
    return answer


@api.patch("/televersements/<id_>")
@api.output({}, 204)
@api.doc(tags=["Téléversements"], summary="Envoyer la suite, depuis Upload-Offset")
def televersement_suite(id_: str) -> Response:
    path, told = _known(id_)
    if request.mimetype != "application/offset+octet-stream":
        raise ErreurApi("FORMAT_REFUSE", "Le type du corps est application/offset+octet-stream.")
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            raise ErreurApi("REQUETE_EN_COURS", "Une autre requête écrit ce téléversement.") from e
        offset = file.seek(0, os.SEEK_END)
        if request.headers.get("Upload-Offset") != str(offset):
            raise ErreurApi(
                "POSITION_INEXACTE", f"{offset} octets sont arrivés : reprenez là.", position=offset
            )
        _append(file, told["taille"] - offset)
        offset = file.tell()
    return _answer(204, Upload_Offset=offset, Upload_Expires=_until(path))


def _append(file: BinaryIO, room: int) -> None:
    """What came before the line broke is kept: it is what the protocol is for."""
    with suppress(OSError):
        while room > 0 and (block := request.stream.read(min(_BLOCK, room))):
            file.write(block)
            room -= len(block)
        file.flush()
        os.fsync(file.fileno())
        if room == 0 and request.stream.read(1):
            raise ErreurApi("TROP_VOLUMINEUX", "Il est arrivé plus d'octets qu'annoncé.")


@api.delete("/televersements/<id_>")
@api.output({}, 204)
@api.doc(tags=["Téléversements"], summary="Abandonner un téléversement")
def televersement_abandonner(id_: str) -> Response:
    path, _ = _known(id_)
    _remove(path)
    return _answer(204)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)


@contextmanager
def finished(id_: str) -> Iterator[Path]:
    """The whole file under the sender's name; it goes once what was done with it has succeeded."""
    path, told = _known(id_)
    if path.stat().st_size != told["taille"]:
        raise ErreurApi("CHANGEMENT_IMPOSSIBLE", "Ce téléversement n'est pas achevé.")
    scratch = Path(tempfile.mkdtemp(dir=folder(), prefix="depot-"))
    try:
        named = scratch / told["nom"]
        os.link(path, named)
        yield named
        _remove(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
