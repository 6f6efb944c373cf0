"""Whether a piece is already there: the same bytes, or the same paper scanned again (R25). Pure.

Two payslips of following months share their layout and most of their words, so likeness of the picture
never suffices: the figures and dates that make a paper *this* paper must agree as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from intake.identity import jetons

# Fields that make a paper this paper, as `Signalement.repere` has them.
REPERES = ("date", "periode", "annee_revenus", "fin_validite", "numero_document")
# One person has one of these at a time: that of the same day, or of the same number, is the same.
_TITRES = frozenset({"carte_identite", "passeport", "titre_sejour", "permis_conduire"})
_TITRES_ALIKE = 0.5  # more words than the two faces of one card share
_MUCH_MORE = 1.6  # times the words: the other face is there too
_WORDS_ALIKE = 0.72
_FIGURES_ALIKE = 0.80
_OF_A_RECEIPT = 4  # figures at most
_HIDDEN_ALIKE = 0.4  # words of a card that its pattern hides on one of two scans
_OF_A_DOCUMENT = (9, 12)  # digits of the number of a card; a day has 8, a foreigner's own number 10, a NIR 13
_POOR_ALIKE, _OWN_DIGITS = 0.6, 12  # of all, beside a number that long: a declarant's
_COPY_ALIKE, _AMOUNTS, _COPIED = 0.55, 6, 0.7  # of all; amounts in common; of the amounts of the poorer
_OF_TIME = frozenset(
    {"periode", "annee_revenus", "numero_document"}
)  # of the fields above, what tells the month
_A_DAY = re.compile(r"[0-3]\d[01]\d[12]\d{3}")
_CONTAINED = 0.85  # of the words of a paper read in part: the others are misread
_FIGURES_CONTAINED = 3  # at least; a form has two of its own
_LONG_NUMBER = 9  # digits of a number of which one may be misread
_ENOUGH_WORDS = 12
# Of 42 copies, none had more than 2 such words beside 2 of its original, or 1 beside 5: lines hardly read.
_OWN_WORDS, _OWN_WORDS_OF_BOTH, _LONG_WORD, _MISREAD_WORD = 2, 8, 5, 72.0
_OWN_SHARE = 0.08  # of the words of a long paper, on every page of which a hand is read in two ways
_FIGURE_DIGITS, _TOLD_DIGITS = 3, 5  # of a figure; of one that a misread digit leaves known
_MONTHS = frozenset(
    "JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE".split()
)
_DAY = re.compile(r"(?<!\d)(?:[0-3]\d[ ./-])?[01]\d[ ./-][12]\d{3}(?!\d)")
# Behind a comma of its own, or a 5 read as $, stands what is left of a figure: « ,4000 », « $40,00 ».
# A fiscal number, a NIR, a telephone; a date of three numbers, thousands in groups, or what has no blank.
_FIGURE = re.compile(
    r"(?<![\d,$])(?:\d{2} \d{2}(?: \d{3}){3}|[12](?: \d{2}){3}(?: \d{3}){2}(?: \d{2})?|\d{2}(?: \d{2}){3,4}"
    r"|[0-3]\d[ ./][01]\d[ ./][12]\d{3}|\d{1,3}(?:[ .\u00a0\u202f]\d{3})+(?:,\d{2})?"
    r"|\d+(?:[.,/\-]\d+)*)(?!\d)"
)
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


def semblables(a: str, b: str) -> bool:
    """Whether two texts have most of their words in common, as two papers of one form and copies have.

    Or all but a few of the one stand in the other too, of which less was read.
    """
    few, many = sorted((_words(a), _words(b)), key=len)
    held = len(few) >= _ENOUGH_WORDS and len(few & many) >= _CONTAINED * len(few)
    return held or _alike(few, many) >= _WORDS_ALIKE


def _same_paper(a: Signalement, b: Signalement) -> bool:
    if a.sha256 == b.sha256:
        return True
    if a.type != b.type or len(a.empreintes) != len(b.empreintes):
        return False
    apart = {k for k, x, y in zip(REPERES, a.repere, b.repere, strict=False) if x and y and x != y}
    agreeing = {k for k, x, y in zip(REPERES, a.repere, b.repere, strict=False) if x and x == y}
    numbered = "numero_document" in agreeing  # of its zone, digits and all: no other card has it
    if apart and not (apart == {"date"} and a.type in _TITRES and (numbered or _misdated(a, b))):
        return False
    if a.personne and b.personne and a.personne != b.personne:
        return False
    if not agreeing & _OF_TIME and _other_times(a.texte, b.texte):
        return False
    words_a, words_b = _words(a.texte), _words(b.texte)
    figures_a, figures_b = _figures(a.texte), _figures(b.texte)
    alike = _alike(words_a, words_b)
    if min(len(words_a), len(words_b)) < _ENOUGH_WORDS:
        if _pictures_alike(a.empreintes, b.empreintes, 3) and words_a and words_a == words_b:
            return True
        figured = len(figures_a) >= _FIGURES_CONTAINED and figures_a == figures_b
        return (
            figured and alike >= _WORDS_ALIKE and _pictures_alike(a.empreintes, b.empreintes, _PICTURE_BITS)
        )
    number = numbered or any(len(n) in _OF_A_DOCUMENT for n in figures_a & figures_b)
    if number and alike >= _HIDDEN_ALIKE and _same_title(a, b):
        return True  # its number and its day, whatever else the pattern hides of one
    if _same_title(a, b) and alike >= _TITRES_ALIKE:
        few = min(len(figures_a), len(figures_b))
        same = len(figures_a & figures_b)
        if same and same + _misread(figures_a, figures_b) >= _FIGURES_ALIKE * few:
            return True  # the poorer scan shows nothing that the better one does not
    if (a.partielle or b.partielle) and _contained(*_poorer_first(a, b)):
        return True
    own = any(len(n) >= _OWN_DIGITS for n in figures_a & figures_b)
    most = min(alike, _alike(figures_a, figures_b, _near(figures_a, figures_b)))
    if own and {"date", "annee_revenus"} <= agreeing and most >= _POOR_ALIKE:
        return True  # the avis of one declarant for one year, on two poor scans
    if most >= _COPY_ALIKE and _same_time(a, b, agreeing) and _same_amounts(figures_a, figures_b):
        return True  # what is paid for one month, on a poor copy: another's amounts are other amounts
    if alike < _WORDS_ALIKE or _say_other_things(words_a, words_b):
        return False
    said = {"date", "periode"} <= agreeing and not _unlike(words_a, words_b) + _unlike(words_b, words_a)
    if said and max(len(figures_a), len(figures_b)) <= _OF_A_RECEIPT and _misread_one(figures_a, figures_b):
        return True  # in a hand, of that very day and month, and not a word more on either
    if figures_a and figures_b:
        return _alike(figures_a, figures_b, _near(figures_a, figures_b)) >= _FIGURES_ALIKE
    return figures_a == figures_b and _pictures_alike(a.empreintes, b.empreintes, _PICTURE_BITS)


def _say_other_things(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether each has words that nothing on the other resembles: two decisions of one day, to one person."""
    mine, its = _unlike(a, b), _unlike(b, a)
    few = min(len(a), len(b))
    if min(mine, its) > _OWN_WORDS:
        return mine + its > max(2 * _OWN_WORDS, _OWN_SHARE * few)
    return min(mine, its) >= _OWN_WORDS and mine + its >= max(_OWN_WORDS_OF_BOTH, _OWN_SHARE * few)


