"""Owns the comparison of a machine-readable zone (MRZ) with what is printed beside it.

Only a clear contradiction counts, as in `controle`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from classifier.contradiction import (
    AGREED,
    ALIKE_FIGURES,
    OF_THE_FILE,
    OTHER_DIGITS,
    READ_WELL,
    SURELY,
    agreed,
    named,
    of_a_zone,
    well_read,
)
from classifier.dates import DateLue, dates, sans_blancs
from classifier.mrz import Mrz
from classifier.places import Feuilles, Ligne
from classifier.text import plain
from intake.domain.lecture import PageLue
from intake.prenoms import PRENOMS

_LEGIBLE, _STAIN = 50.0, 2  # of a line, below which so few letters are a stain, or of the picture
_DATE_READ = 84.0  # confidence of a line with a date, which a sex or a stain beside it may spoil
_UNLIKE = 50.0
_A_NAME, _A_GIVEN = 5, 4  # letters of a name that a misreading does not make of another
_SURNAME = re.compile(r"(?:1 )?(?:nom|surname)(?: \d)?(?: s\w{3,7}| name)*(?: \d)?$")
_SURNAME_AND_NAME = re.compile(r"(?:1\W{1,2})?(?:nom|surname) ?: ?(\S.*?)\s*$", re.IGNORECASE)
GIVEN = re.compile(r"(?:\d )?prenoms?(?: s)?(?: \d)?(?: given names?| forenames?)?(?: \d)?$")
_OF_SPOUSE = re.compile(r"usage|epou[xs]|alternate|married")
# A label, a nationality or a title, where the name itself went unread.
NO_NAME = re.compile(
    r"\b(?:nom|prenoms?|usage|sexe|nationalit[ey]|date|lieu|document|francaise|surname|given|names?|carte|identite)\b"
)
_ABOVE = 1.5  # heights of the given names, above which the surname ends
# Years from the birth of a grown-up to the expiry, at least; widths of a zone, a passport's page over it.
_VALID, _HIGH = 29, 0.8
_LONGEST = 15  # years of a card's validity: what is printed later is the day of its issue
_DAY_ALONE = re.compile(r"[\W\d]*(?:[MF][\W\d]*)?")
_TITLE = re.compile(r"carte nationale|titre de sejour|^passeport\b(?! n)|identity card")
_ROWS = 3  # of one zone
_BELOW = 2.0  # heights of a label, in which the value stands that it announces
_BIRTH = re.compile(r"\bne[e]?\b|naissance|naiss\b|birth")
# « F FRA 16 04 1997 », the row of a card whose labels went unread.
_SEX_AND_NATION = re.compile(r"\W*[MFX]\W{1,3}[A-Z]{3}\W{1,3}(?=\d)")
_NUMBERED = re.compile(r"\b(?:n|no|numero|dossier|matricule|allocataire|ref\w*)\b")
# « LIEU DE NAISSANCE », read « UEU » or « LLEU » at times.
_PLACE = re.compile(r"\b(?!date|jour|dale)\w{2,5} (?:de naiss\w*|of birth)")
_OF_THE_PAPER = re.compile(r"delivr|expir|valable|validite|issue|etabli")


def controler(
    zone: Mrz, feuilles: Feuilles, pages: Sequence[PageLue], remarks: list[str], accusations: list[str]
) -> None:
    """What contradicts the zone is added to `accusations`, a doubt to `remarks`."""
    if zone.fausses and zone.confiance >= READ_WELL:
        remarks.append("une clé de la bande de lecture (MRZ) ne concorde pas : à vérifier à l'œil")
    sure = _births_printed(zone, feuilles) or _birth_of_passport(zone, feuilles)
    printed = set(sure)
    if zone.contredite and _contradicts(zone, printed):
        accusations.append(
            f"La date de naissance imprimée ({', '.join(sorted(printed))}) n'est pas celle de la bande de "
            f"lecture ({zone.contredite[:6]}), dont la clé est fausse."
        )
    other = (
        _another_surname(zone, feuilles)
        or _another_person(zone, feuilles)
        or _another_on_its_page(zone, feuilles)
    )
    if other:
        accusations.append(f"Le nom imprimé ({other}) n'est pas celui de la bande de lecture ({zone.nom}).")
    # The digit of a birth alone lets a slip pass that it was read with twice, 88 as 66, none of one figure;
    # of a number misread, a zone is believed only where nothing of it is printed, or its expiry is.
    dated = zone.naissance and zone.expiration and zone.confiance_dates >= READ_WELL
    own = of_one_card(feuilles) and zone.expiration in days_printed(feuilles)
    own = own and all(far(zone.naissance, day) or _one_figure(zone.naissance, day) for day in printed)
    if not zone.verifie and not (dated and zone.nom and (own or not _holder_named(zone, feuilles))):
        return
    least = SURELY if zone.verifie else AGREED  # of a number misread, print that was read again alone
    told = zone.naissance in days_printed(feuilles) or any(
        _may_be_day(zone.naissance, d, c, least) for d, c in sure.items()
    )
    if zone.naissance and printed and not told:
        accusations.append(
            f"La date de naissance imprimée ({', '.join(sorted(printed))}) n'est pas celle de la bande de "
            f"lecture ({zone.naissance})."
        )
    if not other and zone.verifie and zone.nom and well_read(pages) and not named(zone.nom, feuilles):
        remarks.append(f"le nom de la bande de lecture, {zone.nom}, n'a pas été lu ailleurs sur la pièce")


def _another_surname(zone: Mrz, feuilles: Feuilles) -> str:
    """The surname printed where its label says, nothing like the zone's though the given name is the zone's.

    With its given name as it is printed, a row was read well enough for its surname to be believed; a short
    one never is, nor is the name of a spouse another.
    """
    given = plain(zone.prenoms).split()[:1]
    text = plain(" ".join(t for t in feuilles.textes if not of_a_zone(t)))
    if not zone.naissance or len(zone.nom) < _A_NAME or named(zone.nom, feuilles):
        return ""
    if not given or len(given[0]) < _A_GIVEN or given[0] not in text.split() or of_spouse(feuilles):
        return ""
    for value, confidence in _surnames(given[0], feuilles):
        name = plain(value)
        sure = not NO_NAME.search(name) and (
            confidence >= READ_WELL and value == value.upper() and len(name) >= _A_NAME
        )
        if sure and name.replace(" ", "").isalpha():
            words = [fuzz.ratio(w, known) for w in name.split() for known in plain(zone.nom).split()]
            return value if max(words) < _UNLIKE else ""
    return ""


def _surnames(given: str, feuilles: Feuilles) -> list[tuple[str, float]]:
    """What stands under a label of the surname, or beside it; else over the given names.

    With the confidence of each, 0–100.
    """
    labels = [line for line in feuilles.lignes if _SURNAME.match(plain(line.texte))]
    values = [(over.texte, over.lue.confiance) for line in labels for over in under(line, feuilles)[:1]]
    values += [
        (m[1], line.lue.confiance_de(*m.span(1)))
        for line in feuilles.lignes
        if (m := _SURNAME_AND_NAME.match(line.texte))
    ]
    if labels or values:
        return values
    named_so = [line for line in feuilles.lignes if given in plain(line.texte).split()[:1]]
    return [(over.texte, over.lue.confiance) for line in named_so for over in _over(line, feuilles)]


def _another_person(zone: Mrz, feuilles: Feuilles) -> str:
    """Who is printed under the labels, where neither surname nor given name is like any of the zone's.

    Two rows misread do not both become words that are well read. Not where a second card may lie beside the
    first.
    """
    if not zone.verifie or len(zone.nom) < _A_NAME or _holder_named(zone, feuilles):
        return ""
    told = []
    for label, least in ((_SURNAME, _A_NAME), (GIVEN, _A_GIVEN)):
        told.append(_other_under(label, least, zone, feuilles))
    return " ".join(told) if all(told) else ""


def _other_under(label: re.Pattern[str], least: int, zone: Mrz, feuilles: Feuilles) -> str:
    """The name well read under the one label there is, nothing like the zone's; "" of any other."""
    labels = [line for line in feuilles.lignes if label.match(plain(line.texte))]
    values = [below for line in labels for below in under(line, feuilles)[:1]]
    if len(labels) != 1 or len(values) != 1:
        return ""
    name = _letters_of(values[0])
    other = len(name) >= least and not NO_NAME.search(name) and not _is_of(zone, name)
    return values[0].texte if other else ""


