"""Routes of envois: deposit of a batch, state, live progress, compte rendu; and of batches in a ZIP."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from flask import Response, current_app

from intake.domain.acces import Acteur
from intake.domain.envoi import Envoi
from intake.domain.existence import Existe
from intake.errors import AuthentificationRequise
from storage.follow_up_queries import IncidentVu
from storage.uow import SqlTransaction
from web import montre
from web.api import schemas as s
from web.api import schemas_envois as forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, deposant, plan_en_vigueur, porteur, regard, site
from web.api.idempotence import Answer, rejouable
from web.api.paging import decode, page
from web.api.problems import ErreurApi
from web.api.receiving import receive_batch
from web.api.regard import sensibles
from web.api.televersements import finished
from web.api.uploads import received
from web.report import CompteRendu, compte_rendu, document
from web.wiring import Site

_WATCHED = 600.0  # seconds a progress stream lasts at most; the client opens it again
_MOST = 10_000  # incidents of one envoi
_ASK_AGAIN = (1.0, 15.0)  # seconds, from and to
DEPLACEE = "deplacee"  # what a compte rendu says instead of the statut of a piece that is out of reach


def _show(tx: SqlTransaction, envoi: Envoi) -> dict[str, Any]:
    seen = tx.api.progression(envoi.id)
    refus = envoi.refus
    return {
        "id": envoi.id,
        "fichier": envoi.fichier,
        "statut": envoi.statut.value,
        "canal": envoi.canal.value,
        "taille": envoi.taille,
        "pages": envoi.pages,
        "recu_le": envoi.recu_le,
        "traite_le": envoi.traite_le,
        "refus": {"code": refus.code, "message": refus.message, "hint": refus.hint} if refus else None,
        "echecs": [montre.echec(e) for e in tx.echecs.de_envoi(envoi.id)],
        "progression": dict(zip(("faites", "total", "etape"), seen, strict=True)) if seen else None,
    }


def _target() -> Envoi:
    envoi = cible().envoi
    assert envoi is not None
    return envoi


@api.get("/envois")
@api.input(forms.FiltreEnvois, location="query")
@api.output(forms.EnvoisTrouves)
@api.doc(tags=["Envois"], summary="Ses envois, les plus récents d'abord")
def envois_lister(query_data: dict[str, Any]) -> dict[str, Any]:
    n = query_data["limite"]
    after = decode(query_data["curseur"], [datetime, str])
    with site().uow() as tx:
        found = tx.api.envois(
            deposant(acteur()),
            statut=query_data["statut"],
            apres=(after[0], after[1]) if after else None,
            n=n + 1,
        )
        return page(found, n, lambda e: _show(tx, e), lambda e: [e.recu_le.isoformat(), e.id])


@api.post("/envois")
@api.input(forms.EnvoiDepose, location="form_and_files")
@api.output(s.Accuse, 202)
@api.doc(
    tags=["Envois"],
    summary="Déposer un envoi : fichier (PDF, TIFF, image, ZIP avec manifeste) ou téléversement achevé",
)
@rejouable
def envoi_deposer(form_and_files_data: dict[str, Any]) -> Answer:
    asked = form_and_files_data
    if asked["televersement"] is not None:
        with finished(asked["televersement"]) as path:
            return receive_batch(path, asked["demande"])
    with received(asked["fichier"]) as path:
        return receive_batch(path, asked["demande"])


@api.get("/envois/<envoi>")
@api.output(forms.EnvoiVu)
@api.doc(tags=["Envois"], summary="État d'un envoi ; « Retry-After » : secondes avant de redemander")
def envoi_lire(envoi: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    del envoi
    with site().uow() as tx:
        seen = _show(tx, _target())
    return seen, 200, {} if _target().termine else {"Retry-After": str(_patience(_target()))}


def _patience(envoi: Envoi) -> int:
    """Seconds: what has waited long will wait a little more, and two hundred phones ask all the same."""
    waited = (site().clock.now() - envoi.recu_le).total_seconds()
    return round(min(_ASK_AGAIN[1], max(_ASK_AGAIN[0], waited / 5)))


@api.get("/envois/<envoi>/progression")
@api.output(s.TEXTE, content_type="text/event-stream", description="Événements « progression », puis « fin »")
@api.doc(tags=["Envois"], summary="Suivre un envoi en direct (Server-Sent Events)")
def envoi_progression(envoi: str) -> Response:
    here, who, bearer = site(), acteur(), porteur()

    def events() -> Iterator[str]:
        until, last = time.monotonic() + _WATCHED, None
        while time.monotonic() < until and _still(here, who, bearer):
            with here.uow() as tx:
                now = tx.envois.lire(envoi)
                seen = _show(tx, now) if now else None
            if now is None or seen is None:
                return
            told = {"statut": seen["statut"], "progression": seen["progression"]}
            if told != last:
                yield f"event: progression\ndata: {json.dumps(told)}\n\n"
                last = told
            else:
                yield ": attente\n\n"
            if now.termine:
                yield f"event: fin\ndata: {json.dumps(told)}\n\n"
                return
            time.sleep(1.0)

    streams: BoundedSemaphore = current_app.extensions["flux"]
    if not streams.acquire(blocking=False):  # each holds a thread: they must not take them all
        raise ErreurApi(
            "TROP_DE_REQUETES",
            "Trop d'envois sont suivis en direct.",
            "Relisez plutôt l'état de l'envoi.",
        )
    answer = Response(events(), content_type="text/event-stream")
    answer.call_on_close(streams.release)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _still(here: Site, who: Acteur, bearer: str) -> bool:
    """A session that was closed, a token that was revoked, rights that changed: it is followed no longer."""
    try:
        return here.reconnaitre.par_reference(bearer) == who
    except AuthentificationRequise:
        return False


@api.get("/envois/<envoi>/compte-rendu")
@api.input(forms.FormatRendu, location="query")
@api.output(forms.CompteRenduVu, description="JSON ; ou CSV avec format=csv")
@api.doc(tags=["Envois"], summary="Compte rendu d'intégration d'un envoi (R11)")
def envoi_compte_rendu(envoi: str, query_data: dict[str, Any]) -> Response:
    report = compte_rendu(site(), envoi)
    with site().uow() as tx:
        told = _narrowed(tx, report)
    if query_data["format"] == "csv":
        answer = Response(_csv(told), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{envoi}.csv"'
        return answer
    return Response(json.dumps(told, ensure_ascii=False), content_type="application/json")


def _narrowed(tx: SqlTransaction, report: CompteRendu) -> dict[str, Any]:
    """What of it exists for the reader; of pieces that have gone to a dossier out of reach, a trace (R31)."""
    seen = regard(tx)
    sight = {p.id: seen.existe(p) for p in report.pieces}
    whole = {id_ for id_, s in sight.items() if s is Existe.TOUT}
    party = seen.partie(report.envoi)
    groups = {i.incident.id for i in _groups(tx, report.envoi)}
    incidents = [i for i in report.incidents if (i.piece in whole if i.piece else i.id in groups)]
    pieces = [p for p in report.pieces if sight[p.id] is not Existe.RIEN]
    kept = replace(report, pieces=pieces, incidents=incidents)
    if not party:  # what is said of the whole may name others' demandes
        kept = replace(kept, envoi=replace(report.envoi, bordereau=None), pages=[])
    told = document(kept, report.envoi.fichier, new=False)
    told["pieces"] = [p if p["id"] in whole else _trace(p) for p in told.get("pieces", [])]
    return told


def _groups(tx: SqlTransaction, envoi: Envoi) -> list[IncidentVu]:
    hidden = sensibles(plan_en_vigueur(tx))
    return tx.api.incidents(acteur(), hidden, filtres={"envoi": envoi.id}, apres=None, n=_MOST)


def _trace(piece: dict[str, Any]) -> dict[str, Any]:
    """That these pages were received and are no more to be seen here; nothing of where they are."""
    gone = {"id": piece["id"], "pages": piece["pages"], "statut": DEPLACEE, "evidence": []}
    told = {"message": "Cette pièce est maintenant dans une demande que vous ne suivez pas."}
    return dict.fromkeys(piece) | gone | told


_COLUMNS = "id numero_unique pages type categorie personne statut motif message".split()


def _csv(told: dict[str, Any]) -> str:
    out = io.StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow(_COLUMNS)
    for piece in told.get("pieces", []):
        row = [piece[c] for c in _COLUMNS]
        row[2] = "-".join(str(n) for n in piece["pages"])
        table.writerow([_inert(v) for v in row])
    return "\ufeff" + out.getvalue()


def _inert(value: Any) -> str:
    """A spreadsheet takes what begins so for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


@api.get("/lots/<lot>")
@api.output(forms.LotVu)
@api.doc(tags=["Envois"], summary="État d'un lot déposé en ZIP : ses envois, ou ce qui le retient (R39)")
def lot_lire(lot: str) -> dict[str, Any]:
    with site().uow() as tx:
        found = tx.api.lot(lot)
    if found is None or found["deposant"] != deposant(acteur()):
        raise ErreurApi("ENVOI_INCONNU", "Ce lot n'existe pas.")
    return found
