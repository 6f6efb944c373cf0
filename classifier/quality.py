"""Owns the verdict on a page's readability (R6)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from classifier.image import Gris, Traces, shrink
from classifier.vue import Vue, look
from intake.domain.lecture import Qualite, RaisonQualite

# Calibrated on drawn photos (`python -m generator photos`); figures in docs/measures.md.
_SOME = 3  # words of a page on which some can be read
_PRINT = 8  # letters below which nothing is printed
_DARK, _BLACK = 50.0, 30.0  # light of the paper: hard to read; nothing can be seen of it on a screen
_SOFT = 0.10  # steepness of edges below which letters melt…
# Steps from light to dark within a letter below which they do, and below which the soft ones do.
_STROKES, _MELTING = 1.0, 1.44
_SMALL, _TINY = 7.5, 4.5  # pixels of a small letter: hard to read; cannot be read
_SHEET = 650  # pixels of the paper's long side below which a page's print is lost
_TEXTURE = 12  # lines that run out of the frame on every side: a cloth or wood, not print
_LINES, _APART = 12, 0.25  # lines that lie wholly in the picture, and to those that run out of it: print
_ENDS = 3  # lines that come up to the frame: fewer may be specks
_TRACE = 0.003  # share of the paper
_FAINT = 12.0
_SIGNATURE = 60  # letters and strokes of a page that holds a signature and what stands above it
_FAINT_INK, _INKED = 25, 0.015  # grey levels under the paper; share of a page beyond which it is printed
_BURNT, _FLASH = 0.02, 0.06  # share of the paper: a patch near print; one that no margin holds
_ON_A_CARD = 0.15  # share of a card that is burnt, of which the portrait's ground is a third
_HAND, _THING = 0.012, 0.1  # share of the paper: a hand amid print; a thing larger than a picture
_BY_CHANCE = 1  # lines of a page that end at a shadow's rim, or a fold's
_CARD = 0.013  # height of a small letter over the long side of what it is printed on
# Lines that lie wholly in the picture, to those cut on three sides: of one sheet too near most would be cut.
_AROUND = 3
_BORDER = (4.0, 8.5)  # letters' heights between print and the frame: it goes on beyond; it likely does
_FRAMED = 0.8  # share of the picture from which the outline of the paper is the picture's own
_SCREEN = 0.6  # share of the paper that seems inked
_TABLE = 120.0  # light below which an even ground without print is no paper
_A4 = (1.25, 1.65)  # long side over short side of a sheet, in perspective
_WHOLE = 0.975  # share of its outline that is paper where the outline is surely the sheet's
_ABOVE = 0.7  # of one side of the sheet to the opposite one: seen well enough from above to tell its shape
_ANY_SLANT = 20.0  # pixels of a small letter
_SLANT = 0.5  # of one side of the sheet to the opposite one…
_DRAWN = 0.9  # …and of its outline that is paper: less was drawn around a card's stripes


@dataclass(frozen=True, slots=True)
class Lecture:
    """What the reading itself gave; a page that reads well is readable whatever its pixels look like."""

    mots: int
    sur: int  # words read with confidence
    confiance: float
    penche: float = 0.0  # degrees
    au_bord: int = 0  # lines read with confidence that end at the frame

    @property
    def bonne(self) -> bool:
        return self.sur >= 12 and self.confiance >= 68

    @property
    def nulle(self) -> bool:
        return self.sur < 3


def apercu(image: Image.Image) -> Qualite:
    """The verdict on a photo at once, before any OCR (R6); `judge` refines it once the page is read.

    Give it the image just opened: a JPEG that is not decoded yet costs a quarter of what a decoded one does.
    """
    return judge(look(image), None)


def judge(vue: Vue, lecture: Lecture | None) -> Qualite:
    """The verdict on a photo, read or not: what is wrong, and whether it leaves a person unable to use it."""
    grave: list[RaisonQualite] = []
    remarks: list[RaisonQualite] = []
    reads = lecture is not None and lecture.bonne
    if _dark(vue):
        if not reads or vue.lumiere < _BLACK:
            # Of what cannot be seen, nothing else is sure.
            return Qualite(False, (str(RaisonQualite.SOMBRE),))
        remarks.append(RaisonQualite.SOMBRE)
    empty = not reads and _no_print(vue, lecture)
    if vue.fuite < _SLANT and vue.plein > _DRAWN and not reads and not _large(vue):
        grave.append(RaisonQualite.PENCHE)
    elif empty:
        grave.append(_instead_of_print(vue))
    elif not reads:
        grave.extend(_softness(vue))
        (grave if vue.hauteur < _TINY or vue.grand_cote < _SHEET * 0.8 else remarks).extend(_smallness(vue))
    if not empty:
        grave.extend(_losses(vue))
        if _is_cut(vue, lecture):
            grave.append(RaisonQualite.COUPE)
    if lecture is not None and abs(lecture.penche) > 7.5:
        remarks.append(RaisonQualite.PENCHE)
    if lecture is not None and lecture.nulle and not grave:
        grave.extend(remarks or [RaisonQualite.FLOU])
    return Qualite(not grave, tuple(dict.fromkeys(str(r) for r in (*grave, *remarks))))


def _large(vue: Vue) -> bool:
    """Dark letters on a light ground, so large that a slant, or an outline that was not found, loses none."""
    return vue.hauteur >= _ANY_SLANT and vue.lumiere >= _TABLE and vue.trace < _SCREEN


def _dark(vue: Vue) -> bool:
    return vue.lumiere < _DARK and vue.contraste < _DARK


def _no_print(vue: Vue, lecture: Lecture | None) -> bool:
    texture = vue.coupe >= _TEXTURE and (vue.cotes_coupes == 4 or not vue.papier)
    texture = texture and vue.entieres < max(_LINES, _APART * vue.coupe)  # a sheet on a cloth of its colour
    few = vue.lettres < _PRINT or vue.contraste < _FAINT
    if lecture is None:
        return few or texture
    return lecture.nulle and (few or texture or lecture.mots == 0)


def _instead_of_print(vue: Vue) -> RaisonQualite:
    """A blank sheet, print too soft or too small to make letters, or no document at all."""
    if not vue.papier or vue.papier > 0.97 or vue.lumiere < _TABLE:
        return RaisonQualite.DOCUMENT_ABSENT
    if vue.trace < _TRACE:
        return RaisonQualite.COUPE if vue.bords else RaisonQualite.VIDE
    if vue.grand_cote < _SHEET:
        return RaisonQualite.TROP_PETIT
    return RaisonQualite.FLOU if vue.nettete < 1.5 * _SOFT else RaisonQualite.TROP_PETIT


def _softness(vue: Vue) -> list[RaisonQualite]:
    soft = vue.nettete < _SOFT and vue.nettete * vue.hauteur < _MELTING
    return [RaisonQualite.FLOU] if soft or vue.nettete * vue.hauteur < _STROKES else []


def _smallness(vue: Vue) -> list[RaisonQualite]:
    small = vue.hauteur < _SMALL or vue.grand_cote < _SHEET
    return [RaisonQualite.TROP_PETIT] if small else []


def _losses(vue: Vue) -> list[RaisonQualite]:
    """What of the print is hidden or burnt."""
    found = []
    # Around a sheet that was not found a white cloth burns; a card is small, and its portrait white.
    own = vue.papier > 0 and vue.hauteur < _CARD * vue.grand_cote
    flash = vue.brule > (_FLASH if own else _ON_A_CARD)
    if (vue.papier > 0 and flash) or vue.perdu > _BURNT or (vue.reflet >= 2 and vue.brule > _BURNT):
        found.append(RaisonQualite.REFLET)
    # A picture printed on a card hides nothing, and a shadow's rim stops a line by chance.
    # The print of a card is large for its size, and its portrait too.
    thing = vue.objet > _THING and vue.hauteur < _CARD * vue.grand_cote
    ends = 0 if vue.trace > _SCREEN else vue.masque
    if vue.entieres >= _LINES and not vue.main and vue.objet < _THING / 2:
        ends = max(0, ends - _BY_CHANCE)
    if ends >= 2 or vue.main > _HAND or thing or (ends and vue.objet):
        found.append(RaisonQualite.MASQUE)
    return found


def _is_cut(vue: Vue, lecture: Lecture | None) -> bool:
    """Print at the frame; or a sheet that leaves it and has no longer the shape of a sheet."""
    if not vue.papier or vue.papier > 0.97:
        return lecture is not None and lecture.au_bord >= 2
    if not vue.bords:
        return False
    if vue.trace <= _SCREEN and vue.entieres < _ENDS <= vue.coupe:
        return True  # half of a card, the corner of a page: hardly a line is whole
    if vue.cotes_coupes >= 3 and vue.entieres >= max(_LINES, _AROUND * vue.coupe):
        return lecture is not None and lecture.au_bord > 0  # what is cut lies around the sheet
    if vue.plein < _WHOLE:
        return lecture is not None and lecture.au_bord > 0
    if lecture is not None and lecture.au_bord:
        return True
    screened = vue.trace > _SCREEN  # a screen's lines make letters everywhere
    if vue.coupe >= _ENDS and not screened:
        return (
            vue.papier < _FRAMED
        )  # else the papers beneath made one sheet of it all, and their print is cut
    odd = not _A4[0] < vue.allonge < _A4[1] and vue.fuite > _ABOVE
    # Between two lines there may be a blank of some letters; at the ends of all it is a margin.
    return odd and (vue.recul < _BORDER[0] or (vue.bords > 1 and vue.recul_haut < _BORDER[1]))


def judge_scan(gris: Gris, seen: Traces, lecture: Lecture) -> Qualite:
    """A scanner neither cuts nor hides: only what the print itself lost."""
    whole = shrink(gris, 1000)[0]
    small = whole[::2, ::2]
    light, dark = np.percentile(small, (90, 2))
    reasons: list[str] = []
    down, across = (slice(side // 20, side - side // 20) for side in small.shape)  # edges are the scanner's
    inked = float((small[down, across] < light - _FAINT_INK).mean()) > _INKED
    shapeless = lecture.sur < 3 and seen.glyphes < 12
    pale = light - dark < _FAINT_INK
    if not inked and (shapeless or (lecture.sur < 3 and pale and seen.glyphes < _SIGNATURE)):
        reasons.append(RaisonQualite.VIDE)
    if light < 75 and not lecture.bonne:
        reasons.append(RaisonQualite.SOMBRE)
    # much ink and not a letter made of it, or letters enough and too pale to be one
    melted = (shapeless and inked) or (lecture.sur < 3 and pale and seen.glyphes >= _SIGNATURE)
    wordless = inked and lecture.sur == 0 and lecture.mots < _SOME  # letters, as it seems, and none is one
    if (
        melted
        or wordless
        or (not lecture.bonne and seen.glyphes >= 12 and _blurred(whole, float(light - dark)))
    ):
        reasons.append(RaisonQualite.FLOU)
    if abs(lecture.penche) > 7.5:
        reasons.append(RaisonQualite.PENCHE)
    return Qualite(_legible(lecture, reasons), tuple(str(r) for r in reasons))


def _legible(lecture: Lecture, reasons: list[str]) -> bool:
    if RaisonQualite.VIDE in reasons:
        return False
    if lecture.sur >= 8 or (lecture.sur >= 3 and lecture.confiance >= 55):
        return True
    return not reasons


def _blurred(small: Gris, contrast: float) -> bool:
    """Edges of the sharpest tenth of the page, relative to its contrast: the text, not the margins."""
    if contrast < 10:
        return True
    sharp = np.abs(cv2.Laplacian(small, cv2.CV_32F, ksize=3))
    return float(np.percentile(sharp, 97)) / contrast < 0.55
