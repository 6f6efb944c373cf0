"""One deposit: kept first, acknowledged, and left to the workers (R2, R5, R11)."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import cast

from flask import current_app

from intake.domain import numero as numeros
from intake.domain.acces import Role
from intake.domain.envoi import Envoi
from intake.domain.journal import Action
from intake.domain.motif import Canal
from intake.errors import AntivirusIndisponible, IntakeError
from intake.readers.sniff import limites_de, sniff
from intake.use_cases.bytes import garantir
from intake.use_cases.receive import Recevoir
from storage.uow import SqlTransaction
from web.api.guard import acteur, deposant, journalise, site
from web.api.idempotence import Answer
from web.api.problems import ErreurApi
from web.api.turns import out_of_turn
from web.api.uploads import PIECE
from web.wiring import make_antivirus

_PATIENCE = 8.0  # seconds a sender waits for the antivirus

_ZIP, _ZIP_BEGINS = "application/zip", b"PK\x03\x04"


def receive_batch(path: Path, demande: str | None) -> Answer:
    """A file of a sender of batches, by whichever way it came: a scan, or a ZIP with its manifest."""
    numero = batch_demande(demande) if demande is not None else None
    with path.open("rb") as source:
        zipped = source.read(len(_ZIP_BEGINS)) == _ZIP_BEGINS
    if zipped:
        return receive_zip(path)
    canal = Canal.NUMERISEUR if acteur().role is Role.NUMERISEUR else Canal.GUICHET
    # Without a demande a guichet's file is a batch like the numériseur's: its sheets say whose it is.
    return receive(path, canal if numero else Canal.NUMERISEUR, numero)


def batch_demande(demande: str) -> str:
    """The number of the demande that a batch is declared for. Raises ErreurApi for another's."""
    numero = numeros.lire(demande)
    with site().uow() as tx:
        known = tx.registre.chercher(str(numero)) if numero else None
    if known is None or not (
        acteur().role is Role.NUMERISEUR or acteur().suit(known.numero_unique, known.guichet)
    ):
        raise ErreurApi("DEMANDE_INCONNUE", "Cette demande n'est pas dans votre registre.")
    return known.numero_unique


def receive(path: Path, canal: Canal, demande: str | None) -> Answer:
    """202 for what is to be processed, 200 for what was already there.

    A file that is refused at first sight is kept like any other (R2), and its sender told at once.
    """
    here = site()
    logged = journalise(Action.CREATION, "envoi", demande, canal=canal.value)
    envoi, new = Recevoir(logged, here.objects, here.clock)(
        path, canal, declaree=demande, deposant=deposant(acteur())
    )
    if not envoi.termine:
        _enqueue(envoi)
    try:
        _scan(path)
        sniff(path, limites_de(canal))
    except IntakeError as refusal:
        raise ErreurApi(refusal.code, refusal.message, refusal.hint, envoi=envoi.id) from refusal
    return {
        "envoi": envoi.id,
        "lot": None,
        "statut": envoi.statut.value,
        "nouveau": new,
        "suivi": f"/api/v1/envois/{envoi.id}",
    }, (202 if new else 200)


def _enqueue(envoi: Envoi | None) -> None:
    with out_of_turn():  # a queue that does not answer is waited for some seconds
        current_app.extensions["enfiler"](envoi)


def _scan(path: Path) -> None:
    """Only to tell a person at once: the worker scans everything, and decides where no answer came."""
    antivirus = make_antivirus(site().settings, seconds=_PATIENCE)
    if antivirus is not None and path.stat().st_size <= PIECE:
        with suppress(AntivirusIndisponible), out_of_turn():
            antivirus.examiner(path)


def receive_zip(path: Path) -> Answer:
    """The batch kept as it came; a worker opens it and judges it (R39)."""
    here = site()
    sender = deposant(acteur())
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        size = path.stat().st_size
        key = here.objects.put(source, sha256=sha256, size=size, media=_ZIP)
    identifiant = "L" + hashlib.sha256(f"{sha256}\n{sender}".encode()).hexdigest()[:20].upper()
    row = {
        "id": identifiant,
        "fichier": path.name,
        "objet": key,
        "taille": size,
        "deposant": sender,
        "statut": "recu",
        "code": None,
        "message": "",
        "envois": [],
        "recu_le": here.clock.now(),
    }
    with journalise(Action.CREATION, f"lot {identifiant}")() as plain:
        tx = cast(SqlTransaction, plain)
        tx.objets.verrouiller(key)
        new = tx.api.ajouter_lot(row) or tx.api.relancer_lot(identifiant)
        known = tx.api.lot(identifiant) or row
        tx.commit()
    if new:
        garantir(here.objects, path, key, _ZIP)  # a purge may have erased the same bytes meanwhile
    if known["statut"] == "recu":
        _enqueue(None)
    return {
        "envoi": None,
        "lot": identifiant,
        "statut": known["statut"],
        "nouveau": new,
        "suivi": f"/api/v1/lots/{identifiant}",
    }, (202 if new else 200)
