"""Owns the names of a piece against a household, weighed by how well they were read (R14, R15). Pure.

A word that OCR guessed at, of a hand for one, is not what was written: alike enough, it accuses nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rapidfuzz.distance import Levenshtein

from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Classement, LigneLue, PageLue
from intake.homonymes import presque
from intake.identity import LISIBLE, Accord, Concordance, confronter, jetons
from intake.nir import porteur
from intake.prenoms import PRENOMS

# The dead are in no register: their surname is all that ties such a paper to the household.
_OF_RELATIVES = frozenset({"acte_deces"})
# Of the kits, letters in a hand have 58 words and more, read at 36 and more; the one illegible page that no
# measure of its picture refuses has 14, at 25.
_A_LETTER, _HALF_READ = 40, 33.0
# Words and mean word confidence from which the absence of a name means something.
_READ_WORDS, _READ_CONFIDENCE = 12, 55.0
_NAMESAKES = frozenset("SAINT SAINTE ST STE PLACE RUE AVENUE".split())  # before the given name of nobody here
_GUESSED = 50.0  # mean word confidence below which the letters of a line are guesses
_DOUBTED = 70.0  # confidence of a word below which it may be another…
# …of a line that a hand wrote, as its words together show: below which it may be another, or any other.
_A_HAND, _DOUBTED_THERE, _UNREAD = 70.0, 75.0, 15.0
_STROKES = str.maketrans({"M": "VI", "W": "VV"})  # of a hand
_A_NAME, _LONG_NAME = 4, 10  # letters


def bien_lu(pages: Sequence[PageLue]) -> bool:
    return sum(p.texte.mots for p in pages) >= _READ_WORDS and confiance(pages) >= _READ_CONFIDENCE


def d_une_main(pages: Sequence[PageLue]) -> bool:
    """Whether much stands there that OCR half reads: a letter in a hand, which a person can read."""
    return sum(p.texte.mots for p in pages) >= _A_LETTER and confiance(pages) >= _HALF_READ


def confiance(pages: Sequence[PageLue]) -> float:
    """Mean word confidence, 0–100."""
    words = sum(p.texte.mots for p in pages)
    return sum(p.texte.mots * p.texte.confiance for p in pages) / words if words else 0.0


def concordance(pages: Sequence[PageLue], classement: Classement, demande: Demande) -> Concordance:
    """The names on a piece against its household (R14)."""
    printed = [ligne for p in pages for ligne in p.texte.lignes]
    bearer = porteur("\n".join(ligne.texte for ligne in printed), demande.personnes)
    read = classement.fields.get("noms", "").split(";")
    hosts = classement.fields.get("hebergeants", "").split(";")
    if all(n in hosts for n in read):
        read = []  # who signs for somebody whose name was not read is of another household, as he should be
    if bearer is not None and _confiance_des_noms(read, printed) < LISIBLE:
        own = f"{bearer.nom} {bearer.prenom}"  # whose number stands there, and a letter of the name does not
        read = [own if presque(n, bearer, jetons, clair=True) else n for n in read]
    told = classement.fields.get("naissances", "")
    if "date de naissance" in classement.fields.get("falsification", ""):
        told = ""  # the paper contradicts itself on it: it is held for that, and neither day proves anything
    days = [_iso(day) for day in told.split(";")]
    born = {n: day for n, day in zip(read, days, strict=False) if day is not None}
    born = {n: day for n, day in born.items() if not _of_another_here(n, day, printed, demande.personnes)}

    def confront(lines: Sequence[LigneLue], noms: Sequence[str]) -> Concordance:
        return confronter(
            [ligne.texte for ligne in lines],
            demande.personnes,
            noms_lus=[n for n in noms if n.strip()],
            nes_le={n: day for n, day in born.items() if n in noms},
            bien_lu=bien_lu(pages),
            confiance=min(confiance(pages), _confiance_des_noms(noms, lines)),
        )

    found = confront(printed, read)
    if found.accord is Accord.CONTREDIT:
        guesses = [n for n in read if n not in born and _guessed(n, printed, demande.personnes)]
        guessed = {id(x) for g in guesses for x in _lines_of(g, printed)}
        sure = [x for x in printed if x.confiance >= _GUESSED and id(x) not in guessed]
        found = confront(sure, [n for n in read if n not in guesses])
    if found.accord is Accord.CONTREDIT and classement.type in _OF_RELATIVES and _related(found, demande):
        return Concordance(Accord.MUET, autres=found.autres)
    if found.accord is Accord.MUET and bearer is not None:
        return replace(found, personnes=(bearer.rang,))  # whose it is, where nothing says that it is not
    if found.accord is Accord.CONCORDE and classement.type == "acte_naissance":
        return _whose_birth(found, classement, printed, demande)
    return found


def _lines_of(name: str, lines: Sequence[LigneLue]) -> list[LigneLue]:
    """The lines that bear a name, or those that bear a word of it where its words stand apart."""
    wanted = set(jetons(name))
    whole = [x for x in lines if wanted <= set(jetons(x.texte))]
    return whole or [x for x in lines if wanted & set(jetons(x.texte))]


def _of_another_here(name: str, day: date, lines: Sequence[LigneLue], personnes: Sequence[Personne]) -> bool:
    """Whether a birthday beside a name is that of another of the household, whom a line names in full.

    « M. Íñigo HERNÁNDEZ et Mme Maylis HERNÁNDEZ, né le … »: it is his, and nearer to her.
    """
    of_name = set(jetons(name))
    own = [p for p in personnes if set(jetons(p.prenom)) <= of_name]
    if not own or any(p.date_naissance == day for p in own):
        return False
    born = [p for p in personnes if p.date_naissance == day]
    printed = [jetons(x.texte) for x in lines]
    return any(_named_in(words, p) for p in born for words in printed)


def _named_in(words: Sequence[str], personne: Personne) -> bool:
    """Whether given name and surname stand side by side, a letter of the one misread."""
    given = jetons(personne.prenom)
    surname = {jetons(nom)[k] for nom in personne.noms for k in (0, -1) if jetons(nom)}
    for i in range(len(words) - len(given) + 1):
        there = words[i : i + len(given)]
        beside = {*words[max(0, i - 1) : i], *words[i + len(given) : i + len(given) + 1]}
        if surname & beside and all(map(_nearly, there, given)):
            return bool(given)
    return False


def _nearly(printed: str, wanted: str) -> bool:
    return printed == wanted or (
        len(wanted) > _A_NAME and Levenshtein.distance(printed, wanted, score_cutoff=1) <= 1
    )


def _whose_birth(
    found: Concordance, classement: Classement, lines: Sequence[LigneLue], demande: Demande
) -> Concordance:
    """R17: the child whose birthday an act begins with, and whose given name it prints, comes first.

    Its parents stand there too, in full at times. Where it begins with nobody's birthday, or with twins', the
    act is the first one's whom it names. Of others' birthdays (a spouse's, a sister's) nothing is concluded.
    """
    day = classement.fields.get("jour_de_l_acte")
    place: dict[str, int] = {}
    words = [w for line in lines for w in jetons(line.texte)]
    for nth, (before, word) in enumerate(zip(["", *words], words, strict=False)):
        if before not in _NAMESAKES:
            place.setdefault(word, nth)
    nowhere = len(words)

    def at(p: Personne) -> int:
        """Where the last word of a given name first stands."""
        return max((place.get(w, nowhere) for w in jetons(p.prenom)), default=nowhere)

    born = [p for p in demande.personnes if p.date_naissance and p.date_naissance.isoformat() == day]
    if born:
        told = [p for p in born if p.rang.startswith("P") and at(p) < nowhere]
    else:
        told = [p for p in demande.personnes if p.rang in found.personnes]
        if any(at(p) == nowhere for p in told):  # one misread, or run together: it may be the first
            return found
    if not told:
        return found
    first = min(told, key=at).rang
    return replace(found, personnes=(first, *(r for r in found.personnes if r != first)))


def _confiance_des_noms(noms: Sequence[str], lines: Sequence[LigneLue]) -> float:
    """Of the name read worst, on the best of the lines that bear all its words."""
    read = [(set(jetons(ligne.texte)), ligne.confiance) for ligne in lines]
    best = [
        max((confiance for words, confiance in read if wanted <= words), default=100.0)
        for n in noms
        if (wanted := set(jetons(n)))
    ]
    return min(best, default=100.0)


def _related(found: Concordance, demande: Demande) -> bool:
    """Whether a stranger on the piece bears a surname of the household."""
    surnames = {word for p in demande.personnes for nom in p.noms for word in jetons(nom)}
    return any(surnames & set(other.split()) for other in found.autres)


@dataclass(frozen=True, slots=True)
class _Lu:
    """How surely a word was read, 0–100, and whether a hand wrote its line."""

    confiance: float
    main: bool

    @property
    def doute(self) -> bool:
        return self.confiance < (_DOUBTED_THERE if self.main else _DOUBTED)


def _guessed(name: str, lines: Sequence[LigneLue], personnes: Sequence[Personne]) -> bool:
    """Whether `name`, some word of which was hardly read, may be a person's of the household.

    What was read is the person's own to the letter, what was hardly read resembles it; a given name that
    exists is no misreading of another, however little OCR thinks of it.
    """
    read = [words for x in lines if (words := _mots(name, x))]
    words = max(read, key=lambda found: min(m.confiance for m in found.values()), default={})
    if words:
        return any(m.doute for m in words.values()) and any(_may_be(words, p) for p in personnes)
    apart = _mots_epars(name, lines)
    return any(m.main for m in apart.values()) and any(_may_be(apart, p, scraps=False) for p in personnes)


def _may_be(words: dict[str, _Lu], personne: Personne, *, scraps: bool = True) -> bool:
    """`scraps`: two or three letters may be what is left of a given name. Never beside so short a surname."""
    hand = any(m.main for m in words.values())
    named = [jetons(nom) for nom in personne.noms]
    surnames = {w for nom in named for w in nom if len(w) >= _A_NAME or (hand and len(nom) == 1)}
    given = set(jetons(personne.prenom))
    rest = {w: m for w, m in words.items() if not _is(w, m, surnames)}
    scraps = scraps and any(len(w) >= _A_NAME for w in words if w not in rest)
    other = {w: m for w, m in rest.items() if not (_is(w, m, surnames | given) or (scraps and _scrap(w, m)))}
    if len(other) == 1 < len(given) and any(_is(w, m, given) for w, m in rest.items()):
        # « Nourdine Érouaia » of a hand, the second read of nothing: surname and first are the person's
        other = {w: m for w, m in other.items() if not m.main or m.confiance >= _UNREAD or w in PRENOMS}
    return len(rest) < len(words) and not other


def _is(word: str, lu: _Lu, known: Collection[str]) -> bool:
    if word in known:
        return True
    doubted = lu.doute and len(word) >= _A_NAME and word not in PRENOMS
    return doubted and any(_apart(word, k, main=lu.main) <= _edits(word, k) for k in known)


def _apart(a: str, b: str, *, main: bool) -> int:
    apart = Levenshtein.distance(a, b)
    if not main:
        return apart
    return min(apart, Levenshtein.distance(a.translate(_STROKES), b.translate(_STROKES)))


def _edits(a: str, b: str) -> int:
    """Letters that a word hardly read may differ by: MARTINEZ is not MARTIN."""
    shorter = min(len(a), len(b))
    return (shorter > _A_NAME) + (shorter >= _LONG_NAME)


def _scrap(word: str, lu: _Lu) -> bool:
    """Two or three letters made of a word that was not read."""
    return lu.doute and len(word) < _A_NAME and word not in PRENOMS


def _mots(name: str, ligne: LigneLue) -> dict[str, _Lu]:
    """The words of `name` as they were read, {} where the line does not bear them all."""
    wanted = set(jetons(name))
    found: dict[str, _Lu] = {}
    for m in re.finditer(r"\S+", ligne.texte):
        for word in wanted & set(jetons(m[0])):
            sure = max(ligne.confiance_de(*m.span()), found[word].confiance if word in found else 0.0)
            found[word] = _Lu(sure, ligne.confiance < _A_HAND)
    return found if wanted and len(found) == len(wanted) else {}


def _mots_epars(name: str, lines: Sequence[LigneLue]) -> dict[str, _Lu]:
    """Likewise of a name whose words stand on several lines, as under « Nom » and « Prénom »."""
    found: dict[str, _Lu] = {}
    for word in jetons(name):
        read = [words[word] for x in lines if (words := _mots(word, x))]
        if not read:
            return {}
        found[word] = max(read, key=lambda m: m.confiance)
    return found


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
