"""Owns what a photograph shows before anything is read: paper, print, sharpness, and what lies over them.

Measured on copies of a bounded size, so that the whole costs a fraction of a second whatever the sensor (R6).
Of a thumb, a mug or a flash is asked whether lines of print run into it and do not come out, or whether it
takes more of the sheet than a margin: over a margin none of them hides anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.eclats import burnt_by_light, large
from classifier.feuille import no_sheet, sheet_of
from classifier.image import Gris
from intake.readers.pixels import components, kept, within

_FINE = 2000  # long side on which letters and edges are measured
_COARSE = 1000  # long side on which regions are compared
_LEAST = 64
_DRAFT = (1400, 1400)
_MANY, _TIMES = 50, 6  # letters: a text; beside those of a sliver
_SLIVER = 0.2  # share of the picture
_WOVEN = 0.9  # share of a ground inked all over: no print is as dense
_LARGE = 0.03  # share of the sheet from which what lies on it is no stamp or logo
_SIDE = 0.2  # of a side of the picture that is paper: the sheet leaves by it
_EDGE, _SOME_WORDS = 2, 8  # pixels of the coarse copy; letters' heights
_STRAY = 0.015  # share of the print that specks near the frame may make
_SQUARE, _BAND = 6.0, 0.6  # degrees between a printed picture and its sheet; of the sheet's short side
_BEYOND = (41, 13)  # pixels of the coarse copy: what lies beyond the sheet's edge, and that edge itself
_ALIKE, _GOES_ON = 30.0, 0.3  # grey levels; share of what lies beyond that is as what lies before
_PRINTED = 0.006  # share of the paper from which a hole in it is a band or a picture
_READ_THROUGH = 0.03  # share of a thing that letters take
Couleur = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Vue:
    """Facts of one photograph; lengths are pixels of the picture as deposited."""

    cote: int  # long side of the picture
    lettres: int  # components of the size of a letter, on the paper
    hauteur: float  # of the smaller letters
    lumiere: float  # of the paper, 0–255
    contraste: float  # between the paper and its ink
    nettete: float  # how steep the edges of the print are for their contrast, per pixel
    trace: float  # share of the paper that carries ink, however blurred
    papier: float  # share of the picture that the paper takes; 0 when none is seen
    grand_cote: float  # of the paper
    fuite: float  # its shorter side over the opposite one: how slantwise it is seen
    coins: npt.NDArray[np.float32] | None  # of its one sheet, clockwise from top left
    bords: int  # sides of the picture by which the paper leaves it
    allonge: float  # its long side over its short one
    plein: float  # share of its outline that is paper, or printed amid it: less where the table runs into it
    masque: int  # lines of print that run into an object
    main: float  # share of the paper, amid its print, under what reaches in over its edge
    objet: float  # share of the paper under other large objects, or pictures
    reflet: int  # lines of print that run into a burnt patch
    brule: float  # share of the paper that burnt patches take
    perdu: float  # share of it amid the print
    coupe: int  # lines of print that the frame cuts
    entieres: int  # lines of print that lie wholly within it
    cotes_coupes: int  # sides by which it does: all four where it is no print but a cloth or wood
    recul: float  # letters' heights between the print and the sides by which the paper leaves the picture
    recul_haut: float  # the same of those above and below its lines


@dataclass(frozen=True, slots=True)
class _Print:
    """The letters and the lines they make, level or nearly, at coarse size."""

    letters: Gris
    lines: Gris
    height: float  # of a small letter, at coarse size


def look(image: Image.Image) -> Vue:
    """All of `Vue`. A JPEG that is not decoded yet is decoded at a half or a quarter, nearly for nothing."""
    native = max(image.size)
    image.draft("RGB", _DRAFT)
    picture = np.asarray(image.convert("RGB"))
    grey = _at_least(within(_u8(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)), _FINE), _LEAST)
    coarse = _at_least(within(picture, _COARSE), _LEAST)
    paper = sheet_of(coarse)
    level = _u8(cv2.cvtColor(coarse, cv2.COLOR_RGB2GRAY))
    whole = _u8(cv2.resize(paper.sheet, grey.shape[::-1], interpolation=cv2.INTER_NEAREST))
    letters, height, count = _letters(grey, whole)
    sliver = paper.seen and float(paper.sheet.mean()) < _SLIVER
    if sliver and count >= _MANY and _ink(level, paper.sheet)[2] > _WOVEN:
        # a light square of a cloth passed for the sheet, and its weave for print
        paper, whole, sliver = no_sheet(coarse), np.ones_like(grey), False
        letters, height, count = _letters(grey, whole)
    if sliver and count < _MANY:
        elsewhere = _letters(grey, np.ones_like(grey))
        if elsewhere[2] >= max(_MANY, _TIMES * count):
            # a sliver of table passed for the sheet, and print stands beside it
            paper, whole, (letters, height, count) = no_sheet(coarse), np.ones_like(grey), elsewhere
    small = _u8(cv2.resize(letters, level.shape[::-1], interpolation=cv2.INTER_AREA) > 60)
    to_coarse = max(coarse.shape) / max(grey.shape)
    steep = _steepness(grey, whole)
    bare, sheet = paper.bare, paper.sheet
    if _runs_down(small, height * to_coarse):
        level, small, bare, sheet = (
            _u8(np.ascontiguousarray(np.rot90(part))) for part in (level, small, bare, sheet)
        )
    print_ = _Print(small, _lines(small, height * to_coarse) & sheet, max(2.0, height * to_coarse))
    light, contrast, trace = _ink(level, sheet)
    objects, burnt = _objects(bare, sheet, print_), burnt_by_light(level, sheet, print_.lines)
    ratio = native / max(grey.shape)
    leaving = _leaving(print_, sheet)
    across = down = print_.lines
    if objects.any() or burnt.any():
        across, down = _between(print_.lines, 1), _between(print_.lines, 0)
    lying = _lying(objects, sheet, level)
    hand, thing = _covered(objects, lying, sheet, across | down)
    area = max(1.0, float(sheet.sum()))
    return Vue(
        cote=native,
        lettres=count,
        hauteur=height * ratio,
        lumiere=light,
        contraste=contrast,
        nettete=steep / ratio,
        trace=trace,
        papier=float(sheet.mean()) if paper.seen else 0.0,
        grand_cote=paper.box[1] * native / max(coarse.shape),
        fuite=paper.fuite,
        coins=None if paper.corners is None else paper.corners * np.float32(native / max(coarse.shape)),
        bords=paper.bords,
        allonge=paper.allonge,
        plein=float(_filled(paper.bare).sum()) / float(paper.sheet.sum()),
        masque=_hidden(print_, objects, reach=1.8, lying=lying),
        main=hand / area,
        objet=thing / area,
        reflet=_hidden(print_, burnt, reach=3.0),
        brule=float(burnt.sum()) / area,
        perdu=float((burnt & across & down).sum()) / area,
        coupe=sum(n for n, _, _ in leaving),
        entieres=_whole(print_),
        cotes_coupes=sum(n > 0 for n, _, _ in leaving),
        recul=min((far for _, far, _ in leaving), default=math.inf),
        recul_haut=min((far for _, far, above in leaving if above), default=math.inf),
    )


def _at_least(picture: Couleur, shortest: int) -> Couleur:
    """Strips and specks are widened: they hold nothing, and nothing has to provide for them."""
    height, width = picture.shape[:2]
    if min(height, width) >= shortest:
        return picture
    return _u8(cv2.resize(picture, (max(width, shortest), max(height, shortest))))


def _letters(grey: Gris, sheet: Gris) -> tuple[Gris, float, int]:
    """Components of the size of a letter on the sheet, the height of the smaller ones, how many they are."""
    block = max(15, (max(grey.shape) // 60) | 1)
    spread = float(np.percentile(grey[::8, ::8], 90)) / 255
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, max(4, 20 * spread)
    )
    ink = cv2.bitwise_and(ink, ink, mask=sheet)
    labels, stats = components(_u8(ink))
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    top = max(grey.shape) / 25
    keep = (np.maximum(width, height) <= top) & (np.maximum(width, height) >= 5) & (area >= 8)
    keep &= (area <= width * height * 0.9) & (width <= height * 6) & (height <= width * 9)
    keep[0] = False
    measured = float(np.percentile(np.maximum(width, height)[keep], 35)) if keep.any() else 0.0
    return _u8(kept(labels, keep) * 255), measured, int(keep.sum())


def _runs_down(letters: Gris, height: float) -> bool:
    """Whether letters join sooner along columns than along rows: the page lies on its side."""
    step = max(3, round(height * 0.9)) | 1
    joined = [
        cv2.connectedComponents(cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones(shape, np.uint8)))[0]
        for shape in ((1, step), (step, 1))
    ]
    return joined[1] < 0.8 * joined[0]


def _lines(letters: Gris, height: float) -> Gris:
    """Words and lines: letters joined along the row; lone specks make none."""
    step = max(3, round(height * 1.6)) | 1
    joined = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((1, step), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    labels, stats = components(_u8(joined))
    keep = (stats[:, 2] >= 2.2 * height) & (stats[:, 3] <= stats[:, 2])
    return kept(labels, keep)


def _ink(level: Gris, sheet: Gris) -> tuple[float, float, float]:
    """(light of the paper, contrast of its ink, share of it that is inked, in focus or not)."""
    inner = cv2.erode(sheet, np.ones((41, 41), np.uint8)).astype(bool)
    if inner.sum() < 500:
        inner = np.ones(sheet.shape, np.bool_)
    light = float(np.percentile(level[inner][::3], 60))
    half = _u8(cv2.resize(level, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    ground = cv2.morphologyEx(half, cv2.MORPH_CLOSE, np.ones((21, 21), np.uint8))
    depth = cv2.subtract(cv2.blur(ground, (9, 9)), cv2.blur(half, (3, 3)))
    depth = depth[inner[: 2 * half.shape[0] : 2, : 2 * half.shape[1] : 2][: half.shape[0], : half.shape[1]]]
    contrast = float(np.percentile(depth, 99))
    return light, contrast, float((depth > max(6.0, 0.07 * light)).mean())


def _steepness(grey: Gris, sheet: Gris) -> float:
    """The 95th percentile of slope over contrast, in the direction in which the print is least sharp.

    A moved telephone leaves edges sharp along its path: the worst of four directions tells.
    """
    calm = cv2.GaussianBlur(grey, (0, 0), 0.8)
    box = np.ones((15, 15), np.uint8)
    reach = cv2.subtract(cv2.dilate(calm, box), cv2.erode(calm, box))
    inner = cv2.erode(sheet, np.ones((15, 15), np.uint8)).astype(bool)
    if inner.sum() < 2000:
        return 0.0
    strong = max(12.0, 0.5 * float(np.percentile(reach[inner][::7], 98)))
    where = (inner & (reach >= strong))[::2]  # every other row tells as much
    if where.sum() < 200:
        return 0.0
    across, down = (cv2.Sobel(calm, cv2.CV_16S, *d, ksize=3)[::2][where] for d in ((1, 0), (0, 1)))
    dx, dy = across.astype(np.float32) / 8, down.astype(np.float32) / 8
    over = reach[::2][where].astype(np.float32)
    slopes = (dx, dy, (dx + dy) * 0.7071, (dx - dy) * 0.7071)
    return float(min(np.percentile(np.abs(s) / over, 95) for s in slopes))


def _objects(bare: Gris, sheet: Gris, print_: _Print) -> Gris:
    """Large things on the sheet that are neither paper nor print, nor a picture printed square with it.

    Nor a band across it, nor what is read through: a tinted card copied on it, a shadow, a stamp.
    """
    side = max(9, round(2.5 * print_.height)) | 1
    alien = _u8(sheet & (1 - bare))
    alien = large(cv2.morphologyEx(alien, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)), sheet, 0.006)
    contours, _ = cv2.findContours(sheet, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    _, across, lie = cv2.minAreaRect(np.concatenate(contours)) if contours else (0, (0, 0), 0.0)
    rim = sheet & (1 - _u8(cv2.erode(sheet, np.ones((15, 15), np.uint8))))
    contours, _ = cv2.findContours(alien, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        _, (w, h), angle = cv2.minAreaRect(contour)
        askew = abs((angle - lie + 45) % 90 - 45)
        full = _full(contour, alien)
        square = askew < _SQUARE and cv2.contourArea(contour) > 0.85 * w * h
        within = not (full & rim).any() and (square or _is_read_through(full, print_.letters))
        if within or (square and max(w, h) > _BAND * min(across)):
            cv2.drawContours(alien, [contour], -1, 0, cv2.FILLED)
    return alien


def _is_read_through(region: Gris, letters: Gris) -> bool:
    inside = cv2.erode(region, np.ones((5, 5), np.uint8)) > 0
    return bool(inside.any()) and float(letters[inside].mean()) > _READ_THROUGH


def _filled(paper: Gris) -> Gris:
    """With the bands and pictures printed amid it; the flecks of a granite table stay holes."""
    contours, _ = cv2.findContours(paper, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    holes = _u8(cv2.drawContours(np.zeros_like(paper), contours, -1, 1, cv2.FILLED)) & (1 - paper)
    return paper | large(holes, paper, _PRINTED)


def _full(contour: Any, like: Gris) -> Gris:
    return _u8(cv2.drawContours(np.zeros_like(like), [contour], -1, 1, cv2.FILLED))


def _lying(objects: Gris, sheet: Gris, level: Gris) -> Gris:
    """Of the things on a sheet, those that lie on it wholly: beyond its edge the picture is not as in them.

    A hand comes in over the edge; a portrait, a chip or a coat of arms may stand at it.
    """
    lying = np.zeros_like(objects)
    near, rim = (np.ones((side, side), np.uint8) for side in _BEYOND)
    table = cv2.dilate(sheet, rim) == 0
    count, labels = cv2.connectedComponents(objects, connectivity=8)
    for i in range(1, count):
        thing = _u8(labels == i)
        framed = thing[0].any() or thing[-1].any() or thing[:, 0].any() or thing[:, -1].any()
        around = table & (cv2.dilate(thing, near) > 0)
        edge = (thing > 0) & (cv2.dilate(_u8(around), near) > 0)
        if not framed and not (edge.any() and _is_alike(level[around], level[edge])):
            lying |= thing
    return lying


def _is_alike(around: Gris, edge: Gris) -> bool:
    like = np.abs(around.astype(np.float32) - np.float32(np.median(edge))) < _ALIKE
    return float(like.mean()) > _GOES_ON


def _hidden(print_: _Print, regions: Gris, *, reach: float, lying: Gris | None = None) -> int:
    """Lines that come within `reach` letters of a region along their row and have no letters inside it.

    Of what is `lying` on the sheet, those that go on beyond it: a printed picture stands beside print.
    """
    hidden = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(regions, connectivity=8)
    step = max(2, round(reach * print_.height))
    for i in range(1, count):
        left, top, w, h = (int(v) for v in stats[i, :4])
        rows, columns = slice(top, top + h), slice(max(0, left - step - 2), left + w + step + 2)
        region = _u8(labels[rows, columns] == i)
        if _is_read_through(region, print_.letters[rows, columns]):
            continue
        ring = _u8(cv2.dilate(region, np.ones((1, 2 * step + 1), np.uint8))) & (1 - region)
        met = _u8(ring & print_.lines[rows, columns])
        _, _, pieces, _ = cv2.connectedComponentsWithStats(met, connectivity=8)
        ends = pieces[1:][pieces[1:, 3] >= 0.5 * print_.height]
        if lying is not None and (region & lying[rows, columns]).any():
            ends = _going_on(ends)
        hidden += len(ends)
    return hidden


def _going_on(ends: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Ends of lines that have another one on their row, on the other side of what lies between."""
    top, bottom = ends[:, 1], ends[:, 1] + ends[:, 3]
    level = (top[:, None] < bottom) & (top < bottom[:, None])
    apart = (ends[:, 0, None] >= ends[:, 0] + ends[:, 2]) | (ends[:, 0] >= (ends[:, 0] + ends[:, 2])[:, None])
    return ends[(level & apart).any(axis=1)] if len(ends) else ends


