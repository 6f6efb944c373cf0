"""Draws a page as a JPEG of our own making: nothing of the original's structure reaches who looks at it.

Works in a reading process, like everything that opens a file from outside.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from intake.errors import FichierCorrompu, TropVolumineux
from intake.readers.files import open_file
from intake.readers.sandbox import Fin, Sandbox
from intake.readers.sniff import NUMERISEUR, Limites

_DPI = 110
_QUALITY = 72
_SECONDS = 30.0
PRELOAD = ("pypdfium2", "intake.readers.view")


@dataclass(frozen=True, slots=True)
class View:
    """Page `page` (from 1), at most `side` pixels on its longer side, turned clockwise by `rotation`."""

    path: Path
    page: int = 1
    side: int = 1400
    rotation: int = 0
    limites: Limites = NUMERISEUR


def draw(task: View) -> bytes:
    opened = open_file(task.path, task.limites)
    try:
        image = opened.page(task.page, dpi=_DPI).image
    finally:
        opened.close()
    if task.rotation:
        image = image.rotate(-task.rotation, expand=True)
    image = image.convert("L" if image.mode in {"1", "L"} else "RGB")
    image.thumbnail((task.side, task.side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def handler() -> Callable[[View], bytes]:
    return draw


class Viewer:
    """A context manager over one drawing process."""

    def __init__(self) -> None:
        self._sandbox: Sandbox[View, bytes] = Sandbox(handler, workers=1, preload=PRELOAD)

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self._sandbox.close()

    def view(self, task: View) -> bytes:
        """Raises the IntakeError that says why the page cannot be drawn."""
        (outcome,) = self._sandbox.run([task], timeout=_SECONDS)
        if outcome.value is not None:
            return outcome.value
        if outcome.erreur is not None:
            raise outcome.erreur
        if outcome.fin in {Fin.DELAI, Fin.MEMOIRE}:
            raise TropVolumineux(
                f"La page {task.page} demande trop de temps ou de mémoire pour être montrée."
            )
        raise FichierCorrompu(f"La page {task.page} ne peut pas être montrée.")
