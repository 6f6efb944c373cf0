"""The perceptual hash of a page, by which the same paper scanned again is recognised (R25)."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from intake.readers.pixels import grey, scaled

_SIDE = 32
_LOW = 8


def fingerprint(image: Image.Image, rotation: int = 0) -> str:
    """64 bits as 16 hexadecimal digits: signs of the low frequencies of the upright page."""
    half = scaled(grey(image), 0.5)
    small = Image.fromarray(half).resize((_SIDE * 4, _SIDE * 4), Image.Resampling.BOX)
    if rotation:
        small = small.rotate(-rotation, expand=True)
    soft = small.resize((_SIDE, _SIDE), Image.Resampling.BOX)
    frequencies = cv2.dct(np.asarray(soft, np.float32))
    low = frequencies[:_LOW, 1 : _LOW + 1].ravel()
    bits = low > np.median(low)
    return f"{int(''.join('1' if b else '0' for b in bits), 2):016x}"
