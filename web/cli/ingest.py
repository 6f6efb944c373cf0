"""`flask ingest`: files become filed pieces, and an incident for everything that could not be filed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from intake.domain import numero as numeros
from intake.domain.acces import SYSTEME
from intake.domain.envoi import Envoi
from intake.domain.jour import jour_civil
from intake.domain.journal import Action, Evenement
from intake.domain.motif import Canal
from intake.errors import IntakeError
from intake.readers.lecteur import SandboxLecteur
from intake.use_cases.process import Progress
from intake.use_cases.receive import Recevoir
from web.cli.common import (
    console,
    current_site,
    emit,
    files_argument,
    is_ours,
    json_option,
    must_exist,
    one_file,
    printable,
    progress_bar,
    shown,
    translated,
)
from web.report import compte_rendu, document, for_people
from web.settings import read_settings
from web.wiring import Site, make_lecteur

_POLL_SECONDS = 0.5


def _numero(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    numero = numeros.lire(value)
    if numero is None:
        raise click.BadParameter(
            f"« {value} » n'est pas un numéro unique (18 caractères, territoire puis MMAA…)."
        )
    return str(numero)


@click.command()
@files_argument
@click.option(
    "--canal",
    type=click.Choice([c.value for c in Canal]),
    default=None,
    help="Par où le fichier arrive. Par défaut : numeriseur, ou guichet avec --demande.",
)
@click.option(
    "--demande",
    callback=_numero,
    default=None,
    metavar="NUMERO",
    help="La demande pour laquelle le fichier est déposé, quand le déposant la connaît.",
)
@click.option("--differe", is_flag=True, help="Reçoit et laisse le travail aux « python -m web.worker ».")
@json_option
@translated
def ingest(
    files: tuple[Path, ...], canal: str | None, demande: str | None, differe: bool, as_json: bool
) -> None:
    """Reçoit des fichiers, les découpe en pièces et dépose chacune dans sa demande.

    Un fichier refusé est conservé et signalé ; les autres sont traités. Le même fichier donné une seconde
    fois ne dépose rien de plus.
    """
    channel = Canal(canal) if canal else (Canal.GUICHET if demande else Canal.NUMERISEUR)
    site = current_site()
    if differe:
        _leave_to_workers(site, files, channel, demande, as_json=as_json)
        return
    seen: list[IntakeError] = []
    with make_lecteur(read_settings()) as lecteur:
        for file in files:
            with one_file(file, as_json=as_json) as failed:
                answer = ingest_one(site, lecteur, file, channel, demande, as_json=as_json)
                if as_json:
                    emit(answer)
                if "error" in answer:  # kept and reported; ours only when it was put aside for a bug
                    refused = answer["error"]
                    seen.append(IntakeError(refused["message"], code=refused["code"]))
            seen += failed
    _end(seen)


def _end(seen: list[IntakeError]) -> None:
    if any(is_ours(e) for e in seen):
        raise SystemExit(1)


def ingest_one(
    site: Site,
    lecteur: SandboxLecteur | None,
    file: Path,
    canal: Canal,
    demande: str | None,
    *,
    as_json: bool,
) -> dict[str, Any]:
    """The promised object for one file; printed for people unless `as_json`. Raises IntakeError.

    Without a `lecteur` the work is the workers', and its end is waited for.
    """
    must_exist(file)
    received, new = _receive(site, file, canal, demande)
    with progress_bar(shown=not as_json) as progress:
        if lecteur is None:
            _await_workers(site, received, progress)
        else:
            site.traiter(lecteur)(received.id, progress)
    report = compte_rendu(site, received.id)
    if not as_json:
        with site.uow() as tx:
            plan = tx.plans.en_vigueur(jour_civil(site.clock.now()))
        libelles = {code: t.libelle for code, t in plan.types.items()}
        console.print(for_people(report, printable(file), new=new, libelles=libelles))
    return document(report, shown(file), new=new)


def _receive(site: Site, file: Path, canal: Canal, demande: str | None) -> tuple[Envoi, bool]:
    line = Evenement(SYSTEME, Action.CREATION, "envoi", demande=demande, details={"canal": canal.value})
    return Recevoir(site.journalise(line), site.objects, site.clock)(file, canal, declaree=demande)


def _await_workers(site: Site, received: Envoi, progress: Progress) -> None:
    from web.jobs import enqueuer

    enqueuer(site.settings)(received)
    while True:
        with site.uow() as tx:
            envoi, seen = tx.envois.lire(received.id), tx.api.progression(received.id)
        if envoi is None or envoi.termine:
            return
        if seen is not None:
            progress(*seen)
        time.sleep(_POLL_SECONDS)


def _leave_to_workers(
    site: Site, files: tuple[Path, ...], canal: Canal, demande: str | None, *, as_json: bool
) -> None:
    from web.jobs import connect, enqueue, queue_for, queue_of

    queue = queue_of(connect(site.settings), queue_for(canal))
    seen: list[IntakeError] = []
    for file in files:
        with one_file(file, as_json=as_json) as failed:
            must_exist(file)
            received, new = _receive(site, file, canal, demande)
            if not received.termine:
                enqueue(queue, received.id)
            if as_json:
                emit(document(compte_rendu(site, received.id), shown(file), new=new))
            else:
                console.print(f"{printable(file)} : reçu, envoi {received.id}.", markup=False)
        seen += failed
    _end(seen)
