"""Whose name stands on a page: household names against printed text, and nobody else's (R14, R15).

Pure. A household's name found counts *for*; another person's name read clearly, with nobody of the
household in sight, counts *against*; an unreadable page says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from intake.domain.demande import Personne
from intake.prenoms import PRENOMS

_CIVILITES = frozenset(
    {"M", "MR", "MME", "MLLE", "MM", "MONSIEUR", "MADAME", "MADEMOISELLE", "MMES", "MESSIEURS"}
)
_LABELS = frozenset(
    """
    NOM NOMS PRENOM PRENOMS NAISSANCE USAGE FAMILLE SURNAME NAME GIVEN NE NEE EPOUSE EPOUX VEUVE EP VVE LE LA
    DE DU DES ET OU NOMDEFAMILLE MARITAL PATRONYMIQUE D C
    """.split()
)
# People who sign or issue a document: their name is not whose document it is.
_OFFICES = frozenset(
    """
    DOCTEUR DR MAITRE ME NOTAIRE MAIRE MAIRIE PREFET PREFETE DIRECTEUR DIRECTRICE JUGE GREFFIER
    GREFFIERE PRESIDENT PRESIDENTE MEDECIN HUISSIER COMMISSAIRE AVOCAT AVOCATE PROFESSEUR PR RUE AVENUE
    BOULEVARD PLACE ALLEE IMPASSE CHEMIN QUAI SQUARE ECOLE LYCEE COLLEGE RESIDENCE CABINET GERANT
    GERANTE BAILLEUR ADJOINT PROPRIETAIRE SIGNE RESPONSABLE GESTIONNAIRE EMPLOYEUR CONSEILLER
    CONSEILLERE AGENT EXPERT COMPTABLE AV BD ROUTE COURS SAINT SAINTE GREFFE VICE OFFICIER UNIVERSITE
    HOPITAL CENTRE STADE FOYER SAS SARL SA EURL SCI ETABLISSEMENTS LOUEUR MANDATAIRE REPRESENTE
    REPRESENTEE PAR PROCUREUR RECTEUR INSPECTEUR INSPECTRICE CHEF
    """.split()
)
_NEAR = 9  # tokens between a name and the given name that goes with it (labels stand between them)


class Force(IntEnum):
    """How much a finding weighs."""

    RIEN = 0
    FAIBLE = 1  # the surname alone
    MOYENNE = 2  # civility or label and surname
    FORTE = 3  # surname and given name together, or surname and birth date


class Accord(IntEnum):
    CONTREDIT = -1
    MUET = 0
    CONCORDE = 1


@dataclass(frozen=True, slots=True)
class Concordance:
    """`personnes` are ranks of the household, the best placed first; `autres` names of nobody in it."""

    accord: Accord
    force: Force = Force.RIEN
    personnes: tuple[str, ...] = ()
    autres: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def jetons(texte: str) -> tuple[str, ...]:
    """Words without case, accents, hyphens or apostrophes (R15)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(c))
    plain = plain.replace("œ", "oe").replace("Œ", "OE").replace("ß", "ss")
    return tuple(re.findall(r"[A-Z]+", plain.upper()))


@lru_cache(maxsize=65536)
def _same(a: str, b: str) -> bool:
    """Whether `a` may be `b` misread: the longer the word, the more letters may be wrong."""
    if a == b:
        return True
    shorter = min(len(a), len(b))
    if shorter < 4 or abs(len(a) - len(b)) > 1:
        return False
    allowed = 1 if shorter < 8 else 2
    return Levenshtein.distance(a, b, score_cutoff=allowed) <= allowed


def meme_nom(a: str, b: str) -> bool:
    """Two written names of one person: a hyphenated surname may have lost its second half."""
    x, y = jetons(a), jetons(b)
    if not x or not y:
        return False
    if _same("".join(x), "".join(y)):
        return True
    short, long_ = sorted((x, y), key=len)
    return len("".join(short)) > 3 and all(any(_same(s, t) for t in long_) for s in short)


@dataclass(frozen=True, slots=True)
class _Found:
    rang: str
    force: Force
    place: int


