"""Where a text shows a social security number (NIR), so that it can be masked where it is kept (R33). Pure.

Hiding a number that is none costs little, showing one that is costs a secret: what has its shape counts,
unless a word before it says that it is another. Its key (97 minus the rest by 97) only overrules that word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from intake.domain.demande import Personne

MASQUE = "•"

_D = r"[0-9OoQDIl|SBZ]"
_GAP = r"[ .\-_|\u00a0\u202f\n]{0,3}"
_SHAPE = re.compile(
    rf"(?<![0-9A-Za-z])([1-4785lI|]){_GAP}({_D}{_GAP}{_D}){_GAP}({_D}{_GAP}{_D}){_GAP}"
    rf"({_D}{_GAP}[0-9OoQDIl|SBZAa]){_GAP}({_D}{_GAP}{_D}{_GAP}{_D}){_GAP}({_D}{_GAP}{_D}{_GAP}{_D})"
    rf"(?:{_GAP}(?:(?:cl[ée]|/)\s?:?\s?)?({_D}{_GAP}{_D}))?(?![0-9A-Za-z])"
)
_READ = str.maketrans("OoQDIl|SBZ", "0000111582")
_USUAL = re.compile(r"\d[ .\u00a0]\d\d[ .\u00a0]\d\d[ .\u00a0]\d[\dABab]")  # its groups as they are written
_LABEL = re.compile(
    r"secu|s\.?s\.?\b|nir\b|insee|immatricul|assure|vitale|matricule|n\S{0,2} ?ss|social|beneficiaire"
)
_OTHER = re.compile(
    r"fiscal|siret|siren|iban|compte|telephone|tel\b|spi\b|declarant|contrat|facture|fip\b|avis"
)
_BEFORE = 60
_SURE_DIGITS = 11  # of those read as digits, the others being letters that look like them


def trouver(texte: str) -> list[tuple[int, int]]:
    """From where to where each number stands; it may run over two lines."""
    return [m.span() for m in _SHAPE.finditer(texte) if _is_one(texte, m)]


def porteurs(texte: str) -> set[tuple[str, str, str]]:
    """Sex (1 or 2), year and month of birth, two figures each, of whoever the numbers of `texte` are."""
    found = set()
    for m in _SHAPE.finditer(texte):
        sex, year, month = (
            "".join(c for c in g if c.isalnum() or c == "|").translate(_READ) for g in m.group(1, 2, 3)
        )
        if _is_one(texte, m) and sex in "12":
            found.add((sex, year, month))
    return found


def porteur(texte: str, personnes: Sequence[Personne]) -> Personne | None:
    """The one of `personnes` whose sex and month of birth the only number of `texte` tells."""
    bearers = porteurs(texte)
    if len(bearers) != 1:
        return None
    ((sex, *born),) = bearers
    mine = [
        p
        for p in personnes
        if p.date_naissance
        and f"{p.date_naissance:%y %m}".split() == born
        and {"M": "1", "MME": "2"}.get(p.civilite or "", sex) == sex
    ]
    return mine[0] if len(mine) == 1 else None


def masquer(texte: str) -> str:
    """`texte` with the figures of every number hidden, and nothing else changed."""
    shown = list(texte)
    for start, end in trouver(texte):
        for at in range(start, end):
            if shown[at].isalnum() or shown[at] == "|":
                shown[at] = MASQUE
    return "".join(shown)


def cle_juste(chiffres: str) -> bool:
    """Whether 15 characters end with the key of the first 13; Corsica counts as 19 and 18."""
    body = chiffres[:13].upper().replace("2A", "19", 1) if chiffres[5:7].upper() == "2A" else chiffres[:13]
    body = body.upper().replace("2B", "18", 1) if chiffres[5:7].upper() == "2B" else body
    return (
        len(chiffres) == 15
        and body.isdigit()
        and chiffres[13:].isdigit()
        and 97 - int(body) % 97 == int(chiffres[13:])
    )


def _is_one(texte: str, m: re.Match[str]) -> bool:
    raw = m[0]
    if sum(c.isdigit() for c in raw) < _SURE_DIGITS or raw.count("\n") > 1:
        return False
    sex, year, month, place, town, rank, key = (
        "".join(c for c in g or "" if c.isalnum() or c == "|") for g in m.groups()
    )
    month = month.translate(_READ)
    if not ("01" <= month <= "12" or month >= "20"):
        return False
    corsican = place[1] in "AaBb" and place[0] == "2"
    place = place if corsican else place.translate(_READ)
    if not (corsican or place.isdigit()) or place == "00":
        return False
    digits = "".join(p.translate(_READ) for p in (sex, year, month)) + place
    digits += "".join(p.translate(_READ) for p in (town, rank, key))
    if cle_juste(digits):
        return True
    if sex.translate(_READ) not in "12" and not key:
        return False
    before = _plain(texte[max(0, m.start() - _BEFORE) : m.start()])
    label = max((x.start() for x in _LABEL.finditer(before)), default=-1)
    other = max((x.start() for x in _OTHER.finditer(before)), default=-1)
    if other > label:
        return False
    if "\n" in raw:
        return label >= 0
    return label >= 0 or bool(key) or _USUAL.match(raw.translate(_READ)) is not None or raw.isdigit()


def _plain(texte: str) -> str:
    folded = unicodedata.normalize("NFKD", texte.lower())
    return "".join(c for c in folded if not unicodedata.combining(c))
