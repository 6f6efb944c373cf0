"""From any decoded picture to an upright grey or RGB page of a bounded size, and what its geometry says."""

from __future__ import annotations

import weakref

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

Grey = npt.NDArray[np.uint8]  # rows × columns
Labels = npt.NDArray[np.uint16] | npt.NDArray[np.int32]

MAX_PIXELS = 25_000_000  # of a page handed on: an A4 at 400 dpi; more costs memory and reads no better
MAX_PIXELS_PHOTO = 16_000_000
MAX_DPI = 300
_A4_MM = (210.0, 297.0)
_LETTER_MM = (215.9, 279.4)
_FULL = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)  # white of 8, 10, 12, 14, 16 bits
_SCANNER_DPI = {100, 150, 200, 203, 204, 240, 300, 400, 600, 1200}


_last: list[tuple[weakref.ref[Image.Image], Grey]] = []  # one at most, replaced at once
_halves: list[tuple[weakref.ref[Grey], Grey]] = []  # the latest, of pictures that cannot change
_HALVES = 4  # of a page: its half, quarter, eighth


def grey(image: Image.Image) -> Grey:
    """The luminance of a picture that nobody changes any more.

    Of the last one it is remembered: all that read a page ask for it, and Pillow copies it each time.
    """
    for known, made in _last:
        if known() is image:
            return made
    made = np.asarray(image if image.mode == "L" else image.convert("L"))
    made.setflags(write=False)
    _last[:] = [(weakref.ref(image), made)]
    return made


def components(ink: Grey) -> tuple[Labels, npt.NDArray[np.int32]]:
    """(the number of its component at each pixel, a row of OpenCV's statistics for each); 0 is the ground.

    On one thread Grana's algorithm takes a third of the time of the one OpenCV chooses, and labels of 16 bits
    half of what is left; a page of noise alone has too many for them.
    """
    try:
        _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(ink, 8, cv2.CV_16U, cv2.CCL_GRANA)
    except cv2.error:
        _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(ink, 8, cv2.CV_32S, cv2.CCL_GRANA)
    rows = np.asarray(stats, np.int32)
    return (
        np.asarray(labels, np.uint16) if labels.dtype == np.uint16 else np.asarray(labels, np.int32)
    ), rows


def kept(labels: Labels, wanted: npt.NDArray[np.bool_]) -> Grey:
    """1 where the component is a wanted one; the ground never is."""
    table = np.zeros(max(len(wanted), 1 << 16), np.uint8)
    table[1 : len(wanted)] = wanted[1:]
    picked = cv2.LUT(labels, table) if labels.dtype == np.uint16 else np.take(table, labels)
    return np.asarray(picked, np.uint8)


