"""Owns the answer for a piece: the scores of its pages become one type, a probability and its reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from classifier import lexicon
from classifier.model import Melange, modele
from classifier.scores import ScorePage
from intake.domain.plan import INCONNU

# Where no model was trained yet, rules decide alone.
RULES_ALONE = Melange(regles=1 / 1.7, appris=0.0, rien=7.0, rien_illisible=2.5)
LATER = 0.4  # what a following page weighs beside the first
_LISTING = 4  # from that many types named as list items, a page is a notice
_SHEETS = frozenset({"bordereau_transmission", "fiche_recapitulative", "cerfa_demande"})
_OF_THE_SERVICE = frozenset({"bordereau_transmission", "fiche_recapitulative"})
# Types that are printed in advance, then filled in.
_FORMS = frozenset(
    "cerfa_demande contrat_apprentissage attestation_hebergement attestation_employeur bail quittance_loyer "
    "attestation_domiciliation certificat_medical bulletin_salaire contrat_travail".split()
)
_MIN_WORDS = 8
_READ_WELL = 65
_CERFA_WORDS = 60  # a page of the form may well hold answers without a name, a date or a number
_EMPTY_HANDED = 0.85  # at most, for a form on which nothing filled in could be read
# Types with a cover or a face that names nobody.
COVERED = frozenset(
    {
        "livret_famille",
        "passeport",
        "carte_identite",
        "permis_conduire",
        "titre_sejour",
        "carte_vitale",
        "carte_mobilite_inclusion",
    }
)
_BLANK_FORM = "formulaire non rempli"
_IMPERSONAL = "document qui ne concerne personne"
_ABOUT_NOBODY = 0.6
_CEILING = 0.995
_SURE_BY_WORDS, _UNTITLED = 0.98, 0.89  # without a title: what it takes to be sure, and what is given else
_FLOOR = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    type: str
    confiance: float
    preuves: tuple[str, ...]


def decide(pages: Sequence[ScorePage], confiance_ocr: float, *, entiere: bool = False) -> Decision:
    """The most probable type of the plan, or `inconnu` when none is more likely than not.

    `entiere`: these are all the pages of the piece, so that nothing filled in anywhere means a blank form.
    """
    totals, learnt = weigh(pages, confiance_ocr, entiere=entiere)
    if not totals and not learnt:
        return _nothing(pages, confiance_ocr)
    trained = modele()
    odds, unknown = log_odds(totals, learnt, confiance_ocr, trained.melange if trained else RULES_ALONE)
    top = max(unknown, *odds.values())
    whole = math.exp(unknown - top) + sum(math.exp(v - top) for v in odds.values())
    best = max(odds, key=lambda n: odds[n])
    probability = math.exp(odds[best] - top) / whole
    if probability >= _FLOOR:
        empty = entiere and best in _FORMS and not any(p.remplissage.donnees for p in pages)
        ceiling = _EMPTY_HANDED if empty else _CEILING
        return Decision(best, round(min(ceiling, probability), 3), _proofs(pages, best))
    outside = min(math.exp(unknown - top) / whole, _ceiling(confiance_ocr))
    if outside < _FLOOR:  # torn between types: the answer is "ask a person", and it is a weak one
        return Decision(INCONNU, round(max(0.3, outside), 3), (_torn(odds),))
    return Decision(INCONNU, round(min(_CEILING, outside), 3), _why_unknown(pages, totals))


def confiance(answer: Decision, pages: Sequence[ScorePage], *, nomme: bool) -> float:
    """How far `answer` may be relied on: on words alone, without a title, zone or code, less than they say.

    A letter that asks for a paper, or the law about it, has that paper's words; it lacks its title, and often
    names nobody (`nomme`).
    """
    if answer.type == INCONNU or any(p.entete() or p.mrz or p.deuxddoc for p in pages[:2]):
        return answer.confiance
    sure = nomme and answer.confiance >= _SURE_BY_WORDS
    return answer.confiance if sure else min(answer.confiance, _UNTITLED)


def weigh(
    pages: Sequence[ScorePage], confiance_ocr: float, *, entiere: bool = False
) -> tuple[dict[str, float], dict[str, float]]:
    """Points of every rule that speaks, and the model's log-probabilities, over all the pages."""
    totals = _totals(pages)
    if entiere and totals and _about_nobody(pages, confiance_ocr):
        best = max(totals, key=lambda n: totals[n])
        if best in _FORMS and (best != "cerfa_demande" or sum(p.mots for p in pages) >= _CERFA_WORDS):
            totals[_BLANK_FORM] = totals[best] + 5.0
        elif best not in COVERED | _FORMS and not _of_the_service(best, pages):
            totals[_IMPERSONAL] = max(RULES_ALONE.rien, totals[best]) + 3.0
    return totals, _learnt(pages)


def _of_the_service(type_: str, pages: Sequence[ScorePage]) -> bool:
    """Made by the service, its code and its number blotted out at times: nobody fills it in."""
    return type_ in _OF_THE_SERVICE and any(p.du_service for p in pages)


