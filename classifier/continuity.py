"""Owns what two pages say of their belonging together: text that runs on, references, layout."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import fuzz, process

from classifier.dates import dates, months
from classifier.decision import Decision
from classifier.text import plain
from intake.domain.lecture import Coupure, PageLue

JUDGMENTS = frozenset({"jugement_divorce", "jugement_expulsion", "jugement_tutelle", "ordonnance_protection"})
# What says how it may be contested, on a page of its own.
DECISIONS = JUDGMENTS | frozenset(
    "notification_mdph notification_retraite pension_invalidite indemnites_journalieres bourse "
    "attestation_caf attestation_france_travail arrete_insalubrite avis_imposition".split()
)
# Documents of several pages: running text, whose inner pages name many other types, and tables, whose do not.
TEXTS = frozenset(
    "bail jugement_divorce jugement_expulsion jugement_tutelle contrat_travail titre_propriete "
    "ordonnance_protection arrete_insalubrite commandement_payer".split()
)
TABLES = frozenset(
    "bilan_comptable contrat_apprentissage cerfa_demande avis_imposition livret_famille "
    "releve_bancaire".split()
)
_REFERENCE = re.compile(
    r"(?<![\w.,])(?=[A-Z0-9/\-]*\d[A-Z0-9/\-]*\d[A-Z0-9/\-]*\d)[A-Z0-9][A-Z0-9/\-]{5,19}(?![\w,])"
)
_GROUPED = re.compile(r"(?<![\d/.,])\d(?:[ ]?\d){8,20}(?![\d/,])")
_CLOSING = re.compile(
    r"^fait (?:a|le)\b|^signatures?\b|^cachet|pour servir et valoir|veuillez agreer|salutations distinguees|"
    r"pour copie (?:certifiee )?conforme|sinceres salutations|expression de (?:mes|nos)|"
    r"je vous prie d agreer|^lu et approuve"
)
# Who signs, alone on a line; the same words in running text mean nothing.
_SIGNER = re.compile(
    r"^(?:le |la |l |pour le |pour la )"
    r"(?:employeur|notaire|officier de l etat civil|prefet|directeur|directrice|"
    r"maire|proviseur|bailleur|proprietaire|medecin|service|responsable|president|presidente|greffier|greffiere|"
    r"gerant|secretaire|commissaire|huissier|juge|agent|declarante?|plaignante?)\b(?: \w+){0,4}$"
)
_OPENING = re.compile(
    r"\bobjet\b|madame monsieur|references? a rappeler|\bdestinataire\b|nos references|vos references"
)
_SUBJECT = re.compile(r"objet\b")
_SIGNATURES = 30  # words at most of a page that holds nothing but the signatures of the one before
# Lines; words of one; confidence; share of the width.
_QUESTIONS, _SHORT, _READ_WELL, _MARGIN = 3, 6, 85.0, 0.03
_WORDY, _SAME = 50, 75.0  # words of a page that has its own; likeness of two readings of one, 0–100
_FORM_LINES, _FORM_WORDS = 8, 20  # labels, and words, in common below which two pages are not one form
# Who speaks, at the head of an act's first page and of no other.
_AUTHORITY = re.compile(
    r"^(?:republique francaise|au nom du peuple francais|ministere d|prefecture d|etude de m|"
    r"(?:le )?tribunal (?:judiciaire|de grande instance|d instance|de proximite|pour enfants)|cour d appel|"
    r"mairie d|commune d|ville d|departement d|conseil departemental)"
)
_HEAD_LINES = 8
_ATTESTS = re.compile(r"attestation (?:d|de|du|des|sur|pour)\b")
_ATTESTING = re.compile(
    r"\bsoussigne|\batteste(?:nt|ons)? (?:que|sur|par|avoir)\b|\bcertifie(?:nt|ons)? (?:que|sur|avoir)\b"
)
_TITLE_LINES = 12  # from the top, under a letterhead and an address
_LARGE, _TITLE_WORDS = 1.35, 7  # a title that no rule knows: times the usual height of a line, words at most
ADDRESS = re.compile(r"\b\d{5}\s+[A-ZÉÈ][A-ZÉÈ\- ]{2,}")
_SECTION = re.compile(
    r"(?:expose d(?:u litige|es faits)|faits (?:et )?procedure|motifs d(?:e la decision|u jugement)|"
    r"pretentions|moyens|discussion|sur (?:la competence|le fond)|par ces motifs|dispositif)\b"
)
# What comes after who pronounced it has signed.
_APPEAL = re.compile(
    r"(?:notification et voies de recours|voies de recours|pour (?:expedition|copie) certifiee)\b"
)
_RECOURSE = re.compile(
    r"(?:(?:vos )?(?:voies?(?: et delais?)? de )?recours|contester (?:cette|la|une) decision)"
    r"(?: (?:dossier|reference|ref|n|no)\b.*)?"
)
# The sentence beside its title: how to contest the decision of whoever is named before, and nobody else's.
_RECOURSE_AND_MORE = re.compile(r"voies? de recours si vous contestez\b.*")
# « BERNARD Karim », « Mme Marie DUPONT »: a surname in capitals beside a given name, or a civility.
PERSON = re.compile(
    r"(?:\b[A-ZÀ-Þ][A-ZÀ-Þ'’\-]+ [A-ZÀ-Þ][a-zß-ÿ]+|\b[A-ZÀ-Þ][a-zß-ÿ]+ [A-ZÀ-Þ]{2}[A-ZÀ-Þ'’\-]*|"
    r"\b(?:M\.|Mme|Monsieur|Madame) [A-ZÀ-Þ][\w'’\-]+(?: [A-ZÀ-Þ][\w'’\-]+)?)"
)
_RECKONED = re.compile(
    r"(?:les )?(?:elements|details?) (?:de|du) (?:votre )?calcul(?: d(?:e|u) .{1,30})?|"
    r"(?:calcul|detail) de (?:votre|la|l) ?(?:retraite|pension|allocation|rente)(?: \w+){0,2}"
)
_SECTION_LINES = 3
_ANNEX = re.compile(
    r"\W*(?:[IVXL\d]{1,5}[ .)]{1,3})?annexes?\s*(?:n°\s*)?(?:\d{1,2}|[IVX]{1,4})?\s*(?:[—–\-:.]|$)",
    re.IGNORECASE,
)
_ANNEX_LINES = 3  # lines from the top among which it is a title


@dataclass
class Weigher:
    """A sum of log-odds; positive begins a piece."""

    total: float
    reasons: list[tuple[float, str]] = field(default_factory=list)

    def add(self, value: float, reason: str) -> None:
        self.total += value
        self.reasons.append((value, reason))

    def answer(self) -> Coupure:
        probability = 1 / (1 + math.exp(-self.total))
        agreeing = [(abs(v), r) for v, r in self.reasons if v * self.total > 0]
        reason = max(agreeing)[1] if agreeing else "aucun indice net de continuité"
        return Coupure(round(probability, 3), reason)


def running_text(weigher: Weigher, last: PageLue, current: PageLue) -> None:
    ends, begins = _body(last), _body(current)
    if not ends or not begins:
        return
    tail, head = ends[-1], begins[0]
    full = len(tail) >= 0.75 * max(len(line) for line in ends)  # a short last line ends a paragraph
    open_end = full and ((tail[-1].isalpha() and tail[-1].islower()) or tail[-1] in ",-")
    if open_end and head[0].islower():
        weigher.add(-2.6, "la phrase de la page précédente continue")
    elif head[0].islower() and len(head.split()) > 4:
        weigher.add(-1.6, "la page commence au milieu d'une phrase")


def closing(weigher: Weigher, previous: Sequence[PageLue]) -> bool:
    """True when the piece ends as a document ends: on its last page, or before a page of signatures."""
    closed = _closes(previous[-1])
    if not closed and len(previous) > 1 and previous[-1].texte.mots < _SIGNATURES:
        closed = _closes(previous[-2])
    if closed:
        weigher.add(1.4, "la page précédente se termine par une signature ou une formule de fin")
    return closed


def _closes(last: PageLue) -> bool:
    tails = [plain(line.texte) for line in last.texte.lignes]
    ends = any(_CLOSING.search(line) for line in tails[-max(4, len(tails) // 3) :])
    return ends or any(_SIGNER.match(line) for line in tails[-6:])


def _body(page: PageLue) -> list[str]:
    """Lines of running text: page numbers and footers in a few words apart."""
    texts = [line.texte.strip() for line in page.texte.lignes]
    return [t for t in texts if len(t) > 12 and sum(c.isalpha() for c in t) > 0.5 * len(t)]


def opening(weigher: Weigher, current: PageLue) -> None:
    lines = [line.texte for line in current.texte.lignes]
    head = lines[: max(8, len(lines) // 3)]
    if any(_SUBJECT.match(plain(line)) for line in lines[:14]) or _OPENING.search(plain(" ".join(head))):
        weigher.add(1.3, "en-tête de courrier")
    if any(_DATED.search(plain(line)) for line in head):
        weigher.add(0.8, "date en haut de la page")
    if sum(bool(ADDRESS.search(line)) for line in head) >= 2:
        weigher.add(1.2, "blocs d'adresse en haut de la page")
    elif any(ADDRESS.search(line) for line in head):
        weigher.add(0.5, "adresse en haut de la page")


def letterhead(weigher: Weigher, previous: Sequence[PageLue], current: PageLue) -> None:
    """A head that the piece being built does not have: an authority's, or a title of which no rule knows."""
    lines = current.texte.lignes
    theirs = {plain(line.texte) for p in previous for line in p.texte.lignes}
    head = [plain(line.texte) for line in lines[:_HEAD_LINES]]
    if any(_AUTHORITY.match(line) and line not in theirs for line in head):
        weigher.add(1.5, "en-tête d'une autorité, que la pièce précédente n'a pas")
    elif any(line not in theirs for line in _large(current)):
        weigher.add(1.0, "titre en grand en haut de la page")


