"""Owns what the learned model sees of a page: its words, pairs of words, headings and pieces of words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from classifier.text import plain
from intake.domain.lecture import LigneLue

_HEAD_LINES = 12
_HEAD_LETTERS = 70
_GRAM = 5
_LONG = 6  # letters from which a word is also known by its pieces, that one misread letter leaves whole
_DIGIT = re.compile(r"\d")


def features(lignes: Sequence[LigneLue]) -> Counter[str]:
    """Counts by name: `w:` words, `b:` neighbours on a line, `t:` words of headings, `c:` pieces."""
    found: Counter[str] = Counter()
    for rank, ligne in enumerate(lignes):
        words = [_word(w) for w in plain(ligne.texte).split()]
        words = [w for w in words if w]
        found.update(f"w:{w}" for w in words if len(w) > 1)
        found.update(f"b:{a} {b}" for a, b in pairwise(words))
        for word in words:
            if len(word) >= _LONG and word[0] != "#":
                found.update(_pieces(word))
        if rank < _HEAD_LINES and len(ligne.texte) <= _HEAD_LETTERS:
            found.update(f"t:{w}" for w in words if len(w) > 2)
    return found


def _word(word: str) -> str:
    """Numbers are known by their length, but for short ones: « 2042 » and « 14069 » name forms."""
    if not _DIGIT.search(word):
        return word
    return word if len(word) <= 5 and word.isdigit() and len(word) != 4 else f"#{min(len(word), 9)}"


def _pieces(word: str) -> Iterator[str]:
    return (f"c:{word[i : i + _GRAM]}" for i in range(len(word) - _GRAM + 1))
