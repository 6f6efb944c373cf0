"""Owns the reading of one page: its text layer when sound, else prepared pixels through OCR, upright."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from classifier import columns, image, layer, ocr, quality, relecture, retouches, strips
from classifier.contradiction import of_a_zone
from classifier.image import Gris, Matrice, Traces
from classifier.layer_proof import contradicted
from classifier.peignes import recoller
from classifier.vue import Vue, look
from intake.domain.lecture import Boite, Couche, LigneLue, Qualite, TexteLu, englober, serrer
from intake.ports import PageImage
from intake.readers.pixels import grey as luminance
from intake.readers.pixels import quantile

_SURE = 60.0
_FEW, _LETTERED = 8, 20  # so few words where so many letters seem to stand: something went unread
_LANGUAGE, _POOR_LANGUAGE = 0.55, 0.35  # share of a page's letters in good words; of a poor page, upright
_SURE_VOTE = 3  # lines that stand upright beyond which only nonsense is doubted
_TELLING = 16  # words from which one hears whether they are upright
_HARDLY = 1e-4  # of letters times their confidence: it decides where nothing is language
_UPRIGHT_WORD = 3  # letters from which a word is wider than high
# Rows of a machine-readable zone, characters of one, letters and figures among them.
_OF_A_ZONE, _LONG_ROW, _SAID = 2, 28, 8
_WORD = re.compile(r"[^\W\d_]{3,}")
_VOWEL = re.compile(r"[aeiouyàâéèêëîïôùûœ]", re.IGNORECASE)
_BLOCKS = 1000  # more than the blocks of one strip: the lines of two strips are two lines
_GRAINS, _GRAINS_A_GLYPH = 1500, 20  # specks beyond which the page is grain before it is print
_STREWN, _STREWN_BETTER = 0.75, 1.1  # language of a page hardly read; by how much better without specks
_GRAIN_HIGH, _GRAINS_A_SPECK = 7.0, 8  # pixels of a letter that may be a clot of grain; specks to each
_FLAT = 0.3  # ratio of opposite sides below which there is nothing left to flatten
_WHOLE_PICTURE = 0.97  # share of the picture beyond which it is all paper, or nothing tells paper from table
_TILT, _TILT_LOOSE = 9.0, 20.0  # of a fed or flattened sheet, and of one that was found nowhere
_PAGE_SECONDS = 5.0  # of CPU, three times what the densest page takes: what is unread then, nobody reads
_LIGHT = 250  # long side of the copy on which the light is looked at
_ON_TINT = 0.1  # share of the print from which a ground darker than the paper is worth removing
_UNEVEN = 45  # grey levels between the lightest and the darkest paper beyond which light is evened


def _cpu() -> float:
    """Seconds of CPU of this process and of those it has waited for: a busy machine takes no text away."""
    return sum(os.times()[:4])


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The page's pixels on their way to OCR, and the matrix from the deposited page to them."""

    gris: Gris
    depuis: Matrice
    penchant: float = _TILT  # degrees by which its lines may be tilted
    peine_perdue: bool = False  # a photo refused at sight: what it still gives is not worth much time
    grain: bool = False  # it was taken away, and what is left of it may pass for small print
    depuis_quand: float = field(default_factory=_cpu)

    @property
    def epuisee(self) -> bool:
        return _cpu() - self.depuis_quand > _PAGE_SECONDS


def read_page(page: PageImage, *, entiere: bool = False) -> TexteLu:
    """What filing asks of a page, or with `entiere` all that is printed on it.

    Never raises for an image's content.
    """
    width, height = page.image.size
    if page.couche is not None and layer.sound(page.couche):
        if contradicted(luminance(page.image), page.couche):
            return _by_ocr(page, entiere=entiere)
        return _by_layer(page.couche, width, height)
    read = _by_ocr(page, entiere=entiere)
    if (
        page.couche is not None
        and len(page.couche.mots) > read.mots
        and layer.legible(page.couche)
        and not contradicted(luminance(page.image), page.couche)
    ):
        return _by_layer(page.couche, width, height)
    return read


def _by_layer(couche: Couche, width: int, height: int) -> TexteLu:
    page = columns.compose(couche, width, height)
    return TexteLu(page.lignes, page.rotation, page.largeur, page.hauteur, 100.0, "texte", Qualite())


