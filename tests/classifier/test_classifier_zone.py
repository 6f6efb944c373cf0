"""A machine-readable zone read row by row: close rows, many fillers, two cards side by side."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from classifier import build, ligne, ocr, zone
from classifier.image import Niveau
from classifier.mrz import Mrz, check_digit, find_mrz
from intake.domain.lecture import TexteLu
from intake.ports import PageImage

_DPI = 200
PASSPORT = (
    f"992X05941{check_digit('992X05941')}FRA911111{check_digit('911111')}F340219{check_digit('340219')}"
)
PASSPORT = PASSPORT.ljust(43, "<")
OVER_ALL = check_digit(PASSPORT[:10] + PASSPORT[13:20] + PASSPORT[21:])


def rows(surname: str, given: str, born: str, number: str = "XTH137T64") -> list[str]:
    first = f"IDFRA{number}{check_digit(number)}".ljust(30, "<")
    dates = f"{born}{check_digit(born)}F330621{check_digit('330621')}"
    over_all = first[5:] + dates[:7] + dates[8:] + "<" * 11
    second = f"{dates}FRA".ljust(29, "<") + str(check_digit(over_all))
    return [first, second, f"{surname}<<{given}".ljust(30, "<")]


def card(draw: ImageDraw.ImageDraw, left: int, top: int, texts: list[str], *, apart: int) -> None:
    """The back of a card: its rows so many pixels below one another, each glyph in its cell."""
    glyphs = ImageFont.truetype("DejaVuSansMono.ttf", 29)
    draw.rounded_rectangle((left, top, left + 830, top + 440), 22, fill=226, outline=90, width=2)
    lines = [
        "TAILLE / Height 1,67 m",
        "ADRESSE / Address",
        "18 RUE DE L'ABATTOIR",
        "99250 AUBIERES",
        "FRANCE",
    ]
    for row, text in enumerate(lines):
        draw.text(
            (left + 30, top + 20 + 34 * row), text, font=ImageFont.truetype("DejaVuSans.ttf", 19), fill=20
        )
    for row, text in enumerate(texts):
        for column, glyph in enumerate(text):
            draw.text((left + 36 + 25 * column, top + 320 + apart * row), glyph, font=glyphs, fill=15)


def read(picture: Image.Image) -> TexteLu:
    return build().read(PageImage(1, picture, _DPI))


def told(picture: Image.Image) -> Mrz | None:
    return find_mrz(read(picture).lignes)


def page() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    noise = np.random.default_rng(5).normal(249, 1.5, (2339, 1654))
    picture = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
    return picture, ImageDraw.Draw(picture)


@pytest.mark.real
@pytest.mark.parametrize("apart", [28, 32, 44])
@pytest.mark.parametrize("surname", ["MONTBRUN", "OUEDRAOGO", "LY"])
def test_rows_as_close_as_they_may_be_are_read_each_by_itself(surname: str, apart: int) -> None:
    picture, draw = page()
    card(draw, 340, 1160, rows(surname, "BENEDICTE", "720208"), apart=apart)
    zone = told(picture)
    assert zone is not None
    assert (zone.verifie, zone.nom, zone.prenoms, zone.naissance) == (
        True,
        surname,
        "BENEDICTE",
        "1972-02-08",
    )


@pytest.mark.real
def test_of_two_cards_side_by_side_neither_gets_the_rows_of_the_other() -> None:
    picture, draw = page()
    picture = picture.resize((2339, 1654))
    draw = ImageDraw.Draw(picture)
    card(draw, 200, 500, rows("MONTBRUN", "BENEDICTE", "720208"), apart=30)
    card(draw, 1250, 500, rows("KADDOURI", "SAMIRA", "911117", "K4M2P9Q71"), apart=30)
    lines = [line.texte.replace(" ", "") for line in read(picture).lignes]
    assert {"MONTBRUN<<BENEDICTE<<<<<<<<<<<", "KADDOURI<<SAMIRA<<<<<<<<<<<<<<"} <= set(lines)


@pytest.mark.real
def test_a_statement_in_capitals_is_left_as_it_was_read() -> None:
    picture, draw = page()
    text = "RÉGULARISATION DES CHARGES DE L'ANNÉE ÉCOULÉE"
    draw.text((150, 300), text, font=ImageFont.truetype("DejaVuSansMono.ttf", 29), fill=15)
    assert [line.texte for line in read(picture).lignes] == [text]


@pytest.mark.parametrize(
    ("read", "glyphs", "is_"),
    [
        ("LY<<AN<<<<", 30, "LY<<AN" + "<" * 24),
        ("7202087F3306219FRA<<<<6", 30, "7202087F3306219FRA" + "<" * 11 + "6"),
        ("7202087F3306219FRA" + "<" * 14 + "6", 30, "7202087F3306219FRA" + "<" * 11 + "6"),
        ("LY<<AN<<<<", 27, "LY<<AN<<<<"),  # a stain hid some: no row is that long
        ("LY<<AN", 30, "LY<<AN"),  # none of its fillers was read: what is missing may be letters
    ],
)
def test_fillers_are_as_many_as_there_is_room_for(read: str, glyphs: int, is_: str) -> None:
    assert zone.comptee(read, glyphs) == is_


@pytest.mark.parametrize(
    ("looks", "taken"),
    [
        # the surest has a letter too many, and its digits do not agree
        (
            [("7904141M3404012MAR<<<<<<<<<<<4", 89.0), ("7904141M340401T2MAR<<<<<<<<<<4", 93.0)],
            "7904141M3404012MAR<<<<<<<<<<<4",
        ),
        (
            [("EL<AMRANI<<NABIL<<<<<<<<<<<<<<", 90.0), ("EL<AMRANI<<NABII<<<<<<<<<<<<<<", 92.0)],
            "EL<AMRANI<<NABIL",
        ),
    ],
)
def test_of_the_looks_at_a_row_the_one_whose_digits_agree_is_believed(
    monkeypatch: pytest.MonkeyPatch, looks: list[tuple[str, float]], taken: str
) -> None:
    told = iter([*looks, looks[0]])

    def lire(*_: object) -> list[ocr.Mot]:
        text, sure = next(told)
        return [ocr.Mot(text, (0, 0, 600, 20), sure, (1, 1, 1), sure)]

    monkeypatch.setattr(ligne, "lire", lire)
    niveau = Niveau(np.full((900, 700), 250, np.uint8), 0.0, 1.0)
    assert zone._lue(niveau, zone._Rangee((0, 0, 600, 20), 30), (1, 1, 1))[0].texte.startswith(taken)


@pytest.mark.parametrize(
    ("looks", "taken"),
    [
        (["7904141M3404012MAR<<<<<<<<<<<4"] * 2, "7904141M3404012MAR<<<<<<<<<<<4"),
        (["LY<<AN" + "<" * 24] * 2, "LY<<AN" + "<" * 24),
        # a sex or a filler has no digit of its own: one look is never enough
        (["7904141F3404012MAR<<<<<<<<<<<4", *["7904141M3404012MAR<<<<<<<<<<<4"] * 2], "7904141M"),
        # of a passport's second row the digit over all, which a look lost, has the last word
        ([PASSPORT + "<", f"{PASSPORT}{OVER_ALL}", PASSPORT + "<"], f"{PASSPORT}{OVER_ALL}"),
        (["SUHARTO" + "<" * 23, "SUHARTO<<XR" + "<" * 19, "SUHARTO" + "<" * 23], "SUHARTO<<<"),
        (["7904142M3404012MAR<<<<<<<<<<<4"] * 3, "7904142M3404012MAR"),  # a digit is wrong however often
    ],
)
def test_a_row_is_looked_at_until_it_is_settled(
    monkeypatch: pytest.MonkeyPatch, looks: list[str], taken: str
) -> None:
    told = iter(looks)  # one look more and there is nothing to answer

    def lire(*_: object) -> list[ocr.Mot]:
        return [ocr.Mot(next(told), (0, 0, 600, 20), 92.0, (1, 1, 1), 92.0)]

    monkeypatch.setattr(ligne, "lire", lire)
    niveau = Niveau(np.full((900, 700), 250, np.uint8), 0.0, 1.0)
    glyphs = len(looks[0])
    assert zone._lue(niveau, zone._Rangee((0, 0, 600, 20), glyphs), (1, 1, 1))[0].texte.startswith(taken)
    assert next(told, None) is None


def test_of_two_fillers_between_short_names_the_look_that_saw_one_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = iter(
        [("P<CHNWUKKLEI" + "<" * 32, 95.0), ("P<CHNWU<KLEI<<<<<<<KL<LLLL", 84.0), ("P<CHNWUKKLEI", 80.0)]
    )

    def lire(*_: object) -> list[ocr.Mot]:
        text, sure = next(told)
        return [ocr.Mot(text, (0, 0, 600, 20), sure, (1, 1, 1), sure)]

    monkeypatch.setattr(ligne, "lire", lire)
    niveau = Niveau(np.full((900, 700), 250, np.uint8), 0.0, 1.0)
    read = zone._lue(niveau, zone._Rangee((0, 0, 600, 20), 44), (1, 1, 1))[0].texte
    assert read.startswith("P<CHNWU<KLEI")


def test_two_glyphs_that_touch_are_two_and_leave_no_gap() -> None:
    """Wide letters run together in one bit: the row is as long as its pitch says."""
    strip = np.full((60, 44 * 19 + 40), 255, np.uint8)
    for i in range(44):
        strip[22:38, 20 + 19 * i : 34 + 19 * i] = 0
    strip[30:32, 20 + 19 * 3 : 34 + 19 * 4] = 0  # the fourth and the fifth
    niveau = Niveau(strip, 0.0, 1.0)
    found = zone._rangees(niveau, (300, 20, 860, 40))
    assert [r.glyphes for r in found] == [44]
    assert found[0].boite[0] < 30
