"""Owns the verdict on a page's readability, and the one table of sentences that explain it (R6)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from classifier.image import Gris, Traces, shrink
from intake.domain.lecture import Qualite, RaisonQualite

# What a demandeur reads on his phone: what is wrong, then what to do.
PHRASES: dict[str, str] = {
    RaisonQualite.FLOU: "La photo est floue : posez le téléphone ou tenez-le à deux mains, puis recommencez.",
    RaisonQualite.SOMBRE: "La photo est trop sombre : approchez-vous d'une fenêtre ou allumez une lampe.",
    RaisonQualite.REFLET: "Un reflet cache une partie du texte : inclinez le document ou éteignez le flash.",
    RaisonQualite.COUPE: "Le document est coupé : reculez pour que les quatre bords soient visibles.",
    RaisonQualite.TROP_PETIT: "Le texte est trop petit : rapprochez-vous pour que le document remplisse "
    "l'image.",
    RaisonQualite.VIDE: "La page est vide : vérifiez que vous avez choisi la bonne face.",
    RaisonQualite.PENCHE: "Le document est penché : placez-vous bien au-dessus et redressez-le.",
    RaisonQualite.MASQUE: "Un doigt ou un objet cache une partie du document : dégagez-le.",
    RaisonQualite.DOCUMENT_ABSENT: "Aucun document n'est visible : cadrez la page à envoyer.",
}


@dataclass(frozen=True, slots=True)
class Lecture:
    """What the reading itself gave; a page that reads well is readable whatever its pixels look like."""

    mots: int
    sur: int  # words read with confidence
    confiance: float
    penche: float = 0.0  # degrees
    papier_vu: bool = True  # in a photograph: its four corners were found


def assess(gris: Gris, seen: Traces, lecture: Lecture, *, photo: bool) -> Qualite:
    """Reasons are remarks; `lisible` is False only when a person could not read the page either."""
    small, _ = shrink(gris, 1000)
    reasons: list[str] = []
    light = float(np.percentile(small, 90))
    contrast = light - float(np.percentile(small, 2))
    reads_well = lecture.sur >= 12 and lecture.confiance >= 68
    if lecture.sur < 3 and (seen.glyphes < 12 or contrast < 25):
        reasons.append(_nothing_there(small, photo))
    elif photo and lecture.mots == 0:
        reasons.append(RaisonQualite.DOCUMENT_ABSENT)  # marks or grain, and not one word
    if light < 75 and not reads_well:
        reasons.append(RaisonQualite.SOMBRE)
    if not reads_well and seen.glyphes >= 12 and _blurred(small, contrast):
        reasons.append(RaisonQualite.FLOU)
    if _glare(small) and not (reads_well and lecture.confiance >= 80):
        reasons.append(RaisonQualite.REFLET)
    if photo and 0 < seen.hauteur < 6.5 and not reads_well:
        reasons.append(RaisonQualite.TROP_PETIT)
    if abs(lecture.penche) > 7.5:
        reasons.append(RaisonQualite.PENCHE)
    if photo:
        if not lecture.papier_vu and _ink_at_edges(seen.encre):
            reasons.append(RaisonQualite.COUPE)
        if _covered(small):
            reasons.append(RaisonQualite.MASQUE)
    return Qualite(_legible(lecture, reasons), tuple(dict.fromkeys(str(r) for r in reasons)))


def _legible(lecture: Lecture, reasons: list[str]) -> bool:
    if RaisonQualite.VIDE in reasons or RaisonQualite.DOCUMENT_ABSENT in reasons:
        return False
    if lecture.sur >= 8 or (lecture.sur >= 3 and lecture.confiance >= 55):
        return True
    return not reasons


def _nothing_there(small: Gris, photo: bool) -> RaisonQualite:
    """A blank sheet is light and even, a blurred one light and uneven; a table or a wall is neither."""
    if photo and float(np.median(small)) <= 150:
        return RaisonQualite.DOCUMENT_ABSENT
    spread = float(np.percentile(small, 90)) - float(np.percentile(small, 3))
    return RaisonQualite.VIDE if spread < 25 or not photo else RaisonQualite.FLOU


def _blurred(small: Gris, contrast: float) -> bool:
    """Edges of the sharpest tenth of the page, relative to its contrast: the text, not the margins."""
    if contrast < 10:
        return True
    sharp = np.abs(cv2.Laplacian(small, cv2.CV_32F, ksize=3))
    return float(np.percentile(sharp, 97)) / contrast < 0.55


def _glare(small: Gris) -> bool:
    """A burnt patch with a soft rim, much brighter than the rest of the paper."""
    paper = float(np.percentile(small, 60))
    if paper > 225:
        return False
    burnt = (small >= 250).astype(np.uint8)
    patch = cv2.erode(burnt, np.ones((15, 15), np.uint8))
    return float(patch.mean()) > 0.015


def _ink_at_edges(ink: Gris) -> bool:
    """Text that runs into at least one long edge of the picture."""
    height, width = ink.shape
    margin_x, margin_y = max(2, width // 200), max(2, height // 200)
    strips: tuple[npt.NDArray[np.uint8], ...] = (
        ink[:, :margin_x], ink[:, -margin_x:], ink[:margin_y], ink[-margin_y:],
    )  # fmt: skip
    return any(float((s > 0).any(axis=int(s.shape[0] > s.shape[1])).mean()) > 0.10 for s in strips)


def _covered(small: Gris) -> bool:
    """A smooth, mid-toned blob reaching in from an edge of an otherwise light page: a finger, a sleeve."""
    tiny = cv2.GaussianBlur(shrink(small, 200)[0], (7, 7), 0)
    paper = float(np.percentile(tiny, 75))
    if paper < 120:
        return False
    dark = ((tiny < paper * 0.62) & (tiny > 25)).astype(np.uint8)
    opened = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    height, width = tiny.shape
    for left, top, w, h, area in stats[1:]:
        if not 0.02 * tiny.size < area < 0.22 * tiny.size:
            continue
        touches = (left == 0) + (top == 0) + (left + w == width) + (top + h == height)
        # A table's edge along a whole side is background, not a finger.
        if touches == 1 and w < 0.55 * width and h < 0.55 * height:
            return True
    return False
