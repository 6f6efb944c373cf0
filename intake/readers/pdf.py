"""Opens PDF files with pdfium, repairs them with qpdf where needed, and gives their pages one by one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from intake.errors import FichierCorrompu, FichierProtege, FormatRefuse, TropVolumineux
from intake.ports import PageImage
from intake.readers.annotations import pose
from intake.readers.contents import paints
from intake.readers.couche import couche_de
from intake.readers.embedded import embedded, esquisse
from intake.readers.pixels import MAX_PIXELS, Grey, plain
from intake.readers.sniff import PDF, Limites

_MIN_POINTS = 1.0
_MAX_ASPECT = 60.0


class PdfFile:
    """A PDF; pdfium reads it from disk as it needs, so its size does not matter."""

    media = PDF

    def __init__(self, path: Path, limites: Limites) -> None:
        self._limites = limites
        self._path = path
        self._repaired: Path | None = None
        self._described: pikepdf.Pdf | None = None
        self.repare = False
        self._document = self._open(path)
        self._document.init_forms()  # where it has any; before anything else is asked of it
        self.pages = len(self._document)
        leaves, plain = (0, False) if self.repare else _walked(path, limites.pages)
        if not self.repare and not self._honest(leaves):
            self._document.close()
            self._document = self._open_repaired(path)
            self._document.init_forms()
            self.pages = len(self._document)
        if self.pages == 0:
            self.close()
            raise FichierCorrompu("Ce PDF n'a aucune page.")
        if self.pages > limites.pages:
            n = self.pages
            self.close()
            raise TropVolumineux(f"Le fichier a {n} pages, plus que les {limites.pages} acceptées.")
        # pdfium finds the objects of a file by itself where the table of them is wrong, and not always all;
        # where the tree of pages is odd, the third page of one library is the second of another
        known = pdfium_c.FPDF_DocumentHasValidCrossReferenceTable(self._document)
        self.douteux = self.repare or not (known and plain and leaves == self.pages)
        self._refuse_what_no_page_shows(path)

    def _honest(self, leaves: int) -> bool:
        """Whether the page tree has the pages it announces: it may count too many or too few, or loop."""
        if self.pages == 0:
            return False
        try:
            self._document.get_page_size(self.pages - 1)  # reads no content, which may be hostile
        except pdfium.PdfiumError:
            return False
        return self.pages > self._limites.pages or leaves <= self.pages

    def _refuse_what_no_page_shows(self, path: Path) -> None:
        """A form, or a folder of files, whose only page asks for another program."""
        if self._document.get_formtype() == pdfium_c.FORMTYPE_XFA_FULL:
            self.close()
            raise FormatRefuse(
                "Ce PDF est un formulaire dynamique (XFA), dont le contenu n'est dans aucune page.",
                hint="Ouvrez-le dans Acrobat Reader, imprimez-le en PDF, puis envoyez ce nouveau fichier.",
            )
        if pdfium_c.FPDFDoc_GetAttachmentCount(self._document) > 0 and _is_portfolio(path):
            self.close()
            raise FormatRefuse(
                "Ce PDF est un porte-documents : ses documents y sont joints, et ne sont dans aucune page.",
                hint="Enregistrez chacun des fichiers joints, puis envoyez-les.",
            )

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
        page = self._page(numero)
        try:
            width, height = page.get_size()
            if not (width >= _MIN_POINTS and height >= _MIN_POINTS):
                raise FichierCorrompu(f"La page {numero} n'a aucune surface.")
            if max(width, height) / min(width, height) > _MAX_ASPECT:
                raise FichierCorrompu(f"La page {numero} a une forme impossible.")
            plan = self._plan(numero)
            taken = embedded(page, numero, self._limites, plan)
            if taken is not None:
                image, native, photo = taken
                return PageImage(numero, image, native, photo=photo, couche=couche_de(page, image.size))
            if pdfium_c.FPDFPage_CountObjects(page) == 0 and (self.douteux or (plan and paints(plan))):
                raise FichierCorrompu(
                    f"La page {numero} d'un fichier abîmé est vide : il en manque peut-être le contenu."
                )
            image, used = _rendered(page, dpi)
            if _uniform(image) and _has_broken_image(page):
                raise FichierCorrompu(f"L'image de la page {numero} est abîmée : elle ne peut pas être lue.")
            return PageImage(numero, image, used, couche=couche_de(page, image.size))
        except pdfium.PdfiumError as e:
            raise FichierCorrompu(f"La page {numero} du PDF est abîmée : elle ne peut pas être lue.") from e
        finally:
            page.close()

    def poses(self, numeros: Sequence[int], to: BinaryIO) -> None:
        """Write those pages to `to`, what stands over each made a part of it."""
        target = pdfium.PdfDocument.new()
        try:
            for numero in numeros:
                self._page(numero).close()
            target.import_pages(self._document, [n - 1 for n in numeros])
            target.save(to)
            to.seek(0)
        except pdfium.PdfiumError as e:
            raise FichierCorrompu("Ce qui est posé sur une page ne peut pas être copié.") from e
        finally:
            target.close()

    def esquisse(self, numero: int) -> Grey:
        """A small drawing of the page, to know it again."""
        page = self._page(numero)
        try:
            return esquisse(page)
        except pdfium.PdfiumError as e:
            raise FichierCorrompu(f"La page {numero} du PDF est abîmée : elle ne peut pas être lue.") from e
        finally:
            page.close()

    def _plan(self, numero: int) -> pikepdf.Page | None:
        """The page as the file describes it; None where that is not to be relied on."""
        if self.douteux:
            return None
        try:
            if self._described is None:
                self._described = pikepdf.open(self._path)
            return self._described.pages[numero - 1]
        except Exception:  # noqa: BLE001 - many kinds, one meaning: pdfium alone judges
            return None

    def _page(self, numero: int) -> pdfium.PdfPage:
        """The page as a person sees it: with its form's values, its stamps and its signatures."""
        try:
            page = self._document[numero - 1]
            if pdfium_c.FPDFPage_GetAnnotCount(page) > 0:
                page.close()
                pose(self._document, numero)
                page = self._document[numero - 1]
        except (pdfium.PdfiumError, IndexError) as e:
            raise FichierCorrompu(f"La page {numero} du PDF est abîmée : elle ne peut pas être lue.") from e
        return page

    def _remove_repaired(self) -> None:
        if self._repaired is not None:
            self._repaired.unlink(missing_ok=True)
            self._repaired = None

    def close(self) -> None:
        self._document.close()
        if self._described is not None:
            self._described.close()
        self._remove_repaired()


