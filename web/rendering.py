"""Views of pages (R33): drawn anew in a capped child, the NIR masked, so that nothing active gets out."""

from __future__ import annotations

import io
import queue
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from intake.domain.lecture import PageLue
from intake.errors import FichierCorrompu
from intake.ports import ObjectStore
from intake.readers.files import open_file
from intake.readers.sandbox import Sandbox
from intake.readers.sniff import NUMERISEUR

Zone = tuple[float, float, float, float]  # of the upright page, each from 0 to 1
Masque = Callable[[PageLue], tuple[Zone, ...]]

_SECONDS = 20.0
_MARGIN = 2  # characters on each side: where a word begins in a line is an estimate
# 13 digits of the NIR and its key: sex, year, month (also the special ones), department, commune, order.
_NIR = re.compile(
    r"(?<!\d)[1278]\s?\d{2}\s?(?:0[1-9]|[1-9]\d)\s?(?:\d{2}|2[ABab])\s?\d{3}\s?\d{3}(?:\s?\d{2})?(?!\d)"
)
_ALIKE = str.maketrans("OoQIl|SB", "00011158")  # what OCR takes for digits


def nir_zones(page: PageLue) -> tuple[Zone, ...]:
    """Where a social security number was read on the page."""
    width, height = page.texte.largeur, page.texte.hauteur
    zones: list[Zone] = []
    for line in page.texte.lignes if width and height else ():
        text = line.texte.translate(_ALIKE)
        left, top, right, bottom = line.boite
        for found in _NIR.finditer(text):
            step = (right - left) / max(1, len(text))
            x0 = left + step * (found.start() - _MARGIN)
            x1 = left + step * (found.end() + _MARGIN)
            pad = (bottom - top) * 0.25
            zones.append((x0 / width, (top - pad) / height, x1 / width, (bottom + pad) / height))
    return tuple(zones)


@dataclass(frozen=True, slots=True)
class Dessin:
    path: Path
    page: int
    width: int
    png: bool
    zones: tuple[Zone, ...]


def handler() -> Callable[[Dessin], bytes]:
    return draw


def draw(task: Dessin) -> bytes:
    """Runs in the child."""
    opened = open_file(task.path, NUMERISEUR)
    try:
        image: Image.Image = opened.page(task.page, dpi=max(60, round(task.width / 8))).image
    finally:
        opened.close()
    image = image.convert("RGB")
    if image.width > task.width:
        image = image.resize(
            (task.width, max(1, round(image.height * task.width / image.width))), Image.Resampling.BILINEAR
        )
    pen = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in task.zones:
        pen.rectangle(
            (x0 * image.width, y0 * image.height, x1 * image.width, y1 * image.height), fill="black"
        )
    out = io.BytesIO()
    if task.png:
        image.save(out, "PNG", optimize=False)
    else:
        image.save(out, "JPEG", quality=80)
    return out.getvalue()


class Views:
    """A few children of their own for each process that serves; started at the first view."""

    def __init__(self, scratch: Path, *, children: int = 2, masque: Masque = nir_zones) -> None:
        self._scratch = scratch
        self._masque = masque
        self._free: queue.LifoQueue[Sandbox[Dessin, bytes] | None] = queue.LifoQueue()
        for _ in range(children):
            self._free.put(None)

    def page(
        self, objects: ObjectStore, key: str, number: int, read: PageLue | None, *, width: int, png: bool
    ) -> bytes:
        """Raises FichierCorrompu for a page that cannot be drawn."""
        zones = self._masque(read) if read is not None else ()
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._scratch, prefix="vue-") as copy:
            with objects.open(key) as source:
                while block := source.read(1 << 20):
                    copy.write(block)
            copy.flush()
            with self._sandbox() as sandbox:
                task = Dessin(Path(copy.name), number, width, png, zones)
                (outcome,) = sandbox.run([task], timeout=_SECONDS)
        if outcome.value is None:
            raise outcome.erreur or FichierCorrompu(f"La page {number} ne peut pas être dessinée.")
        return outcome.value

    @contextmanager
    def _sandbox(self) -> Iterator[Sandbox[Dessin, bytes]]:
        taken = self._free.get()
        try:
            if taken is None:
                taken = Sandbox(handler, workers=1, preload=("web.rendering", "pypdfium2"))
            yield taken
        finally:
            self._free.put(taken)

    def close(self) -> None:
        while not self._free.empty():
            sandbox = self._free.get_nowait()
            if sandbox is not None:
                sandbox.close()
