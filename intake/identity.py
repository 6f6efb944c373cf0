"""Whose name stands on a page: household names against printed text, and nobody else's (R14, R15).

Pure. A full name of the household counts *for*; another person's name read clearly, with nobody of the
household in sight, counts *against*; a page without names says nothing. What must never happen is that
a stranger's paper passes for the household's: a surname in a street, a city, a firm or a signature is
nobody's name, and two given names that both exist are two people however alike they look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from intake.domain.demande import Personne
from intake.homonymes import departager, rendus
from intake.lettres import nues
from intake.prenoms import PRENOMS

_CIVILITES = frozenset("M MR MME MLLE MM MONSIEUR MADAME MADEMOISELLE MMES MESSIEURS".split())
_LABELS = frozenset(
    """
    NOM NOMS PRENOM PRENOMS NAISSANCE USAGE FAMILLE SURNAME NAME NAMES GIVEN FORENAMES NE NEE EPOUSE
    EPOUX VEUVE EP VVE LE LA DE DU DES ET OU NOMDEFAMILLE MARITAL PATRONYMIQUE D S
    """.split()
)
_AFTER_LABEL = frozenset("NOM FAMILLE NAISSANCE USAGE SURNAME NOMDEFAMILLE PATRONYMIQUE MARITAL".split())
# Whose paper it is, and whose it is not: the last of these words before a name decides.
_HOLDERS = frozenset(
    """
    LOCATAIRE LOCATAIRES SALARIE SALARIEE TITULAIRE ASSURE ASSUREE ALLOCATAIRE DEMANDEUR DEMANDEUSE
    PATIENT PATIENTE DECLARANT ELEVE ETUDIANT ETUDIANTE BENEFICIAIRE HEBERGE HEBERGEE HEBERGER ENFANT
    DESTINATAIRE CLIENT ADHERENT EMPLOYE EMPLOYEE APPRENTI APPRENTIE PRENEUR ACQUEREUR INTERESSE
    INTERESSEE CONTRE EPOUX PARTENAIRE
    """.split()
)
_OFFICES = frozenset(
    """
    DOCTEUR DR MAITRE ME NOTAIRE MAIRE MAIRIE PREFET PREFETE DIRECTEUR DIRECTRICE JUGE GREFFIER
    GREFFIERE PRESIDENT PRESIDENTE MEDECIN HUISSIER COMMISSAIRE AVOCAT AVOCATE PROFESSEUR PR ECOLE LYCEE
    COLLEGE CABINET GERANT GERANTE BAILLEUR BAILLERESSE PROPRIETAIRE ADJOINT SIGNE RESPONSABLE
    GESTIONNAIRE EMPLOYEUR CONSEILLER CONSEILLERE AGENT EXPERT COMPTABLE GREFFE VICE OFFICIER UNIVERSITE
    HOPITAL CENTRE STADE FOYER SAS SARL SA EURL SCI ETABLISSEMENTS ETS SOCIETE LOUEUR MANDATAIRE
    REPRESENTE REPRESENTEE PROCUREUR RECTEUR INSPECTEUR INSPECTRICE CHEF CORRESPONDANT CORRESPONDANTE
    CONTACT GARAGE BOULANGERIE PHARMACIE RESTAURANT HOTEL CLINIQUE TRANSPORTS ENTREPRISE MAISON
    ASSOCIATION FONDATION INSTITUT AGENCE VENDEUR SIGNATAIRE SECRETAIRE
    """.split()
)
_PLACES = frozenset(
    """
    RUE AVENUE AV BOULEVARD BD PLACE ALLEE ALLEES IMPASSE CHEMIN QUAI SQUARE ROUTE COURS PASSAGE SENTIER
    VOIE RESIDENCE IMMEUBLE BATIMENT VILLA CITE HAMEAU LIEU LIEUDIT DOMAINE CLOS MAIL ESPLANADE PONT
    PORTE FAUBOURG SAINT SAINTE ST STE VILLE COMMUNE BOIS VAL MONT BOURG PARC TOUR CASTEL CHATEAU
    """.split()
)
_REACH = 6  # words before a name among which its role is looked for
_LABELS_BETWEEN = 4  # label words that may stand between a surname and its given name
_SHORT = 3  # a name this short is also a word: only its own given name makes it a name
LISIBLE = 82.0  # mean word confidence from which a letter read is a letter printed
# Glyphs that print and OCR confuse; what differs otherwise on a clear page is another name.
_TWINS = str.maketrans(
    {"L": "I", "J": "I", "Q": "O", "D": "O", "V": "U", "G": "C", "E": "C", "F": "C", "H": "N"}
)


class Force(IntEnum):
    """How much a finding weighs."""

    RIEN = 0
    FAIBLE = 1  # the surname alone
    MOYENNE = 2  # civility or label and surname
    FORTE = 3  # surname and given name side by side, or surname and birth date


class Accord(IntEnum):
    CONTREDIT = -1
    MUET = 0
    CONCORDE = 1


@dataclass(frozen=True, slots=True)
class Concordance:
    """`personnes` are ranks of the household, the best placed first; `autres` names of nobody in it.

    `homonymes`: ranks whose name somebody else bears here, told by the birthday; `nees`: ranks whose own
    birthday stands with their name.
    """

    accord: Accord
    force: Force = Force.RIEN
    personnes: tuple[str, ...] = ()
    autres: tuple[str, ...] = ()
    homonymes: tuple[str, ...] = ()
    nees: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def jetons(texte: str) -> tuple[str, ...]:
    """Words without case, accents, hyphens or apostrophes (R15)."""
    return tuple(re.findall(r"[A-Z]+", nues(texte).upper()))


@lru_cache(maxsize=65536)
def _same(printed: str, wanted: str, clear: bool) -> bool:
    """Whether `wanted` may have been printed where `printed` was read."""
    if printed == wanted:
        return True
    shorter = min(len(printed), len(wanted))
    if shorter <= _SHORT or abs(len(printed) - len(wanted)) > 1 or printed in PRENOMS:
        return False  # a given name that exists, and is not the one wanted, was not misread
    twins = printed.replace("RN", "M").translate(_TWINS), wanted.replace("RN", "M").translate(_TWINS)
    if twins[0] == twins[1]:
        return True
    allowed = (shorter >= 8) if clear else (1 + (shorter >= 9)) * (shorter >= 5)
    return bool(allowed) and Levenshtein.distance(printed, wanted, score_cutoff=int(allowed)) <= allowed


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
    nes_le: Mapping[str, date] | None = None,
    bien_lu: bool = True,
    confiance: float = 100.0,
) -> Concordance:
    """The household against the printed `lignes` (reading order) and the names the classifier read.

    `noms_lus`: names of the persons the document is about; `nes_le`: the birthday printed with some of them,
    which tells two people of one name apart (R14). `bien_lu` false: OCR too poor for an absent name to mean
    anything. `confiance`: mean word confidence, 0–100; below 82 a letter may be misread.
    """
    words = _Words(lignes, clear=confiance >= LISIBLE)
    noms_lus, nes_le = rendus(tuple(noms_lus), nes_le or {}, personnes, jetons, clair=words.clear)
    birthdays = departager(_bearers(noms_lus, personnes, words.clear), nes_le, jetons)
    if birthdays.etrangers:
        return Concordance(Accord.CONTREDIT, autres=birthdays.etrangers, homonymes=birthdays.homonymes)
    personnes = [p for p in personnes if p.rang not in birthdays.exclues]
    read = [t for n in noms_lus if (t := _name_tokens(n, personnes)) and not _given_alone(n, t, personnes)]
    found = [f for p in personnes if (f := _find(p, words)) is not None]
    named = [f for t in read for p in personnes if (f := _matches(p, t, words.clear)) is not None]
    strangers = _strangers(words, personnes, read)
    # The classifier names the holder, and it is nobody of the household: a civility elsewhere proves nothing.
    cap = Force.FAIBLE if read and not named and strangers else Force.FORTE
    found = sorted([f for f in (*found, *named) if f.force > Force.RIEN], key=lambda f: (-f.force, f.place))
    best = found[0].force if found else Force.RIEN
    if best is Force.FORTE or Force.FAIBLE < best <= cap:
        return Concordance(Accord.CONCORDE, best, _ranks(found), strangers, nees=birthdays.nees)
    if strangers and bien_lu:
        return Concordance(Accord.CONTREDIT, best, (), strangers)
    if found:
        return Concordance(Accord.CONCORDE, min(best, cap), _ranks(found), strangers, nees=birthdays.nees)
    return Concordance(Accord.MUET, autres=strangers)


def _bearers(read: Sequence[str], personnes: Sequence[Personne], clear: bool) -> dict[str, list[Personne]]:
    """Who of the household bears each name in full."""
    matches = {n: [(p, _matches(p, _name_tokens(n, personnes), clear)) for p in personnes] for n in read}
    return {n: [p for p, f in of_name if f and f.force is Force.FORTE] for n, of_name in matches.items()}


def _ranks(found: Sequence[_Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.rang for f in found if f.force is found[0].force))


class _Words:
    """The words of a text with their lines; not the MRZ, which the classifier reads with its check digits."""

    def __init__(self, lignes: Sequence[str], *, clear: bool) -> None:
        self.clear = clear
        self.all: list[str] = []
        self.line: list[int] = []
        self.rows: list[tuple[int, int]] = []  # each line's words in `all`
        self.raw = [ligne for ligne in lignes if ligne.count("<") < 3]
        for i, ligne in enumerate(self.raw):
            words = jetons(ligne)
            self.rows.append((len(self.all), len(self.all) + len(words)))
            self.all += words
            self.line += [i] * len(words)
        self.dates = {
            re.sub(r"\D", "", d) for r in self.raw for d in re.findall(r"\b\d\d[./ -]\d\d[./ -]\d{4}\b", r)
        }

    def occurrences(self, wanted: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """(place, number of words) where `wanted` stands, however its parts are glued or split."""
        glued, most = "".join(wanted), len(wanted) + 1
        for i in range(len(self.all)):
            for k in range(1, most + 1):
                part = "".join(self.all[i : i + k])
                if len(part) > len(glued) + 1:
                    break
                if _same(part, glued, self.clear):
                    yield i, min(k, len(self.all) - i)
                    break

    def before(self, i: int, n: int, *, lines: int = 0) -> list[str]:
        """Up to `n` words before `i`, the nearest first, on its line and `lines` lines above."""
        low = max(0, i - n)
        return [self.all[j] for j in range(i - 1, low - 1, -1) if self.line[i] - self.line[j] <= lines]

    def after(self, i: int, n: int, *, lines: int = 0) -> list[str]:
        """Up to `n` words from `i` on, on the line of the word before it and `lines` lines below."""
        first = self.line[i - 1] if i else 0
        return [self.all[j] for j in range(i, min(len(self.all), i + n)) if self.line[j] - first <= lines]


def _find(personne: Personne, words: _Words) -> _Found | None:
    best: _Found | None = None
    given = jetons(personne.prenom)
    for nom in personne.noms:
        wanted = jetons(nom)
        for i, n in words.occurrences(wanted) if wanted else ():
            force = _weigh(personne, words, i, n, given)
            if best is None or force > best.force:
                best = _Found(personne.rang, force, i)
            if force is Force.FORTE:
                return best
    return best


def _weigh(personne: Personne, words: _Words, i: int, n: int, given: tuple[str, ...]) -> Force:
    if _PLACES & set(words.before(i, 4)) or _issuer(words, i):
        return Force.RIEN
    side = _given_beside(words, i, n, given)
    if side is not None:
        return Force.FORTE if side else Force.RIEN  # another given name: somebody else of that surname
    if sum(len(w) for w in words.all[i : i + n]) <= _SHORT:
        return Force.RIEN
    if _is_given_of_another(words, i, n):
        return Force.RIEN
    born = personne.date_naissance
    if born and born.strftime("%d%m%Y") in words.dates:
        return Force.MOYENNE if (born.month, born.day) == (1, 1) else Force.FORTE
    nearest = words.before(i, 1, lines=1)
    initial = given[0][:1] if given else ""
    if nearest and (nearest[0] in _CIVILITES or nearest[0] in _AFTER_LABEL):
        return Force.MOYENNE
    initials = [w for w in (*words.before(i, 1), *words.after(i + n, 1)) if len(w) == 1]
    civil = bool(_CIVILITES & set(words.before(i, 3)))
    if initial and civil and initials and initials[0] == initial:
        return Force.MOYENNE
    return Force.FAIBLE


def _issuer(words: _Words, i: int) -> bool:
    """Whether the role named last before the name, and not before « et Madame », is of who signs or lets."""
    nearer = ""
    for word in words.before(i, _REACH, lines=1):
        if word in _HOLDERS or (word == "ET" and nearer in _CIVILITES):
            return False
        nearer = word
        if word in _OFFICES:
            return True
    return False


def _given_beside(words: _Words, i: int, n: int, given: tuple[str, ...]) -> bool | None:
    """Whether the given name beside the surname is the person's; None when no given name stands there."""
    after = [w for w in words.after(i + n, _LABELS_BETWEEN + 3, lines=3) if w not in _LABELS]
    before = [w for w in words.before(i, 4) if w not in _LABELS]
    if given:
        # The best tokens of both sides; before the surname a compound given name ends with its last part.
        if after and _starts(after, given, words.clear):
            return True
        if _ends(_run_before(before), given, words.clear):
            return True
    near = [*words.after(i + n, 1), *words.before(i, 1)]
    return False if any(w in PRENOMS for w in near) else None


