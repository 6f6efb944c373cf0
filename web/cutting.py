"""Pieces cut again while somebody waits: one cutting child for each process that serves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from intake.readers.lecteur import SandboxLecteur
from web.settings import Settings
from web.wiring import make_lecteur


class Cutter:
    """Its child starts at the first cut and serves the others, one after another."""

    def __init__(self, settings: Settings) -> None:
        self._lecteur = make_lecteur(replace(settings, processes=1), "codes illisibles")
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[SandboxLecteur]:
        with self._one_at_a_time:
            yield self._lecteur

    def close(self) -> None:
        self._lecteur.close()
