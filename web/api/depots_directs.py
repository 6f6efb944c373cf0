"""Large files that a sender puts straight into the object store, part by part (docs/adr/0421).

Announced, sent to addresses that live minutes, then received like any other file: read back as a stream and
compared with what was announced, by the same use case, with the same acknowledgement (R1, R5).
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from intake.errors import IntakeError, ObjetAbsent, StockageIndisponible
from storage.objects.staging import Place, S3Staging, parts_of
from web.api import schemas as s
from web.api import schemas_envois as forms
from web.api.blueprint import api
from web.api.guard import acteur, deposant, site
from web.api.idempotence import Answer, rejouable
from web.api.problems import ErreurApi
from web.api.receiving import batch_demande, receive_batch
from web.api.uploads import EN_COURS, ENVOI, folder, safe_name
from web.wiring import Site

_ADDRESSES = timedelta(minutes=15)  # a part that began by then is taken to its end
_LIVES = timedelta(hours=24)  # also how long the answer is given again
_LEASE = timedelta(minutes=10)  # to read a gigabyte and to receive it
_ORPHANS = timedelta(hours=48)
_TUS = "/api/v1/televersements"
# Whatever the announced type, the bytes decide (R4); this only spares somebody the sending of a gigabyte.
_MEDIA = frozenset(
    "application/pdf application/zip application/x-zip-compressed application/octet-stream image/jpeg "
    "image/png image/tiff image/heic image/heif image/webp image/bmp".split()
)


@api.post("/depots-directs")
@api.input(forms.DepotAnnonce)
@api.output(forms.DepotDirect, 201)
@api.doc(
    tags=["Téléversements"],
    summary="Annoncer un gros fichier, pour l'envoyer par parties droit au stockage d'objets",
)
@rejouable
def depot_direct_annoncer(json_data: dict[str, Any]) -> Answer:
    direct = _offered()
    asked, now, sender = json_data, site().clock.now(), deposant(acteur())
    if asked["taille"] > ENVOI:
        raise ErreurApi("TROP_VOLUMINEUX", f"Un envoi pèse au plus {ENVOI // 1_000_000} Mo.")
    if asked["media"].partition(";")[0].strip().lower() not in _MEDIA:
        raise ErreurApi(
            "FORMAT_REFUSE",
            "Ce type de fichier n'est pas accepté.",
            "Envoyez un PDF, une image ou un ZIP avec son manifeste.",
        )
    demande = batch_demande(asked["demande"]) if asked["demande"] is not None else None
    with site().uow() as tx:
        if tx.depots_directs.attendus(sender, now) >= EN_COURS:
            raise ErreurApi(
                "TROP_DE_REQUETES",
                f"{EN_COURS} dépôts directs sont déjà en cours.",
                "Terminez-en ou abandonnez-en un.",
            )
    place = direct.begin()
    row = {
        "id": secrets.token_hex(16),
        "deposant": sender,
        "fichier": safe_name(asked["fichier"]),
        "taille": asked["taille"],
        "sha256": asked["sha256"].lower(),
        "demande": demande,
        "cle": place.key,
        "televersement": place.upload,
        "expire_le": now + _LIVES,
    }
    with site().uow() as tx:
        tx.depots_directs.ajouter(row)
        tx.commit()
    return _shown(direct, row | {"etat": "attendu"}, {}), 201


@api.get("/depots-directs/<depot>")
@api.output(forms.DepotDirect)
@api.doc(
    tags=["Téléversements"],
    summary="Ce qui est arrivé d'un dépôt direct, et de nouvelles adresses pour ce qui manque",
)
def depot_direct_lire(depot: str) -> dict[str, Any]:
    direct, row = _offered(), _mine(depot)
    arrived = direct.arrived(_place(row)) if row["etat"] == "attendu" else None
    return _shown(direct, row, arrived)


@api.post("/depots-directs/<depot>/fin")
@api.output(s.Accuse, 202)
@api.doc(
    tags=["Téléversements"],
    summary="Dire que tout est envoyé : le fichier est vérifié, puis reçu comme tout envoi",
)
@rejouable
def depot_direct_finir(depot: str) -> Answer:
    direct = _offered()
    _mine(depot)
    with _claimed(depot) as (row, jeton):
        if row["etat"] == "fini":
            return _answered(row["reponse"])
        told: dict[str, Any]
        status = 202
        try:
            _assemble(direct, row)
            with _verified(direct, row) as path:
                body, status = receive_batch(path, row["demande"])
            told = {"corps": body}
        except ErreurApi as refusal:
            if refusal.code != "EMPREINTE_INEXACTE" and "envoi" not in refusal.plus:
                raise  # nothing was received: it may be tried again
            told = {"refus": [refusal.code, refusal.message, refusal.hint, refusal.plus]}
        with site().uow() as tx:
            tx.depots_directs.conclure(depot, jeton, told)
            tx.commit()
        with suppress(StockageIndisponible):  # the sweeper will do it
            direct.discard(_place(row))
    return (told["corps"], status) if "corps" in told else _answered(told)


@api.delete("/depots-directs/<depot>")
@api.output({}, 204)
@api.doc(tags=["Téléversements"], summary="Abandonner un dépôt direct : ce qui en est arrivé est effacé")
def depot_direct_abandonner(depot: str) -> tuple[str, int]:
    direct = _offered()
    _mine(depot)
    with _claimed(depot) as (row, jeton):
        direct.discard(_place(row))
        with site().uow() as tx:
            tx.depots_directs.oublier(depot, jeton)
            tx.commit()
    return "", 204


def _offered() -> S3Staging:
    direct = site().direct
    if direct is None:
        raise ErreurApi(
            "DEPOT_DIRECT_ABSENT",
            "Ce service ne propose pas le dépôt direct.",
            f"Envoyez le fichier par le protocole tus : {_TUS}.",
            televersements=_TUS,
        )
    return direct


def _unknown() -> ErreurApi:
    return ErreurApi("TELEVERSEMENT_INCONNU", "Ce dépôt direct n'existe pas, ou n'existe plus.")


def _mine(depot: str) -> dict[str, Any]:
    with site().uow() as tx:
        row = tx.depots_directs.lire(depot, deposant(acteur()))
    if row is None or (row["etat"] == "attendu" and row["expire_le"] <= site().clock.now()):
        raise _unknown()
    return row


def _place(row: dict[str, Any]) -> Place:
    return Place(row["cle"], row["televersement"])


def _shown(
    direct: S3Staging, row: dict[str, Any], arrived: dict[int, tuple[int, str]] | None
) -> dict[str, Any]:
    """`arrived`: None when there is nothing more to send."""
    parts = parts_of(row["taille"])
    missing = [] if arrived is None else [p for p in parts if arrived.get(p.number, (-1,))[0] != p.size]
    seconds = int(_ADDRESSES.total_seconds())
    where = f"/api/v1/depots-directs/{row['id']}"
    return {
        "id": row["id"],
        "etat": row["etat"],
        "fichier": row["fichier"],
        "taille": row["taille"],
        "parties": len(parts),
        "a_envoyer": [
            {
                "numero": p.number,
                "debut": p.start,
                "taille": p.size,
                "url": direct.address(_place(row), p, seconds),
            }
            for p in missing
        ],
        "adresses_jusqu_a": (site().clock.now() + _ADDRESSES).isoformat(),
        "expire_le": row["expire_le"].isoformat(),
        "suivi": where,
        "fin": f"{where}/fin",
    }


@contextmanager
def _claimed(depot: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The row, for one at a time; given back whatever happens."""
    jeton, now = secrets.token_hex(16), site().clock.now()
    with site().uow() as tx:
        taken = tx.depots_directs.reclamer(depot, jeton, now, now + _LEASE)
        row = tx.depots_directs.lire(depot, deposant(acteur()))
        tx.commit()
    if row is None:
        raise _unknown()
    if not taken:
        raise ErreurApi("REQUETE_EN_COURS", "Une autre requête termine ce dépôt direct.")
    try:
        yield row, jeton
    finally:
        with site().uow() as tx:
            tx.depots_directs.rendre(depot, jeton)
            tx.commit()