def _by_ocr(page: PageImage, *, entiere: bool) -> TexteLu:
    width, height = page.image.size
    original = image.grey(page.image)
    vue = look(page.image) if page.photo else None
    if vue is None:
        original = retouches.light_on_dark(retouches.without_streaks(original))
    light = image.paper(image.shrink(original, _LIGHT)[0]) if vue is None else None
    sheet = _sheet(original, vue, light)
    seen = image.traces(sheet.gris)
    if light is not None and sheet.gris is original and _partly_tinted(light, seen):
        sheet = replace(sheet, gris=image.even_light(sheet.gris))
        seen = image.traces(sheet.gris)
    tiny = 0 < seen.hauteur <= _GRAIN_HIGH  # it will be read at twice its size, and every grain with it
    if seen.points > max(_GRAINS, (_GRAINS_A_SPECK if tiny else _GRAINS_A_GLYPH) * seen.glyphes):
        # Tesseract follows every grain: such a page took half a minute, and none of its words was found.
        sheet = replace(sheet, gris=retouches.without_grain(sheet.gris))
        seen = image.traces(sheet.gris)
        sheet = replace(sheet, grain=seen.points > _GRAINS_A_GLYPH * seen.glyphes)
    if seen.glyphes < 4:
        nothing = quality.Lecture(0, 0, 0.0)
        return TexteLu((), 0, width, height, 0.0, "ocr", _verdict(original, seen, vue, nothing))
    best = _upright(sheet, seen)
    if seen.points > max(_GRAINS, seen.glyphes) and _language(best.mots) < _STREWN and not sheet.epuisee:
        # A card's pattern and a dithered page have points too: what is read better without them is kept.
        clean = replace(sheet, gris=retouches.without_specks(sheet.gris, seen.hauteur))
        attempt = _upright(clean, image.traces(clean.gris))
        if _worth(attempt.mots) > _STREWN_BETTER * _worth(best.mots):
            best = attempt
    if len(best.mots) < _FEW and seen.glyphes >= _LETTERED and not sheet.peine_perdue and not sheet.epuisee:
        # A tinted card on white paper passes for a picture: with its tint gone, it is text.
        flat = replace(sheet, gris=image.even_light(sheet.gris))
        again = _upright(flat, image.traces(flat.gris))
        if _worth(again.mots) > _worth(best.mots):
            best = again
    matrix = best.matrice @ np.diag([original.shape[1] / width, original.shape[0] / height, 1.0])
    back = image.quarter_matrix(width, height, best.tour) @ np.linalg.inv(matrix)
    upright = (width, height) if best.tour in (0, 180) else (height, width)
    while best.reste:
        best.lire_suite()
        if entiere or not best.reste:
            continue
        if strips.assez(_lines(best.mots, back), *upright, _mean_confidence(best.mots)):
            break
    words = best.mots if sheet.peine_perdue or sheet.epuisee else best.relire()
    lines, confidence = _lines(words, back), _mean_confidence(words)
    ends = sum(_at_frame(line, upright) for line in lines)
    lecture = quality.Lecture(len(words), _sure(words), confidence, best.degres, ends)
    verdict = _verdict(original, seen, vue, lecture)
    return TexteLu(
        lines, best.tour, *upright, confidence, "ocr", verdict, partielle=bool(best.reste) or best.incomplete
    )


def _verdict(gris: Gris, seen: Traces, vue: Vue | None, lecture: quality.Lecture) -> Qualite:
    return quality.judge_scan(gris, seen, lecture) if vue is None else quality.judge(vue, lecture)


def _sheet(gris: Gris, vue: Vue | None, light: Gris | None) -> _Sheet:
    matrix: Matrice = np.eye(3)
    tilt = _TILT
    if vue is not None:
        corners = _corners(gris, vue)
        if corners is not None:
            gris, matrix = image.flatten(gris, corners)
        else:
            tilt = _TILT_LOOSE
    if light is None or _unevenly_lit(light):
        gris = image.even_light(gris)
    return _Sheet(gris, matrix, tilt, vue is not None and not quality.judge(vue, None).lisible)


def _unevenly_lit(light: Gris) -> bool:
    return quantile(light, 0.9) - quantile(light, 0.1) > _UNEVEN


def _partly_tinted(light: Gris, seen: Traces) -> bool:
    """Whether some of the print stands on a coloured ground: a card copied beside white paper or its back.

    Tesseract takes the card for a picture, and reads the rest.
    """
    ink = cv2.resize(seen.encre, light.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)
    tinted = ink[light < quantile(light, 0.9) - _UNEVEN]
    return float(tinted.sum()) > _ON_TINT * float(ink.sum())


