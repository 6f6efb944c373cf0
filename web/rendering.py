"""Views of pages (R33): drawn anew in a capped child, the NIR masked, so that nothing active gets out.

What has to be hidden of a page is `Vue`'s business alone: views, copies and links ask it.
"""

from __future__ import annotations

import hashlib
import io
import os
import queue
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw

from classifier.places import Feuilles, elargi
from classifier.reading import read_page
from intake.domain.envoi import Piece
from intake.domain.lecture import PageLue
from intake.errors import FichierCorrompu
from intake.nir import trouver
from intake.ports import ObjectStore
from intake.readers.files import open_file
from intake.readers.sandbox import Sandbox
from intake.readers.sniff import NUMERISEUR

Zone = tuple[float, float, float, float]  # of a page as it stands, each from 0 to 1: left, top, right, bottom
Dessine = tuple[bytes, tuple[Zone, ...]]  # an image, and what was hidden of it

PRELOAD = ("web.rendering", "pypdfium2")
_SECONDS = 20.0
_MARGIN, _LEAST = 0.25, 3  # around a number to hide: a share of its height, and pixels at least
_REMEMBERED = 10_000  # pages whose numbers were looked for again


def nir_zones(page: PageLue) -> tuple[Zone, ...]:
    """Where a social security number was read on the upright page."""
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


def tournee(zone: Zone, degres: int) -> Zone:
    """The zone on the same page turned clockwise by quarters."""
    x0, y0, x1, y1 = zone
    match degres % 360:
        case 90:
            return 1 - y1, x0, 1 - y0, x1
        case 180:
            return 1 - x1, 1 - y1, 1 - x0, 1 - y0
        case 270:
            return y0, 1 - x1, y1, 1 - x0
        case _:
            return zone


@dataclass(frozen=True, slots=True)
class Vue:
    """What may be shown of one page of a piece; `page` counts from 1 in the piece.

    `relire`: its reading does not tell all that has to be hidden, so the drawing looks for it again. A page
    that a person turned is one: it was turned because it was read the wrong way up, or not at all.
    """

    page: int
    zones: tuple[Zone, ...] = ()
    relire: bool = False

    @classmethod
    def de(cls, piece: Piece, page: int, lue: PageLue | None) -> Vue:
        turned = piece.rotations[page - 1] % 360 if piece.rotations else 0
        zones = tuple(tournee(zone, turned) for zone in nir_zones(lue)) if lue is not None else ()
        return cls(page, zones, turned != 0 or lue is None or not lue.entiere)

    @property
    def nue(self) -> bool:
        """Nothing of it is hidden: the bytes as filed may be shown."""
        return not self.relire and not self.zones


def vues(piece: Piece, lues: Iterable[PageLue]) -> list[Vue]:
    """One for each page of the piece, by what was read of them."""
    read = {lue.numero: lue for lue in lues}
    return [Vue.de(piece, rank, read.get(n)) for rank, n in enumerate(piece.pages, 1)]


@dataclass(frozen=True, slots=True)
class Dessin:
    path: Path
    page: int
    width: int
    png: bool = False
    zones: tuple[Zone, ...] = ()
    relire: bool = False


def handler() -> Callable[[Dessin], Dessine]:
    return draw


def draw(task: Dessin) -> Dessine:
    """Runs in the child."""
    opened = open_file(task.path, NUMERISEUR)
    try:
        image: Image.Image = opened.page(task.page, dpi=max(60, round(task.width / 8))).image
        zones = task.zones
        if task.relire:
            whole = PageLue(task.page, texte=read_page(opened.page(task.page), entiere=True))
            zones += tuple(tournee(zone, -whole.texte.rotation) for zone in nir_zones(whole))
    finally:
        opened.close()
    if image.mode != "L":  # a grey page stays grey: a third of the work
        image = image.convert("RGB")
    if image.width > task.width:
        size = (task.width, max(1, round(image.height * task.width / image.width)))
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.2)
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
    return out.getvalue(), zones