def _another_on_its_page(zone: Mrz, feuilles: Feuilles) -> str:
    """Who is printed over the zone of a passport whose labels went unread, birth and expiry being the zone's.

    A given name that exists, under a surname in capitals.
    """
    if zone.type != "passeport" or not zone.verifie or _holder_named(zone, feuilles):
        return ""
    if not zone.naissance or not {zone.naissance, zone.expiration} <= days_printed(feuilles):
        return ""
    for line in feuilles.lignes:
        given = _letters_of(line)
        if len(given) < _A_GIVEN or given.split()[0].upper() not in PRENOMS or _is_of(zone, given):
            continue
        for over in _over(line, feuilles):
            name = _letters_of(over)
            capitals = over.texte == over.texte.upper() and not NO_NAME.search(name)
            if capitals and len(name) >= _A_NAME and not _is_of(zone, name):
                return f"{over.texte} {line.texte}"
    return ""


def _holder_named(zone: Mrz, feuilles: Feuilles) -> bool:
    """Whether the surname or the first given name of the zone is printed anywhere beside it.

    Of the surname alone, with another given name under its label, a relative may be who is printed.
    """
    given = zone.prenoms.split()[:1]
    if any(named(name, feuilles) for name in given):
        return True
    relative = given and _other_under(GIVEN, _A_GIVEN, zone, feuilles)
    return named(zone.nom, feuilles) and not relative