def _corners(gris: Gris, vue: Vue) -> npt.NDArray[np.float32] | None:
    """Where the page is cut out, a little outside the sheet; None where two cards lie side by side."""
    if not vue.papier or vue.papier > _WHOLE_PICTURE:
        return image.find_paper(gris)  # paper on a table of its colour: its rim may still show
    if vue.coins is None or vue.fuite < _FLAT:
        return None
    corners = vue.coins * np.float32(max(gris.shape) / vue.cote)
    middle = corners.mean(axis=0)
    edge = np.array([gris.shape[1], gris.shape[0]], np.float32) - 1
    return np.asarray(np.clip(middle + (corners - middle) * 1.015, 0, edge), np.float32)


class _Lecture:
    """A page in one direction, levelled; its head is read at once, its other strips when asked."""

    def __init__(self, sheet: _Sheet, tour: int, degres: float, echelle: float, *, dense: bool) -> None:
        turned, first = image.quarter(sheet.gris, tour)
        self._niveau = image.Niveau(turned, degres, echelle)
        self.tour, self.degres, self.matrice = tour, degres, self._niveau.matrice @ first @ sheet.depuis
        self._feuille = sheet
        height = self._niveau.shape[0]
        quart = self._niveau.quart()
        self._encre = strips.encre(quart)
        self.reste = strips.bandes(self._encre, height) if dense else [(0, height)]
        self._ink = strips.sans_poussiere(strips.encre(quart, pale=True))
        self._read: dict[int, list[ocr.Mot]] = {}
        self.incomplete = False  # of a strip, nothing could be read in time
        while self.reste and len(self.mots) < _TELLING:
            self.lire_suite()

    @property
    def mots(self) -> list[ocr.Mot]:
        """From top to bottom, whatever was read first."""
        return [word for top in sorted(self._read) for word in self._read[top]]

    def lire_suite(self) -> None:
        strip = self.reste.pop(0)
        try:
            self._read[strip[0]] = self._words(strip)
        except ocr.TropLong:
            self.incomplete = True

    def relire(self) -> list[ocr.Mot]:
        """Its words after the second look at some of them."""
        return relecture.relire(
            self.mots, self._niveau, self._encre, self.reste, lambda: self._feuille.epuisee
        )

    def _words(self, bande: strips.Bande) -> list[ocr.Mot]:
        if self._feuille.epuisee:
            raise ocr.TropLong
        frame = strips.cadre(self._ink, bande, self._niveau.shape)
        words = ocr.engine().words(self._niveau.partie(*frame), _apparent_dpi(self._niveau.shape))
        left, top = frame[:2]
        return [
            replace(
                w,
                boite=(w.boite[0] + left, w.boite[1] + top, w.boite[2] + left, w.boite[3] + top),
                ligne=(w.ligne[0] + bande[0] * _BLOCKS, *w.ligne[1:]),
            )
            for w in words
        ]


def _upright(sheet: _Sheet, seen: Traces) -> _Lecture:
    """Read in the likeliest direction; try the others only when what comes out is no language."""
    aside = np.rot90(seen.encre).astype(np.uint8)
    along, across = image.Penchant(seen.encre), image.Penchant(aside)
    sideways = image.lies_sideways(along, across, sheet.penchant - 3)
    ink, leaning = (aside, across) if sideways else (seen.encre, along)
    degrees, _ = leaning.level(sheet.penchant)
    vote = image.upside_down_vote(image.turned(ink, degrees))
    # np.rot90 turns anticlockwise: upright after it means 270 clockwise.
    order = [270, 90] if sideways else [0, 180]
    if vote < -1:  # most pages are upright: one line more is no reason
        order.reverse()
    scale = image.reading_scale(sheet.gris, seen, cheap=sheet.peine_perdue)
    if sheet.grain:
        scale = min(scale, 1.0)  # the clots of a blurred page, enlarged, took Tesseract 40 s to lay out
    dense = seen.glyphes >= strips.DENSE
    best = _Lecture(sheet, order[0], degrees, scale, dense=dense)
    known = _language(best.mots)
    if known < (_LANGUAGE if vote < _SURE_VOTE else _POOR_LANGUAGE):
        others = [order[1]]
        if not best.mots:  # a card upside down may take all of the page's time and say nothing
            sheet = replace(sheet, depuis_quand=_cpu())
        if known < 0.25 and seen.glyphes > 40:
            others += [0, 180] if sideways else [270, 90]
        for turn in others:
            if turn not in order and _bears_a_zone(best.mots):
                break
            tilt = degrees if turn in order else 0.0
            attempt = _Lecture(sheet, turn, tilt, scale, dense=dense)
            if _worth(attempt.mots) > _worth(best.mots):
                best = attempt
            if _language(best.mots) > 0.7:
                break
    return best


