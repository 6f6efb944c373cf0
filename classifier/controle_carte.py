"""Owns the comparison of a zone's number, expiry, given name and check digits with the card it stands on.

`controle_bande` has its surname and birth. What else the zone says must be printed beside it: the card is
known for the zone's own by that, and then one thing that is printed otherwise was altered (docs/adr/0013).
Names have no digit: their row must have been read whole, and surely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rapidfuzz import fuzz

from classifier.contradiction import (
    ALIKE_FIGURES,
    OTHER_DIGITS,
    READ_WELL,
    SURELY,
    agreed,
    named,
    of_a_zone,
)
from classifier.controle_bande import GIVEN, NO_NAME, days_printed, far, of_one_card, of_spouse, under
from classifier.dates import dates
from classifier.mrz import Mrz, contredit
from classifier.places import Feuilles, Ligne
from classifier.text import plain
from intake.prenoms import PRENOMS

_ANCHORS = 2  # dates and number of the zone that are printed beside it: the card is then the zone's own
_UNLIKE, _THE_SAME = 50.0, 75.0  # likeness, 0–100
_LEGIBLE, _DIGIT_READ = 70.0, 95.0  # of a given name that is common; of a row whose digit is believed
_BELOW = 2.5  # heights of a label, in which the middle of the value stands that it announces
_ROW_READ = 80.0  # of the names of a zone, one of which is printed: its fillers are doubted, not its letters
_LETTERS = 4  # of the given name of a zone that is compared
_TERMS = (5, 10, 15)  # years of validity
_EXPIRY = re.compile(r"expir|valable jusqu|valid until|fin de validite")
_OF_ISSUE = re.compile(r"deliv|issue|etabli")
# A day of another paper, or of this one before it was prolonged.
_ANOTHERS = re.compile(r"\bpro(?:ro|long)|remplac|\bvisa\b|\brenouvel")
_NUMBER = re.compile(r"\bn(?:o|umero)? du (?:titre|document)|document no\b|passe?port n(?:o|umero)?\b")
_DOCUMENT = re.compile(r"(?<![A-Z0-9])(?=[A-Z0-9]*\d{4})[A-Z]{1,2}[A-Z0-9]{7,8}(?![A-Z0-9])")
_SHAPES = str.maketrans("OQDILZSGBT", "0001125687")
_LIKE_A_DAY = re.compile(r"\d[\dOIl]?[ ./-]{1,3}(?:[\dOIl]{1,2}|[A-Za-z]{3,9})[ ./-]{0,3}\w{2,5}")
_CODE = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{6,14}(?![A-Z0-9])")
_GROUPS = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{2,6}(?: [A-Z0-9]{2,6}){1,3}(?![A-Z0-9])")


@dataclass(frozen=True, slots=True)
class _Imprime:
    """Something printed, and how surely it was read, 0–100."""

    valeur: str
    confiance: float


def controler(zone: Mrz, feuilles: Feuilles) -> list[str]:
    """Accusations, each a sentence; none of a zone of which no card is known to be its own."""
    if not of_one_card(feuilles):
        return []  # of two, whose the print is, is not sure
    codes, days = list(_codes(feuilles)), days_printed(feuilles)
    found = _false_digits(zone, codes, days)
    nom = bool(zone.nom) and named(zone.nom, feuilles)
    prenom = _stands(zone.prenoms.split(" ")[0], feuilles)
    ne, finit = zone.naissance in days, zone.expiration in days
    numero = any(c.valeur == zone.numero for c in codes)
    if not zone.verifie or not nom:
        return found
    zones = "de la bande de lecture"
    other = _another_number(zone.numero, codes) if prenom and ne and zone.numero and not numero else ""
    named_so = any(_stands(word, feuilles) for word in zone.prenoms.split())  # a twin's, if it is another
    if not other and named_so and ne and finit and zone.numero and not numero:
        other = _labelled_number(zone.numero, feuilles)
    if other:
        found.append(f"Le numéro imprimé ({other}) n'est pas celui {zones} ({zone.numero}).")
    if prenom and ne and zone.expiration and not finit and (other := _another_expiry(zone, feuilles)):
        found.append(f"La date d'expiration imprimée ({other}) n'est pas celle {zones} ({zone.expiration}).")
    sure = zone.confiance_noms >= SURELY and len(zone.prenoms.split(" ")[0]) >= _LETTERS
    twin = not numero and any(len(c.valeur) == len(zone.numero) for c in codes)  # born that day too
    if sure and not prenom and (ne or numero) and not twin:
        other = _another_given(zone, feuilles, certain=numero and ne + finit + numero >= _ANCHORS)
        if other:
            found.append(f"Le prénom imprimé ({other}) n'est pas celui {zones} ({zone.prenoms}).")
    return found


def _stands(word: str, feuilles: Feuilles) -> bool:
    """Whether that very word is printed, a letter of it misread: no part of another is a given name."""
    wanted = plain(word)
    return bool(wanted) and any(
        fuzz.ratio(wanted, token) >= _THE_SAME
        for text in feuilles.textes
        if not of_a_zone(text)
        for token in plain(text).split()
    )


def nom_seul(zone: Mrz, feuilles: Feuilles) -> str:
    """Whom the zone of a card names, where it is its own by dates or number, and that name is not printed.

    The name may have gone unread: the household tells whether it is somebody else's (R14).
    """
    words = [*zone.nom.split(), *zone.prenoms.split()[:1]]
    if zone.confiance_noms < SURELY or not zone.prenoms or any(named(word, feuilles) for word in words):
        return ""
    days = days_printed(feuilles)
    number = any(c.valeur == zone.numero for c in _codes(feuilles))
    told = (zone.naissance in days) + (zone.expiration in days) + number
    return f"{zone.nom}, {zone.prenoms}" if told >= _ANCHORS else ""


def nom_autrement(zone: Mrz, feuilles: Feuilles) -> str:
    """« NOM, PRÉNOMS » of a zone of which surname or given names are printed nowhere, and one is.

    The one bears the row out; of the other, a surname must have been read surely, a given name exist. ""
    where a spouse's name may be printed. The household tells if what is printed instead is theirs (R14).
    """
    words = zone.prenoms.split()
    readable = zone.verifie and zone.confiance_noms >= _ROW_READ
    if not readable or not of_one_card(feuilles) or of_spouse(feuilles):
        return ""
    surname, given = named(zone.nom, feuilles), any(_begins_or_stands(word, feuilles) for word in words)
    common = bool(PRENOMS.intersection(words))
    apart = (given and not surname and zone.confiance_noms >= SURELY) or (surname and not given and common)
    return f"{zone.nom}, {zone.prenoms}" if apart and max(map(len, words), default=0) >= _LETTERS else ""


def _begins_or_stands(word: str, feuilles: Feuilles) -> bool:
    """Printed, with others run into it, or whole where the zone ran out of room."""
    tokens = {t for text in feuilles.textes if not of_a_zone(text) for t in plain(text).split()}
    return _stands(word, feuilles) or any(_within(plain(word), t) for t in tokens)


def ne_autrement(zone: Mrz, feuilles: Feuilles) -> str:
    """The birthday that only the zone tells, and after it the days printed, `;` between them.

    A figure misread makes its digit wrong; of print and zone, the register tells which is right.
    """
    sure = zone.verifie and zone.confiance_dates >= READ_WELL and of_one_card(feuilles)
    days = days_printed(feuilles)
    if not sure or not zone.naissance or zone.naissance in days:
        return ""
    return ";".join([zone.naissance, *sorted(days)])


def _another_number(coded: str, codes: list[_Imprime]) -> str:
    """The one code printed that is the zone's number with figures changed, by more than misreading."""
    near = {c.valeur: c.confiance for c in codes if len(c.valeur) == len(coded)}
    if len(near) != 1:
        return ""  # a brother's, or the number of the passport before
    ((value, confidence),) = near.items()
    apart = [(a, b) for a, b in zip(value, coded, strict=True) if a != b]
    if confidence < READ_WELL or not all(a.isdigit() and b.isdigit() for a, b in apart):
        return ""  # what reads a letter there has misread more than that
    unlike = sum({a, b} not in ALIKE_FIGURES for a, b in apart)
    altered = unlike >= OTHER_DIGITS or (len(apart) > OTHER_DIGITS and confidence >= _DIGIT_READ)
    altered |= agreed(confidence)
    return value if altered and len(apart) <= len(coded) // 2 else ""


