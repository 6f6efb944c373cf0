"""Owns the classifier as the core knows it: three questions, no state that could not be made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classifier import boundary, controle, decision, fields
from classifier.scores import ScorePage, score_page
from intake.domain.lecture import Classement, Coupure, PageLue, Qualite, RaisonQualite, TexteLu
from intake.ports import PageImage

if TYPE_CHECKING:
    from classifier.trust import ListeDeConfiance

_MEMORY = 64  # pages whose scores are kept: `boundary` and `classify` ask for the same ones again


class TesseractClassifier:
    """Cheap to build and to pickle: Tesseract starts at the first page read, in the process that reads."""

    def __init__(self, confiance: ListeDeConfiance | None = None) -> None:
        self._confiance = confiance
        self._scores: dict[int, tuple[PageLue, ScorePage]] = {}

    def __reduce__(self) -> tuple[type[TesseractClassifier], tuple[()]]:
        """A process that reads pages judges none: it needs no certificates."""
        return (TesseractClassifier, ())

    def read(self, page: PageImage, *, entiere: bool = False) -> TexteLu:
        from classifier import reading  # loads what turns pixels into words: only who reads needs it

        return reading.read_page(page, entiere=entiere)

    def classify(self, pages: Sequence[PageLue]) -> Classement:
        """The type of the piece made of `pages`; `inconnu` when unsure."""
        useful = [p for p in pages if not p.blanche and p.erreur is None] or list(pages)
        scores = [self._score(p) for p in useful]
        words = sum(p.texte.mots for p in useful)
        ocr = sum(p.texte.confiance * p.texte.mots for p in useful) / words if words else 0.0
        partial = any(p.texte.partielle for p in useful)  # whom it is about may stand where nothing was read
        answer = decision.decide(scores, ocr, entiere=not partial)
        read = fields.extract(answer.type, useful, scores)
        if partial:
            read.note("lecture", "partielle")
        remarks = controle.controler(read, useful, scores, self._confiance)
        return Classement(
            answer.type,
            decision.confiance(answer, scores, nomme="noms" in read.valeurs),
            (*answer.preuves, *remarks),
            read.valeurs,
            _worst(useful),
            read.lieux,
        )

    def boundary(self, previous: Sequence[PageLue], current: PageLue) -> Coupure:
        return boundary.judge(
            list(previous), [self._score(p) for p in previous], current, self._score(current)
        )

    def _score(self, page: PageLue) -> ScorePage:
        """Remembered by identity: hashing a page's every line would cost more than it saves."""
        known = self._scores.get(id(page))
        if known is not None and known[0] is page:
            return known[1]
        while len(self._scores) >= _MEMORY:
            del self._scores[next(iter(self._scores))]
        score = score_page(page)
        self._scores[id(page)] = (page, score)  # holding the page keeps its id from being given again
        return score


def _worst(pages: Sequence[PageLue]) -> Qualite:
    """The worst page decides; all reasons are told.

    A blank verso among read pages is no fault, nor is one that holds but a signature.
    """
    if any(p.texte.mots for p in pages):
        pages = [p for p in pages if p.texte.mots]
    printed = [p for p in pages if RaisonQualite.VIDE not in p.texte.qualite.raisons]
    if any(p.texte.qualite.lisible for p in printed):
        pages = printed
    reasons = tuple(dict.fromkeys(r for p in pages for r in p.texte.qualite.raisons))
    return Qualite(all(p.texte.qualite.lisible for p in pages), reasons)
