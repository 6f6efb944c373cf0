"""Owns the names of a piece against a household, weighed by how well they were read (R14, R15). Pure.

A word that OCR guessed at, of a hand for one, is not what was written: alike enough, it accuses nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
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
_DOUBTED = 75.0  # confidence of a word below which it may be another…
_UNREAD = 15.0  # …and any other
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
        sure = [x for x in printed if x.confiance >= _GUESSED and not any(_mots(g, x) for g in guesses)]
        found = confront(sure, [n for n in read if n not in guesses])
    if found.accord is Accord.CONTREDIT and classement.type in _OF_RELATIVES and _related(found, demande):
        return Concordance(Accord.MUET, autres=found.autres)
    if found.accord is Accord.MUET and bearer is not None:
        return replace(found, personnes=(bearer.rang,))  # whose it is, where nothing says that it is not
    if found.accord is Accord.CONCORDE and classement.type == "acte_naissance":
        return _whose_birth(found, classement, printed, demande)
    return found


def _of_another_here(name: str, day: date, lines: Sequence[LigneLue], personnes: Sequence[Personne]) -> bool:
    """Whether a birthday beside a name is that of another of the household, whom the piece names too.

    « M. Íñigo HERNÁNDEZ et Mme Maylis HERNÁNDEZ, né le … »: it is his, and nearer to her.
    """
    printed = {w for line in lines for w in jetons(line.texte)}
    own = [p for p in personnes if set(jetons(p.prenom)) <= set(jetons(name))]
    born = [p for p in personnes if p.date_naissance == day and _all_among(jetons(p.prenom), printed)]
    return bool(own) and bool(born) and not any(p in own for p in born)


def _all_among(wanted: Sequence[str], printed: Collection[str]) -> bool:
    """Whether each stands there, a letter misread of all but the shortest."""
    return all(
        w in printed
        or (len(w) > _A_NAME and any(Levenshtein.distance(w, x, score_cutoff=1) <= 1 for x in printed))
        for w in wanted
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


def _guessed(name: str, lines: Sequence[LigneLue], personnes: Sequence[Personne]) -> bool:
    """Whether `name`, some word of which was hardly read, may be a person's of the household.

    What was read is the person's own to the letter, what was hardly read resembles it; a given name that
    exists is no misreading of another, however little OCR thinks of it.
    """
    read = [words for x in lines if (words := _mots(name, x))]
    words = max(read, key=lambda found: min(found.values()), default=_mots_epars(name, lines))
    if not words or min(words.values()) >= _DOUBTED:
        return False
    return any(_may_be(words, p) for p in personnes)


def _may_be(words: dict[str, float], personne: Personne) -> bool:
    named = [jetons(nom) for nom in personne.noms]
    surnames = {w for nom in named for w in nom if len(w) >= _A_NAME or len(nom) == 1}
    given = set(jetons(personne.prenom))
    rest = {w: c for w, c in words.items() if not _is(w, c, surnames)}
    other = {w: c for w, c in rest.items() if not (_is(w, c, surnames | given) or _scrap(w, c))}
    if len(other) == 1 < len(given) and any(_is(w, c, given) for w, c in rest.items()):
        # « Nourdine Érouaia », the second read of nothing: the surname and the first are the person's
        other = {w: c for w, c in other.items() if c >= _UNREAD or w in PRENOMS}
    return len(rest) < len(words) and not other


def _is(word: str, confiance: float, known: Collection[str]) -> bool:
    if word in known:
        return True
    doubted = confiance < _DOUBTED and len(word) >= _A_NAME and word not in PRENOMS
    return doubted and any(_apart(word, k) <= _edits(word, k) for k in known)


def _apart(a: str, b: str) -> int:
    return min(Levenshtein.distance(a, b), Levenshtein.distance(a.translate(_STROKES), b.translate(_STROKES)))


def _edits(a: str, b: str) -> int:
    """Letters that a word hardly read may differ by: MARTINEZ is not MARTIN."""
    shorter = min(len(a), len(b))
    return (shorter > _A_NAME) + (shorter >= _LONG_NAME)


def _scrap(word: str, confiance: float) -> bool:
    """Two or three letters made of a word that was not read."""
    return confiance < _DOUBTED and len(word) < _A_NAME and word not in PRENOMS


def _mots(name: str, ligne: LigneLue) -> dict[str, float]:
    """The words of `name` with the confidence of each, {} where the line does not bear them all."""
    wanted = set(jetons(name))
    found: dict[str, float] = {}
    for m in re.finditer(r"\S+", ligne.texte):
        for word in wanted & set(jetons(m[0])):
            found[word] = max(found.get(word, 0.0), ligne.confiance_de(*m.span()))
    return found if wanted and len(found) == len(wanted) else {}


def _mots_epars(name: str, lines: Sequence[LigneLue]) -> dict[str, float]:
    """Likewise of a name whose words stand on several lines, as under « Nom » and « Prénom »."""
    parts = [words for word in jetons(name) for x in lines if (words := _mots(word, x))]
    found = {w: max(p[w] for p in parts if w in p) for p in parts for w in p}
    return found if len(found) == len(set(jetons(name))) else {}


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