def confronter(
    lignes: Sequence[str],
    personnes: Sequence[Personne],
    *,
    noms_lus: Iterable[str] = (),
    bien_lu: bool = True,
) -> Concordance:
    """The household against the printed `lignes` (reading order) and the names the classifier read.

    `noms_lus`: names of the persons the document is about. `bien_lu` false: OCR too poor for an absent
    name to mean anything.
    """
    words = _Words(lignes)
    found = [f for p in personnes if (f := _find(p, words)) is not None]
    read = [n for n in noms_lus if jetons(n)]
    found += [f for n in read for p in personnes if (f := _matches_read_name(p, n)) is not None]
    found = [f for f in found if f.force > Force.RIEN]
    found.sort(key=lambda f: (-f.force, f.place))
    others = _strangers(words, personnes, read)
    if found and found[0].force >= Force.MOYENNE:
        return Concordance(Accord.CONCORDE, found[0].force, _ranks(found), others)
    if others and bien_lu:
        return Concordance(Accord.CONTREDIT, found[0].force if found else Force.RIEN, (), others)
    if found:
        return Concordance(Accord.CONCORDE, found[0].force, _ranks(found), others)
    return Concordance(Accord.MUET, autres=others)


def _ranks(found: Sequence[_Found]) -> tuple[str, ...]:
    best = found[0].force
    return tuple(dict.fromkeys(f.rang for f in found if f.force is best))


class _Words:
    """The words of a text with their neighbours; MRZ fillers count as spaces."""

    def __init__(self, lignes: Sequence[str]) -> None:
        self.all: list[str] = []
        self.line: list[int] = []
        self.raw = lignes
        for i, ligne in enumerate(lignes):
            for word in jetons(ligne.replace("<", " ")):
                self.all.append(word)
                self.line.append(i)
        self.digits = " ".join(
            re.sub(r"\D", "", part) for ligne in lignes for part in re.split(r"[ :]", ligne)
        )

    def sequences(self, wanted: tuple[str, ...]) -> Iterable[tuple[int, int]]:
        """(place, number of words) where `wanted` stands, however its parts are glued or split."""
        glued, n = "".join(wanted), len(wanted)
        for i in range(len(self.all)):
            for k in range(1, n + 2):
                if i + k <= len(self.all) and _same("".join(self.all[i : i + k]), glued):
                    yield i, k
                    break

    def around(self, i: int, n: int) -> list[str]:
        return self.all[max(0, i - _NEAR) : i] + self.all[i + n : i + n + _NEAR]


def _find(personne: Personne, words: _Words) -> _Found | None:
    best: _Found | None = None
    given = jetons(personne.prenom)
    for nom in personne.noms:
        wanted = jetons(nom)
        if not wanted:
            continue
        for i, n in words.sequences(wanted):
            force = _weigh(personne, words, i, n, given)
            if best is None or force > best.force:
                best = _Found(personne.rang, force, i)
            if force is Force.FORTE:
                return best
    if best is None and given:
        best = _in_mrz(personne, words, given)
    return best


def _weigh(personne: Personne, words: _Words, i: int, n: int, given: tuple[str, ...]) -> Force:
    # A name of two or three letters is also a word (LE, DOS, ROY…): only its given name makes it one.
    short = sum(len(w) for w in words.all[i : i + n]) <= 3
    near = words.around(i, n)
    if (
        given
        and any(_same(word, given[0]) for word in near)
        and not (short and not _adjacent(words, i, n, given[0]))
    ):
        return Force.FORTE
    if short:
        return Force.RIEN
    beside = words.all[max(0, i - 2) : i] + words.all[i + n : i + n + 2]
    if any(word in PRENOMS and word not in given for word in beside if word not in _LABELS):
        return Force.RIEN  # the same surname with another given name is somebody else
    if personne.date_naissance and _has_date(words, personne.date_naissance):
        first_january = (personne.date_naissance.month, personne.date_naissance.day) == (1, 1)
        return Force.MOYENNE if first_january else Force.FORTE
    before = words.all[max(0, i - 3) : i]
    if before and (
        _CIVILITES & set(before) or before[-1] in {"NOM", "FAMILLE", "NAISSANCE", "USAGE", "SURNAME"}
    ):
        return Force.FAIBLE if _OFFICES & set(words.all[max(0, i - 4) : i]) else Force.MOYENNE
    initial = given[0][0] if given else ""
    if initial and initial in (words.all[i - 1] if i else "", *words.all[i + n : i + n + 1]):
        return Force.MOYENNE
    return Force.FAIBLE


def _adjacent(words: _Words, i: int, n: int, given: str) -> bool:
    return any(_same(word, given) for word in words.all[max(0, i - 2) : i] + words.all[i + n : i + n + 2])


