"""Pieces cut again while somebody waits: one cutting child for each process that serves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from intake.errors import IntakeError
from intake.readers.lecteur import SandboxLecteur
from web.settings import Settings
from web.wiring import make_lecteur

AT_ONCE = 3  # one that cuts and those that wait for it; a person told at once does not wait in vain
_PATIENCE = 20.0  # seconds


class CoupeOccupee(IntakeError):
    """Other pieces are being cut; a large one takes minutes."""

    code = "TROP_DE_REQUETES"
    hint = "Recommencez dans un instant : rien n'a été changé."
    retryable = True


class Cutter:
    """Its child starts at the first cut and serves the others, one after another."""

    def __init__(self, settings: Settings, *, patience: float = _PATIENCE) -> None:
        self._lecteur = make_lecteur(replace(settings, processes=1), "codes illisibles")
        self._one_at_a_time = threading.Lock()
        self._seats = threading.BoundedSemaphore(AT_ONCE)
        self._patience = patience

    @contextmanager
    def __call__(self) -> Iterator[SandboxLecteur]:
        """Raises CoupeOccupee when too many wait, or for too long: the other threads have views to serve."""
        if not self._seats.acquire(blocking=False):
            raise CoupeOccupee("D'autres pièces sont en train d'être découpées.")
        try:
            if not self._one_at_a_time.acquire(timeout=self._patience):
                raise CoupeOccupee("Une autre pièce est longue à découper.")
            try:
                yield self._lecteur
            finally:
                self._one_at_a_time.release()
        finally:
            self._seats.release()

    def close(self) -> None:
        self._lecteur.close()
