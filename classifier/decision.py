"""Owns the answer for a piece: the scores of its pages become one type, a probability and its reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from classifier import lexicon
from classifier.scores import ScorePage
from intake.domain.plan import INCONNU

# Calibrated on generated documents; see tests/classifier and `python -m classifier.evaluate`.
_TEMPERATURE = 1.7
_NOTHING = 7.0  # the score that an unknown document reaches by chance
_UNREADABLE = 2.5  # added to it when few words could be read: what is missing might contradict
_LATER = 0.4  # what a following page weighs beside the first
_LISTING = 4  # from that many types named as list items, a page is a notice
_SHEETS = frozenset({"bordereau_transmission", "fiche_recapitulative", "cerfa_demande"})
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
_COVERED = frozenset(
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
_CEILING = 0.995
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
    totals = _totals(pages)
    if entiere and totals and _about_nobody(pages, confiance_ocr):
        best = max(totals, key=lambda n: totals[n])
        if best in _FORMS and (best != "cerfa_demande" or sum(p.mots for p in pages) >= _CERFA_WORDS):
            totals[_BLANK_FORM] = totals[best] + 5.0
        elif best not in _COVERED | _FORMS:
            totals[_IMPERSONAL] = max(_NOTHING, totals[best]) + 3.0
    if not totals:
        return _nothing(pages, confiance_ocr)
    types = frozenset(lexicon.types())
    unknown = _NOTHING + (_UNREADABLE if confiance_ocr < 55 else 0.0)
    weights = {name: math.exp(min(points, 40.0) / _TEMPERATURE) for name, points in totals.items()}
    whole = sum(weights.values()) + math.exp(unknown / _TEMPERATURE)
    best = max((n for n in totals if n in types), key=lambda n: totals[n], default="")
    probability = weights[best] / whole if best else 0.0
    if best and probability >= _FLOOR:
        empty = entiere and best in _FORMS and not any(p.remplissage.donnees for p in pages)
        ceiling = _EMPTY_HANDED if empty else _CEILING
        return Decision(best, round(min(ceiling, probability), 3), _proofs(pages, best))
    outside = 1.0 - sum(w for n, w in weights.items() if n in types) / whole
    outside = min(outside, _ceiling(confiance_ocr))
    if outside < _FLOOR:  # torn between types: the answer is "ask a person", and it is a weak one
        return Decision(INCONNU, round(max(0.3, outside), 3), (_torn(totals, types),))
    return Decision(INCONNU, round(min(_CEILING, outside), 3), _why_unknown(pages, totals, types))


def _about_nobody(pages: Sequence[ScorePage], confiance_ocr: float) -> bool:
    """Well read, of some length, and about nobody: neither a date, nor an amount, nor a name stands on it."""
    if any(p.mrz or p.deuxddoc for p in pages) or confiance_ocr < _READ_WELL:
        return False
    own = [p.remplissage for p in pages]
    return any(r.mots for r in own) and all(r.impersonnel for r in own if r.mots >= _MIN_WORDS)


def _totals(pages: Sequence[ScorePage]) -> dict[str, float]:
    """The first page that says something weighs most: it carries the heading."""
    start = next((i for i, p in enumerate(pages) if p.mots >= _MIN_WORDS or p.points), 0)
    totals: dict[str, float] = {}
    for page in pages[start : start + 1]:
        totals.update(page.points)
        _correct(page, totals)
    later: dict[str, float] = {}
    for page in pages[start + 1 :]:
        for name, points in page.points.items():
            later[name] = max(later.get(name, 0.0), points)
    for name, points in later.items():
        totals[name] = totals.get(name, 0.0) + _LATER * points
    return totals


def _correct(page: ScorePage, totals: dict[str, float]) -> None:
    """Notices name every piece, blank forms look like the filled ones: neither is one."""
    if page.enumeration >= _LISTING and not any(totals.get(s, 0.0) > 12 for s in _SHEETS):
        name = "liste de pièces à fournir"
        totals[name] = totals.get(name, 0.0) + 4.0 * (page.enumeration - _LISTING + 1)
    if page.remplissage.vide and totals:
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


def _torn(totals: dict[str, float], types: frozenset[str]) -> str:
    first, second = sorted((n for n in totals if n in types), key=lambda n: -totals[n])[:2]
    return f"hésitation entre {first} et {second}"


def _why_unknown(
    pages: Sequence[ScorePage], totals: dict[str, float], types: frozenset[str]
) -> tuple[str, ...]:
    best = max(totals, key=lambda n: totals[n])
    if best in types or totals[best] < _NOTHING:
        return ("pas assez de mentions d'une pièce connue",)
    return (f"ressemble à : {best}", *_proofs(pages, best)[:3])
