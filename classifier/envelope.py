"""Owns the window of an envelope: a name over a street, a postal code and its town, and what is beside it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from classifier.no_names import BODIES, STREETS, TITLES, nettoyer
from classifier.text import plain
from intake.domain.lecture import LigneLue, desserrer

_UP = "A-ZÀ-ÖØ-ÞŒ"
_LOW = "a-zß-öø-ÿœ"
_ADDRESSEE = re.compile(rf"[{_UP}][{_UP}'’\-]+(?:[ ][{_UP}][{_UP}'’\-]+){{0,4}}")  # DE LA TOUR-VILLIERS MAUD
_POSTAL = re.compile(rf"\d{{5}} [{_UP}][{_UP}{_LOW}' \-]+$")
_STREET = re.compile(rf"(?:\d{{1,4}} (?:(?:bis|ter|quater|[a-d]) )?)?(?:{'|'.join(sorted(STREETS))})\b")
_CIVIL_CAPITALS = re.compile(r"^(?:M\.?|MR\.?|MME\.?|MLLE|MONSIEUR|MADAME) (?:(?:OU|ET) (?:M\.?|MME\.?) )?")
_CIVILITY_ALONE = re.compile(r"(?:Monsieur|Madame|Mademoiselle|M\.|Mme|Mlle)", re.IGNORECASE)
_ON_A_LEVEL = 40  # pieces, more than stand on two rows of a page
_NEXT = 2.0  # heights, in which the next line of a column begins
_WINDOW, _ADDRESS, _GAP = 0.4, 8, 1.2  # share of the page's width; line heights


def addressed(lignes: Sequence[LigneLue]) -> Iterator[tuple[str, LigneLue]]:
    """Whom a letter is sent to: capitals over a street and a postal code, in the right half of the page.

    With what was read there: the name, its civility, its place.
    """
    parts = [part for ligne in lignes for part in side_by_side(ligne)]
    width = max((part.boite[2] for part in parts), default=0)
    for town in parts:
        left, top, _, bottom = town.boite
        if not _POSTAL.match(town.texte) or left < _WINDOW * width:
            continue
        high = bottom - top
        over = [
            p
            for p in parts
            if abs(p.boite[0] - left) < high
            and 0 < top - p.boite[1] < _ADDRESS * high
            and not _POSTAL.match(p.texte)
        ]
        for above in sorted(over, key=lambda p: p.boite[1]):
            name = nettoyer(_CIVIL_CAPITALS.sub("", above.texte))
            known = (TITLES | BODIES | STREETS) & set(plain(above.texte).split())
            if " " in name and not known and _ADDRESSEE.fullmatch(name):
                yield name, above


def with_their_civility(lignes: Sequence[LigneLue]) -> Iterator[str]:
    """The texts of lines, « Monsieur » alone at the end of one followed by the name that stands under it.

    Read across, the next line begins in another column.
    """
    parts = [list(side_by_side(ligne)) for ligne in lignes]
    down = downwards(part for row in parts for part in row)
    for ligne, beside in zip(lignes, parts, strict=True):
        civility = beside[-1] if len(beside) > 1 and _CIVILITY_ALONE.fullmatch(beside[-1].texte) else None
        name = under(civility, down) if civility else None
        yield f"{ligne.texte} {name.texte}" if name else ligne.texte


def downwards(parts: Iterable[LigneLue]) -> list[LigneLue]:
    """From top to bottom: one column may have been read after the other."""
    return sorted(parts, key=_top)


def _top(part: LigneLue) -> int:
    return part.boite[1]


def under(over: LigneLue, down: Sequence[LigneLue]) -> LigneLue | None:
    """The next line of a column; `down`: all that is printed, as `downwards` gives it."""
    left, top, _, bottom = over.boite
    high = bottom - top
    first = bisect_left(down, bottom - high / 2, key=_top)
    below = (part for part in down[first : first + _ON_A_LEVEL] if part.boite[1] < bottom + _NEXT * high)
    return next((part for part in below if abs(part.boite[0] - left) < high), None)


def of_an_address(texte: str) -> bool:
    """A number and its street, a postal code and its town: nobody's name."""
    return bool(_STREET.match(plain(texte)) or _POSTAL.match(texte))


def side_by_side(ligne: LigneLue) -> Iterator[LigneLue]:
    """A line cut where a wide gap parts its words: what stands side by side."""
    words, boxes = ligne.texte.split(), desserrer(ligne.mots)
    if len(words) != len(boxes):
        yield ligne
        return
    start = 0
    for end in range(1, len(words) + 1):
        if end == len(words) or boxes[end][0] - boxes[end - 1][2] > _GAP * (boxes[end][3] - boxes[end][1]):
            yield ligne.partie(start, end)
            start = end