def _run_before(before: list[str]) -> list[str]:
    """The words that end just before the surname, in reading order, from the civility on."""
    run = []
    for word in before:
        if word in _CIVILITES:
            break
        run.append(word)
    return run[::-1]


def _ends(run: list[str], given: tuple[str, ...], clear: bool) -> bool:
    """Whether `run` ends with the given name, further given names after it apart."""
    for j in range(len(run)):
        further = run[j + 1 :]
        if _starts(run[j:], given, clear) and all(w in PRENOMS or w in given for w in further):
            return True
    return False


def _starts(printed: list[str], given: tuple[str, ...], clear: bool) -> bool:
    """Whether `printed` begins with the given name; a second part that is printed must agree."""
    if _same(printed[0], "".join(given), clear):
        return True
    if not _same(printed[0], given[0], clear) and not _run_into_filler(printed[0], given[0]):
        return False
    if len(given) == 1 or len(printed) == 1 or printed[1] not in PRENOMS:
        return True
    return _same(printed[1], given[1], clear)


def _run_into_filler(printed: str, given: str) -> bool:
    """« KHADIJAKKKKEEEE »: a given name of an MRZ whose fillers were read as letters."""
    return len(given) >= 5 and len(printed) >= len(given) + 6 and printed.startswith(given)


