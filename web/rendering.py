"""Views of pages (R33): drawn anew in a capped child, the NIR masked, so that nothing active gets out."""

from __future__ import annotations

import io
import queue
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from classifier.places import Feuilles, elargi
from classifier.reading import read_page
from intake.domain.lecture import PageLue
from intake.errors import FichierCorrompu
from intake.nir import trouver
from intake.ports import ObjectStore
from intake.readers.files import open_file
from intake.readers.sandbox import Sandbox
from intake.readers.sniff import NUMERISEUR

Zone = tuple[float, float, float, float]  # of the upright page, each from 0 to 1
Masque = Callable[[PageLue], tuple[Zone, ...]]

PRELOAD = ("web.rendering", "pypdfium2")
_SECONDS = 20.0
_MARGIN, _LEAST = 0.25, 3  # around a number to hide: a share of its height, and pixels at least


def nir_zones(page: PageLue) -> tuple[Zone, ...]:
    """Where a social security number was read on the page."""
    width, height = page.texte.largeur, page.texte.hauteur
    if not (width and height):
        return ()
    sheet = Feuilles([page])
    boxes = [
        elargi(part, _MARGIN, _LEAST).boite
        for start, end in trouver(sheet.texte)
        for part in sheet.parts(start, end)
    ]
    return tuple((x0 / width, y0 / height, x1 / width, y1 / height) for x0, y0, x1, y1 in boxes)


@dataclass(frozen=True, slots=True)
class Dessin:
    path: Path
    page: int
    width: int
    png: bool = False
    zones: tuple[Zone, ...] = ()
    relire: bool = False  # only a part of it was read: what to hide has to be looked for in all of it


def handler() -> Callable[[Dessin], bytes]:
    return draw


def draw(task: Dessin) -> bytes:
    """Runs in the child."""
    opened = open_file(task.path, NUMERISEUR)
    try:
        image: Image.Image = opened.page(task.page, dpi=max(60, round(task.width / 8))).image
        zones = task.zones
        if task.relire:
            whole = read_page(opened.page(task.page), entiere=True)
            zones = nir_zones(PageLue(task.page, texte=whole))
    finally:
        opened.close()
    image = image.convert("RGB")
    if image.width > task.width:
        image = image.resize(
            (task.width, max(1, round(image.height * task.width / image.width))), Image.Resampling.BILINEAR
        )
    pen = ImageDraw.Draw(image)
    for x0, y0, x1, y1 in zones:
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
                partial = read is not None and read.texte.partielle
                task = Dessin(Path(copy.name), number, width, png, zones, relire=partial)
                (outcome,) = sandbox.run([task], timeout=_SECONDS)
        if outcome.value is None:
            raise outcome.erreur or FichierCorrompu(f"La page {number} ne peut pas être dessinée.")
        return outcome.value

    @contextmanager
    def _sandbox(self) -> Iterator[Sandbox[Dessin, bytes]]:
        taken = self._free.get()
        try:
            if taken is None:
                taken = Sandbox(handler, workers=1, preload=PRELOAD)
            yield taken
        finally:
            self._free.put(taken)

    def close(self) -> None:
        while not self._free.empty():
            sandbox = self._free.get_nowait()
            if sandbox is not None:
                sandbox.close()
