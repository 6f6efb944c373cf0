"""Owns the comparison of what a machine wrote (2D-Doc, MRZ) with what is printed beside it.

Only a clear contradiction counts: a value that was read well, and that no misreading makes of the other. An
accusation holds a person's piece; a doubt is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from classifier.avis import Lu, annee_lue, rfr_annonce, rfr_lus
from classifier.dates import dates
from classifier.fields import Releve
from classifier.mrz import Mrz
from classifier.names import addressed
from classifier.places import Feuilles, Ligne
from classifier.scores import ScorePage
from classifier.text import plain
from classifier.twoddoc import DeuxDDoc, Verdict, codes
from intake.domain.lecture import PageLue
from intake.prenoms import PRENOMS

if TYPE_CHECKING:
    from classifier.trust import ListeDeConfiance

_READ_WELL = 86.0  # confidence of a line whose figures are believed
_DATE_READ = 84.0  # of one with a date, which a sex or a stain beside it may spoil
_PAGE_READ_WELL = 78.0
_OF_THE_FILE = 100.0  # of the lines of a PDF's own text
_WORDS = 30  # words from which a page that does not name somebody is worth a remark
_TOLD_TWICE = 2
_OTHER_DIGITS = 2  # figures that differ: one is a misreading
_ALIKE_FIGURES = [set(pair) for pair in "17 14 47 27 35 38 39 58 59 56 68 06 08 09 69 89 49 23".split()]
_SURELY = 92.0  # confidence of a figure that is no misreading
_SURELY_ALONE = 95.0  # of one that stands in one place only, beside its label
_ALIKE, _RESEMBLING, _UNLIKE = 75.0, 70.0, 50.0
_A_NAME, _A_GIVEN = 5, 4  # letters of a name that a misreading does not make of another
_SURNAME = re.compile(r"(?:1 )?(?:nom|surname)(?: s\w{3,7}| name)*(?: \d)?$")
_OF_SPOUSE = re.compile(r"usage|epou[xs]|alternate|married")
# A label, a nationality or a title, where the name itself went unread.
_NO_NAME = re.compile(
    r"\b(?:nom|prenoms?|usage|sexe|nationalite|date|lieu|document|francaise|surname|given|names?|carte|identite)\b"
)
_AT_ANOTHERS = re.compile(r"\b(?:chez|c o|udaf|atmp|residence|villa|batiment|immeuble|foyer|association)\b")
_CIVIL = re.compile(r"(?:M\.?|MR|MME|MLLE|MONSIEUR|MADAME) (?!OU )", re.IGNORECASE)
_WINDOW = (3, 7)  # heights of a line above and below it, of the address
_CAPITAL = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w'’\-]+")
_BELOW = 2.0  # heights of a label, in which the value stands that it announces
_BIRTH = re.compile(r"\bne[e]?\b|naissance|naiss\b|birth")
_PLACE = re.compile(r"lieu de naiss\w*|place of birth")
_ZONE = re.compile(r"<{2,}|^[A-Z0-9<]{28,}$")


def controler(
    read: Releve, pages: Sequence[PageLue], scores: Sequence[ScorePage], confiance: ListeDeConfiance | None
) -> tuple[str, ...]:
    """Remarks for a person; a clear contradiction also becomes the field `falsification`."""
    feuilles = Feuilles(pages)
    remarks: list[str] = []
    accusations: list[str] = []
    for _, code in codes(pages):
        _signature(code, confiance, remarks, accusations)
        if code.type == "avis_imposition":
            accusations += _avis(code, feuilles)
            _declarants(code, feuilles, pages, remarks, accusations)
    for score in scores:
        if score.mrz is not None:
            _zone(score.mrz, feuilles, pages, remarks, accusations)
    if accusations:
        read.note("falsification", " ".join(dict.fromkeys(accusations)))
    return tuple(dict.fromkeys((*accusations, *remarks)))


def _signature(
    code: DeuxDDoc, confiance: ListeDeConfiance | None, remarks: list[str], accusations: list[str]
) -> None:
    if confiance is None:
        return
    verdict = confiance.verifier(code)
    if verdict is Verdict.VALIDE:
        remarks.append("signature du code 2D-Doc vérifiée")
    elif verdict is Verdict.FAUSSE:
        accusations.append("La signature du code 2D-Doc est fausse.")
    else:
        remarks.append("signature du code 2D-Doc non vérifiée : signataire inconnu de la liste")


def _avis(code: DeuxDDoc, feuilles: Feuilles) -> list[str]:
    found = []
    coded = re.sub(r"\D", "", code.champs.get("41", ""))
    amount = _contradiction(coded, rfr_lus(feuilles), feuilles)
    if amount:
        found.append(f"Le revenu fiscal de référence imprimé ({amount}) n'est pas celui du code ({coded}).")
    year = annee_lue(feuilles)
    coded = code.champs.get("45", "")
    if coded and year.confiance >= _READ_WELL and coded not in feuilles.texte and year.valeur != coded:
        found.append(f"L'année des revenus imprimée ({year.valeur}) n'est pas celle du code ({coded}).")
    return found


def _contradiction(coded: str, printed: Sequence[Lu], feuilles: Feuilles) -> str:
    """The printed figure that cannot be a misreading of the code's, "" where one of them may be.

    With the code's figure elsewhere on the avis, another column may have been read: the label must then say
    one other figure twice, and nowhere the code's beside it.
    """
    short = [p.valeur for p in printed if len(p.valeur) <= _OTHER_DIGITS]
    amount = any(p.a_cote and len(p.valeur) > _OTHER_DIGITS for p in printed)
    if amount and len(coded) > _OTHER_DIGITS and coded not in short:
        printed = [p for p in printed if len(p.valeur) > _OTHER_DIGITS]  # nothing to pay, in another table
    told_twice = len(printed) >= _TOLD_TWICE and len({p.valeur for p in printed}) == 1
    told_twice = told_twice and all(p.a_cote for p in printed)
    if not coded or any(_may_be(p, coded, twice=told_twice) for p in printed):
        return ""
    sure = [p.valeur for p in printed if p.confiance >= _READ_WELL]
    spaced = re.compile(r"(?<!\d)" + r"[ .\u00a0\u202f]?".join(coded) + r"(?!\d)")
    if len(coded) > _OTHER_DIGITS and spaced.search(feuilles.texte):
        beside = any(rfr_annonce(t) and spaced.search(t) for t in feuilles.textes)
        if beside or not told_twice or len(sure) < _TOLD_TWICE:
            return ""
    return sure[0] if sure else ""


def _may_be(printed: Lu, coded: str, *, twice: bool) -> bool:
    """Whether the code's figure may have been printed where another was read.

    Letters that the file itself holds were not misread: there, one figure is enough. Nor was a figure that
    nobody takes for the code's, read well and alike in two places.
    """
    if printed.valeur == coded or (len(coded) > _OTHER_DIGITS and coded in printed.valeur):
        return True
    if printed.confiance >= _OF_THE_FILE:
        return False
    near = Levenshtein.distance(printed.valeur, coded) < _OTHER_DIGITS
    sure = printed.confiance >= (_SURELY if twice else _SURELY_ALONE) and (twice or printed.a_cote)
    if near and sure and len(printed.valeur) == len(coded):
        near = all({a, b} in _ALIKE_FIGURES for a, b in zip(printed.valeur, coded, strict=True) if a != b)
    return near or printed.valeur in coded[-3:] or coded.startswith(printed.valeur)


def _declarants(
    code: DeuxDDoc,
    feuilles: Feuilles,
    pages: Sequence[PageLue],
    remarks: list[str],
    accusations: list[str],
) -> None:
    if not code.noms or not _well_read(pages):
        return
    sent_to = _addressee(feuilles)
    whole = all(len(n.split()) > 1 for n in code.noms)  # a birth name alone may stand nowhere
    if sent_to and whole and not any(_resembles(n, feuilles) for n in code.noms):
        accusations.append(f"Le code 2D-Doc est au nom de {code.noms[0]}, l'avis est adressé à {sent_to}.")
    elif not any(_named(n, feuilles) for n in code.noms):
        remarks.append(f"le code 2D-Doc est au nom de {code.noms[0]}, qui n'est pas imprimé sur l'avis")


def _addressee(feuilles: Feuilles) -> str:
    """A person to whom the avis is sent, every line of the window surely read; "" of any doubt."""
    lines = [line.lue for line in feuilles.lignes]
    name = next(addressed(lines), "")
    own = next((line for line in lines if name and name in line.texte), None)
    if own is None:
        return ""
    person = _CIVIL.match(own.texte) or set(plain(name).upper().split()) & PRENOMS
    if not person or _AT_ANOTHERS.search(plain(own.texte)):
        return ""
    left, top, right, bottom = own.boite
    high = bottom - top
    for line in lines:
        level = top - _WINDOW[0] * high < line.boite[1] < bottom + _WINDOW[1] * high
        if level and line.boite[0] < right and line.boite[2] > left and line.confiance < _READ_WELL:
            return ""
    return name


def _resembles(name: str, feuilles: Feuilles) -> bool:
    """Whether a word of `name` may be one that stands with a capital anywhere, however badly it was read."""
    words = {w for t in feuilles.textes if not _ZONE.search(t.replace(" ", "")) for w in _CAPITAL.findall(t)}
    printed = {part for word in words for part in plain(word).split()}
    wanted = plain(name).split()
    return any(
        word == other or (min(len(word), len(other)) > 2 and fuzz.ratio(word, other) >= _RESEMBLING)
        for word in wanted
        for other in printed
    )


def _zone(
    zone: Mrz, feuilles: Feuilles, pages: Sequence[PageLue], remarks: list[str], accusations: list[str]
) -> None:
    if zone.fausses and zone.confiance >= _READ_WELL:
        remarks.append("une clé de la bande de lecture (MRZ) ne concorde pas : à vérifier à l'œil")
    sure = _births_printed(feuilles)
    printed = set(sure)
    if zone.contredite and _contradicts(zone, printed):
        accusations.append(
            f"La date de naissance imprimée ({', '.join(sorted(printed))}) n'est pas celle de la bande de "
            f"lecture ({zone.contredite[:6]}), dont la clé est fausse."
        )
    other = _another_surname(zone, feuilles)
    if other:
        accusations.append(f"Le nom imprimé ({other}) n'est pas celui de la bande de lecture ({zone.nom}).")
    if not zone.verifie:
        return
    if zone.naissance and printed and not any(_may_be_day(zone.naissance, d, c) for d, c in sure.items()):
        accusations.append(
            f"La date de naissance imprimée ({', '.join(sorted(printed))}) n'est pas celle de la bande de "
            f"lecture ({zone.naissance})."
        )
    if not other and zone.nom and _well_read(pages) and not _named(zone.nom, feuilles):
        remarks.append(f"le nom de la bande de lecture, {zone.nom}, n'a pas été lu ailleurs sur la pièce")


def _another_surname(zone: Mrz, feuilles: Feuilles) -> str:
    """The surname printed where its label says, nothing like the zone's though the given name is the zone's.

    With its given name as it is printed, a row was read well enough for its surname to be believed; a short
    one never is, nor is the name of a spouse another.
    """
    given = plain(zone.prenoms).split()[:1]
    text = plain(" ".join(t for t in feuilles.textes if not _ZONE.search(t.replace(" ", ""))))
    if not zone.naissance or len(zone.nom) < _A_NAME or _named(zone.nom, feuilles):
        return ""
    if not given or len(given[0]) < _A_GIVEN or given[0] not in text.split() or _of_spouse(feuilles):
        return ""
    labelled = (label for label in feuilles.lignes if _SURNAME.match(plain(label.texte)))
    for value in (below for label in labelled for below in _under(label, feuilles)[:1]):
        name = plain(value.texte)
        sure = not _NO_NAME.search(name) and (
            value.lue.confiance >= _READ_WELL and value.texte == value.texte.upper() and len(name) >= _A_NAME
        )
        if sure and name.replace(" ", "").isalpha():
            words = [fuzz.ratio(w, known) for w in name.split() for known in plain(zone.nom).split()]
            return value.texte if max(words) < _UNLIKE else ""
    return ""


def _of_spouse(feuilles: Feuilles) -> bool:
    """Whether a spouse's name may be printed: where a label says so, and something stands under it."""
    for line in feuilles.lignes:
        label = plain(line.texte)
        if not _OF_SPOUSE.search(label):
            continue
        if not re.fullmatch(r"(?:nom )?(?:d )?usage(?: alternate)?(?: name)?", label):
            return True
        if _under(line, feuilles):
            return True
    return False


