"""Owns what of a dense page is read, and in which order: head, foot, then downwards while it is not enough.

Tesseract's time goes with the letters it reads. The head of a paper says what it is, whose, of which month;
its foot says when and by whom it was made; the clauses and tables between are read when that is not so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from classifier import decision, fields
from classifier.continuity import TEXTS
from classifier.image import Gris
from classifier.numbering import numbering
from classifier.scores import score_page
from classifier.text import plain
from intake.domain.lecture import MENSUELS, LigneLue, PageLue, TexteLu
from intake.domain.plan import INCONNU
from intake.readers.pixels import components, kept

DENSE = 350  # letters from which a page is worth reading in parts
_CUTS = (0.20, 0.42, 0.91)  # shares of the ink at which the page is cut
_LEAST = 16  # a strip is no less than this part of the height
_SEEK = 0.05  # of the height, in which a gap between two lines is looked for
_EMPTY = 0.02  # of the fullest row's ink: no line stands there
_LETTER, _WHITE = 5, 16  # pixels of a letter, and around what is printed, at a quarter of the size
_DARK, _PALE = 15, 6  # levels below the paper around
_SURE = 0.95
_CONFIDENT = 75.0  # mean confidence below which the rest may correct what was read
# What tells the age of the types that grow old (R24), and what an avis is asked for; the others need a name.
_NEEDED = {
    "avis_imposition": ("annee_revenus", "rfr"),
    "titre_sejour": ("fin_validite",),
    **dict.fromkeys(MENSUELS, ("periode",)),
    **dict.fromkeys(
        "certificat_grossesse attestation_employeur certificat_scolarite bilan_comptable "
        "attestation_france_travail attestation_caf notification_retraite pension_invalidite "
        "indemnites_journalieres bourse attestation_hebergement attestation_domiciliation "
        "certificat_medical".split(),
        ("date",),
    ),
}
# What opens the page of an avis where the incomes are set out: theirs may be the only figures of it.
_FIGURES = re.compile(r"detail des revenus|revenu (?:fiscal|brut|imposable)|calcul de (?:l|votre) impot")
Bande = tuple[int, int]  # rows, from and to


def encre(quart: Gris, *, pale: bool = False) -> Gris:
    """What is darker than the paper around it on a level page, 1 on 0; `quart`: at a quarter of its size.

    `pale`: faint print too, whose strokes lose most of their contrast at that size.
    """
    by = _PALE if pale else _DARK
    dark = cv2.adaptiveThreshold(quart, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, by)
    return np.asarray(dark, np.uint8)


def bandes(ink: Gris, height: int) -> list[Bande]:
    """The strips of a page of `height` rows in the order of their reading, cut between lines; one if no gap.

    `ink`: as `encre` gives it.
    """
    margin = ink.shape[1] // 20
    rows = ink[:, margin:-margin].sum(axis=1, dtype=np.float64)
    above = np.cumsum(rows)
    if above[-1] < 1:
        return [(0, height)]
    cuts = [0]
    for share in _CUTS:
        gap = _gap(rows, int(np.searchsorted(above, share * above[-1])))
        if gap is not None and gap - cuts[-1] >= len(rows) // _LEAST:
            cuts.append(gap)
    edges = [*(c * 4 for c in cuts), height]
    strips = list(pairwise(edges))
    return [strips[0], strips[-1], *strips[1:-1]] if len(strips) > 2 else strips


def sans_poussiere(ink: Gris) -> Gris:
    """Without what is smaller than one letter of small print."""
    labels, stats = components(ink)
    return kept(labels, stats[:, cv2.CC_STAT_AREA] >= _LETTER)


def cadre(ink: Gris, bande: Bande, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is printed in a strip, with some white around; all of an empty one.

    Tesseract lays out every pixel that it is given, and most of a page is margin.
    """
    top, bottom = bande
    rows = ink[top // 4 : -(-bottom // 4)]
    x, y = np.flatnonzero(rows.any(axis=0)), np.flatnonzero(rows.any(axis=1))
    if not len(x):
        return 0, top, shape[1], bottom
    return (
        max(0, (int(x[0]) - _WHITE) * 4),
        max(top, top // 4 * 4 + (int(y[0]) - _WHITE) * 4),
        min(shape[1], (int(x[-1]) + 1 + _WHITE) * 4),
        min(bottom, top // 4 * 4 + (int(y[-1]) + 1 + _WHITE) * 4),
    )


def _gap(rows: npt.NDArray[np.float64], about: int) -> int | None:
    reach = max(3, int(_SEEK * len(rows)))
    low, high = max(1, about - reach), min(len(rows) - 1, about + reach)
    empty = np.flatnonzero(rows[low:high] <= _EMPTY * rows.max())
    if not len(empty):
        return None
    return int(low + empty[np.argmin(np.abs(empty + low - about))])


def assez(lignes: Sequence[LigneLue], largeur: int, hauteur: int, confiance: float) -> bool:
    """Whether the head and the foot tell all that filing asks of the page (R13, R14, R24)."""
    if confiance < _CONFIDENT:
        return False
    page = PageLue(1, texte=TexteLu(tuple(lignes), 0, largeur, hauteur, confiance))
    score = score_page(page)
    answer = decision.decide([score], confiance)
    if answer.type in {INCONNU, *decision.COVERED} or answer.confiance < _SURE or score.enumeration >= 3:
        return False
    number = numbering(page)
    inner = number is not None and number.page > 1
    if answer.type in TEXTS and (inner or score.entete() is None):
        return True  # its first page says whose it is; where none does, all of it is read before it is filed
    notice = answer.type == "avis_imposition" and inner
    if score.entete() is None and not notice:
        return False  # a word that one type is fond of, before the title was seen
    read = fields.extract(answer.type, [page], [score]).valeurs
    if notice:  # its first page says whose it is and of which year
        return bool(read.get("rfr")) or not _FIGURES.search(plain(page.texte.texte))
    wanted = ("noms", *_NEEDED.get(answer.type, ()))
    return all(read.get(name) for name in wanted) and any(map(_whole, read["noms"].split(";")))


def _whole(name: str) -> bool:
    """A surname and a given name, not a stump of either."""
    return sum(len(word) >= 3 for word in name.split()) >= 2