def halved(picture: Grey) -> Grey:
    """Half the size, exactly: it costs a tenth of any other average. An odd row or column is left out.

    Of a page's luminance, which nobody changes, and of its halves it is remembered.
    """
    for known, made in _halves:
        if known() is picture:
            return made
    even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
    half = np.asarray(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    if not picture.flags.writeable:
        half.setflags(write=False)
        _halves[:] = [*_halves, (weakref.ref(picture), half)][-_HALVES:]
    return half


def resampled(picture: Grey, width: int, height: int) -> Grey:
    """`picture` at another size.

    Halves come first; what is left to reduce is less than a half, where interpolating between neighbours
    skips no pixel.
    """
    while min(picture.shape) > 1 and 2 * width <= picture.shape[1] + 1 and 2 * height <= picture.shape[0] + 1:
        picture = halved(picture)
    if (height, width) == picture.shape:
        return picture
    how = cv2.INTER_CUBIC if width > 1.05 * picture.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def scaled(picture: Grey, factor: float) -> Grey:
    height, width = picture.shape
    return resampled(picture, max(1, round(width * factor)), max(1, round(height * factor)))


def within(picture: npt.NDArray[np.uint8], longest: int) -> npt.NDArray[np.uint8]:
    """`picture`, grey or in colours, reduced by areas to that long side if it is larger."""
    # halving exactly costs a tenth of any other reduction
    if max(picture.shape) >= 2 * longest and min(picture.shape[:2]) > 1:
        even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
        picture = np.asarray(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    scale = longest / max(picture.shape)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def quantile(picture: Grey, share: float) -> int:
    """The grey level that `share` of the pixels do not pass: counted, which costs a tenth of sorting them."""
    counts = cv2.calcHist([picture], [0], None, [256], [0, 256]).ravel().cumsum()
    return int(np.searchsorted(counts, share * counts[-1]))


def plain(image: Image.Image) -> Image.Image:
    """`image` as L or RGB on white: palettes, 16 bits, CMYK and transparency all have their traps."""
    if image.mode in ("L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode == "L":
        return plain(image.convert("RGBA")).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I") or image.mode == "F":
        return _stretched(image)
    if image.mode in ("P", "PA") or "transparency" in image.info or "A" in image.getbands():
        rgba = image.convert("RGBA")
        if not rgba.getchannel("A").getbbox():
            return _bared(rgba)
        page = Image.new("RGB", rgba.size, "white")
        page.paste(rgba, mask=rgba.getchannel("A"))
        return page
    return image.convert("RGB")


def _bared(rgba: Image.Image) -> Image.Image:
    """A picture of which nothing shows: where it holds something, it is its transparency that is wrong."""
    picture = rgba.convert("RGB")
    empty = all(low == high for low, high in picture.getextrema())  # type: ignore[misc]
    return Image.new("RGB", rgba.size, "white") if empty else picture


def _stretched(image: Image.Image) -> Image.Image:
    """Samples of up to 16 bits, or floats, to 8 bits; Pillow clips them at 255 and gives a white page."""
    samples = np.asarray(image).astype(np.float32)
    np.nan_to_num(samples, copy=False)
    low, high = float(samples.min(initial=0.0)), float(samples.max(initial=0.0))
    fulls = _FULL if image.mode != "F" else (1.0, *_FULL)
    full = next((white for white in fulls if high <= white), 0.0)
    if low < 0 or not full:
        samples, full = samples - low, max(high - low, 1e-6)
    scaled = samples / full * 255
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def bounded(image: Image.Image, dpi: float, *, photo: bool = False) -> tuple[Image.Image, float]:
    """`image` at no more than 300 dpi and the pixels we are ready to pay for, with its dpi then."""
    pixels = image.width * image.height
    factor = min(1.0, ((MAX_PIXELS_PHOTO if photo else MAX_PIXELS) / pixels) ** 0.5)
    if dpi > MAX_DPI * 1.1:
        factor = min(factor, MAX_DPI / dpi)
    if factor >= 0.97:
        return image, dpi
    if image.mode == "1":
        image = image.convert("L")  # a 1-bit picture resized as such loses thin strokes
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=None), dpi * factor


def squared(image: Image.Image, dpi_x: float, dpi_y: float) -> tuple[Image.Image, float]:
    """Square pixels: a fax has 204 by 98 dots per inch, and its codes would be flattened."""
    if not (30 <= dpi_x <= 2400 and 30 <= dpi_y <= 2400):
        return image, 0.0
    ratio = dpi_x / dpi_y
    if 0.97 < ratio < 1.03 or not 0.25 < ratio < 4:
        return image, float(dpi_x)
    dpi = max(dpi_x, dpi_y)
    grey = image.convert("L") if image.mode == "1" else image
    size = (round(image.width * dpi / dpi_x), round(image.height * dpi / dpi_y))
    return grey.resize(size, Image.Resampling.BILINEAR), float(dpi)


def sheet_dpi(size: tuple[int, int], dpi: float) -> float:
    """The dpi of a scanned sheet: the declared one if it makes an A4 or a letter, else the one that would.

    0 when the picture has not the shape of a sheet (most cameras give 4:3, 3:2 or 16:9).
    """
    short, long = sorted(size)
    for sheet in (_A4_MM, _LETTER_MM):
        if dpi > 0 and all(
            abs(px / dpi * 25.4 - mm) < 0.06 * mm for px, mm in zip((short, long), sheet, strict=True)
        ):
            return dpi
    if short > 500 and abs(long / short - _A4_MM[1] / _A4_MM[0]) < 0.02:
        return long / _A4_MM[1] * 25.4
    return 0.0


def is_photo(image: Image.Image, media_may_be_photo: bool, dpi: float) -> bool:
    """Whether a camera made it: its EXIF says so, or nothing about it looks like a scanner's sheet."""
    if sheet_dpi(image.size, dpi):
        return False
    if camera(image):
        return True
    return media_may_be_photo and round(dpi) not in _SCANNER_DPI


def camera(image: Image.Image) -> bool:
    """Whether the EXIF block names a camera or an exposure."""
    try:
        exif = image.getexif()
        return bool(exif.get(0x010F) or exif.get(0x0110) or exif.get_ifd(0x8769).get(0x829A))
    except Exception:  # noqa: BLE001 - a broken EXIF block is no reason to refuse the picture
        return False


def lies_down(image: Image.Image) -> bool:
    """Whether its EXIF orientation asks for a quarter turn."""
    try:
        return image.getexif().get(0x0112) in (5, 6, 7, 8)
    except Exception:  # noqa: BLE001 - see `camera`
        return False


def upright(image: Image.Image) -> Image.Image:
    """`image` turned as its EXIF orientation asks; as it is when that block is broken."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - see `camera`
        return image
