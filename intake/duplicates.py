"""Whether a piece is already there: the same bytes, or the same paper scanned again (R25). Pure.

Two payslips of following months share their layout and most of their words, so likeness of the picture
never suffices: the figures and dates that make a paper *this* paper must agree as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from intake.identity import jetons

# Fields that make a paper this paper, as `Signalement.repere` has them.
REPERES = ("date", "periode", "annee_revenus", "fin_validite", "numero_document")
# One person has one of these at a time: that of the same day, or of the same number, is the same.
_TITRES = frozenset({"carte_identite", "passeport", "titre_sejour", "permis_conduire"})
_TITRES_ALIKE = 0.5  # more words than the two faces of one card share
_MUCH_MORE = 1.6  # times the words: the other face is there too
_WORDS_ALIKE = 0.72
_FIGURES_ALIKE = 0.80
_CONTAINED = 0.85  # of the words of a paper read in part: the others are misread
_FIGURES_CONTAINED = 3  # at least; a form has two of its own
_LONG_NUMBER = 9  # digits of a number of which one may be misread
_ENOUGH_WORDS = 12
_PICTURE_BITS = 10  # of 64, between two scans of one page


@dataclass(frozen=True, slots=True)
class Signalement:
    """What a filed piece is compared by."""

    id: str
    sha256: str
    type: str
    texte: str
    empreintes: tuple[str, ...] = ()
    repere: tuple[str, ...] = ()  # values of `REPERES`: differing ones are two papers
    personne: str | None = None  # two children's papers of one school differ by little else
    partielle: bool = False  # of some dense page, only head and foot were read


def doublon_de(piece: Signalement, filed: Iterable[Signalement]) -> Signalement | None:
    """The first of `filed` (oldest first) that `piece` repeats."""
    return next((other for other in filed if _same_paper(piece, other)), None)


def _same_paper(a: Signalement, b: Signalement) -> bool:
    if a.sha256 == b.sha256:
        return True
    if a.type != b.type or len(a.empreintes) != len(b.empreintes):
        return False
    if any(x and y and x != y for x, y in zip(a.repere, b.repere, strict=False)):
        return False
    if a.personne and b.personne and a.personne != b.personne:
        return False
    words_a, words_b = _words(a.texte), _words(b.texte)
    if min(len(words_a), len(words_b)) < _ENOUGH_WORDS:
        return _pictures_alike(a.empreintes, b.empreintes, 3) and bool(words_a) and words_a == words_b
    alike = _alike(words_a, words_b)
    figures_a, figures_b = _figures(a.texte), _figures(b.texte)
    if _same_title(a, b) and alike >= _TITRES_ALIKE:
        few = min(len(figures_a), len(figures_b))
        same = len(figures_a & figures_b)
        if same and same + _misread(figures_a, figures_b) >= _FIGURES_ALIKE * few:
            return True  # the poorer scan shows nothing that the better one does not
    if (a.partielle or b.partielle) and _contained(*_poorer_first(a, b)):
        return True
    if alike < _WORDS_ALIKE:
        return False
    if figures_a and figures_b:
        return _alike(figures_a, figures_b) >= _FIGURES_ALIKE
    return figures_a == figures_b and _pictures_alike(a.empreintes, b.empreintes, _PICTURE_BITS)


def _misread(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether a long number of `a` stands in `b` but for one digit, which one scan showed worse."""
    others = [n for n in b - a if len(n) >= _LONG_NUMBER]
    return any(
        len(n) == len(o) and sum(x != y for x, y in zip(n, o, strict=True)) == 1
        for n in a - b
        for o in others
    )


def _same_title(a: Signalement, b: Signalement) -> bool:
    """An identity paper of the same person and day, of which neither scan shows much more than the other."""
    if a.type not in _TITRES or not a.personne or a.personne != b.personne:
        return False
    few, many = sorted((len(_words(a.texte)), len(_words(b.texte))))
    same_day = any(x and x == y for x, y in zip(a.repere, b.repere, strict=False))
    return same_day and many <= _MUCH_MORE * few


def _poorer_first(a: Signalement, b: Signalement) -> tuple[Signalement, Signalement]:
    """What was read in part before what was not; of two such, whichever has fewer words."""
    if (a.partielle, -len(_words(a.texte))) < (b.partielle, -len(_words(b.texte))):
        a, b = b, a
    return a, b


def _contained(poor: Signalement, rich: Signalement) -> bool:
    """Whether all that was read of the one stands in the other too: its middle was read on one of them."""
    words, figures = _words(poor.texte), _figures(poor.texte)
    if len(figures) < _FIGURES_CONTAINED:
        return False
    return len(words & _words(rich.texte)) >= _CONTAINED * len(words) and len(
        figures & _figures(rich.texte)
    ) >= _FIGURES_ALIKE * len(figures)


@lru_cache(maxsize=512)
def _words(texte: str) -> frozenset[str]:
    return frozenset(w for w in jetons(texte) if len(w) > 3)


@lru_cache(maxsize=512)
def _figures(texte: str) -> frozenset[str]:
    """Runs of three digits or more, separators dropped: amounts, dates, references."""
    joined = re.sub(r"(?<=\d)[\s.,/\-](?=\d)", "", texte)
    return frozenset(re.findall(r"\d{3,}", joined))


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    """What both have, over the mean of their sizes."""
    return len(a & b) / max(1, min(len(a), len(b)) * 0.5 + max(len(a), len(b)) * 0.5)


def _pictures_alike(a: Sequence[str], b: Sequence[str], bits: int) -> bool:
    return all(x and y and (int(x, 16) ^ int(y, 16)).bit_count() <= bits for x, y in zip(a, b, strict=True))
