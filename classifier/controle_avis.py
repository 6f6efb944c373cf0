"""Owns the comparison of a 2D-Doc with the avis d'impôt it stands on: its figures, and whom it names.

Only a clear contradiction counts, as in `controle`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Levenshtein

from classifier.avis import (
    Lu,
    annee_lue,
    montants,
    montants_situes,
    numeros_fiscaux_lus,
    parts_lues,
    rfr_annonce,
    rfr_lus,
)
from classifier.contradiction import (
    ALIKE_FIGURES,
    OF_THE_FILE,
    OTHER_DIGITS,
    READ_WELL,
    SURELY,
    named,
    of_a_zone,
    well_read,
)
from classifier.envelope import addressed, downwards, of_an_address, side_by_side, under
from classifier.fields import Releve
from classifier.no_names import NOT_NAMES
from classifier.places import Feuilles
from classifier.text import plain
from classifier.twoddoc import DeuxDDoc
from intake.domain.lecture import Lieu, LigneLue, PageLue
from intake.prenoms import PRENOMS

_TOLD_TWICE = 2
_LIKE_ANOTHER = str.maketrans("6893", "0000")
_SAME_NUMBER = 0.75  # likeness of two numbers of 13 figures, one of which was made from the other
_RESEMBLING = 70.0
_A_BAR = "1"  # what a bar beside a figure is read as
_MISREAD = 4  # letters of a name, of which one may be another
_INITIAL = 2  # letters of what is no name by itself
_AGREEING = 80.0  # confidence of a figure that another place tells too
_SURELY_ALONE = 95.0  # of one that stands in one place only, beside its label
_AT_ANOTHERS = re.compile(r"\b(?:chez|c o|udaf|atmp|residence|villa|batiment|immeuble|foyer|association)\b")
_CIVIL = re.compile(r"(?:M\.?|MR|MME|MLLE|MONSIEUR|MADAME) (?!OU )", re.IGNORECASE)
_OR = re.compile(r"(?:OU|ET) (?:M\.? |MME |MR )?\w", re.IGNORECASE)
_OF_SEVERAL = re.compile(r"\b(?:succession|indivision|rattache[es]*|m ou mme|mme ou m)\b")
_WINDOW = (3, 7)  # heights of a line above and below it, of the address
_CAPITAL = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w'’\-]+")


def controler(
    code: DeuxDDoc,
    page: int,
    pages: Sequence[PageLue],
    read: Releve,
    remarks: list[str],
    accusations: list[str],
) -> None:
    """What contradicts the code goes to `accusations`, a doubt to `remarks`; `read` notes what is open.

    `page`: the number of the page on which the code stands.
    """
    feuilles = Feuilles(pages)
    accusations += _figures(code, feuilles)
    texts = {p.numero: [line.texte for line in p.texte.lignes] for p in pages}
    own = {page, *(n for n, text in texts.items() if any(_resembles(name, text) for name in code.noms))}
    accusations += _household(code, Feuilles(p for p in pages if p.numero in own))
    _declarants(code, feuilles, pages, remarks, accusations)
    partial = any(p.texte.partielle for p in pages)
    if well_read(pages) and not partial:
        unseen = [n for n in code.noms if _surname_unprinted(n, feuilles) or _all_unheard_of(n, feuilles)]
        read.note("noms_du_code_seul", ";".join(unseen))
        if _sent_in_full(pages) and not _OF_SEVERAL.search(plain(feuilles.texte)):
            read.note("mots_du_code_seul", ";".join(_unheard_of(next(iter(code.noms), ""), feuilles)))
    if partial and not _all_said(code, feuilles):
        read.note("reste_a_lire", "oui")


def _figures(code: DeuxDDoc, feuilles: Feuilles) -> list[str]:
    found = []
    coded = re.sub(r"\D", "", code.champs.get("41", ""))
    amount = _contradiction(coded, rfr_lus(feuilles), feuilles)
    if amount:
        found.append(f"Le revenu fiscal de référence imprimé ({amount}) n'est pas celui du code ({coded}).")
    year = annee_lue(feuilles)
    coded = code.champs.get("45", "")
    if coded and year.confiance >= READ_WELL and coded not in feuilles.texte and year.valeur != coded:
        found.append(f"L'année des revenus imprimée ({year.valeur}) n'est pas celle du code ({coded}).")
    return found


def _household(code: DeuxDDoc, feuilles: Feuilles) -> list[str]:
    """Its parts and its tax number, on the pages that are surely of the avis that the code is of."""
    found = []
    parts = _other_parts(code.champs.get("43", "").replace(",", "."), parts_lues(feuilles))
    if parts:
        found.append(f"Le nombre de parts imprimé ({parts}) n'est pas celui du code ({code.champs['43']}).")
    own = [n for key in ("47", "49") if re.fullmatch(r"\d{13}", n := code.champs.get(key, ""))]
    number = _other_number(own, numeros_fiscaux_lus(feuilles))
    if number:
        found.append(f"Le numéro fiscal imprimé ({number}) n'est pas celui du code ({', '.join(own)}).")
    return found


def _other_parts(coded: str, printed: Sequence[Lu]) -> str:
    """The number of parts printed, where nothing that stands there may be the code's."""
    if not re.fullmatch(r"\d{1,2}(?:\.\d{1,2})?", coded) or not printed:
        return ""
    values = {float(p.valeur) for p in printed}
    if len(values) != 1 or float(coded) in values:
        return ""
    best = max(printed, key=lambda p: p.confiance)
    one, other = f"{float(best.valeur):05.2f}", f"{float(coded):05.2f}"
    apart = [{a, b} for a, b in zip(one, other, strict=True) if a != b]
    alike = all(pair in ALIKE_FIGURES for pair in apart) and len(printed) < _TOLD_TWICE
    return best.valeur if best.confiance >= _SURELY_ALONE and not alike else ""


