"""A ZIP of a batch (R39): opened and judged whole, then its scans are so many envois, or all of it is held.

The code guichet in the ZIP's name, in its manifest and on the bordereau must agree. `manifeste.json`:
``{"guichet": "75001", "fichiers": ["scan-1.pdf", …]}``; the ZIP is named ``75001_….zip``.
"""

from __future__ import annotations

import json
import logging
import lzma
import re
import secrets
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.domain.motif import Canal, Motif
from intake.domain.travail import ESSAIS
from intake.errors import AntivirusIndisponible, IntakeError, StockageIndisponible
from intake.marks import Genre, interpret
from intake.ports import Lecteur
from intake.use_cases.advance import Interrompu
from intake.use_cases.lease import RENDU, HorsDelai, tenir
from intake.use_cases.receive import Recevoir
from web.wiring import Site

MANIFESTE = "manifeste.json"
_PLUS_TARD = timedelta(seconds=30)
_FILES = 500
_BYTES = 2_000_000_000
_MANIFEST_BYTES = 1_000_000
_LOOKED_AT = 3  # first pages of a scan, where its bordereau is
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    OSError,
    RuntimeError,
    EOFError,
)
_OURS = "Ce lot n'a pas pu être ouvert, par notre faute. Prévenez l'exploitant, puis déposez-le à nouveau."
_CODE = re.compile(r"([A-Z0-9]{5})[_\-. ].*", re.I)
_log = logging.getLogger(__name__)


class LotRetenu(IntakeError):
    """The whole batch is held, with one message."""

    hint = "Corrigez le lot, puis déposez-le à nouveau : rien n'en a été classé."


@dataclass(frozen=True, slots=True)
class Contenu:
    guichet: str
    scans: tuple[Path, ...]


def open_next(site: Site, lecteur: Lecteur) -> str | None:
    """Open the oldest batch that waits; its id, None when there is none. Safe to run twice.

    Raises an IntakeError that is nobody's fault and will pass; any other is noted, and holds the batch in the
    end: one bad batch ends no worker, and its sender is told. Raises what breaks a step off, HorsDelai after
    it was noted too: each taking counts (`essais`), so that what kills its worker ends held as well.
    """
    jeton, bail = secrets.token_hex(16), timedelta(seconds=site.settings.lease_seconds)
    with site.uow() as tx:
        lot = tx.api.reclamer_lot(jeton, site.clock.now(), site.clock.now() + bail)
        tx.commit()
    if lot is None:
        return None
    here = _Tenu(site, lot, jeton)
    if lot["essais"] > ESSAIS:
        here.conclure("retenu", Motif.ERREUR_INTERNE.value, _OURS)
        return here.id
    try:
        with tenir(here.prolonger, here.id, bail):
            envois = _opened(site, lecteur, lot)
    except LotRetenu as e:
        here.conclure("retenu", e.code, e.message)
    except Interrompu:
        with suppress(StockageIndisponible):  # else its lease ends by itself
            here.remettre(RENDU, compte=False)
        raise
    except (Exception, HorsDelai) as fault:  # the door of this work, as `Avancer` is of the envois'
        passes = isinstance(fault, IntakeError) and fault.retryable
        _log.warning("lot %s : %s", here.id, getattr(fault, "code", type(fault).__name__))
        if passes or lot["essais"] < ESSAIS:
            here.remettre(_PLUS_TARD, compte=not passes)
        else:
            here.conclure("retenu", Motif.ERREUR_INTERNE.value, _OURS)
        if passes or isinstance(fault, HorsDelai):
            raise
    else:
        here.conclure("ouvert", None, "", envois)
    return here.id


@dataclass(frozen=True, slots=True)
class _Tenu:
    """A batch that is being opened here, for as long as `jeton` holds it."""

    site: Site
    lot: dict[str, Any]
    jeton: str

    @property
    def id(self) -> str:
        return str(self.lot["id"])

    def prolonger(self) -> bool:
        until = self.site.clock.now() + timedelta(seconds=self.site.settings.lease_seconds)
        with self.site.uow() as tx:
            held = tx.api.prolonger_lot(self.id, self.jeton, until)
            tx.commit()
        return held

    def remettre(self, apres: timedelta, *, compte: bool) -> None:
        essais = self.lot["essais"] - (not compte)
        with self.site.uow() as tx:
            tx.api.remettre_lot(self.id, self.jeton, self.site.clock.now() + apres, essais)
            tx.commit()

    def conclure(self, statut: str, code: str | None, message: str, envois: Sequence[str] = ()) -> None:
        with self.site.uow() as tx:
            if tx.api.conclure_lot(self.id, self.jeton, statut, code, message, envois):
                done = Evenement(SYSTEME, Action.MODIFICATION, f"lot {self.id} {statut}")
                tx.journal.ecrire(self.site.clock.now(), [done])
            tx.commit()


