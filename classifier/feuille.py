"""Owns finding the sheet or the card in a photograph, on any table, cut by the frame or half under a hand.

The picture falls into even grounds: a shadow is a slope, the edge of a sheet is a step. Of them, paper is the
one that is whole, light, and not all around the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from classifier.image import Gris, clockwise

_SIDE = 400
_STEP = (9, 5, 5)  # of lightness and colours over two pixels, beyond which the ground ends
_GAP = 5  # pixels of a passage by which two grounds are one
_LEAST = 0.01  # share of the picture below which nothing is a document
_MOST = 12
_FILLED, _FOUR = 0.93, 0.97  # share of the outline of a complete sheet, and of the four sides around that
_SHAPE, _ABOVE = (1.25, 1.65), 0.7  # its long side over its short one; one side over the opposite one
_PATCH = 0.3  # of the sheet: larger is the other page of a booklet, or what the sun lights
_NARROW = 0.4  # of half the sheet's breadth: what hangs on it and is narrower lies beneath it
_CORE, _THE_SAME = (
    0.88,
    0.985,
)  # share of the paper without that: less, and a hand parts it; almost all
_TURN = 0.6  # radians between two sides, at the least
Couleur = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Feuille:
    """The paper that shows, and the sheet with what lies on it; all the picture when no sheet is seen."""

    bare: Gris
    sheet: Gris
    seen: bool
    corners: npt.NDArray[np.float32] | None  # of one sheet, clockwise from top left

    @cached_property
    def box(self) -> tuple[float, float]:
        """(short side, long side) of the upright or tilted rectangle that holds the sheet."""
        contours, _ = cv2.findContours(self.sheet, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        short, long = sorted(cv2.minAreaRect(np.concatenate(contours))[1])
        return float(short), float(long)

    @property
    def bords(self) -> int:
        """Sides of the picture by which the sheet leaves it."""
        sides = (self.sheet[0], self.sheet[-1], self.sheet[:, 0], self.sheet[:, -1])
        return sum(float(s.mean()) > 0.35 for s in sides) if self.seen else 0

    @property
    def allonge(self) -> float:
        """Long side over short side: 1.41 of an A4 that is seen whole."""
        return self.box[1] / max(1.0, self.box[0])

    @property
    def fuite(self) -> float:
        """The smallest ratio of two opposite sides: 1 seen from above, small when seen slantwise."""
        if self.corners is None:
            return 1.0
        sides = [float(np.linalg.norm(self.corners[i] - self.corners[i - 1])) for i in range(4)]
        pairs = ((sides[0], sides[2]), (sides[1], sides[3]))
        return min(min(p) / max(*p, 1e-6) for p in pairs)


def no_sheet(picture: Couleur) -> Feuille:
    """All of the picture, where no sheet can be told from what it lies on."""
    whole = np.ones(picture.shape[:2], np.uint8)
    return Feuille(whole, whole, False, None)


@dataclass(frozen=True, slots=True)
class _Region:
    mask: Gris
    hull: Gris
    share: float
    whole: float  # share of its hull that it fills
    sides: int  # of the picture that it runs along
    colour: npt.NDArray[np.float64]

    def worth(self, lightest: float) -> float:
        """`lightest`: of all regions; in a dark photo paper is dark too."""
        light = float(self.colour[0]) / max(1.0, lightest)
        apart = 1 - 0.2 * self.sides if self.sides < 4 else 0.1
        return float(self.share**0.5 * self.whole**4 * apart * light**2)


def sheet_of(picture: Couleur) -> Feuille:
    """The sheet in an RGB picture; two cards side by side count as one."""
    scale = _SIDE / max(picture.shape)
    small = (
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    )
    ground = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    lab = np.asarray(cv2.GaussianBlur(cv2.cvtColor(ground, cv2.COLOR_RGB2LAB), (0, 0), 1.2), np.uint8)
    regions = _regions(lab)
    lightest = max((float(r.colour[0]) for r in regions), default=0.0)
    regions.sort(key=lambda r: -r.worth(lightest))
    size = picture.shape[1::-1]
    if not regions or regions[0].worth(lightest) < 0.04:
        return no_sheet(picture)
    bare, sheet, alone = _with_its_like(regions)
    corners = _corners(sheet) if alone else None
    if alone:  # the page is cut out by its widest outline: a dark band at its head may be its title
        bare, sheet = _without_table(bare, sheet)
    bare = bare | (sheet & _shaded(lab, regions[0]))
    if corners is not None:
        corners = corners * np.float32(size[0] / sheet.shape[1])
    grown = (cv2.resize(m, size, interpolation=cv2.INTER_NEAREST) for m in (bare, sheet))
    bare, sheet = (np.asarray(m, np.uint8) for m in grown)
    return Feuille(bare, sheet, True, corners)


def _regions(lab: Couleur) -> list[_Region]:
    """Even grounds, cut off from each other wherever the passage between them is but a few pixels wide."""
    box = np.ones((3, 3), np.uint8)
    steps = cv2.subtract(cv2.dilate(lab, box), cv2.erode(lab, box))
    even = np.asarray((steps <= _STEP).all(axis=2), np.uint8)
    even = np.asarray(cv2.morphologyEx(even, cv2.MORPH_OPEN, np.ones((_GAP, _GAP), np.uint8)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(even, connectivity=4)
    found = []
    for i in np.argsort(-stats[1:, 4])[:_MOST] + 1:
        if stats[i, 4] < _LEAST * even.size:
            break
        found.append(_region(cv2.dilate((labels == i).astype(np.uint8), box), lab))
    return found


def _region(mask: object, lab: Couleur) -> _Region:
    region = np.asarray(mask, np.uint8)
    hull = _hull(region)
    sides = sum(float(s.mean()) > 0.25 for s in (hull[0], hull[-1], hull[:, 0], hull[:, -1]))
    filled = float(_without_small_holes(region).sum()) / float(hull.sum())
    colour = np.asarray(lab[region > 0].mean(axis=0), np.float64)
    return _Region(region, hull, float(hull.mean()), filled, sides, colour)


def _with_its_like(regions: list[_Region]) -> tuple[Gris, Gris, bool]:
    """The best region with what a hard shadow, a hand or a line cut off it; or with a second card."""
    best = regions[0]
    bare, sheet, alone = best.mask.copy(), best.hull.copy(), True
    complete = _is_complete(best)
    for other in regions[1:]:
        if complete and _is_apart(other, best):
            continue  # a patch of the table: granite and flowers have some of paper's colour
        unlike = np.abs(other.colour - best.colour)
        if other.sides > max(1, best.sides) or unlike[1:].max() > 9 or other.colour[0] < 0.4 * best.colour[0]:
            continue
        both = bare | other.mask
        hull = _hull(both)
        whole = float(_without_small_holes(both).sum()) / float(hull.sum())
        card = min(other.whole, best.whole) > 0.8 and 0.5 < other.share / best.share < 2 and not other.sides
        if whole > max(0.9, best.whole - 0.04):
            bare, sheet = both, hull
        elif card and unlike[0] < 20 and not best.sides and best.share < 0.3 and _side_by_side(best, other):
            bare, sheet, alone = both, sheet | other.hull, False
        elif whole > 0.6 and unlike[0] < 25 and unlike[1:].max() < 5:
            bare, sheet = both, hull
    return bare, sheet, alone


def _is_complete(region: _Region) -> bool:
    """Whether it has a sheet's shape and four corners, away from the frame: nothing was cut off it."""
    four = None if region.sides or region.whole < _FILLED else _sides(_outline(region.hull))
    if four is None or float(region.hull.sum()) < _FOUR * cv2.contourArea(four.astype(np.float32)):
        return False
    alone = Feuille(region.mask, region.hull, True, four.astype(np.float32))
    return _SHAPE[0] < alone.allonge < _SHAPE[1] and alone.fuite > _ABOVE