def _other_number(coded: Sequence[str], printed: Sequence[Lu]) -> str:
    """The tax number printed, well read, that is neither declarant's of the code.

    It must be the code's number altered: of two declarants the code may name one, and one be read.
    """
    if not coded or any(_slip(p.valeur, c) for p in printed for c in coded):
        return ""
    for p in printed:
        altered = max(Indel.normalized_similarity(p.valeur, c) for c in coded) >= _SAME_NUMBER
        if p.a_cote and p.confiance >= _SURELY_ALONE and altered:
            return p.valeur
    return ""


def _slip(read: str, coded: str) -> bool:
    """Whether they are one number, a figure or two of which were misread, lost, or changed places."""
    folded = (read.translate(_LIKE_ANOTHER), coded.translate(_LIKE_ANOTHER))
    return Indel.distance(read, coded) <= 2 * OTHER_DIGITS or Indel.distance(*folded) <= OTHER_DIGITS


def _all_said(code: DeuxDDoc, feuilles: Feuilles) -> bool:
    """Whether what was read says all that the code says: what was left unread would tell more."""
    income = re.sub(r"\D", "", code.champs.get("41", ""))
    printed = [p.valeur for p in rfr_lus(feuilles)]
    said = not income or not printed or income in printed
    return said and not _unheard_of(next(iter(code.noms), ""), feuilles)


def _contradiction(coded: str, printed: Sequence[Lu], feuilles: Feuilles) -> str:
    """The printed figure that cannot be a misreading of the code's, "" where one of them may be.

    With the code's figure elsewhere on the avis, another column may have been read: the label must then say
    one other figure twice, and nowhere the code's beside it.
    """
    short = [p.valeur for p in printed if len(p.valeur) <= OTHER_DIGITS]
    amount = any(p.a_cote and len(p.valeur) > OTHER_DIGITS for p in printed)
    if amount and len(coded) > OTHER_DIGITS and coded not in short:
        printed = [p for p in printed if len(p.valeur) > OTHER_DIGITS]  # nothing to pay, in another table
    told_twice = len(printed) >= _TOLD_TWICE and len({p.valeur for p in printed}) == 1
    told_twice = told_twice and all(p.a_cote for p in printed)
    if told_twice and min(p.confiance for p in printed) >= _AGREEING:
        printed = [max(printed, key=lambda p: p.confiance)] * len(printed)  # one bears the other out
    if _told_all_over(coded, printed, feuilles):
        return printed[0].valeur
    near = not coded or any(_may_be(p, coded, twice=told_twice) for p in printed)
    if near and not (told_twice and _borne_out(coded, printed, feuilles)):
        return ""
    sure = [p.valeur for p in printed if p.confiance >= READ_WELL]
    spaced = re.compile(r"(?<!\d)" + r"[ .\u00a0\u202f]?".join(coded) + r"(?!\d)")
    if len(coded) > OTHER_DIGITS and spaced.search(feuilles.texte):
        beside = any(rfr_annonce(t) and spaced.search(t) for t in feuilles.textes)
        if beside or not told_twice or len(sure) < _TOLD_TWICE:
            return ""
    return sure[0] if sure else ""


