"""Owns Tesseract: the only module that talks to it, through a small port with two bodies.

`tesserocr` keeps the engine alive in the process and hands pixels over without a file; `pytesseract` starts
one process per page and serves wherever the first cannot be imported or initialised. One thread per engine:
Tesseract's own OpenMP threads cost several times more CPU than they save (see docs/architecture.md).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from intake.errors import IntakeError

Gris = npt.NDArray[np.uint8]

_SECONDS = 8.0  # what Tesseract has not finished by then is noise; the caller's deadline is 30 s a page
_PATIENCE = 2  # times as long where it hardly got to work
_TESSDATA = (Path("/usr/share/tesseract-ocr"), Path("/usr/share/tessdata"), Path("/usr/local/share/tessdata"))
LANGUE = "fra"
# Measured on 142 strips of scans: without its search for tables 11 % less, without its search for typewriter
# pitch 2 % less, for the same words; rows are put together by `columns`, which asks for no table. A line read
# at half and more is not read as white on black as well: 2 % less; at a third white titles are lost.
_REGLAGES = {
    "textord_max_noise_size": "7",
    "textord_tabfind_find_tables": "0",
    "textord_all_prop": "1",
    "invert_threshold": "0.5",
}


# A row of a machine-readable zone, or the most of one.
_ZONE = re.compile(r"<{2,}|^[A-Z0-9<]{18,}$")


class OcrIndisponible(IntakeError):
    """No body of Tesseract works on this machine."""

    code = "OCR_INDISPONIBLE"
    hint = "Installez les paquets tesseract-ocr et tesseract-ocr-fra, puis recommencez."
    retryable = True


@dataclass(frozen=True, slots=True)
class Mot:
    """A word as Tesseract saw it: box in pixels of the image given, confidence 0–100, its line's key.

    `glyphes`: of a row of a machine-readable zone, the confidence of its worst letter or figure: as a word it
    is in no dictionary, and however well it was read its confidence is that of noise. None where not known.
    """

    texte: str
    boite: tuple[int, int, int, int]
    confiance: float
    ligne: tuple[int, int, int]
    glyphes: float | None = None


class Etendue(Enum):
    """What the pixels given to OCR are known to hold."""

    PAGE = auto()
    LIGNE = auto()  # one line
    BANDE = auto()  # one row of a machine-readable zone, which has but these: ICAO 9303, part 3


_DE_BANDE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"


class TropLong(Exception):
    """Tesseract had not finished in time: what it was given is unread, which is not the same as empty."""


class OcrEngine(Protocol):
    def words(self, gris: Gris, dpi: int, etendue: Etendue = Etendue.PAGE) -> list[Mot]:
        """The words of an upright grey image, in Tesseract's reading order.

        Raises TropLong.
        """
        ...


def tessdata() -> str | None:
    """The folder that holds `fra.traineddata`; None lets Tesseract look by itself."""
    prefix = os.environ.get("TESSDATA_PREFIX")
    roots = [Path(prefix)] if prefix else []
    for root in [*roots, *_TESSDATA]:
        for folder in [root, root / "tessdata", *sorted(root.glob("*/tessdata"), reverse=True)]:
            if (folder / f"{LANGUE}.traineddata").is_file():
                return str(folder)
    return None


class Tesserocr:
    """In process. Not picklable once used, and never shared between threads: build one per process."""

    def __init__(self) -> None:
        import tesserocr

        self._lib: Any = tesserocr
        # Leptonica writes remarks on odd regions straight to stderr, where a person expects our messages.
        tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
        self._api: Any = tesserocr.PyTessBaseAPI(path=tessdata() or "", lang=LANGUE, psm=tesserocr.PSM.AUTO)
        for name, value in (("debug_file", os.devnull), *_REGLAGES.items()):
            self._api.SetVariable(name, value)

    def words(self, gris: Gris, dpi: int, etendue: Etendue = Etendue.PAGE) -> list[Mot]:
        api, psm = self._api, self._lib.PSM
        api.SetPageSegMode(psm.AUTO if etendue is Etendue.PAGE else psm.SINGLE_LINE)
        api.SetVariable("tessedit_char_whitelist", _DE_BANDE if etendue is Etendue.BANDE else "")
        api.SetImage(Image.fromarray(gris))
        api.SetSourceResolution(max(70, dpi))
        try:
            if not self._recognized():
                return []
            words = _parse_tsv(api.GetTSVText(0))
            return self._by_glyph(words) if any(_ZONE.search(w.texte) for w in words) else words
        except RuntimeError:
            return []  # "Failed to recognize": nothing of the page could be segmented
        finally:
            api.Clear()

    def _recognized(self) -> bool:
        """Whether anything was. Tesseract's clock goes on while it waits for a processor: ours does not.

        Raises TropLong.
        """
        begun = time.thread_time()
        for patience in (1, _PATIENCE):
            since = time.monotonic()
            if self._api.Recognize(int(_SECONDS * patience * 1000)):
                return True
            if time.monotonic() - since < _SECONDS * patience:
                return False
            if time.thread_time() - begun >= _SECONDS / 2:
                break
        raise TropLong

    def _by_glyph(self, words: list[Mot]) -> list[Mot]:
        symbol, word = self._lib.RIL.SYMBOL, self._lib.RIL.WORD
        worst: dict[tuple[int, int, int, int], float] = {}
        for glyph in self._lib.iterate_level(self._api.GetIterator(), symbol):
            read = glyph.GetUTF8Text(symbol)
            if _ZONE.search(glyph.GetUTF8Text(word)) and read != "<":
                box, sure = glyph.BoundingBox(word), glyph.Confidence(symbol) if read.isalnum() else 0.0
                worst[box] = min(worst.get(box, 100.0), sure)
        return [replace(w, glyphes=worst.get(w.boite)) for w in words]


class Pytesseract:
    """One `tesseract` process per page: slower, and needs nothing but the program."""

    def words(self, gris: Gris, dpi: int, etendue: Etendue = Etendue.PAGE) -> list[Mot]:
        import pytesseract

        folder = tessdata()
        config = f"--psm {3 if etendue is Etendue.PAGE else 7} --dpi {max(70, dpi)}"
        if etendue is Etendue.BANDE:
            config += f' -c "tessedit_char_whitelist={_DE_BANDE}"'
        config += "".join(f" -c {name}={value}" for name, value in _REGLAGES.items())
        if folder:
            config += f" --tessdata-dir {folder}"
        with _one_thread():
            try:
                tsv = pytesseract.image_to_data(
                    Image.fromarray(gris), lang=LANGUE, config=config, timeout=_SECONDS
                )
            except pytesseract.TesseractNotFoundError as error:
                raise OcrIndisponible("Le programme tesseract est introuvable.") from error
            except pytesseract.TesseractError:
                return []
            except RuntimeError as error:  # its way to say that time is over
                raise TropLong from error
        return _parse_tsv(str(tsv))


@contextmanager
def _one_thread() -> Iterator[None]:
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_THREAD_LIMIT"]
        else:
            os.environ["OMP_THREAD_LIMIT"] = before


def _parse_tsv(tsv: str) -> list[Mot]:
    """Rows of level 5 of Tesseract's TSV; a heading row, if any, is skipped like the other levels."""
    words = []
    for row in tsv.splitlines():
        cells = row.split("\t", 11)
        if len(cells) < 12 or cells[0] != "5":
            continue
        text = cells[11].strip()
        if not text:
            continue
        left, top, width, height = (int(c) for c in cells[6:10])
        key = (int(cells[2]), int(cells[3]), int(cells[4]))
        words.append(Mot(text, (left, top, left + width, top + height), float(cells[10]), key))
    return words


@cache
def engine() -> OcrEngine:
    """The best body that works here, made once per process, on first use."""
    # OpenMP reads the limit when its library is loaded: before the import.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        return Tesserocr()
    except (ImportError, RuntimeError, OSError):
        return Pytesseract()
