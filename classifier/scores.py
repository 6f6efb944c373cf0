"""Owns the score of one page for every rule: which phrases were found, where, and what they weigh."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from classifier import manuscrit
from classifier.envelope import side_by_side
from classifier.filled import Remplissage, boilerplate, remplissage
from classifier.lexicon import Indice, Regle, regles
from classifier.model import modele
from classifier.mrz import Mrz, find_mrz
from classifier.text import Crible, PageTexte, Phrase, Trouve, fold, plain
from classifier.twoddoc import DeuxDDoc, find_2ddoc
from intake.domain.lecture import LigneLue, PageLue, TexteLu

_BODY = 0.25  # what a title is worth in running text
_SATURATION = 10.0
_SHOWN = 60  # letters of a turn of phrase told as evidence
_WORDS_CAP = 3.0
_FEW_WORDS = 4
_LIKELY = -0.7  # log-probability from which the model's own reasons are worth telling
_HEADING = 0.55  # emphasis from which a title counts as the page's heading
# « Objet : » and a few letters before the title; a request for the document is not the document.
_OBJECT = re.compile(r"(?:.{0,18})objet(?!.*(?:demande|envoi|reiance|transmis|reciamation|votre)).{0,12}")


@dataclass(frozen=True, slots=True)
class Titre:
    """A title found on a page."""

    regle: Regle
    phrase: str
    poids: float
    emphase: float
    lieu: Trouve


@dataclass
class ScorePage:
    """Scores by rule name, the titles that made them, and what a person may be told."""

    points: dict[str, float] = field(default_factory=dict)
    titres: list[Titre] = field(default_factory=list)
    preuves: dict[str, list[str]] = field(default_factory=dict)
    mrz: Mrz | None = None
    deuxddoc: DeuxDDoc | None = None
    mots: int = 0
    remplissage: Remplissage = field(default_factory=Remplissage)
    du_service: bool = False  # a sheet that says what follows it, or who may write on it
    enumeration: int = 0  # types named as list items: a notice names them all
    appris: dict[str, float] = field(default_factory=dict)  # the learned model's log-probabilities

    def entete(self) -> Titre | None:
        """The strongest heading of the page, None when nothing on it looks like one."""
        heads = [t for t in self.titres if t.emphase >= _HEADING]
        return max(heads, key=lambda t: t.poids * t.emphase, default=None)


def score_page(page: PageLue) -> ScorePage:
    """Pure and cheap: some milliseconds for a full page."""
    text = PageTexte.de(_without_boilerplate(page.texte))
    result = ScorePage(mots=page.texte.mots)
    memory: dict[str, list[Trouve]] = {p: [] for p in crible().absentes(text)}
    folded = plain(" ".join(line.texte for line in text.lignes))
    rules = [r for r in regles() if not r.exige or _any(text, r.exige, memory) or _turns(r, folded)]
    result.titres = _titles(text, rules, memory)
    result.enumeration = _listed(result.titres)
    for rule in rules:
        _score_rule(rule, text, result, memory, folded)
    _machine_readable(page, result)
    by_hand = manuscrit.hebergement(page.texte)
    if by_hand:
        _add(result, manuscrit.TYPE, _BY_HAND, f"écrit à la main : « {by_hand} »")
    result.remplissage = remplissage(page.texte.lignes)
    result.du_service = bool(_OF_THE_SERVICE.search(folded))
    _learnt(page, result)
    return result


@cache
def crible() -> Crible:
    """Of all that the rules look for."""
    sought: list[Phrase] = []
    for rule in regles():
        sought += rule.exige
        sought += [c.phrase for c in (*rule.titres, *rule.indices, *rule.mots, *rule.contre)]
    return Crible(sought)


def _learnt(page: PageLue, result: ScorePage) -> None:
    """The model's opinion, and the words that made it where no rule said anything of the type it favours."""
    trained = modele()
    if trained is None or result.mots < _FEW_WORDS:
        return
    result.appris = trained.log_probabilites(page.texte.lignes)
    best = max(result.appris, key=lambda n: result.appris[n], default="")
    if best and result.appris[best] > _LIKELY and len(result.preuves.get(best, ())) < 2:
        words = trained.raisons(page.texte.lignes, best)
        if words:
            result.preuves.setdefault(best, []).append("mots : " + ", ".join(f"« {w} »" for w in words))


def _without_boilerplate(texte: TexteLu) -> TexteLu:
    """Footers that name courts and laws say nothing; their lines stay, emptied, so that places hold."""
    lines = tuple(
        LigneLue("", line.boite, line.confiance) if boilerplate(line.texte) else line for line in texte.lignes
    )
    return replace(texte, lignes=lines)