def _is_given_of_another(words: _Words, i: int, n: int) -> bool:
    """« M. DURAND Thomas », « M. Laurent DURAND »: here the household's surname is a given name."""
    if n != 1 or words.all[i] not in PRENOMS:
        return False
    near = [*words.after(i + 1, 1), *words.before(i, 1)]
    return any(_may_be_surname(w) and w not in _PLACES | _OFFICES for w in near)


def _name_tokens(name: str, personnes: Sequence[Personne]) -> tuple[str, ...]:
    own = {nom for p in personnes for n in p.noms if len(nom := jetons(n)) == 1}  # LE, DU
    return tuple(t for t in jetons(name) if t not in _CIVILITES and (t not in _LABELS or (t,) in own))


def _matches(personne: Personne, read: tuple[str, ...], clear: bool) -> _Found | None:
    """The whole of a name the classifier read against a person's."""
    given = jetons(personne.prenom)
    for nom in personne.noms:
        wanted = tuple(t for t in jetons(nom) if t not in _LABELS) or jetons(nom)
        for i, k in ((i, k) for i in range(len(read)) for k in range(1, len(wanted) + 2)):
            if i + k > len(read) or not _same("".join(read[i : i + k]), "".join(wanted), clear):
                continue
            rest = [*read[i + k :], *read[:i]]
            if not rest:
                return _Found(personne.rang, Force.MOYENNE, 0)
            starts = [rest, rest[1:], [*read[max(0, i - len(given)) : i]]]  # or just before the surname
            starts = starts if set(wanted) - _LABELS else [rest]  # « LE GALL Anne » is nobody called LE
            if given and any(_starts(s, given, clear) for s in starts if s):
                return _Found(personne.rang, Force.FORTE, 0)
            if given and rest[0] == given[0][:1]:
                return _Found(personne.rang, Force.MOYENNE, 0)
    return None


