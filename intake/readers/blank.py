"""Whether a scanned page is blank, whatever a scanner, a punch or the recto left on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from intake.domain.lecture import Boite
from intake.ports import PageImage
from intake.readers.pixels import Grey, components, kept, quantile, scaled
from intake.readers.pixels import grey as luminance

_DPI = 100.0
_MIN_DPI = 50  # below, the page is a poster: its parts are judged by their share of it
_LONG_SIDE = 1170  # of an A4 at 100 dpi, when the page's dpi is unknown
_INK = 30.0  # grey levels darker than the paper: show-through stays below, a faint stamp is above
_EDGE_MM = 6.0  # what touches this margin and is a strip or a corner is the scanner's or a fold
_PAPER = 120  # darker is no paper but a failed exposure, under which anything may be written (R2)
# Of 129 blanks of fourteen kits the darkest has 219; three pages blurred beyond their strokes had 134 to 136,
# and on 3 % of them clouds of print 2.0 to 5.3 levels darker; a fold has 0.7 there.
_DIM_PAPER, _CLOUD, _CLOUDY_MM, _INNER_MM = 180, 1.7, (1.5, 15.0), 20.0
_MIN_INK_MM2 = 2.0  # of one group of strokes: three letters of small print
_MIN_GROUP_MM = 4.0
_BREAK_MM = 20.0  # gaps in a leaning line
_UP_MM, _ACROSS_MM = 1.2, 0.8  # how thick it is at most; across, a line of small print is hardly thicker
_LEANING = 0.06  # of a streak
# Measured on ten kits: 1.1 % of a blurred page and more is that much darker, in 4 rows and more; where 0.9 %
# of a verso is, it has 2 rows at most, or is like its recto by 0.55 and more, and more so mirrored than not.
_FAINT, _FAINT_SHARE, _ROW, _ROWS = 8.0, 0.009, 0.5, 3
_ACROSS, _EDGE_TO_EDGE = 0.3, 0.9  # of the darkest of a row; share of its width
_THROUGH, _MIRRORED = 0.4, 0.05
_SHIFT, _FULL_INK = 12, 120  # pixels at 25 dpi; grey levels
# Degrees of one side to the other, between which half of that is near enough; as the page stands, farther:
# of 144 faint pages behind another's none was taken for what shows through.
_LEANS, _AS_IT_STANDS = (0.0, -1.2, 1.2), (0.0, -1.2, 1.2, -2.4, 2.4, -3.6, 3.6)
_DARK, _LITTLE_MM2 = (
    0.6,
    3000.0,
)  # of the paper's light; of ink; separators of bad scans, with what the scanner adds, have up to 2,200
_LETTER_MM, _FEW_LETTERS = (0.8, 15.0), 40  # high; letters of a title and a line, not those of a paper
_STAPLE_MM, _STAPLE_WIDE_MM, _STAPLE_FULL = 15.0, 2.5, 0.6  # with its shadow, of which it fills as much


def is_blank(page: PageImage) -> bool:
    """True only where nothing was written or printed; a photograph is never blank."""
    if page.photo or page.couche:
        return False
    grey, dpi = _at_100_dpi(page)
    mm = dpi / 25.4
    if min(grey.shape) < 40 or quantile(grey, 0.5) < _PAPER or _clouded(grey, mm):
        return False
    depth = _darker_than_paper(grey)
    if _plainly_written(depth):
        return False
    some = depth[::3, ::3]
    noise = 1.4826 * float(np.median(np.abs(some - np.median(some))))
    ink = (depth > max(_INK, 7.0 * noise)).astype(np.uint8)
    ink = _without_specks(ink)
    ink = _without_edges(ink, mm)
    ink = _without_broken_lines(ink, mm)
    ink = _without_streaks(ink, mm)
    ink = _without_holes(ink, mm)
    return not _has_writing(ink, mm)


def _clouded(grey: Grey, mm: float) -> bool:
    """Dim, and unevenly so: what is left of the print of an underexposed page, if no stroke is.

    Between the size of a line and that of a paragraph, and away from the edges: no border, spine or vignette.
    """
    if quantile(grey, 0.5) >= _DIM_PAPER:
        return False
    small = scaled(grey, 0.25).astype(np.float32)
    fine, broad = (cv2.GaussianBlur(small, (0, 0), size * mm / 4) for size in _CLOUDY_MM)
    edge = int(_INNER_MM * mm / 4)
    clouds = np.asarray(broad - fine)[edge:-edge, edge:-edge]
    return bool(clouds.size) and float(np.percentile(clouds, 97)) > _CLOUD


def faint_print(page: PageImage) -> npt.NDArray[np.float32] | None:
    """Of a page that passes for blank, pale rows as of lines of print, at 25 dpi; None where there are none.

    The other side showing through, or a page so blurred that none of its strokes is dark any more. Folds,
    watermarks, guilloche and the fibres of recycled paper make no rows.
    """
    depth = _at_25_dpi(page)
    soft = cv2.GaussianBlur(depth, (0, 0), 1.0)
    if float((soft > _FAINT).mean()) < _FAINT_SHARE:
        return None
    rows = soft.mean(axis=1, keepdims=True)
    over = (rows - cv2.GaussianBlur(rows, (0, 0), 5.0).reshape(rows.shape)).ravel()
    inner = over[1:-1]
    lines = (inner > _ROW) & (inner >= over[:-2]) & (inner > over[2:])
    # A fold runs from edge to edge, without the margins that print has.
    over_grain = soft - np.median(soft)
    lines &= (over_grain > _ACROSS * over_grain.max(axis=1, keepdims=True)).mean(axis=1)[1:-1] < _EDGE_TO_EDGE
    return depth if int(np.count_nonzero(lines)) >= _ROWS else None


def shows_through(faint: npt.NDArray[np.float32], other: PageImage) -> bool:
    """Whether `faint` is the print of the `other` page, mirrored: sheets are turned by either edge."""
    rows, columns = faint.shape
    ink = np.asarray(cv2.resize(_at_25_dpi(other), (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    mirrored = max(_likeness(faint, ink[:, ::-1]), _likeness(faint, ink[::-1]))
    # The lines of two pages of one layout are alike too, and no less so as they stand.
    return mirrored >= max(_THROUGH, _likeness(faint, ink, _AS_IT_STANDS) + _MIRRORED)


def _likeness(
    faint: npt.NDArray[np.float32], ink: npt.NDArray[np.float32], leans: Sequence[float] = _LEANS
) -> float:
    """Of the two pictures as they lie, a few millimetres and a degree apart: each side went in by itself."""
    rows, columns = ink.shape
    if min(rows, columns) <= 4 * _SHIFT:
        return 0.0
    best = 0.0
    for degrees in leans:
        turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
        inner = cv2.warpAffine(np.ascontiguousarray(ink), turn, (columns, rows))[
            _SHIFT:-_SHIFT, _SHIFT:-_SHIFT
        ]
        if inner.std() > 0.5:
            found = cv2.matchTemplate(faint, np.ascontiguousarray(inner), cv2.TM_CCOEFF_NORMED)
            best = max(best, float(found.max()))
    return best


def _at_25_dpi(page: PageImage) -> npt.NDArray[np.float32]:
    grey, _ = _at_100_dpi(page)
    depth = np.clip(_darker_than_paper(grey), 0, _FULL_INK).astype(np.float32)
    height, width = grey.shape
    size = max(1, width // 4), max(1, height // 4)
    return np.asarray(cv2.resize(depth, size, interpolation=cv2.INTER_AREA), np.float32)


def barely_printed(page: PageImage, codes: Iterable[Boite | None]) -> bool:
    """Whether beside its `codes` a page has no more letters than a few words: nothing of it need be read.

    False where a code's place is not known, or under what no paper looks like.
    """
    grey, dpi = _at_100_dpi(page)
    if min(grey.shape) < 40 or quantile(grey, 0.5) < _PAPER:
        return False
    ink = (_darker_than_paper(grey) > _INK).astype(np.uint8)
    dark = (grey < _DARK * quantile(grey, 0.9)).astype(np.uint8)
    mm, to_ink = dpi / 25.4, grey.shape[0] / page.image.height
    for box in codes:
        if box is None:
            return False
        left, top, right, bottom = (round(side * to_ink) for side in box)
        quiet = (
            max(right - left, bottom - top) // 4
        )  # what the decoder gives are the finders' middles at times
        for seen in (ink, dark):
            seen[max(0, top - quiet) : bottom + quiet, max(0, left - quiet) : right + quiet] = 0
    if np.count_nonzero(dark) > _LITTLE_MM2 * mm * mm:
        return False  # a picture, a cover
    _, stats = components(_without_specks(ink))
    tall = stats[1:, cv2.CC_STAT_HEIGHT]
    return int(np.count_nonzero((tall >= _LETTER_MM[0] * mm) & (tall <= _LETTER_MM[1] * mm))) <= _FEW_LETTERS


def _plainly_written(depth: npt.NDArray[np.int16]) -> bool:
    """An ordinary page, told at once: much dark ink away from the edges, in many rows and columns."""
    h, w = depth.shape
    inner = depth[h // 8 : -h // 8, w // 8 : -w // 8] > 2 * _INK
    return bool(
        np.count_nonzero(inner) > 0.01 * inner.size
        and inner.any(axis=1).mean() > 0.1
        and inner.any(axis=0).mean() > 0.2
    )


def _at_100_dpi(page: PageImage) -> tuple[Grey, float]:
    grey = luminance(page.image)
    known = page.dpi >= _MIN_DPI
    factor = _DPI / page.dpi if known else _LONG_SIDE / max(grey.shape)
    if factor >= 0.95:
        return grey, page.dpi if known else max(grey.shape) / 11.7
    small = scaled(grey, factor)
    return small, _DPI if known else max(small.shape) / 11.7


def _darker_than_paper(grey: Grey) -> npt.NDArray[np.int16]:
    """How much darker than the paper around: grey paper and the shade of a fold are paper."""
    calm = np.asarray(cv2.medianBlur(grey, 3), np.uint8) if _speckled(grey) else grey
    quarter = scaled(calm, 0.25)
    paper = cv2.medianBlur(cv2.dilate(quarter, np.ones((5, 5), np.uint8)), 21)
    full = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.subtract(full, calm, dtype=cv2.CV_16S), np.int16)


def _speckled(grey: Grey) -> bool:
    """Many lone dark points: salt and pepper of an old scanner, or the dither of a 1-bit one."""
    lone = cv2.subtract(cv2.medianBlur(grey, 3), grey) > 25
    return bool(np.count_nonzero(lone) > 0.002 * grey.size)


def _without_specks(ink: Grey) -> Grey:
    """Dust: components of a few pixels. The full stops of a text go too, its letters stay."""
    labels, stats = components(ink)
    keep = (stats[:, cv2.CC_STAT_AREA] >= 5) & (
        np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= 3
    )
    return kept(labels, keep)


def _without_edges(ink: Grey, mm: float) -> Grey:
    """Scanner borders, fold lines and folded corners: what reaches the edge, or is one long thin line."""
    h, w = ink.shape
    edge = int(_EDGE_MM * mm)
    labels, stats = components(ink)
    keep = np.ones(len(stats), np.bool_)
    for i in range(1, len(stats)):
        x, y, cw, ch, area = (int(v) for v in stats[i])
        touches = x <= 2 or y <= 2 or x + cw >= w - 2 or y + ch >= h - 2
        inside = x < w - edge and y < h - edge and x + cw > edge and y + ch > edge
        thin = area < 1.2 * mm * max(cw, ch)
        streak = thin and max(cw, ch) > 0.35 * max(h, w)
        keep[i] = inside and not touches and not streak
    return kept(labels, keep)


def _without_streaks(ink: Grey, mm: float) -> Grey:
    """What a dirty glass or a worn drum draws down the page, whole or in pieces: no letter is so slender."""
    labels, stats = components(ink)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    upright = width <= np.maximum(_UP_MM * mm, _LEANING * height)
    thin = stats[:, cv2.CC_STAT_AREA] <= _ACROSS_MM * mm * height
    streak = upright & thin & (height >= _MIN_GROUP_MM * mm)
    streak[0] = False  # the ground
    for i in np.flatnonzero(streak):
        x, y, w, h, _ = (int(v) for v in stats[i])
        rows = (labels[y : y + h, x : x + w] == i).sum(axis=1)
        streak[i] = rows.max() <= _UP_MM * mm  # a letter that touches it is wider
    return kept(labels, ~streak)


def _without_broken_lines(ink: Grey, mm: float) -> Grey:
    """A fold or a streak that leans: thresholds leave it in pieces, one under another.

    Only pieces that are thin themselves go: a word on a fold, or an answer on a dotted rule, is writing.
    """
    out = ink
    own, pieces = components(ink)
    gap = int(_BREAK_MM * mm)
    for kernel, thick, alone, across in (
        ((3, gap), _UP_MM, 1.25 * _UP_MM, cv2.CC_STAT_WIDTH),
        ((gap, 3), _ACROSS_MM, 1.25 * _ACROSS_MM, cv2.CC_STAT_HEIGHT),
    ):
        joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, kernel))
        labels, stats = components(np.asarray(joined, np.uint8))
        sides = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
        line = (stats[:, cv2.CC_STAT_AREA] < thick * mm * sides) & (sides > 0.35 * max(ink.shape))
        if line[1:].any():
            thin = kept(own, pieces[:, across] <= alone * mm)
            out = out * (1 - kept(labels, line) * thin)
    return out


def _without_holes(ink: Grey, mm: float) -> Grey:
    """Punch holes: round, 3 to 9 mm, within 25 mm of an edge. Staples: short and straight, in a corner."""
    h, w = ink.shape
    out = ink.copy()
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        x, y, cw, ch = cv2.boundingRect(contour)
        beside, above = min(x + cw / 2, w - x - cw / 2), min(y + ch / 2, h - y - ch / 2)
        short, long = sorted(cv2.minAreaRect(contour)[1])
        full = cv2.contourArea(contour) > _STAPLE_FULL * long * short  # a stroke of the pen winds
        slender = short < 1.5 * mm or (full and short < min(_STAPLE_WIDE_MM * mm, long / 4))
        if max(beside, above) < 25 * mm and 5 * mm < long < _STAPLE_MM * mm and slender:
            cv2.drawContours(out, [contour], -1, 0, cv2.FILLED)
            continue
        if not (3 * mm < max(cw, ch) < 9 * mm and 0.8 < cw / ch < 1.25):
            continue
        if cv2.contourArea(contour) < 0.7 * 0.785 * cw * ch:
            continue
        if min(beside, above) < 25 * mm:
            cv2.drawContours(out, [contour], -1, 0, cv2.FILLED)
            cv2.drawContours(out, [contour], -1, 0, 2)
    return out


def _has_writing(ink: Grey, mm: float) -> bool:
    """A group of strokes as large as a short word, whatever its place on the page."""
    reach = max(3, int(2.5 * mm)) | 1
    near = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_RECT, (reach, max(3, reach // 2) | 1)))
    labels, stats = components(np.asarray(near, np.uint8))
    amounts = np.bincount(labels.ravel(), weights=ink.ravel(), minlength=len(stats))
    extents = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) - reach
    written = (amounts >= _MIN_INK_MM2 * mm * mm) & (extents >= _MIN_GROUP_MM * mm)
    return bool(written[1:].any())