def _any(text: PageTexte, phrases: Iterable[Phrase], memory: dict[str, list[Trouve]]) -> bool:
    return any(_find(text, p, memory) for p in phrases)


def _find(text: PageTexte, phrase: Phrase, memory: dict[str, list[Trouve]]) -> list[Trouve]:
    found = memory.get(phrase.serre)
    if found is None:
        found = memory[phrase.serre] = text.toutes(phrase)
    return found


def _titles(text: PageTexte, rules: list[Regle], memory: dict[str, list[Trouve]]) -> list[Titre]:
    """Titles, without those that are only a part of a longer one found at the same place."""
    found = [
        Titre(rule, clue.phrase.texte, clue.poids, _emphasis(text, place), place)
        for rule in rules
        for clue in rule.titres
        for place in _find(text, clue.phrase, memory)
    ]
    longest = sorted(found, key=lambda t: (not t.lieu.exact, t.lieu.debut - t.lieu.fin))
    kept: list[Titre] = []
    for title in longest:
        if not any(_covers(k.lieu, title.lieu) for k in kept):
            kept.append(title)
    return kept


def _covers(known: Trouve, other: Trouve) -> bool:
    """A longer title holds a shorter one; an exact one anything merely like it at the same place."""
    if known.exact and not other.exact:
        common = min(known.fin, other.fin) - max(known.debut, other.debut)
        return common > 0.5 * (known.fin - known.debut)
    longer = known.fin - known.debut > other.fin - other.debut
    return longer and known.debut <= other.debut and other.fin <= known.fin


def _is_listed(text: PageTexte, rank: int) -> bool:
    """Whether a line is one of a list: « 1. Attestation de l'employeur » over « 2. Quittance de loyer »."""
    numbers = {
        i: m
        for i in (rank - 1, rank, rank + 1)
        if 0 <= i < len(text.lignes) and (m := _ITEM.match(text.lignes[i].texte))
    }
    own = numbers.pop(rank, None)
    return own is not None and any(int(m[1]) - int(own[1]) == i - rank for i, m in numbers.items())


def _by_itself(text: PageTexte, place: Trouve, length: int) -> tuple[LigneLue, int, int]:
    """What stands aside from the rest of a title's line, where it begins and its length: the sender's name
    and the title are on one level, one at each side, of many a payslip. In capitals, and second:
    a running head is not, and begins with who writes.
    """
    line, at = text.lignes[place.ligne], text.debuts[place.ligne]
    parts = list(side_by_side(line)) if length > place.fin - place.debut else [line]
    sizes = [len(fold(part.texte).replace(" ", "")) for part in parts]
    if sum(sizes) == length:
        for part, size in zip(parts, sizes, strict=True):
            inside = at <= place.debut and place.fin <= at + size
            if inside and part is not parts[0] and part.texte.isupper():
                return part, at, size
            at += size
    return line, text.debuts[place.ligne], length


def _emphasis(text: PageTexte, place: Trouve) -> float:
    """How much like a heading: alone on its line, at the top, large, in capitals."""
    last = text.ligne_de(max(place.debut, place.fin - 1))
    length = sum(text.longueur_ligne(i) for i in range(place.ligne, last + 1))
    line, begins = text.lignes[place.ligne], text.debuts[place.ligne]
    span = max(1.0, text.bas - text.haut)
    top = (line.boite[1] - text.haut) / span < 0.30 or place.ligne < 8
    if top and last == place.ligne:
        line, begins, length = _by_itself(text, place, length)
    cover = (place.fin - place.debut) / max(1, length)
    starts = place.debut - begins <= 2
    height = line.boite[3] - line.boite[1]
    large = text.approche and height > 1.35 * text.hauteur_mediane
    letters = [c for c in line.texte if c.isalpha()]
    capitals = sum(c.isupper() for c in letters) > 0.7 * len(letters)
    value = _BODY
    if line.texte[:1].islower() and line.texte.rstrip().endswith("."):
        return value  # the end of a sentence
    if _is_listed(text, place.ligne):
        return value
    if cover >= 0.6 or (cover >= 0.35 and (starts or large)):
        value = 0.6
    elif cover >= 0.3 and (large or capitals) and top:
        value = 0.55
    if value == _BODY and _OBJECT.fullmatch(text.serre[text.debuts[place.ligne] : place.debut]):
        return 0.8  # a letter says what it is in its subject line
    if value > _BODY:
        value += 0.2 * top + 0.15 * large + 0.1 * capitals
    elif starts and top and (large or capitals):
        value = 0.5
    return min(1.0, value)


