"""Owns the second look at a machine-readable zone: its rows found by their glyphs, and read one by one.

Tesseract lays a zone out as text: rows as close together as on some cards it reads as one, and of many
fillers it loses count. Its glyphs are of one height and one pitch, thirty to forty-four in a row (ICAO 9303),
which no other print beside them is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from classifier import ligne, ocr
from classifier.image import Niveau
from classifier.mrz import Mrz, check_digit, find_mrz
from intake.domain.lecture import Boite, LigneLue, englober
from intake.readers.pixels import components

_GLYPH = (8, 70)  # pixels of its height
_WIDE = 2.8  # of its height, its width: two that touch are one
_OTHER = (0.45, 1.5)  # of the median height: a filler is lower than a letter
_LEVEL, _APART = 0.5, 3.0  # heights between the middles of one row; between two of its glyphs
_LEAST = 22  # glyphs of a row, of which a stain may hide some
_LENGTHS = (30, 36, 44)  # TD1; TD2 and the old French card; TD3
_ROWS = 6  # of two cards side by side
_ABOVE, _BESIDE = 1.3, 3.0  # heights of what is known of a zone, and widths, within which the rest lies
_WHITE = 3  # pixels around a row
_RUN = 3  # fillers of which there may be more or fewer
_SCALES = (1.0, 1.5, 2.0)
_AGREEING = 2  # readings that say the same
_CARDS, _NEXT = 4, 2.0  # zones of one page; heights between two rows of one
_PITCH, _MOSTLY = 0.15, 0.7  # of the median pitch, how far one may be; share of the pitches, and of a row
# ICAO 9303, parts 4 to 6: where a row has what it is checked by, each with its digit.
_FORMS = [
    re.compile(r"[A-Z][A-Z<]{4}([A-Z0-9<]{9})(\d)"),
    re.compile(r"(\d{6})(\d)[MFX<](\d{6})(\d)"),
    re.compile(r"([A-Z0-9<]{9})(\d)[A-Z<]{3}(\d{6})(\d)[MFX<](\d{6})(\d)"),
]
_BELIEVED, _FIGURES = 75.0, 8  # confidence of a row read again; figures of one without fillers


@dataclass(frozen=True, slots=True)
class _Rangee:
    """Where a row stands, in pixels of the page, and how many glyphs it has."""

    boite: Boite
    glyphes: int


def bande(rows: Sequence[ligne.Mots]) -> Mrz | None:
    """The zone among the rows of a page."""
    return find_mrz(
        [LigneLue(ligne.texte(r), englober(w.boite for w in r), ligne.confiance(r)) for r in rows]
    )


def sure(rows: Sequence[ligne.Mots]) -> bool:
    """Whether its digits agree, its number among them, and each of its rows has its length.

    The name has no digit of its own.
    """
    read = bande(rows)
    whole = read is not None and read.verifie and bool(read.nom and read.prenoms and read.numero)
    return whole and _entire(rows) > 0


def relue(rows: list[ligne.Mots], zones: Sequence[int], niveau: Niveau, cle: int) -> list[ligne.Mots]:
    """The rows of a page with those of its zones read again, where their digits then agree better.

    `zones`: the ranks of rows that are of one; `cle`: the first of the keys that no line has.
    """
    for rank, zone in enumerate(_apart([rows[i] for i in zones])[:_CARDS]):
        attempt = _relue(rows, englober(w.boite for row in zone for w in row), niveau, cle + rank * _ROWS)
        if _worth(attempt) > _worth(rows):
            rows = attempt
    return rows


def _relue(rows: list[ligne.Mots], place: Boite, niveau: Niveau, cle: int) -> list[ligne.Mots]:
    read = [
        row
        for rank, r in enumerate(_rangees(niveau, place)[:_ROWS])
        if (row := _lue(niveau, r, (cle + rank, 0, 0))) and _is_of_a_zone(row)
    ]
    return [*(row for row in rows if not any(_stands_in(row, new) for new in read)), *read]


def _apart(rows: Sequence[ligne.Mots]) -> list[list[ligne.Mots]]:
    """The rows of each card: what stands between two cards is of neither."""
    zones: list[list[ligne.Mots]] = []
    for row in sorted(rows, key=lambda r: r[0].boite[1]):
        left, top, right, bottom = englober(w.boite for w in row)
        for zone in zones:
            its_left, _, its_right, its_bottom = englober(w.boite for r in zone for w in r)
            if top - its_bottom < _NEXT * (bottom - top) and left < its_right and right > its_left:
                zone.append(row)
                break
        else:
            zones.append([row])
    return zones


def _is_of_a_zone(row: ligne.Mots) -> bool:
    """Any glyphs can be read as these letters; a row of a zone has fillers or figures, and is read well."""
    text = ligne.texte(row)
    return ligne.confiance(row) >= _BELIEVED and ("<<" in text or sum(c.isdigit() for c in text) >= _FIGURES)


def _stands_in(row: ligne.Mots, new: ligne.Mots) -> bool:
    """Whether most of a row is where another was read again."""
    left, top, right, bottom = englober(w.boite for w in row)
    its_left, its_top, its_right, its_bottom = new[0].boite
    wide, high = min(right, its_right) - max(left, its_left), min(bottom, its_bottom) - max(top, its_top)
    least = _MOSTLY * min(bottom - top, its_bottom - its_top)
    return wide > _MOSTLY * (right - left) and high > least


def _worth(rows: Sequence[ligne.Mots]) -> tuple[int, ...]:
    zone = bande(rows)
    if zone is None:
        return (False,)
    names = bool(zone.nom) + bool(zone.prenoms)
    said = (zone.verifie, bool(zone.naissance), names, bool(zone.numero), not zone.fausses)
    return (True, *said, _entire(rows))


def _entire(rows: Sequence[ligne.Mots]) -> int:
    """How many rows of a zone have the length of one, if none has another."""
    lengths = [len(text.replace(" ", "")) for r in rows if "<<" in (text := ligne.texte(r))]
    return len(lengths) if all(n in _LENGTHS for n in lengths) else 0


def _rangees(niveau: Niveau, lieu: Boite) -> list[_Rangee]:
    """The rows of glyphs in and around `lieu`, from top to bottom."""
    left, top, right, bottom = lieu
    more, wide = round(_ABOVE * (bottom - top)), round(_BESIDE * (right - left))
    left, top = max(0, left - wide), max(0, top - more)
    right, bottom = min(niveau.shape[1], right + wide), min(niveau.shape[0], bottom + more)
    if right <= left or bottom <= top:
        return []
    part = niveau.partie(left, top, right, bottom)
    dark = cv2.adaptiveThreshold(part, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 15)
    stats = components(np.asarray(dark, np.uint8))[1][1:]
    high, across = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    glyphs = stats[(high >= _GLYPH[0]) & (high <= _GLYPH[1]) & (across <= _WIDE * high)]
    if len(glyphs) < _LEAST:
        return []
    usual = float(np.median(glyphs[:, cv2.CC_STAT_HEIGHT]))
    boxes = [
        (x + left, y + top, x + left + width, y + top + height)
        for x, y, width, height, _ in glyphs.tolist()
        if _OTHER[0] * usual <= height <= _OTHER[1] * usual
    ]
    return [
        _Rangee(englober(run), _places(run))
        for row in _levels(boxes, usual)
        for run in _runs(row, usual)
        if len(run) >= _LEAST and _places(run) <= max(_LENGTHS) + 2 and _evenly(run)
    ]


def _levels(boxes: Sequence[Boite], usual: float) -> list[list[Boite]]:
    rows: list[list[Boite]] = []
    for box in sorted(boxes, key=lambda b: b[1] + b[3]):
        if rows and (box[1] + box[3]) / 2 - _middle(rows[-1]) <= _LEVEL * usual:
            rows[-1].append(box)
        else:
            rows.append([box])
    return rows


def _middle(row: Sequence[Boite]) -> float:
    return sum(b[1] + b[3] for b in row) / (2 * len(row))


def _runs(row: Sequence[Boite], usual: float) -> list[list[Boite]]:
    """What stands side by side, the cards of two people apart."""
    runs: list[list[Boite]] = []
    for box in sorted(row):
        if runs and box[0] - runs[-1][-1][2] <= _APART * usual:
            runs[-1].append(box)
        else:
            runs.append([box])
    return runs


def _evenly(run: Sequence[Boite]) -> bool:
    """Whether the glyphs stand at one pitch, blanks excepted of which a zone has none."""
    pitches = _pitches(run)
    return bool(np.mean(np.abs(pitches / np.median(pitches) - 1) < _PITCH) > _MOSTLY)


def _places(run: Sequence[Boite]) -> int:
    """How many glyphs stand there at one pitch: of two that touch, or one in pieces, boxes miscount."""
    pitches = _pitches(run)
    return 1 + round(float(pitches.sum() / max(1.0, float(np.median(pitches)))))


def _pitches(run: Sequence[Boite]) -> npt.NDArray[np.float64]:
    return np.diff([(left + right) / 2 for left, _, right, _ in run])


def _lue(niveau: Niveau, rangee: _Rangee, cle: tuple[int, int, int]) -> ligne.Mots:
    """The row as the look has it whose digits agree, or two of three do, or that parts the names, or else
    the surest; as one word.
    """
    left, top, right, bottom = rangee.boite
    box = (left - _WHITE, top - _WHITE, right + _WHITE, bottom + _WHITE)
    looks: dict[str, float] = {}
    said: Counter[str] = Counter()
    for scale in _SCALES:
        words = ligne.lire(niveau, box, cle, scale, 0, ocr.Etendue.BANDE)
        text = comptee("".join(w.texte for w in words).replace(" ", ""), rangee.glyphes)
        if text:
            said[text] += 1
            looks[text] = max(looks.get(text, 0.0), ligne.confiance(words))
            if _settled(text, said[text], rangee.glyphes):
                break
    if not looks:
        return []
    text = max(looks, key=lambda t: (_digits(t), said[t] >= _AGREEING and said[t], _parts_names(t), looks[t]))
    return [ocr.Mot(text, rangee.boite, looks[text], cle, looks[text])]


def _settled(text: str, times: int, glyphes: int) -> bool:
    """Whether another look would only cost: two say the same, and no digit of the row contradicts them."""
    return len(text) == glyphes and glyphes in _LENGTHS and times >= _AGREEING and all(_checked(text))


def _parts_names(text: str) -> bool:
    """Whether a first row has surname and given names: fillers between short ones are read as letters."""
    read = find_mrz([LigneLue(text, (0, 0, len(text), 1), 100.0)])
    return read is not None and bool(read.prenoms)


def _digits(text: str) -> int:
    """How many of a row's check digits agree."""
    return sum(_checked(text))


def _checked(text: str) -> list[bool]:
    """Whether each of a row's check digits agrees, of the form of which most do: its number's, its dates'."""
    told = []
    for form in _FORMS:
        if m := form.match(text):
            parts = zip(m.groups()[::2], m.groups()[1::2], strict=True)
            told.append([check_digit(value) == int(digit) for value, digit in parts])
            if form is _FORMS[-1] and len(text) in _LENGTHS[1:]:  # and the one over all
                told[-1].append(text[-1] == str(check_digit(text[:10] + text[13:20] + text[21:-1])))
    return max(told, key=sum, default=[])


def comptee(text: str, glyphes: int) -> str:
    """With as many fillers as there is room for."""
    first, last = max(_fillers(text), key=lambda run: run[1] - run[0], default=(0, 0))
    fillers = last - first + glyphes - len(text)
    if glyphes not in _LENGTHS or last - first < _RUN or fillers < _RUN:
        return text
    return text[:first] + "<" * fillers + text[last:]


def _fillers(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each run of fillers goes."""
    turns = [i for i in range(1, len(text)) if (text[i - 1] == "<") != (text[i] == "<")]
    return ((a, b) for a, b in pairwise([0, *turns, len(text)]) if text[a : a + 1] == "<")
