"""Owns the proof of a PDF's own text: a few of its words, read again where they are said to stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

import cv2
import numpy as np
import numpy.typing as npt

from classifier import ocr
from intake.domain.lecture import Couche, MotCouche

Gris = npt.NDArray[np.uint8]

_WORDS = 6  # read again of a page: some 60 ms
_LONG = re.compile(r"[^\W\d_]{6,}")
_TALL = 40  # pixels of a word's box as it is read again
_AROUND = 0.15  # of its height, on each side
_INK = 8.0  # standard deviation of grey below which nothing is printed
_SAME = 0.6  # of the letters; a word misread by one or two is still that word
_READ = 4  # letters surely read from which another word stands there
_SURE = 60.0
_APART = 30  # pixels between two words, so that they are two lines


def contradicted(gris: Gris, couche: Couche) -> bool:
    """Whether most of the words looked at are not what is printed in their place.

    A layer may be of another page, hidden under the picture, or written to deceive. Words that cannot be read
    again prove nothing.
    """
    shown = [(word, crop) for word in _some(couche.mots) if (crop := _crop(gris, word)) is not None]
    against = sum(float(crop.std()) < _INK for _, crop in shown)
    printed = [(word, crop) for word, crop in shown if float(crop.std()) >= _INK]
    confirmed = 0
    for word, read in zip((w for w, _ in printed), _read([c for _, c in printed]), strict=True):
        same = SequenceMatcher(None, word.texte.lower(), read.lower()).ratio() >= _SAME
        confirmed += same
        against += not same and sum(c.isalpha() for c in read) >= _READ
    return against > confirmed


def _some(words: Sequence[MotCouche]) -> list[MotCouche]:
    """Long words from all over the page."""
    long = [w for w in words if _LONG.fullmatch(w.texte)]
    return [long[i * len(long) // _WORDS] for i in range(_WORDS)] if len(long) > _WORDS else long


def _crop(gris: Gris, word: MotCouche) -> Gris | None:
    """The word's place, upright and of the height that is read best; None when it is too small to tell."""
    left, top, right, bottom = word.boite
    margin = _AROUND * min(right - left, bottom - top)
    rows = slice(max(0, int(top - margin)), int(np.ceil(bottom + margin)))
    columns = slice(max(0, int(left - margin)), int(np.ceil(right + margin)))
    crop = np.rot90(gris[rows, columns], round(word.angle / 90))  # its letters are turned clockwise
    if min(crop.shape) < 6:
        return None
    scale = _TALL / crop.shape[0]
    size = (max(1, round(crop.shape[1] * scale)), _TALL)
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(np.ascontiguousarray(crop), size, interpolation=how), np.uint8)


def _read(crops: Sequence[Gris]) -> list[str]:
    """What is surely read in each, in one go: one under the other on a sheet."""
    if not crops:
        return []
    step = _TALL + _APART
    sheet = np.full((step * len(crops) + _APART, max(c.shape[1] for c in crops) + 2 * _APART), 255, np.uint8)
    for i, crop in enumerate(crops):
        sheet[_APART + i * step :][:_TALL, _APART : _APART + crop.shape[1]] = crop
    texts = [""] * len(crops)
    try:
        words = ocr.engine().words(sheet, 200)
    except ocr.TropLong:
        return texts
    for word in words:
        row = ((word.boite[1] + word.boite[3]) // 2 - _APART // 2) // step
        if 0 <= row < len(texts) and word.confiance >= _SURE:
            texts[row] += word.texte
    return texts
