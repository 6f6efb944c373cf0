"""The numéro unique: its written forms, its parts, and what an OCR misreading of it may have been.

A national number is announced for 2027, so the format is a strategy (`FORMATS`): nothing else in the code
knows how long a number is. Source: ``spec/marks.md`` §1.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

_SEPARATORS = re.compile(r"[\s.\-\u00a0\u2010-\u2015_/·]+")
_METROPOLE = {f"{n:03d}" for n in range(1, 96)} - {"020"}
TERRITOIRES = frozenset(_METROPOLE | {"02A", "02B", "971", "972", "973", "974", "975", "976", "111", "999"})

# Printed glyphs that OCR takes for one another; the true one of a digit position is a digit.
_AS_DIGIT = {
    "O": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "L": "1",
    "|": "1",
    "!": "1",
    "T": "7",
    "Z": "2",
    "E": "3",
    "A": "4",
    "S": "5",
    "G": "6",
    "B": "8",
}
_GUICHET_TWINS = {
    "0": "O",
    "O": "0",
    "1": "I",
    "I": "1",
    "5": "S",
    "S": "5",
    "8": "B",
    "B": "8",
    "6": "G",
    "G": "6",
    "4": "A",
    "A": "4",  # « 69A38 » read as 69438 on one scan in forty
}
_TWINS_AS_DIGITS = str.maketrans({k: v for k, v in _GUICHET_TWINS.items() if v.isdigit()})


@dataclass(frozen=True, slots=True)
class NumeroUnique:
    """A well-formed number, normalised; being well formed says nothing of its existence."""

    valeur: str
    territoire: str
    mois: int
    annee: int
    sequence: str
    guichet: str

    def __str__(self) -> str:
        return self.valeur

    @property
    def lisible(self) -> str:
        """As people read it: ``999 0124 000123 75001``."""
        v = self.valeur
        return f"{v[:3]} {v[3:7]} {v[7:13]} {v[13:]}"


class Departemental:
    """The 18-character number in force: territory, MMYY, sequence, guichet."""

    longueur = 18
    _shape = re.compile(r"(\d{3}|02[AB])(0[1-9]|1[0-2])(\d{2})(\d{6})([A-Z0-9]{5})")
    _loose = re.compile(
        r"(?<![A-Z0-9])([0-9OQDILTZEASGB|!]{2}[0-9OQDILTZEASGB|!])[\s.\-]*((?:[0-9OQDILTZEASGB|!][\s.\-]?){4})"
        r"[\s.\-]*((?:[0-9OQDILTZEASGB|!][\s.\-]?){6})[\s.\-]*((?:[A-Z0-9][\s.\-]?){4}[A-Z0-9])(?![A-Z0-9])"
    )

    # As `lisible` shows it, after a label and a rule of the form that was read as a figure.
    _ruled = re.compile(r"(?:(?<=[:|] [1IL])|(?<=[:|][1IL]))\d{3} \d{4} \d{6} [A-Z0-9]{5}(?![A-Z0-9])")

    def parse(self, compact: str) -> NumeroUnique | None:
        m = self._shape.fullmatch(compact)
        if m is None or m[1] not in TERRITOIRES:
            return None
        yy = int(m[3])
        return NumeroUnique(compact, m[1], int(m[2]), 2000 + yy, m[4], m[5])

    def misread(self, compact: str) -> Iterator[NumeroUnique]:
        """Well-formed numbers that `compact` may have been on the paper, the likeliest first."""
        if len(compact) != self.longueur:
            return
        head = compact[:13]
        if sum(c.isdigit() for c in head) < 9:
            return  # a word, not a number misread
        if head[:3] in ("02A", "02B"):
            digits = head[:3] + "".join(_AS_DIGIT.get(c, c) for c in head[3:])
        else:
            digits = "".join(_AS_DIGIT.get(c, c) for c in head)
        choices = [(c, _GUICHET_TWINS[c]) if c in _GUICHET_TWINS else (c,) for c in compact[13:]]
        for tail in islice(product(*choices), 32):
            numero = self.parse(digits + "".join(tail))
            if numero is not None:
                yield numero

    def loose(self, text: str) -> Iterator[str]:
        for m in (*self._loose.finditer(text), *self._ruled.finditer(text)):
            yield _SEPARATORS.sub("", m[0])


FORMATS = (Departemental(),)


def compact(texte: str) -> str:
    return _SEPARATORS.sub("", texte).upper()


def lire(texte: str) -> NumeroUnique | None:
    """The number that `texte` is as a whole, whatever its separators and case; ``None`` if it is none."""
    return next((n for f in FORMATS if (n := f.parse(compact(texte)))), None)


def candidats(texte: str, *, au_plus: int = 64) -> tuple[NumeroUnique, ...]:
    """Every number that printed `texte` (from OCR) may hold, in order of likelihood, without repetition.

    Candidates only: one misread digit gives another well-formed number, so the register and a name
    have to confirm (R13, R14).
    """
    upper = texte.upper()
    found: dict[str, NumeroUnique] = {}
    for form in FORMATS:
        for raw in form.loose(upper):
            for numero in form.misread(raw):
                found.setdefault(numero.valeur, numero)
                if len(found) >= au_plus:
                    return tuple(found.values())
    return tuple(found.values())


def imprimes(texte: str) -> tuple[str, ...]:
    """The candidates of `texte`; those read as they stand come before those perhaps misread."""
    plain = compact(texte)
    return tuple(sorted((str(n) for n in candidats(texte)), key=lambda n: n not in plain))


def voisins(numero: str) -> frozenset[str]:
    """The well-formed numbers that differ from `numero` in one character, as one misread glyph does."""
    glyphs = string.digits + string.ascii_uppercase
    near = (numero[:i] + c + numero[i + 1 :] for i in range(len(numero)) for c in glyphs if c != numero[i])
    return frozenset(n for n in near if any(f.parse(n) for f in FORMATS))


def une_seule_impression(candidats: Iterable[str]) -> bool:
    """Whether all of `candidats` are readings of one printed number, told apart only by O and 0, I and 1…"""
    return len({n.translate(_TWINS_AS_DIGITS) for n in candidats}) == 1
