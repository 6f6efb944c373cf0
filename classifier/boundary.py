"""Owns the question between two pages: does a new piece begin here? Signals add up; the strongest is told."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifier.dates import months
from classifier.decision import Decision, decide
from classifier.numbering import numbering
from classifier.scores import ScorePage, Titre
from classifier.text import plain
from intake.domain.lecture import Coupure, PageLue
from intake.domain.plan import INCONNU

# Log-odds of a new piece before anything of the page is weighed, by what the piece being built is.
_PRIOR_LONG, _PRIOR_CARD, _PRIOR_SHORT, _PRIOR_UNKNOWN = -0.4, 1.0, 1.7, 0.9
_CARDS = frozenset(
    {
        "carte_identite",
        "titre_sejour",
        "permis_conduire",
        "carte_mobilite_inclusion",
        "carte_vitale",
        "certificat_scolarite",
        "passeport",
    }
)
# Documents of several pages: running text, whose inner pages name many other types, and tables, whose do not.
_TEXTS = frozenset(
    "bail jugement_divorce jugement_expulsion jugement_tutelle contrat_travail titre_propriete "
    "ordonnance_protection arrete_insalubrite commandement_payer".split()
)
_TABLES = frozenset(
    "bilan_comptable contrat_apprentissage cerfa_demande avis_imposition livret_famille "
    "releve_bancaire".split()
)
_REFERENCE = re.compile(
    r"(?<![\w.,])(?=[A-Z0-9/\-]*\d[A-Z0-9/\-]*\d[A-Z0-9/\-]*\d)[A-Z0-9][A-Z0-9/\-]{5,19}(?![\w,])"
)
# « Article 12 – Élection de domicile » is a clause of a contract, not a document.
_CLAUSE = re.compile(r"\s*(?:article|art\.|chapitre|[IVX]{1,4}\s?[.\-–)]|\d{1,2}\s?[.\-–)°])", re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\d/.,])\d(?:[ ]?\d){8,20}(?![\d/,])")
_CLOSING = re.compile(
    r"^fait (?:a|le)\b|^signatures?\b|^cachet|pour servir et valoir|veuillez agreer|salutations distinguees|"
    r"sinceres salutations|expression de (?:mes|nos)|je vous prie d agreer|^lu et approuve"
)
# Who signs, alone on a line; the same words in running text mean nothing.
_SIGNER = re.compile(
    r"^(?:le |la |l |pour le |pour la )"
    r"(?:employeur|notaire|officier de l etat civil|prefet|directeur|directrice|"
    r"maire|proviseur|bailleur|proprietaire|medecin|service|responsable|president|presidente|greffier|greffiere|"
    r"gerant|secretaire|commissaire|huissier|juge|agent)\b(?: \w+){0,4}$"
)
_OPENING = re.compile(
    r"\bobjet\b|madame monsieur|references? a rappeler|\bdestinataire\b|nos references|vos references"
)
_ADDRESS = re.compile(r"\b\d{5}\s+[A-ZÉÈ][A-ZÉÈ\- ]{2,}")
_CARD_BACK = (
    "taille",
    "adresse",
    "domicile",
    "delivree le",
    "prefet",
    "valable jusqu",
    "height",
    "signature de l autorite",
    "authority",
    "remarks",
    "remarques",
    "date de delivrance",
)


@dataclass
class _Weigher:
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


def judge(
    previous: Sequence[PageLue], before: Sequence[ScorePage], current: PageLue, score: ScorePage
) -> Coupure:
    """Whether `current` opens a new piece after `previous`, the pages of the piece being built."""
    if not previous:
        return Coupure(1.0, "première page")
    kind = decide(before, 90.0)
    long = _is_long(kind, before)
    weigher = _Weigher(_prior(kind, long))
    mine = decide([score], 90.0)
    numbered = _numbering(weigher, previous, current)
    if not current.texte.qualite.lisible and not numbered:
        # A page nobody can read is a question of its own: it must not hide in its neighbour (R2).
        weigher.add(3.0, "page illisible, mise à part")
    heading = _heading(weigher, kind, mine, before, current, score, numbered=numbered, long=long)
    if heading is not None and heading.regle.sosie and mine.type == kind.type:
        heading = None  # « conditions générales » of the contract being read
    closed = _running_text(weigher, previous[-1], current)
    _types(weigher, kind, mine, heading, closed=closed, long=long)
    _card_back(weigher, kind, previous, before, current, score)
    if kind.type not in _CARDS or current.texte.mots > 90:
        _opening(weigher, current)
    _references(
        weigher, kind, previous, current, repeated=heading is not None and heading.regle.type == kind.type
    )
    if _second_face(before, score):
        weigher.add(-4.5, "autre face du même document")
    elif score.mrz is not None and score.mrz.type != kind.type:
        weigher.add(2.5, "bande de lecture optique d'une autre pièce")
    _layout(weigher, kind, previous[-1], current)
    return weigher.answer()


def _is_long(kind: Decision, before: Sequence[ScorePage]) -> bool:
    """Whether pieces of this type usually go on; an attestation about one of them is a letter."""
    head = before[0].entete()
    letter = head is not None and plain(head.phrase).startswith("attestation")
    return kind.type in _TEXTS | _TABLES and not letter


def _prior(kind: Decision, long: bool) -> float:
    if kind.type == INCONNU or kind.confiance < 0.6:
        return _PRIOR_UNKNOWN
    if kind.type in _CARDS:
        return _PRIOR_CARD
    return _PRIOR_LONG if long else _PRIOR_SHORT


def _numbering(weigher: _Weigher, previous: Sequence[PageLue], current: PageLue) -> bool:
    """True when the number says that the page goes on."""
    here, last = numbering(current), numbering(previous[-1])
    if here is None:
        if last is not None and last.total and last.page == last.total:
            weigher.add(2.5, f"la pièce précédente s'achève à la page {last}")
        elif last is not None and last.total and last.page < last.total:
            weigher.add(-1.5, f"la page précédente est numérotée {last}")
        return False
    if here.page == 1:
        weigher.add(4.5 if here.total else 3.0, f"page numérotée {here}")
        return False
    follows = last is not None and here.page == last.page + 1 and here.total == last.total
    if follows:
        weigher.add(-6.0 if here.total else -4.5, f"page numérotée {here}, à la suite de {last}")
        return True
    if last is None and here.page == len(previous) + 1:
        weigher.add(-3.5, f"page numérotée {here}")
        return True
    if last is not None and (here.total != last.total or here.page <= last.page):
        weigher.add(2.0, f"page numérotée {here} après une page numérotée {last}")
        return False
    weigher.add(-1.5, f"page numérotée {here}")
    return here.page > 1


def _heading(
    weigher: _Weigher,
    kind: Decision,
    mine: Decision,
    before: Sequence[ScorePage],
    current: PageLue,
    score: ScorePage,
    *,
    numbered: bool,
    long: bool,
) -> Titre | None:
    head = _top_heading(current, score)
    if head is None:
        weigher.add(-1.3 if long else -0.9, "pas de titre en haut de la page")
        return None
    weight = 3.6 * min(1.0, head.poids / 10) * head.emphase
    if _second_face(before, score) or _child_of_booklet(kind, head):
        return None
    known = next((b for b in before[:1] for t in [b.entete()] if t is not None), None)
    same = head.regle.type == kind.type and not head.regle.sosie
    if numbered:
        weight *= 0.3
    elif long and not same:
        # A clause's title, unless the whole page speaks for the document of that name.
        confirmed = mine.type == head.regle.type and mine.confiance >= 0.8
        weight = weight * 0.6 if confirmed and not head.regle.sosie else weight * 0.25 - 0.7
    if same and long and known is not None and _other_title(known, head):
        weight *= 0.25  # « Bilan passif » after « Bilan actif »: a part of the same document
    if same and kind.type == "cerfa_demande":
        weight = -1.5  # its title is printed on each of its pages
    if same and known is None:
        weight *= 0.6  # the first page had no heading: this may be its second face
    weigher.add(weight, f"titre « {head.phrase} » en haut de la page")
    return head


def _other_title(known: ScorePage, head: Titre) -> bool:
    first = known.entete()
    return first is not None and first.phrase != head.phrase


def _second_face(before: Sequence[ScorePage], score: ScorePage) -> bool:
    """A cover or a front without a zone, then the face of the same document that has it."""
    if len(before) != 1 or score.mrz is None or before[0].mrz is not None or before[0].mots >= 60:
        return False
    return any(t.regle.type == score.mrz.type for t in before[0].titres)


def _child_of_booklet(kind: Decision, head: Titre) -> bool:
    """A livret holds an extract for each child; a copy asked for at the mairie is another document."""
    if kind.type != "livret_famille" or head.regle.type not in {
        "livret_famille",
        "acte_naissance",
        "acte_deces",
    }:
        return False
    title = plain(head.phrase)
    return title.startswith("extrait de l acte") or "enfant" in title


def _top_heading(current: PageLue, score: ScorePage) -> Titre | None:
    lines = current.texte.lignes
    if not lines:
        return None
    top = min(line.boite[1] for line in lines)
    span = max(1, max(line.boite[3] for line in lines) - top)
    heads = [
        t
        for t in score.titres
        if t.emphase >= 0.6
        and not _CLAUSE.match(lines[t.lieu.ligne].texte)
        and t.poids >= 5
        and ((lines[t.lieu.ligne].boite[1] - top) / span < 0.38 or t.lieu.ligne < 6)
    ]
    return max(heads, key=lambda t: t.poids * t.emphase, default=None)


def _types(
    weigher: _Weigher, kind: Decision, mine: Decision, heading: Titre | None, *, closed: bool, long: bool
) -> None:
    if (
        kind.type == "livret_famille"
        and mine.type in {"livret_famille", "acte_naissance"}
        and heading is None
    ):
        weigher.add(-3.2, "feuillet suivant du livret de famille")
        return
    known = kind.type != "inconnu" and kind.confiance >= 0.6
    sure = mine.type != "inconnu" and mine.confiance >= 0.6
    if known and sure and kind.type != mine.type:
        inner = long and heading is None
        strength = ((1.0 if kind.type in _TEXTS else 1.8) + 0.6 * closed) if inner else 2.6
        weigher.add(strength * mine.confiance, f"autre type de pièce : {mine.type}")
    elif known and sure and heading is None:
        weigher.add(-1.2 if long else -0.4, "même type de pièce, sans nouveau titre")
    elif not known and sure:
        weigher.add(1.5, f"début d'une pièce reconnue : {mine.type}")
    elif known and long and heading is None:
        weigher.add(-1.0, "suite probable d'une pièce de plusieurs pages")


def _card_back(
    weigher: _Weigher,
    kind: Decision,
    previous: Sequence[PageLue],
    before: Sequence[ScorePage],
    current: PageLue,
    score: ScorePage,
) -> None:
    """The back of a card holds its zone or its address, not its title."""
    if kind.type not in _CARDS or len(previous) != 1 or current.texte.mots > 90:
        return
    if previous[0].texte.mots > 120:
        return
    front_zone, back_zone = before[0].mrz, score.mrz
    if back_zone is not None and front_zone is None and back_zone.type == kind.type:
        weigher.add(-4.5, "verso de la carte : bande de lecture optique")
        return
    text = plain(current.texte.texte)
    if sum(word in text for word in _CARD_BACK) >= 2:
        weigher.add(-3.0, "verso de la carte")
    elif current.texte.mots < 40 and previous[0].texte.mots < 90:
        weigher.add(-1.2, "face de carte sans titre")


def _running_text(weigher: _Weigher, last: PageLue, current: PageLue) -> bool:
    """True when the page before ends as a document ends."""
    ends, begins = _body(last), _body(current)
    if not ends or not begins:
        return False
    tail, head = ends[-1], begins[0]
    full = len(tail) >= 0.75 * max(len(line) for line in ends)  # a short last line ends a paragraph
    open_end = full and ((tail[-1].isalpha() and tail[-1].islower()) or tail[-1] in ",-")
    if open_end and head[0].islower():
        weigher.add(-2.6, "la phrase de la page précédente continue")
    elif head[0].islower() and len(head.split()) > 4:
        weigher.add(-1.6, "la page commence au milieu d'une phrase")
    tails = [plain(line.texte) for line in last.texte.lignes]
    closed = any(_CLOSING.search(line) for line in tails[-max(4, len(tails) // 3) :])
    closed = closed or any(_SIGNER.match(line) for line in tails[-6:])
    if closed:
        weigher.add(1.4, "la page précédente se termine par une signature ou une formule de fin")
    return closed


def _body(page: PageLue) -> list[str]:
    """Lines of running text: page numbers and footers in a few words apart."""
    texts = [line.texte.strip() for line in page.texte.lignes]
    return [t for t in texts if len(t) > 12 and sum(c.isalpha() for c in t) > 0.5 * len(t)]


def _opening(weigher: _Weigher, current: PageLue) -> None:
    lines = [line.texte for line in current.texte.lignes]
    head = lines[: max(8, len(lines) // 3)]
    if _OPENING.search(plain(" ".join(head))):
        weigher.add(1.3, "en-tête de courrier")
    if any(_DATED.search(plain(line)) for line in head):
        weigher.add(0.8, "date en haut de la page")
    if sum(bool(_ADDRESS.search(line)) for line in head) >= 2:
        weigher.add(1.2, "blocs d'adresse en haut de la page")
    elif any(_ADDRESS.search(line) for line in head):
        weigher.add(0.5, "adresse en haut de la page")


_DATED = re.compile(r"^(?:fait )?a [a-z ]{3,40} le \d|^le \d{1,2} |^date ")


def _references(
    weigher: _Weigher,
    kind: Decision,
    previous: Sequence[PageLue],
    current: PageLue,
    *,
    repeated: bool,
) -> None:
    """The same long numbers on both pages bind them, unless both begin the same periodic document."""
    mine, theirs = _numbers(current), _numbers(previous[0]) | _numbers(previous[-1])
    shared = {number for number in mine & theirs if len(number) >= 7}
    if shared and not repeated:
        weigher.add(-min(2.4, 1.4 + 0.5 * len(shared)), "mêmes références que la page précédente")
    if repeated and shared and kind.type in _TEXTS | _TABLES:
        weigher.add(-2.0, "même en-tête et mêmes références que la page précédente")
    if repeated:
        first, here = _first_month(previous[0]), _first_month(current)
        if first and here and first != here:
            weigher.add(1.8, "même document pour une autre période")
        elif first and first == here and shared:
            weigher.add(-1.6, "même document, même période, mêmes références")


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


def _first_month(page: PageLue) -> tuple[int, int] | None:
    from classifier.dates import dates

    for line in page.texte.lignes:
        named = months(line.texte)
        if named:
            return named[0][:2]
        span = dates(line.texte)
        if len(span) >= 2 and 0 <= (span[1].jour - span[0].jour).days <= 45:
            return span[0].jour.year, span[0].jour.month
    return None


def _layout(weigher: _Weigher, kind: Decision, last: PageLue, current: PageLue) -> None:
    a, b = last.texte, current.texte
    if a.hauteur and b.hauteur:
        shapes = a.largeur / a.hauteur, b.largeur / b.hauteur
        if abs(math.log(shapes[0] / max(0.01, shapes[1]))) > 0.12:
            weigher.add(1.3, "autre format de page")
    if a.origine != b.origine and min(a.mots, b.mots) >= 10:
        weigher.add(0.8, "page d'une autre origine")
    if _edge_lines(last) & _edge_lines(current):
        weigher.add(-1.2 if kind.type in _TEXTS | _TABLES else -0.5, "même en-tête ou pied de page")


def _edge_lines(page: PageLue) -> set[str]:
    lines = [re.sub(r"\d+", "", plain(line.texte)).strip() for line in page.texte.lignes]
    return {line for line in lines[:2] + lines[-3:] if len(line) >= 14}
