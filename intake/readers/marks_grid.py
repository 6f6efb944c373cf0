"""Reads a QR code module by module when its place is known, and redraws it clean for the decoder.

A decoder gives up where a staple, a hole or a pen took a finder pattern; here the fixed patterns are painted
again over the samples, and each module is judged against its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from intake.domain.lecture import SymboleLu
from intake.readers.marks_decoders import Grey, zxing_redrawn
from intake.readers.marks_locate import Corners

Samples = npt.NDArray[np.float32]
Point = npt.NDArray[np.floating]
_PIXELS = 4
_MIN_TIMING = 0.72  # share of the timing patterns' modules that must be as they should
_SIZES = range(21, 102, 4)


def read_grid(grey: Grey, corners: Corners, *, effort: int = 1) -> tuple[SymboleLu, ...]:
    for n in _likely_sizes(corners):
        for samples in _sampled(grey, corners, n, effort):
            for bits in _judged(samples):
                if _timing(bits) < _MIN_TIMING or _finders_right(bits) < 0.78:
                    continue
                drawn = _drawn(_painted(bits))
                found = zxing_redrawn(drawn)
                if found:
                    return (SymboleLu("QRCODE", found[0].texte, corners.box(0)),)
    return ()


def _likely_sizes(corners: Corners) -> list[int]:
    guess = corners.modules
    return [n for n in sorted(_SIZES, key=lambda n: abs(n - guess)) if abs(n - guess) < 0.16 * guess + 2][:3]


def _sampled(grey: Grey, corners: Corners, n: int, effort: int) -> Iterator[Samples]:
    """Mean grey of each module, for a few positions of the fourth corner, which nothing marks for certain."""
    tl, tr, bl = (np.array(p) for p in (corners.tl, corners.tr, corners.bl))
    module = corners.module
    k = max(1, int(module * 0.7))
    smooth = np.asarray(cv2.blur(grey, (k, k)), np.uint8) if k > 1 else grey
    parallel = tr + bl - tl
    across, down = (tr - tl) / (n - 7), (bl - tl) / (n - 7)
    for du, dv in _fourth(smooth, tl, tr, bl, n, effort):
        br = parallel + du * across + dv * down
        yield _warp(smooth, tl, tr, bl, br, n)


def _fourth(smooth: Grey, tl: Point, tr: Point, bl: Point, n: int, effort: int) -> list[tuple[float, float]]:
    """Displacements of the fourth corner, in modules, by how well the alignment pattern then shows."""
    reach = 2 if effort == 1 else 4
    steps = [k * 0.75 for k in range(-reach, reach + 1)]
    if n < 25:
        return [(0.0, 0.0), (1.0, 1.0), (-1.0, -1.0)] if effort > 1 else [(0.0, 0.0)]
    across, down = (tr - tl) / (n - 7), (bl - tl) / (n - 7)
    ranked: list[tuple[float, tuple[float, float]]] = []
    for du in steps:
        for dv in steps:
            samples = _warp(smooth, tl, tr, bl, tr + bl - tl + du * across + dv * down, n)
            patch = samples[n - 9 : n - 4, n - 9 : n - 4]
            score = float((patch * _ALIGNMENT_WEIGHTS).sum()) - 2.0 * (abs(du) + abs(dv))
            ranked.append((score, (du, dv)))
    ranked.sort(reverse=True)
    best = [place for _, place in ranked[: 2 * effort]]
    return [*best, (0.0, 0.0)] if (0.0, 0.0) not in best else best


_ALIGNMENT = np.ones((5, 5), np.uint8)
_ALIGNMENT[1:4, 1:4] = 0
_ALIGNMENT[2, 2] = 1
_ALIGNMENT_WEIGHTS = np.where(_ALIGNMENT == 1, -1 / 17, 1 / 8).astype(np.float32)


def _warp(grey: Grey, tl: Point, tr: Point, bl: Point, br: Point, n: int) -> Samples:
    side = n - 3.5
    ideal = np.array([[3.5, 3.5], [side, 3.5], [3.5, side], [side, side]], np.float32)
    matrix = cv2.getPerspectiveTransform(ideal, np.array([tl, tr, bl, br], np.float32))
    centres = np.arange(n, dtype=np.float32) + 0.5
    xs, ys = np.meshgrid(centres, centres)
    points = cv2.perspectiveTransform(np.stack([xs, ys], axis=-1).reshape(1, -1, 2), matrix).reshape(n, n, 2)
    x, y = (np.ascontiguousarray(points[..., i], np.float32) for i in (0, 1))
    shown = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, np.float32)


def _judged(samples: Samples) -> Iterator[npt.NDArray[np.uint8]]:
    """Black (1) or white (0) for each module: by one threshold, by the neighbourhood's, by one sharpened."""
    low, high = np.percentile(samples, (5, 95))
    yield (samples < (low + high) / 2).astype(np.uint8)
    for window in (9, 5):
        yield (samples < cv2.blur(samples, (window, window), borderType=cv2.BORDER_REFLECT)).astype(np.uint8)
    envelope = (
        cv2.dilate(samples, np.ones((7, 7), np.uint8)) + cv2.erode(samples, np.ones((7, 7), np.uint8))
    ) / 2
    yield (samples < envelope).astype(np.uint8)
    sharp = 1.9 * samples - 0.9 * cv2.GaussianBlur(samples, (3, 3), 0.8)
    yield (sharp < cv2.blur(sharp, (9, 9), borderType=cv2.BORDER_REFLECT)).astype(np.uint8)


def _timing(bits: npt.NDArray[np.uint8]) -> float:
    n = bits.shape[0]
    should = np.arange(8, n - 8) % 2 == 0
    return float((np.mean(bits[6, 8 : n - 8] == should) + np.mean(bits[8 : n - 8, 6] == should)) / 2)


_FINDER = np.zeros((8, 8), np.uint8)
_FINDER[:7, :7] = 1
_FINDER[1:6, 1:6] = 0
_FINDER[2:5, 2:5] = 1


def _finders_right(bits: npt.NDArray[np.uint8]) -> float:
    """How right the second best of the three finder patterns is: one may be covered."""
    scores = sorted(
        (
            float(np.mean(bits[:8, :8] == _FINDER)),
            float(np.mean(bits[:8, -8:] == _FINDER[:, ::-1])),
            float(np.mean(bits[-8:, :8] == _FINDER[::-1])),
        )
    )
    return scores[1]


def _painted(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The fixed patterns as the standard wants them, whatever covered them."""
    n = bits.shape[0]
    out = bits.copy()
    out[:8, :8], out[:8, -8:], out[-8:, :8] = _FINDER, _FINDER[:, ::-1], _FINDER[::-1]
    line = (np.arange(8, n - 8) % 2 == 0).astype(np.uint8)
    out[6, 8 : n - 8] = line
    out[8 : n - 8, 6] = line
    out[n - 8, 8] = 1
    if n >= 25:
        out[n - 9 : n - 4, n - 9 : n - 4] = _ALIGNMENT
    return out


def _drawn(bits: npt.NDArray[np.uint8]) -> Grey:
    quiet = np.pad(1 - bits, 4, constant_values=1)
    return np.kron(quiet * 255, np.ones((_PIXELS, _PIXELS), np.uint8)).astype(np.uint8)
