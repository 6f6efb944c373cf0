"""Owns the burnt patches of a photograph, in which a flash or a lamp left nothing but white."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from classifier.image import Gris
from intake.readers.pixels import components, kept, within

_HALF = 500  # long side of the copy on which they are looked at
_RIM = 31  # pixels of that copy within which a flash fades…
_FALL = 14  # …by so many levels at least
_LIT = 0.25  # of a patch's outline along the sheet's edge: a place lit beyond a shadow; a flash hardly
_WORD, _TEXT = 40, 2000  # pixels of that copy: a word, a page's
_ACROSS, _ROWS = 0.93, 8  # share of a row of the sheet; rows of that copy
_HOLES = 21  # likewise: of the print that a patch surrounds
# Of print in a patch: grey levels under the paper that no flash leaves; beside it: share of that elsewhere.
_INK_DEPTH, _PALES = 95.0, 0.9
_RIM_OF_PATCH, _INWARDS = 4, 0.75  # pixels; of print far in a patch, share of the depth of that near its rim
_BESIDE, _FALLING = (5, 9), 2.0  # pixels of that copy from a patch; levels by which light falls between them


def burnt_by_light(level: Gris, sheet: Gris, lines: Gris) -> Gris:
    """Patches where nothing is left but white, and around which light falls fast.

    Bright paper burns too, without harm: slowly does light fall there, or beside print of full depth.
    """
    burnt = cv2.morphologyEx(_u8((level >= 252) & (sheet > 0)), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    burnt = large(burnt, sheet, 0.003)
    if not burnt.any():
        return burnt
    small = within(level, _HALF)
    size = small.shape[::-1]
    paper, patches = (_u8(cv2.resize(m, size, interpolation=cv2.INTER_NEAREST)) for m in (sheet, burnt))
    ground = _u8(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8)))
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_RIM, _RIM))
    words = _u8(cv2.resize(lines, size, interpolation=cv2.INTER_NEAREST)) > 0
    depth = _u8(cv2.subtract(ground, small))
    _, labels = cv2.connectedComponents(patches, connectivity=8)
    for i in range(1, int(labels.max()) + 1):
        patch = _u8(labels == i)
        close = cv2.dilate(patch, near)
        ring = cv2.subtract(cv2.dilate(close, near), close).astype(bool) & (paper > 0) & (patches == 0)
        fades = ring.sum() >= 50 and float(np.median(ground[ring])) <= 252 - _FALL
        if not fades or _has_an_edge(patch, ground, paper) or _is_lit(patch, words, depth, _u8(close), paper):
            patches[patch > 0] = 0
    return _u8(cv2.resize(patches, level.shape[::-1], interpolation=cv2.INTER_NEAREST))


def _has_an_edge(patch: Gris, ground: Gris, paper: Gris) -> bool:
    """Whether the white ends at once, as on the picture of a screen or a cover: light falls by degrees."""
    levels = []
    for reach in _BESIDE:
        inner, outer = (
            cv2.dilate(patch, np.ones((2 * r + 1, 2 * r + 1), np.uint8)) for r in (reach - 1, reach)
        )
        ring = cv2.subtract(outer, inner).astype(bool) & (paper > 0)
        levels.append(float(np.median(ground[ring])) if ring.any() else 0.0)
    return levels[0] - levels[1] < _FALLING


def _is_lit(patch: Gris, words: npt.NDArray[np.bool_], depth: Gris, close: Gris, paper: Gris) -> bool:
    """Whether a burnt patch is paper lit beyond a shadow: print in it, or else beside it, is as dark as ever.

    In a flash print pales from the rim inwards. Where no print is near, it is one unless it follows the
    edge of the sheet, or runs across all of it while a whole text stands elsewhere: paper between two folds.
    """
    framed = cv2.copyMakeBorder(patch, *(_HOLES,) * 4, cv2.BORDER_CONSTANT)
    whole = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, np.ones((_HOLES, _HOLES), np.uint8))
    inward = cv2.distanceTransform(_u8(whole), cv2.DIST_L2, 3)[_HOLES:-_HOLES, _HOLES:-_HOLES]
    within = words & (inward > _RIM_OF_PATCH)
    if within.sum() >= _WORD:
        far = inward >= np.percentile(inward[within], 67)
        deep, outer = depth[within & far], depth[within & ~far]
        pales = outer.size > 0 and np.median(deep) < _INWARDS * np.median(outer)
        # Thin print beside a heading is paler at the median, and its darkest is not.
        pales = pales and np.percentile(deep, 85) < _INK_DEPTH
        return bool(np.percentile(depth[within], 85) >= _INK_DEPTH and not pales)
    beside, beyond = words & (close > 0), words & (close == 0)
    if min(beside.sum(), beyond.sum()) >= _WORD:
        return bool(np.median(depth[beside]) >= _PALES * np.median(depth[beyond]))
    if not beside.any() and beyond.sum() >= _TEXT and _from_edge_to_edge(patch, paper):
        return True
    outlines, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    along = np.concatenate(outlines)[:, 0]
    sheet = cv2.copyMakeBorder(paper, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    edge = paper - _u8(cv2.erode(sheet, np.ones((9, 9), np.uint8)))[1:-1, 1:-1]
    return float(edge[along[:, 1], along[:, 0]].mean()) > _LIT


def _from_edge_to_edge(patch: Gris, paper: Gris) -> bool:
    """Whether some rows of the sheet, or columns, are burnt from one edge to the other."""
    for burnt, sheet in ((patch, paper), (patch.T, paper.T)):
        across = sheet.sum(axis=1)
        if int(((burnt.sum(axis=1) > _ACROSS * across) & (across > 0)).sum()) >= _ROWS:
            return True
    return False


def large(regions: object, sheet: Gris, share: float) -> Gris:
    """Those that take more than a share of the sheet."""
    mask = _u8(regions)
    labels, stats = components(mask)
    keep = stats[:, 4] > share * float(sheet.sum())
    return kept(labels, keep)


def _u8(array: object) -> npt.NDArray[np.uint8]:
    return np.asarray(array, dtype=np.uint8)