def _labelled_number(coded: str, feuilles: Feuilles) -> str:
    """The code well read under the one label of the document's number, nothing like the zone's."""
    if any(_ANOTHERS.search(plain(text)) for text in feuilles.textes):
        return ""
    labels = [x for x in feuilles.lignes if _NUMBER.search(plain(x.texte))]
    if len(labels) != 1:
        return ""
    told = {
        m[0]: line.lue.confiance_de(*m.span())
        for line in feuilles.lignes
        if not of_a_zone(line.texte)
        for m in _DOCUMENT.finditer(line.texte)
        if _announces(labels[0], line, m.span())
    }
    if len(told) != 1:
        return ""
    ((value, confidence),) = told.items()
    alike = fuzz.ratio(value.translate(_SHAPES), coded.translate(_SHAPES)) >= _UNLIKE
    return value if confidence >= READ_WELL and not alike else ""


def _codes(feuilles: Feuilles) -> Iterator[_Imprime]:
    """Runs of capitals and figures with some figures among them, in groups or not; no days."""
    for line in feuilles.lignes:
        if of_a_zone(line.texte):
            continue
        found = dates(line.texte)
        for pattern in (_CODE, _GROUPS):
            for m in pattern.finditer(line.texte):
                code = m[0].replace(" ", "")
                day = any(d.debut < m.end() and m.start() < d.fin for d in found)
                if sum(c.isdigit() for c in code) > OTHER_DIGITS and not day:
                    yield _Imprime(code, line.lue.confiance_de(*m.span()))