def _has_date(words: _Words, day: date) -> bool:
    return any(shape in words.digits.split() for shape in (day.strftime("%d%m%Y"), day.strftime("%y%m%d")))


def _in_mrz(personne: Personne, words: _Words, given: tuple[str, ...]) -> _Found | None:
    for i, ligne in enumerate(words.raw):
        if ligne.count("<") < 3:
            continue
        plain = re.sub(r"[^A-Z<]", "", "".join(ligne.upper().split()))
        following = "".join(words.raw[i : i + 2]).upper()
        for nom in personne.noms:
            if "<".join(jetons(nom)) in plain and given[0] in following:
                return _Found(personne.rang, Force.FORTE, 0)
    return None


def _matches_read_name(personne: Personne, read: str) -> _Found | None:
    tokens = jetons(read)
    given = jetons(personne.prenom)
    for nom in personne.noms:
        wanted = jetons(nom)
        rest = [t for t in tokens if not any(_same(t, w) for w in wanted) and t not in _CIVILITES | _LABELS]
        if len(rest) == len([t for t in tokens if t not in _CIVILITES | _LABELS]):
            continue
        if any(_same(t, g) or (len(t) == 1 and g.startswith(t)) for t in rest for g in given):
            return _Found(personne.rang, Force.FORTE, 0)
        if not any(t in PRENOMS for t in rest) and all(any(_same(w, t) for t in tokens) for w in wanted):
            return _Found(personne.rang, Force.MOYENNE, 0)
    return None


def _strangers(words: _Words, personnes: Sequence[Personne], read: Iterable[str]) -> tuple[str, ...]:
    """Names of people, read clearly, whom the household does not have."""
    seen: dict[str, None] = {}
    for name in read:
        tokens = tuple(t for t in jetons(name) if t not in _CIVILITES | _LABELS)
        foreign = not any(_same(t, h) for t in tokens if t not in PRENOMS for h in _surnames(personnes))
        full = any(t in PRENOMS for t in tokens)
        if tokens and (foreign or (full and not any(_is_person(tokens, p) for p in personnes))):
            seen.setdefault(" ".join(tokens))
    for i, word in enumerate(words.all):
        if word in PRENOMS and len(word) > 2:
            tokens = _name_around(words, i)
            if tokens and not any(_is_person(tokens, p) for p in personnes):
                seen.setdefault(" ".join(tokens))
    return tuple(seen)[:8]


def _surnames(personnes: Sequence[Personne]) -> set[str]:
    return {t for p in personnes for n in p.noms for t in jetons(n)}


def _is_person(tokens: Sequence[str], personne: Personne) -> bool:
    """Whether surname and given name among `tokens` may be those of `personne`."""
    surname = any(_same(t, n) for t in tokens for nom in personne.noms for n in jetons(nom))
    return surname and any(_same(t, g) for t in tokens for g in jetons(personne.prenom))


def _name_around(words: _Words, i: int) -> tuple[str, ...]:
    """« M. NOM Prénom », « Mme Prénom NOM », or a line that is a name alone, around the word at `i`."""
    line = words.line[i]
    start = words.line.index(line)
    row = [
        w
        for w, n in zip(words.all[start : start + 24], words.line[start : start + 24], strict=True)
        if n == line
    ]
    at = i - start
    before, after = row[max(0, at - 4) : at], row[at + 1 : at + 3]
    if _OFFICES & set(words.all[max(0, i - 6) : i]) or _OFFICES & set(after):
        return ()
    if _CIVILITES & set(before):
        start_of_name = max(k for k, w in enumerate(before) if w in _CIVILITES) + 1
        names = [w for w in (*before[start_of_name:], *after[:1]) if _may_be_surname(w)]
        names = names or [
            w for w in (*before[start_of_name:], *after[:1]) if w in PRENOMS
        ]  # « M. BERNARD Jacques »
    elif 2 <= len(row) <= 4 and re.fullmatch(r"[^0-9]*", words.raw[line]):
        names = [w for w in row if _may_be_surname(w)] if not any(w in _LABELS for w in row) else []
    else:
        names = []
    return (names[0], words.all[i]) if names else ()


def _may_be_surname(word: str) -> bool:
    return len(word) > 1 and word not in _LABELS and word not in PRENOMS and word not in _CIVILITES
