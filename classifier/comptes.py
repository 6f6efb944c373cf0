"""Owns what two pages of accounts say of their belonging together: their year, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from classifier.continuity import ADDRESS, PERSON
from classifier.dates import dates
from classifier.text import plain
from intake.domain.lecture import PageLue

_HEAD_LINES, _TITLE_LINES = 8, 3  # from the top
_FIRM = re.compile(r"^(?:cabinet|fiduciaire)\b|\bexperts? comptables?\b|expertise comptable")
_ENDS = re.compile(r"\bexercice\b.*\b(?:clos le|au)$")
_OTHER_YEAR = re.compile(r"\bprecedent\b|\bprevision")  # to compare
_READ_WELL = 85.0


def kinship(previous: Sequence[PageLue], current: PageLue, *, titled: bool) -> list[tuple[float, str]]:
    """Log-odds that `current` opens other accounts, with their reasons; `titled`: accounts head it.

    Nearly all end on the last day of December: of one year are anybody's, so that a head must name somebody
    of whom the pages before speak.
    """
    found = []
    theirs = next((end for p in previous if (end := _exercice(p))), None)
    mine = _exercice(current)
    another_firm = _another_firm(previous, current)
    if theirs and mine and theirs == mine and not another_firm and _same_person(previous, current):
        found.append((-2.0, "le même exercice"))
    elif theirs and mine and theirs.year != mine.year and _days(theirs) == _days(mine):
        found.append((2.2, "un autre exercice"))
    if titled and _closes(current):
        found.append((-4.5, "attestation qui clôt les comptes de la page précédente"))
    elif another_firm:
        found.append((1.8, "en-tête d'un autre cabinet comptable"))
    return found


def _days(end: date) -> tuple[int, int]:
    return end.month, end.day


def _exercice(page: PageLue) -> date | None:
    """The last day of the year that the head says it is about: « Exercice clos le 31/12/2025 », read well."""
    for line in page.texte.lignes[:_HEAD_LINES]:
        for day in dates(line.texte) if line.confiance >= _READ_WELL else ():
            before = plain(line.texte[: day.debut])
            if _ENDS.search(before) and not _OTHER_YEAR.search(before):
                return day.jour
    return None


def _same_person(previous: Sequence[PageLue], current: PageLue) -> bool:
    theirs = {plain(line.texte) for p in previous for line in p.texte.lignes}
    head = current.texte.lignes[:_TITLE_LINES]
    return any(PERSON.search(line.texte) and plain(line.texte) in theirs for line in head)


def _closes(current: PageLue) -> bool:
    """What the accountant attests of the accounts before it: neither addressed to anybody nor dated."""
    text = [line.texte for line in current.texte.lignes]
    own = any(ADDRESS.search(line) or dates(line) for line in text)
    return not own and plain(" ".join(text[:_TITLE_LINES])).startswith("attestation")


def _another_firm(previous: Sequence[PageLue], current: PageLue) -> bool:
    """Whether accountants whom no page before names head the page: theirs is no annex of another's."""
    theirs = {plain(line.texte) for p in previous for line in p.texte.lignes}
    head = [plain(line.texte) for line in current.texte.lignes[:_TITLE_LINES]]
    return any(_FIRM.search(line) and line not in theirs for line in head)
