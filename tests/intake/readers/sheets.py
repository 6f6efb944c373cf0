"""Draws the pages that the readers' tests read: text, QR codes, blank sheets, and what befalls them."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
import segno
from PIL import Image, ImageDraw

from intake.ports import PageImage

Grey = npt.NDArray[np.uint8]
DPI = 200
WIDTH, HEIGHT = 1654, 2339  # an A4 at 200 dpi
NUMERO = "999012400012375001"


def sheet(lines: int = 30, *, paper: int = 255, ink: int = 20, size: int = 28, at: int = 200) -> Grey:
    image = Image.new("L", (WIDTH, HEIGHT), paper)
    draw = ImageDraw.Draw(image)
    for i in range(lines):
        draw.text((150, at + i * 2 * size), f"Ligne {i} du document ordinaire", fill=ink, font_size=size)
    return np.asarray(image).copy()


def qr(text: str, *, mm: float = 25, error: str = "m", dpi: int = DPI) -> Grey:
    """The symbol with its quiet zone; `mm` is the side of the symbol alone."""
    code = segno.make(text, error=error, micro=False)
    out = io.BytesIO()
    code.save(out, kind="png", scale=10, border=4)
    modules = code.symbol_size(border=4)[0]
    side = round(mm / 25.4 * dpi * modules / (modules - 8))
    picture = Image.open(out).convert("L").resize((side, side), Image.Resampling.BOX)
    return np.asarray(picture).copy()


def with_qr(
    text: str, *, x: int = 1250, y: int = 150, mm: float = 25, lines: int = 30, error: str = "m"
) -> Grey:
    page = sheet(lines, at=600)
    symbol = qr(text, mm=mm, error=error)
    page[y : y + symbol.shape[0], x : x + symbol.shape[1]] = symbol
    return page


def noisy(page: Grey, sigma: float, seed: int = 1) -> Grey:
    noise = np.random.default_rng(seed).normal(0, sigma, page.shape)
    return np.clip(page + noise, 0, 255).astype(np.uint8)


def turned(page: Grey, degrees: float) -> Grey:
    h, w = page.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 0.8)
    return np.asarray(cv2.warpAffine(page, matrix, (w, h), borderValue=255), np.uint8)


def faded(page: Grey, contrast: float) -> Grey:
    return (230 - (255 - page.astype(np.float32)) * contrast).astype(np.uint8)


def smaller(page: Grey, factor: float) -> Grey:
    return np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def page_of(pixels: Grey | Image.Image, dpi: float = DPI, *, photo: bool = False) -> PageImage:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    return PageImage(1, image, dpi, photo=photo)
