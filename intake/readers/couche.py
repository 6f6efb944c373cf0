"""Owns a PDF page's own text: its words, and where each stands on the page's picture."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from intake.domain.lecture import Couche, MotCouche

_MAX_CHARS = 100_000  # of one page; no sheet of paper holds as many
_UNIT = 100_000  # pdfium maps to whole pixels: a page drawn that large tells the mapping finely
_HYPHENS = {0x02: "-", 0xFFFE: "-", 0xAD: "-"}  # what pdfium makes of a hyphen at the end of a line
_APART = 0.35  # of the letters' height, between two letters of one word
_SAME_ROW = 0.5

_Cadre = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Placement:
    """Page space to pixels of the upright picture: rotation and visible box of the page accounted for."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @staticmethod
    def de(page: pdfium.PdfPage, largeur: int, hauteur: int) -> _Placement:
        def seen(x: float, y: float) -> tuple[float, float]:
            px, py = ctypes.c_int(), ctypes.c_int()
            pdfium_c.FPDF_PageToDevice(page, 0, 0, _UNIT, _UNIT, 0, x, y, px, py)
            return px.value * largeur / _UNIT, py.value * hauteur / _UNIT

        far = 1000.0
        (x0, y0), (x1, y1), (x2, y2) = seen(0, 0), seen(far, 0), seen(0, far)
        return _Placement((x1 - x0) / far, (y1 - y0) / far, (x2 - x0) / far, (y2 - y0) / far, x0, y0)

    def __call__(self, left: float, bottom: float, right: float, top: float) -> _Cadre:
        xs = [self.a * x + self.c * y + self.e for x in (left, right) for y in (bottom, top)]
        ys = [self.b * x + self.d * y + self.f for x in (left, right) for y in (bottom, top)]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class _Lettre:
    texte: str
    cadre: _Cadre
    angle: int


def couche_de(page: pdfium.PdfPage, taille: tuple[int, int]) -> Couche | None:
    """The text of `page` placed on its picture of `taille` pixels; None when it has none."""
    try:
        text_page = page.get_textpage()
    except pdfium.PdfiumError:
        return None
    try:
        count = min(text_page.count_chars(), _MAX_CHARS)
        place = _Placement.de(page, *taille)
        quarter = page.get_rotation()
        letters = _letters(text_page, count, place, quarter, taille)
        words = tuple(_words(letters))
    except pdfium.PdfiumError:
        return None
    finally:
        text_page.close()
    return Couche(words) if words else None


def _letters(
    text_page: pdfium.PdfTextPage, count: int, place: _Placement, quarter: int, taille: tuple[int, int]
) -> Iterator[_Lettre | None]:
    """Each letter on the page, None where a word ends; what stands outside the visible page is not on it."""
    loose = pdfium_c.FS_RECTF()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(text_page, index)
        text = _HYPHENS.get(code) or (chr(code) if code else "")
        if not text or text.isspace() or ord(text) < 0x20:
            yield None
            continue
        if not pdfium_c.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
            continue
        cadre = place(left.value, bottom.value, right.value, top.value)
        if pdfium_c.FPDFText_GetLooseCharBox(text_page, index, loose):
            cadre = _roomy(cadre, place(loose.left, loose.bottom, loose.right, loose.top))
        x, y = (cadre[0] + cadre[2]) / 2, (cadre[1] + cadre[3]) / 2
        if not (0 <= x <= taille[0] and 0 <= y <= taille[1]):
            continue
        turned = pdfium_c.FPDFText_GetCharAngle(text_page, index)  # radians, clockwise
        yield _Lettre(
            text, cadre, (round(turned / 1.5707963) * 90 + quarter) % 360 if turned >= 0 else quarter
        )


def _roomy(tight: _Cadre, loose: _Cadre) -> _Cadre:
    """The box with the font's ascent and descent, unless the font lies about them."""
    high, wide = loose[3] - loose[1], loose[2] - loose[0]
    ink = max(tight[3] - tight[1], tight[2] - tight[0], 1.0)
    return loose if 0 < high < 6 * ink and 0 < wide < 6 * ink else tight


def _words(letters: Iterator[_Lettre | None]) -> Iterator[MotCouche]:
    run: list[_Lettre] = []
    for letter in letters:
        if run and (letter is None or not _follows(run[-1], letter)):
            yield _word(run)
            run = []
        if letter is not None:
            run.append(letter)
    if run:
        yield _word(run)


def _follows(before: _Lettre, letter: _Lettre) -> bool:
    if before.angle != letter.angle:
        return False
    one, other = _along(before), _along(letter)
    high = max(one[3] - one[1], 1.0)
    level = abs((one[1] + one[3]) - (other[1] + other[3])) / 2 < _SAME_ROW * high
    return level and -high < other[0] - one[2] < _APART * high


def _along(letter: _Lettre) -> _Cadre:
    """The letter's box on a page turned so that its line runs from left to right."""
    left, top, right, bottom = letter.cadre
    if letter.angle == 90:
        return top, -right, bottom, -left
    if letter.angle == 180:
        return -right, -bottom, -left, -top
    if letter.angle == 270:
        return -bottom, left, -top, right
    return letter.cadre


def _word(run: list[_Lettre]) -> MotCouche:
    lefts, tops, rights, bottoms = zip(*(x.cadre for x in run), strict=True)
    box = (min(lefts), min(tops), max(rights), max(bottoms))
    return MotCouche("".join(x.texte for x in run), box, run[0].angle)
