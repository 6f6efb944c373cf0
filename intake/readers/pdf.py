"""Opens PDF files with pdfium, repairs them with qpdf where needed, and gives their pages one by one."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from intake.errors import FichierCorrompu, FichierProtege, TropVolumineux
from intake.ports import PageImage
from intake.readers.couche import couche_de
from intake.readers.pixels import MAX_PIXELS, bounded, camera, plain
from intake.readers.sniff import PDF, Limites

_MAX_OBJECTS = 5_000  # of a page, looked at for a single image; a page with more is rendered
_MIN_POINTS = 1.0
_MAX_ASPECT = 60.0


class PdfFile:
    """A PDF; pdfium reads it from disk as it needs, so its size does not matter."""

    media = PDF

    def __init__(self, path: Path, limites: Limites) -> None:
        self._limites = limites
        self._repaired: Path | None = None
        self.repare = False
        self._document = self._open(path)
        self.pages = len(self._document)
        if not self.repare and not self._honest():
            self._document.close()
            self._document = self._open_repaired(path)
            self.pages = len(self._document)
        if self.pages == 0:
            self.close()
            raise FichierCorrompu("Ce PDF n'a aucune page.")
        if self.pages > limites.pages:
            n = self.pages
            self.close()
            raise TropVolumineux(f"Le fichier a {n} pages, plus que les {limites.pages} acceptées.")

    def _honest(self) -> bool:
        """Whether the last announced page is there: a page tree may lie about its count, or loop."""
        if self.pages == 0:
            return False
        try:
            self._document.get_page_size(self.pages - 1)  # reads no content, which may be hostile
        except pdfium.PdfiumError:
            return False
        return True

    def _open(self, path: Path) -> pdfium.PdfDocument:
        try:
            return pdfium.PdfDocument(path)
        except pdfium.PdfiumError as e:
            if getattr(e, "err_code", None) in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
                raise _protege() from e
        return self._open_repaired(path)

    def _open_repaired(self, path: Path) -> pdfium.PdfDocument:
        """pdfium on what qpdf could rebuild, in a file of its own: never the whole of it in memory."""
        handle, name = tempfile.mkstemp(prefix="repare-", suffix=".pdf")
        os.close(handle)
        self._repaired = Path(name)
        self.repare = True
        try:
            if _headless(path):
                _with_header(path, self._repaired)
                return pdfium.PdfDocument(name)
            with pikepdf.open(path) as repaired:
                if len(repaired.pages) == 0:
                    raise FichierCorrompu("Ce PDF n'a aucune page.")
                repaired.save(name)
            return pdfium.PdfDocument(name)
        except pikepdf.PasswordError as e:
            self._remove_repaired()
            raise _protege() from e
        except (FichierCorrompu, MemoryError):
            self._remove_repaired()
            raise
        except Exception as e:  # qpdf and pdfium: many kinds, one meaning
            self._remove_repaired()
            raise FichierCorrompu("Ce PDF est abîmé ou incomplet : il ne peut pas être ouvert.") from e

    def page(self, numero: int, *, dpi: int = 200) -> PageImage:
        try:
            page = self._document[numero - 1]
        except (pdfium.PdfiumError, IndexError) as e:
            raise FichierCorrompu(f"La page {numero} du PDF est abîmée : elle ne peut pas être lue.") from e
        try:
            width, height = page.get_size()
            if not (width >= _MIN_POINTS and height >= _MIN_POINTS):
                raise FichierCorrompu(f"La page {numero} n'a aucune surface.")
            if max(width, height) / min(width, height) > _MAX_ASPECT:
                raise FichierCorrompu(f"La page {numero} a une forme impossible.")
            taken = _embedded(page, numero, self._limites)
            if taken is not None:
                image, native, photo = taken
                return PageImage(numero, image, native, photo=photo, couche=couche_de(page, image.size))
            image, used = _rendered(page, dpi)
            if _uniform(image) and _has_broken_image(page):
                raise FichierCorrompu(f"L'image de la page {numero} est abîmée : elle ne peut pas être lue.")
            return PageImage(numero, image, used, couche=couche_de(page, image.size))
        except pdfium.PdfiumError as e:
            raise FichierCorrompu(f"La page {numero} du PDF est abîmée : elle ne peut pas être lue.") from e
        finally:
            page.close()

    def _remove_repaired(self) -> None:
        if self._repaired is not None:
            self._repaired.unlink(missing_ok=True)
            self._repaired = None

    def close(self) -> None:
        self._document.close()
        self._remove_repaired()


def _headless(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"%PDF-" not in stream.read(1024)


def _with_header(path: Path, to: Path) -> None:
    """The header put back: the offsets of the cross-reference table are right again."""
    with path.open("rb") as source, to.open("wb") as out:
        out.write(b"%PDF-1.7\n")
        shutil.copyfileobj(source, out, 1 << 20)


def _protege() -> FichierProtege:
    return FichierProtege("Ce PDF est protégé par un mot de passe : il ne peut pas être ouvert.")


def _rendered(page: pdfium.PdfPage, dpi: float) -> tuple[Image.Image, float]:
    """The page drawn at `dpi`, or less where that would be too many pixels."""
    width, height = page.get_size()
    pixels = (width * dpi / 72) * (height * dpi / 72)
    used = dpi * min(1.0, (MAX_PIXELS / pixels) ** 0.5)
    bitmap = page.render(scale=used / 72, rev_byteorder=True)
    try:
        return plain(bitmap.to_pil().copy()), used
    finally:
        bitmap.close()


def _uniform(image: Image.Image) -> bool:
    extrema = image.convert("L").getextrema()
    return extrema[0] == extrema[1]


def _has_broken_image(page: pdfium.PdfPage) -> bool:
    """pdfium leaves out a picture that it cannot decode: the page would pass for blank."""
    for obj in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        try:
            obj.get_bitmap()
        except pdfium.PdfiumError:
            return True
    return False


def _embedded(page: pdfium.PdfPage, numero: int, limites: Limites) -> tuple[Image.Image, float, bool] | None:
    """The picture of a page that is one opaque picture and nothing else visible, else None: it is rendered.

    An invisible text layer, which scanners add, does not count.
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
    a, b, c, d = _turn(single)
    turns = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}.get((a, b, c, d))
    if turns is None:
        return None
    photo = _camera_jpeg(single)
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
    shown_width = height if clockwise in (90, 270) else width
    dpi = 0.0 if photo else shown_width / page.get_size()[0] * 72
    image, dpi = bounded(image, dpi, photo=photo)
    if clockwise:
        image = image.transpose(_TRANSPOSE[clockwise])
    # a copy: the bitmap's own memory goes with it
    return plain(image).copy(), dpi, photo


_TRANSPOSE = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns counter-clockwise
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def _single_image(page: pdfium.PdfPage) -> pdfium.PdfImage | None:
    """The only visible object of the page when it is an opaque picture over (nearly) all of it."""
    count = pdfium_c.FPDFPage_CountObjects(page)
    if not 0 < count <= _MAX_OBJECTS or pdfium_c.FPDFPage_GetAnnotCount(page) > 0:
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
    signs = [0 if abs(v) < 0.01 * largest else (1 if v > 0 else -1) for v in values]
    return signs[0], signs[1], signs[2], signs[3]


def _camera_jpeg(image: pdfium.PdfImage) -> bool:
    if "DCTDecode" not in image.get_filters():
        return False
    try:
        with Image.open(io.BytesIO(bytes(image.get_data())), formats=["JPEG"]) as jpeg:
            return camera(jpeg)
    except Exception:  # noqa: BLE001 - only a hint: what cannot be told is no photograph
        return False
