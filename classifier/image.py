"""Owns what happens to the pixels before Tesseract: paper found and flattened, light evened, text upright.

Every step also returns where its pixels came from, so that the boxes of the words can be given on the page
as it was deposited and not on our working copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from intake.readers.pixels import components, halved, kept, resampled
from intake.readers.pixels import grey as luminance

Gris = npt.NDArray[np.uint8]
Matrice = npt.NDArray[np.float64]

_HALVED = 1.5  # times the size wanted: from there a half is close enough to it
_ENOUGH = 0.85  # of the picture: not worth an interpolation
_STEP = 1.5  # degrees between the first angles tried
_WORK = 1100  # long side of the copy on which geometry is measured
_MAX_PIXELS = 9_000_000  # an A4 page at 300 dpi
_MAX_PIXELS_NOISE = 1_500_000  # Tesseract takes minutes over the grain of a dark photograph
_MAX_LETTERS = 12_000  # more than a page can hold: grain
_LEVEL = 0.15  # degrees from which turning is worth an interpolation
_LEANING = 0.03  # share of a line's ink above its small letters, less that below, from which it tells
_GLYPH_TARGET = 13.0  # height in pixels of a small glyph below which Tesseract starts losing words


@dataclass(frozen=True, slots=True)
class Traces:
    """What the ink of a page tells without reading it."""

    glyphes: int  # components of the size of a letter
    hauteur: float  # height of the smaller glyphs, in pixels of the page given
    points: int  # specks: noise when they outnumber the letters
    encre: Gris  # the letters alone, white on black, at working size
    echelle: float  # working size / size of the page given


def grey(image: Image.Image) -> Gris:
    """Luminance, at most `_MAX_PIXELS`×2 so that every later step is bounded."""
    gris = luminance(image)
    excess = gris.size / (2 * _MAX_PIXELS)
    if excess <= 1:
        return gris
    height, width = gris.shape
    size = (max(1, int(width / excess**0.5)), max(1, int(height / excess**0.5)))
    return _u8(Image.fromarray(gris).resize(size, Image.Resampling.BOX))


def shrink(gris: Gris, longest: int = _WORK) -> tuple[Gris, float]:
    """A copy of about that size."""
    most = max(gris.shape)
    small = gris
    while max(small.shape) > _HALVED * longest and min(small.shape) > 2:
        small = halved(small)
    scale = longest / max(small.shape)
    if scale < _ENOUGH:  # by areas: the sharpness of sums of black and white pixels is measured on it
        size = tuple(max(1, round(side * scale)) for side in small.shape[::-1])  # it may be a narrow strip
        small = _u8(cv2.resize(small, size, interpolation=cv2.INTER_AREA))
    return small, max(small.shape) / most


def background(gris: Gris) -> Gris:
    """The light of the paper under the ink, estimated on a small copy."""
    small, _ = shrink(gris, 500)
    return _u8(cv2.resize(paper(small), (gris.shape[1], gris.shape[0]), interpolation=cv2.INTER_LINEAR))


def paper(small: Gris) -> Gris:
    """A small copy of a page without its print."""
    reach = max(3, round(max(small.shape) / 70)) | 1
    return _u8(cv2.medianBlur(cv2.dilate(small, np.ones((reach, reach), np.uint8)), 3 * reach))


def even_light(gris: Gris) -> Gris:
    """Divide by the paper's light: shadows and yellow lamps go, ink stays."""
    return _u8(cv2.divide(gris, np.maximum(background(gris), 1), scale=250))


