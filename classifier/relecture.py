"""Owns the second look: the few lines on which much depends, read again alone and larger where read badly.

Beside its portrait and its tinted ground Tesseract reads a line of a card worse than by itself; a figure that
accuses somebody, or a name that files a paper, is worth the twenty milliseconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import cv2
import numpy as np

from classifier import carte, confrontation, ligne, ocr, zone
from classifier.avis import rfr_annonce
from classifier.contradiction import of_a_zone
from classifier.image import Gris, Niveau
from classifier.strips import Bande
from intake.domain.lecture import Boite, englober
from intake.readers.pixels import components

_SIZES = (1.5, 2.0, 2.5)  # of a figure, which no word helps to read
_DOUBTED, _DOUBTED_FIGURE = 80.0, 90.0  # of a line; of the figure read worst of an income
_BELIEVED, _BETTER = 75.0, 8.0  # what a second reading must be worth, and by how much more
_LETTERS = 3  # of a line worth a look
_CLOSER = 0.1  # of its height, around it, where the tails of the line above left nothing to be read
_AGREEING = 2  # readings that say the same figures
_TOP_OF_PAGE, _HARDLY, _LOOKS = 0.35, 70.0, 4  # of its height; confidence; of one page
_A_NAME = 6  # letters
_MOST, _VAIN = 8, 3  # lines of one page; that gave nothing
_APART, _KEYS = 10**6, 100  # beyond the blocks of any strip; more than lines are read by themselves
# At a quarter of the size: a rule is that long; rows of print are that high, that many times longer, that
# full.
_FILET, _ROW, _ROW_LONG, _ROW_FULL = 20, (3, 14), 2.5, 0.25
_FOOT, _NUMBER_WIDE = 0.88, (24, 200)  # share of the height below which; pixels of a page number
_STROKE_LOST, _WHITE = re.compile(r"[1-9][17lI|]?[2-9]"), 4  # of « 1/2 »; pixels around it
_AS_HIGH, _MARGIN = 0.55, 4  # of the middle one of the words read; pixels around what stands together
_NUMBERS = 2  # marks at the foot, among which a stain may be
_NUMBER = re.compile(
    r"[-–—_] ?(?P<page>\d{1,2}) ?[-–—_]|(?:[-–—_] ?)?(?P<of>\d{1,2}) ?/ ?(?P<total>\d{1,2})(?: ?[-–—_])?"
)
_SCALES = (1.0, 1.5, 2.0, 3.0, 4.0)  # at which a number alone is looked at


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
    _add_missed(rows, niveau, _as_high_as_print(_rows_of(unread), rows))
    _add_number(rows, niveau, unread)
    _mend_number(rows, niveau)
    zones = _zones(rows)
    if not any("<<" in ligne.texte(rows[i]) for i in zones) and zone.bande(rows) is None:
        zones = []  # a statement in capitals has rows as long
    for i in _incomes(rows):
        rows[i] = _with_amount(rows[i], niveau)
    if not zones:
        _mend_head(rows, niveau, epuisee)
    if zones and _doubted(rows, zones) and not epuisee():
        rows = carte.relue(rows, _doubted(rows, zones), niveau, _APART + _KEYS)
        zones = _zones(rows)
    if zones:
        doubted = _doubted(rows, zones)
        for i in [i for i in doubted if _letters(rows[i]) >= _LETTERS and not epuisee()][:_MOST]:
            rows[i] = _better(rows[i], _again(rows[i], niveau))
    if zones and not zone.sure(rows) and not epuisee():
        rows = zone.relue(rows, zones, niveau, _APART + _MOST + _NUMBERS)
    if zones and not epuisee():
        rows = confrontation.confronte(rows, niveau, epuisee)
    return [word for row in rows for word in row]


def _zones(rows: Sequence[ligne.Mots]) -> list[int]:
    return [i for i, row in enumerate(rows) if of_a_zone(ligne.texte(row))]


def _doubted(rows: Sequence[ligne.Mots], zones: Sequence[int]) -> list[int]:
    return [i for i, row in enumerate(rows) if i not in zones and ligne.confiance(row) < _DOUBTED]


def _mend_head(rows: list[ligne.Mots], niveau: Niveau, epuisee: Callable[[], bool]) -> None:
    """What was read badly at the top of a page read again: who is written to, in a frame or beside a logo.

    Each piece of a line by itself, freed of the frame that Tesseract reads with it.
    """
    looks = 0
    for i, row in enumerate(rows):
        if row[0].boite[1] > _TOP_OF_PAGE * niveau.shape[0]:
            continue
        made: ligne.Mots = []
        for part in ligne.parts(row):
            if looks < _LOOKS and _doubtful(part) and not epuisee():
                looks += 1
                part = _better(part, _again(part, niveau))
            made += part
        rows[i] = made


def _doubtful(part: ligne.Mots) -> bool:
    return ligne.confiance(part) < _HARDLY and _letters(part) >= _A_NAME


def _better(part: ligne.Mots, again: ligne.Mots) -> ligne.Mots:
    sure = ligne.confiance(again) >= max(_BELIEVED, ligne.confiance(part) + _BETTER)
    return again if sure and _letters(again) >= _LETTERS else part


def _add_missed(rows: list[ligne.Mots], niveau: Niveau, boites: Sequence[Boite]) -> None:
    """Rows of print of which Tesseract made nothing, the cell of a table for most, read by themselves."""
    failed = 0
    for rank, box in enumerate(boites[:_MOST]):
        key = (_APART + rank, 0, 0)
        row = _core(ligne.lire(niveau, box, key, around=0))
        if ligne.confiance(row) >= _BELIEVED and _letters(row) > _LETTERS:
            ligne.poser(row, rows)
        else:
            failed += 1
        if failed == _VAIN:
            return  # a hand, a picture, a stamp


def _core(row: ligne.Mots) -> ligne.Mots:
    """Without what was read of a dotted rule, before the words and behind them."""
    sure = [i for i, w in enumerate(row) if w.confiance >= _HARDLY and any(c.isalnum() for c in w.texte)]
    return row[sure[0] : sure[-1] + 1] if sure else []


def _as_high_as_print(boites: Sequence[Boite], rows: Sequence[ligne.Mots]) -> list[Boite]:
    """Those that are about as high as what was read: the dashes of ruled paper are no rows of print."""
    high = sorted(w.boite[3] - w.boite[1] for row in rows for w in row if _letters([w]) >= _LETTERS)
    least = _AS_HIGH * high[len(high) // 2] if high else 0
    return [b for b in boites if b[3] - b[1] - 2 * _MARGIN >= least]


def _add_number(rows: list[ligne.Mots], niveau: Niveau, unread: Gris) -> None:
    """« - 3 - », « 3 / 4 » alone at the foot, which Tesseract drops as dust: as two looks do."""
    foot = unread.copy()
    foot[: round(_FOOT * len(foot))] = 0
    marks = [b for b in _groups(foot) if _NUMBER_WIDE[0] <= b[2] - b[0] <= _NUMBER_WIDE[1]]
    for rank, mark in enumerate(marks if len(marks) <= _NUMBERS else []):
        rows += _number_at(mark, niveau, (_APART + _MOST + rank, 0, 0))


def _mend_number(rows: list[ligne.Mots], niveau: Niveau) -> None:
    """« 1/2 » alone at the foot, whose stroke was read as a figure or not at all, likewise."""
    for i, row in enumerate(rows):
        low = row[0].boite[1] > _FOOT * niveau.shape[0]
        if low and len(row) == 1 and _STROKE_LOST.fullmatch(row[0].texte):
            left, top, right, bottom = row[0].boite
            around = (left - _WHITE, top - _WHITE, right + _WHITE, bottom + _WHITE)
            rows[i] = next(iter(_number_at(around, niveau, row[0].ligne)), row)


def _number_at(mark: Boite, niveau: Niveau, key: tuple[int, int, int]) -> list[ligne.Mots]:
    told: Counter[str] = Counter()
    for larger in _SCALES:
        m = _NUMBER.fullmatch(ligne.texte(ligne.lire(niveau, mark, key, larger, around=0)))
        if m:
            told[_number(m)] += 1
            if told[_number(m)] == _AGREEING:
                return [[ocr.Mot(_number(m), mark, _BELIEVED, key)]]
    return []


def _number(m: re.Match[str]) -> str:
    return f"- {m['page']} -" if m["page"] else f"{m['of']}/{m['total']}"


def _unread(rows: Sequence[ligne.Mots], encre: Gris, reste: Sequence[Bande]) -> Gris:
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
    found = list(_level(_groups(unread, _ROW_FULL)))
    long = (b for b in found if b[2] - b[0] >= 4 * max(_ROW[1], _ROW_LONG * (b[3] - b[1]) / 4))
    return sorted(long, key=lambda b: b[0] - b[2])


def _level(boites: Sequence[Boite]) -> Iterator[Boite]:
    """The boxes, those beside one another on one row made one: letters between them were taken for dust."""
    joined: list[Boite] = []
    for box in sorted(boites, key=lambda b: b[0]):
        for i, other in enumerate(joined):
            level = min(box[3], other[3]) - max(box[1], other[1]) > (box[3] - box[1]) * 2 / 3
            if level and box[0] - other[2] < box[3] - box[1] and other[3] - other[1] <= 2 * (box[3] - box[1]):
                joined[i] = englober((box, other))
                break
        else:
            joined.append(box)
    return iter(joined)


def _groups(ink: Gris, full: float = 0.0) -> list[Boite]:
    """What stands side by side, as high as print, in pixels of the page; `full`: its least share of ink."""
    joined = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8)), np.uint8)
    return [
        (
            left * 4 - _MARGIN,
            top * 4 - _MARGIN,
            (left + width) * 4 + _MARGIN,
            (top + height) * 4 + _MARGIN,
        )
        for left, top, width, height, area in components(joined)[1][1:].tolist()
        if _ROW[0] <= height <= _ROW[1] and area >= full * width * height
    ]


def _incomes(rows: Sequence[ligne.Mots]) -> Iterator[int]:
    """The rows with figures on the level of a label of the revenu fiscal de référence."""
    for label in (row for row in rows if rfr_annonce(ligne.texte(row))):
        _, top, _, bottom = englober(w.boite for w in label)
        for i, row in enumerate(rows):
            _, high, _, low = englober(w.boite for w in row)
            if top <= (high + low) / 2 <= bottom and _digits(row):
                yield i


def _with_amount(row: ligne.Mots, niveau: Niveau) -> ligne.Mots:
    """The row with the figures at its end as they were read best, if two readings agree on them."""
    start = 1 + max(
        (i for i, w in enumerate(row) if sum(c.isalpha() for c in w.texte) >= _LETTERS), default=-1
    )
    amount = row[start:]
    if not _digits(amount) or _figures(amount) >= _DOUBTED_FIGURE:
        return row  # figures before words are no amount: « 6 parts du quotient »
    readings = [amount]
    for larger in _SIZES:
        readings.append(ligne.lire(niveau, englober(w.boite for w in amount), amount[0].ligne, larger))
        agreed = _agreed(readings)
        if agreed and _figures(agreed) >= _DOUBTED_FIGURE:
            break
    return [*row[:start], *(_agreed(readings) or amount)]


def _agreed(readings: Sequence[ligne.Mots]) -> ligne.Mots:
    """The reading whose figures are surest, if another says the same; else nothing."""
    best = max(readings, key=_figures)
    return best if sum(_digits(r) == _digits(best) for r in readings) >= _AGREEING else []


def _again(row: ligne.Mots, niveau: Niveau) -> ligne.Mots:
    box, key = englober(w.boite for w in row), row[0].ligne
    return ligne.lire(niveau, box, key) or ligne.lire(niveau, box, key, around=_CLOSER)


def _letters(row: ligne.Mots) -> int:
    return sum(c.isalnum() for w in row for c in w.texte)


def _digits(row: ligne.Mots) -> str:
    return "".join(c for w in row for c in w.texte if c.isdigit())


def _figures(row: ligne.Mots) -> float:
    """Of the figure read worst; 0 of what has none."""
    return min((w.confiance for w in row if any(c.isdigit() for c in w.texte)), default=0.0)
