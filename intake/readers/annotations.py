"""Owns what stands over a PDF page and shows, form values, stamps, notes, which becomes a part of it."""

from __future__ import annotations

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

# Neither is drawn on paper: an area to click, and a window that opens on a note.
SILENT = frozenset({"/Link", "/Popup"})
_SILENT = frozenset({pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_POPUP})
_TINY = 0.05  # scale of a drawing made only so that pdfium draws up the appearances that are missing


def pose(document: pdfium.PdfDocument, numero: int) -> None:
    """Make what stands over page `numero` a part of its content, in memory. Raises PdfiumError, IndexError.

    What is hidden on a screen stays hidden. A form's values need `document.init_forms()` first.
    """
    page = document[numero - 1]
    try:
        for index in reversed(range(pdfium_c.FPDFPage_GetAnnotCount(page))):
            if _subtype(page, index) in _SILENT:
                pdfium_c.FPDFPage_RemoveAnnot(page, index)
        if pdfium_c.FPDFPage_GetAnnotCount(page) > 0:
            page.render(scale=_TINY).close()
            pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY)
    finally:
        page.close()


def _subtype(page: pdfium.PdfPage, index: int) -> int:
    annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
    try:
        return int(pdfium_c.FPDFAnnot_GetSubtype(annotation))
    finally:
        pdfium_c.FPDFPage_CloseAnnot(annotation)
