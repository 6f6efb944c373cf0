"""Owns the birthdays that a paper prints beside names: what tells two bearers of one name apart."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date

from classifier.dates import birthday, dates
from classifier.places import Feuilles, Ligne
from classifier.scores import ScorePage

# A civil record is known by its own date: « acte de naissance n° 12 du 3 mars 2020 » is nobody's birthday.
_BIRTH = re.compile(
    r"\bn[ée](?:e|\.e|\(?[te]{0,2}\)|[(f][eo]\))?\s+le\b|(?<!acte de )(?<!actes de )\bnaiss(?:ance|\.)|"
    r"\bdate of birth\b",
    re.IGNORECASE,
)
# Somebody else, whose name went unread, may stand between.
_ANOTHER = re.compile(
    r"(?<!\w)(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|enfants?|p[èe]re|m[èe]re|[ée]poux|[ée]pouse|"
    r"(?:sexe (?:f[ée]minin|masculin),?|fils|fille)\s+de)(?!\w)",  # a parent, in an act of birth
    re.IGNORECASE,
)
_REACH, _VALUE = 160, 30  # characters from a name to its birthday, from a label to the date it announces
_UNREAD = re.compile(r"\d[ ./-]\d|\d{4}")  # « né le 24/12/1467, depuis le 1er février »: a date, and no day
_PLACE_OF, _LABEL = re.compile(r"\blieu\b", re.IGNORECASE), 12  # « lieu de naissance »: characters before
_WORDS = 12  # of a name that tell it
_GAP = 60  # characters between two words of a name


def births(feuilles: Feuilles, scores: Sequence[ScorePage], names: Sequence[str]) -> tuple[date | None, ...]:
    """The birthday of each of `names`, None where none is told beyond doubt.

    A machine-readable zone gives one only when its check digit agrees; in print it is the first labelled
    one after the name, with nobody else's name in between.
    """
    zones = {f"{m.nom} {m.prenoms}".strip(): m.naissance for s in scores if (m := s.mrz) is not None}
    ranks: dict[int, list[int]] = {}  # of the names that end there: one name read in two ways is one person
    for rank, name in enumerate(names):
        for end in _ends(feuilles.texte, name):
            ranks.setdefault(end, []).append(rank)
    ends = sorted(ranks)
    told: list[set[date]] = [set() for _ in names]
    for label, read in _labelled(feuilles.texte):
        before = bisect_right(ends, label)
        if not before or label - ends[before - 1] > _REACH:
            continue
        if not _ANOTHER.search(feuilles.texte, ends[before - 1], label):
            day = _in_the_next_column(feuilles, label) or read
            for rank in ranks[ends[before - 1]]:
                told[rank].add(day)
    return tuple(
        date.fromisoformat(zones[name]) if zones.get(name) else days.pop() if len(days) == 1 else None
        for name, days in zip(names, told, strict=True)
    )


def announced(texte: str) -> set[str]:
    """The birthdays that a text labels as such, ISO: none of them is the day of a paper."""
    return {day.isoformat() for _, day in _labelled(texte)}


def announced_beside(feuilles: Feuilles) -> set[str]:
    """Likewise, where labels and values are two columns that were read one after the other."""
    labels = (line for line in feuilles.lignes if _BIRTH.search(line.texte))
    return {day.isoformat() for label in labels for day in _beside(feuilles, label)}


def _in_the_next_column(feuilles: Feuilles, label: int) -> date | None:
    """The one day on the level of a label without a figure: what was read after it may be of a column."""
    days = _beside(feuilles, feuilles.lignes[feuilles.rang(label)[0]])
    return days.pop() if len(days) == 1 else None


def _beside(feuilles: Feuilles, label: Ligne) -> set[date]:
    """The days at the right of a line without a figure, on its level."""
    if any(c.isdigit() for c in label.texte):
        return set()
    _, top, right, bottom = label.lue.boite
    return {
        day.jour
        for other in feuilles.lignes
        for left, high, _, low in [other.lue.boite]
        if other.page == label.page and top <= (high + low) / 2 <= bottom and left >= right
        for day in dates(other.texte)
    }


def _ends(texte: str, name: str) -> Iterator[int]:
    """Where the words of `name` end, each `_GAP` characters at most after the one before, no figure between.

    From the last word back: what an expression would try again and again, where a page says one word a
    thousand times, is told once.
    """
    words = [w for w in re.split(r"[\s,]+", name) if w][:_WORDS]
    following: list[tuple[int, int]] | None = None  # where the next word begins, and the name then ends
    for rank, word in reversed(list(enumerate(words))):
        before, after = ("" if rank else r"(?<!\w)"), (r"(?!\w)" if following is None else "")
        places = [m.start() for m in re.finditer(f"{before}(?={re.escape(word)}{after})", texte, re.I)]
        here = []
        for start in places:
            end = start + len(word)
            if following is None:
                here.append((start, end))
                continue
            nearest = bisect_left(following, (end + 1, 0))
            if nearest < len(following) and not _too_far(texte, end, following[nearest][0]):
                here.append((start, following[nearest][1]))
        following = here
    past = 0
    for start, end in following or ():
        if start >= past:
            past = end
            yield end


def _too_far(texte: str, end: int, start: int) -> bool:
    """Labels may stand between surname and given name, never a number."""
    return start - end > _GAP or any(c.isdecimal() for c in texte[end:start])


def _labelled(texte: str) -> Iterator[tuple[int, date]]:
    """Where a birthday is announced, and which."""
    read = dates(texte)
    for m in _BIRTH.finditer(texte):
        tight = birthday(texte, m.end())
        if tight is not None and not _PLACE_OF.search(texte, max(0, m.start() - _LABEL), m.end()):
            yield m.start(), tight.jour
            continue
        following = bisect_left(read, m.end(), key=lambda d: d.debut)
        if following == len(read) or read[following].debut - m.end() > _VALUE:
            continue
        if not _UNREAD.search(texte, m.end(), read[following].debut):
            yield m.start(), read[following].jour
