"""Scans put on PDF pages, what is read of a file, and what its filed piece shows, to be compared."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from hostile import one_page, stream
from PIL import Image, ImageDraw

from intake.ports import PageImage
from intake.readers.extract import extract
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import Extraction

W, H = 620, 877
A4 = b"/MediaBox [0 0 595 842] /Contents 4 0 R "
PICTURE = b"/Resources << /XObject << /I 5 0 R >> >> "
WHOLE = b"q 595 0 0 842 0 0 cm /I Do Q"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
MIRRORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    7: Image.Transpose.TRANSVERSE,
}


def scan(shade: int = 0) -> Image.Image:
    """A sheet that no turn and no mirror leaves as it is."""
    image = Image.new("RGB", (W, H), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 30, 200, 90), fill=(shade, shade, shade))
    draw.rectangle((420, 60, 580, 300), fill=(200, 30, 30))
    draw.rectangle((60, 700, 240, 760), fill=(30, 30, 190))
    return image


def xobject(image: Image.Image, extra: bytes = b"") -> bytes:
    space = b"/DeviceGray" if image.mode == "L" else b"/DeviceRGB"
    return stream(
        zlib.compress(image.tobytes()),
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace %s "
        b"/Filter /FlateDecode %s" % (*image.size, space, extra),
    )


def scanned(content: bytes = WHOLE, page: bytes = b"", *more: bytes, image: bytes | None = None) -> bytes:
    return one_page(A4 + PICTURE + page, stream(content), image or xobject(scan()), *more)


def page_of(path: Path, numero: int = 1) -> PageImage:
    opened = open_file(path, NUMERISEUR)
    try:
        return opened.page(numero)
    finally:
        opened.close()


def small(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").resize((62, 88), Image.Resampling.BOX), np.float32)


def alike(one: Image.Image, other: Image.Image) -> bool:
    same_shape = abs(one.width / one.height / (other.width / other.height) - 1) < 0.03
    return same_shape and float(np.abs(small(one) - small(other)).mean()) < 4


def filed(path: Path, folder: Path, numero: int = 1, attempt: int = 0) -> Image.Image:
    """The page as whoever opens the piece sees it."""
    to = folder / f"piece-{numero}-{attempt}.pdf"
    extract(Extraction(path, (numero,), to, attempt=attempt))
    return page_of(to).image


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def dark(image: Image.Image, box: tuple[float, float, float, float]) -> float:
    """Share of dark pixels in a part of the page: left, top, right, bottom, of A4 in points."""
    sx, sy = image.width / 595, image.height / 842
    left, top, right, bottom = (round(v * s) for v, s in zip(box, (sx, sy, sx, sy), strict=True))
    return float((np.asarray(image.convert("L"))[top:bottom, left:right] < 128).mean())