def _covered(objects: Gris, lying: Gris, sheet: Gris, amid: Gris) -> tuple[float, float]:
    """Pixels of the sheet (under what reaches in over its edge, amid print; under other large things)."""
    framed = cv2.copyMakeBorder(sheet, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    inside = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    reach, whole = float(inside.max()), float(sheet.sum())
    hand = other = 0.0
    count, labels = cv2.connectedComponents(objects, connectivity=8)
    for i in range(1, count):
        thing = labels == i
        if float(inside[thing].min()) <= 0.06 * reach and not (thing & (lying > 0)).any():
            hand += float((thing & (inside > 0.3 * reach) & (amid > 0)).sum())
        elif float(thing.sum()) > _LARGE * whole:
            other += float(thing.sum())
    return hand, other


def _between(lines: Gris, axis: int) -> Gris:
    """What has print on both sides along an axis: a margin has none on one side."""
    ahead = np.maximum.accumulate(lines, axis)
    return _u8(ahead & np.flip(np.maximum.accumulate(np.flip(lines, axis), axis), axis))


def _whole(print_: _Print) -> int:
    """Lines of some words that come nowhere near the frame: a cloth or wood runs out of it."""
    _, stats = components(print_.lines)
    left, top, wide, high = (stats[1:, i] for i in range(4))
    height, width = print_.lines.shape
    inside = (left > _EDGE) & (top > _EDGE) & (left + wide < width - _EDGE) & (top + high < height - _EDGE)
    return int((inside & (wide >= _SOME_WORDS * print_.height)).sum())


def _leaving(print_: _Print, sheet: Gris) -> tuple[tuple[int, float, bool], ...]:
    """Of each side by which the sheet leaves the frame: (lines that come up to it, how far most stay off).

    And whether it is above or below them, not at their ends.
    """
    found = []
    for lines, paper, above in ((print_.lines, sheet, False), (print_.lines.T, sheet.T, True)):
        near = max(3, round(0.012 * lines.shape[1]))
        for inward in (slice(None), slice(None, None, -1)):
            seen, under = lines[:, inward], paper[:, inward][:, :near]
            if float(under.mean()) < _SIDE:
                continue
            along = _u8(seen[:, :near].any(axis=1))[:, None]
            _, _, pieces, _ = cv2.connectedComponentsWithStats(along, connectivity=8)
            count = int((pieces[1:, 3] >= 0.5 * print_.height).sum())
            mass = seen.sum(axis=0, dtype=np.float64).cumsum()
            far = float(np.searchsorted(mass, _STRAY * mass[-1])) if mass[-1] else math.inf
            found.append((count, far / print_.height, above))
    return tuple(found)


def _u8(array: object) -> npt.NDArray[np.uint8]:
    return np.asarray(array, dtype=np.uint8)