def attests(page: PageLue) -> str:
    """The title, in capitals on its line, of an attestation of a kind that is in no list; "" if none."""
    if not any(_ATTESTING.search(plain(line.texte)) for line in page.texte.lignes):
        return ""  # a clause about a paper to be given
    for line in page.texte.lignes[:_TITLE_LINES]:
        text = line.texte.strip(" .:—–-")
        if text == text.upper() and _ATTESTS.match(plain(text)) and len(text.split()) > 1:
            return text
    return ""


def authority(lines: Sequence[str]) -> bool:
    """Whether an authority speaks on one of plain `lines`."""
    return any(_AUTHORITY.match(line) for line in lines)


def judgment_goes_on(current: PageLue, *, closed: bool) -> bool:
    """Whether the page begins with a part of a judgment; signed, it has only its ways of appeal to tell."""
    lines = [plain(line.texte) for line in current.texte.lignes[:_SECTION_LINES]]
    if authority(lines):
        return False
    parts = (_APPEAL,) if closed else (_APPEAL, _SECTION)
    return any(part.match(line) for part in parts for line in lines)


def ways_of_appeal(previous: Sequence[PageLue], current: PageLue) -> bool:
    """« RECOURS » at the top: how to contest what was decided on the page before, whoever decided it."""
    more = _titled(current, _RECOURSE_AND_MORE) and _nothing_of_its_own(previous, current)
    return more or _titled(current, _RECOURSE)


