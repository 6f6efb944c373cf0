"""The words of a PDF stand on its picture where they are printed, however the page is turned or cropped."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from reportlab.pdfgen import canvas

from intake.domain.lecture import MotCouche
from intake.ports import PageImage
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR


def printed(
    path: Path, *, rotate: int = 0, crop: tuple[float, ...] | None = None, tilt: int = 0
) -> PageImage:
    stream = io.BytesIO()
    sheet = canvas.Canvas(stream, pagesize=(595, 842))
    sheet.saveState()
    sheet.translate(200, 500)
    sheet.rotate(tilt)
    sheet.setFont("Helvetica", 14)
    sheet.drawString(0, 0, "Delmotte")
    sheet.drawString(120, 0, "Karim")
    sheet.restoreState()
    sheet.drawString(5, 5, "hors cadre")
    sheet.save()
    with pikepdf.open(io.BytesIO(stream.getvalue())) as document:
        document.pages[0].Rotate = rotate
        if crop:
            document.pages[0].CropBox = pikepdf.Array(crop)
        document.save(path)
    opened = open_file(path, NUMERISEUR)
    try:
        return opened.page(1)
    finally:
        opened.close()


def word(page: PageImage, text: str) -> MotCouche:
    assert page.couche is not None
    return next(m for m in page.couche.mots if m.texte == text)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 100, 500, 800)])
@pytest.mark.parametrize("tilt", [0, 90])
def test_ink_is_inside_the_boxes_and_nowhere_around_them(
    tmp_path: Path, rotate: int, crop: tuple[float, ...] | None, tilt: int
) -> None:
    page = printed(tmp_path / "page.pdf", rotate=rotate, crop=crop, tilt=tilt)
    ink = np.asarray(page.image.convert("L")) < 128
    for text in ("Delmotte", "Karim"):
        left, top, right, bottom = (round(v) for v in word(page, text).boite)
        inside = ink[top - 1 : bottom + 1, left - 1 : right + 1]
        around = ink[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12]
        assert inside.sum() > 100
        assert inside.sum() == around.sum()
    assert word(page, "Karim").angle == (rotate - tilt) % 360


def test_what_the_crop_hides_is_not_read(tmp_path: Path) -> None:
    page = printed(tmp_path / "page.pdf", crop=(50, 100, 500, 800))
    assert page.couche is not None
    assert page.couche.texte == "Delmotte Karim"
