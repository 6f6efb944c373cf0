"""Owns the machine-readable zone of identity documents: TD1, TD2, TD3, visas, and the old French card.

A date or a number is given only when its own check digit agrees: a zone read badly says less, never something
else. Letters and figures that OCR takes for one another are told apart by where they stand.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from classifier.rangees import Rangee, rangees
from intake.domain.lecture import LigneLue

# Of the two fillers between surname and given names: a K is one misread rather than the C of « DA<COSTA ».
_ONE_LOST = tuple(re.compile(rf"{letter}<|<{letter}") for letter in "KC")
_AFTER_NAMES = re.compile(r"<[<KCES]*$")  # fillers read as letters, once there has been one
# Likewise, so many of them behind more fillers than part a surname from given names.
_NO_NAME = re.compile(r"<+[KCESL]{8}[<KCESL]*$")
_DIGITS = str.maketrans("OQDILZASGTB", "00011245678")
_LETTERS = str.maketrans("0125684", "OIZSGBA")
_OTHER = {"0": "OQD", "1": "IL", "2": "Z", "5": "S", "6": "G", "7": "T", "8": "B"}
_OTHER |= {letter: figure for figure, letters in _OTHER.items() for letter in letters}
_D = r"[0-9OQDILZASGTB]"
# Of a birth, one character may be no figure at all: its digits tell which it was.
_BIRTH = "|".join(rf"{_D}{{{before}}}[A-Z]{_D}{{{5 - before}}}" for before in range(6))
_EXPIRY = rf"(?P<expiry>{_D}{{6}})(?P<expiry_key>{_D})"
_DATES = rf"(?P<birth>{_D}{{6}}|{_BIRTH})(?P<birth_key>{_D})(?P<sex>[A-Z<]){_EXPIRY}"
# The edge of a crop takes a row's first character: its number is then no number, its dates stand.
_NUMBER = rf"(?P<number>[A-Z0-9<]{{8,9}})(?P<number_key>[A-Z0-9<])(?P<nation>[A-Z0-9<]{{3}}){_DATES}"
_TD1_SECOND = re.compile(rf"^.?{_DATES}(?P<rest>[A-Z0-9<]*)$")
_TD2_TD3_SECOND = re.compile(rf"^.??{_NUMBER}(?P<rest>[A-Z0-9<]*)$")
_OLD_SECOND = re.compile(
    rf"^.?(?P<number>{_D}{{12}})(?P<number_key>{_D})(?P<given>[A-Z0-9<]{{14}})(?P<birth>{_D}{{6}})"
    rf"(?P<birth_key>{_D})(?P<sex>[A-Z<])(?P<rest>[A-Z0-9<]?)$"
)
_MISREAD = 2  # letters of the first five that may be read as figures: more begin a second row
_NO_FIRST = re.compile(r"<?[A-Z]{3}[A-Z]+(?:<[A-Z]+)*<<[A-Z<]+<{5}")  # row one of a passport, its P cut off
_SIZES = (30, 36, 44)  # characters of a row
_LONG_ROW = 40  # of a passport or a large visa, which have 44; the others have 36 or 30


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says. `verifie`: every check digit that it has agrees; `fausses`: one disagrees.

    Neither is true of a zone of which a part could not be read, or a letter of the number was made good.
    `confiance`: of its worst line, 0–100.
    `d_aplomb`: the row of the birth has all its characters and another of its digits agrees, so that none was
    lost or read twice. `contredite`: the birth as it stands, YYMMDD and its digit, where the two disagree;
    `numero_contredit` the same of the number of an old card, whose second row is whole.
    `confiance_dates`, `confiance_noms`: of their row alone, for fillers are read badly; 0 of names whose row
    lacks more than a filler.
    """

    type: str  # code of the plan
    nom: str = ""
    prenoms: str = ""
    naissance: str = ""  # ISO
    expiration: str = ""
    verifie: bool = False
    numero: str = ""
    fausses: bool = False
    confiance: float = 0.0
    contredite: str = ""
    confiance_dates: float = 0.0
    d_aplomb: bool = False
    confiance_noms: float = 0.0
    numero_contredit: str = ""

    def peut_dire(self, jour: date) -> bool:
        """Whether the digit of the birth is the one of `jour`: then its date was misread, and it alone."""
        return _agrees(f"{jour:%y%m%d}", self.contredite[6:])


