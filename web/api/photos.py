"""Photos of a piece before it is sent: kept, judged at once, taken again or sent all the same (R6, R35)."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from flask import current_app

from classifier import sentences
from intake.domain.acces import Role
from intake.domain.journal import Action
from intake.domain.lecture import Qualite
from intake.domain.motif import Canal
from intake.errors import AntivirusIndisponible, IntakeError, StockageIndisponible
from intake.ports import Regard
from intake.use_cases.bytes import conserver, garantir
from storage.uow import SqlTransaction
from web.api import schemas as s
from web.api import schemas_photos as forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, deposant, journalise, site
from web.api.idempotence import Answer, rejouable
from web.api.problems import ErreurApi
from web.api.receiving import receive
from web.api.turns import out_of_turn
from web.api.uploads import PIECE, folder, received, safe_name
from web.regards import Regards
from web.wiring import Site, make_antivirus

_UNSENT = timedelta(hours=24)  # R35
_WAIT = 2.0  # seconds of a request; then the verdict comes later
_ANTIVIRUS = 8.0
_LOOKING = timedelta(seconds=60)  # whoever looks longer than that has died
_AT_ONCE = 60  # unsent ones of a sender for a demande: what one piece may have (R4)
_RAW = "application/octet-stream"
_log = logging.getLogger(__name__)


@api.post("/demandes/<numero>/photos")
@api.input(forms.PhotoDeposee, location="form_and_files")
@api.output(forms.PhotoVue, 201)
@api.doc(
    tags=["Photos"],
    summary="Garder 24 heures une photo, dire aussitôt si elle peut servir ; 202 : verdict à relire",
)
@rejouable
def photo_deposer(numero: str, form_and_files_data: dict[str, Any]) -> Answer:
    del numero
    here, now, mine = site(), site().clock.now(), deposant(acteur())
    demande = _demande()
    with received(form_and_files_data["fichier"]) as path:
        if path.stat().st_size > PIECE:
            raise ErreurApi("TROP_VOLUMINEUX", f"Une photo pèse au plus {PIECE // 1_000_000} Mo.")
        sha256, key = conserver(here.objects, path, _RAW)
        row = {
            "id": _identity(sha256, demande, mine),
            "deposant": mine,
            "demande": demande,
            "fichier": safe_name(path.name),
            "objet": key,
            "taille": path.stat().st_size,
            "expire_le": now + _UNSENT,
        }
        with journalise(Action.CREATION, f"photo {row['id']}", demande)() as plain:
            tx = cast(SqlTransaction, plain)
            tx.objets.verrouiller(key)
            if tx.photos.en_attente(mine, demande) >= _AT_ONCE:
                raise ErreurApi(
                    "TROP_DE_REQUETES",
                    f"{_AT_ONCE} photos attendent déjà d'être envoyées.",
                    "Envoyez-les, ou retirez celles qui ne servent pas.",
                )
            new = tx.photos.ajouter(row)
            tx.commit()
        garantir(here.objects, path, key, _RAW)  # a purge may have erased the same bytes meanwhile
    seen = _judged(str(row["id"]))
    return _shown(seen) | {"nouveau": new}, (200 if not new else 202 if seen["verdict"] is None else 201)


@api.get("/demandes/<numero>/photos")
@api.output(forms.PhotosGardees)
@api.doc(
    tags=["Photos"],
    summary="Retrouver ses photos pas encore envoyées : chacune est gardée 24 heures, jusqu'à « expire_le »",
)
def photos_lister(numero: str) -> dict[str, Any]:
    """From any phone its sender signs in with; a verdict that is not there yet is asked for at `suivi`."""
    del numero
    with site().uow() as tx:
        rows = tx.photos.gardees(deposant(acteur()), _demande(), site().clock.now())
    shown = [_shown(row) | {"nouveau": False} for row in rows]
    return {"elements": shown, "heures": int(_UNSENT.total_seconds()) // 3600}


@api.get("/demandes/<numero>/photos/<photo>")
@api.output(forms.PhotoVue)
@api.doc(tags=["Photos"], summary="Relire le verdict d'une photo")
def photo_lire(numero: str, photo: str) -> dict[str, Any]:
    del numero
    _mine(photo)
    return _shown(_judged(photo)) | {"nouveau": False}


@api.delete("/demandes/<numero>/photos/<photo>")
@api.output({}, 204)
@api.doc(tags=["Photos"], summary="Retirer une photo qui n'est pas envoyée, pour la reprendre")
def photo_retirer(numero: str, photo: str) -> tuple[str, int]:
    del numero
    _mine(photo)
    with journalise(Action.SUPPRESSION, f"photo {photo}", _demande())() as plain:
        tx = cast(SqlTransaction, plain)
        key = tx.photos.retirer(photo)
        if key is None:
            raise ErreurApi("CHANGEMENT_IMPOSSIBLE", "Cette photo est déjà envoyée.")
        tx.objets.condamner([key])
        tx.commit()
    return "", 204


@api.post("/demandes/<numero>/photos/envoi")
@api.input(forms.PhotosEnvoyees)
@api.output(s.Accuse, 202)
@api.doc(
    tags=["Photos"],
    summary="Envoyer une ou plusieurs photos comme une pièce ; « garder_quand_meme » pour les moins bonnes",
)
@rejouable
def photos_envoyer(numero: str, json_data: dict[str, Any]) -> Answer:
    del numero
    rows = [_mine(photo) for photo in dict.fromkeys(json_data["photos"])]
    _check(rows, insists=json_data["garder_quand_meme"])
    canal = Canal.DEMANDEUR if acteur().role is Role.DEMANDEUR else Canal.GUICHET
    with _one_file(rows) as path:
        try:
            body, status = receive(path, canal, _demande())
        except ErreurApi as refusal:
            if "envoi" in refusal.plus:  # kept all the same (R2)
                _sent(rows, refusal.plus["envoi"])
            raise
    _sent(rows, body["envoi"])
    return body, status


def _demande() -> str:
    demande = cible().demande
    assert demande is not None
    return demande.numero_unique


def _identity(sha256: str, demande: str, sender: str) -> str:
    """The same photo again is the same (R5)."""
    same = "\n".join([sha256, demande, sender])
    return "F" + base64.b32encode(hashlib.sha256(same.encode()).digest())[:20].decode()


def _mine(photo: str) -> dict[str, Any]:
    with site().uow() as tx:
        row = tx.photos.lire(photo)
    if row is None or (row["demande"], row["deposant"]) != (_demande(), deposant(acteur())):
        raise ErreurApi("PHOTO_INCONNUE", "Cette photo n'existe pas, ou n'existe plus.")
    return row


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    where = f"/api/v1/demandes/{row['demande']}/photos/{row['id']}"
    return {
        "id": row["id"],
        "fichier": row["fichier"],
        "etat": row["etat"],
        "verdict": row["verdict"] or {"etat": "plus_tard", "raisons": []},
        "envoi": row["envoi"],
        "expire_le": row["expire_le"].isoformat() if row["etat"] == "deposee" else None,
        "suivi": where,
    }


# ── the verdict ──


def _judged(photo: str) -> dict[str, Any]:
    """The row, its verdict in it when it is there within the wait; one at a time looks at a photo."""
    here, now, jeton = site(), site().clock.now(), secrets.token_hex(16)
    with here.uow() as tx:
        taken = tx.photos.reclamer(photo, jeton, now, now + _LOOKING)
        row = tx.photos.lire(photo)
        tx.commit()
    if row is None:
        raise ErreurApi("PHOTO_INCONNUE", "Cette photo n'existe plus.")
    if not taken:
        return row
    regards: Regards = current_app.extensions["regards"]
    with out_of_turn():
        begun = regards.ask(lambda regard: _look(here, row, jeton, regard), _WAIT)
    with here.uow() as tx:
        if begun is None:
            tx.photos.rendre(photo, jeton)
        seen = tx.photos.lire(photo)
        tx.commit()
    return seen or row


def _look(here: Site, row: dict[str, Any], jeton: str, regard: Regard) -> None:
    """In a thread of its own: nothing of the request is used."""
    verdict = None
    try:
        verdict = _verdict(here, row, regard)
    except (AntivirusIndisponible, StockageIndisponible):
        pass  # not opened, or not there: whoever asks again has it looked at again
    except IntakeError as e:
        verdict = {
            "etat": "refusee",
            "raisons": [{"code": e.code, "phrase": f"{e.message} {e.hint}".strip()}],
        }
    except Exception:
        _log.exception("regard sur une photo")
        raise
    finally:
        with here.uow() as tx:
            if verdict is None:
                tx.photos.rendre(row["id"], jeton)
            else:
                tx.photos.juger(row["id"], jeton, verdict)
            tx.commit()


def _verdict(here: Site, row: dict[str, Any], regard: Regard) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=here.settings.data / "recus", prefix="photo-") as scratch:
        path = _copy(here, row, Path(scratch))
        _examine(here, path)
        seen = regard(path)
    return {
        "etat": "lisible" if seen.lisible else "a_refaire",
        "raisons": [
            {"code": str(r), "phrase": " ".join(sentences(Qualite(seen.lisible, (r,))))} for r in seen.raisons
        ],
    }


def _copy(here: Site, row: dict[str, Any], scratch: Path) -> Path:
    path: Path = scratch / row["fichier"]
    with here.objects.open(row["objet"]) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return path


def _examine(here: Site, path: Path) -> None:
    """Before anything opens it (docs/adr/0302)."""
    antivirus = make_antivirus(here.settings, seconds=_ANTIVIRUS)
    if antivirus is not None:
        antivirus.examiner(path)


# ── sending ──


def _check(rows: Sequence[dict[str, Any]], *, insists: bool) -> None:
    """No verdict yet is no obstacle: it is a help, and the worker judges what is sent."""
    judged = [(r, r["verdict"] or {"etat": "plus_tard", "raisons": []}) for r in rows]
    refused = [(r, v) for r, v in judged if v["etat"] == "refusee"]
    poor = [(r, v) for r, v in judged if v["etat"] == "a_refaire"]
    if refused:
        raise ErreurApi(
            "PHOTO_A_REFAIRE",
            "Une photo ne peut pas être ouverte.",
            "Retirez-la et prenez-la à nouveau.",
            photos=[{"id": r["id"], **v} for r, v in refused],
        )
    if poor and not insists:
        raise ErreurApi(
            "PHOTO_A_REFAIRE",
            "Une photo ne paraît pas lisible.",
            "Prenez-la à nouveau, ou envoyez-la avec garder_quand_meme : une personne la regardera.",
            photos=[{"id": r["id"], **v} for r, v in poor],
        )


@contextmanager
def _one_file(rows: Sequence[dict[str, Any]]) -> Iterator[Path]:
    """One photo as it came; several as the pages of a PDF, whose originals stay beside it (R3)."""
    here = site()
    if sum(row["taille"] for row in rows) > PIECE:
        raise ErreurApi(
            "TROP_VOLUMINEUX",
            f"Ces photos pèsent ensemble plus de {PIECE // 1_000_000} Mo.",
            "Envoyez-les en plusieurs fois.",
        )
    with tempfile.TemporaryDirectory(dir=folder(), prefix="depot-") as name:
        scratch, paths = Path(name), []
        for i, row in enumerate(rows):
            (scratch / str(i)).mkdir()
            paths.append(_copy(here, row, scratch / str(i)))
        if len(paths) == 1:
            yield paths[0]
            return
        for row, path in zip(rows, paths, strict=True):
            if row["verdict"] is None:
                with out_of_turn():
                    _examine(here, path)
        made = scratch / f"{Path(rows[0]['fichier']).stem}.pdf"
        regards: Regards = current_app.extensions["regards"]
        regards.reunir(paths, made)
        yield made


def _sent(rows: Sequence[dict[str, Any]], envoi: str) -> None:
    with site().uow() as tx:
        tx.photos.envoyer([row["id"] for row in rows], envoi)
        tx.commit()
