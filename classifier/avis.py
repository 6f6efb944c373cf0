"""Owns what an avis d'impôt says of itself: its figures, and whether a page goes on with the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.text import plain
from intake.domain.lecture import PageLue

_INCOME_YEAR = re.compile(
    r"revenus?\s+(?:de\s+)?(?:l\s?annee\s+)?(20[0-4]\d)\b|(?:impot|imposition)\s+(20[0-4]\d)\s+sur"
)
_RFR = re.compile(
    r"revenu fiscal de r[ée]f[ée]rence\D{0,40}?(\d[\d .\u00a0\u202f]{0,11}\d|\d)", re.IGNORECASE
)
_FISCAL = re.compile(r"fiscal.{0,40}?(?<!\d)((?:\d[ .]?){12}\d)(?!\d)", re.IGNORECASE | re.DOTALL)
# What the first page alone prints: when the avis was made, for whom and where they live.
_FIRST = re.compile(
    r"date d etablissement \d|(?:mise en )?recouvrement \d\d? |avis etabli le|reference de l avis \d|"
    r"situation du foyer|contribuable|adresse d imposition|adresse au 1er|declarant 1 (?!total|decl)[a-z]{3}"
)
_POSTAL = re.compile(r"^(?:[\w' ]{0,30}, )?\d{5} [A-ZÉÈ][A-ZÉÈ' \-]{2,}$")


def figures(lines: Sequence[str]) -> dict[str, str]:
    """`annee_revenus`, `rfr`, `numero_fiscal`, "" where not read."""
    text = "\n".join(lines)
    year = _INCOME_YEAR.search(" ".join(plain(line) for line in lines))
    rfr, number = _RFR.search(text), _FISCAL.search(text)
    return {
        "annee_revenus": (year[1] or str(int(year[2]) - 1)) if year else "",
        "rfr": re.sub(r"\D", "", rfr[1]) if rfr else "",
        "numero_fiscal": re.sub(r"\D", "", number[1]) if number else "",
    }


def kinship(previous: Sequence[PageLue], current: PageLue) -> list[tuple[float, str]]:
    """Log-odds, with reasons, that `current` opens another avis than the one that `previous` makes."""
    lines = [line.texte for line in current.texte.lignes]
    mine = figures(lines)
    theirs = figures([line.texte for page in previous[:4] for line in page.texte.lignes])
    found: list[tuple[float, str]] = []
    begins = any(_FIRST.search(plain(line)) or _POSTAL.match(line.strip()) for line in lines)
    if not begins:
        found.append((-4.0, "page intérieure d'un avis d'impôt"))
    if int(mine["rfr"] or 0) and int(theirs["rfr"] or 0):
        same = mine["rfr"] == theirs["rfr"]
        found.append((-3.0, "même revenu fiscal de référence") if same else (2.5, "autre revenu fiscal"))
    if mine["annee_revenus"] and theirs["annee_revenus"] and mine["annee_revenus"] != theirs["annee_revenus"]:
        found.append((2.5, "avis d'une autre année"))
    return found
