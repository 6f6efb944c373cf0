"""Owns the reading of dates and months in printed French, with the mistakes of OCR."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from classifier.text import plain

MOIS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_ABBREVIATED = {
    "janv": 1,
    "fevr": 2,
    "fev": 2,
    "avr": 4,
    "juil": 7,
    "sept": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
    # as passports write them, of other countries too
    "jan": 1,
    "ene": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "abr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "ago": 8,
    "sep": 9,
    "dic": 12,
    "dez": 12,
}
_DIGIT = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8", "Z": "2"})
_D = r"[0-9OolI|SBZ]"
_NUMERIC = re.compile(
    rf"(?<![\w/])({_D}{{1,2}})\s?([/.\-])\s?({_D}{{1,2}})\s?\2\s?({_D}{{4}}|\d{{2}})(?![\w/])"
)
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
_SPACED = re.compile(r"(?<!\d)(\d{2}) (\d{2}) ?((?:19|20)\d{2})(?!\d)")  # the last blank is lost at times
_WRITTEN = re.compile(
    r"(?<!\w)(\d{1,2}|1er|1°|ler|premier)[.,:;']?\s+([^\W\d_]{3,10})[.,:;']{0,2}\s+((?:19|20)\d{2})(?!\d)",
    re.I,
)
_HALF_READ = re.compile(
    r"(?<!\w)le (?P<jour>\d[^\W\d_]|[^\W\d_]\d) (?P<mois>[^\W\d_]{3,10}) (?P<annee>20\d{2})(?!\d)", re.I
)
# Its blanks lost, which only the label of a birthday right before it tells from another figure.
_TIGHT = re.compile(r"(?<![\d.,])(\d{2})(\d{2}) ?((?:19|20)\d{2})(?![\d.,])")
_AFTER_LABEL = re.compile(rf"\s*(?:\(\d{{1,2}}\))?[\s:.]*{_TIGHT.pattern}")
# The plurilingual extracts of the civil registry: « Jo 12 Mo 03 An 2026 ».
_BOXED = re.compile(
    r"\bJo\w{0,3}[ :]+(\d{1,2})[ ,]+Mo\w{0,3}[ :]+(\d{1,2})[ ,]+An\w{0,3}[ :]+((?:19|20)\d{2})(?!\d)"
)
_MONTH_YEAR = re.compile(r"(?<!\w)([^\W\d_]{3,10})\.?\s+(?:de l'ann[ée]e\s+)?((?:19|20)\d{2})(?!\d)", re.I)
_MONTH_NUMBER = re.compile(r"(?<![\d/.\-])(0[1-9]|1[0-2])\s?[/\-]\s?(20\d{2})(?![\d/])")


@dataclass(frozen=True, slots=True)
class DateLue:
    jour: date
    debut: int  # offsets in the text searched
    fin: int


def month(word: str) -> int | None:
    """The month a word names, misread or abbreviated."""
    name = plain(word).replace(" ", "").replace("0", "o").replace("1", "l")
    if name in _ABBREVIATED:
        return _ABBREVIATED[name]
    if len(name) < 3:
        return None
    best = process.extractOne(
        name, MOIS, scorer=Levenshtein.distance, score_cutoff=1 if len(name) <= 5 else 2
    )
    # "mars", "mai": one letter away lies another word, so short months are read exactly.
    if best is None or (len(best[0]) <= 4 and best[0] != name):
        return None
    return int(best[2]) + 1


def dates(texte: str) -> list[DateLue]:
    """Every plausible date of a text, in order; one in words may run over the end of a line."""
    found = [d for d in _all(texte) if 1900 <= d.jour.year <= 2100]
    return sorted(found, key=lambda d: d.debut)


def birthday(texte: str, debut: int) -> DateLue | None:
    """« 1510 1967 » or « 15101967 » right behind the label of a birthday, which ends at `debut`."""
    m = _AFTER_LABEL.match(texte, debut)
    return next(_made(m, m[3], m[2], m[1]), None) if m else None


def sans_blancs(texte: str) -> list[DateLue]:
    """Each « 1510 1967 » or « 15101967 » of a line, which may be any number: it is for the caller to know."""
    return [day for m in _TIGHT.finditer(texte) for day in _made(m, m[3], m[2], m[1])]


def _all(texte: str) -> Iterator[DateLue]:
    for m in _NUMERIC.finditer(texte):
        if "\n" in m[0]:
            continue
        spaced = " " in m[0]  # « 9. 10. 11. » are the boxes of a form
        if sum(c.isdigit() for c in m[0]) >= 4 and not (spaced and len(m[4]) == 2):
            yield from _made(m, m[4], m[3], m[1])
    for m in _ISO.finditer(texte):
        yield from _made(m, m[1], m[2], m[3])
    for m in _SPACED.finditer(texte):
        yield from _made(m, m[3], m[2], m[1])
    for m in _BOXED.finditer(texte):
        yield from _made(m, m[3], m[2], m[1])
    for m in _WRITTEN.finditer(texte):
        rank = month(m[2])
        if rank:
            day = m[1] if m[1].isdigit() else "1"
            yield from _made(m, m[3], str(rank), day)


def _made(m: re.Match[str], year: str, number: str, day: str) -> Iterator[DateLue]:
    y, n, d = (int(v.translate(_DIGIT)) for v in (year, number, day))
    if len(year) == 2:
        y += 2000 if y < 50 else 1900
    try:
        yield DateLue(date(y, n, d), m.start(), m.end())
    except ValueError:
        return


def a_peu_pres(texte: str) -> list[DateLue]:
    """« le 2e juin 2025 » of a hand, one figure of the day unread: the latest day that it may be."""
    found = []
    for m in _HALF_READ.finditer(texte):
        rank, read = month(m["mois"]), m["jour"].translate(_DIGIT)
        if rank is None or read.lower() in ("1e", "1r"):  # « 1er »
            continue
        likely = [
            d
            for d in range(1, 32)
            if all(a == b or a.isalpha() for a, b in zip(read, f"{d:02}", strict=True))
        ]
        days = [day for d in likely for day in _made(m, m["annee"], str(rank), str(d))]
        found += days[-1:]
    return found


@dataclass(frozen=True, slots=True)
class MoisLu:
    annee: int
    mois: int
    debut: int
    fin: int


def months(texte: str) -> list[MoisLu]:
    """Each month named without a day: « mars 2024 », « 03/2024 »."""
    found = []
    taken = [(d.debut, d.fin) for d in dates(texte)]
    for m in _MONTH_YEAR.finditer(texte):
        rank = month(m[1])
        if rank and not any(a <= m.start() < b for a, b in taken):
            found.append(MoisLu(int(m[2]), rank, m.start(), m.end()))
    found.extend(
        MoisLu(int(m[2]), int(m[1]), m.start(), m.end())
        for m in _MONTH_NUMBER.finditer(texte)
        if not any(a <= m.start() < b for a, b in taken)
    )
    return sorted(found, key=lambda f: f.debut)