def _walked(path: Path, most: int) -> tuple[int, bool]:
    """Pages that the tree really holds, counted up to `most` (0: qpdf cannot tell); and whether it is plain.

    What is neither a page nor a branch counts as a page for pdfium and not for others, which shifts the rest.
    """
    pages, plain = 0, True
    branches: set[tuple[int, int]] = set()
    try:
        # as it is: qpdf gives odd kids another type where attributes are to be inherited
        with pikepdf.open(path, inherit_page_attributes=False) as document:
            below = [document.Root.Pages]
            while below and pages <= most and len(branches) <= 3 * most:
                node = below.pop()
                whole = isinstance(node, pikepdf.Dictionary)
                kids = node.get("/Kids") if whole else None
                kind = "/Page" if kids is None else "/Pages"
                plain = plain and whole and node.get("/Type", kind) == kind
                if kids is None:
                    pages += whole
                elif node.is_indirect and node.objgen in branches:
                    return 0, False  # it loops
                else:
                    branches.add(node.objgen)
                    below.extend(kids)
    except Exception:  # noqa: BLE001 - many kinds, one meaning: pdfium's count stands
        return 0, False
    return pages, plain


def _is_portfolio(path: Path) -> bool:
    try:
        with pikepdf.open(path) as document:
            return "/Collection" in document.Root
    except Exception:  # noqa: BLE001 - see `_walked`
        return False


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
