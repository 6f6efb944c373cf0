"""Ways to make a damaged code readable: each is a small function from a grey crop to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from intake.readers.marks_decoders import Grey

Variant = Callable[[Grey], Grey]
_SQUARE3 = np.ones((3, 3), np.uint8)


def resized(grey: Grey, factor: float) -> Grey:
    if abs(factor - 1) < 0.03:
        return grey
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def stretched(grey: Grey) -> Grey:
    low, high = np.percentile(grey, (2, 98))
    if high - low < 4:
        return grey
    scaled = (grey.astype(np.float32) - low) * (255 / (high - low))
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def clahe(grey: Grey) -> Grey:
    return cv2.createCLAHE(3.0, (4, 4)).apply(grey).astype(np.uint8, copy=False)


def flattened(grey: Grey) -> Grey:
    """Shadows and glare removed: the difference from the paper, which is what is left without strokes."""
    size = max(7, (min(grey.shape) // 12) | 1)
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((size, size), np.uint8)), min(size * 2 + 1, 101) | 1)
    return stretched((255 - cv2.absdiff(grey, paper)).astype(np.uint8))


def otsu(grey: Grey) -> Grey:
    return cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1].astype(np.uint8, copy=False)


def local(window: float, constant: int) -> Variant:
    """Threshold against the mean of a window that is a share of the crop."""

    def threshold(grey: Grey) -> Grey:
        block = max(7, int(min(grey.shape) * window)) | 1
        return cv2.adaptiveThreshold(
            grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, constant
        ).astype(np.uint8, copy=False)

    return threshold


def median(grey: Grey) -> Grey:
    return cv2.medianBlur(grey, 5).astype(np.uint8, copy=False)


def median3(grey: Grey) -> Grey:
    return cv2.medianBlur(grey, 3).astype(np.uint8, copy=False)


def smooth(sigma: float) -> Variant:
    return lambda grey: cv2.GaussianBlur(grey, (0, 0), sigma).astype(np.uint8, copy=False)


def sharp(sigma: float, amount: float) -> Variant:
    def unsharp(grey: Grey) -> Grey:
        soft = cv2.GaussianBlur(grey, (0, 0), sigma)
        return cv2.addWeighted(grey, 1 + amount, soft, -amount, 0).astype(np.uint8, copy=False)

    return unsharp


def closed(grey: Grey) -> Grey:
    return cv2.morphologyEx(grey, cv2.MORPH_CLOSE, _SQUARE3).astype(np.uint8, copy=False)


def opened(grey: Grey) -> Grey:
    return cv2.morphologyEx(grey, cv2.MORPH_OPEN, _SQUARE3).astype(np.uint8, copy=False)


def then(*steps: Variant) -> Variant:
    def chain(grey: Grey) -> Grey:
        for step in steps:
            grey = step(grey)
        return grey

    return chain


def turned(grey: Grey, degrees: float) -> Grey:
    h, w = grey.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1)
    return cv2.warpAffine(
        grey, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)


# In the order in which they pay: what reads most for least comes first (tests/bench/marks.py).
CROP_VARIANTS: tuple[tuple[str, Variant], ...] = (
    ("tel quel", lambda grey: grey),
    ("etire", stretched),
    ("lisse", smooth(1.2)),
    ("median", median),
    ("net", sharp(2.0, 2.0)),
    ("aplati", flattened),
    ("seuil local", local(0.15, 6)),
    ("otsu", otsu),
    ("lisse 2", smooth(2.2)),
    ("clahe", clahe),
    ("ferme", closed),
    ("ouvert", opened),
    ("seuil local fin", local(0.07, 3)),
    ("aplati lisse", then(flattened, smooth(1.5))),
    ("net fort", then(smooth(1.0), sharp(3.5, 4.0), stretched)),
    ("median otsu", then(median, otsu)),
)


def channels(rgb: Grey) -> Iterator[tuple[str, Grey]]:
    """Each channel alone, then the lightest: coloured ink over a black code vanishes in one of them."""
    for name, channel in zip(("rouge", "vert", "bleu"), np.moveaxis(rgb, -1, 0), strict=True):
        yield name, np.ascontiguousarray(channel)
    yield "clair", np.ascontiguousarray(rgb.max(axis=-1))
