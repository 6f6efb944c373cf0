"""Where on a page something looks like a code: finder patterns of QR codes, and dense squarish blobs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from intake.domain.lecture import Boite
from intake.readers.marks_decoders import Grey
from intake.readers.pixels import components, quantile, scaled

Points = npt.NDArray[np.float64]
_MAX_FINDERS = 24
_TOLERANCE = 0.55
_MAX_CROSSINGS = 4_000
_MIN_BLOB = 22  # pixels at 75 dpi, 7.5 mm: no code that we have to read is smaller
_AROUND = 6  # half modules looked at around a code
_EVEN = 2.0  # times as many changes in one direction as in the other
_LEAST_MM = 5.0  # of a code's side
_MARGIN = 0.17  # of a side: what `blobs` adds around a place
_LEAST_BLACK = 0.25  # of a code's modules, on a scan, however much of it is faded or covered
_DENSE_BLACK = 0.30  # of a place that nothing but its density tells: print is lighter
_QUIET = 0.06  # of black beside a code, on the two sides where its white margin is the cleanest


@dataclass(frozen=True, slots=True)
class Finder:
    """The centre of one 1:1:3:1:1 pattern and the size of its module, in pixels."""

    x: float
    y: float
    module: float
    hits: int


def binarised(grey: Grey, *, window: int = 0, constant: int = 8) -> Grey:
    """Black is 0, against the neighbourhood's mean."""
    block = window or (min(grey.shape) // 20) | 1
    block = max(15, min(block, 201)) | 1
    mean = cv2.boxFilter(grey, -1, (block, block), borderType=cv2.BORDER_REPLICATE)
    light = grey >= np.maximum(mean, constant) - np.uint8(constant)
    return light.view(np.uint8) * np.uint8(255)


def finders(binary: Grey) -> tuple[Finder, ...]:
    """Finder patterns, seen both along rows and along columns, the surest first."""
    rows = _crossings(binary)
    if rows.shape[0] == 0:
        return ()
    columns = _crossings(np.asarray(cv2.transpose(binary), np.uint8))
    if columns.shape[0] == 0:
        return ()
    rows, columns = _thinned(rows), _thinned(columns[:, [1, 0, 2]])
    met = rows[_near(rows, columns)], columns[_near(columns, rows)]
    found: list[Finder] = []
    for group in _groups(met[0]):
        y, x, module = np.median(group, axis=0)
        across = met[1][
            (np.abs(met[1][:, 0] - y) < 1.5 * module + 1) & (np.abs(met[1][:, 1] - x) < 2 * module + 1)
        ]
        if across.shape[0] < max(1.5, 0.6 * module) or group.shape[0] < max(1.5, 0.6 * module):
            continue
        other = float(np.median(across[:, 2]))
        if not 0.5 < module / other < 2:
            continue
        hits = group.shape[0] + across.shape[0]
        # rows know x precisely, columns know y
        found.append(Finder(float(x), float(np.median(across[:, 0])), (float(module) + other) / 2, hits))
    found.sort(key=lambda f: -f.hits / f.module)
    return _apart(found)[:_MAX_FINDERS]


_CELL = 4
_STRIDE = 1 << 20


def _cells(points: Points) -> npt.NDArray[np.int64]:
    return np.asarray(points[:, 0] // _CELL, np.int64) * _STRIDE + np.asarray(points[:, 1] // _CELL, np.int64)


def _thinned(points: Points) -> Points:
    """A page of pure noise gives far too many: the largest modules are the likelier codes."""
    if points.shape[0] <= _MAX_CROSSINGS:
        return points
    return points[np.argsort(-points[:, 2])[:_MAX_CROSSINGS]]


def _near(points: Points, others: Points) -> npt.NDArray[np.bool_]:
    """Which of `points` have one of `others` within a cell."""
    cells, theirs = _cells(points), np.unique(_cells(others))
    near = np.zeros(cells.shape, np.bool_)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            near |= np.isin(cells + dy * _STRIDE + dx, theirs)
    return near


def _groups(points: Points) -> list[Points]:
    """Crossings of one pattern: close in both directions and alike in size. The largest groups first."""
    groups: list[list[npt.NDArray[np.float64]]] = []
    centres: list[npt.NDArray[np.float64]] = []
    for point in points[np.argsort(points[:, 0], kind="stable")]:
        for i in range(len(groups) - 1, max(-1, len(groups) - 60), -1):
            last = groups[i][-1]
            reach = 1.2 * last[2] + 1.5
            if abs(point[0] - last[0]) <= reach + 1 and abs(point[1] - centres[i][1]) <= reach:
                groups[i].append(point)
                centres[i] = centres[i] + (point - centres[i]) / len(groups[i])
                break
        else:
            groups.append([point])
            centres.append(point)
    made = [np.stack(g) for g in groups if len(g) > 1]
    made.sort(key=lambda g: -g.shape[0])
    return made[: 4 * _MAX_FINDERS]


def _crossings(binary: Grey) -> Points:
    """(row, column of the centre, module) wherever five runs in a row are as 1:1:3:1:1, black first."""
    width = binary.shape[1]
    flat = binary.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if edges.size < 6:
        return np.empty((0, 3))
    runs = np.diff(edges)
    starts = edges[:-1]
    n = runs.size - 4
    if n <= 0:
        return np.empty((0, 3))
    total = edges[5 : 5 + n] - edges[:n]
    module = total / 7.0
    ok = flat[starts[:n]] == 0
    ok &= (module >= 1.0) & (total < width)
    middle = runs[2 : 2 + n]
    ok &= np.abs(middle - 3 * module) < 3 * module * 0.4
    slack = np.maximum(module * _TOLERANCE, 0.9)
    for k in (0, 1, 3, 4):
        ok &= np.abs(runs[k : k + n] - module) < slack
    at = np.flatnonzero(ok)
    first = edges[at]
    row = first // width
    same = row == (edges[at + 5] - 1) // width
    at, first, row = at[same], first[same], row[same]
    centre = (starts[at + 2] + starts[at + 3]) / 2 - row * width
    return np.stack([row.astype(np.float64), centre, module[at]], axis=1)


def _apart(found: list[Finder]) -> tuple[Finder, ...]:
    kept: list[Finder] = []
    for f in found:
        if all(np.hypot(f.x - k.x, f.y - k.y) > 3 * max(f.module, k.module) for k in kept):
            kept.append(f)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Corners:
    """Centres of the three finder patterns (top left, top right, bottom left) and the module's size.

    `seen` says how many were really seen; the others are supposed.
    """

    tl: tuple[float, float]
    tr: tuple[float, float]
    bl: tuple[float, float]
    module: float
    seen: int

    @property
    def modules(self) -> float:
        """Estimated number of modules on a side."""
        across = np.hypot(self.tr[0] - self.tl[0], self.tr[1] - self.tl[1])
        down = np.hypot(self.bl[0] - self.tl[0], self.bl[1] - self.tl[1])
        return float((across + down) / 2 / self.module + 7)

    def box(self, margin: float = 8.0) -> Boite:
        """Around the whole symbol and `margin` modules more."""
        tl, tr, bl = np.array(self.tl), np.array(self.tr), np.array(self.bl)
        corners = np.stack([tl, tr, bl, tr + bl - tl])
        pad = (3.5 + margin) * self.module
        low, high = corners.min(axis=0) - pad, corners.max(axis=0) + pad
        return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


def filled(binary: Grey, corners: Corners) -> bool:
    """Whether a code is there: half of its modules are black, and white is left around it.

    Letters alone, whose loops look like patterns here and there, leave four fifths of the paper white; the
    figures of a table do not, and are beside others on every side.
    """
    n = max(21, round(corners.modules))
    of_page = np.array([corners.tl, corners.tr, corners.bl], dtype=np.float32)
    of_code = np.array([(3.5, 3.5), (n - 3.5, 3.5), (3.5, n - 3.5)], dtype=np.float32) * 2 + _AROUND
    side = 2 * n + 2 * _AROUND
    turn = cv2.getAffineTransform(of_page, of_code.astype(np.float32))
    black = cv2.warpAffine(binary, turn, (side, side), borderValue=255) < 128
    code = black[_AROUND:-_AROUND, _AROUND:-_AROUND]
    if np.count_nonzero(code) <= _LEAST_BLACK * code.size:
        return False
    near, far = slice(2, _AROUND - 1), slice(1 - _AROUND, -2)  # not the very edge: corners are guessed
    along = slice(_AROUND, -_AROUND)
    sides = sorted(
        b.mean() for b in (black[near, along], black[far, along], black[along, near], black[along, far])
    )
    return bool(sides[0] + sides[1] <= 2 * _QUIET)


def triples(found: tuple[Finder, ...]) -> tuple[Corners, ...]:
    """Three finder patterns of like size at a right angle, the most square first."""
    ranked: list[tuple[float, Corners]] = []
    for trio in combinations(found[:16], 3):
        sizes = [f.module for f in trio]
        if max(sizes) > 1.8 * min(sizes):
            continue
        for i in range(3):
            a, b, c = trio[i], trio[(i + 1) % 3], trio[(i + 2) % 3]
            u, v = np.array([b.x - a.x, b.y - a.y]), np.array([c.x - a.x, c.y - a.y])
            lu, lv = float(np.hypot(*u)), float(np.hypot(*v))
            cosine = abs(float(u @ v)) / (lu * lv)
            if cosine > 0.35 or not 0.6 < lu / lv < 1.67:
                continue
            if u[0] * v[1] - u[1] * v[0] < 0:  # clockwise on a page whose y goes down
                b, c = c, b
            corners = Corners((a.x, a.y), (b.x, b.y), (c.x, c.y), float(np.mean(sizes)), 3)
            if 16 < corners.modules < 110:
                ranked.append((cosine + abs(np.log(lu / lv)) + np.log(max(sizes) / min(sizes)), corners))
    ranked.sort(key=lambda r: r[0])
    return tuple(c for _, c in ranked[:6])


def pairs(found: tuple[Finder, ...]) -> tuple[Corners, ...]:
    """Symbols supposed from two finder patterns when the third is covered; every way they may stand."""
    supposed: list[Corners] = []
    for a, b in combinations(found[:8], 2):
        if max(a.module, b.module) > 1.35 * min(a.module, b.module):
            continue
        module = (a.module + b.module) / 2
        p, q = np.array([a.x, a.y]), np.array([b.x, b.y])
        d = q - p
        turned = np.array([-d[1], d[0]])  # clockwise by 90° on the page
        n = float(np.hypot(*d)) / module + 7
        if 19 < n < 75:
            ways = [(p, q, p + turned), (q, q + turned, p), (q, p, q - turned), (p, p - turned, q)]
            supposed += [_supposed(*w, module) for w in ways]
        if 19 < (n - 7) / 2**0.5 + 7 < 75:
            for r, s in ((p, q), (q, p)):
                e = s - r  # from the top right to the bottom left
                tl = (r + s) / 2 - np.array([e[1], -e[0]]) / 2
                supposed.append(_supposed(tl, r, s, module))
    return tuple(supposed[:60])


def _supposed(tl: Points, tr: Points, bl: Points, module: float) -> Corners:
    def point(p: Points) -> tuple[float, float]:
        return float(p[0]), float(p[1])

    return Corners(point(tl), point(tr), point(bl), module, 2)


def blobs(grey: Grey, *, dpi: float) -> tuple[Boite, ...]:
    """Squarish areas full of edges, without the white lines that text has between its lines."""
    f = 75.0 / dpi if dpi else 800.0 / max(grey.shape)
    small = scaled(grey, f) if f < 0.95 else grey
    gradient = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    # the page's own contrast decides what an edge is: a faded page has weak ones
    strong = max(18.0, 0.35 * quantile(np.asarray(gradient, np.uint8), 0.98))
    dense = cv2.boxFilter((gradient > strong).astype(np.float32), -1, (9, 9))
    core = cv2.erode((dense > 0.55).astype(np.uint8), np.ones((13, 13), np.uint8))
    _, stats = components(np.asarray(cv2.dilate(core, np.ones((13, 13), np.uint8)), np.uint8))
    found: list[tuple[int, Boite]] = []
    for x, y, w, h, area in stats[1:]:
        if min(w, h) < _MIN_BLOB:
            continue
        if 0.4 < w / h < 2.5 and area > 0.5 * w * h and max(w, h) < 0.6 * max(small.shape):
            pad = 0.25 * max(w, h) + 4
            box = ((x - pad) / f, (y - pad) / f, (x + w + pad) / f, (y + h + pad) / f)
            found.append((int(area), (int(box[0]), int(box[1]), int(box[2]), int(box[3]))))
    found.sort(reverse=True)
    return tuple(b for _, b in found[:6])


def chequered(binary: Grey, box: Boite) -> bool:
    """Whether a place of a scan is as black as a code, and changes as often down as across.

    Tables and rules change in one direction, and text leaves more of the paper white.
    """
    x0, y0, x1, y1 = clip(_shrunk(box), binary.shape)
    inside = binary[y0:y1, x0:x1]
    if min(inside.shape) < 2 or np.count_nonzero(inside == 0) < _DENSE_BLACK * inside.size:
        return False
    across = np.count_nonzero(inside[:, 1:] != inside[:, :-1])
    down = np.count_nonzero(inside[1:] != inside[:-1])
    return bool(across < _EVEN * down and down < _EVEN * across)


def codelike(box: Boite, dpi: float) -> bool:
    """Whether what a decoder took for a code has the size and the shape of one, on a scan of that dpi."""
    w, h = box[2] - box[0], box[3] - box[1]
    return min(w, h) >= _LEAST_MM * (dpi or 200.0) / 25.4 and max(w, h) <= 1.7 * min(w, h)


def _shrunk(box: Boite) -> Boite:
    """Without the margin that `blobs` leaves around what it found."""
    dx, dy = round(_MARGIN * (box[2] - box[0])), round(_MARGIN * (box[3] - box[1]))
    return box[0] + dx, box[1] + dy, box[2] - dx, box[3] - dy


def clip(box: Boite, shape: tuple[int, ...]) -> Boite:
    return max(0, box[0]), max(0, box[1]), min(shape[1], box[2]), min(shape[0], box[3])


def overlap(a: Boite, b: Boite) -> float:
    """Shared area over the smaller box's."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return w * h / max(smaller, 1)