def _listed(titles: list[Titre]) -> int:
    return len({t.regle.type for t in titles if not t.regle.sosie and t.emphase >= _HEADING and t.poids >= 8})


def _score_rule(
    rule: Regle, text: PageTexte, result: ScorePage, memory: dict[str, list[Trouve]], folded: str
) -> None:
    mine = sorted(
        {t.phrase: t for t in sorted(result.titres, key=lambda t: t.emphase) if t.regle is rule}.values(),
        key=lambda t: -t.poids * t.emphase,
    )
    points = 0.0
    proofs: list[str] = []
    for rank, title in enumerate(mine):
        points += title.poids * title.emphase * (1.0 if rank == 0 else 0.25)
        if rank < 2:
            where = " en titre" if title.emphase >= _HEADING else ""
            proofs.append(f"mention « {title.phrase} »{where}" if not where else f"titre « {title.phrase} »")
    for rank, (weight, words_found) in enumerate(_turns(rule, folded)):
        points += weight * (1.0 if rank == 0 else 0.25)
        if rank < 2:
            shown = words_found if len(words_found) <= _SHOWN else f"{words_found[:_SHOWN].rstrip()}…"
            proofs.append(f"tournure « {shown} »")
    clues = _matched(rule.indices, text, memory)
    strength = sum(c.poids for c in clues)
    points += _SATURATION * (1 - math.exp(-max(0.0, strength) / _SATURATION)) * 1.3
    words = min(_WORDS_CAP, 0.35 * sum(c.poids for c in _matched(rule.mots, text, memory)))
    points += words if (mine or clues or proofs) else words * 0.3
    against = sum(_against(c, text, memory) for c in rule.contre)
    points += against
    if points > 0.5:
        result.points[rule.nom] = points
        strongest = sorted((c for c in clues if c.poids >= 2), key=lambda c: -c.poids)
        result.preuves[rule.nom] = proofs + [f"mention « {c.phrase.texte} »" for c in strongest[:4]]


def _turns(rule: Regle, folded: str) -> list[tuple[float, str]]:
    """Turns of phrase found, the weightiest first, as they stand on the page."""
    found = [(t.poids, m[0]) for t in rule.tournures if (m := t.motif.search(folded))]
    return sorted(found, key=lambda f: -f[0])


def _matched(clues: tuple[Indice, ...], text: PageTexte, memory: dict[str, list[Trouve]]) -> list[Indice]:
    return [c for c in clues if _find(text, c.phrase, memory)]


def _against(clue: Indice, text: PageTexte, memory: dict[str, list[Trouve]]) -> float:
    """A contrary phrase weighs fully as a heading, half in the body."""
    places = _find(text, clue.phrase, memory)
    if not places:
        return 0.0
    return clue.poids * (1.0 if max(_emphasis(text, p) for p in places) >= _HEADING else 0.55)


def _machine_readable(page: PageLue, result: ScorePage) -> None:
    """Codes and MRZ identify a document with near certainty."""
    result.mrz = find_mrz(page.texte.lignes)
    if result.mrz is not None:
        _add(result, result.mrz.type, 14.0, "bande de lecture optique (MRZ)")
    result.deuxddoc = find_2ddoc(page.symboles)
    if result.deuxddoc is not None and result.deuxddoc.type:
        _add(result, result.deuxddoc.type, 14.0, "code 2D-Doc de ce type de document")
    for symbol in page.symboles:
        kind = _SHEETS.get(symbol.texte[:10].upper())
        if kind:
            _add(result, kind, 14.0, "QR code de la feuille")


# What no other fiche and no other bordereau says: whom it is for, and what follows it.
_OF_THE_SERVICE = re.compile(r"\bnumeriseur\b|\b(?:suivent|suivant|apres) (?:la|cette) (?:presente )?fiche\b")
_ITEM = re.compile(r"(?:\S )?(\d{1,2})[.)] ?[^\W\d]")
_BY_HAND = 9.0  # points: enough to be answered, too few to be sure
_SHEETS = {"DU1;T=BOR;": "bordereau_transmission", "DU1;T=FIC;": "fiche_recapitulative"}


def _add(result: ScorePage, name: str, points: float, proof: str) -> None:
    result.points[name] = result.points.get(name, 0.0) + points
    result.preuves.setdefault(name, []).insert(0, proof)
