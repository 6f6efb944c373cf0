"""Whether a scanned page is blank, whatever a scanner, a punch or the recto left on it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from intake.ports import PageImage
from intake.readers.pixels import Grey, components, kept, quantile, scaled
from intake.readers.pixels import grey as luminance

_DPI = 100.0
_MIN_DPI = 50  # below, the page is a poster: its parts are judged by their share of it
_LONG_SIDE = 1170  # of an A4 at 100 dpi, when the page's dpi is unknown
_INK = 30.0  # grey levels darker than the paper: show-through stays below, a faint stamp is above
_EDGE_MM = 6.0  # what touches this margin and is a strip or a corner is the scanner's or a fold
_PAPER = 120  # darker is no paper but a failed exposure, under which anything may be written (R2)
_MIN_INK_MM2 = 2.0  # of one group of strokes: three letters of small print
_MIN_GROUP_MM = 4.0
_BREAK_MM = 20.0  # gaps in a leaning line
_UP_MM, _ACROSS_MM = 1.2, 0.8  # how thick it is at most; across, a line of small print is hardly thicker
_LEANING = 0.06  # of a streak
_STAPLE_MM, _STAPLE_WIDE_MM, _STAPLE_FULL = 15.0, 2.5, 0.6  # with its shadow, of which it fills as much


def is_blank(page: PageImage) -> bool:
    """True only where nothing was written or printed; a photograph is never blank."""
    if page.photo or page.couche:
        return False
    grey, dpi = _at_100_dpi(page)
    mm = dpi / 25.4
    if min(grey.shape) < 40 or quantile(grey, 0.5) < _PAPER:
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