def _is_apart(other: _Region, best: _Region) -> bool:
    return other.share < _PATCH * best.share and (other.mask & best.hull).sum() < 0.5 * other.mask.sum()


def _without_table(bare: Gris, sheet: Gris) -> tuple[Gris, Gris]:
    """The sheet without the squares and flowers of its own colour on a cloth, which hang on its edge.

    They are narrow for their sheet. What a hand leaves of the sheet beyond it takes more of it than they do.
    """
    joined = _without_small_holes(bare)  # across the rim of a shadow
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    full = np.asarray(cv2.drawContours(np.zeros_like(bare), outlines, -1, 1, cv2.FILLED), np.uint8)
    held = cv2.copyMakeBorder(full, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    inside = cv2.distanceTransform(held, cv2.DIST_L2, 3)[1:-1, 1:-1]
    far = _NARROW * float(inside.max())
    beyond = cv2.distanceTransform(np.asarray(inside < far, np.uint8), cv2.DIST_L2, 3)
    core = np.asarray(beyond < far, np.uint8)
    four = _sides(_outline(core)) if core.any() else None
    if four is None or float(core.sum()) < _CORE * float(full.sum()):
        return bare, sheet
    sides = cv2.fillConvexPoly(np.zeros_like(sheet), np.round(four).astype(np.int32), 1)
    sides = cv2.dilate(sides, np.ones((5, 5), np.uint8))  # paper that bulges
    whole = full & np.asarray(sides, np.uint8) | core
    if float(whole.sum()) > _THE_SAME * float(sheet.sum()):
        return bare, sheet
    return bare & whole, _hull(whole)


def _sides(hull: npt.NDArray[np.int32]) -> npt.NDArray[np.float64] | None:
    """Where the four longest sides of an outline meet: a corner rounded or bitten off is made good."""
    polygon = cv2.approxPolyDP(hull, 0.01 * cv2.arcLength(hull, True), True)[:, 0].astype(np.float64)
    along = np.roll(polygon, -1, axis=0) - polygon
    length = np.hypot(along[:, 0], along[:, 1])
    towards = np.arctan2(along[:, 1], along[:, 0])
    longest: list[int] = []
    for i in np.argsort(-length):
        apart = np.abs((towards[longest] - towards[i] + np.pi) % (2 * np.pi) - np.pi)
        if len(longest) < 4 and (apart > _TURN).all():
            longest.append(int(i))
    if len(longest) < 4:
        return None
    longest.sort()
    corners = []
    for a, b in zip(longest, longest[1:] + longest[:1], strict=True):
        turn = np.array([along[a], -along[b]]).T
        if np.linalg.det(turn) >= -_TURN / 2 * length[a] * length[b]:
            return None  # they do not meet
        corners.append(polygon[a] + np.linalg.solve(turn, polygon[b] - polygon[a])[0] * along[a])
    return np.array(corners)


def _shaded(lab: Couleur, paper: _Region) -> Gris:
    """What has the paper's colour and some of its light: the rim of a shadow is no object."""
    near = (np.abs(lab[:, :, 1:].astype(np.int16) - np.round(paper.colour[1:]).astype(np.int16)) <= 4).all(
        axis=2
    )
    return np.asarray(near & (lab[:, :, 0] > 0.4 * paper.colour[0]), np.uint8)


def _side_by_side(one: _Region, other: _Region) -> bool:
    """Two cards: a table shows between them, so that what they span is far from full."""
    hull = _hull(one.hull | other.hull)
    return (
        not (one.hull & other.hull).any() and float((one.hull | other.hull).sum()) / float(hull.sum()) < 0.93
    )


def _without_small_holes(mask: Gris) -> Gris:
    """Those of print and stamps; the hole that a sheet makes in its table stays."""
    around = cv2.copyMakeBorder(mask, 8, 8, 8, 8, cv2.BORDER_CONSTANT)
    closed = cv2.morphologyEx(around, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    return np.asarray(closed[8:-8, 8:-8], np.uint8)


def _hull(mask: Gris) -> Gris:
    return np.asarray(cv2.fillConvexPoly(np.zeros_like(mask), _outline(mask), 1), np.uint8)


def _outline(mask: Gris) -> npt.NDArray[np.int32]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.convexHull(np.concatenate(contours)), np.int32)


def _corners(sheet: Gris) -> npt.NDArray[np.float32] | None:
    hull = _outline(sheet)
    for tolerance in (0.02, 0.035, 0.05, 0.08):
        polygon = cv2.approxPolyDP(hull, tolerance * cv2.arcLength(hull, True), True)
        if len(polygon) == 4:
            return clockwise(polygon.reshape(4, 2).astype(np.float32))
    return None