def _letters_of(line: Ligne) -> str:
    """A name, of the words of a line that were read well; "" where one was not, or is none."""
    words = [m for m in re.finditer(r"\S+", line.texte) if any(c.isalnum() for c in m[0])]
    if any(line.lue.confiance_de(*m.span()) < READ_WELL for m in words):
        return ""
    name = plain(" ".join(m[0] for m in words))
    return name if name.replace(" ", "").isalpha() else ""


def _is_of(zone: Mrz, name: str) -> bool:
    known = plain(f"{zone.nom} {zone.prenoms}").split()
    return any(fuzz.ratio(word, other) >= _UNLIKE for word in name.split() for other in known)


def of_spouse(feuilles: Feuilles) -> bool:
    """Whether a spouse's name may be printed: where a label says so, and something stands under it."""
    for line in feuilles.lignes:
        label = plain(line.texte)
        if not _OF_SPOUSE.search(label):
            continue
        if not re.fullmatch(r"(?:nom )?(?:d )?usage(?: alternate| usual)?(?: name)?", label):
            return True
        if under(line, feuilles):
            return True
    return False


def under(label: Ligne, feuilles: Feuilles) -> list[Ligne]:
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


def _over(given: Ligne, feuilles: Feuilles) -> list[Ligne]:
    """The line just above the given names of a card whose labels went unread, in one column with them."""
    left, top, _, bottom = given.lue.boite
    high = bottom - top
    return [
        line
        for line in feuilles.lignes
        if line.page == given.page
        and abs(line.lue.boite[0] - left) < high
        and 0 <= top - line.lue.boite[3] <= _ABOVE * high
    ]


def days_printed(feuilles: Feuilles) -> set[str]:
    """All days that are printed, however they were read: none of them is missing, whatever announces it."""
    return {
        day.jour.isoformat()
        for t in feuilles.textes
        if not of_a_zone(t)
        for day in (*dates(t), *sans_blancs(t))
    }


def _births_printed(zone: Mrz, feuilles: Feuilles) -> dict[str, float]:
    """Days, ISO, of lines read well that a label of birth announces, on the line or on the one before.

    With the confidence of the words of each, 0–100.
    """
    found: dict[str, float] = {}
    legible = [line for line in feuilles.lignes if not _is_a_stain(line)]
    for over, line in pairwise([None, *legible]):
        if line is None or line.lue.confiance < _DATE_READ or of_a_zone(line.texte):
            continue
        label = plain(f"{over.texte if over else ''} {line.texte}")
        row = _SEX_AND_NATION.match(line.texte) is not None
        if _OF_THE_PAPER.search(plain(line.texte)) or not (row or _BIRTH.search(_PLACE.sub("", label))):
            continue
        days = list(_all_days(line.texte))
        if over is not None and len(days) == 1 and _OF_THE_PAPER.search(plain(over.texte)):
            continue  # two labels on one row, and one of the two days went unread
        before = str(int(zone.expiration[:4]) - _LONGEST) if row and zone.expiration else zone.expiration
        for day in days:
            iso = day.jour.isoformat()
            if not before or iso < before:
                found[iso] = max(found.get(iso, 0.0), line.lue.confiance_de(day.debut, day.fin))
    return found


