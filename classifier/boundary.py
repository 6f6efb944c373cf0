"""Owns the question between two pages: does a new piece begin here? Signals add up; the strongest is told."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from classifier import avis, comptes
from classifier.cards import CARDS, blurred_page, card_back, second_face, titled_twice
from classifier.completeness import clauses_go_on
from classifier.continuity import (
    DECISIONS,
    JUDGMENTS,
    TABLES,
    TEXTS,
    Weigher,
    annex,
    another_month,
    attests,
    authority,
    closing,
    judgment_goes_on,
    layout,
    letterhead,
    of_one_paper,
    opening,
    reckoning,
    references,
    running_text,
    same_form,
    same_page,
    ways_of_appeal,
)
from classifier.decision import Decision, decide
from classifier.numbering import numbering
from classifier.scores import ScorePage, Titre
from classifier.text import plain
from intake.domain.lecture import MENSUELS, Coupure, PageLue
from intake.domain.plan import INCONNU

# Log-odds of a new piece before anything of the page is weighed, by what the piece being built is.
_PRIOR_LONG, _PRIOR_CARD, _PRIOR_SHORT, _PRIOR_UNKNOWN = -0.4, 1.0, 1.7, 0.9
# « Article 12 – Élection de domicile » is a clause of a contract, not a document.
# Nor a paper of the file that a judgment has seen: « Vu le certificat médical circonstancié ».
# Nor is « — PRONONCE le divorce », an item of a list, a title; « — ATTESTATION — » is one between two rules.
_CLAUSE = re.compile(
    r"\s*(?:article|art\.|chapitre|(?:vu|considérant|attendu)\b|[IVX]{1,4}\s?[.\-–)]|\d{1,2}\s?[.\-–)°]|[—–\-•*]\s?\w(?!.*[—–\-]\s*$))",
    re.IGNORECASE,
)
_CONTRACTS = {"contrat_travail", "contrat_apprentissage"}  # the clauses of one are those of the other
_CLEAR = 75.0  # mean confidence from which words are those that were printed
_LETTER, _SCRAWL, _PRINT = 40, 55.0, 85.0  # words of a letter; mean confidences of handwriting, of print
_RULING = re.compile(r"(?:par|pour) ces motifs\b|dispositif\b|motifs (?:de la decision|du jugement)\b")
_LEAF = re.compile(
    r"(?:epoux|epouse|mari|femme) ou (?:pere|mere)\b|(?:pere|mere) ou (?:pere|mere|epoux|epouse)\b|"
    r"(?:premier|second|deuxieme|troisieme|quatrieme|cinquieme|1er|[2-6] ?e(?:me)?) (?:enfant|parent)\b"
)
_INNER_PAGE = re.compile(r"\bpages? (?:[2-9]|\d\d)\b", re.IGNORECASE)  # « page 8 du livret de famille »
_CONTINUED = re.compile(r"\(suite\)\W*$|^\W*suite\W*$", re.IGNORECASE)
_LIST = re.compile(
    r"\b(?:annexes?|pieces?|documents?|liste|joindre|joints?|joint(?:e|es)|retourner|fournir)\b"
)
_SUBJECT = re.compile(r"\W{0,3}objet\b", re.IGNORECASE)
_HEAD_OF_PAGE = 0.31  # of its height: a letter of a few lines has its title in the middle of what it says
_HEAD = 6  # lines from the top among which a title is one wherever on its line it stands
_OF_CHILDREN = re.compile(r"\bextraits? des actes de naissance des enfants\b|\b(?:premier|deuxieme) enfant\b")
# Of an act that a mairie delivers by itself, and of a death, which its own page of the booklet tells.
_ISSUED = re.compile(r"copie integrale|^extrait d(?:u| acte)|acte de deces|certifie[e]? conforme")
_COVER = 15  # words at most of the cover of a livret
_WORDS = 15  # below which what a page lacks proves nothing
_SOME, _UNREADABLE = 3, 3.8  # words; log-odds of a page with fewer, of which no count may dispose
_NOT_ITS_WORDS, _LEAST_LIKELY = 0.02, 0.0002  # share of the model's belief in the piece's type, for a page
_OTHER_SUBJECT, _SOME_SIGN = "mots d'un tout autre sujet", 0.5
_ATTESTED = 2.2  # log-odds of a title that attests something
_AGAIN = 6.5  # log-odds of a new piece where its first page comes again


def judge(
    previous: Sequence[PageLue], before: Sequence[ScorePage], current: PageLue, score: ScorePage
) -> Coupure:
    """Whether `current` opens a new piece after `previous`, the pages of the piece being built."""
    if not previous:
        return Coupure(1.0, "première page")
    kind = decide(before, 90.0)
    long = _is_long(kind, before)
    weigher = Weigher(_prior(kind, long))
    mine = decide([score], 90.0)
    stranger = _stranger(kind, mine, long=long)
    goes_on = mine.type in (kind.type, INCONNU)
    numbered = _numbering(weigher, previous, current, stranger=stranger, goes_on=goes_on)
    back = kind.type in CARDS and len(previous) == 1 and not blurred_page(current)
    if not current.texte.qualite.lisible and not numbered and not back:
        # A page nobody can read is a question of its own: it must not hide in its neighbour (R2).
        weigher.add(3.0 if current.texte.mots >= _SOME else _UNREADABLE, "page illisible, mise à part")
    if not numbered and not back and _handwritten(previous[-1], current):
        weigher.add(3.0, "page manuscrite après une page imprimée")
    heading = _heading(weigher, kind, mine, before, current, score, numbered=numbered, long=long)
    if heading is not None and heading.regle.sosie and mine.type == kind.type:
        heading = None  # « conditions générales » of the contract being read
    if not _named_at_the_top(mine, score):
        running_text(weigher, previous[-1], current)
    closed = closing(weigher, previous)
    if kind.type in TEXTS and not closed and clauses_go_on(previous, current):
        weigher.add(-2.5, "les clauses de la page précédente se poursuivent")
    _types(weigher, kind, mine, heading, before, current, closed=closed, long=long)
    if not blurred_page(current):
        card_back(weigher, kind, previous, before, current, score)
    readable = current.texte.qualite.lisible and current.texte.mots >= _WORDS
    clear = readable and current.texte.confiance >= _CLEAR
    if heading is None and clear and not numbered and kind.type in TEXTS | TABLES:
        _foreign(weigher, kind, mine, score)
    another = mine.type not in {kind.type, INCONNU} and mine.confiance >= 0.6
    if another and mine.type == "avis_imposition" and avis.premiere_page(current):
        weigher.add(2.5, "première page d'un avis d'impôt")
    of_avis = heading is None or heading.regle.type == kind.type
    again = long and not numbered and same_page(previous[0], current)
    if kind.type == "avis_imposition" and readable and of_avis and not another and not again:
        for weight, reason in avis.kinship(previous, current):
            weigher.add(weight, reason)
    if kind.type not in CARDS or current.texte.mots > 90:
        opening(weigher, current)
        if heading is None and not numbered:
            letterhead(weigher, previous, current)
    repeated = heading is not None and heading.regle.type == kind.type
    if heading is None and not long and mine.type == kind.type:
        monthly = kind.type in MENSUELS and min(kind.confiance, mine.confiance) >= 0.9
        if monthly or _named_at_the_top(kind, score):
            repeated = another_month(previous[0], current)
    if not long and same_form(previous[0], current):
        weigher.add(2.5, "le même formulaire, rempli à nouveau")
        repeated = True
    elif again:
        weigher.add(_AGAIN, "la première page, une seconde fois")
        repeated = True
    if heading is None or not _stranger(kind, mine, long=long):  # a student's number is on all their papers
        references(weigher, kind, previous, current, repeated=repeated)
    if score.mrz is not None and any(b.mrz is not None for b in before):
        weigher.add(5.0, "seconde bande de lecture optique : un autre titre, ou le même une autre fois")
    elif second_face(before, score):
        weigher.add(-4.5, "autre face du même document")
    elif score.mrz is not None and score.mrz.type != kind.type:
        weigher.add(2.5, "bande de lecture optique d'une autre pièce")
    elif titled_twice(kind, before, score):
        weigher.add(2.5, "le même titre une seconde fois")
    if kind.type in JUDGMENTS and judgment_goes_on(current, closed=closed):
        weigher.add(-3.5, "partie du jugement commencé à la page précédente")
    elif kind.type in JUDGMENTS and heading is None and any(_RULING.match(x) for x in _first_lines(current)):
        weigher.add(-2.5, "dispositif du jugement commencé à la page précédente")
    if kind.type == "livret_famille" and _OF_CHILDREN.search(" ".join(_first_lines(current))):
        weigher.add(-4.5, "les enfants du livret commencé à la page précédente")
    if kind.type == "bilan_comptable":
        titled = heading is not None and heading.regle.type == kind.type
        for weight, reason in comptes.kinship(previous, current, titled=titled):
            weigher.add(weight, reason)
    if heading is None and kind.type in DECISIONS and ways_of_appeal(previous, current):
        weigher.add(-2.2, "voies de recours contre la décision de la page précédente")
    suite = heading is None and mine.type in (kind.type, INCONNU)
    if suite and kind.type in DECISIONS and reckoning(previous, current):
        weigher.add(-3.5, "calcul de ce que décide la page précédente")
    if kind.type in TEXTS and annex(current):
        weigher.add(-3.5, "annexe de la pièce en cours")
    if any(_CONTINUED.search(line.texte) for line in current.texte.lignes[:_HEAD]):
        weigher.add(-3.0, "« suite » en haut de la page")
    layout(weigher, kind, previous[-1], current)
    _not_alone(weigher)
    return weigher.answer()


def _foreign(weigher: Weigher, kind: Decision, mine: Decision, score: ScorePage) -> None:
    """A page whose words are none of the piece's nor of any other: a recipe behind a complaint.

    A page of signatures has few words, and some of them are a deed's.
    """
    if mine.type != INCONNU or kind.type not in score.appris:
        return
    likely = 1 / sum(math.exp(other - score.appris[kind.type]) for other in score.appris.values())
    if likely < _NOT_ITS_WORDS:
        # The 1.2 takes back what a page without a title is given for a likely suite.
        unlike = math.log(_NOT_ITS_WORDS / max(likely, _LEAST_LIKELY))
        weigher.add(1.2 + 0.85 * unlike, _OTHER_SUBJECT)


def _not_alone(weigher: Weigher) -> None:
    """Other words alone cut nothing: a lease has its diagnostics, its inventory, a page in English."""
    others = [v for v, reason in weigher.reasons if v > _SOME_SIGN and reason != _OTHER_SUBJECT]
    alone = not others and any(reason == _OTHER_SUBJECT for _, reason in weigher.reasons)
    if alone and weigher.total > 0:
        weigher.add(-weigher.total, "suite possible, sur un autre sujet")


def _handwritten(last: PageLue, current: PageLue) -> bool:
    """Many words of which OCR makes little, after print that it read well: what is added by hand is short."""
    return (
        current.texte.mots >= _LETTER
        and current.texte.confiance < _SCRAWL
        and last.texte.mots >= _LETTER
        and last.texte.confiance > _PRINT
    )


def _first_lines(page: PageLue) -> list[str]:
    return [plain(line.texte) for line in page.texte.lignes[:_HEAD]]


def _is_long(kind: Decision, before: Sequence[ScorePage]) -> bool:
    """Whether pieces of this type usually go on; an attestation about one of them is a letter.

    That of an accountant opens the accounts that follow it, that of a notary is a deed.
    """
    head = before[0].entete()
    letter = head is not None and plain(head.phrase).startswith("attestation")
    letter = letter and kind.type not in {"bilan_comptable", "titre_propriete"}
    return kind.type in TEXTS | TABLES and not letter


def _prior(kind: Decision, long: bool) -> float:
    if kind.type == INCONNU or kind.confiance < 0.6:
        return _PRIOR_UNKNOWN
    return _PRIOR_CARD if kind.type in CARDS else _PRIOR_LONG if long else _PRIOR_SHORT


def _stranger(kind: Decision, mine: Decision, *, long: bool) -> bool:
    """Two sure and different types, after a document of one page: a page 2 that lost its page 1."""
    sure = min(kind.confiance, mine.confiance) >= 0.9 and INCONNU not in (kind.type, mine.type)
    return sure and not long and kind.type != mine.type


def _numbering(
    weigher: Weigher, previous: Sequence[PageLue], current: PageLue, *, stranger: bool, goes_on: bool
) -> bool:
    """True when the number says that the page goes on; `goes_on`: what it says is of no other type."""
    here, last = numbering(current), numbering(previous[-1])
    if here is None:
        if last is not None and last.total and last.page == last.total:
            weigher.add(2.5, f"la pièce précédente s'achève à la page {last}")
        elif last is not None and last.total and last.page < last.total:
            weigher.add(-1.5, f"la page précédente est numérotée {last}")
        return False
    here = here.apres(last)
    if last is not None and goes_on and len(previous) == here.page - 1:
        last = last.avant(here)
    if here.page == 1:
        weigher.add(4.5 if here.total else 3.0, f"page numérotée {here}")
        return False
    follows = last is not None and here.page == last.page + 1 and here.meme_total(last)
    if follows and last is not None and here.total != last.total:
        # Or the twelfth page of another paper: the rest of the page has its say.
        weigher.add(-2.0, f"page numérotée {here}, sans doute à la suite de {last}")
        return False
    if follows:
        weigher.add(-6.0 if here.total else -4.5, f"page numérotée {here}, à la suite de {last}")
        return True
    if last is None and here.page == len(previous) + 1 and not stranger:
        weigher.add(-3.5, f"page numérotée {here}")
        return True
    if last is not None and (not here.meme_total(last) or here.page <= last.page):
        weigher.add(2.0, f"page numérotée {here} après une page numérotée {last}")
        return False
    # A paper's whose middle is lost, or another's whose beginning is.
    of_one = last and here.total and here.total == last.total and of_one_paper(previous, current)
    weigher.add(-3.5 if of_one else -1.5, f"page numérotée {here}")
    return here.page > 1


def _heading(
    weigher: Weigher,
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
        if not numbered and (title := attests(current)):
            weigher.add(_ATTESTED, f"« {title.lower()} » en haut de la page")
        else:
            weigher.add(-1.3 if long else -0.9, "pas de titre en haut de la page")
        return None
    weight = 3.6 * min(1.0, head.poids / 10) * head.emphase
    if second_face(before, score) or _child_of_booklet(kind, head, before, current):
        return None
    known = next((b for b in before[:1] for t in [b.entete()] if t is not None), None)
    same = head.regle.type == kind.type and not head.regle.sosie
    if numbered:
        weight *= 0.3
    elif long and not same:
        # A clause's title, unless the whole page speaks for the document of that name.
        confirmed = mine.type == head.regle.type and mine.confiance >= 0.8
        weight = weight * 0.6 if confirmed and not head.regle.sosie else weight * 0.25 - 0.7
    if not same and not numbered and attests(current):
        weight = max(weight, _ATTESTED)
    if same and long and known is not None and _other_title(known, head):
        weight *= 0.25  # « Bilan passif » after « Bilan actif »: a part of the same document
        if kind.type == "bilan_comptable":
            weight = -0.6
    if same and kind.type == "cerfa_demande":
        weight = -1.5  # its title is printed on each of its pages
    if same and known is None:
        weight *= 0.6  # the first page had no heading: this may be its second face
    weigher.add(weight, f"titre « {head.phrase} » en haut de la page")
    return head


def _other_title(known: ScorePage, head: Titre) -> bool:
    first = known.entete()
    return first is not None and first.phrase != head.phrase


def _child_of_booklet(kind: Decision, head: Titre, before: Sequence[ScorePage], current: PageLue) -> bool:
    """A livret holds an extract for each child; a copy asked for at the mairie is another document.

    Its cover alone is none: what follows it is the booklet.
    """
    if kind.type != "livret_famille" or head.regle.type not in {
        "livret_famille",
        "acte_naissance",
        "acte_deces",
    }:
        return False
    title = plain(head.phrase)
    return title.startswith("extrait de l acte") or "enfant" in title or _leaf_of_booklet(current, before)


def _leaf_of_booklet(current: PageLue, before: Sequence[ScorePage]) -> bool:
    """« ÉPOUX ou PÈRE », « PREMIER ENFANT » on lines of their own, or the page behind the cover."""
    lines = [plain(line.texte) for line in current.texte.lignes]
    if authority(lines[:_HEAD]) or any(_ISSUED.search(line) for line in lines):
        return False
    return sum(b.mots for b in before) < _COVER or any(_LEAF.match(line) for line in lines)


def _top_heading(current: PageLue, score: ScorePage) -> Titre | None:
    lines = current.texte.lignes
    if not lines:
        return None
    top = min(line.boite[1] for line in lines)
    span = max(1, max(line.boite[3] for line in lines) - top)

    def listed(title: Titre) -> bool:
        return any(_LIST.search(plain(line.texte)) for line in lines[: title.lieu.ligne + 1])

    heads = [
        t
        for t in score.titres
        if t.emphase >= 0.6
        and not _CLAUSE.match(lines[t.lieu.ligne].texte)
        and not _INNER_PAGE.search(lines[t.lieu.ligne].texte)
        and t.poids >= 5
        and (
            (lines[t.lieu.ligne].boite[1] - top) / span < 0.38
            or (lines[t.lieu.ligne].boite[1] < _HEAD_OF_PAGE * current.texte.hauteur and not listed(t))
            or t.lieu.ligne < 6
            or (t.lieu.ligne < 14 and _SUBJECT.match(lines[t.lieu.ligne].texte))
        )
    ]
    return max(heads, key=lambda t: t.poids * t.emphase, default=None)


def _named_at_the_top(kind: Decision, score: ScorePage) -> bool:
    """The paper's own title, which another column beside it, read across, robs of its prominence."""
    return any(t.regle.type == kind.type and t.poids >= 5 and t.lieu.ligne < _HEAD for t in score.titres)