def _apparent_dpi(shape: tuple[int, int]) -> int:
    """As if the long side were that of an A4 sheet; Tesseract only wants an order of magnitude."""
    return int(max(shape) / 11.7)


def _language(words: Sequence[ocr.Mot]) -> float:
    """Share of the letters that stand in confidently read, pronounceable words; 0 on its side."""
    letters = sum(len(w.texte) for w in words)
    if not letters or _on_its_side(words):
        return 0.0
    good = sum(
        len(w.texte)
        for w in words
        if w.confiance >= _SURE and _WORD.search(w.texte) and _VOWEL.search(w.texte)
    )
    digits = sum(len(w.texte) for w in words if w.confiance >= 80 and any(c.isdigit() for c in w.texte))
    return (good + digits * 0.7) / letters


def _on_its_side(words: Sequence[ocr.Mot]) -> bool:
    """Whether most words run up or down the page: Tesseract turns such lines by itself and reads them."""
    boxes = [w.boite for w in words if len(w.texte) >= _UPRIGHT_WORD]
    return 2 * sum(bottom - top > right - left for left, top, right, bottom in boxes) > len(boxes)


def _bears_a_zone(words: Sequence[ocr.Mot]) -> bool:
    """Whether rows of a machine-readable zone were read, so that the page does not lie on its side.

    A card has little else that is language. Upside down an arrow is a filler: that tells not which way is up.
    """
    rows = sum(
        len(w.texte) >= _LONG_ROW and of_a_zone(w.texte) and sum(c.isalnum() for c in w.texte) >= _SAID
        for w in words
    )
    return rows >= _OF_A_ZONE and not _on_its_side(words)


def _worth(words: Sequence[ocr.Mot]) -> float:
    """Of two directions the better: by what is language, or by all its letters of a hand hard to read."""
    if _on_its_side(words):
        return 0.0
    sure = sum(len(w.texte) for w in words if w.confiance >= _SURE)
    return _language(words) * sure + _HARDLY * sum(len(w.texte) * w.confiance for w in words)


def _sure(words: Sequence[ocr.Mot]) -> int:
    return sum(w.confiance >= _SURE and bool(_WORD.search(w.texte)) for w in words)


def _mean_confidence(words: Sequence[ocr.Mot]) -> float:
    letters = sum(len(w.texte) for w in words)
    return round(sum(w.confiance * len(w.texte) for w in words) / letters, 1) if letters else 0.0


def _lines(read: Sequence[ocr.Mot], back: Matrice) -> tuple[LigneLue, ...]:
    groups: dict[tuple[int, int, int], list[ocr.Mot]] = {}
    for word in read:
        groups.setdefault(word.ligne, []).append(word)
    lines = []
    for members in groups.values():
        if not any(c.isalnum() for w in members for c in w.texte):
            continue
        words = recoller([(w.texte, w.boite) for w in members])  # upright still
        text, boxes = " ".join(word for word, _ in words), [_mapped(box, back) for _, box in words]
        known = [w if w.glyphes is None else replace(w, confiance=w.glyphes) for w in members]
        sure = bytes(_worst(known, box) for _, box in words)
        line = LigneLue(text, englober(boxes), _mean_confidence(known), serrer(boxes), sure)
        lines.append(line)
    return tuple(lines)


def _worst(members: Sequence[ocr.Mot], box: Boite) -> int:
    """The confidence of a word of the line: of its worst part, where it was put together from several."""
    left, _, right, _ = box
    parts = [w.confiance for w in members if w.boite[0] >= left and w.boite[2] <= right]
    return round(max(0.0, min(parts, default=0.0)))


def _at_frame(line: LigneLue, size: tuple[int, int]) -> bool:
    """Whether a line surely read ends where the picture does."""
    left, top, right, bottom = line.boite
    near = 0.35 * min(bottom - top, right - left)
    outside = min(left, top, size[0] - right, size[1] - bottom)
    return outside < near and line.confiance >= _SURE and bool(_WORD.search(line.texte))


def _mapped(box: tuple[float, float, float, float], back: Matrice) -> Boite:
    left, top, right, bottom = box
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], dtype=np.float64)
    points = cv2.perspectiveTransform(corners, back)[0]
    low, high = points.min(axis=0), points.max(axis=0)
    return (int(max(0, low[0])), int(max(0, low[1])), int(np.ceil(high[0])), int(np.ceil(high[1])))
