"""Receives a file: bytes, then row, then commit; only then is it acknowledged (R2, R3, R5)."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from intake.domain.acte import SYSTEME, Fait
from intake.domain.envoi import Envoi
from intake.domain.motif import Canal
from intake.errors import IntakeError
from intake.ports import Clock, ObjectStore, UnitOfWork
from intake.use_cases.bytes import garantir
from intake.use_cases.restart import recommencer

_CHUNK = 1 << 20
_ORIGINAL = "application/octet-stream"  # what it is will be known once it is opened, in a process of its own


class FichierIntrouvable(IntakeError):
    code = "FICHIER_INTROUVABLE"
    hint = "Vérifiez le chemin et les droits de lecture."


@dataclass(frozen=True)
class Recevoir:
    uow: UnitOfWork
    objects: ObjectStore
    clock: Clock

    def __call__(
        self, path: Path, canal: Canal, *, declaree: str | None = None, deposant: str | None = None
    ) -> tuple[Envoi, bool]:
        """The envoi and whether it is new. The same file of the same sender for the same demande is not (R5);
        one that was refused is received again.

        Raises FichierIntrouvable, StockageIndisponible. What the file *is* plays no part: a file that will
        be refused is kept like any other.
        """
        # bytes
        try:
            sha256, size = _digest(path)
            with path.open("rb") as source:
                key = self.objects.put(source, sha256=sha256, size=size, media=_ORIGINAL)
        except OSError as e:
            raise FichierIntrouvable(f"Le fichier « {path.name} » ne peut pas être lu.") from e
        # row, commit
        declaree = self._current(declaree)
        envoi = Envoi(
            id=_identity(sha256, canal, declaree, deposant),
            fichier=os.fsencode(path.name).decode("utf-8", "replace"),
            sha256=sha256,
            taille=size,
            canal=canal,
            recu_le=self.clock.now(),
            objet=key,
            declaree=declaree,
            deposant=deposant,
        )
        with self.uow() as tx:
            tx.objets.verrouiller(key)
            new = tx.envois.ajouter(envoi)
            known = envoi if new else tx.envois.lire(envoi.id, verrou=True)
            if known is not None and known.refus is not None and not known.mis_de_cote:
                # Sent again, it is opened again: the antivirus may have been mistaken, a limit raised.
                fait = Fait(envoi.recu_le, SYSTEME, "relancer", "le même fichier a été déposé de nouveau")
                known = recommencer(tx, known, fait)
            tx.commit()
        assert known is not None
        if new:
            self._keep(path, key)
        return known, new

    def _keep(self, path: Path, key: str) -> None:
        try:
            garantir(self.objects, path, key, _ORIGINAL)
        except OSError as e:
            raise FichierIntrouvable(f"Le fichier « {path.name} » ne peut pas être relu.") from e

    def _current(self, declaree: str | None) -> str | None:
        """The demande's own number where an alias was given, so that both are one deposit (R5)."""
        if declaree is None:
            return None
        with self.uow() as tx:
            demande = tx.registre.chercher(declaree)
        return demande.numero_unique if demande else declaree


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while block := source.read(_CHUNK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _identity(sha256: str, canal: Canal, declaree: str | None, deposant: str | None) -> str:
    """Derived from what makes two deposits the same, so that two at once cannot both be new."""
    same = "\n".join([sha256, canal.value, declaree or "", deposant or ""])
    return "E" + base64.b32encode(hashlib.sha256(same.encode()).digest())[:15].decode()