def _under(label: Ligne, feuilles: Feuilles) -> list[Ligne]:
    """The lines just below a label, the nearest first: whatever order a card was read in."""
    left, top, right, bottom = label.lue.boite
    reach = bottom + _BELOW * (bottom - top)
    found = []
    for other in feuilles.lignes:
        its_left, its_top, its_right, _ = other.lue.boite
        level = bottom - (bottom - top) / 4 <= its_top <= reach
        if other.page == label.page and level and its_left < right and its_right > left:
            found.append(other)
    return sorted(found, key=lambda line: line.lue.boite[1])


def _births_printed(feuilles: Feuilles) -> dict[str, float]:
    """Days, ISO, of lines read well that a label of birth announces, on the line or on the one before.

    With the confidence of the words of each, 0–100.
    """
    found: dict[str, float] = {}
    for index, line in enumerate(feuilles.lignes):
        if line.lue.confiance < _DATE_READ or _ZONE.search(line.texte.replace(" ", "")):
            continue
        if not _BIRTH.search(_PLACE.sub("", plain(" ".join(feuilles.textes[max(0, index - 1) : index + 1])))):
            continue
        for day in dates(line.texte):
            iso = day.jour.isoformat()
            found[iso] = max(found.get(iso, 0.0), line.lue.confiance_de(day.debut, day.fin))
    return found