def reckoning(previous: Sequence[PageLue], current: PageLue) -> bool:
    """« ÉLÉMENTS DE CALCUL » at the top: what led to the amount decided on the page before.

    Not where it has a number of its own, or somebody's name: that of another's pension.
    """
    return _titled(current, _RECKONED) and _nothing_of_its_own(previous, current)


def _nothing_of_its_own(previous: Sequence[PageLue], current: PageLue) -> bool:
    before = {number for page in previous for number in _numbers(page)}
    said = plain(" ".join(line.texte for page in previous for line in page.texte.lignes))
    people = (plain(m[0]) for line in current.texte.lignes for m in PERSON.finditer(line.texte))
    return _numbers(current) <= before and all(name in said for name in people)


def _titled(current: PageLue, title: re.Pattern[str]) -> bool:
    """Whether it begins so, and is nobody's letter."""
    lines = [line.texte for line in current.texte.lignes]
    head = lines[:_HEAD_LINES]
    if any(ADDRESS.search(line) for line in head) or _OPENING.search(plain(" ".join(head))):
        return False
    return any(title.fullmatch(plain(line)) for line in lines[:_SECTION_LINES])


def annex(current: PageLue) -> bool:
    """« ANNEXE 2 — NOTICE D'INFORMATION » at the top; « Annexe de la mairie » is a letterhead."""
    return any(_ANNEX.match(line.texte) for line in current.texte.lignes[:_ANNEX_LINES])


