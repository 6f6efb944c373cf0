"""Takes the picture out of a PDF page that is one scan, where that is what the page shows."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from intake.errors import FichierCorrompu, TropVolumineux
from intake.readers.pixels import Grey, bounded, camera, grey, plain, squared
from intake.readers.sniff import Limites

_MAX_OBJECTS = 5_000  # of a page, looked at for a single image; a page with more is rendered
_MAX_STRETCH = 3.0  # a fax has twice as many dots across as down
_STRAIGHT = 0.002  # what a turned matrix may hold of another turn: 2 points over a page
_JPEG_TAIL = 4096
_PROOF_DPI = 12
_MAY_HIDE = ("/ExtGState", "/Properties", "/Pattern")  # resources: soft masks, layers
_MAY_RECOLOUR = ("/DefaultGray", "/DefaultRGB", "/DefaultCMYK")  # colours that stand for those of a picture
_MAY_MASK = ("/SMask", "/Mask", "/ImageMask", "/OC", "/Decode", "/SMaskInData")
_GAP = 12.0  # grey levels over 6 mm; two drawings of one picture were never 3 apart


def embedded(
    page: pdfium.PdfPage, numero: int, limites: Limites, plan: pikepdf.Page | None
) -> tuple[Image.Image, float, bool] | None:
    """The picture of a page that is one opaque picture and nothing else visible, else None: it is rendered.

    An invisible text layer, which scanners add, does not count. `plan`: the page as the file describes it.
    """
    single = _single_image(page)
    if single is None:
        return None
    width, height = single.get_px_size()
    if width < 300 or height < 300:
        return None
    if width * height > limites.pixels_page:
        raise TropVolumineux(
            f"La page {numero} contient une image de {width} × {height} pixels : c'est trop pour être lue."
        )
    turns = _TURNS.get(_turn(single))
    if turns is None:
        return None
    jpeg = _jpeg(single)
    if jpeg is not None and _cut_short(jpeg):
        raise FichierCorrompu(f"L'image de la page {numero} est incomplète : il en manque la fin.")
    photo = jpeg is not None and _camera_jpeg(jpeg)
    try:
        bitmap = single.get_bitmap()
    except pdfium.PdfiumError:
        return None
    if bitmap.format not in (
        pdfium_c.FPDFBitmap_Gray,
        pdfium_c.FPDFBitmap_BGR,
        pdfium_c.FPDFBitmap_BGRx,
    ):
        return None
    image = bitmap.to_pil()
    # counter-clockwise turn of the placement, then the clockwise one of the page
    clockwise = (page.get_rotation() - turns) % 360
    if clockwise:
        image = image.transpose(_TRANSPOSE[clockwise])
    dpi_x, dpi_y = (pixels / points * 72 for pixels, points in zip(image.size, page.get_size(), strict=True))
    if not 1 / _MAX_STRETCH < dpi_x / dpi_y < _MAX_STRETCH:
        return None
    image, dpi = squared(image, dpi_x, dpi_y)
    dpi = 0.0 if photo else dpi or dpi_x
    image, dpi = bounded(image, dpi, photo=photo)
    image = plain(image)
    # a copy: the bitmap's own memory goes with it
    return (image.copy(), dpi, photo) if _bare(single, plan) or _shows(page, image) else None


def _bare(single: pdfium.PdfImage, plan: pikepdf.Page | None) -> bool:
    """Whether nothing in the page's description could make the picture show otherwise than as it is.

    Told in a third of a millisecond, where to draw a page at 300 dpi, however small, takes eighty.
    """
    if plan is None or pdfium_c.FPDFClipPath_CountPaths(pdfium_c.FPDFPageObj_GetClipPath(single)) > 0:
        return False
    try:
        resources = plan.resources
        pictures = list(resources.get("/XObject", {}).values())
        if len(pictures) != 1 or any(len(resources.get(kind, ())) for kind in _MAY_HIDE):
            return False
        if any(key in resources.get("/ColorSpace", {}) for key in _MAY_RECOLOUR):
            return False
        size = (int(pictures[0].Width), int(pictures[0].Height))
        return size == single.get_px_size() and not any(key in pictures[0] for key in _MAY_MASK)
    except Exception:  # noqa: BLE001 - whatever is odd in a description: then the page is looked at
        return False


def _shows(page: pdfium.PdfPage, image: Image.Image) -> bool:
    """Whether a small drawing of the page is `image`: masks, clippings and hidden layers show in it only."""
    drawn = esquisse(page)
    return pareilles(drawn, _sized(grey(image), drawn))


def esquisse(page: pdfium.PdfPage) -> Grey:
    """The page drawn so small that it costs little, and large enough to know it again."""
    bitmap = page.render(scale=_PROOF_DPI / 72, grayscale=True)
    try:
        return grey(bitmap.to_pil()).copy()
    finally:
        bitmap.close()


def pareilles(one: Grey, other: Grey) -> bool:
    """Whether two small drawings are of the same page."""
    if max(abs(a - b) for a, b in zip(one.shape, other.shape, strict=True)) > 1:
        return False
    gap = cv2.blur(one.astype(np.float32) - _sized(other, one).astype(np.float32), (3, 3))
    return bool(np.abs(gap).max() < _GAP)


def _sized(picture: Grey, like: Grey) -> Grey:
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


_TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}
_TRANSPOSE = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns counter-clockwise
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def _single_image(page: pdfium.PdfPage) -> pdfium.PdfImage | None:
    """The only visible object of the page when it is an opaque picture over (nearly) all of it."""
    count = pdfium_c.FPDFPage_CountObjects(page)
    if not 0 < count <= _MAX_OBJECTS:
        return None
    found: pdfium.PdfImage | None = None
    for obj in page.get_objects(max_depth=1):
        if obj.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            if pdfium_c.FPDFTextObj_GetTextRenderMode(obj) != pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE:
                return None
        elif isinstance(obj, pdfium.PdfImage) and found is None:
            found = obj
        else:
            return None
    if found is None or pdfium_c.FPDFPageObj_HasTransparency(found):
        return None
    metadata = found.get_metadata()
    if metadata.colorspace == pdfium_c.FPDF_COLORSPACE_UNKNOWN:  # a stencil mask, painted in some colour
        return None
    left, bottom, right, top = found.get_bounds()
    box_l, box_b, box_r, box_t = page.get_cropbox(fallback_ok=True)
    slack_x, slack_y = 0.02 * (box_r - box_l), 0.02 * (box_t - box_b)
    edges = (
        abs(left - box_l) < slack_x
        and abs(right - box_r) < slack_x
        and abs(bottom - box_b) < slack_y
        and abs(top - box_t) < slack_y
    )
    return found if edges else None


def _turn(image: pdfium.PdfImage) -> tuple[int, int, int, int]:
    """The placement's rotation as signs of its matrix; anything skewed or mirrored matches no turn."""
    matrix = image.get_matrix()
    values = (matrix.a, matrix.b, matrix.c, matrix.d)
    largest = max(abs(v) for v in values) or 1.0
    signs = [0 if abs(v) < _STRAIGHT * largest else (1 if v > 0 else -1) for v in values]
    return signs[0], signs[1], signs[2], signs[3]


def _jpeg(image: pdfium.PdfImage) -> bytes | None:
    """The JPEG file that the picture is, None when it is none."""
    return bytes(image.get_data()) if image.get_filters()[-1:] == ["DCTDecode"] else None


def _cut_short(jpeg: bytes) -> bool:
    """Whether a JPEG ends before its picture does; pdfium paints what is missing in one shade."""
    if b"\xff\xd9" in jpeg[-_JPEG_TAIL:]:
        return False
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
            picture.load()
    except OSError as e:
        return "truncated" in str(e)
    except Exception:  # noqa: BLE001 - broken in another way, of which pdfium judges
        return False
    return False


def _camera_jpeg(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as jpeg:
            return camera(jpeg)
    except Exception:  # noqa: BLE001 - only a hint: what cannot be told is no photograph
        return False
