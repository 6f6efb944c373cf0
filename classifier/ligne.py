"""Owns one line of a page cut out, freed of the rules around it, enlarged and read alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from classifier import ocr
from classifier.image import Gris, Niveau
from intake.domain.lecture import Boite, englober
from intake.readers.pixels import components, kept, quantile

_LARGER = 1.5  # on 590 lines of cards read badly, 1 and 2 gave fewer words
_AROUND = 0.33  # of a line's height, what is cut out around it
_BORDER = 12  # pixels of its own ground that Tesseract wants around a line
_RULE, _RULE_WIDE, _RULE_HIGH = 0.9, 3, 0.9  # of the paper, how dark; heights of the line, its length
# Of a comb: share of the line's height, pixels, how many at least, how evenly and how many of them so.
_WALL_HIGH, _WALL_WIDE, _WALLS, _EVEN, _MOSTLY = 0.55, 5, 5, 0.2, 0.8

_BESIDE, _GAP = 2.5, 1.2  # heights between a label and its answer; between two pieces of a line

Mots = list[ocr.Mot]  # of one line


def texte(row: Mots) -> str:
    return " ".join(w.texte for w in row)


def confiance(row: Mots) -> float:
    """Of a row of a zone that of its glyphs, as words they are in no dictionary."""
    size = sum(len(w.texte) for w in row)
    return sum((w.confiance if w.glyphes is None else w.glyphes) * len(w.texte) for w in row) / max(1, size)


def parts(row: Mots) -> Iterator[Mots]:
    """The pieces of a line that a wide gap parts."""
    part = row[:1]
    for before, word in pairwise(row):
        if word.boite[0] - before.boite[2] > _GAP * (word.boite[3] - word.boite[1]):
            yield part
            part = []
        part.append(word)
    yield part


def decoupe(niveau: Niveau, boite: Boite, around: int) -> tuple[Gris, int, int]:
    """What stands in `boite` and so many pixels around it, with its left and its top on the page."""
    left, top, right, bottom = boite
    left, top = max(0, left - around), max(0, top - around)
    right, bottom = min(niveau.shape[1], right + around), min(niveau.shape[0], bottom + around)
    return niveau.partie(left, top, right, bottom), left, top


def lire(
    niveau: Niveau,
    boite: Boite,
    cle: tuple[int, int, int],
    larger: float = _LARGER,
    around: float = _AROUND,
    etendue: ocr.Etendue = ocr.Etendue.LIGNE,
) -> Mots:
    """The words of the line that stands in `boite`, pixels of the levelled page; none where none was read.

    `cle`: the key of their line; `larger`: the scale at which it is read; `around`: of its height, how much
    is looked at on its four sides.
    """
    part, left, top = decoupe(niveau, boite, max(2, round((boite[3] - boite[1]) * around)))
    large = cv2.resize(_without_rules(part), None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(large, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_REPLICATE)
    dpi = round(niveau.shape[0] / 11.7 * larger)
    try:
        words = ocr.engine().words(np.asarray(framed, np.uint8), dpi, etendue)
    except ocr.TropLong:
        return []

    def back(value: int, start: int) -> int:
        return start + max(0, round((value - _BORDER) / larger))

    return [
        replace(
            w,
            boite=(
                back(w.boite[0], left),
                back(w.boite[1], top),
                back(w.boite[2], left),
                back(w.boite[3], top),
            ),
            ligne=cle,
        )
        for w in words
    ]


def poser(row: Mots, rows: list[Mots]) -> None:
    """Behind the label that it answers, on the same line; else under what stands above it, or at the end.

    Between a label and its own answer a cell from the other side of the page would be taken for that.
    """
    left, top, right, bottom = englober(w.boite for w in row)
    high = bottom - top
    under = -1
    for i, other in enumerate(rows):
        its_left, its_top, its_right, its_bottom = englober(w.boite for w in other)
        level = abs(its_top + its_bottom - top - bottom) < high
        if level and texte(other).endswith(":") and 0 <= left - its_right < _BESIDE * high:
            rows[i] = [*other, *(replace(w, ligne=other[0].ligne) for w in row)]
            return
        above = its_bottom <= top + high / 2 and its_left < right and its_right > left
        if above and (under < 0 or its_bottom >= _bottom(rows[under])):
            under = i
    rows.insert(under + 1 if under >= 0 else len(rows), row)


def _bottom(row: Mots) -> int:
    return max(w.boite[3] for w in row)


def _without_rules(line: Gris) -> Gris:
    """The line without the rules around it and the walls of its boxes, which Tesseract takes for letters."""
    paper = quantile(line, 0.9)
    dark = (line < _RULE * paper).astype(np.uint8)
    height, width = line.shape
    found = _opened(dark, min(width, _RULE_WIDE * height), 1) | _walls(dark)
    found |= _opened(dark, 1, max(2, round(_RULE_HIGH * height)))
    if not found.any():
        return line
    return np.where(cv2.dilate(found, np.ones((3, 3), np.uint8)) > 0, np.uint8(paper), line)


def _walls(dark: Gris) -> Gris:
    """Strokes that stand at one distance from one another, a letter between each and the next: a comb."""
    height = dark.shape[0]
    upright = _opened(dark, 1, max(2, round(_WALL_HIGH * height)))
    labels, stats = components(upright)
    thin = stats[:, cv2.CC_STAT_WIDTH] <= _WALL_WIDE
    thin[0] = False  # the ground
    left = np.sort(stats[thin, cv2.CC_STAT_LEFT])
    if len(left) < _WALLS:
        return np.zeros_like(dark)
    gaps = np.diff(left)
    pitch = float(np.median(gaps))
    even = np.abs(gaps - pitch) <= _EVEN * pitch
    if pitch < height / 4 or even.mean() < _MOSTLY:
        return np.zeros_like(dark)
    return kept(labels, thin)


def _opened(dark: Gris, wide: int, high: int) -> Gris:
    return np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((high, wide), np.uint8)), np.uint8)