def find_mrz(lignes: Sequence[LigneLue]) -> Mrz | None:
    """The zone among a page's lines; None when there is none."""
    rows = list(rangees(lignes))
    found = [
        replace(
            zone,
            confiance_dates=rows[min(i + 1, len(rows) - 1)].confiance,
            confiance_noms=_of_names(zone, rows[i : i + 3]),
        )
        for i in range(len(rows))
        if (zone := _zone(rows[i : i + 3])) is not None
    ]
    return max(found, key=lambda z: (z.verifie, bool(z.naissance), bool(z.nom), not z.fausses), default=None)


def _of_names(zone: Mrz, rows: Sequence[Rangee]) -> float:
    """How well the row of the surname was read, 0 where there is none, or a part of it went unread."""
    first = zone.nom.split(" ")[0]
    whole = [r for r in rows if any(size - 1 <= len(r.texte) <= size + 2 for size in _SIZES)]
    return max((r.confiance for r in whole if first and first in r.texte.translate(_LETTERS)), default=0.0)


def _zone(rows: Sequence[Rangee]) -> Mrz | None:
    first = rows[0].texte
    if len(first) >= _LONG_ROW and not _kind(first) and _NO_FIRST.match(first):
        first = "P<" + first.lstrip("<")
    kind = _kind(first)
    after = [r.texte for r in rows[1:]]
    confidence = min(r.confiance for r in rows[: 3 if kind and len(first) < 33 else 2])
    three = _is_td1(after)
    if kind == "carte_identite" and not three and _is_old_card(first, after):
        return _old_card(first, after[0] if after else "", confidence)
    if kind and (three or len(first) < 33):
        return _td1(kind, first, after[0] if after else "", after[1] if len(after) > 1 else "", confidence)
    if kind:
        return _td2_td3(kind, first, after[0] if after else "", confidence)
    # The first row lost, what its second says with two check digits is no chance.
    alone = _td2_td3("passeport", "", first, rows[0].confiance) if len(first) >= _LONG_ROW else None
    return alone if alone is not None and alone.numero and alone.naissance else None


def _kind(row: str) -> str:
    head = row[:5].translate(_LETTERS)
    if row[0] == "P" and (
        row[1] == "<" or (len(row) >= 36 and (row.count("<") >= 3 and head[2:5].isalpha()))
    ):
        return "passeport" if len(row) >= 30 else ""
    if row[0] == "V" and (row[1] in "<CDLT") and len(row) >= 33 and row.count("<") >= 3:
        return "titre_sejour"  # a long-stay visa stands for one
    if head.startswith("IDFRA"):
        return "carte_identite"
    if head[2:5] == "FRA" and head[0] in "ITAC" and (row.count("<") >= 1 or len(row) <= 34):
        return "titre_sejour"
    if head.startswith(("DIFRA", "DLFRA")):
        return "permis_conduire"
    figures = sum(c.isdigit() for c in row[:5])
    if re.match(r"I[D<A-Z][A-Z]{3}", head) and figures <= _MISREAD and row.count("<") >= 3:
        return "carte_identite"
    return ""


def _is_td1(after: Sequence[str]) -> bool:
    """Whether the rows after it are the second and third of three: the first may have been read too long."""
    return len(after) > 1 and bool(_TD1_SECOND.match(after[0])) and "<<" in after[1] and not _kind(after[1])


def _is_old_card(first: str, after: Sequence[str]) -> bool:
    """The French card of 1988 to 2021; today's, and others' of two rows, follow the standard."""
    second = after[0] if after else ""
    if not first[:5].translate(_LETTERS).startswith("IDFRA"):
        return False
    return _OLD_SECOND.match(second) is not None or (len(first) >= 33 and not _TD2_TD3_SECOND.match(second))