def _another_expiry(zone: Mrz, feuilles: Feuilles) -> str:
    """The last of the days that the one label of the expiry announces, on its row or under it; read well."""
    folded = [plain(text) for text in feuilles.textes]
    if any(_ANOTHERS.search(text) for text in folded):
        return ""
    labels = [x for x, text in zip(feuilles.lignes, folded, strict=True) if _EXPIRY.search(text)]
    told: dict[str, float] = {}
    if len(labels) == 1:
        two = _OF_ISSUE.search(plain(labels[0].texte)) is not None
        for line in feuilles.lignes:
            under_it = [d for d in dates(line.texte) if _announces(labels[0], line, (d.debut, d.fin))]
            if len(under_it) < len(_LIKE_A_DAY.findall(line.texte)) or (two and len(under_it) == 1):
                continue  # of two days on one row, one went unread
            for day in under_it:
                told[day.jour.isoformat()] = line.lue.confiance_de(day.debut, day.fin)
    last = max(told, default="") or _end_of_validity(zone, feuilles)
    sure = told.get(last, READ_WELL) >= READ_WELL
    # Nobody makes a validity shorter: an earlier day is that of the issue, or of the card before.
    if not last or last <= zone.expiration or not sure:
        return ""
    # Of two days one misread is a whole term after the other by no chance; nor is the zone's, if it is right.
    termed = _end_of_validity(zone, feuilles, last) and not _end_of_validity(zone, feuilles, zone.expiration)
    return last if termed or far(zone.expiration, last) else ""


def _announces(label: Ligne, line: Ligne, span: tuple[int, int]) -> bool:
    """Whether those letters of a line stand on the row of its label or just under it.

    A letter of the pattern beside them may make the line too high: their own place counts.
    """
    if label is line:
        return True
    left, top, right, bottom = label.lue.boite
    its_left, its_top, its_right, its_bottom = line.lue.boite_de(*span)
    below = -0.25 < ((its_top + its_bottom) / 2 - bottom) / max(1, bottom - top) < _BELOW
    return label.page == line.page and below and its_left < right and its_right > left


