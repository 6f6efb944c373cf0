"""Owns the second look: the few lines on which much depends, read again alone and larger where read badly.

Beside its portrait and its tinted ground Tesseract reads a line of a card worse than by itself; a figure that
accuses somebody, or a name that files a paper, is worth the twenty milliseconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import cv2
import numpy as np

from classifier import ocr
from classifier.avis import rfr_annonce
from classifier.contradiction import of_a_zone
from classifier.image import Gris, Niveau
from classifier.mrz import Mrz, find_mrz
from classifier.strips import Bande
from intake.domain.lecture import Boite, LigneLue, englober
from intake.readers.pixels import components, kept, quantile

_LARGER = 1.5  # on 590 lines of cards read badly, 1 and 2 gave fewer words
_SIZES = (1.5, 2.0, 2.5)  # of a figure, which no word helps to read
_AROUND = 0.33  # of a line's height, what is cut out around it
_BORDER = 12  # pixels of its own ground that Tesseract wants around a line
_DOUBTED, _DOUBTED_FIGURE = 80.0, 90.0  # of a line; of the figure read worst of an income
_BELIEVED, _BETTER = 75.0, 8.0  # what a second reading must be worth, and by how much more
_RULE, _RULE_WIDE, _RULE_HIGH = 0.9, 3, 0.9  # of the paper, how dark; heights of the line, its length
# Of a comb: share of the line's height, pixels, how many at least, how evenly and how many of them so.
_WALL_HIGH, _WALL_WIDE, _WALLS, _EVEN, _MOSTLY = 0.55, 5, 5, 0.2, 0.8
_LETTERS = 3  # of a line worth a look
_AGREEING = 2  # readings that say the same figures
_OF_A_ZONE, _BESIDE = 6, 2.5  # rows of two cards; heights between a label and its answer
_MOST, _VAIN = 8, 3  # lines of one page; that gave nothing
_APART = 10**6  # beyond the blocks of any strip
# At a quarter of the size: a rule is that long; rows of print are that high, that many times longer, that
# full.
_FILET, _ROW, _ROW_LONG, _ROW_FULL = 20, (3, 14), 2.5, 0.25
_FOOT, _NUMBER_WIDE = 0.88, (24, 200)  # share of the height below which; pixels of a page number
_NUMBER = re.compile(r"[-–—_] ?(\d{1,2}) ?[-–—_]")

_Rangee = list[ocr.Mot]


def relire(
    mots: Sequence[ocr.Mot],
    niveau: Niveau,
    encre: Gris,
    reste: Sequence[Bande],
    epuisee: Callable[[], bool] = lambda: False,
) -> list[ocr.Mot]:
    """The words of a page, some of its lines read again: those of a card, and the income of an avis.

    And those of which nothing was read, in no strip of `reste`, which was not read on purpose. `encre`: as
    `strips.encre` gives it; `epuisee`: whether the time of the page is over.
    """
    rows = [list(row) for _, row in groupby(mots, key=lambda w: w.ligne)]
    unread = _unread(rows, encre, reste)
    _add_missed(rows, niveau, _rows_of(unread))
    _add_number(rows, niveau, unread)
    zones = [i for i, row in enumerate(rows) if of_a_zone(_texte(row))]
    if not any("<<" in _texte(rows[i]) for i in zones) and _zone(rows) is None:
        zones = []  # a statement in capitals has rows as long
    for i in _incomes(rows):
        rows[i] = _with_amount(rows[i], niveau)
    if zones:
        doubted = [i for i, row in enumerate(rows) if i not in zones and _confiance(row) < _DOUBTED]
        for i in [i for i in doubted if _letters(rows[i]) >= _LETTERS and not epuisee()][:_MOST]:
            again = _again(rows[i], niveau)
            sure = _confiance(again) >= max(_BELIEVED, _confiance(rows[i]) + _BETTER)
            rows[i] = again if sure and _letters(again) >= _LETTERS else rows[i]
    if zones and not _verified(rows) and not epuisee():
        rows = _zone_again(rows, zones[:_OF_A_ZONE], niveau)
    return [word for row in rows for word in row]


def _add_missed(rows: list[_Rangee], niveau: Niveau, boites: Sequence[Boite]) -> None:
    """Rows of print of which Tesseract made nothing, the cell of a table for most, read by themselves."""
    failed = 0
    for rank, box in enumerate(boites[:_MOST]):
        key = (_APART + rank, 0, 0)
        row = _again([ocr.Mot("", box, 0.0, key)], niveau, around=0)
        if _confiance(row) >= _BELIEVED and _letters(row) > _LETTERS:
            _put(row, rows)
        else:
            failed += 1
        if failed == _VAIN:
            return  # a hand, a picture, a stamp


def _put(row: _Rangee, rows: list[_Rangee]) -> None:
    """Behind the label that it answers, on the same line; else under what stands above it, or at the end.

    Between a label and its own answer a cell from the other side of the page would be taken for that.
    """
    left, top, right, bottom = englober(w.boite for w in row)
    high = bottom - top
    under = -1
    for i, other in enumerate(rows):
        its_left, its_top, its_right, its_bottom = englober(w.boite for w in other)
        level = abs(its_top + its_bottom - top - bottom) < high
        if level and _texte(other).endswith(":") and 0 <= left - its_right < _BESIDE * high:
            rows[i] = [*other, *(replace(w, ligne=other[0].ligne) for w in row)]
            return
        above = its_bottom <= top + high / 2 and its_left < right and its_right > left
        if above and (under < 0 or its_bottom >= _bottom(rows[under])):
            under = i
    rows.insert(under + 1 if under >= 0 else len(rows), row)


def _bottom(row: _Rangee) -> int:
    return max(w.boite[3] for w in row)


def _add_number(rows: list[_Rangee], niveau: Niveau, unread: Gris) -> None:
    """« - 3 - » alone at the foot, which Tesseract drops as dust: as two of three looks have it."""
    foot = unread.copy()
    foot[: round(_FOOT * len(foot))] = 0
    marks = [b for b in _groups(foot) if _NUMBER_WIDE[0] <= b[2] - b[0] <= _NUMBER_WIDE[1]]
    if len(marks) != 1:
        return
    key = (_APART + _MOST, 0, 0)
    looks = [
        _again([ocr.Mot("", marks[0], 0.0, key)], niveau, larger, around=0) for larger in (1.0, 1.5, 2.0)
    ]
    told = Counter(m[1] for look in looks if (m := _NUMBER.fullmatch(_texte(look))))
    if told and told.most_common(1)[0][1] >= _AGREEING:
        rows.append([ocr.Mot(f"- {told.most_common(1)[0][0]} -", marks[0], _BELIEVED, key)])


def _unread(rows: Sequence[_Rangee], encre: Gris, reste: Sequence[Bande]) -> Gris:
    """What is printed beside the words that were read, rules excepted, of the strips that were read."""
    ink = encre.copy()
    for wide, high in ((_FILET, 1), (1, _FILET)):
        rule = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((high, wide), np.uint8))
        ink = np.where(cv2.dilate(rule, np.ones((3, 3), np.uint8)) > 0, np.uint8(0), ink)
    for left, top, right, bottom in (w.boite for row in rows for w in row):
        ink[max(0, top // 4 - 1) : bottom // 4 + 2, max(0, left // 4 - 1) : right // 4 + 2] = 0
    for top, bottom in reste:
        ink[top // 4 : bottom // 4 + 1] = 0
    return ink


def _rows_of(unread: Gris) -> list[Boite]:
    """Where a row of print seems to stand, the longest first."""
    found = _groups(unread, _ROW_FULL)
    long = (b for b in found if b[2] - b[0] >= 4 * max(_ROW[1], _ROW_LONG * (b[3] - b[1]) / 4))
    return sorted(long, key=lambda b: b[0] - b[2])


def _groups(ink: Gris, full: float = 0.0) -> list[Boite]:
    """What stands side by side, as high as print, in pixels of the page; `full`: its least share of ink."""
    joined = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8)), np.uint8)
    return [
        (left * 4 - 4, top * 4 - 4, (left + width) * 4 + 4, (top + height) * 4 + 4)
        for left, top, width, height, area in components(joined)[1][1:].tolist()
        if _ROW[0] <= height <= _ROW[1] and area >= full * width * height
    ]


def _incomes(rows: Sequence[_Rangee]) -> Iterator[int]:
    """The rows with figures on the level of a label of the revenu fiscal de référence."""
    for label in (row for row in rows if rfr_annonce(_texte(row))):
        _, top, _, bottom = englober(w.boite for w in label)
        for i, row in enumerate(rows):
            _, high, _, low = englober(w.boite for w in row)
            if top <= (high + low) / 2 <= bottom and _digits(row):
                yield i


def _with_amount(row: _Rangee, niveau: Niveau) -> _Rangee:
    """The row with the figures at its end as they were read best, if two readings agree on them."""
    start = 1 + max(
        (i for i, w in enumerate(row) if sum(c.isalpha() for c in w.texte) >= _LETTERS), default=-1
    )
    amount = row[start:]
    if _figures(amount) >= _DOUBTED_FIGURE:
        return row
    readings = [amount]
    for larger in _SIZES:
        readings.append(_again(amount, niveau, larger))
        agreed = _agreed(readings)
        if agreed and _figures(agreed) >= _DOUBTED_FIGURE:
            break
    return [*row[:start], *(_agreed(readings) or amount)]


def _agreed(readings: Sequence[_Rangee]) -> _Rangee:
    """The reading whose figures are surest, if another says the same; else nothing."""
    best = max(readings, key=_figures)
    return best if sum(_digits(r) == _digits(best) for r in readings) >= _AGREEING else []


def _zone_again(rows: list[_Rangee], zones: Sequence[int], niveau: Niveau) -> list[_Rangee]:
    """Its rows read again, one after the other, as long as the zone's digits do not agree."""
    best = rows
    for i in zones:
        again = _again(rows[i], niveau)
        if not again:
            continue
        attempt = [*best[:i], again, *best[i + 1 :]]
        if _worth(attempt) > _worth(best):
            best = attempt
        if _verified(best):
            break
    return best