def _borne_out(coded: str, printed: Sequence[Lu], feuilles: Feuilles) -> bool:
    """Whether the print is one figure away from the code, and not by a misreading.

    A figure of it is another, and the printed amount stands on other rows too, the code's on none. With one
    more at an end, or one less, only letters that the file itself holds are believed: a bar beside each cell
    of a table is read as as many figures 1.
    """
    value = printed[0].valeur
    short, long = sorted((value, coded), key=len)
    another = len(value) == len(coded) and value != coded
    if len(short) <= OTHER_DIGITS or not (another or _an_end_of(short, long)):
        return False
    if any(p.confiance < (SURELY if another else OF_THE_FILE) for p in printed):
        return False
    rows = [montants(text) for text in feuilles.textes]
    return sum(value in row for row in rows) > len(printed) and not any(coded in row for row in rows)


def _told_all_over(coded: str, printed: Sequence[Lu], feuilles: Feuilles) -> bool:
    """Whether two rows more tell the one figure printed, the code's none, and they were read well.

    Not all in one column: a scratch of the scanner makes the same of a figure all the way down. A figure
    that stands before the others in one of the two alone is believed, unless a bar beside each cell made it.
    """
    values = {p.valeur for p in printed if p.lieu is not None}
    if len(values) != 1 or not all(p.a_cote for p in printed):
        return False
    value = values.pop()
    short, long = sorted((value, coded), key=len)
    before = len(long) - len(short) == 1 and long.endswith(short) and not long.startswith(_A_BAR)
    if value == coded or len(short) <= OTHER_DIGITS or not (len(short) == len(long) or before):
        return False
    spaced = re.compile(r"(?<!\d)" + r"[ .\u00a0\u202f]?".join(coded) + r"(?!\d)")
    if any(coded in montants(text) or spaced.search(text) for text in feuilles.textes):
        return False
    apart = len(short) != len(long) or sum(a != b for a, b in zip(short, long, strict=True)) == 1
    if not apart:
        return False
    labelled = [p.lieu for p in printed if p.lieu is not None]
    others = [
        (lieu, sure)
        for lieu, sure in montants_situes(value, feuilles)
        if sure >= SURELY and not any(_overlap(lieu, label) for label in labelled)
    ]
    aside = [lieu for lieu, _ in others if all(_beside(lieu, label) for label in labelled)]
    # It may be misread for the taxable income on those rows, unless the file itself holds their letters.
    of_the_file = all(sure >= OF_THE_FILE for _, sure in others)
    read = max(p.confiance for p in printed) >= (READ_WELL if of_the_file else SURELY)
    return read and len(others) >= _TOLD_TWICE and bool(aside)


def _beside(one: Lieu, other: Lieu) -> bool:
    return one.boite[2] < other.boite[0] or other.boite[2] < one.boite[0]


def _overlap(one: Lieu, other: Lieu) -> bool:
    level = one.boite[1] < other.boite[3] and other.boite[1] < one.boite[3]
    return one.page == other.page and level and not _beside(one, other)


def _an_end_of(short: str, long: str) -> bool:
    return len(short) < len(long) and (long.startswith(short) or long.endswith(short))


def _may_be(printed: Lu, coded: str, *, twice: bool) -> bool:
    """Whether the code's figure may have been printed where another was read.

    Letters that the file itself holds were not misread: there, one figure is enough. Nor was a figure that
    nobody takes for the code's, read well and alike in two places.
    """
    if printed.valeur == coded or (len(coded) > OTHER_DIGITS and coded in printed.valeur):
        return True
    if printed.confiance >= OF_THE_FILE:
        return False
    near = Levenshtein.distance(printed.valeur, coded) < OTHER_DIGITS
    sure = printed.confiance >= (SURELY if twice else _SURELY_ALONE) and (twice or printed.a_cote)
    if near and sure and len(printed.valeur) == len(coded):
        near = all({a, b} in ALIKE_FIGURES for a, b in zip(printed.valeur, coded, strict=True) if a != b)
    return near or printed.valeur in coded[-3:] or coded.startswith(printed.valeur)


def _declarants(
    code: DeuxDDoc,
    feuilles: Feuilles,
    pages: Sequence[PageLue],
    remarks: list[str],
    accusations: list[str],
) -> None:
    if not code.noms or not well_read(pages):
        return
    sent_to = next((name for page in pages if (name := _addressee(page.texte.lignes))), "")
    whole = all(len(n.split()) > 1 for n in code.noms)  # a birth name alone may stand nowhere
    absent = [n for n in code.noms if not _resembles(n, feuilles.textes)]
    other = sent_to if len(absent) == len(code.noms) else _another_first(code, pages)
    if other and whole and absent:
        accusations.append(f"Le code 2D-Doc est au nom de {absent[0]}, l'avis est adressé à {other}.")
    elif not any(named(n, feuilles) for n in code.noms):
        remarks.append(f"le code 2D-Doc est au nom de {code.noms[0]}, qui n'est pas imprimé sur l'avis")


