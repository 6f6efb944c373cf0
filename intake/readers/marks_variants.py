"""Ways to make a damaged code readable: each is a small function from a grey crop to another."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from intake.readers.marks_decoders import Grey

Variant = Callable[[Grey], Grey]


def resized(grey: Grey, factor: float) -> Grey:
    """Of a part of a page: by areas, which keeps more of a damaged code than what is quick on whole pages."""
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


def smooth(sigma: float) -> Variant:
    return lambda grey: cv2.GaussianBlur(grey, (0, 0), sigma).astype(np.uint8, copy=False)


def sharp(sigma: float, amount: float) -> Variant:
    def unsharp(grey: Grey) -> Grey:
        soft = cv2.GaussianBlur(grey, (0, 0), sigma)
        return cv2.addWeighted(grey, 1 + amount, soft, -amount, 0).astype(np.uint8, copy=False)

    return unsharp


def then(*steps: Variant) -> Variant:
    def chain(grey: Grey) -> Grey:
        for step in steps:
            grey = step(grey)
        return grey

    return chain


# What crops go through before the decoders, and whether zbar is asked too: in the order in which they pay,
# and no more than pay (tests/bench). As it is: small Data Matrix codes only need to be enlarged.
OF_CROPS: tuple[tuple[str, Variant, bool], ...] = (
    ("lisse", smooth(1.2), True),
    ("tel quel", lambda grey: grey, True),
    ("net fort", then(smooth(1.0), sharp(3.5, 4.0), stretched), False),
    ("clahe", clahe, False),
)
# What finder patterns are searched in once no decoder found any, and whether two of the three will do.
OF_GRIDS: tuple[tuple[str, Variant, bool], ...] = (
    ("lisse", smooth(1.5), True),
    ("net", sharp(3.0, 2.5), False),
)
