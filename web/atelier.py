"""What a worker process works with: a site, reading processes that stay warm, the files it is reading."""

from __future__ import annotations

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
from intake.use_cases.advance import Etape, Interrompu
from intake.use_cases.process import Progress
from web.lots import open_next
from web.travaux import mener
from web.wiring import Site, make_lecteur

GRACE = 5  # seconds a step may go on once the worker was told to stop
_TOLD_EVERY = 1.0  # seconds
_log = logging.getLogger(__name__)


class Atelier:
    """A context manager of the main thread, which takes the signals."""

    def __init__(self, site: Site, *, processes: int | None = None) -> None:
        self.site = site
        self._lecteur = make_lecteur(site.settings, processes=processes)
        self._avancer = site.avancer(self._lecteur, taille=site.settings.range_pages)
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

    def mener(self, travail: str) -> bool:
        """What an order left behind; False when it is done, or somebody is at it."""
        with self._busy():
            return mener(self.site, travail)
        return False

    def open_lots(self) -> int:
        """Open the batches in a ZIP that wait (R39); how many."""
        opened = 0
        with self._busy(), make_lecteur(self.site.settings, "codes illisibles") as lecteur:
            while not self.arret.is_set() and open_next(self.site, lecteur) is not None:
                opened += 1
        return opened

    def stop(self) -> None:
        """Let the step in progress end at its next page; past GRACE, wherever it is."""
        if self.arret.is_set():
            return
        self.arret.set()
        if self.busy:
            signal.signal(signal.SIGALRM, _interrupt)
            signal.alarm(GRACE)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """Swallows the interruption: it is the end of the step, and no failure."""
        self.busy = True
        try:
            with suppress(Interrompu):
                yield
        finally:
            self.busy = False


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