def _surname_unprinted(name: str, feuilles: Feuilles) -> bool:
    """Whether of a name of the code no word is printed, or a given name and not the surname before it.

    So it is of a usual name, or of somebody else. The household tells which (R14), and is not known here.
    """
    words = [w for w in plain(name).upper().split() if len(w) > _INITIAL]
    given = [w for w in words if any(w in plain(t).upper().split() for t in feuilles.textes)]
    surname = [w for w in words if w not in given]
    unseen = not any(_stands(w, feuilles) or _resembles(w, feuilles.textes) for w in surname)
    return len(words) > 1 and words[:1] == surname[:1] and unseen


def _all_unheard_of(name: str, feuilles: Feuilles) -> bool:
    return " " in name and bool(words := _words(name)) and _unheard_of(name, feuilles) == words


def _words(name: str) -> list[str]:
    return [w for w in plain(name).upper().split() if len(w) > _INITIAL]


def _unheard_of(name: str, feuilles: Feuilles) -> list[str]:
    """Its words, surname or given name, none of which may be one that is printed with a capital.

    A letter in four, begun, may be misread, and words run together: « Salaires » is no CLAIRE.
    """
    printed = {
        part.upper()
        for text in feuilles.textes
        if not of_a_zone(text)
        for word in text.split()
        if not word.islower()
        for part in (*plain(word).split(), plain(word).replace(" ", ""))
    }

    def heard(w: str) -> bool:
        most = -(-len(w) // _MISREAD)
        return any(w in token or Levenshtein.distance(w, token) <= most for token in printed)

    return [w for w in _words(name) if not heard(w)]


def _stands(word: str, feuilles: Feuilles) -> bool:
    """Whether it is printed, misread or run together with another: most of « Charron » is no CARON."""
    wanted = plain(word)
    return any(
        fuzz.ratio(wanted, token) >= _RESEMBLING or (wanted in token and len(wanted) > _INITIAL)
        for text in feuilles.textes
        for token in plain(text).split()
    )


def _another_first(code: DeuxDDoc, pages: Sequence[PageLue]) -> str:
    """Of « A ou B » in the window, A where the code names B and not A; "" of any other window.

    One of a couple may bear a usual name, be unnamed, or live at somebody's: A and B are both told in full,
    one line over the other, and of A nothing is anybody's whom the code names.
    """
    for page in pages:
        name, own = next(addressed(page.texte.lignes), ("", None))
        if own is None or not _addressee(page.texte.lignes):
            continue
        other = under(own, downwards(p for line in page.texte.lignes for p in side_by_side(line)))
        if other is None or not _OR.match(other.texte) or other.confiance < READ_WELL:
            continue
        beside = [n for n in code.noms if sum(_resembles(w, [other.texte]) for w in n.split()) > 1]
        if beside and len(name.split()) > 1 and not any(_resembles(n, [name]) for n in code.noms):
            return name
    return ""


def _addressee(lines: Sequence[LigneLue]) -> str:
    """A person to whom a page is sent, every line of the window that may name another surely read.

    "" of any doubt.
    """
    name, own = next(addressed(lines), ("", None))
    if own is None:
        return ""
    person = _CIVIL.match(own.texte) or set(plain(name).upper().split()) & PRENOMS
    if not person or _AT_ANOTHERS.search(plain(own.texte)):
        return ""
    left, top, right, bottom = own.boite
    high = bottom - top
    for part in (part for line in lines for part in side_by_side(line)):
        level = top - _WINDOW[0] * high < part.boite[1] < bottom + _WINDOW[1] * high
        beside = part.boite[0] < right and part.boite[2] > left
        if level and beside and part.confiance < READ_WELL and not of_an_address(part.texte):
            return ""
    return name


def _sent_in_full(pages: Sequence[PageLue]) -> bool:
    """Whether the window of a page names one person, no word of it an initial or a letter misread."""
    names = (_addressee(page.texte.lignes) for page in pages)
    words = next((plain(_CIVIL.sub("", name)).split() for name in names if name), [])
    return len(words) > 1 and all(len(w) > 1 and w.isalpha() for w in words)


def _resembles(name: str, textes: Sequence[str]) -> bool:
    """Whether a word of `name` may be one that stands with a capital in them, however badly it was read.

    « Monsieur » is no misreading of MOUNIER.
    """
    words = {w for t in textes if not of_a_zone(t) for w in _CAPITAL.findall(t)}
    printed = {part for word in words for part in plain(word).split()}
    wanted = plain(name).split()
    return any(
        word == other
        or (
            min(len(word), len(other)) > 2
            and other not in NOT_NAMES
            and fuzz.ratio(word, other) >= _RESEMBLING
        )
        for word in wanted
        for other in printed
    )