def _worth(rows: Sequence[_Rangee]) -> tuple[bool, ...]:
    zone = _zone(rows)
    if zone is None:
        return (False,)
    return (True, zone.verifie, bool(zone.naissance), bool(zone.nom), bool(zone.numero), not zone.fausses)


def _verified(rows: Sequence[_Rangee]) -> bool:
    zone = _zone(rows)
    return zone is not None and zone.verifie and bool(zone.nom)


def _zone(rows: Sequence[_Rangee]) -> Mrz | None:
    return find_mrz([LigneLue(_texte(r), englober(w.boite for w in r), _confiance(r)) for r in rows])


def _again(row: _Rangee, niveau: Niveau, larger: float = _LARGER, around: float = _AROUND) -> _Rangee:
    """The line cut out, enlarged and read alone; nothing where nothing comes of it."""
    left, top, right, bottom = englober(w.boite for w in row)
    more = max(2, round((bottom - top) * around))
    left, top = max(0, left - more), max(0, top - more)
    right, bottom = min(niveau.shape[1], right + more), min(niveau.shape[0], bottom + more)
    large = cv2.resize(
        _without_rules(niveau.partie(left, top, right, bottom)),
        None,
        fx=larger,
        fy=larger,
        interpolation=cv2.INTER_CUBIC,
    )
    framed = cv2.copyMakeBorder(large, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_REPLICATE)
    dpi = round(niveau.shape[0] / 11.7 * larger)
    try:
        words = ocr.engine().words(np.asarray(framed, np.uint8), dpi, une_ligne=True)
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
            ligne=row[0].ligne,
        )
        for w in words
    ]


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


def _texte(row: _Rangee) -> str:
    return " ".join(w.texte for w in row)


def _letters(row: _Rangee) -> int:
    return sum(c.isalnum() for w in row for c in w.texte)


def _confiance(row: _Rangee) -> float:
    """Of a row of a zone that of its glyphs, as words they are in no dictionary."""
    size = sum(len(w.texte) for w in row)
    return sum((w.confiance if w.glyphes is None else w.glyphes) * len(w.texte) for w in row) / max(1, size)


def _digits(row: _Rangee) -> str:
    return "".join(c for w in row for c in w.texte if c.isdigit())


def _figures(row: _Rangee) -> float:
    """Of the figure read worst; 0 of what has none."""
    return min((w.confiance for w in row if any(c.isdigit() for c in w.texte)), default=0.0)