def _unlike(a: frozenset[str], b: frozenset[str]) -> int:
    own = (w for w in a - b if len(w) >= _LONG_WORD and w.isalpha())
    return sum(process.extractOne(w, b, scorer=fuzz.ratio, score_cutoff=_MISREAD_WORD) is None for w in own)


def _same_time(a: Signalement, b: Signalement, agreeing: set[str]) -> bool:
    """The month of both, or their own day; or that of one where the month of the other was not read."""
    if {"periode", "date"} & agreeing:
        return True
    return _own_day(a) in _figures(b.texte) or _own_day(b) in _figures(a.texte)


def _misdated(a: Signalement, b: Signalement) -> bool:
    """Whether a scan took another day of the same paper for its own, its own being unread there."""
    (one, its), (other, theirs) = ((_own_day(p), _figures(p.texte)) for p in (a, b))
    if one not in its or other not in theirs:
        return False
    return (one in theirs) is not (other in its)


def _own_day(piece: Signalement) -> str:
    """« 31082026 », as `_figures` has it; "" of a paper whose day was not read, which is no figure."""
    told = piece.repere[REPERES.index("date")] if piece.repere else ""
    return "".join(reversed(told.split("-")))


def _misread_one(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether the one figure that each shows alone is the other's but for one digit."""
    if len(a - b) != 1 or len(b - a) != 1:
        return False
    (mine,), (its,) = a - b, b - a
    return len(mine) == len(its) and sum(x != y for x, y in zip(mine, its, strict=True)) == 1


def _same_amounts(a: frozenset[str], b: frozenset[str]) -> bool:
    """Nearly all that the poorer shows stands on the other, to the digit or but for one."""
    mine, its = sorted((_amounts(a), _amounts(b)), key=len)
    same = len(mine & its)
    return same >= _AMOUNTS and same + _near(mine, its) >= _COPIED * len(mine)


def _other_times(a: str, b: str) -> bool:
    """Whether each tells a month or a day that the other does not: two papers, or one misread."""
    mine, its = _times(a), _times(b)
    return bool(mine - its) and bool(its - mine)


@lru_cache(maxsize=512)
def _times(texte: str) -> frozenset[str]:
    days = (re.sub(r"\D", "-", m[0]) for m in _DAY.finditer(texte))
    return frozenset({*days, *(w for w in jetons(texte) if w in _MONTHS)})


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
    """Numbers of three digits or more, separators dropped: amounts, dates, references.

    Two amounts side by side are two numbers: which cells of a table make one line is for the scan to say.
    """
    return frozenset(
        n for m in _FIGURE.finditer(texte) if len(n := re.sub(r"\D", "", m[0])) >= _FIGURE_DIGITS
    )


def _amounts(figures: frozenset[str]) -> frozenset[str]:
    return frozenset(n for n in figures if len(n) >= _TOLD_DIGITS and not _A_DAY.fullmatch(n))


def _near(a: frozenset[str], b: frozenset[str]) -> int:
    """How many figures of `a` that `b` lacks stand there with one digit misread, lost or added."""
    others = set(_amounts(b - a))
    near = 0
    for n in sorted(_amounts(a - b)):
        twin = next((o for o in sorted(others) if Levenshtein.distance(n, o, score_cutoff=1) <= 1), None)
        if twin is not None:
            others.discard(twin)
            near += 1
    return near


def _alike(a: frozenset[str], b: frozenset[str], near: int = 0) -> float:
    """What both have, over the mean of their sizes."""
    return (len(a & b) + near) / max(1, min(len(a), len(b)) * 0.5 + max(len(a), len(b)) * 0.5)


def _pictures_alike(a: Sequence[str], b: Sequence[str], bits: int) -> bool:
    return all(x and y and (int(x, 16) ^ int(y, 16)).bit_count() <= bits for x, y in zip(a, b, strict=True))
