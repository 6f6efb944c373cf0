"""Owns the text of a piece as one string that remembers where, on which page, each character stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifier.text import plain
from intake.domain.lecture import Boite, Lieu, LigneLue, PageLue, SymboleLu, englober


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line and the number of its page."""

    page: int
    lue: LigneLue

    @property
    def texte(self) -> str:
        return self.lue.texte

    def lieu(self, debut: int = 0, fin: int | None = None) -> Lieu:
        return Lieu(self.page, self.lue.boite_de(debut, len(self.texte) if fin is None else fin))


class Feuilles:
    """The lines of some pages, joined by newlines in `texte`."""

    def __init__(self, pages: Iterable[PageLue]) -> None:
        self.lignes = [Ligne(p.numero, line) for p in pages for line in p.texte.lignes]
        self.textes = [line.texte for line in self.lignes]
        self.texte = "\n".join(self.textes)
        self._starts: list[int] = []
        at = 0
        for text in self.textes:
            self._starts.append(at)
            at += len(text) + 1

    def rang(self, offset: int) -> tuple[int, int]:
        """The line of a character, and where it begins."""
        index = max(0, bisect_right(self._starts, offset) - 1)
        return index, self._starts[index] if self._starts else 0

    def page(self, offset: int) -> int:
        """The page on which a character stands."""
        return self.lignes[self.rang(offset)[0]].page

    def parts(self, debut: int, fin: int) -> list[Lieu]:
        """Where the characters of `texte` from `debut` to `fin` stand, a place for each line they touch."""
        found = []
        index, _ = self.rang(debut)
        while index < len(self.lignes) and self._starts[index] < fin:
            low, line = self._starts[index], self.lignes[index]
            start, end = max(0, debut - low), min(len(line.texte), fin - low)
            if start < end:
                found.append(line.lieu(start, end))
            index += 1
        return found

    def lieu(self, debut: int, fin: int) -> Lieu | None:
        """One place for them all: those on the first page touched."""
        parts = self.parts(debut, fin)
        if not parts:
            return None
        return Lieu(parts[0].page, englober(p.boite for p in parts if p.page == parts[0].page))

    @property
    def clarte(self) -> float:
        """Mean confidence of the letters, 0–100."""
        letters = sum(len(t) for t in self.textes)
        return sum(len(x.texte) * x.lue.confiance for x in self.lignes) / letters if letters else 0.0

    def confiance(self, offset: int) -> float:
        """How well the line at `offset` was read."""
        index, _ = self.rang(offset)
        return self.lignes[index].lue.confiance if self.lignes else 0.0

    def mots(self, name: str) -> Lieu | None:
        """Where a name is printed: its words side by side on a line, else its first word."""
        words = [re.escape(w) for w in re.split(r"[\s,]+", name) if w]
        if not words:
            return None
        whole = re.compile(r"(?<!\w)" + r"[\s,]+".join(words) + r"(?!\w)", re.IGNORECASE)
        if m := whole.search(self.texte):
            return self.lieu(m.start(), m.end())
        first = re.compile(rf"(?<!\w){words[0]}(?!\w)", re.IGNORECASE)
        places = [p for m in first.finditer(self.texte) if (p := self.lieu(m.start(), m.end()))]
        return places[0] if places else self._folded(name)

    def _folded(self, name: str) -> Lieu | None:
        """The line that holds the name without its accents and hyphens; in an MRZ `<` are the spaces."""
        wanted = plain(name).split()
        for size in (len(wanted), 1):
            phrase = " ".join(wanted[:size])
            for line in self.lignes:
                if phrase and f" {phrase} " in f" {plain(line.texte)} ":
                    return line.lieu()
        return None


def lieu_du_code(page: PageLue, symbole: SymboleLu | None) -> Lieu | None:
    """A code's place on the upright page; codes are read on the page as it was deposited."""
    if symbole is None or symbole.boite is None:
        return None
    return Lieu(page.numero, _upright(symbole.boite, page))


def _upright(boite: Boite, page: PageLue) -> Boite:
    left, top, right, bottom = boite
    width, height = page.texte.largeur, page.texte.hauteur
    if page.texte.rotation == 90:
        return width - bottom, left, width - top, right
    if page.texte.rotation == 180:
        return width - right, height - bottom, width - left, height - top
    if page.texte.rotation == 270:
        return top, height - right, bottom, height - left
    return boite


def elargi(lieu: Lieu, part: float, au_moins: int) -> Lieu:
    """The place with a margin, a share of its height, around it."""
    left, top, right, bottom = lieu.boite
    margin = max(au_moins, round(part * (bottom - top)))
    return Lieu(lieu.page, (max(0, left - margin), max(0, top - margin), right + margin, bottom + margin))


def noms_situes(feuilles: Feuilles, names: Sequence[str]) -> dict[str, Lieu]:
    found = {}
    for rank, name in enumerate(names, start=1):
        place = feuilles.mots(name)
        if place is not None:
            found["noms" if rank == 1 else f"noms.{rank}"] = place
    return found