def traces(gris: Gris) -> Traces:
    """Measure the ink on a working copy in which rules, frames, pictures and specks are left out."""
    small, scale = shrink(gris, _WORK * 2)
    block = max(15, (max(small.shape) // 60) | 1)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 18)
    labels, stats = components(_u8(ink))
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    top = max(small.shape) / 25
    letter = (height >= 5) & (height <= top) & (width <= top * 1.5) & (width >= 2)
    letter &= (area >= 8) & (area <= width * height * 0.9) & (width <= height * 6) & (height <= width * 9)
    letter[0] = False  # the ground
    specks = int((area <= 4).sum())
    letters = kept(labels, letter)
    measured = float(np.percentile(height[letter], 35)) if letter.any() else 0.0
    small_ink, ratio = shrink(_u8(letters * 255), _WORK)
    return Traces(int(letter.sum()), measured / scale, specks, small_ink, scale * ratio)


def turned(ink: Gris, degrees: float) -> Gris:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return _u8(cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_NEAREST))


class Penchant:
    """How far a page leans, by its inked pixels: turning them costs far less than turning the picture."""

    def __init__(self, ink: Gris) -> None:
        small, _ = shrink(ink, 700)
        y, x = np.nonzero(small)
        height, width = small.shape
        self._x = x.astype(np.float32) - width / 2  # from the middle
        self._y = y.astype(np.float32) - height / 2
        self._ink = small[y, x].astype(np.float32)
        self._rows = max(height, width)
        self._known: dict[float, float] = {}  # the same angles are asked for with a wider reach

    def _sharpness(self, degrees: float) -> float:
        """Of the rows' sums: high when the lines of text lie along the rows."""
        if degrees not in self._known:
            angle = np.deg2rad(degrees)
            row = self._y * np.float32(np.cos(angle)) - self._x * np.float32(np.sin(angle))
            rows = np.bincount((row + self._rows).astype(np.int32), self._ink, 2 * self._rows)
            total = rows.sum()
            sharp = float((np.diff(rows) ** 2).sum() / (total * total)) * self._rows if total else 0.0
            self._known[degrees] = sharp
        return self._known[degrees]

    def level(self, reach: float) -> tuple[float, float]:
        """(degrees by which to turn anticlockwise so that lines are level, sharpness there)."""
        best, score = 0.0, self._sharpness(0.0)
        steps = int(reach / _STEP)
        step, candidates = _STEP, [i * _STEP for i in range(-steps, steps + 1) if i]
        while step >= 0.2:
            for angle in candidates:
                at = self._sharpness(angle)
                if at > score * 1.0001:
                    best, score = angle, at
            step /= 2.5
            candidates = [best - step, best + step]
        return best, score


def lies_sideways(along: Penchant, across: Penchant, reach: float) -> bool:
    """Whether the lines of text run along the columns, from a page and the same turned by a quarter."""
    return across.level(reach)[1] > along.level(reach)[1] * 1.15


def upside_down_vote(ink: Gris) -> int:
    """Lines that stand upright less those that stand on their heads: Latin text has more ink above the small
    letters than below.

    In each line the body of the small letters lies between the sharpest rise and the sharpest fall of the
    row sums; ascenders and capitals stand above it, the fewer descenders hang below. Lines of capitals or
    figures have no say, and a logo no more than a line.
    """
    rows = ink.sum(axis=1, dtype=np.float64) / 255
    busy = rows > max(3.0, float(rows.max()) * 0.04)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], busy.view(np.int8), [0]))))
    vote = 0
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if not 6 <= end - start <= 40:
            continue
        line = np.concatenate(([0.0], rows[start:end], [0.0]))
        slope = np.diff(line)
        rise, fall = int(slope.argmax()), int(slope.argmin())
        if fall - rise < 3:
            continue
        leaning = float(line[1 : rise + 1].sum() - line[fall + 1 :].sum()) / float(line.sum())
        vote += (leaning > _LEANING) - (leaning < -_LEANING)
    return vote


def find_paper(gris: Gris) -> npt.NDArray[np.float32] | None:
    """The four corners of the sheet in a photograph (top-left first, clockwise), None when not seen."""
    small, scale = shrink(gris, 600)
    smooth = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (5, 5), 0)
    _, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(smooth, 30, 90), np.ones((3, 3), np.uint8))
    best: npt.NDArray[np.float32] | None = None
    best_area = 0.20 * small.size
    for mask in (bright, edges):
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:4]:
            corners = _quadrilateral(contour)
            if corners is None:
                continue
            area = float(cv2.contourArea(corners))
            filled = cv2.contourArea(cv2.convexHull(contour)) / area if area else 0
            if area > best_area and 0.8 < filled < 1.15:
                best, best_area = corners, area
    if best is None or best_area > 0.97 * small.size:
        return None
    last = np.array(small.shape[::-1], np.float32) - 1
    if int(((best <= 2) | (best >= last - 2)).any(axis=1).sum()) > 2:
        return None  # bounded by the frame, not by edges of paper
    return np.asarray(best / scale, dtype=np.float32)


def _quadrilateral(contour: npt.NDArray[Any]) -> npt.NDArray[np.float32] | None:
    hull = cv2.convexHull(contour)
    perimeter = cv2.arcLength(hull, True)
    for tolerance in (0.02, 0.035, 0.05, 0.08):
        polygon = cv2.approxPolyDP(hull, tolerance * perimeter, True)
        if len(polygon) == 4:
            return clockwise(polygon.reshape(4, 2).astype(np.float32))
        if len(polygon) < 4:
            break
    return None