def _large(page: PageLue) -> list[str]:
    """Short lines of large letters in the upper part of a page."""
    lines = page.texte.lignes
    heights = sorted(line.boite[3] - line.boite[1] for line in lines)
    if len(heights) < _HEAD_LINES:
        return []
    usual = heights[len(heights) // 2]
    return [
        plain(line.texte)
        for line in lines
        if line.boite[3] - line.boite[1] > _LARGE * usual
        and line.boite[1] < 0.35 * page.texte.hauteur
        and len(line.texte.split()) <= _TITLE_WORDS
        and sum(c.isalpha() for c in line.texte) >= max(5, 0.8 * len(line.texte.replace(" ", "")))
        and line.confiance > 70
    ]


_DATED = re.compile(r"^(?:fait )?a [a-z ]{3,40} le \d|^le \d{1,2} |^date ")


def references(
    weigher: Weigher,
    kind: Decision,
    previous: Sequence[PageLue],
    current: PageLue,
    *,
    repeated: bool,
) -> None:
    """The same long numbers on both pages bind them, unless both begin the same periodic document."""
    same = shared(previous, current)
    if same and not repeated:
        weigher.add(-min(2.4, 1.4 + 0.5 * len(same)), "mêmes références que la page précédente")
    if repeated and same and kind.type in TEXTS | TABLES:
        weigher.add(-2.0, "même en-tête et mêmes références que la page précédente")
    if repeated:
        first, here = _first_month(previous[0]), _first_month(current)
        if first and here and first != here:
            weigher.add(1.8, "même document pour une autre période")
        elif first and first == here and same:
            weigher.add(-1.6, "même document, même période, mêmes références")


def shared(previous: Sequence[PageLue], current: PageLue) -> set[str]:
    """The long numbers that `current` has in common with the first page of a piece, or with its last."""
    mine, theirs = _numbers(current), _numbers(previous[0]) | _numbers(previous[-1])
    return {number for number in mine & theirs if len(number) >= 7}


def _numbers(page: PageLue) -> set[str]:
    found = set()
    for line in page.texte.lignes:
        for m in _REFERENCE.finditer(line.texte):
            if not re.fullmatch(
                r"0\d{9}|\d{1,2}[/\-]\d{1,2}[/\-]\d{2,4}|\d{5}|(?:19|20)\d\d[/\-](?:19|20)?\d\d|"
                r"\d\d-\d{2,4}|[LRD]\d+-\d+(?:-\d+)?",
                m[0],
            ):
                found.add(m[0])
        for m in _GROUPED.finditer(line.texte):
            digits = re.sub(r"\D", "", m[0])
            if not re.fullmatch(r"0\d{9}", digits):
                found.add(digits)
    return found


def same_form(first: PageLue, current: PageLue) -> bool:
    """Whether `current` has line for line the labels of `first`: what a second page never has.

    Figures apart; of a payslip whose title, white on black, was read on neither.
    """
    theirs, mine = _labels(first), _labels(current)
    # Of a page whose middle was left unread, head and foot: what is printed between proves nothing. But a
    # long paper has its head and foot on each page, of one month.
    partial = first.texte.partielle != current.texte.partielle and another_month(first, current)
    size = min(len(mine), len(theirs)) if partial else max(len(mine), len(theirs))
    if len(mine & theirs) >= max(_FORM_LINES, 0.7 * size):
        return True
    words, others = _words(current), _words(first)  # whatever cells the two scans put on one line
    return len(words & others) >= max(_FORM_WORDS, 0.75 * max(len(words), len(others)))


def of_one_paper(previous: Sequence[PageLue], current: PageLue) -> bool:
    """Whether `current` has a number of the pages before it, and is not their form filled in again."""
    theirs, mine = _labels(previous[0]), _labels(current)
    again = 2 * len(mine & theirs) > min(len(mine), len(theirs))
    return bool(shared(previous, current)) and not again


def same_page(first: PageLue, current: PageLue) -> bool:
    """Whether `current` is `first` scanned again, or its form filled in again, badly read though both are."""
    words = min(first.texte.mots, current.texte.mots)
    if words < _WORDY or max(first.texte.mots, current.texte.mots) > 1.5 * words:
        return False
    alike = fuzz.ratio(plain(first.texte.texte), plain(current.texte.texte), score_cutoff=_SAME) > 0
    return alike and not _other_questions(first, current)


def _other_questions(first: PageLue, current: PageLue) -> bool:
    """Whether most of the short lines at the left of each, read well, stand nowhere on the other.

    The pages of one form have its head and its small print in common, and not their questions.
    """
    mine, its = _at_the_left(current), _at_the_left(first)
    fewer = min(len(mine), len(its))
    if fewer < _QUESTIONS:
        return False
    common = sum(process.extractOne(q, its, scorer=fuzz.ratio, score_cutoff=_SAME) is not None for q in mine)
    return 2 * common < fewer


def _at_the_left(page: PageLue) -> list[str]:
    read = [x for x in page.texte.lignes if x.confiance >= _READ_WELL]
    edge = min((x.boite[0] for x in read), default=0) + _MARGIN * page.texte.largeur
    lines = [plain(x.texte) for x in read if x.boite[0] <= edge]
    return [line for line in lines if 0 < len(line.split()) <= _SHORT]


def _words(page: PageLue) -> set[str]:
    return {w for line in page.texte.lignes for w in plain(line.texte).split() if len(w) > 3 and w.isalpha()}


def _labels(page: PageLue) -> set[str]:
    lines = (re.sub(r"\W*\d[\d.,]*\W*", " ", plain(line.texte)).strip() for line in page.texte.lignes)
    return {line for line in lines if len(line) >= 8}


def another_month(first: PageLue, current: PageLue) -> bool:
    """Whether both pages say which month they are about, and not the same."""
    theirs, mine = _first_month(first), _first_month(current)
    return theirs is not None and mine is not None and theirs != mine


def _first_month(page: PageLue) -> tuple[int, int] | None:
    for line in page.texte.lignes:
        named = months(line.texte)
        if named:
            return named[0].annee, named[0].mois
        for begins, ends in pairwise(dates(line.texte)):  # « du 01/07 au 31/07 », behind another day at times
            if 0 <= (ends.jour - begins.jour).days <= 45:
                return begins.jour.year, begins.jour.month
    return None


def layout(weigher: Weigher, kind: Decision, last: PageLue, current: PageLue) -> None:
    a, b = last.texte, current.texte
    if a.hauteur and b.hauteur:
        shapes = a.largeur / a.hauteur, b.largeur / b.hauteur
        if abs(math.log(shapes[0] / max(0.01, shapes[1]))) > 0.12:
            weigher.add(1.3, "autre format de page")
    if a.origine != b.origine and min(a.mots, b.mots) >= 10:
        weigher.add(0.8, "page d'une autre origine")
    if _edge_lines(last) & _edge_lines(current):
        weigher.add(-1.2 if kind.type in TEXTS | TABLES else -0.5, "même en-tête ou pied de page")


def _edge_lines(page: PageLue) -> set[str]:
    lines = [re.sub(r"\d+", "", plain(line.texte)).strip() for line in page.texte.lignes]
    return {line for line in lines[:2] + lines[-3:] if len(line) >= 14}