def _answered(told: dict[str, Any]) -> Answer:
    """What was answered the first time: nothing new (R5), or the same refusal."""
    if "refus" in told:
        code, message, hint, plus = told["refus"]
        raise ErreurApi(code, message, hint, **plus)
    return told["corps"] | {"nouveau": False}, 200


def _assemble(direct: S3Staging, row: dict[str, Any]) -> None:
    arrived = direct.arrived(_place(row))
    if arrived is None:
        return  # assembled by a request that died since
    parts = parts_of(row["taille"])
    missing = [p.number for p in parts if arrived.get(p.number, (-1,))[0] != p.size]
    if missing:
        raise ErreurApi(
            "CHANGEMENT_IMPOSSIBLE",
            f"Il manque {len(missing)} partie(s) sur {len(parts)}.",
            "Relisez le dépôt : il donne l'adresse de ce qui manque.",
            manquantes=missing,
        )
    direct.assemble(_place(row), {p.number: arrived[p.number] for p in parts})


@contextmanager
def _verified(direct: S3Staging, row: dict[str, Any]) -> Iterator[Path]:
    """The file under the sender's name, its size and SHA-256 those announced; never whole in memory."""
    scratch = Path(tempfile.mkdtemp(dir=folder(), prefix="depot-"))
    try:
        path, digest, size = scratch / row["fichier"], hashlib.sha256(), 0
        with path.open("wb") as target:
            for block in _blocks(direct, row):
                digest.update(block)
                size += len(block)
                target.write(block)
        if (size, digest.hexdigest()) != (row["taille"], row["sha256"]):
            raise ErreurApi(
                "EMPREINTE_INEXACTE",
                "Les octets arrivés ne sont pas ceux annoncés : rien n'a été reçu.",
                "Annoncez le fichier et envoyez-le à nouveau.",
            )
        yield path
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _blocks(direct: S3Staging, row: dict[str, Any]) -> Iterator[bytes]:
    try:
        yield from direct.read(_place(row))
    except ObjetAbsent as e:
        raise _unknown() from e


def sweep(site_: Site, *, orphans: bool) -> int:
    """Erase what nobody ended in time and, listing the bucket, the `orphans` of crashes; how many."""
    direct, removed = site_.direct, 0
    if direct is None:
        return 0
    now = site_.clock.now()
    with site_.uow() as tx:
        late = tx.depots_directs.perimes(now)
    for row in late:
        jeton = secrets.token_hex(16)
        with site_.uow() as tx:
            taken = tx.depots_directs.reclamer(row["id"], jeton, now, now + _LEASE)
            tx.commit()
        if not taken:
            continue  # being received at this moment
        with suppress(IntakeError):  # else the next turn
            direct.discard(_place(row))
            with site_.uow() as tx:
                tx.depots_directs.oublier(row["id"], jeton)
                tx.commit()
            removed += 1
    return removed + (direct.sweep(_ORPHANS) if orphans else 0)
