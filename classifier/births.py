"""Owns the birthdays that a paper prints beside names: what tells two bearers of one name apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from classifier.dates import dates
from classifier.places import Feuilles
from classifier.scores import ScorePage

# A civil record is known by its own date: « acte de naissance n° 12 du 3 mars 2020 » is nobody's birthday.
_BIRTH = re.compile(
    r"\bn[ée](?:e|\(e\)|\.e)?\s+le\b|(?<!acte de )(?<!actes de )\bnaiss(?:ance|\.)|\bdate of birth\b",
    re.IGNORECASE,
)
# Somebody else, whose name went unread, may stand between.
_ANOTHER = re.compile(
    r"(?<!\w)(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|enfants?|p[èe]re|m[èe]re|[ée]poux|[ée]pouse)(?!\w)",
    re.IGNORECASE,
)
_REACH, _VALUE = 160, 30  # characters from a name to its birthday, from a label to the date it announces
_GAP = r"[^\d]{1,60}?"  # labels may stand between surname and given name, never a number


def births(feuilles: Feuilles, scores: Sequence[ScorePage], names: Sequence[str]) -> tuple[date | None, ...]:
    """The birthday of each of `names`, None where none is told beyond doubt.

    A machine-readable zone gives one only when its check digit agrees; in print it is the first labelled
    one after the name, with nobody else's name in between.
    """
    zones = {f"{m.nom} {m.prenoms}".strip(): m.naissance for s in scores if (m := s.mrz) is not None}
    places = [(end, rank) for rank, name in enumerate(names) for end in _ends(feuilles.texte, name)]
    told: list[set[date]] = [set() for _ in names]
    for label, day in _labelled(feuilles.texte):
        nearest = max((end for end, _ in places if end <= label), default=-_REACH - 1)
        if label - nearest > _REACH or _ANOTHER.search(feuilles.texte, nearest, label):
            continue
        for end, rank in places:
            if end == nearest:  # one name read in two ways is one person
                told[rank].add(day)
    return tuple(
        date.fromisoformat(zones[name]) if zones.get(name) else days.pop() if len(days) == 1 else None
        for name, days in zip(names, told, strict=True)
    )


def _ends(texte: str, name: str) -> Iterator[int]:
    words = [re.escape(w) for w in re.split(r"[\s,]+", name) if w]
    if words:
        pattern = re.compile(r"(?<!\w)" + _GAP.join(words) + r"(?!\w)", re.IGNORECASE)
        yield from (m.end() for m in pattern.finditer(texte))


def _labelled(texte: str) -> Iterator[tuple[int, date]]:
    """Where a birthday is announced, and which."""
    read = dates(texte)
    for m in _BIRTH.finditer(texte):
        day = next((d for d in read if m.end() <= d.debut), None)
        if day is not None and day.debut - m.end() <= _VALUE:
            yield m.start(), day.jour
