"""Owns the comparison of printed French with known phrases, whatever the OCR did to either.

Texts are folded (case, accents, punctuation, letters that OCR takes for one another), long phrases are
compared without spaces since OCR adds and drops them, and what is not found exactly is looked for nearly:
four-letter slices tell in microseconds whether a page can hold a phrase at all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from intake.domain.lecture import LigneLue, TexteLu
from intake.lettres import nues

_APOSTROPHES = str.maketrans("’ʼ", "  ")
_TWINS = str.maketrans({"0": "o", "1": "i", "l": "i", "5": "s", "8": "b"})
_OTHER = re.compile(r"[^a-z0-9]+")
_SHORT = 8  # folded letters below which a phrase must stand between spaces
_NEAR = 11  # … from which it may be misspelt
_CUTOFF = 88.0
_HELD = 0.45  # of a phrase's slices: a page that has fewer of them does not hold it, even misspelt


@lru_cache(maxsize=2048)  # the lines of a page are looked at by many, and again when more of it was read
def plain(texte: str) -> str:
    """Lower case, no accents, single spaces; digits stay digits."""
    return _OTHER.sub(" ", nues(texte.translate(_APOSTROPHES))).strip()


@lru_cache(maxsize=2048)
def fold(texte: str) -> str:
    """`plain`, with the letters and digits that OCR confuses made one."""
    return plain(texte).translate(_TWINS).replace("rn", "m").replace("vv", "w")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the lexicon, folded once."""

    texte: str
    serre: str  # folded, without spaces
    espace: str  # folded, between spaces
    tranches: frozenset[str]

    @staticmethod
    @lru_cache(maxsize=8192)
    def de(texte: str) -> Phrase:
        folded = fold(texte)
        tight = folded.replace(" ", "")
        return Phrase(texte, tight, f" {folded} ", _slices(tight))


def _slices(tight: str) -> frozenset[str]:
    return frozenset(tight[i : i + 4] for i in range(len(tight) - 3))


@dataclass(frozen=True, slots=True)
class Trouve:
    """Where a phrase was found: offsets in the page's text without spaces, and lines."""

    debut: int
    fin: int
    ligne: int
    exact: bool


@dataclass(frozen=True)
class PageTexte:
    """A page's lines folded for matching, in reading order."""

    lignes: tuple[LigneLue, ...]
    serre: str
    espace: str
    debuts: tuple[int, ...]  # offset in `serre` at which each line begins
    hauteur_mediane: float
    haut: float
    bas: float
    approche: bool  # whether near matches are worth looking for: the text comes from OCR
    tranches: frozenset[str] = field(repr=False, default=frozenset())

    @staticmethod
    def de(texte: TexteLu) -> PageTexte:
        folded = [fold(ligne.texte) for ligne in texte.lignes]
        tight = [f.replace(" ", "") for f in folded]
        starts, at = [], 0
        for piece in tight:
            starts.append(at)
            at += len(piece)
        joined = "".join(tight)
        boxes = [ligne.boite for ligne in texte.lignes]
        heights = [b[3] - b[1] for b in boxes]
        return PageTexte(
            texte.lignes,
            joined,
            f" {' '.join(folded)} ",
            tuple(starts),
            median(heights) if heights else 0.0,
            min((b[1] for b in boxes), default=0),
            max((b[3] for b in boxes), default=0),
            texte.origine == "ocr",
            _slices(joined),
        )

    def ligne_de(self, offset: int) -> int:
        return max(0, bisect_right(self.debuts, offset) - 1)

    def longueur_ligne(self, index: int) -> int:
        end = self.debuts[index + 1] if index + 1 < len(self.debuts) else len(self.serre)
        return end - self.debuts[index]

    def contient(self, phrase: str) -> bool:
        return self.cherche(Phrase.de(phrase)) is not None

    def un_de(self, phrases: Sequence[str]) -> bool:
        return any(self.contient(p) for p in phrases)

    def toutes(self, phrase: Phrase, *, au_plus: int = 6) -> list[Trouve]:
        """Exact places of a phrase, or its best near one."""
        found: list[Trouve] = []
        if len(phrase.serre) < _SHORT:
            if phrase.espace not in self.espace:
                return found
            at = self.espace.find(phrase.espace)
            while at >= 0 and len(found) < au_plus:
                tight = at - self.espace.count(" ", 0, at)
                found.append(self._found(tight, len(phrase.serre), exact=True))
                at = self.espace.find(phrase.espace, at + 1)
            return found
        at = self.serre.find(phrase.serre)
        while at >= 0 and len(found) < au_plus:
            found.append(self._found(at, len(phrase.serre), exact=True))
            at = self.serre.find(phrase.serre, at + 1)
        if not found and self.approche and len(phrase.serre) >= _NEAR:
            near = self._near(phrase)
            if near:
                found.append(near)
        return found

    def cherche(self, phrase: Phrase) -> Trouve | None:
        return next(iter(self.toutes(phrase, au_plus=1)), None)

    def _found(self, start: int, length: int, *, exact: bool) -> Trouve:
        return Trouve(start, start + length, self.ligne_de(start), exact)

    def _near(self, phrase: Phrase) -> Trouve | None:
        wanted = phrase.tranches
        if len(wanted & self.tranches) < _HELD * len(wanted):
            return None
        if len(self.serre) < len(phrase.serre):
            return None
        match = fuzz.partial_ratio_alignment(phrase.serre, self.serre, score_cutoff=_CUTOFF)
        if match is None:
            return None
        # « Date de naissance » is nearly « acte de naissance »: the first words must be alike.
        first = len(phrase.espace.split()[0])
        read = self.serre[match.dest_start : match.dest_start + first]
        if first >= 4 and Levenshtein.distance(phrase.serre[:first], read) > first // 4:
            return None
        return self._found(match.dest_start, match.dest_end - match.dest_start, exact=False)


class Crible:
    """Which of many phrases a page cannot hold, told of all of them at once by their slices."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        long = {p.serre: p for p in phrases if len(p.serre) >= _SHORT}
        self._serres = list(long)
        self._numeros: dict[str, int] = {}
        slices = [[self._numero(s) for s in sorted(p.tranches)] for p in long.values()]
        self._toutes = np.array([n for one in slices for n in one], np.intp)
        self._debuts = np.cumsum([0, *(len(one) for one in slices[:-1])], dtype=np.intp)
        self._tailles = np.array([len(one) for one in slices], np.float64)

    def _numero(self, tranche: str) -> int:
        return self._numeros.setdefault(tranche, len(self._numeros))

    def absentes(self, page: PageTexte) -> list[str]:
        """Those of which `PageTexte.toutes` finds nothing, as `Phrase.serre`."""
        if not self._serres:
            return []
        there = np.zeros(len(self._numeros), np.float64)
        there[[n for s in page.tranches if (n := self._numeros.get(s)) is not None]] = 1
        held = np.add.reduceat(there[self._toutes], self._debuts)
        return [self._serres[i] for i in np.flatnonzero(held < _HELD * self._tailles)]
