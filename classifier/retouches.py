"""Owns what is mended on a scan before it is measured: grain, specks, streaks, light print on dark."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from classifier.image import Gris, shrink
from intake.readers.pixels import components, kept, quantile

# Of the paper's light; pixels; heights of a small letter: a speck at most, and around print what is its own.
_SPECK_DARK, _SPECK_LEAST, _SPECK, _SPECK_OVER, _SPECK_BESIDE = 0.8, 3.0, 0.3, 0.9, 1.0
_COLON = (0.45, 1.3)  # heights of a small letter, of a colon
_STREAKS = 4  # of a page, at most
_STREAK_ROWS = 8  # of which one is looked at
_STREAK_PARTS, _STREAK_DARK = 12, 20  # of a page's height; levels darker than both sides
# Share of the rows so: of the page, of each part, and of each margin, which no frame in print reaches.
_STREAK, _STREAK_PART, _STREAK_END = 0.85, 0.5, 0.35
_BLOCKS = 600  # long side of the copy on which dark blocks are looked for: half a millimetre of an A4
_BLOCK_DARK, _BLOCK_PAPER, _BLOCK_LEAST = 0.75, 140, 0.004  # of the paper; grey levels; share of the page
_BLOCK_WIDE, _BLOCK_HIGH = 30, 8  # pixels of that copy
_BLOCK_FULL, _BLOCK_SOLID = 0.8, 0.65  # of its rectangle, once its letters are filled, and before
# Between ground and paper, how light its print is, and the share of the block that it covers.
_BLOCK_PRINT, _BLOCK_LETTERS = 0.4, (0.002, 0.35)
_CELL, _CELLS = np.ones((7, 7), np.uint8), 0.02  # wider than a stroke of a title; share of the block
_BORDER = 0.12  # of the long side, which no cover is narrower than
_BANNER_WIDE, _BANNER_HIGH = 0.8, 20  # of a page's width; pixels of that copy, a centimetre
_RIM, _RIM_DARK, _RIM_ALIKE = 24, 0.6, 2  # pixels of that copy; share of a row; times what is at the sides
_BLOCK_EVEN = 14.0  # median distance from the ground, in grey levels


def without_grain(gris: Gris) -> Gris:
    """Single dark or light pixels gone; strokes of two pixels and more stay."""
    return np.asarray(cv2.medianBlur(gris, 3), np.uint8)


def without_specks(gris: Gris, hauteur: float) -> Gris:
    """Dark points gone that stand by themselves: toner, dust, what a bad copy is strewn with.

    `hauteur`: of a small letter, pixels. What is as near to a letter as its dot or its comma stays.
    """
    light = quantile(gris[::3, ::3], 0.9)
    labels, stats = components((gris < _SPECK_DARK * light).astype(np.uint8))
    sides = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    small = sides <= max(_SPECK_LEAST, _SPECK * hauteur)
    small[0] = False
    print_ = ~small
    print_[0] = False  # the ground
    reach = np.ones((int(_SPECK_OVER * hauteur) | 1, int(_SPECK_BESIDE * hauteur) | 1), np.uint8)
    small[np.unique(labels[cv2.dilate(kept(labels, print_), reach) > 0])] = False
    small[np.unique(labels[_colons(kept(labels, small), hauteur) > 0])] = False
    specks = cv2.dilate(kept(labels, small), np.ones((3, 3), np.uint8))
    return np.where(specks > 0, np.uint8(light), gris)


def _colons(points: Gris, hauteur: float) -> Gris:
    """Two points one over the other, as far apart as those of a colon, which has blanks around it."""
    joined = np.asarray(
        cv2.morphologyEx(points, cv2.MORPH_CLOSE, np.ones((int(hauteur) | 1, 1), np.uint8)), np.uint8
    )
    labels, stats = components(joined)
    high, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    colon = (high >= _COLON[0] * hauteur) & (high <= _COLON[1] * hauteur)
    colon &= wide <= max(_SPECK_LEAST, _SPECK * hauteur) + 1
    colon[0] = False  # the ground
    return kept(labels, colon)


def without_streaks(gris: Gris) -> Gris:
    """Lines from edge to edge gone, with what they cross mended: dust on the glass of a sheet-fed scanner.

    Tesseract takes one for the rule between two columns, and reads half lines. What frames or parts a page
    in print leaves its margins alone.
    """
    mended = gris
    for down in (True, False):
        way = mended if down else mended.T
        for first, last in _streaks(_some_rows(mended) if down else _some_columns(mended)):
            if mended is gris:
                mended = gris.copy()
                way = mended if down else mended.T
            left, right = first - 2, last + 2
            share = np.linspace(0.0, 1.0, right - left + 1)[1:-1]
            sides = way[:, [left, right]].astype(np.float64)
            way[:, left + 1 : right] = np.rint(sides[:, :1] * (1 - share) + sides[:, 1:] * share)
    return mended


def _some_rows(gris: Gris) -> Gris:
    return np.ascontiguousarray(gris[::_STREAK_ROWS])


def _some_columns(gris: Gris) -> Gris:
    """Likewise, as rows: picked and then turned, as a page turned whole costs ten times more."""
    return np.asarray(cv2.transpose(np.ascontiguousarray(gris[:, ::_STREAK_ROWS])), np.uint8)


def light_on_dark(gris: Gris) -> Gris:
    """What is printed light in dark blocks made dark on light: covers of booklets, bands over a table.

    Tesseract takes such a block for a picture. Portraits and codes, which are as light as dark, stay.
    """
    small, scale = shrink(gris, _BLOCKS)
    white = quantile(small, 0.9)
    dark = (small < _BLOCK_DARK * white).astype(np.uint8)
    if white < _BLOCK_PAPER or dark.mean() < _BLOCK_LEAST:
        return gris
    sheet, solid = _sheet_within(dark), np.zeros_like(dark)
    solid[sheet] = cv2.morphologyEx(dark[sheet], cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    labels, stats = components(solid)
    mended = gris
    for block in range(1, len(stats)):
        left, top, width, height, area = (int(v) for v in stats[block])
        beside = (
            left <= 2 or top <= 2 or left + width >= small.shape[1] - 2 or top + height >= small.shape[0] - 2
        )
        banner = top <= 2 and width > _BANNER_WIDE * small.shape[1] and height >= _BANNER_HIGH
        if beside and not banner and min(width, height) < _BORDER * _BLOCKS:
            continue  # what the scanner saw beside the sheet
        if width < _BLOCK_WIDE or height < _BLOCK_HIGH or area < _BLOCK_SOLID * width * height:
            continue
        mine = _filled(labels[top : top + height, left : left + width] == block)
        area = int(np.count_nonzero(mine))
        if area < _BLOCK_FULL * width * height:
            continue
        if np.count_nonzero(mine & (dark[top : top + height, left : left + width] > 0)) < _BLOCK_SOLID * area:
            continue
        rows = slice(int(top / scale), math.ceil((top + height) / scale))
        columns = slice(int(left / scale), math.ceil((left + width) / scale))
        part = gris[rows, columns]
        within = small[top : top + height, left : left + width]
        whole = np.zeros(mine.shape, np.uint8)
        cv2.fillConvexPoly(whole, cv2.convexHull(cv2.findNonZero(mine.astype(np.uint8))), 1)
        light = whole * (within > 0.85 * white).astype(np.uint8)
        cells = cv2.morphologyEx(light, cv2.MORPH_OPEN, _CELL)
        if np.count_nonzero(cells) > _CELLS * area:
            continue  # a band with white cells, which are printed dark
        inside = cv2.resize(mine.astype(np.uint8), part.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
        ground = _ground(part[inside], white)
        if ground is None:
            continue
        if mended is gris:
            mended = gris.copy()
        turned = np.clip(white + ground - part.astype(np.float32), 0, white)
        mended[rows, columns] = np.where(inside, turned, part)
    return mended


def _filled(block: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """With the large letters in it."""
    outlines, _ = cv2.findContours(block.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return cv2.drawContours(np.zeros(block.shape, np.uint8), outlines, -1, 1, cv2.FILLED) > 0


def _sheet_within(dark: Gris) -> tuple[slice, slice]:
    """Rows and columns of the sheet, without the glass that a scanner saw all around it.

    A band printed up to the edge of the sheet runs into what is dark around it. All of them where there is no
    rim on both sides: a side that is dark is a cover's.
    """
    left, right = (_dark_rows(side) for side in (dark.T, dark.T[::-1]))
    if not 0 < min(left, right) <= max(left, right) <= _RIM:
        return slice(None), slice(None)
    most = _RIM_ALIKE * max(left, right)  # what lies below is the band's
    above, below = (min(most, _dark_rows(rows)) for rows in (dark, dark[::-1]))
    return slice(above, len(dark) - below), slice(left, dark.shape[1] - right)


def _dark_rows(rows: Gris) -> int:
    """How many of the first rows are dark for the most part."""
    pale = rows.mean(axis=1) <= _RIM_DARK
    return int(np.argmax(pale)) if pale.any() else 0


def _ground(levels: Gris, white: int) -> float | None:
    """The grey of an even ground with light print on it; None of what is uneven, or printed dark."""
    ground = float(np.median(levels))
    apart = _BLOCK_PRINT * (white - ground)
    bright = float(np.count_nonzero(levels > ground + apart)) / levels.size
    dim = (
        float(np.count_nonzero(levels < ground - max(2 * _BLOCK_EVEN, min(apart, ground / 4)))) / levels.size
    )
    even = float(np.median(np.abs(levels - ground))) <= _BLOCK_EVEN
    return ground if even and _BLOCK_LETTERS[0] < bright < _BLOCK_LETTERS[1] and dim < bright / 2 else None


def _streaks(gris: Gris) -> list[tuple[int, int]]:
    """First and last column of each streak that runs down; one at the very edge hides nothing."""
    width = gris.shape[1]
    reach = max(4, width // 250)
    if min(gris.shape) < _STREAK_PARTS * 4 or width <= 4 * reach:
        return []
    lower = cv2.min(gris[:, : -2 * reach], gris[:, 2 * reach :])  # of the neighbours on both sides
    dark = cv2.subtract(lower, np.ascontiguousarray(gris[:, reach:-reach])) > _STREAK_DARK
    margin = max(2, len(dark) // 25)
    ends = np.minimum(dark[:margin].mean(axis=0), dark[-margin:].mean(axis=0))
    least = np.min([part.mean(axis=0) for part in np.array_split(dark, _STREAK_PARTS)], axis=0)
    found = np.flatnonzero((dark.mean(axis=0) >= _STREAK) & (least >= _STREAK_PART) & (ends >= _STREAK_END))
    runs = np.split(found, np.flatnonzero(np.diff(found) > 1) + 1) if found.size else []
    if len(runs) > _STREAKS:
        return []  # paper that is ruled: its lines are pale, and mended where they cross print they harm it
    inside = [(int(run[0]) + reach, int(run[-1]) + reach) for run in runs]
    return [(first, last) for first, last in inside if first >= 3 and last < width - 3]
