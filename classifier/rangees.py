"""Owns the rows of a machine-readable zone among the lines of a page: cleaned, whole, from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.text import plain
from intake.domain.lecture import LigneLue

_FILLERS = re.compile(r"[‹<>{(\[€]")
_SMALL = re.compile(r"(?<=<)[a-z]+(?=[<a-z]*<)|(?<=<)[cek]+$")  # a zone has no small letters
_ALLOWED = re.compile(r"[A-Z0-9<]+")
_SHORTEST, _PIECE, _FIGURES, _LONGEST = 24, 5, 8, 46
# Rows of half a card, of so many characters at most; what one of them begins with.
_HALF, _PART = 24, re.compile(r"(?=.*[\d<])[A-Z0-9<]{11,}")
_BEGINS = re.compile(r"I[A-Z<][A-Z]{3}[A-Z0-9]|P<[A-Z]{3}|[A-Z]+<<[A-Z]")
# Of identity documents, as they are printed; how many of them are cut.
_LABELS = [
    label.split()
    for label in (
        "nom surname",
        "prenoms given names",
        "sexe sex nationalite nationality",
        "lieu de naissance place of birth",
        "n du document document no",
        "date de naiss date of birth",
        "date de delivrance date of issue",
        "carte nationale d identite identity card",
        "republique francaise identity card",
        "taille height date de delivrance date of issue",
    )
]
_CUT_LABELS = 3
_PRINTED = 60.0  # confidence of a line that is no speck
_SMALL_LETTERS = 0.3  # share of a row above which it is a sentence


@dataclass(frozen=True, slots=True)
class Rangee:
    texte: str
    confiance: float


def rangees(lignes: Sequence[LigneLue]) -> Iterator[Rangee]:
    """Lines that may be of a zone, pieces of one row put together again."""
    joined: list[tuple[str, LigneLue, float]] = []
    for ligne in lignes:
        text = _clean(ligne.texte)
        if not text:
            continue
        beside = (i for i, (other, first, _) in enumerate(joined) if _one_row(other, first, text, ligne))
        index = next(beside, None)
        if index is not None:
            before, first, confidence = joined[index]
            text = before + text if first.boite[0] <= ligne.boite[0] else text + before
            joined[index] = (text, first, min(confidence, ligne.confiance))
        else:
            joined.append((text, ligne, ligne.confiance))
    for text, _, confidence in _downwards(joined):
        if len(text) >= _SHORTEST and (text.count("<") >= 2 or sum(c.isdigit() for c in text) >= _FIGURES):
            yield Rangee(text, confidence)


def coupee(lignes: Sequence[LigneLue]) -> bool:
    """Whether half a card was copied: the rows of its zone stop at one edge, beyond which nothing is printed.

    Fillers that go unread leave rows of different lengths, under a title that is as wide as the card.
    """
    rows = [(x, text) for x in lignes if _PART.fullmatch(text := _clean(x.texte)) and len(text) <= _HALF]
    head = next((row for row in rows if _BEGINS.match(row[1])), None)
    if head is None:
        return False
    rows = [(x, text) for x, text in rows if abs(len(text) - len(head[1])) <= 1]
    ends = [x.boite[2] for x, _ in rows]
    letter = max((x.boite[2] - x.boite[0]) / len(text) for x, text in rows)
    if len(rows) < (2 if head[1].startswith("P<") else 3) or max(ends) - min(ends) > 1.5 * letter:
        return False
    if all(text.endswith("<") for _, text in rows):
        return False  # fillers, of which the rest went unread
    return all(x.boite[2] <= max(ends) + 2 * letter for x in lignes if x.confiance >= _PRINTED)


def libelles_coupes(lignes: Sequence[LigneLue]) -> bool:
    """Whether half a card's face was copied: labels stop inside a word, at one edge of the print."""
    sure = [x for x in lignes if x.confiance >= _PRINTED]
    cut = [x for x in sure if any(_stops_inside(plain(x.texte).split(), label) for label in _LABELS)]
    if len(cut) < _CUT_LABELS:
        return False
    edge = max(x.boite[2] for x in sure)
    high = max(x.boite[3] - x.boite[1] for x in cut)
    return all(edge - x.boite[2] <= high for x in cut)


def _stops_inside(words: Sequence[str], label: Sequence[str]) -> bool:
    """« lieu de na » of « lieu de naissance »: its last letter may be misread, half of it being there."""
    if not 1 < len(words) <= len(label) or list(words[:-1]) != list(label[: len(words) - 1]):
        return False
    last, whole = words[-1], label[len(words) - 1]
    return len(last) <= len(whole) - 2 and whole.startswith((last, last[:-1] or "?"))


def _downwards(rows: list[tuple[str, LigneLue, float]]) -> list[tuple[str, LigneLue, float]]:
    """From top to bottom, of two cards side by side one after the other: halves of rows are read anyhow."""
    cards: list[list[tuple[str, LigneLue, float]]] = []
    for row in rows:
        left, _, right, _ = row[1].boite
        for card in cards:
            its_left, _, its_right, _ = card[0][1].boite
            if min(right, its_right) - max(left, its_left) > 0.5 * min(right - left, its_right - its_left):
                card.append(row)
                break
        else:
            cards.append([row])
    return [row for card in cards for row in sorted(card, key=lambda r: r[1].boite[1])]


def _one_row(other: str, first: LigneLue, text: str, ligne: LigneLue) -> bool:
    return len(other) + len(text) <= _LONGEST and _same_row(first, ligne)


def _same_row(a: LigneLue, b: LigneLue) -> bool:
    """Level, and one beside the other."""
    top, bottom = max(a.boite[1], b.boite[1]), min(a.boite[3], b.boite[3])
    level = bottom - top > 0.5 * min(a.boite[3] - a.boite[1], b.boite[3] - b.boite[1])
    return level and (a.boite[2] <= b.boite[0] + 5 or b.boite[2] <= a.boite[0] + 5)


def _clean(texte: str) -> str:
    raw = _FILLERS.sub("<", texte.replace(" ", "").replace("«", "<<").replace("»", "<<"))
    raw = _SMALL.sub(lambda m: "<" * len(m[0]), raw).strip("|.,-_'’\"")
    if sum(c.islower() for c in raw) > _SMALL_LETTERS * len(raw):
        return ""  # a sentence with a quotation in it
    raw = raw.upper()
    kept = "".join(_ALLOWED.findall(raw))
    if len(kept) < _PIECE or len(kept) < 0.9 * len(raw):
        return ""
    figures = sum(c.isdigit() for c in kept)
    zone_like = "<" in kept or figures >= _FIGURES or (figures >= 3 and texte == texte.upper())
    return kept if len(kept) >= _SHORTEST or zone_like else ""
