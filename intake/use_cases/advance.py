"""One short step of an envoi: open it, read a range of its pages, or close it (R4, R37).

Several workers on several hosts call this with the same envoi: each range is read by whoever takes it, and
whoever finds them all read closes the envoi, once. Every step may be killed anywhere and run twice.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial

from intake.domain.envoi import Envoi
from intake.domain.lecture import PageLue
from intake.domain.travail import Tranche, tranches_de
from intake.errors import IntakeError, StockageIndisponible
from intake.ports import Clock, Lecteur, Transaction, UnitOfWork
from intake.use_cases.lease import LEASE, RENDU, HorsDelai, Limite, sans_limite, tenir
from intake.use_cases.originals import Originaux
from intake.use_cases.process import Progress, Traiter
from intake.use_cases.restart import noter_echec

_BATCH = 10  # pages read between two writes: what a crash costs at most
_POLL = 0.5
_log = logging.getLogger(__name__)


class Interrompu(BaseException):  # no failure: nothing that counts failures may catch it
    """The worker was told to stop: what was done is kept, the rest is given back."""


class Etape(StrEnum):
    FINI = "fini"  # the envoi has ended
    OUVERT = "ouvert"  # its ranges are there to be read
    LU = "lu"  # a range was read, and others wait
    A_CLORE = "a_clore"  # all was read: it may be closed
    AUTRES = "autres"  # nothing is left to take: others are at it
    RENDU = "rendu"  # interrupted, and given back
    ECHEC = "echec"  # noted; it will be tried again


def _never() -> bool:
    return False


def _quiet(_done: int, _total: int, _stage: str) -> None:
    return


@dataclass
class _Rate:
    """Whether a step failed, and by our fault as often as is tried."""

    note: bool = False
    epuise: bool = False


@dataclass(frozen=True)
class Avancer:
    """`taille`: pages of a range; an envoi of no more is done in one step, as are all when it is None.

    `borner`: a context that raises HorsDelai in what it surrounds once that has lasted too long.
    """

    uow: UnitOfWork
    originaux: Originaux
    lecteur: Lecteur
    traiter: Traiter
    clock: Clock
    taille: int | None
    nom: str = ""  # of this worker, for people who look at who does what
    bail: timedelta = LEASE
    borner: Callable[[Limite], AbstractContextManager[None]] = sans_limite

    def __call__(
        self, identifiant: str, progress: Progress = _quiet, arret: Callable[[], bool] = _never
    ) -> Etape:
        """Never raises for a failure of the work, which is noted. Raises IntakeError ENVOI_INCONNU."""
        envoi, tranches = self._state(identifiant)
        if envoi.termine:
            return Etape.FINI
        try:
            if not tranches:
                return self._open(envoi, progress, arret)
            if not all(tranche.close for tranche in tranches):
                return self._read(envoi, tranches, progress, arret)
            return self._close(envoi, progress, arret)
        except Interrompu:
            return Etape.RENDU

    def _state(self, identifiant: str) -> tuple[Envoi, list[Tranche]]:
        with self.uow() as tx:
            envoi = tx.envois.lire(identifiant)
            tranches = tx.tranches.de_envoi(identifiant)
        if envoi is None:
            raise IntakeError(f"L'envoi {identifiant} n'existe pas.", code="ENVOI_INCONNU")
        return envoi, tranches

    # ── open ──

    def _open(self, envoi: Envoi, progress: Progress, arret: Callable[[], bool]) -> Etape:
        """Cut into ranges where it has many pages; else done whole, which is one short step too.

        Where opening has failed as often as is tried, it is done whole too, and put aside by that step.
        """
        if self.taille is None or self._exhausted(envoi):
            return self._close(envoi, progress, arret)
        token, pages = self._token(), 0
        with self._noting(envoi, 0) as failure, self.borner(Limite.ENTIERE):
            if not self._claim(envoi, token):
                return Etape.AUTRES
            with tenir(lambda: self._claim(envoi, token), envoi.id, self.bail):
                pages = self._count(envoi)
                with self.uow() as tx:
                    # Until the commit nobody else has it: its ranges are those of one opening.
                    mine = self._reclaim(tx, envoi, token, RENDU)
                    if mine and pages > self.taille:
                        tx.tranches.decouper(tranches_de(envoi.id, pages, self.taille))
                        tx.echecs.oublier(envoi.id, 0)  # opened: what closing it may fail is counted anew
                    tx.commit()
        if failure.note:
            self._let_go(envoi, token)
            return Etape.ECHEC
        if pages > self.taille:
            progress(0, pages, "lecture")
            return Etape.OUVERT
        return self._close(envoi, progress, arret)

    def _exhausted(self, envoi: Envoi) -> bool:
        with self.uow() as tx:
            return any(e.tranche == 0 and e.epuise for e in tx.echecs.de_envoi(envoi.id))

    def _count(self, envoi: Envoi) -> int:
        try:
            return self.lecteur.apercu(self.originaux.chemin(envoi), envoi.canal).pages
        except StockageIndisponible:
            raise
        except IntakeError:
            return 0  # a file that is refused: the step that closes the envoi says why

    def _claim(self, envoi: Envoi, token: str) -> bool:
        with self.uow() as tx:
            mine = self._reclaim(tx, envoi, token, self.bail)
            tx.commit()
        return mine

    def _reclaim(self, tx: Transaction, envoi: Envoi, token: str, by: timedelta) -> bool:
        now = self.clock.now()
        return tx.envois.reclamer(envoi.id, token, now, now + by)

    def _let_go(self, envoi: Envoi, token: str) -> None:
        with suppress(StockageIndisponible), self.uow() as tx:  # else the lease ends by itself
            self._reclaim(tx, envoi, token, RENDU)
            tx.commit()

    # ── read ──

    def _read(
        self, envoi: Envoi, tranches: list[Tranche], progress: Progress, arret: Callable[[], bool]
    ) -> Etape:
        token, now = self._token(), self.clock.now()
        with self.uow() as tx:
            taken = tx.tranches.prendre(envoi.id, token, now, now + self.bail)
            tx.commit()
        if taken is None:
            return Etape.AUTRES
        tranche, more = taken
        try:
            with self._noting(envoi, tranche.premiere) as failure:
                told = partial(progress, 0, tranches[-1].derniere, "lecture")
                with self.borner(Limite.TRANCHE):
                    whole = self._read_range(envoi, tranche, token, told, arret)
                self._give_back(replace(tranche, faite=whole), token)
                if not whole:
                    return Etape.RENDU
        except Interrompu:
            self._give_back(tranche, token)
            raise
        if failure.note:
            self._give_back(replace(tranche, abandonnee=failure.epuise), token)
            return Etape.ECHEC
        if self._all_read(envoi):
            return Etape.A_CLORE
        return Etape.LU if more else Etape.AUTRES

    def _all_read(self, envoi: Envoi) -> bool:
        with self.uow() as tx:
            return all(tranche.close for tranche in tx.tranches.de_envoi(envoi.id))

    def _read_range(
        self,
        envoi: Envoi,
        tranche: Tranche,
        token: str,
        told: Callable[[], None],
        arret: Callable[[], bool],
    ) -> bool:
        """Whether the range is read to its end; what was read is kept in any case."""
        batch: list[PageLue] = []
        held = f"{envoi.id}-{tranche.premiere}"
        with tenir(lambda: self._prolong(tranche, token), held, self.bail) as bail:
            path = self.originaux.chemin(envoi)
            try:
                for page in self.lecteur.pages(path, tranche.manquantes):
                    batch.append(page)
                    if bail.perdu:
                        return False
                    if len(batch) >= _BATCH:
                        self._keep(tranche, token, batch)
                        batch = []
                    told()
                    if arret():
                        break
                else:
                    return self._keep(tranche, token, batch)
            except Interrompu:
                self._keep(tranche, token, batch)
                raise
            self._keep(tranche, token, batch)
            return False

    def _keep(self, tranche: Tranche, token: str, batch: list[PageLue]) -> bool:
        """Written only while the range is ours: one that lost it may be long behind."""
        now = self.clock.now()
        with self.uow() as tx:
            if not tx.tranches.prolonger(tranche, token, now + self.bail):
                return False
            tx.lectures.ecrire(tranche.envoi, batch)
            tx.commit()
        return True

    def _prolong(self, tranche: Tranche, token: str) -> bool:
        with self.uow() as tx:
            mine = tx.tranches.prolonger(tranche, token, self.clock.now() + self.bail)
            tx.commit()
        return mine

    def _give_back(self, tranche: Tranche, token: str) -> None:
        with self.uow() as tx:
            if tx.tranches.rendre(tranche, token, self.clock.now()) and tranche.faite:
                tx.echecs.oublier(tranche.envoi, tranche.premiere)
            tx.commit()

    # ── close ──

    def _close(self, envoi: Envoi, progress: Progress, arret: Callable[[], bool]) -> Etape:
        def told(done: int, total: int, stage: str) -> None:
            if arret():
                raise Interrompu
            progress(done, total, stage)

        try:
            with self.borner(Limite.ENTIERE):
                done = self.traiter(envoi.id, told, attendre=False)
        except (Exception, HorsDelai) as fault:  # noqa: BLE001 - the door of the work; `traiter` has noted it
            _log.warning("envoi %s : %s", envoi.id, getattr(fault, "code", type(fault).__name__))
            return Etape.ECHEC
        if not done.termine:
            return Etape.AUTRES
        self.originaux.oublier(envoi)
        return Etape.FINI

    # ── failures ──

    @contextmanager
    def _noting(self, envoi: Envoi, tranche: int) -> Iterator[_Rate]:
        """What fails inside is noted, and told; the database may be what fails."""
        told = _Rate()
        try:
            yield told
        except (Exception, HorsDelai) as fault:  # noqa: BLE001 - the door of the work: one bad envoi ends no worker
            told.note = True
            with suppress(StockageIndisponible), self.uow() as tx:
                noted = noter_echec(tx, envoi.id, tranche, fault, self.clock.now())
                tx.commit()
                told.epuise = noted is not None and noted.epuise

    def _token(self) -> str:
        """Who holds a claim: this worker, this process, this step."""
        who = self.nom or socket.gethostname()
        return f"{who[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Mener:
    """Brings an envoi to its end in this process, with the help of the workers that are at it, if any."""

    avancer: Avancer

    def __call__(self, identifiant: str, progress: Progress = _quiet) -> Envoi:
        """Raises IntakeError for our own faults."""
        try:
            while True:
                envoi = self.avancer.traiter(identifiant, progress, attendre=False)
                if envoi.termine:
                    return envoi
                step = self.avancer(identifiant, progress)
                if step is Etape.ECHEC:
                    raise StockageIndisponible(f"La lecture de l'envoi {identifiant} s'est arrêtée.")
                if step is Etape.AUTRES:
                    time.sleep(_POLL)
        finally:
            self.avancer.originaux.close()
