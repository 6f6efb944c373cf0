"""Owns what an avis d'impôt says of itself: its figures, and whether a page goes on with the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz import fuzz

from classifier.continuity import same_form
from classifier.places import Feuilles, Ligne
from classifier.text import plain
from intake.domain.lecture import Lieu, PageLue

# « revenus de l'année 2024 » says it; « avis d'impôt sur les revenus 2025 » may name the year of the avis.
_INCOME_YEAR = re.compile(r"revenus?\s+(?:percus\s+)?(?:de\s+l\s?annee|de|en|annee)\s+(20[0-4]\d)\b")
_LOOSE_YEAR = re.compile(r"revenus?\s+(20[0-4]\d)\b")
_YEAR_OF_AVIS = re.compile(r"(?:impot|imposition)\s+(20[0-4]\d)\s+sur")
# Letters set apart are read as words: « fis cal ».
_RFR_LABEL = re.compile(
    r"revenu ?f ?i ?[sc]? ?[sc] ?a ?l ?de ?r ?[ée] ?f ?[ée] ?r ?[ea] ?n ?\w{1,3}|\bR\.?F\.?R\b", re.IGNORECASE
)
_SEP = "[ .\u00a0\u202f]"
_AMOUNT = re.compile(
    rf"(?<![\d,])(?<!\d/)(\d(?:{_SEP}\d{{3}}){{2}}|\d{{1,3}}{_SEP}\d{{3}}|\d{{1,7}})(?!\d|/\d)(?:,\d\d?(?!\d))?"
)  # nor part of a date
_NOTE = re.compile(r"[ ]*\(\d\d?\)")  # « Revenu fiscal de référence (25) » refers to the notice
_STRAY = 2  # figures of what is no amount beside one
_WORDS, _SENTENCE = re.compile(r"[^\W\d_]{3,}"), 3  # after the label, to the end of its line
_REACH = 44  # characters after the label before which its amount begins
_FISCAL = re.compile(r"fiscal.{0,40}?(?<!\d)((?:\d[ .]?){12}\d)(?!\d)", re.IGNORECASE | re.DOTALL)
# What the first page alone prints: when the avis was made, for whom and where they live.
_FIRST = re.compile(
    r"date d etablissement \d|(?:mise en )?recouvrement \d\d? |avis etabli le|reference de l avis \d|"
    r"situation du foyer|contribuable|adresse d imposition|adresse au 1er|declarant 1 (?!total|decl)[a-z]{3}"
)
_POSTAL = re.compile(r"^(?:[\w' ]{0,30}, )?\d{5} [A-ZÉÈ][A-ZÉÈ' \-]{2,}$")
_NAMED = re.compile(r"\b(?:M|MR|MME|MLLE|Monsieur|Madame)\.?\s+(?:ou\s+M\w*\.?\s+)?[A-ZÉÈ]{2}", re.IGNORECASE)
_FURTHER = re.compile(r"(?:au verso et )?(?:sur|dans) les pages suivantes")
_INNER = re.compile(r"detail des revenus")
_TAX_NUMBER = re.compile(r"(?<![\dA-Za-z])(?<!\d )(?:\d[ .\u00a0\u202f]?){12}\d(?![\dA-Za-z]| \d)")
_FISCAL_LABEL = re.compile(r"(?!.*(?:\b2\b|reference)).*\bn(?:umero)?(?:o|s)? fiscal(?: du declarant 1)?\W*$")
_PARTS_LABEL = re.compile(r"nombre\s+de\s+parts?(?![^\W\d_])", re.IGNORECASE)
# « 2,50 », a quarter of a part or more, alone behind its label or on its row: « (1 part par adulte » is none.
_PARTS, _MOST_PARTS, _PARTS_SAID = re.compile(r"[1-9]\d?[,.]\d{1,2}"), 20, 8
_AVIS_NUMBER = re.compile(r"r[ée]f[ée]rence[^\d]{0,20}((?:\d[ .]?){9,15}\d)(?!\d)", re.IGNORECASE)
_TAX = re.compile(
    r"\b(?:impots?|imposable|imposition|fisca\w+|declarants?|prelevements?|revenus?|cotisations?)\b"
)
_LABELS, _MISREAD = ("date d etablissement", "reference de l avis"), 85.0
_CLEAR, _TOP = 70.0, 6  # mean confidence below which what is not read may be there; lines of a page's head


@dataclass(frozen=True, slots=True)
class Lu:
    """A figure, where it stands, how well it was read (0–100), and whether on the row of its label."""

    valeur: str
    lieu: Lieu | None = None
    confiance: float = 0.0
    a_cote: bool = False


def rfr_lus(feuilles: Feuilles) -> list[Lu]:
    """Each reading of the revenu fiscal de référence: notices print it more than once."""
    labels = list(_RFR_LABEL.finditer(feuilles.texte))
    return [read for label in labels if (read := _level(feuilles, label) or _next_to(feuilles, label))]


def _level(feuilles: Feuilles, label: re.Match[str]) -> Lu | None:
    """The one amount right of a label that ends its line, where the columns of a table were read one by one.

    Of several, the years of two avis or the columns of a couple, none is taken.
    """
    index, start = feuilles.rang(label.start())
    line = feuilles.lignes[index]
    if _NOTE.sub("", line.texte[label.end() - start :]).strip(" :.…"):
        return None
    found = [(o, amount) for o in _level_with(line, feuilles) for amount in _AMOUNT.finditer(o.texte)]
    if len(found) != 1 or re.fullmatch(r"20[0-4]\d|\d\d?", found[0][1][1]):
        return None
    other, amount = found[0]
    return Lu(
        re.sub(r"\D", "", amount[1]),
        other.lieu(*amount.span(1)),
        other.lue.confiance_de(*amount.span(1)),
        True,
    )


def _next_to(feuilles: Feuilles, label: re.Match[str]) -> Lu | None:
    """The amount that follows the label in reading order, on its page."""
    note = _NOTE.match(feuilles.texte, label.end())
    start = note.end() if note else label.end()
    amount = _AMOUNT.search(feuilles.texte, start)
    if amount is None or amount.start() - start > _REACH:
        return None
    if feuilles.page(amount.start()) != feuilles.page(label.start()):
        return None  # its amount was not read, and the next page's heading is no amount
    between = feuilles.texte[start : amount.start()]
    if len(_WORDS.findall(between.partition("\n")[0])) >= _SENTENCE and "\n" in between:
        return None  # « le revenu fiscal de référence auprès des organismes qui le demandent »
    following = _AMOUNT.search(feuilles.texte, amount.end())
    is_year = re.fullmatch(r"20[0-4]\d", amount[1]) and any(c.isalpha() or c == "(" for c in between)
    if is_year and (not following or following.start() - amount.end() > _REACH // 2):
        return None
    if following and (is_year or _stray(amount, following, feuilles)):
        amount = following  # « revenu fiscal de référence (revenus de 2024) : 18 452 »
    beside = feuilles.rang(label.start()) == feuilles.rang(amount.start(1)) and not is_year
    return replace(_lu(feuilles, re.sub(r"\D", "", amount[1]), amount.start(1), amount.end(1)), a_cote=beside)


def _stray(amount: re.Match[str], following: re.Match[str], feuilles: Feuilles) -> bool:
    """« Revenu fiscal de référence 5 11 310 € »: the number of a note, or a speck, before the amount."""
    beside = feuilles.texte[amount.end() : following.start()]
    # on the same line, and nothing says what it is
    blank = bool(beside) and not beside.strip(" \u00a0\u202f")
    return blank and amount[1] != "0" and len(amount[1]) <= _STRAY < len(re.sub(r"\D", "", following[1]))


def rfr_annonce(ligne: str) -> bool:
    return bool(_RFR_LABEL.search(ligne))


def annee_lue(feuilles: Feuilles) -> Lu:
    """The year of the incomes, which is the one before the avis; `confiance` 0 where it was only inferred."""
    folded = [plain(text) for text in feuilles.textes]
    joined = " ".join(folded)
    said, loose = _INCOME_YEAR.search(joined), list(_LOOSE_YEAR.finditer(joined))
    m = said or min(loose, key=lambda found: found[1], default=None)
    if m is None:
        other = _YEAR_OF_AVIS.search(joined)
        return Lu(str(int(other[1]) - 1)) if other else Lu("")
    at = 0
    for index, text in enumerate(folded):
        at += len(text) + 1
        if at > m.start(1):
            line = feuilles.lignes[index]
            start = line.texte.find(m[1])
            place = line.lieu(start, start + 4) if start >= 0 else line.lieu()
            return Lu(m[1], place, line.lue.confiance if said else 0.0)
    return Lu(m[1])


def numero_fiscal_lu(feuilles: Feuilles) -> Lu:
    m = _FISCAL.search(feuilles.texte)
    return _lu(feuilles, re.sub(r"\D", "", m[1]), m.start(1), m.end(1)) if m else Lu("")


def numeros_fiscaux_lus(feuilles: Feuilles) -> list[Lu]:
    """Each number of 13 figures, `a_cote` where its line says that it is one, or the line before it."""
    found = []
    for before, line in pairwise([None, *feuilles.lignes]):
        if line is None:
            continue
        for m in _TAX_NUMBER.finditer(line.texte):
            label = line.texte[: m.start()]
            if before is not None and not label.strip():
                label = before.texte
            sure, told = line.lue.confiance_de(*m.span()), bool(_FISCAL_LABEL.search(plain(label)))
            found.append(Lu(re.sub(r"\D", "", m[0]), line.lieu(*m.span()), sure, told))
    return found


def parts_lues(feuilles: Feuilles) -> list[Lu]:
    """Each reading of the number of parts: all that stands behind its label, or next to it on its row."""
    labels = [(x, m) for x in feuilles.lignes if (m := _PARTS_LABEL.search(x.texte))]
    found = []
    for line, label in labels[:_PARTS_SAID]:
        rest = _NOTE.sub("", line.texte[label.end() :]).strip(" :.…|€")
        cell, start = line, line.texte.find(rest, label.end())
        if not rest:
            beside = min(_level_with(line, feuilles), key=lambda o: o.lue.boite[0], default=None)
            if beside is None:
                continue
            cell, rest, start = beside, beside.texte.strip(), beside.texte.find(beside.texte.strip())
        if _PARTS.fullmatch(rest):
            value = float(rest.replace(",", "."))
            if value <= _MOST_PARTS and value * 4 == int(value * 4):
                span = (start, start + len(rest))
                found.append(Lu(rest.replace(",", "."), cell.lieu(*span), cell.lue.confiance_de(*span), True))
    return found


def _level_with(line: Ligne, feuilles: Feuilles) -> list[Ligne]:
    """The lines right of it on its row."""
    _, top, right, bottom = line.lue.boite
    middles = ((other, (other.lue.boite[1] + other.lue.boite[3]) / 2) for other in feuilles.lignes)
    return [
        other
        for other, middle in middles
        if other.page == line.page and other.lue.boite[0] >= right and top <= middle <= bottom
    ]


def _lu(feuilles: Feuilles, value: str, start: int, end: int) -> Lu:
    index, at = feuilles.rang(start)
    sure = feuilles.lignes[index].lue.confiance_de(start - at, end - at)
    return Lu(value, feuilles.lieu(start, end), min(sure, feuilles.confiance(start)))


def sans_debut(pages: Sequence[PageLue]) -> bool:
    """Whether incomes are set out and nothing says when, for whom or for which address: page 1 is lost."""
    if any(p.texte.partielle or p.texte.confiance < _CLEAR for p in pages if not p.blanche):
        return False
    raw = [line.texte for p in pages for line in p.texte.lignes]
    lines = [plain(text) for text in raw]
    if any(_begins(text, line) or _NAMED.search(text) for text, line in zip(raw, lines, strict=True)):
        return False
    return any(_INNER.match(line) for line in lines[: max(_TOP, len(lines) // 3)])


def sans_suite(pages: Sequence[PageLue]) -> bool:
    """Whether one page announces its further pages, with the detail of the incomes, and stands alone."""
    if len(pages) > 1 or pages[0].texte.partielle:
        return False
    lines = [plain(line.texte) for line in pages[0].texte.lignes]
    return bool(_FURTHER.search(" ".join(lines))) and not any(_INNER.search(line) for line in lines)


def premiere_page(page: PageLue) -> bool:
    """Whether the page says when the avis was made, or what it is numbered by, as its first alone does."""
    return any(_FIRST.search(line) for line in (plain(ligne.texte) for ligne in page.texte.lignes))


def _begins(text: str, line: str) -> bool:
    if _FIRST.search(line) or _POSTAL.match(text.strip()):
        return True
    label = re.match(r"(\D+) \d", line)
    return label is not None and any(fuzz.ratio(label[1], known) >= _MISREAD for known in _LABELS)


def _figures(pages: Sequence[PageLue]) -> tuple[str, str]:
    """Income year and revenu fiscal de référence, "" where not read."""
    feuilles = Feuilles(pages)
    return annee_lue(feuilles).valeur, next((lu.valeur for lu in rfr_lus(feuilles)), "")


def _references(pages: Sequence[PageLue]) -> set[str]:
    """What an avis is numbered by, on each of its pages."""
    texts = (line.texte for p in pages for line in p.texte.lignes)
    return {re.sub(r"\D", "", m[1]) for text in texts for m in _AVIS_NUMBER.finditer(text)}


def montants(ligne: str) -> set[str]:
    """The amounts of a line, digits only."""
    return {re.sub(r"\D", "", m[1]) for m in _AMOUNT.finditer(ligne)}


def montants_situes(valeur: str, feuilles: Feuilles) -> list[tuple[Lieu, float]]:
    """Where an amount stands, digits only, and how well it was read there (0–100)."""
    return [
        (line.lieu(*m.span(1)), line.lue.confiance_de(*m.span(1)))
        for line in feuilles.lignes
        for m in _AMOUNT.finditer(line.texte)
        if re.sub(r"\D", "", m[1]) == valeur
    ]


def kinship(previous: Sequence[PageLue], current: PageLue) -> list[tuple[float, str]]:
    """Log-odds, with reasons, that `current` opens another avis than the one that `previous` makes."""
    lines = [line.texte for line in current.texte.lignes]
    year, rfr = _figures([current])
    their_year, their_rfr = _figures(previous[:4])
    found: list[tuple[float, str]] = []
    if any(_TAX.search(plain(line)) for line in lines) and not any(_begins(x, plain(x)) for x in lines):
        found.append((-4.0, "page intérieure d'un avis d'impôt"))
    if same_form(previous[0], current):
        return [(4.0, "encore une première page d'avis")]
    if _references(previous[:4]) & _references([current]):
        found.append((-5.0, "même référence d'avis que la page précédente"))
    if int(rfr or 0) and int(their_rfr or 0):
        # Of its columns the wrong one may have been taken.
        same = rfr == their_rfr or (
            any(their_rfr in montants(line) for line in lines) and year in ("", their_year)
        )
        found.append((-3.0, "même revenu fiscal de référence") if same else (2.5, "autre revenu fiscal"))
    text = " ".join(plain(line) for line in lines)
    years = {m[1] for pattern in (_INCOME_YEAR, _LOOSE_YEAR) for m in pattern.finditer(text)}
    if year and their_year and year != their_year and their_year not in years:
        found.append((2.5, "avis d'une autre année"))
    return found
