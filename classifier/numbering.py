"""Owns the page numbers that documents print: « 2/4 », « Page 2 sur 4 », « - 3 - »."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from intake.domain.lecture import PageLue

_OF = r"(?:sur|/|de|of)"
_WITH_WORD = re.compile(
    rf"(?<!\w)(?:pa[gqo9]es?|feuillet|p\.?|folio)\s?[:n°]*\s?(\d{{1,3}})\s?{_OF}\s?(\d{{1,3}})(?![\d/])", re.I
)
# « 1/3 » whose stroke was read as a letter, or as a figure on a first page: no piece has a page 113.
_STROKE = re.compile(r"^\W{0,3}page\s?[:n°]*\s?(?:([1-9])\s?[lI|!\\]\s?([2-9])|(1)1([2-4]))\W{0,3}$", re.I)
# « - 3/3 - » at the foot, likewise.
_DASHED_STROKE = re.compile(r"^[-–—]\s?([1-9])\s?[1lI|!\\]\s?([2-9])\s?[-–—]$")
_FRACTION = re.compile(r"^\W{0,4}(\d{1,2})\s?/\s?(\d{1,2})\W{0,3}$")
_LAST_FRACTION = re.compile(r"(?<![\d/.,])(\d{1,2})\s?/\s?(\d{1,2})\s*\W?$")
# « Paraphes 1 sur 3 » at the end of a foot, a word or two before it.
_LAST_OF = re.compile(r"^(?:[^\W\d]+\W+){0,2}(\d{1,2})\s?sur\s?(\d{1,2})$", re.I)
_ALONE = re.compile(r"^\W{0,3}(?:page|p\.|feuillet|folio)\s?[:n°]*\s?(\d{1,3})\W{0,3}$", re.I)
_DASHED = re.compile(r"^[-–—]\s?(\d{1,2})\s?[-–—]$")
_WORD_END = re.compile(r"(?:page|feuillet)\s?[:n°]*\s?(\d{1,3})\W{0,2}$", re.I)
_GUESSED = 40.0  # confidence below which a line is a guess
_SERIES = 3  # pages that number themselves without a total, of which one may be missed
_EDGE = 5  # lines from the top or the foot among which a bare number is believed


@dataclass(frozen=True, slots=True)
class Numero:
    page: int
    total: int | None = None

    def __str__(self) -> str:
        return f"{self.page}/{self.total}" if self.total else str(self.page)

    def meme_total(self, autre: Numero) -> bool:
        """« 2/12 » after « 1/2 »: a stain or a rule before the figure was read as one more."""
        if self.total == autre.total:
            return True
        if self.total is None or autre.total is None:
            return False
        few, many = sorted((self.total, autre.total))
        return str(many).endswith(str(few)) and max(self.page, autre.page) <= few

    def apres(self, avant: Numero | None) -> Numero:
        """« page 22 » after « page 1/2 », whose stroke was lost, is « 2/2 »."""
        if avant is None or not avant.total or self.total or not self.page > avant.total:
            return self
        page = str(self.page).removesuffix(str(avant.total))
        found = page != str(self.page) and page and 1 < int(page) <= avant.total
        return Numero(int(page), avant.total) if found else self

    def avant(self, apres: Numero) -> Numero:
        """« page 12 » before « page 2/2 », whose stroke was lost, is « 1/2 »."""
        if self.total or not apres.total:
            return self
        page = str(self.page).removesuffix(str(apres.total))
        return Numero(int(page), apres.total) if page == str(apres.page - 1) else self


def numbering(page: PageLue) -> Numero | None:
    """The page's own number as printed on it."""
    lines = [line.texte.strip() for line in page.texte.lignes]
    edges = lines[:_EDGE] + lines[-_EDGE:] if len(lines) > 2 * _EDGE else lines
    for line in lines:
        m = _WITH_WORD.search(line)
        if m and (read := _made(m[1], m[2])):
            return read
    for line in edges:
        m = (
            _STROKE.match(line)
            or _DASHED_STROKE.match(line)
            or _FRACTION.match(line)
            or _LAST_FRACTION.search(line)
            or _LAST_OF.match(line)
        )
        if m and (read := _made(*(figure for figure in m.groups() if figure))):
            return read
    for line in edges:
        m = _ALONE.match(line) or _DASHED.match(line) or _WORD_END.search(line)
        if m and 1 <= int(m[1]) <= 200:
            return Numero(int(m[1]))
    return None


def missing(pages: Sequence[PageLue]) -> tuple[int, ...]:
    """Numbers that the pages of a piece announce and that are not there; () unless that is certain.

    Pages whose own number could not be read may be any of them.
    """
    edges = [_legible(edges_of(p)) for p in pages]
    told = [n for p in edges if (n := numbering(p)) is not None]
    first = next((n for n in told if n.total), None)
    read = [n for n in (n.avant(first).apres(first) if first else n for n in told) if n.total]
    if not read:
        return _skipped(edges)
    if not read or not all(n.meme_total(read[0]) for n in read) or _out_of_place(edges):
        return ()
    total = min(n.total for n in read if n.total)
    absent = tuple(sorted(set(range(1, total + 1)) - {n.page for n in read}))
    return absent if len(absent) > len(pages) - len(read) and len(pages) < total else ()


def _out_of_place(pages: Sequence[PageLue]) -> bool:
    """Whether the one number there is says « 1/7 » alone on a line, two pages and more from the first.

    It is a signature's, or a stamp's. A slip or a cover may stand before a first page.
    """
    told = [(rank, p) for rank, p in enumerate(pages) if numbering(p) is not None]
    if len(told) != 1:
        return False
    ((rank, page),) = told
    bare = any((m := _FRACTION.match(x.texte.strip())) and int(m[1]) == 1 for x in page.texte.lignes)
    return rank > 1 and bare


def _skipped(pages: Sequence[PageLue]) -> tuple[int, ...]:
    """The one number left out between two pages in a row, of several that all bear theirs alone, from 1 on.

    A recto's: a blank verso may not have been scanned. A sheet with two numbers is an opening of a booklet.
    """
    told: list[tuple[int, int]] = []
    for page in pages:
        own = [
            m[1] for x in page.texte.lignes if (m := _ALONE.match(x.texte) or _DASHED.match(x.texte.strip()))
        ]
        if len(own) == 1:
            told.append((page.numero, int(own[0])))
        elif not page.blanche:
            return ()
    if len(told) < _SERIES or told[0][1] != 1:
        return ()
    absent: list[int] = []
    for (sheet, n), (next_sheet, following) in pairwise(told):
        apart = next_sheet - sheet
        if not n < following <= n + apart + 1:
            return ()
        if following > n + apart:
            absent += range(n + 1, following)
    return tuple(absent) if all(n % 2 for n in absent) else ()


def _legible(page: PageLue) -> PageLue:
    """Without the lines that were guessed at: « 2/2 » beside a stain makes 22 pages."""
    lines = tuple(x for x in page.texte.lignes if x.confiance >= _GUESSED)
    return (
        page
        if len(lines) == len(page.texte.lignes)
        else replace(page, texte=replace(page.texte, lignes=lines))
    )


def edges_of(page: PageLue) -> PageLue:
    """The top and the foot: « page 2/4 » in the running text is a reference to another document."""
    lines = page.texte.lignes
    if len(lines) <= 2 * _EDGE:
        return page
    return replace(page, texte=replace(page.texte, lignes=lines[:_EDGE] + lines[-_EDGE:]))


def _made(page: str, total: str) -> Numero | None:
    first, last = int(page), int(total)
    return Numero(first, last) if 1 <= first <= last <= 200 else None
