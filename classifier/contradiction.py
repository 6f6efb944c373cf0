"""Owns when print and code contradict one another: what is read well enough, what one misreading may make."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from classifier.places import Feuilles
from classifier.text import plain
from intake.domain.lecture import PageLue

READ_WELL = 86.0  # confidence of a line whose figures are believed
SURELY = 92.0  # of a figure that is no misreading
AGREED = 99.0  # of what several looks read alike: no word read once has it, and no file's own text
OF_THE_FILE = 100.0  # of the lines of a PDF's own text
OTHER_DIGITS = 2  # figures that differ: one is a misreading
ALIKE_FIGURES = [set(pair) for pair in "17 14 47 27 35 38 39 58 59 56 68 06 08 09 69 89 49 23".split()]
_PAGE_READ_WELL = 78.0
_WORDS = 30  # words from which a page that does not name somebody is worth a remark
_ALIKE = 75.0
_FILLED, _ROW, _BLANKS = re.compile(r"<{2,}"), re.compile(r"[A-Z0-9<]{28,}"), 2


def agreed(confiance: float) -> bool:
    """Whether it was read alike by several looks, so that a figure is no other that resembles it."""
    return AGREED <= confiance < OF_THE_FILE


def of_a_zone(texte: str) -> bool:
    """Whether a line is a row of a machine-readable zone, which is no print to compare it with.

    « 26 99 8614808 20 MADAME WO LUDMILA » is none: a zone has no blanks, but those that OCR makes.
    """
    row = texte.replace(" ", "")
    return bool(_FILLED.search(row) or (_ROW.fullmatch(row) and texte.strip().count(" ") <= _BLANKS))


def named(name: str, feuilles: Feuilles) -> bool:
    """Whether a word of `name` is printed, misread or not."""
    text = plain(" ".join(t for t in feuilles.textes if not of_a_zone(t)))
    tokens = set(text.split())
    return any(
        word in tokens if len(word) <= 2 else fuzz.partial_ratio(word, text) >= _ALIKE
        for word in plain(name).split()
    )


def well_read(pages: Sequence[PageLue]) -> bool:
    """Whether the pages are so well read that what is not seen on them is not there."""
    words = sum(p.texte.mots for p in pages)
    confidence = sum(p.texte.confiance * p.texte.mots for p in pages) / max(1, words)
    return words >= _WORDS and confidence >= _PAGE_READ_WELL