def _birth_of_passport(zone: Mrz, feuilles: Feuilles) -> dict[str, float]:
    """The one day over the zone of a passport that is too old for its issue, whose label went unread.

    The zone's expiry must stand there too: it is then that passport's own print.
    """
    rows = [line for line in feuilles.lignes if of_a_zone(line.texte)]
    if zone.type != "passeport" or not zone.expiration or not rows:
        return {}
    left, top, right, _ = rows[0].lue.boite
    issue = int(zone.expiration[:4]) - _VALID
    days: dict[str, float] = {}
    for line in feuilles.lignes:
        its_left, its_top, its_right, its_bottom = line.lue.boite
        over = its_bottom <= top and top - its_top < _HIGH * (right - left)
        alone = _DAY_ALONE.fullmatch(line.texte) is not None  # « Remplace le passeport délivré le … »
        if alone and line.page == rows[0].page and over and left < (its_left + its_right) / 2 < right:
            for day in dates(line.texte):
                days[day.jour.isoformat()] = line.lue.confiance_de(day.debut, day.fin)
    old = {day: sure for day, sure in days.items() if int(day[:4]) < issue}
    own = zone.expiration in days and len(old) == 1 and of_one_card(feuilles)
    return {d: sure for d, sure in old.items() if own and sure >= READ_WELL and far(zone.naissance, d)}


def of_one_card(feuilles: Feuilles) -> bool:
    """Whether one card alone is told there: of a couple's two, whose the print is, is not sure.

    A title in two languages takes two lines, one under the other.
    """
    titled = [bool(_TITLE.search(plain(t))) for t in feuilles.textes]
    titles = sum(here and not before for before, here in pairwise([False, *titled]))
    return titles <= 1 and sum(of_a_zone(t) for t in feuilles.textes) <= _ROWS


def _is_a_stain(line: Ligne) -> bool:
    """What was read anyhow and is neither a day nor a label: a letter or two of the picture."""
    return line.lue.confiance < _LEGIBLE and sum(c.isalnum() for c in line.texte) <= _STAIN


def _all_days(texte: str) -> Iterator[DateLue]:
    """The days of a line; its blanks lost too, where it holds the number of nothing."""
    yield from dates(texte)
    if not _NUMBERED.search(plain(texte)):
        yield from sans_blancs(texte)


def _contradicts(zone: Mrz, printed: Collection[str]) -> bool:
    """A birth that is not the printed one, and no single misreading makes it so.

    Its digit is neither's, or two of its figures are not the print's. Where the file itself holds the
    letters, nothing was misread at all.
    """
    if not printed or zone.confiance_dates < READ_WELL:
        return False
    days = {date.fromisoformat(day) for day in printed}
    apart = min(Levenshtein.distance(f"{day:%y%m%d}", zone.contredite[:6]) for day in days)
    if not apart:
        return False
    if zone.confiance_dates >= OF_THE_FILE:
        return True
    return zone.d_aplomb and (apart >= OTHER_DIGITS or not any(zone.peut_dire(day) for day in days))


def far(coded: str, printed: str) -> bool:
    """Whether the zone's YYMMDD is another by more than a slip that its digit lets pass, 88 as 66."""
    if not coded:
        return False
    apart = [{a, b} for a, b in zip(coded[2:], printed[2:], strict=True) if a != b]
    unlike = sum(pair not in ALIKE_FIGURES for pair in apart)
    return len(apart) + bool(unlike) > OTHER_DIGITS


def _one_figure(coded: str, printed: str) -> bool:
    return sum(a != b for a, b in zip(coded[2:], printed[2:], strict=False)) == 1


def _may_be_day(coded: str, printed: str, confiance: float, sure: float) -> bool:
    """One misread figure is no contradiction, unless read as `sure`; an MRZ gives a century by guess."""
    apart = [{a, b} for a, b in zip(coded[2:], printed[2:], strict=True) if a != b]
    if len(apart) >= OTHER_DIGITS:
        return False
    return not apart or confiance < sure or (apart[0] in ALIKE_FIGURES and not agreed(confiance))
