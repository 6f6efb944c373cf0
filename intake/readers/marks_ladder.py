"""`MarkReader`: a ladder of decoders and treatments, the cheap first, stopped at the first success.

An ordinary page costs one pass of zxing-cpp and a look for places that resemble a code; only such places are
worked on. Every rung names itself in `SymboleLu.par`, so that the benchmark can say what each is worth.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from intake.domain.lecture import Boite, SymboleLu
from intake.ports import PageImage
from intake.readers import marks_variants as variants
from intake.readers.marks_decoders import Grey, zbar, zxing, zxing_places
from intake.readers.marks_grid import read_grid
from intake.readers.marks_locate import (
    Corners,
    Finder,
    binarised,
    blobs,
    chequered,
    clip,
    codelike,
    filled,
    finders,
    overlap,
    pairs,
    triples,
)
from intake.readers.pixels import grey as luminance
from intake.readers.pixels import scaled

Effort = Literal["normal", "fort"]
# The rung's name, what it read, and the factor from its lengths to the page's.
Rung = tuple[str, tuple[SymboleLu, ...], float]
Watch = Callable[[str, tuple[str, ...], float], None]  # told of each rung tried: its texts and CPU-seconds
_BASE_DPI = 200
_BASE_SIDE = 2400  # of a page whose dpi is unknown
_MODULE_PIXELS = 5.0  # what crops are brought to
_MAX_CROP = 1400
_COLOURED = 40  # between a pixel's channels, from which there is coloured ink
_SECONDS_FOR_A_BLOB = 0.1  # spent where nothing but density resembles a code: a table, a portrait, a logo
_SECONDS_FOR_ANOTHER = 0.4  # spent on places that look like a second code, once one was read


@dataclass(frozen=True, slots=True)
class _View:
    """The page at the scale it is searched at; `factor` brings its lengths back to the page's."""

    grey: Grey
    factor: float
    dpi: float


@dataclass(frozen=True, slots=True)
class Regard:
    """What was read on a page; `code_vu`: something on it is a code by its looks, read or not."""

    symboles: tuple[SymboleLu, ...] = ()
    code_vu: bool = False