def log_odds(
    totals: dict[str, float], learnt: dict[str, float], confiance_ocr: float, mix: Melange
) -> tuple[dict[str, float], float]:
    """Of each type, and of « none of them », up to one constant."""
    types = lexicon.types()
    floor = min(learnt.values(), default=0.0)
    odds = {
        name: mix.regles * min(totals.get(name, 0.0), 40.0) + mix.appris * learnt.get(name, floor)
        for name in types
    }
    nothing = mix.rien + (mix.rien_illisible if confiance_ocr < 55 else 0.0)
    rivals = [nothing, *(min(v, 40.0) for n, v in totals.items() if n not in odds)]
    mine, most = learnt.get(INCONNU, floor), max(learnt.values(), default=0.0)
    mine += credit(totals) * (most - mine)
    unknown = math.log(sum(math.exp(mix.regles * v) for v in rivals)) + mix.appris * mine
    return odds, unknown


def credit(totals: dict[str, float]) -> float:
    """How much of the words' evidence for a type goes to « none of them » instead.

    A blank form has its type's very words, and only its blanks tell; a paper about nobody nearly so.
    """
    return 1.0 if _BLANK_FORM in totals else _ABOUT_NOBODY if _IMPERSONAL in totals else 0.0


def _learnt(pages: Sequence[ScorePage]) -> dict[str, float]:
    """As for the rules: the first page that says something, then the others more softly."""
    begin = start(pages)
    first = pages[begin].appris if begin < len(pages) else {}
    later = [p.appris for p in pages[begin + 1 :] if p.appris]
    return {
        name: value + LATER * sum(p[name] for p in later) / max(1, len(later))
        for name, value in first.items()
    }


def start(pages: Sequence[ScorePage]) -> int:
    return next((i for i, p in enumerate(pages) if p.mots >= _MIN_WORDS or p.points), 0)


def _about_nobody(pages: Sequence[ScorePage], confiance_ocr: float) -> bool:
    """Well read, of some length, and about nobody: neither a date, nor an amount, nor a name stands on it."""
    if any(p.mrz or p.deuxddoc for p in pages) or confiance_ocr < _READ_WELL:
        return False
    own = [p.remplissage for p in pages]
    return any(r.mots for r in own) and all(r.impersonnel for r in own if r.mots >= _MIN_WORDS)


def _totals(pages: Sequence[ScorePage]) -> dict[str, float]:
    """The first page that says something weighs most: it carries the heading."""
    begin = start(pages)
    totals: dict[str, float] = {}
    for page in pages[begin : begin + 1]:
        totals.update(page.points)
        _correct(page, totals)
    later: dict[str, float] = {}
    for page in pages[begin + 1 :]:
        for name, points in page.points.items():
            later[name] = max(later.get(name, 0.0), points)
    for name, points in later.items():
        totals[name] = totals.get(name, 0.0) + LATER * points
    return totals


def _correct(page: ScorePage, totals: dict[str, float]) -> None:
    """Notices name every piece, blank forms look like the filled ones: neither is one."""
    if page.enumeration >= _LISTING and not any(totals.get(s, 0.0) > 12 for s in _SHEETS):
        name = "liste de pièces à fournir"
        totals[name] = totals.get(name, 0.0) + 4.0 * (page.enumeration - _LISTING + 1)
    if page.remplissage.vide and totals and not _of_the_service(max(totals, key=lambda n: totals[n]), [page]):
        totals[_BLANK_FORM] = max(totals.values()) + 5.0


def _ceiling(confiance_ocr: float) -> float:
    """How sure one may be that a page holds no known document: no surer than it could be read."""
    return _CEILING if confiance_ocr >= _READ_WELL else 0.75


def _nothing(pages: Sequence[ScorePage], confiance_ocr: float) -> Decision:
    words = sum(p.mots for p in pages)
    if words < _MIN_WORDS:
        return Decision(INCONNU, 0.7, ("presque aucun texte lu",))
    return Decision(INCONNU, min(0.97, _ceiling(confiance_ocr)), ("aucune mention d'une pièce connue",))


def _proofs(pages: Sequence[ScorePage], name: str) -> tuple[str, ...]:
    proofs = [proof for page in pages for proof in page.preuves.get(name, ())]
    return tuple(dict.fromkeys(proofs))[:6]


def _torn(odds: dict[str, float]) -> str:
    first, second = sorted(odds, key=lambda n: -odds[n])[:2]
    return f"hésitation entre {first} et {second}"


def _why_unknown(pages: Sequence[ScorePage], totals: dict[str, float]) -> tuple[str, ...]:
    best = max(totals, key=lambda n: totals[n], default="")
    if not best or best in lexicon.types() or totals[best] < RULES_ALONE.rien:
        return ("pas assez de mentions d'une pièce connue",)
    return (f"ressemble à : {best}", *_proofs(pages, best)[:3])