def _td1(kind: str, first: str, second: str, third: str, confidence: float) -> Mrz:
    if kind == "permis_conduire":
        return Mrz(kind, confiance=confidence)
    surname, given = _names(third) if "<<" in third and not _kind(third) else ("", "")
    read = _TD1_SECOND.match(second)
    if read is None:
        return Mrz(kind, surname, given, confiance=confidence)
    number, key = first[5:14], first[14:15]
    rest = read["rest"]
    over_all = len(first) == 30 and len(rest) == 15

    def agrees(born: str, numbered: str) -> bool:
        head = numbered + key.translate(_DIGITS) + first[15:30]
        return _agrees(head + _row_figures(read, born) + rest[3:14], rest[14])

    birth = _birth(read, (lambda born: agrees(born, number)) if over_all else None)
    if over_all:
        number = _number(number, key, lambda n: agrees(birth.lu, n))
    expiry = _expiry(read)
    checks: list[bool | None] = [_agrees(number, key)] if key != "<" and len(first) >= 15 else [None]
    checks += [birth.juste, expiry.juste]
    if over_all:
        checks.append(agrees(birth.lu, number))
    made = _answer(kind, surname, given, birth, expiry, number if checks[0] else "", checks, confidence)
    entire = len(second) == 30 and read.start("birth") == 0
    as_read = number == first[5:14]
    return replace(made, d_aplomb=entire and expiry.juste is True, verifie=made.verifie and as_read)


def _td2_td3(kind: str, first: str, second: str, confidence: float) -> Mrz:
    surname, given = _names(first[5:])
    read = _TD2_TD3_SECOND.match(second)
    if read is None:
        return Mrz(kind, surname, given, confiance=confidence)
    numbered, key = read["number"], read["number_key"]
    cut = len(numbered) < 9
    rest = read["rest"]
    length = 28 + len(rest)
    over_all = not cut and length in (36, 44) and not first.startswith("V")  # a visa ends without that digit

    def agrees(born: str, numbered: str) -> bool:
        head = numbered + key.translate(_DIGITS)
        return _agrees(head + _row_figures(read, born) + rest[:-1], rest[-1])

    birth = _birth(read, (lambda born: agrees(born, numbered)) if over_all else None)
    if over_all:
        numbered = _number(numbered, key, lambda n: agrees(birth.lu, n))
    number, expiry = None if cut else _agrees(numbered, key), _expiry(read)
    checks: list[bool | None] = [number, birth.juste, expiry.juste]
    if over_all:
        if length == 44 and rest[14:15] not in ("<", "") and rest[:14].strip("<"):
            checks.append(_agrees(rest[:14], rest[14]))
        checks.append(agrees(birth.lu, numbered))
    made = _answer(kind, surname, given, birth, expiry, numbered if number else "", checks, confidence)
    entire = len(second) in (36, 44) and read.start("number") == 0
    as_read = numbered == read["number"]
    return replace(made, d_aplomb=entire and number is True, verifie=made.verifie and as_read)


def _old_card(first: str, second: str, confidence: float) -> Mrz:
    """36 characters twice; the second row holds the number, the given names, the birth, in its own order."""
    surname = first[5:30].split("<<")[0].replace("<", " ").strip().translate(_LETTERS)
    read = _OLD_SECOND.match(second)
    if read is None:
        return Mrz("carte_identite", surname, confiance=confidence)
    given = re.sub(r"<+", " ", _AFTER_NAMES.sub("", read["given"].translate(_LETTERS))).strip()
    number = read["number"].translate(_DIGITS)
    birth = _checked_day(read["birth"], read["birth_key"], past=True)
    checks: list[bool | None] = [_agrees(number, read["number_key"]), birth.juste]
    if len(first) == 36 and read["rest"]:
        birth_digits = read["birth"].translate(_DIGITS) + read["birth_key"].translate(_DIGITS)
        row = number + read["number_key"].translate(_DIGITS) + read["given"] + birth_digits + read["sex"]
        checks.append(_agrees(first + row, read["rest"]))
    none = _Jour("", True)
    made = _answer(
        "carte_identite", surname, given, birth, none, number if checks[0] else "", checks, confidence
    )
    entire = len(second) == 36 and read.start("number") == 0
    false = number + read["number_key"] if entire and birth.juste and not checks[0] else ""
    return replace(made, d_aplomb=entire and checks[0] is True, numero_contredit=false)


@dataclass(frozen=True, slots=True)
class _Jour:
    """ISO text, "" unless its check digit agrees; whether it does; as it stands, with that digit.

    `lu`: its six figures, as the digit over all counts them.
    """

    iso: str
    juste: bool | None
    tel_quel: str = ""
    lu: str = ""