class LadderMarkReader:
    """Reads QR and Data Matrix codes. `zbar=False` leaves out the decoder that can abort the interpreter."""

    def __init__(
        self,
        *,
        effort: Effort = "normal",
        zbar: bool = True,
        seconds: float | None = None,
        watch: Watch = lambda _name, _texts, _seconds: None,
    ) -> None:
        self._effort: Effort = effort
        self._watch = watch
        self._zbar = zbar
        self._seconds = seconds if seconds is not None else (2.0 if effort == "normal" else 5.0)

    def read(self, page: PageImage) -> tuple[SymboleLu, ...]:
        return self.look(page).symboles

    def look(self, page: PageImage) -> Regard:
        """Never an exception, whatever the image."""
        try:
            return self._look(page)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - cv2 on a shape nobody thought of: no code is read
            return Regard()

    def _look(self, page: PageImage) -> Regard:
        grey = luminance(page.image)
        if min(grey.shape) < 10:
            return Regard()
        until = time.process_time() + self._seconds
        found: list[SymboleLu] = []
        view = _base_view(grey, page.dpi)
        photo = _is_photo(page)
        begun = time.process_time()
        # White on black is for screens: on scans it is only looked for where something resembles a code.
        _add(found, zxing(view.grey, invert=photo), "zxing", view.factor)
        begun = self._tell("zxing", found, begun)
        if photo and self._zbar:  # few pages, often several codes, and each decoder reads some of them
            _add(found, zbar(view.grey), "zbar", view.factor)
            begun = self._tell("zbar photo", found, begun)
        places = _Places(view, photo)
        if found and not places.unread(found):
            return Regard(_once(found), code_vu=True)
        if not found and not (places.any or self._effort == "fort"):
            return Regard()
        begun = self._tell("places", (), begun)
        if found:
            until = min(until, time.process_time() + _SECONDS_FOR_ANOTHER)
        elif not (photo or places.code or self._effort == "fort"):
            until = min(until, time.process_time() + _SECONDS_FOR_A_BLOB)
        for name, symbols, factor in self._rungs(page, grey, view, places, found):
            _add(found, symbols, name, factor)
            begun = self._tell(name, symbols, begun)
            if time.process_time() > until or (symbols and not places.unread(found)):
                break
        return Regard(_once(found), code_vu=bool(found) or places.code)

    def _tell(self, name: str, symbols: Sequence[SymboleLu], begun: float) -> float:
        now = time.process_time()
        self._watch(name, tuple(s.texte for s in symbols), now - begun)
        return now

    def _rungs(
        self, page: PageImage, grey: Grey, view: _View, places: _Places, found: list[SymboleLu]
    ) -> Iterator[Rung]:
        """Crops of the places that look like a code, then the whole page at other scales."""
        for box, module in places.boxes():
            if not _read_already(box, found, view.factor):
                yield from self._crop(page, grey, box, view.factor, module)
        for corners in places.pairs:
            if not _read_already(corners.box(0), found, view.factor):
                yield "grille a deux", read_grid(view.grey, corners), view.factor
        if not found and (places.likely or self._effort == "fort"):
            yield from self._whole(page, grey, view)

    def _crop(self, page: PageImage, grey: Grey, box: Boite, factor: float, module: float) -> Iterator[Rung]:
        crop, offset, scale = _crop(grey, box, factor, module)
        for name, variant, by_zbar in variants.OF_CROPS:
            changed = variant(crop)
            symbols = zxing(changed, invert=name == "tel quel")
            yield f"zone {name}", _moved(symbols, offset, scale), 1.0
            if not symbols and by_zbar and self._zbar:
                symbols = zbar(changed)
                yield f"zone {name}, zbar", _moved(symbols, offset, scale), 1.0
            if symbols:
                return
        if page.image.mode == "RGB":
            yield from self._coloured(page, box, factor, module)
        for name, variant, two_will_do in variants.OF_GRIDS:
            changed = variant(crop)
            seen = finders(binarised(changed, window=max(31, crop.shape[0] // 5)))
            for corners in (*triples(seen)[:3], *(pairs(seen[:5])[:24] if two_will_do else ())):
                symbols = read_grid(changed, corners, effort=2 if corners.seen == 3 else 1)
                yield f"grille a {corners.seen}, {name}", _moved(symbols, offset, scale), 1.0
                if symbols:
                    return

    def _coloured(self, page: PageImage, box: Boite, factor: float, module: float) -> Iterator[Rung]:
        """Coloured ink over a black code is as light as paper in the lightest of the three channels."""
        whole = clip(_brought(box, factor), (page.image.height, page.image.width))
        rgb = np.asarray(page.image.crop(whole))
        if rgb.size == 0 or int(np.ptp(rgb.astype(np.int16), axis=-1).max(initial=0)) < _COLOURED:
            return
        scale = _crop_scale(rgb.shape, module * factor)
        light = variants.resized(np.ascontiguousarray(rgb.max(axis=-1)), scale)
        yield "zone claire", _moved(zxing(variants.smooth(1.2)(light)), whole[:2], 1 / scale), 1.0

    def _whole(self, page: PageImage, grey: Grey, view: _View) -> Iterator[Rung]:
        """Each decoder at the scales where it sometimes reads what it does not at the view's."""
        for factor in (0.75, 1.5):
            other = variants.resized(view.grey, factor)
            yield f"page x{factor}", zxing(other), view.factor / factor
            if self._zbar and factor < 1:
                yield f"page x{factor}, zbar", zbar(other), view.factor / factor
        if self._zbar and not _is_photo(page):
            yield "page, zbar", zbar(view.grey), view.factor
        if view.factor > 1:
            yield "page entiere", zxing(grey), 1.0
            if self._zbar:
                yield "page entiere, zbar", zbar(grey), 1.0


def _is_photo(page: PageImage) -> bool:
    return page.photo or not page.dpi


class _Places:
    """Places that look like a code, searched once and only as far as they are asked for, cheapest first."""

    def __init__(self, view: _View, photo: bool) -> None:
        self._view = view
        self._photo = photo

    @cached_property
    def blobs(self) -> tuple[Boite, ...]:
        found = blobs(self._view.grey, dpi=self._view.dpi)
        return tuple(b for b in found if self._photo or chequered(self._binary, b))

    @cached_property
    def _binary(self) -> Grey:
        return binarised(self._view.grey)

    @cached_property
    def finders(self) -> tuple[Finder, ...]:
        return finders(self._binary)

    @cached_property
    def triples(self) -> tuple[Corners, ...]:
        return tuple(c for c in triples(self.finders) if self._photo or filled(self._binary, c))

    @cached_property
    def pairs(self) -> tuple[Corners, ...]:
        return tuple(c for c in pairs(self.finders) if self._photo or filled(self._binary, c))

    @cached_property
    def seen(self) -> tuple[Boite, ...]:
        found = zxing_places(self._view.grey)
        return tuple(b for b in found if self._photo or codelike(b, self._view.dpi))

    @cached_property
    def any(self) -> bool:
        """On a scan, whose scale is known, a code is a blob, or large enough to show at half the scale."""
        if self._photo or self.blobs:
            return True
        half = binarised(scaled(self._view.grey, 0.5))
        return any(filled(half, corners) for corners in pairs(finders(half)))

    @property
    def likely(self) -> bool:
        return self._photo or self.code

    @property
    def code(self) -> bool:
        """Three finder patterns as a code has them, or what zxing-cpp took for a code it could not decode."""
        return bool(self.triples or self.seen or self.pairs)

    def unread(self, found: Sequence[SymboleLu]) -> bool:
        """Whether a code seems to be there that no symbol of `found` covers."""
        alone = [b for b in self.blobs if not _read_already(b, found, self._view.factor)]
        if not alone and not self._photo:
            return False
        boxes = [*(c.box(0) for c in self.triples[:3]), *self.seen]
        return any(not _read_already(b, found, self._view.factor) for b in boxes)

    def boxes(self) -> Iterator[tuple[Boite, float]]:
        """Distinct boxes in the view's pixels, with the module's size where it is known, else 0."""
        given: list[Boite] = []
        for box, module in (
            *((c.box(), c.module) for c in self.triples[:3]),
            *((_grown(b, 0.3), 0.0) for b in self.seen),
            *((b, 0.0) for b in self.blobs),
            *((_around(f), f.module) for f in self.finders[:4]),
        ):
            if all(overlap(box, g) < 0.8 for g in given):
                given.append(box)
                yield box, module


def _base_view(grey: Grey, dpi: float) -> _View:
    """The page at about 200 dpi: four times cheaper than at 300 and read as well."""
    if dpi > _BASE_DPI * 1.2:
        factor = _BASE_DPI / dpi
    elif not dpi and max(grey.shape) > _BASE_SIDE * 1.2:
        factor = _BASE_SIDE / max(grey.shape)
    else:
        return _View(grey, 1.0, dpi)
    return _View(scaled(grey, factor), 1 / factor, dpi * factor)


def _crop(grey: Grey, box: Boite, factor: float, module: float) -> tuple[Grey, tuple[float, float], float]:
    """The place at full resolution and a comfortable module size, with what brings its lengths back."""
    x0, y0, x1, y1 = clip(_brought(box, factor), grey.shape)
    crop = grey[y0:y1, x0:x1]
    scale = _crop_scale(crop.shape, module * factor)
    return variants.resized(crop, scale), (x0, y0), 1 / scale


def _crop_scale(shape: tuple[int, ...], module: float) -> float:
    side = max(shape[0], shape[1], 1)
    wanted = _MODULE_PIXELS / module if module else (2.0 if side < 350 else 500 / side if side > 900 else 1.0)
    return float(min(max(wanted, 0.2), 4.0, _MAX_CROP / side))


def _brought(box: Boite, factor: float) -> Boite:
    return int(box[0] * factor), int(box[1] * factor), int(box[2] * factor), int(box[3] * factor)


def _grown(box: Boite, share: float) -> Boite:
    pad = int(share * max(box[2] - box[0], box[3] - box[1])) + 8
    return box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad


def _around(finder: Finder) -> Boite:
    """A finder pattern alone: its code may lie on any side of it."""
    reach = int(finder.module * 42)
    x, y = int(finder.x), int(finder.y)
    return x - reach, y - reach, x + reach, y + reach


def _read_already(box: Boite, found: Sequence[SymboleLu], factor: float) -> bool:
    mine = _brought(box, factor)
    return any(s.boite is None or overlap(mine, s.boite) > 0.3 for s in found)


def _moved(
    symbols: tuple[SymboleLu, ...], offset: tuple[float, float], scale: float
) -> tuple[SymboleLu, ...]:
    def place(box: Boite) -> Boite:
        (dx, dy) = offset
        return (
            int(box[0] * scale + dx),
            int(box[1] * scale + dy),
            int(box[2] * scale + dx),
            int(box[3] * scale + dy),
        )

    return tuple(replace(s, boite=place(s.boite) if s.boite else None) for s in symbols)


def _add(found: list[SymboleLu], symbols: Sequence[SymboleLu], rung: str, factor: float) -> None:
    for symbol in symbols:
        box = _brought(symbol.boite, factor) if symbol.boite else None
        found.append(replace(symbol, par=rung, boite=box))


def _once(found: Sequence[SymboleLu]) -> tuple[SymboleLu, ...]:
    """Each text once: the same code printed twice on a page, or read by two decoders, is one mark."""
    kept: dict[tuple[str, str], SymboleLu] = {}
    for symbol in found:
        kept.setdefault((symbol.symbologie, symbol.texte), symbol)
    return tuple(kept.values())
