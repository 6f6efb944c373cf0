"""A PDF's own text is believed where it is what is printed, and nowhere else."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from classifier import build
from intake.domain.lecture import Couche, MotCouche
from intake.ports import PageImage

pytestmark = pytest.mark.real

BULLETIN = (
    "BULLETIN DE PAIE du mois de mars",
    "Employeur Société invraisemblable du bâtiment",
    "Net à payer avant impôt sur le revenu",
    "Montant versé au salarié par virement bancaire",
)
AVIS = (
    "Avis d'impôt sur les revenus de cette année",
    "République française finances publiques",
    "Numéro fiscal du déclarant et adresse",
    "Situation familiale et nombre de parts",
)
SIZE = (1240, 1754)


def words(lines: tuple[str, ...], draw: ImageDraw.ImageDraw, fill: int | None) -> list[MotCouche]:
    """The words where they stand, printed in the grey `fill` or not at all."""
    font = ImageFont.truetype("DejaVuSans.ttf", 26)
    found = []
    for row, line in enumerate(lines):
        x = 120.0
        for word in line.split():
            at = (x, 200.0 + 60 * row)
            found.append(MotCouche(word, draw.textbbox(at, word, font=font)))
            if fill is not None:
                draw.text(at, word, font=font, fill=fill)
            x += draw.textlength(word + " ", font=font)
    return found


def page(
    printed: tuple[str, ...], layer: tuple[str, ...], *, ink: int = 20, paper: int = 255
) -> tuple[Image.Image, list[MotCouche]]:
    image = Image.new("L", SIZE, paper)
    draw = ImageDraw.Draw(image)
    words(printed, draw, ink)
    return image, words(layer, draw, None)


def turned(word: MotCouche, degrees: int) -> MotCouche:
    """The word once the page is turned clockwise."""
    (width, height), (left, top, right, bottom) = SIZE, word.boite
    boxes = {
        0: word.boite,
        90: (height - bottom, left, height - top, right),
        180: (width - right, height - bottom, width - left, height - top),
        270: (top, width - right, bottom, width - left),
    }
    return MotCouche(word.texte, boxes[degrees], degrees)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_layer_that_says_what_is_printed_spares_the_ocr(turn: int) -> None:
    image, layer = page(BULLETIN, BULLETIN)
    fed = image.rotate(-turn, expand=True)
    read = build().read(PageImage(1, fed, 150, couche=Couche(tuple(turned(w, turn) for w in layer))))
    assert read.origine == "texte"
    assert read.lignes[0].texte == BULLETIN[0]


@pytest.mark.parametrize(("ink", "paper"), [(255, 60), (190, 250), (20, 200)])
def test_white_pale_and_tinted_print_is_print(ink: int, paper: int) -> None:
    image, layer = page(BULLETIN, BULLETIN, ink=ink, paper=paper)
    assert build().read(PageImage(1, image, 150, couche=Couche(tuple(layer)))).origine == "texte"


def test_a_layer_is_looked_for_where_it_stands_on_a_page_too_large_for_ocr() -> None:
    image, layer = page(BULLETIN, BULLETIN)
    large, at = Image.new("L", (4200, 5900), 255), (2900, 4100)
    large.paste(image, at)
    moved = [
        MotCouche(w.texte, (left + at[0], top + at[1], right + at[0], bottom + at[1]))
        for w in layer
        for left, top, right, bottom in [w.boite]
    ]
    assert build().read(PageImage(1, large, 300, couche=Couche(tuple(moved)))).origine == "texte"


def test_a_layer_of_another_page_is_not_believed() -> None:
    image, layer = page(BULLETIN, AVIS)
    read = build().read(PageImage(1, image, 150, couche=Couche(tuple(layer))))
    assert read.origine == "ocr"
    assert "BULLETIN DE PAIE" in read.texte
    assert "fiscal" not in read.texte


def test_words_that_nobody_can_see_are_not_read() -> None:
    image, layer = page((), AVIS)
    assert not build().read(PageImage(1, image, 150, couche=Couche(tuple(layer)))).texte