def _strangers(
    words: _Words, personnes: Sequence[Personne], read: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    """Names of people, read clearly, whom the household does not have."""
    seen = {" ".join(t): None for t in read if len(t) > 1 and _stranger(t, personnes, words.clear)}
    if not read:
        places = [i for i, word in enumerate(words.all) if word in PRENOMS and len(word) > 2]
        names = [name for i in places if (name := _name_around(words, i))]
        seen |= {" ".join(name): None for name in names if _stranger(name, personnes, words.clear)}
    return tuple(seen)[:8]


def _given_alone(name: str, tokens: tuple[str, ...], personnes: Sequence[Personne]) -> bool:
    """« Jean-Pierre », whose surname went unread: nobody's name, where the household has that given name.

    In that order and without a word in capitals: THOMAS, PIERRE and LAURENT are surnames too.
    """
    if any(len(word) > 1 and word.isupper() for word in name.split()):
        return False
    return any(jetons(p.prenom)[: len(tokens)] == tokens for p in personnes)


def _stranger(name: tuple[str, ...], personnes: Sequence[Personne], clear: bool) -> bool:
    return not any(_matches(p, name, clear) for p in personnes)


def _name_around(words: _Words, i: int) -> tuple[str, ...]:
    """« M. NOM Prénom », « Mme Prénom NOM », or a line « NOM Prénom » in capitals, around the word at `i`."""
    start, end = words.rows[words.line[i]]
    if _PLACES & set(words.before(i, 4)) or _issuer(words, i):
        return ()
    before, after = words.all[max(start, i - 4) : i], words.all[i + 1 : min(end, i + 3)]
    if _OFFICES & set(after):
        return ()
    if _CIVILITES & set(before):
        name = before[max(k for k, w in enumerate(before) if w in _CIVILITES) + 1 :]
        beside = [w for w in (*name, *after[:1]) if _may_be_surname(w)] or [
            w for w in (*name, *after) if w in PRENOMS
        ]
    elif end - start == 2:
        other = words.all[start] if i > start else words.all[start + 1]
        capitals = re.search(r"(?<!\w)[A-ZÀ-Ý][A-ZÀ-Ý'’\- ]{2,}(?!\w)", words.raw[words.line[i]])
        beside = [other] if capitals and _may_be_surname(other) and other not in _OFFICES | _PLACES else []
    else:
        beside = []
    return (beside[0], words.all[i]) if beside else ()


def _may_be_surname(word: str) -> bool:
    return len(word) > 1 and word not in _LABELS and word not in PRENOMS and word not in _CIVILITES
