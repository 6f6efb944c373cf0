"""The words of a text as a search compares them: without case or accents, one stem each, and where. Pure.

The same rules make the index, read what people type and mark what was found, on every database (ADR 401).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from intake.lettres import LETTRES
from intake.nir import masquer

MOST_TERMS = 16  # of one search; the others are left out
LENGTH = 240  # characters of an extract
_TYPED = 5000  # characters of a search that are looked at
_LONGEST = 64  # characters of a word
_PREFIX = 3  # letters from which the beginning of a word is looked for
_AROUND = 200  # characters around an extract that tell whether figures in it are a NIR

_APOSTROPHES = "'’‘ʼ`´′"
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
_ELIDED = frozenset("l d j m n s t c qu jusqu lorsqu puisqu".split())
# A word cut at the end of a line: what follows goes on in small letters. A soft hyphen cuts anywhere.
_CUT = re.compile(r"(?:\u00ad\s*|[-\u2010\u2011¬][ \t]*\r?\n[ \t]*)(?=[a-zß-öø-ÿœ])")
_MARKS = re.compile(
    rf"[^\w\s\"*.,/:@{_APOSTROPHES}\u00ad\u2010\u2011\u0300-\u036f-]"
)  # all but what joins two words
_LITTLE = frozenset("l le la les d de du des un une et a au aux en".split())
_IRREGULAR = {"baux": "bail", "travaux": "travail", "yeux": "oeil"}


@dataclass(frozen=True, slots=True)
class Mot:
    """A word of a text: its stem, and where it stands, from and to."""

    racine: str
    debut: int
    fin: int


@dataclass(frozen=True, slots=True)
class Terme:
    """What is looked for: stems side by side; with `prefixe`, the last may be the beginning of a word."""

    racines: tuple[str, ...]
    prefixe: bool = False

    def est_a(self, mots: Sequence[Mot], i: int) -> bool:
        """Whether it stands in `mots` from the `i`-th on."""
        last = len(self.racines) - 1
        return i + last < len(mots) and all(
            mots[i + k].racine.startswith(wanted)
            if self.prefixe and k == last
            else mots[i + k].racine == wanted
            for k, wanted in enumerate(self.racines)
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an extract; `trouve`: what was looked for."""

    texte: str
    trouve: bool


def mots(texte: str) -> list[Mot]:
    """The words in their order; of a word cut at a line's end, its halves come after all the others."""
    found, halves = [], []
    waiting = _words(texte)
    for word in waiting:
        if _CUT.match(texte, word.end()) and (rest := next(waiting, None)) is not None:
            found += _one(word[0] + rest[0], word.start(), rest.end())
            halves += [*_one(word[0], *word.span()), *_one(rest[0], *rest.span())]
        else:
            found += _one(word[0], *word.span())
    return found + halves


def _words(texte: str) -> Iterator[re.Match[str]]:
    """Without « l’ », « d’ », « qu’ »: OCR loses them, and people do not type them."""
    for word in _WORD.finditer(texte):
        elided = texte[word.end() : word.end() + 1] in _APOSTROPHES and word.end() < len(texte)
        if not (elided and plier(word[0]) in _ELIDED):
            yield word


def _one(word: str, debut: int, fin: int) -> list[Mot]:
    stem = racine(plier(word))
    return [Mot(stem, debut, fin)] if stem else []


def plier(mot: str) -> str:
    """Small Latin letters and figures only; a letter of another script is spelled by its number."""
    plain = unicodedata.normalize("NFKD", mot.casefold().translate(LETTRES))
    kept = (c for c in plain if c.isalnum() and not unicodedata.combining(c))
    return "".join(c if c.isascii() else f"u{ord(c):x}" for c in kept)[:_LONGEST]


def mots_de_nom(*noms: str | None) -> set[str]:
    """The words of a person's names as a register is searched (R15): without case, accents, hyphens or stems.

    A name of several words is also one: « LE GALL » is found by « legall », « D'ALMEIDA » by « dalmeida ».
    """
    found: set[str] = set()
    for nom in noms:
        words = [plier(word[0]) for word in _WORD.finditer(nom or "")]
        found |= {*words, "".join(words)[:_LONGEST]}
    return found - {""}


def mots_cherches(saisi: str) -> list[str]:
    """The beginnings of words of a name that somebody typed, in any order; the longest first."""
    words = {plier(word[0]) for word in _WORD.finditer(saisi[:_TYPED])} - {""}
    return sorted(words, key=lambda word: (-len(word), word))[:MOST_TERMS]