def _opened(site: Site, lecteur: Lecteur, lot: dict[str, Any]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="lot-") as scratch:
        path = Path(scratch) / "lot.zip"
        with site.objects.open(lot["objet"]) as source, path.open("wb") as target:
            while block := source.read(1 << 20):
                target.write(block)
        found = _extracted(path, Path(scratch))
        _agree(lot["fichier"], found, {g for scan in found.scans for g in _guichets(site, lecteur, scan)})
        receive = Recevoir(site.uow, site.objects, site.clock)
        return [receive(scan, Canal.NUMERISEUR, deposant=lot["deposant"])[0].id for scan in found.scans]


def _extracted(path: Path, scratch: Path) -> Contenu:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) > _FILES or sum(m.file_size for m in members) > _BYTES:
                raise LotRetenu("Ce ZIP contient trop de fichiers ou d'octets.", code="TROP_VOLUMINEUX")
            if any(m.flag_bits & 1 for m in members):
                raise LotRetenu("Ce ZIP est protégé par un mot de passe.", code="FICHIER_PROTEGE")
            named = {PurePosixPath(m.filename.replace("\\", "/")).name: m for m in members}
            if len(named) != len(members):
                raise LotRetenu("Deux fichiers de ce ZIP ont le même nom.", code="COMPTE_INEXACT")
            guichet, listed = _manifest(archive, named.pop(MANIFESTE, None))
            if set(listed) != set(named):
                gone, more = sorted(set(listed) - set(named)), sorted(set(named) - set(listed))
                raise LotRetenu(
                    f"Le manifeste et le ZIP diffèrent : {len(gone)} fichier(s) annoncé(s) manquent, "
                    f"{len(more)} ne sont pas annoncés.",
                    code="COMPTE_INEXACT",
                )
            scans = tuple(_one(archive, named[n], scratch / f"{i:03d}" / n) for i, n in enumerate(listed))
    except _BROKEN as e:
        raise LotRetenu("Ce ZIP est abîmé ou incomplet.", code="FICHIER_CORROMPU") from e
    return Contenu(guichet, scans)


def _manifest(archive: zipfile.ZipFile, member: zipfile.ZipInfo | None) -> tuple[str, list[str]]:
    if member is None or member.file_size > _MANIFEST_BYTES:
        raise LotRetenu(f"Il manque « {MANIFESTE} » dans ce ZIP.", code="SANS_BORDEREAU")
    try:
        told = json.loads(archive.read(member))
        guichet, files = told["guichet"], told["fichiers"]
        assert isinstance(guichet, str)
        assert all(isinstance(f, str) for f in files)
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as e:
        raise LotRetenu(f"« {MANIFESTE} » n'a pas la forme attendue.", code="SANS_BORDEREAU") from e
    return guichet.strip().upper(), list(files)


def _one(archive: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path) -> Path:
    to.parent.mkdir()
    written = 0
    with archive.open(member) as source, to.open("wb") as target:
        while block := source.read(1 << 20):
            written += len(block)
            if written > member.file_size:  # what the ZIP announces is what was checked above
                raise LotRetenu("Ce ZIP contient plus qu'il n'annonce.", code="FICHIER_CORROMPU")
            target.write(block)
    return to


def _guichets(site: Site, lecteur: Lecteur, scan: Path) -> Iterator[str]:
    """The codes on the bordereaux of a scan's first pages. A scan that cannot be read says so later.

    Raises AntivirusIndisponible: what could not be looked at must not pass for a scan without bordereau.
    """
    try:
        pages = lecteur.apercu(scan, Canal.NUMERISEUR).pages
        for page in lecteur.pages(scan, range(1, min(pages, _LOOKED_AT) + 1)):
            for symbole in page.symboles:
                marque = interpret(symbole, site.settings.qr_signing_keys)
                if marque.genre is Genre.BORDEREAU and marque.guichet:
                    yield marque.guichet.upper()
    except AntivirusIndisponible:
        raise
    except IntakeError:
        return


def _agree(fichier: str, found: Contenu, bordereaux: set[str]) -> None:
    matched = _CODE.fullmatch(fichier)
    named = matched[1].upper() if matched else None
    if named == found.guichet and bordereaux <= {named}:
        return
    read = ", ".join(sorted(bordereaux)) or "non lu"
    raise LotRetenu(
        f"Le code guichet n'est pas le même partout : nom du ZIP « {named or 'absent'} », "
        f"manifeste « {found.guichet} », bordereau « {read} ».",
        code="GUICHET_INCOHERENT",
    )
