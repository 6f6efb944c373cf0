"""What a worker process works with: a site, reading processes that stay warm, the files it is reading."""

from __future__ import annotations

import faulthandler
import logging
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from PIL import Image

from intake.domain.motif import Canal
from intake.errors import IntakeError, StockageIndisponible
from intake.ports import ACouper
from intake.readers.lecteur import SandboxLecteur
from intake.use_cases.advance import Etape, Interrompu
from intake.use_cases.complete import Completion
from intake.use_cases.lease import HorsDelai, Limite
from intake.use_cases.process import Progress
from web.lots import open_next
from web.travaux import mener
from web.wiring import Site, make_lecteur

GRACE = 5  # seconds a step may go on once the worker was told to stop
_AGAIN = 15.0  # seconds after which what did not end at its limit is told so again
_LAST = 60.0  # seconds after its limit at which the process of a step that nothing ends does
_TOLD_EVERY = 1.0  # seconds
_log = logging.getLogger(__name__)


class Atelier:
    """A context manager of the main thread, which takes the signals."""

    def __init__(self, site: Site, *, processes: int | None = None) -> None:
        self.site = site
        self._lecteur = make_lecteur(site.settings, processes=processes)
        self._avancer = site.avancer(self._lecteur, taille=site.settings.range_pages, borner=self._bounded)
        self._completer = site.completer(self._lecteur, self._avancer.originaux, self._bounded)
        self.arret = threading.Event()
        self.busy = False

    def __enter__(self) -> Atelier:
        return self

    def __exit__(self, *_: object) -> None:
        self._lecteur.close()
        self._avancer.originaux.close()

    def warm_up(self) -> None:
        """Start the reading processes and load the models: the first photo does not wait for them."""
        with tempfile.TemporaryDirectory(prefix="atelier-") as folder, suppress(IntakeError):
            page = Path(folder) / "page.png"
            Image.new("L", (600, 850), 255).save(page)
            self._lecteur.apercu(page, Canal.DEMANDEUR)
            list(self._lecteur.pages(page, [1]))
            list(self._lecteur.extraire(page, [ACouper((1,), (0,))], Path(folder)))
            _ = self.site.classifier

    def avancer(self, envoi: str) -> Etape:
        """One step; what it could not end because of `stop` is given back."""
        begun, etape = time.monotonic(), Etape.RENDU
        with self._busy():
            etape = self._avancer(envoi, watched(self.site, envoi), self.arret.is_set)
        spent = round((time.monotonic() - begun) * 1000)
        _log.info("étape", extra={"envoi": envoi, "etape": etape.value, "duree_ms": spent})
        return etape

    def completer(self, piece: str) -> Completion:
        """A step of what was left unread of a piece; none, or a page less, when something else waits."""
        begun, done = time.monotonic(), Completion.RENDUE
        with self._busy():
            done = self._completer(piece, self._awaited)
        spent = round((time.monotonic() - begun) * 1000)
        _log.info("complétion", extra={"piece": piece, "etape": done.value, "duree_ms": spent})
        return done

    def _awaited(self) -> bool:
        return self.arret.is_set() or something_waits(self.site)

    def mener(self, travail: str) -> bool:
        """What an order left behind; False when it is done, or somebody is at it."""
        try:
            with self._busy(), self._bounded(Limite.ENTIERE):
                return mener(self.site, travail)
        except HorsDelai:
            _log.warning("le travail %s n'a pas fini dans le temps imparti : il sera repris", travail)
        return False

    def open_lots(self) -> int:
        """Open the batches in a ZIP that wait (R39); how many."""
        opened = 0
        with self._busy(), make_lecteur(self.site.settings, "codes illisibles") as lecteur:
            while not self.arret.is_set() and self._open_lot(lecteur):
                opened += 1
        return opened

    def _open_lot(self, lecteur: SandboxLecteur) -> bool:
        try:
            with self._bounded(Limite.ENTIERE):
                return open_next(self.site, lecteur) is not None
        except HorsDelai:
            lecteur.drop()
            _log.warning("un lot n'a pas été ouvert dans le temps imparti : il sera repris")
            return False

    def stop(self) -> None:
        """Let the step in progress end at its next page; past GRACE, wherever it is."""
        if self.arret.is_set():
            return
        self.arret.set()
        if self.busy:
            signal.signal(signal.SIGALRM, _interrupt)
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    @contextmanager
    def _bounded(self, limite: Limite) -> Iterator[None]:
        """Raises HorsDelai in what it surrounds; in the main thread, which takes the signals.

        What no exception reaches (a library that does not come back) ends with this process, a while later:
        the lease ends with it, and whoever keeps the worker running starts another.
        """
        settings = self.site.settings
        seconds = settings.range_seconds if limite is Limite.TRANCHE else settings.step_seconds
        if self.arret.is_set():  # the shorter limit of a worker that was told to stop
            yield
            return
        late = False

        def too_long(_number: int, _frame: FrameType | None) -> None:
            nonlocal late
            late = True
            raise HorsDelai

        signal.signal(signal.SIGALRM, too_long)
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        faulthandler.dump_traceback_later(seconds + _LAST, exit=True)
        try:
            yield
        except BaseException as e:
            if not late:
                raise
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._lecteur.drop()  # broken off anywhere: in the middle of an order, too
            _log.warning("une étape a dépassé %s s : elle est arrêtée et sera refaite", seconds)
            raise HorsDelai from e
        finally:
            faulthandler.cancel_dump_traceback_later()
            if not self.arret.is_set():
                signal.setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """Swallows the interruption: it is the end of the step, and no failure."""
        self.busy = True
        try:
            with suppress(Interrompu):
                yield
        finally:
            self.busy = False
            signal.setitimer(signal.ITIMER_REAL, 0)


def something_waits(site: Site) -> bool:
    """Whether anything is to be done before what was left unread of the pieces."""
    now = site.clock.now()
    work = site.work
    return work.anything_waiting(now) or work.lots_waiting(now) or bool(work.travaux_waiting(now))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrompu


def watched(site: Site, envoi: str) -> Progress:
    """Writes how far the work is, at most once a second: for whoever looks, and nothing depends on it.

    Several may be reading the same envoi: how many pages are read, the database says.
    """
    last = 0.0

    def told(done: int, total: int, stage: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _TOLD_EVERY and done < total:
            return
        last = now
        with suppress(StockageIndisponible):
            read = site.work.pages_read(envoi) if stage == "lecture" else done
            with site.uow() as tx:
                tx.api.avancer(envoi, max(done, read), total, stage, site.clock.now())
                tx.commit()

    return told