def _types(
    weigher: Weigher,
    kind: Decision,
    mine: Decision,
    heading: Titre | None,
    before: Sequence[ScorePage],
    current: PageLue,
    *,
    closed: bool,
    long: bool,
) -> None:
    leaf = mine.type in {"livret_famille", "acte_naissance"} or _leaf_of_booklet(current, before)
    if kind.type == "livret_famille" and leaf and heading is None:
        weigher.add(-3.2, "feuillet suivant du livret de famille")
        return
    known = kind.type != "inconnu" and kind.confiance >= 0.6
    sure = mine.type != "inconnu" and mine.confiance >= 0.6
    if (
        known
        and sure
        and kind.type != mine.type
        and not ({kind.type, mine.type} == _CONTRACTS and not heading)
    ):
        inner = long and heading is None
        strength = ((1.0 if kind.type in TEXTS else 1.8) + 0.6 * closed) if inner else 2.6
        weigher.add(strength * mine.confiance, f"autre type de pièce : {mine.type}")
    elif known and sure and heading is None:
        weigher.add(-1.2 if long else -0.4, "même type de pièce, sans nouveau titre")
    elif not known and sure:
        weigher.add(1.5, f"début d'une pièce reconnue : {mine.type}")
    elif known and long and heading is None:
        weigher.add(-1.0, "suite probable d'une pièce de plusieurs pages")