def _answer(
    kind: str,
    surname: str,
    given: str,
    birth: _Jour,
    expiry: _Jour,
    number: str,
    checks: Sequence[bool | None],
    confidence: float,
) -> Mrz:
    known = [c for c in checks if c is not None]
    return Mrz(
        kind,
        surname,
        given,
        birth.iso,
        expiry.iso,
        bool(birth.iso) and len(known) > 1 and all(known),
        number.strip("<"),
        not all(known),
        confidence,
        birth.tel_quel if birth.juste is False else "",
    )


def _number(number: str, key: str, agrees: Callable[[str], bool]) -> str:
    """The number; of one letter read as a figure, or the other way, what both digits make of it."""
    if _agrees(number, key):
        return number
    others = (
        number[:i] + other + number[i + 1 :] for i, c in enumerate(number) for other in _OTHER.get(c, "")
    )
    mended = [other for other in others if _agrees(other, key) and agrees(other)]
    return mended[0] if len(mended) == 1 else number


def _birth(read: re.Match[str], agrees: Callable[[str], bool] | None) -> _Jour:
    """The birth; of one figure unread, what its digit makes of it, where the digit over all says so too."""
    text, key = read["birth"].translate(_DIGITS), read["birth_key"]
    if text.isdigit():
        return _checked_day(text, key, past=True)
    letter = next(c for c in text if not c.isdigit())
    solved = next(made for figure in string.digits if _agrees(made := text.replace(letter, figure), key))
    if agrees is None or not agrees(solved):
        return _Jour("", None, lu=text)
    return _Jour(_iso(solved, past=True), True, lu=solved)


def _expiry(read: re.Match[str]) -> _Jour:
    return _checked_day(read["expiry"], read["expiry_key"], past=False)


def _row_figures(read: re.Match[str], born: str) -> str:
    """Birth and expiry with their digits, as the digit over all counts them: without the sex."""
    parts = (born, read["birth_key"], read["expiry"], read["expiry_key"])
    return "".join(p.translate(_DIGITS) for p in parts)


def _names(field: str) -> tuple[str, str]:
    text = _AFTER_NAMES.sub("", field.translate(_LETTERS))
    surname, _, given = text.partition("<<")
    lost = next((m for pattern in _ONE_LOST if (m := pattern.search(surname))), None)
    if given.startswith("<") and lost:  # nothing parts them, so one of the two was misread
        surname, given = surname[: lost.start()], surname[lost.end() :]
    elif _NO_NAME.fullmatch(given):
        given = ""
    given = given.strip("<").partition("<<<")[0]  # after so many fillers there is nothing else
    return re.sub(r"<+", " ", surname).strip(), re.sub(r"<+", " ", given).strip()


def contredit(avec_cle: str) -> tuple[str, str]:
    """Of a field of figures with the digit that disagrees with it: that digit, and the one it should have."""
    return avec_cle[-1:].translate(_DIGITS), str(check_digit(avec_cle[:-1]))


def check_digit(field: str) -> int:
    """ICAO 9303: weights 7, 3, 1; letters count from 10, fillers 0."""
    total = 0
    for index, char in enumerate(field):
        value = 0 if char == "<" else int(char) if char.isdigit() else ord(char) - 55
        total += value * (7, 3, 1)[index % 3]
    return total % 10


def _agrees(field: str, digit: str) -> bool:
    digit = digit.translate(_DIGITS)
    return digit.isdigit() and check_digit(field) == int(digit)


def _checked_day(yymmdd: str, digit: str, *, past: bool) -> _Jour:
    digits = yymmdd.translate(_DIGITS)
    if not digits.isdigit() or not _agrees(digits, digit):
        return _Jour("", False, digits + digit.translate(_DIGITS), digits)
    return _Jour(_iso(digits, past=past), True, lu=digits)


def _iso(digits: str, *, past: bool) -> str:
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    # No clock here: the reading of a page may not depend on the day it is read.
    century = 1900 if past and year > 30 else 2000
    try:
        return date(century + year, month, day).isoformat()
    except ValueError:
        return ""  # an unknown day or month is written with fillers or zeros