def _contradicts(zone: Mrz, printed: Collection[str]) -> bool:
    """A birth that is not the printed one, and no single misreading makes it so.

    Its digit is neither's, or two of its figures are not the print's. Where the file itself holds the
    letters, nothing was misread at all.
    """
    if not printed or zone.confiance_dates < _READ_WELL:
        return False
    days = {date.fromisoformat(day) for day in printed}
    apart = min(Levenshtein.distance(f"{day:%y%m%d}", zone.contredite[:6]) for day in days)
    if not apart:
        return False
    if zone.confiance_dates >= _OF_THE_FILE:
        return True
    return zone.d_aplomb and (apart >= _OTHER_DIGITS or not any(zone.peut_dire(day) for day in days))


def _may_be_day(coded: str, printed: str, confiance: float) -> bool:
    """One misread figure is no contradiction, unless it was surely read; an MRZ gives a century by guess."""
    apart = [{a, b} for a, b in zip(coded[2:], printed[2:], strict=True) if a != b]
    if len(apart) >= _OTHER_DIGITS:
        return False
    return not apart or confiance < _SURELY or apart[0] in _ALIKE_FIGURES


def _named(name: str, feuilles: Feuilles) -> bool:
    text = plain(" ".join(t for t in feuilles.textes if not _ZONE.search(t.replace(" ", ""))))
    tokens = set(text.split())
    return any(
        word in tokens if len(word) <= 2 else fuzz.partial_ratio(word, text) >= _ALIKE
        for word in plain(name).split()
    )


def _well_read(pages: Sequence[PageLue]) -> bool:
    words = sum(p.texte.mots for p in pages)
    confidence = sum(p.texte.confiance * p.texte.mots for p in pages) / max(1, words)
    return words >= _WORDS and confidence >= _PAGE_READ_WELL
