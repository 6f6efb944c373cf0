"""Where a social security number is masked on a view (R33)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from readings import page
from web.rendering import Dessin, draw, nir_zones


@pytest.mark.parametrize(
    "line",
    [
        "N° de sécurité sociale : 2 85 04 75 123 456 78",
        "285047512345678",
        "NIR 1 60 12 2A 004 123 91 clé",
        "2 85 O4 75 l23 456 78",  # as OCR reads it
        "1 85 04 75 123 456",  # without its key
    ],
)
def test_a_number_is_masked_and_not_the_rest_of_its_line(line: str) -> None:
    ((x0, y0, x1, y1),) = nir_zones(page(1, line, "autre ligne"))
    assert -0.05 < y0 < y1 < 0.2
    assert x0 < x1
    if line.startswith("N°"):
        assert x0 > 0.1


@pytest.mark.parametrize(
    "line",
    [
        "Tél. 01 23 45 67 89",
        "Loyer 850,00 €",
        "999 0124 000123 75001",
        "IBAN FR76 3000 6000 0112 3456 7890 189",
    ],
)
def test_other_numbers_stay(line: str) -> None:
    assert nir_zones(page(1, line)) == ()


@pytest.mark.real
def test_what_was_not_read_is_read_before_it_is_shown(tmp_path: Path) -> None:
    """The middle of a dense page may have been left unread: its number is hidden all the same."""
    image = Image.new("L", (1654, 2339), 250)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 30)
    pen.text((140, 1100), "N° de sécurité sociale : 2 85 04 75 123 456 78", font=font, fill=20)
    image.save(tmp_path / "page.png", dpi=(200, 200))

    def dark(task: Dessin) -> float:
        shown = Image.open(io.BytesIO(draw(task))).convert("L")
        number = shown.crop((500, 1103, 838, 1131))
        return sum(number.histogram()[:60]) / (number.width * number.height)

    assert dark(Dessin(tmp_path / "page.png", 1, 1654)) < 0.4
    assert dark(Dessin(tmp_path / "page.png", 1, 1654, relire=True)) > 0.9