def _end_of_validity(zone: Mrz, feuilles: Feuilles, told: str = "") -> str:
    """The day `told`, or the last one printed, read well, where it is a term after another, the issue.

    Or after the eve of that. "" of any other: what announces it may have gone unread. Nobody's birth is an
    issue.
    """
    read: dict[date, float] = {}
    for line in feuilles.lignes:
        for day in () if of_a_zone(line.texte) else dates(line.texte):
            sure = line.lue.confiance_de(day.debut, day.fin)
            read[day.jour] = max(read.get(day.jour, 0.0), sure)
    last = date.fromisoformat(told) if told else max(read, default=None)
    if last is None or (not told and read[last] < READ_WELL):
        return ""
    issues = (d for d in read if d.isoformat() != zone.naissance and read[d] >= READ_WELL)
    return last.isoformat() if any(_after_a_term(d, last) for d in issues) else ""


def _after_a_term(issue: date, end: date) -> bool:
    eve = issue - timedelta(days=1)
    same_day = (end.month, end.day) in {(issue.month, issue.day), (eve.month, eve.day)}
    return same_day and end.year - issue.year in _TERMS


def _another_given(zone: Mrz, feuilles: Feuilles, *, certain: bool) -> str:
    """The given names under their one label, or behind it, that are nothing like the zone's.

    One that is common: no misreading of a name is that. Where the card is `certain` to be the zone's, it need
    not have been read so well.
    """
    values: list[tuple[str, float]] = []
    for line in feuilles.lignes:
        head, colon, behind = line.texte.partition(":")
        if not GIVEN.match(plain(head)):
            continue
        if colon and behind.strip():
            start = len(line.texte) - len(behind.lstrip())
            values.append((behind.strip(), line.lue.confiance_de(start, len(line.texte))))
        else:
            values += [(below.texte, _worst(below)) for below in under(line, feuilles)[:1]]
    if len(values) != 1:
        return ""
    value, sure = values[0]
    words = plain(value).split()
    if not words or words[0].upper() not in PRENOMS or NO_NAME.search(plain(value)):
        return ""
    # Read surely both, of two names that begin alike one is not the other misread.
    both = certain and sure >= READ_WELL and zone.confiance_noms >= _DIGIT_READ
    least = _THE_SAME if both else _UNLIKE
    theirs, mine = (_and_joined(name) for name in (words, plain(zone.prenoms).split()))
    alike = any(fuzz.ratio(word, own) >= least or _within(word, own) for word in theirs for own in mine)
    alike |= any(fuzz.ratio(word, own) >= _THE_SAME for word in words for own in plain(zone.nom).split())
    enough = sure >= (_LEGIBLE if certain else READ_WELL)
    return value.strip(" |") if enough and "".join(words).isalpha() and not alike else ""


def _and_joined(words: list[str]) -> list[str]:
    """A filler may be lost, or read as a letter; « Fatima Zahra » is FATIMAZAHRA to another office."""
    return [*words, "".join(words)]


def _within(one: str, other: str) -> bool:
    """Whether one is a part of the other, as a zone that ran out of room has it."""
    return min(len(one), len(other)) >= _LETTERS and (one in other or other in one)


def _worst(line: Ligne) -> float:
    words = [m.span() for m in re.finditer(r"\S+", line.texte) if any(c.isalnum() for c in m[0])]
    return min((line.lue.confiance_de(*span) for span in words), default=0.0)


def _false_digits(zone: Mrz, codes: list[_Imprime], days: set[str]) -> list[str]:
    """Digits of the zone that are not those of what it says and the card prints too, in figures alone.

    Its row is whole and another of its digits agrees: if anything was misread, it is the digit, and that was
    read too well to be the one that it should be.
    """
    if zone.confiance_dates < _DIGIT_READ:
        return []
    dated = {f"{day[2:4]}{day[5:7]}{day[8:]}" for day in days} if zone.d_aplomb else set()
    number = {c.valeur for c in codes if c.confiance >= READ_WELL}
    found = []
    for name, value, printed in (
        ("la date de naissance", zone.contredite, dated),
        ("le numéro", zone.numero_contredit, number),
    ):
        if value[:-1] not in printed:
            continue
        digit, right = contredit(value)
        told_apart = {digit, right} not in ALIKE_FIGURES or agreed(zone.confiance_dates)
        if digit.isdigit() and digit != right and told_apart:
            found.append(f"La clé de la bande de lecture pour {name} ({digit}) est fausse : {right} attendu.")
    return found