def clockwise(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Corners from the top left one on."""
    sums, differences = points.sum(axis=1), np.diff(points, axis=1).ravel()
    order = [sums.argmin(), differences.argmin(), sums.argmax(), differences.argmax()]
    return points[order]


def flatten(gris: Gris, corners: npt.NDArray[np.float32]) -> tuple[Gris, Matrice]:
    """The sheet as seen from above, and the matrix from the photograph to it."""
    tl, tr, br, bl = corners
    width = max(float(np.linalg.norm(tr - tl)), float(np.linalg.norm(br - bl)))
    height = max(float(np.linalg.norm(bl - tl)), float(np.linalg.norm(br - tr)))
    w, h = max(50, round(width)), max(50, round(height))
    target = np.array([[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = cv2.warpPerspective(gris, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _u8(flat), np.asarray(matrix, dtype=np.float64)


def quarter(gris: Gris, clockwise: int) -> tuple[Gris, Matrice]:
    """Turn by 0, 90, 180 or 270 degrees clockwise, with the matrix that does the same to points."""
    height, width = gris.shape
    turned = _u8(np.ascontiguousarray(np.rot90(gris, -(clockwise // 90))))
    return turned, quarter_matrix(width, height, clockwise)


def quarter_matrix(width: int, height: int, clockwise: int) -> Matrice:
    rows = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, -1, height - 1], [1, 0, 0]],
        180: [[-1, 0, width - 1], [0, -1, height - 1]],
        270: [[0, 1, 0], [-1, 0, width - 1]],
    }[clockwise]
    return np.array([*rows, [0, 0, 1]], dtype=np.float64)


class Niveau:
    """A picture turned by a small angle (anticlockwise) and resampled; only the part asked for is made.

    `matrice` brings points of the picture given to it.
    """

    def __init__(self, gris: Gris, degrees: float, scale: float) -> None:
        height, width = gris.shape
        w, h = max(1, round(width * scale)), max(1, round(height * scale))
        self.shape = (h, w)
        # What is left to reduce is less than a half: there, interpolating between neighbours skips no stroke.
        self._source = gris
        while min(self._source.shape) > 1 and self._source.shape[0] >= 2 * h:
            self._source = halved(self._source)
        self._degrees = degrees if abs(degrees) >= _LEVEL else 0.0
        high, wide = self._source.shape
        self._turn = cv2.getRotationMatrix2D((w / 2, h / 2), self._degrees, 1.0) @ _between(wide, high, w, h)
        self.matrice = np.vstack([self._turn, [0, 0, 1]]) @ _between(width, height, wide, high)

    def partie(self, gauche: int, haut: int, droite: int, bas: int) -> Gris:
        """Its columns from `gauche` to `droite`, its rows from `haut` to `bas`."""
        if self.shape == self._source.shape and not self._degrees:
            return np.ascontiguousarray(self._source[haut:bas, gauche:droite])
        enlarged = self.shape[1] > 1.05 * self._source.shape[1]
        turn = self._turn - np.array([[0, 0, gauche], [0, 0, haut]])
        return _warped(self._source, turn, droite - gauche, bas - haut, cubic=enlarged and not self._degrees)

    def quart(self) -> Gris:
        """All of it, at a quarter of its size."""
        w, h = max(1, self.shape[1] // 4), max(1, self.shape[0] // 4)
        small = resampled(self._source, w, h)
        if not self._degrees:
            return small
        return _warped(small, cv2.getRotationMatrix2D((w / 2, h / 2), self._degrees, 1.0), w, h)


def _between(width: int, height: int, w: int, h: int) -> Matrice:
    """From a picture to the same at another size; what it holds are areas, whose middles lie at halves."""
    x, y = w / width, h / height
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def _warped(gris: Gris, turn: Any, width: int, height: int, *, cubic: bool = False) -> Gris:
    how = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    return _u8(cv2.warpAffine(gris, turn, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE))


def reading_scale(gris: Gris, seen: Traces, *, cheap: bool = False) -> float:
    """The factor to the cheapest resolution at which small print still reads; `cheap`: and not much more."""
    pixels = gris.size
    if seen.glyphes < 15 or seen.hauteur <= 0:
        wanted = 1.0 if max(gris.shape) < 2300 else 2300 / max(gris.shape)
    else:
        wanted = min(2.0, max(0.3, _GLYPH_TARGET / seen.hauteur))
        if 0.85 < wanted < 1.15:
            wanted = 1.0  # not worth an interpolation
    specks = seen.points / max(1, seen.glyphes)
    noise = seen.points > 6000 and specks > (2 if seen.glyphes > _MAX_LETTERS else 4)
    limit = _MAX_PIXELS_NOISE if noise or cheap else _MAX_PIXELS
    return float(min(wanted, (limit / pixels) ** 0.5))


def _u8(array: object) -> Gris:
    return np.asarray(array, dtype=np.uint8)