def racine(mot: str) -> str:
    """Gender, number, and the infinitive beside its participle; no more, since names are looked for too."""
    if len(mot) < 4 or not mot.isalpha():
        return mot
    if mot in _IRREGULAR:
        return _IRREGULAR[mot]
    if mot.endswith("eaux"):
        mot = mot[:-1]
    elif mot.endswith("aux") and len(mot) > 4:
        mot = mot[:-2] + "l"
    elif (mot.endswith("s") and not mot.endswith("ss")) or mot.endswith("eux"):
        mot = mot[:-1]
    if len(mot) > 4 and mot.endswith("e"):
        mot = mot.rstrip("e")
    if len(mot) > 5 and mot.endswith("er"):
        mot = mot[:-2]
    if mot.endswith("iv"):
        mot = mot[:-1] + "f"
    if len(mot) > 3 and mot[-1] == mot[-2]:
        mot = mot[:-1]
    return mot


def termes(saisi: str) -> tuple[Terme, ...]:
    """What somebody typed: words that must all be there, "words side by side", the last perhaps unfinished.

    Nothing in it is an error: a mark that means nothing is a space.
    """
    plain = re.sub(r"[«»“”„]", '"', saisi[:_TYPED])
    parts = _MARKS.sub(" ", plain).split('"')
    found: list[Terme] = []
    for rank, part in enumerate(parts):
        if rank % 2 and rank < len(parts) - 1:  # between two marks
            found += _term(part, prefixe=False)
            continue
        chunks = part.split()
        for k, chunk in enumerate(chunks):
            typing = rank == len(parts) - 1 and k == len(chunks) - 1 and not part[-1:].isspace()
            found += _term(chunk, prefixe=typing or chunk.endswith("*"))
    told = [t for t in found if len(t.racines) > 1 or t.racines[0] not in _LITTLE]
    return tuple(dict.fromkeys(told or found))[:MOST_TERMS]


def _term(typed: str, *, prefixe: bool) -> list[Terme]:
    stems = tuple(m.racine for m in mots(typed))[:MOST_TERMS]
    return [Terme(stems, prefixe and len(stems[-1]) >= _PREFIX)] if stems else []


def extrait(texte: str, cherches: Sequence[Terme]) -> tuple[Segment, ...]:
    """Where most of `cherches` stand close together, marked; no NIR shows in it (R33)."""
    hits = _hits(texte, cherches)
    if not hits:
        return ()
    start, end = _window(texte, hits)
    low = max(0, start - _AROUND)
    shown = masquer(texte[low : end + _AROUND])
    parts, at = [], start
    for debut, fin, _ in hits:
        if fin <= at or debut >= end:
            continue
        debut, fin = max(debut, at), min(fin, end)
        parts += [(at, debut, False), (debut, fin, True)]
        at = fin
    parts.append((at, end, False))
    cut = [Segment(re.sub(r"\s+", " ", shown[a - low : b - low]), found) for a, b, found in parts if a < b]
    before = [Segment("… ", False)] if start > 0 else []
    return (*before, *cut, *([Segment(" …", False)] if end < len(texte) else []))


def _hits(texte: str, cherches: Sequence[Terme]) -> list[tuple[int, int, int]]:
    """(from, to, which term) of every one found, in the order of the text."""
    words = mots(texte)
    found = [
        (words[i].debut, words[i + len(terme.racines) - 1].fin, which)
        for i in range(len(words))
        for which, terme in enumerate(cherches)
        if terme.est_a(words, i)
    ]
    return sorted({h for h in found if h[0] < h[1]})


def _window(texte: str, hits: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """From and to, between words, of the LENGTH characters that show the most terms; the first such."""

    def shown(first: int) -> int:
        reach = hits[first][0] + LENGTH * 3 // 4
        return len({which for debut, fin, which in hits[first : first + 100] if fin <= reach})

    best = max(range(min(len(hits), 500)), key=shown)
    start = max(0, hits[best][0] - LENGTH // 4)
    end = min(len(texte), max(start + LENGTH, hits[best][0] + 1))
    while 0 < start < hits[best][0] and not texte[start - 1].isspace():
        start += 1
    while hits[best][1] < end < len(texte) and not texte[end].isspace():
        end -= 1
    return start, end
