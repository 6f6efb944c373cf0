"""Owns the machine-readable zone of identity documents (TD1, TD2, TD3 and the old French card)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intake.domain.lecture import LigneLue

_FILLERS = re.compile(r"[«‹<>{(\[]")
_ALLOWED = re.compile(r"[A-Z0-9<]+")
_DIGITS = str.maketrans(
    {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "G": "6"}
)
_LETTERS = str.maketrans({"0": "O", "1": "I", "2": "Z", "5": "S", "8": "B", "6": "G"})


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says; `verifie` when its check digits agree."""

    type: str  # code of the plan
    nom: str = ""
    prenoms: str = ""
    naissance: str = ""  # ISO
    expiration: str = ""
    verifie: bool = False


def find_mrz(lignes: Sequence[LigneLue]) -> Mrz | None:
    """The zone among a page's lines; None when there is none. Tolerates what OCR does to fillers."""
    rows = [row for ligne in lignes if (row := _clean(ligne.texte))]
    for index, row in enumerate(rows):
        kind = _kind(row)
        if kind:
            return _parse(kind, rows[index : index + 3])
    return None


def _clean(texte: str) -> str:
    row = _FILLERS.sub("<", texte.upper().replace(" ", "").replace("€", "<"))
    if len(row) < 24 or (row.count("<") < 2 and sum(c.isdigit() for c in row) < 8):
        return ""
    kept = "".join(_ALLOWED.findall(row))
    return kept if len(kept) >= 0.9 * len(row) and len(kept) >= 24 else ""


def _kind(row: str) -> str:
    head = row[:5].translate(_LETTERS)
    if row[0] == "P" and (row[1] == "<" or (head[2:5] == "FRA" and len(row) >= 36)):
        return "passeport"
    if head.startswith("IDFRA"):
        return "carte_identite"
    if head[2:5] == "FRA" and head[0] in "ITAC" and (row.count("<") >= 1 or len(row) <= 34):
        return "permis_conduire" if head.startswith("D") else "titre_sejour"
    if head.startswith(("D1FRA", "DIFRA")):
        return "permis_conduire"
    if re.match(r"I[D<A-Z][A-Z]{3}", head) and row.count("<") >= 3:
        return "carte_identite"
    return ""


def _parse(kind: str, rows: list[str]) -> Mrz:
    first, second = rows[0], rows[1] if len(rows) > 1 else ""
    if kind == "passeport":
        return _td3(first, second)
    if kind == "carte_identite" and len(first) >= 33:
        return _old_card(first, second)
    if kind == "permis_conduire":
        return Mrz(kind)
    return _td1(kind, second, rows[2] if len(rows) > 2 else "")


def _td3(first: str, second: str) -> Mrz:
    surname, given = _names(first[5:])
    birth, expiry = second[13:19], second[21:27]
    ok = _checked(birth, second[19:20]) and _checked(expiry, second[27:28])
    return Mrz("passeport", surname, given, _iso(birth, past=True), _iso(expiry, past=False), ok)


def _td1(kind: str, second: str, third: str) -> Mrz:
    surname, given = _names(third)
    birth, expiry = second[:6], second[8:14]
    ok = _checked(birth, second[6:7]) and _checked(expiry, second[14:15])
    return Mrz(kind, surname, given, _iso(birth, past=True), _iso(expiry, past=False), ok)


def _old_card(first: str, second: str) -> Mrz:
    """36 characters twice; the second line holds number, given names, birth date."""
    surname = first[5:30].split("<<")[0].replace("<", " ").strip()
    given = second[13:27].replace("<<", " ").replace("<", " ").strip().translate(_LETTERS)
    birth = second[27:33]
    ok = _checked(birth, second[33:34])
    return Mrz("carte_identite", surname.translate(_LETTERS), given, _iso(birth, past=True), "", ok)


def _names(field: str) -> tuple[str, str]:
    surname, _, given = field.translate(_LETTERS).partition("<<")
    return surname.replace("<", " ").strip(), re.sub(r"<+", " ", given).strip()


def check_digit(field: str) -> int:
    """ICAO 9303: weights 7, 3, 1; letters count from 10, fillers 0."""
    total = 0
    for index, char in enumerate(field):
        value = 0 if char == "<" else int(char) if char.isdigit() else ord(char) - 55
        total += value * (7, 3, 1)[index % 3]
    return total % 10


def _checked(field: str, digit: str) -> bool:
    field, digit = field.translate(_DIGITS), digit.translate(_DIGITS)
    return len(field) == 6 and digit.isdigit() and check_digit(field) == int(digit)


def _iso(yymmdd: str, *, past: bool) -> str:
    digits = yymmdd.translate(_DIGITS)
    if len(digits) != 6 or not digits.isdigit():
        return ""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    # No clock here: the reading of a page may not depend on the day it is read.
    century = 1900 if past and year > 30 else 2000
    try:
        return date(century + year, month, day).isoformat()
    except ValueError:
        return ""
