"""Owns the second look at a card: what was read badly of it, read again at once in its darkest ink alone.

The pattern that a card is printed on joins its lines and hides them from Tesseract, beside a portrait most of
all. It is paler than the print, and that is all that is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import cv2
import numpy as np

from classifier import ligne, ocr
from classifier.image import Gris, Niveau
from intake.domain.lecture import Boite, englober
from intake.readers.pixels import quantile

_LARGER = 1.5
_INK, _PAPER, _PALE = 0.01, 0.7, 0.7  # quantiles; of the way from ink to paper, where paper begins
_AROUND = 1 / 80  # of the page's height, around what is looked at
_SURE, _BETTER = 80.0, 8.0  # what a piece must be worth, and by how much more than what stood there
_LETTERS = 3
_SHARED = 0.3  # of the smaller of two boxes, from which they are of one place


def relue(rows: Sequence[ligne.Mots], doutees: Sequence[int], niveau: Niveau, cle: int) -> list[ligne.Mots]:
    """The rows of a page with what was read better than it stood in rows doubted, or not at all.

    `doutees`: the ranks of those rows; `cle`: the first of the keys that no line has.
    """
    made = [list(row) for row in rows]
    missed: list[ligne.Mots] = []
    put: set[ocr.Mot] = set()
    for row in _lues(niveau, englober(w.boite for i in doutees for w in rows[i])):
        for part in ligne.parts(row):
            if ligne.confiance(part) < _SURE or _letters(part) < _LETTERS:
                continue
            there = [i for i, other in enumerate(made) if any(_meet(part, w) for w in other)]
            if not there:
                missed.append([replace(w, ligne=(cle + len(missed), 0, 0)) for w in part])
            elif all(i in doutees for i in there):
                _set_over(part, made, there, put)
    made = [row for row in made if row]
    for part in missed:
        ligne.poser(part, made)
    return made


def _lues(niveau: Niveau, lieu: Boite) -> list[ligne.Mots]:
    part, left, top = ligne.decoupe(niveau, lieu, round(_AROUND * niveau.shape[0]))
    large = cv2.resize(_darkest(part), None, fx=_LARGER, fy=_LARGER, interpolation=cv2.INTER_CUBIC)
    try:
        words = ocr.engine().words(np.asarray(large, np.uint8), round(niveau.shape[0] / 11.7 * _LARGER))
    except ocr.TropLong:
        return []

    def back(boite: Boite) -> Boite:
        x, y, to_x, to_y = (round(v / _LARGER) for v in boite)
        return left + x, top + y, left + to_x, top + to_y

    rows = groupby(words, key=lambda w: w.ligne)
    return [[replace(w, boite=back(w.boite)) for w in row] for _, row in rows]


def _darkest(part: Gris) -> Gris:
    """The ink as it is, and white all that is nearer to the paper."""
    ink, paper = quantile(part, _INK), quantile(part, _PAPER)
    reach = max(1.0, (paper - ink) * _PALE)
    return np.asarray(np.clip((part.astype(np.float32) - ink) * (255 / reach), 0, 255), np.uint8)


def _set_over(part: ligne.Mots, rows: list[ligne.Mots], there: Sequence[int], put: set[ocr.Mot]) -> None:
    """Put `part` where it was read, if what stands there, in the rows of those ranks, was read worse.

    Nothing of what was `put` so goes again, nor more letters than come: a box may be too high as well.
    """
    before = [w for i in there for w in rows[i] if _meet(part, w)]
    if put & set(before) or _letters(before) > _letters(part):
        return
    if ligne.confiance(before) + _BETTER > ligne.confiance(part):
        return
    key = rows[there[0]][0].ligne
    for i in there:
        rows[i] = [w for w in rows[i] if not _meet(part, w)]
    new = [replace(w, ligne=key) for w in part]
    put.update(new)
    rows[there[0]] = sorted([*rows[there[0]], *new], key=lambda w: w.boite[0])


def _letters(words: Sequence[ocr.Mot]) -> int:
    return sum(c.isalnum() for w in words for c in w.texte)


def _meet(part: ligne.Mots, word: ocr.Mot) -> bool:
    """Whether they take up the same place: a word that a line of the pattern crosses has too high a box."""
    box, other = englober(w.boite for w in part), word.boite
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    narrow, low = min(box[2] - box[0], other[2] - other[0]), min(box[3] - box[1], other[3] - other[1])
    return wide > _SHARED * narrow and high > _SHARED * low
