"""Owns the question whether pages of a piece are missing: by their numbers, clauses, sentences and end.

Silent unless what is there shows it: a piece held for nothing costs a person a look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from classifier.avis import sans_debut, sans_suite
from classifier.numbering import edges_of, missing, numbering
from classifier.rangees import coupee, libelles_coupes, rangees
from classifier.text import plain
from intake.domain.lecture import PageLue

DEBUT, MILIEU, FIN, MOITIE = "le début", "des pages au milieu", "la fin", "une moitié"
# Deeds that somebody signs or a court pronounces: their last page shows it.
_SIGNED = frozenset({"bail", "contrat_travail", "titre_propriete"})
_RULED = frozenset({"jugement_divorce", "jugement_expulsion", "jugement_tutelle"})
_RUNNING = _SIGNED | _RULED
_CARDS = frozenset({"carte_identite", "passeport", "titre_sejour"})
# Where a line begins so: « à la signature du contrat » in a clause is no end.
_END = re.compile(
    r"^fait (?:a|le|en)\b|^signatures?\b|^signe\b|lu et approuve|bon pour accord|\bdont acte\b|^cachet\b|"
    r"en (?:deux|trois|autant d) (?:exemplaires|originaux)|"
    r"^(?:le|la|les|l|pour le|pour la) "
    r"(?:bailleur|locataire|salarie|employeur|notaire|parties|preneur)\w*\b.{0,40}$"
)
# Of these, what settles it stands in the body, where the reader need not have gone.
_READ_ON = _RULED | {"avis_imposition", "bail"}
_COURT = re.compile(r"\btribunal\b|\bcour\b|\bjuge\b|au nom du peuple")
_RULING = re.compile(r"par ces motifs|dispositif|ainsi (?:juge|fait|prononce)|homologue|constate l accord")
_RULER = re.compile(r"(?:(?:le|la) )?(?:greffi|(?:vice )?president|juge\b(?! des))")
_SIGNED_LINES = 8  # from the foot
_CLAUSE = re.compile(
    r"^\W{0,3}(?:article|art|clause|chapitre|titre)\W{0,2}(\d{1,2}|premier|[ivxl]{1,6})(?:er)?\b",
    re.IGNORECASE,
)
# « II. », « VIII. » and « XI. » are read « IL. », « VIIL. » and « XL. » at times.
_POINT = re.compile(r"^\W{0,2}(\d{1,2}|[IVX]{1,5}|[IVX]{1,4}L)\s?(?:[.)°]|[-–—])\s*[A-ZÉÈÀ]")
# The sign of the euro is often read as a letter; what has cents is an amount without it.
_AMOUNT = re.compile(r"€|\beuros?\b|\bEUR\b|\d[.,]\d\d(?!\d)|\d{3}\s?[E£C](?!\w)", re.IGNORECASE)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_LONG = 250  # words from which a deed without its end lacks it
_CLEAR = 62.0  # mean confidence below which what is not read may well be there
_GAP = 3  # clauses 4 then 7: two headings unread are rarer than a page lost
_UNREAD = 12  # clauses of a page whose middle was left unread
_HEAD = 4  # lines from the top
_LATE = 3  # the first clause of a page that is no first page
_WORDS = 25


@dataclass(frozen=True, slots=True)
class _Clauses:
    """The numbers of the clauses that open on one page, of one style, in order."""

    numeros: tuple[int, ...]

    @property
    def suivis(self) -> bool:
        return all(0 < b - a <= 2 for a, b in pairwise(self.numeros))


def absent(type_: str, pages: Sequence[PageLue], *, titre: bool) -> str:
    """« 2, 3 » for page numbers, else `DEBUT`, `MILIEU`, `FIN` or `MOITIE`; "" where nothing shows it.

    `titre`: the first page bears the heading of its type.
    """
    told = missing(pages)
    if told:
        return ", ".join(str(n) for n in told)
    if type_ in _CARDS and any(coupee(p.texte.lignes) or libelles_coupes(p.texte.lignes) for p in pages):
        whole = any(any(rangees(p.texte.lignes)) for p in pages)  # of the card, copied again
        return "" if whole else MOITIE
    if _all_there(pages):
        return ""
    written = [p for p in pages if p.texte.mots >= _WORDS]
    if type_ == "avis_imposition" and written and sans_debut(written):
        return DEBUT
    if type_ == "avis_imposition" and written and sans_suite([p for p in pages if not p.blanche]):
        return FIN
    if type_ not in _RUNNING or not written or any(p.texte.confiance < _CLEAR for p in written):
        return ""
    if len(written) < len([p for p in pages if not p.blanche]):  # a page of signatures, or one hardly read
        signed = any(_RULER.match(plain(x.texte)) for x in pages[-1].texte.lignes)
        alone = written == [p for p in pages[:-1] if not p.blanche]
        return MILIEU if type_ in _RULED and signed and alone and _without_ruling(pages) else ""
    if not titre and _begins_inside(written[0]):
        return DEBUT
    if _jumps(written):
        return MILIEU
    if not _numbered_last(pages[-1]) and _stops_short(type_, written):
        return FIN
    if type_ == "bail" and _without_rent(written):
        return MILIEU
    if type_ in _RULED and _without_ruling(written):
        return MILIEU
    return ""


def undecided(type_: str, pages: Sequence[PageLue]) -> bool:
    """Whether something would be missing, were what was read of the pages all that they hold."""
    if not any(p.texte.partielle for p in pages) or type_ not in _READ_ON:
        return False
    if type_ in _RULED and len(pages) > 1:
        text = plain(" ".join(x.texte for p in pages for x in p.texte.lignes))
        return _ruled(text) and not _RULING.search(text)
    whole = [replace(p, texte=replace(p.texte, partielle=False)) for p in pages]
    return bool(absent(type_, whole, titre=True))


def clauses_go_on(previous: Sequence[PageLue], current: PageLue) -> bool:
    """Whether `current` opens at a clause whose number follows one before; a first clause opens a deed."""
    here = _clauses(current)
    if not here.numeros or min(here.numeros) < 2:
        return False
    head = [x.texte for x in current.texte.lignes[:_HEAD]]
    before = [n for p in previous for n in _clauses(p).numeros if n < here.numeros[0]]
    if not before or not any(_number(line) == here.numeros[0] for line in head):
        return False
    return here.numeros[0] - max(before) < (_UNREAD if previous[-1].texte.partielle else _GAP)


def _numbered_last(page: PageLue) -> bool:
    number = numbering(page)
    return number is not None and number.page == number.total


def _all_there(pages: Sequence[PageLue]) -> bool:
    """As many pages as two of them announce, each of which is in its place."""
    kept = [numbering(edges_of(p)) for p in pages if not p.blanche]
    told = [(place, n) for place, n in enumerate(kept, 1) if n is not None and n.total]
    return len(told) > 1 and all(n.total == len(kept) and n.page == place for place, n in told)


def _begins_inside(page: PageLue) -> bool:
    """In the middle of a sentence, or at a late clause with nothing before it."""
    number = numbering(page)
    if number is not None:
        return number.page > 1
    body, clauses = _body(page), _clauses(page)
    if body and body[0][0].islower() and len(body[0].split()) >= 5:
        return True
    return bool(clauses.numeros) and clauses.suivis and clauses.numeros[0] >= _LATE


def _jumps(pages: Sequence[PageLue]) -> bool:
    """Clauses that follow one another on each page, and not from one page to the next."""
    for a, b in pairwise(pages):
        if a.texte.partielle or b.texte.partielle:
            continue  # the clauses between may stand where nothing was read
        before, after = _clauses(a), _clauses(b)
        if not before.numeros or not after.numeros or not (before.suivis and after.suivis):
            continue
        if (
            min(len(before.numeros), len(after.numeros)) >= 2
            and after.numeros[0] - before.numeros[-1] >= _GAP
        ):
            return True
    return False


def _stops_short(type_: str, pages: Sequence[PageLue]) -> bool:
    text = plain(" ".join(x.texte for p in pages for x in p.texte.lignes))
    lines = [plain(x.texte) for p in pages for x in p.texte.lignes]
    words = sum(p.texte.mots for p in pages)
    if type_ in _RULED:
        foot = lines[-_SIGNED_LINES:]
        ended = _RULING.search(text) or any(_RULER.match(line) for line in foot) or not _ruled(text)
    else:
        ended = any(_END.search(line) for line in lines)
    if ended:
        return False
    return words >= _LONG or (len(_body(pages[-1])) >= 6 and _breaks_off(pages[-1]))


def _without_rent(pages: Sequence[PageLue]) -> bool:
    """A lease states its rent (loi du 6 juillet 1989, art. 3); where no page of several does, one is lost."""
    if len(pages) < 2 or any(p.texte.partielle for p in pages):
        return False
    return not any(_AMOUNT.search(x.texte) for p in pages for x in p.texte.lignes)


def _without_ruling(pages: Sequence[PageLue]) -> bool:
    """Signed, and several pages read whole of which none says what is ruled."""
    if len(pages) < 2 or any(p.texte.partielle for p in pages):
        return False
    text = plain(" ".join(x.texte for p in pages for x in p.texte.lignes))
    return _ruled(text) and not _RULING.search(text) and sum(p.texte.mots for p in pages) >= _LONG


def _ruled(text: str) -> bool:
    """Spouses who agree sign a convention before their lawyers: nobody rules."""
    return _COURT.search(text) is not None and not ("convention" in text and "avocat" in text)


def _breaks_off(page: PageLue) -> bool:
    body = _body(page)
    tail = body[-1]
    full = len(tail) >= 0.75 * max(len(line) for line in body)
    return full and ((tail[-1].isalpha() and tail[-1].islower()) or tail[-1] in ",-")


def _body(page: PageLue) -> list[str]:
    texts = [x.texte.strip() for x in page.texte.lignes]
    return [t for t in texts if len(t) > 30 and sum(c.isalpha() for c in t) > 0.6 * len(t)]


def _clauses(page: PageLue) -> _Clauses:
    """« Article 7 » where the page has some, else « 7. Objet »."""
    lines = [x.texte for x in page.texte.lignes]
    named = [n for line in lines if (m := _CLAUSE.match(line)) and (n := _value(m[1]))]
    return _Clauses(tuple(named or [n for line in lines if (n := _number(line))]))


def _number(line: str) -> int | None:
    m = _CLAUSE.match(line) or _POINT.match(line)
    return _value(m[1]) if m else None


def _value(text: str) -> int | None:
    low = text.lower()
    if low.isdigit():
        return int(low)
    if low == "premier":
        return 1
    values = [_ROMAN[c] for c in re.sub(r"(?<=[ivx])l$", "i", low) if c in _ROMAN]
    total = sum(-v if v < max(values[i + 1 :], default=0) else v for i, v in enumerate(values))
    return total or None
