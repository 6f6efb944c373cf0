"""Where a social security number is masked on a view (R33)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from intake.domain.envoi import Piece
from intake.domain.lecture import PageLue
from readings import page
from rows_for_tests import PIECE
from web.rendering import Dessin, Vue, draw, nir_zones, vues


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


def piece(*rotations: int) -> Piece:
    return replace(PIECE, pages=(7,), rotations=rotations)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_what_was_read_stays_hidden_when_a_person_turns_the_page(degrees: int, tmp_path: Path) -> None:
    """Its bytes are turned, its reading is not: the zones follow the bytes, and the page is read again."""
    read = page(7, "N° de sécurité sociale : 2 85 04 75 123 456 78")
    ((x0, y0, x1, y1),) = nir_zones(read)
    image = Image.new("RGB", (1654, 2339), "white")
    box = (x0 * 1654 + 4, y0 * 2339 + 4, x1 * 1654 - 4, y1 * 2339 - 4)
    ImageDraw.Draw(image).rectangle(box, fill="red")
    image.rotate(-degrees, expand=True).save(tmp_path / "piece.png", dpi=(200, 200))
    seen = Vue.de(piece(degrees), 1, read)
    assert seen.relire == (degrees != 0)
    shown, _ = draw(Dessin(tmp_path / "piece.png", 1, 1000, zones=seen.zones))
    red, green, _ = Image.open(io.BytesIO(shown)).convert("RGB").split()
    assert not [r for r, g in zip(red.tobytes(), green.tobytes(), strict=True) if r > 150 and g < 90]


@pytest.mark.parametrize(
    ("read", "rotations", "bare"),
    [
        (page(7, "loyer"), (), True),
        (page(7, "loyer"), (0,), True),
        (page(7, blank=True), (), True),
        (page(7, "loyer"), (180,), False),
        (page(7, "NIR 2 85 04 75 123 456 78"), (), False),
        (page(7, "loyer", broken="abîmée"), (), False),
        (PageLue(7), (), False),  # OCR gave it up
        (replace(page(7, "loyer"), texte=replace(page(7, "loyer").texte, partielle=True)), (), False),
        (None, (), False),
    ],
)
def test_a_page_is_shown_bare_only_if_all_of_it_was_read_and_shows_no_number(
    read: PageLue | None, rotations: tuple[int, ...], bare: bool
) -> None:
    assert Vue.de(piece(*rotations), 1, read).nue == bare
    assert [v.nue for v in vues(piece(*rotations), [read] if read else [])] == [bare]


@pytest.mark.real
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_what_was_not_read_is_read_before_it_is_shown(degrees: int, tmp_path: Path) -> None:
    """The middle of a dense page may have been left unread, a page may lie on its head."""
    image = Image.new("L", (1654, 2339), 250)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 30)
    for line in range(12):
        pen.text(
            (140, 1300 + 60 * line), "La caisse vous informe de vos droits et de vos paiements", font=font
        )
    pen.text((140, 1100), "N° de sécurité sociale : 2 85 04 75 123 456 78", font=font, fill=20)
    image.rotate(-degrees, expand=True).save(tmp_path / "page.png", dpi=(200, 200))

    def dark(task: Dessin) -> float:
        turned = Image.open(io.BytesIO(draw(task)[0])).convert("L")
        shown = turned.rotate(degrees, expand=True).resize((1654, 2339))
        number = shown.crop((500, 1103, 838, 1131))
        return sum(number.histogram()[:60]) / (number.width * number.height)

    assert dark(Dessin(tmp_path / "page.png", 1, 1654)) < 0.4
    assert dark(Dessin(tmp_path / "page.png", 1, 1654, relire=True)) > 0.9