class Views:
    """A few children of their own for each process that serves; started at the first view, or with `warm_up`.

    Pages that have to be read again take seconds: they have a child of their own, so that the others do not
    wait behind them. Masked images stay some minutes in `scratch`; they are never of more than was shown.
    """

    def __init__(self, scratch: Path, *, children: int = 2) -> None:
        self._scratch = scratch
        self._quick, self._slow = _Children(children), _Children(1)
        self._lock = threading.Lock()
        self._found: dict[tuple[str, int], tuple[Zone, ...]] = {}  # by bytes and page, once read again

    def page(self, objects: ObjectStore, piece: Piece, vue: Vue, *, width: int, png: bool = False) -> bytes:
        """Raises FichierCorrompu for a page that cannot be drawn, or whose numbers cannot be looked for."""
        kept = self._scratch / f"masque-{self.tag(piece, vue, width, png=png)}.{'png' if png else 'jpeg'}"
        with suppress(OSError):
            image = kept.read_bytes()
            os.utime(kept)
            return image
        (image,) = self.pages(objects, piece, [vue], width=width, png=png)
        draft = kept.with_suffix(f".{secrets.token_hex(4)}")
        draft.write_bytes(image)
        draft.rename(kept)
        return image

    @staticmethod
    def tag(piece: Piece, vue: Vue, width: int, *, png: bool) -> str:
        """Names the image: the same for the same bytes with the same hidden."""
        return hashlib.sha256(f"{piece.sha256} {vue} {width} {png}".encode()).hexdigest()[:40]

    def pages(
        self, objects: ObjectStore, piece: Piece, wanted: Sequence[Vue], *, width: int, png: bool = False
    ) -> Iterator[bytes]:
        """Each of `wanted`, from one copy of the piece. Raises FichierCorrompu."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._scratch, prefix="vue-") as copy:
            with objects.open(piece.objet) as source:
                while block := source.read(1 << 20):
                    copy.write(block)
            copy.flush()
            for vue in wanted:
                yield self._drawn(Path(copy.name), piece, vue, width, png=png)

    def _drawn(self, path: Path, piece: Piece, vue: Vue, width: int, *, png: bool) -> bytes:
        known = self._found.get((piece.sha256, vue.page)) if vue.relire else None
        if known is not None:
            vue = replace(vue, zones=tuple(dict.fromkeys((*vue.zones, *known))), relire=False)
        task = Dessin(path, vue.page, width, png, vue.zones, vue.relire)
        with (self._slow if vue.relire else self._quick)() as sandbox:
            (outcome,) = sandbox.run([task], timeout=_SECONDS)
        if outcome.value is None:
            raise outcome.erreur or FichierCorrompu(
                f"La page {vue.page} ne peut pas être dessinée.",
                hint="Un agent habilité peut en ouvrir l'original, en disant pourquoi.",
            )
        image, zones = outcome.value
        if vue.relire:
            self._remember((piece.sha256, vue.page), zones)
        return image

    def _remember(self, page: tuple[str, int], zones: tuple[Zone, ...]) -> None:
        with self._lock:
            while len(self._found) >= _REMEMBERED:
                del self._found[next(iter(self._found))]
            self._found[page] = zones

    def warm_up(self) -> None:
        """Start the quick children now, beside whatever else is starting: nobody waits for their seconds."""
        threading.Thread(target=self._quick.warm_up, name="vues", daemon=True).start()

    def close(self) -> None:
        self._quick.close()
        self._slow.close()


class _Children:
    def __init__(self, number: int) -> None:
        self._number = number
        self._free: queue.LifoQueue[Sandbox[Dessin, Dessine] | None] = queue.LifoQueue()
        for _ in range(number):
            self._free.put(None)

    @contextmanager
    def __call__(self) -> Iterator[Sandbox[Dessin, Dessine]]:
        taken = self._free.get()
        try:
            if taken is None:
                taken = Sandbox(handler, workers=1, preload=PRELOAD)
            yield taken
        finally:
            self._free.put(taken)

    def warm_up(self) -> None:
        with ExitStack() as all_of_them, tempfile.NamedTemporaryFile(prefix="vue-") as empty:
            for _ in range(self._number):
                sandbox = all_of_them.enter_context(self())
                list(sandbox.run([Dessin(Path(empty.name), 1, 1)], timeout=_SECONDS))

    def close(self) -> None:
        while not self._free.empty():
            sandbox = self._free.get_nowait()
            if sandbox is not None:
                sandbox.close()
