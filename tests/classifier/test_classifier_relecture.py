"""The second look: rows that Tesseract leaves out, figures and names that it reads badly in their place."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from classifier import build, ligne, ocr, relecture
from classifier.image import Gris, Niveau
from classifier.numbering import numbering
from classifier.strips import Bande, encre
from intake.domain.lecture import PageLue
from intake.ports import PageImage

pytestmark = pytest.mark.real

_DPI = 150
_SIZE = (1240, 1754)


def font(points: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype("DejaVuSans.ttf", points * _DPI // 72)


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", _SIZE, 250)
    return picture, ImageDraw.Draw(picture)


def _levels(picture: Image.Image) -> tuple[Niveau, Gris, list[Bande]]:
    niveau = Niveau(np.asarray(picture), 0.0, 1.0)
    return niveau, encre(niveau.quart()), []


def look(picture: Image.Image, read: list[ocr.Mot]) -> list[str]:
    """The lines after a second look at a page of which `read` was read."""
    rows: dict[tuple[int, int, int], list[str]] = {}
    for word in relecture.relire(read, *_levels(picture)):
        rows.setdefault(word.ligne, []).append(word.texte)
    return [" ".join(words) for words in rows.values()]


def rows_of(picture: Image.Image) -> list[ocr.Mot]:
    return ocr.engine().words(np.asarray(picture), _DPI)


def test_the_cell_of_a_table_that_was_left_out_is_read_in_its_place() -> None:
    picture, draw = sheet()
    for rank, text in enumerate(["Réf. contrat", "Occupant", "Logement", "Terme"]):
        top = 200 + 36 * rank
        draw.rectangle((100, top, 1140, top + 36), outline=120, width=2)
        draw.text((110, top + 6), text, font=font(9), fill=20)
    draw.line((360, 200, 360, 344), fill=120, width=2)
    cells = [
        "L/70708/01",
        "Madame Sandrine TEIXEIRA et Monsieur Paulo TEIXEIRA",
        "7 rue Basse",
        "OCTOBRE 2026",
    ]
    labels = [w for w in rows_of(picture) if w.boite[0] < 360]
    for rank, text in enumerate(cells):
        draw.text((370, 206 + 36 * rank), text, font=font(9), fill=20)
    lines = look(picture, labels)
    assert cells[1] in lines


def _word(text: str, box: tuple[int, int, int, int], line: int) -> ocr.Mot:
    return ocr.Mot(text, box, 95.0, (1, 1, line))


def test_a_cell_at_the_right_does_not_come_between_a_label_and_its_answer() -> None:
    """« Nom du salarié », under which it stands; the framed contact beside it is no salarié."""
    picture, draw = sheet()
    draw.text((800, 402), "MARTIN Claire", font=font(9), fill=20)
    read = [
        _word("Nom", (120, 400, 170, 424), 1),
        _word("salarié", (180, 400, 260, 424), 1),
        _word("DUPONT", (120, 440, 210, 464), 2),
        _word("Jean", (220, 440, 270, 464), 2),
    ]
    assert look(picture, read) == ["Nom salarié", "DUPONT Jean", "MARTIN Claire"]


def test_the_boxes_of_a_form_are_read_behind_their_label() -> None:
    picture, draw = sheet()
    for rank, letter in enumerate("VERGNIAUD"):
        left = 186 + 27 * rank
        draw.rectangle((left, 400, left + 27, 430), outline=60, width=2)
        draw.text((left + 7, 404), letter, font=font(10), fill=20)
    lines = look(picture, [_word("Nom", (118, 404, 160, 426), 1), _word(":", (170, 406, 174, 426), 1)])
    assert [line.replace(" ", "") for line in lines] == ["Nom:VERGNIAUD"]


def test_nothing_is_added_to_a_page_that_was_read_and_nothing_to_an_empty_one() -> None:
    picture, draw = sheet()
    for rank in range(12):
        draw.text(
            (120, 150 + 60 * rank), f"Article {rank} : le preneur paie son loyer.", font=font(11), fill=20
        )
    read = rows_of(picture)
    assert len(look(picture, read)) == len({w.ligne for w in read}) == 12
    assert look(sheet()[0], []) == []


def test_a_hand_or_a_picture_costs_three_looks_and_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, draw = sheet()
    rng = np.random.default_rng(3)
    for top in range(200, 1500, 60):  # scribbles as long as lines
        points = [(120 + 12 * i, top + int(rng.integers(0, 24))) for i in range(80)]
        draw.line(points, fill=40, width=2)
    looks = 0
    engine = ocr.engine()

    class Counted:
        def words(self, gris: ocr.Gris, dpi: int, etendue: ocr.Etendue = ocr.Etendue.PAGE) -> list[ocr.Mot]:
            nonlocal looks
            looks += 1
            return engine.words(gris, dpi, etendue)

    monkeypatch.setattr(ocr, "engine", Counted)
    assert look(picture, []) == []
    assert looks == 3


def test_the_line_of_a_day_on_ruled_paper_is_read_among_the_dashes() -> None:
    """Each dashed rule is longer than it, and goes on behind it on its own row."""
    picture, draw = sheet()
    for y in range(200, 1700, 60):
        for x in range(100, 1150, 50):
            if not (y == 800 and x < 620):
                draw.rectangle((x, y + 30, x + 32, y + 36), fill=20)
    draw.text((110, 800), "à Montfauche, le 3 septembre 2025", fill=20, font=font(12))
    read = [_word("soussignée", (110, 600, 300, 626), 1), _word("certifie", (320, 600, 440, 626), 1)]
    assert "à Montfauche, le 3 septembre 2025" in look(picture, read)


def test_a_number_alone_at_the_foot_is_seen() -> None:
    picture, draw = sheet()
    draw.text((120, 200), "FAITS ET PROCÉDURE", font=font(11), fill=20)
    read = rows_of(picture)
    draw.text((590, 1620), "– 4 –", font=font(9), fill=20)
    assert look(picture, read)[-1] == "- 4 -"
    page = PageLue(1, texte=build().read(PageImage(1, picture, _DPI)))
    assert str(numbering(page)) == "4"


def test_a_page_of_so_many_at_the_foot_is_seen() -> None:
    picture, draw = sheet()
    draw.text((120, 200), "DÉTAIL DES REVENUS", font=font(11), fill=20)
    read = rows_of(picture)
    draw.text((1080, 1640), "2 / 4", font=font(9), fill=20)
    assert look(picture, read)[-1] == "2/4"
    draw.ellipse((300, 1640, 330, 1664), fill=60)  # with a stain beside it
    assert look(picture, read)[-1] == "2/4"
    draw.ellipse((500, 1640, 530, 1664), fill=60)  # of so many marks, none is a number
    assert look(picture, read) == look(picture, read[:3])


def test_an_address_in_a_frame_is_read_without_it() -> None:
    picture, draw = sheet()
    draw.rectangle((640, 190, 1150, 300), outline=40, width=3)
    draw.text((654, 197), "M. CHAUVINEAU Baptiste", font=font(10), fill=20)
    read = [
        replace(_word("TRANSPORTS", (100, 198, 260, 222), 1), ligne=(1, 1, 1)),
        replace(_word("M'OHMNINEN", (640, 190, 840, 226), 1), confiance=20.0),
        replace(_word("Bapt|ste", (850, 196, 960, 226), 1), confiance=35.0),
    ]
    assert look(picture, read) == ["TRANSPORTS M. CHAUVINEAU Baptiste"]
    sure = [replace(w, confiance=95.0) for w in read]
    assert look(picture, sure) == ["TRANSPORTS M'OHMNINEN Bapt|ste"]  # what was read well stays


@pytest.mark.parametrize("shown", ["29440", "9780"])
def test_the_income_that_was_hardly_read_is_read_as_it_is_printed(shown: str) -> None:
    """Of the row of its label; a figure read surely, or elsewhere, stays as it was read."""
    picture, draw = sheet()
    draw.text((1000, 398), f"{shown} €", font=font(9), fill=20)
    box = (1000, 398, 1080, 422)
    label = [
        _word(w, (120 + 80 * i, 398, 190 + 80 * i, 422), 1)
        for i, w in enumerate("Revenu fiscal de référence".split())
    ]
    for sure, told in ((20.0, shown), (96.0, "11111")):
        amount = ocr.Mot("11111", box, sure, (1, 1, 1))
        assert told in look(picture, [*label, amount])[0].replace(" ", "")
    elsewhere = [_word("Total", (120, 398, 190, 422), 1), ocr.Mot("11111", box, 20.0, (1, 1, 1))]
    assert look(picture, elsewhere) == ["Total 11111"]


_ZONE = ["P<FRASAIDANI<<NOUR<<<<<<<<<<<<<<<<<<<<<<<<<<", "IDFRAX991CYFCT1<<<<<<<<<<<<<<<"]
_SAID = ["Revenu fiscal de référence", "parts", "12", "340", "6", "€", "(25)", "F:", ":", "3", "/", *_ZONE]


@given(
    rows=st.lists(
        st.tuples(
            st.lists(st.sampled_from(_SAID), min_size=1, max_size=4),
            st.sampled_from([90, 94, 400, 1620]),
            st.sampled_from([20.0, 60.0, 85.0, 96.0]),
        ),
        max_size=6,
    ),
    seen=st.lists(st.sampled_from(["12340", "Noël", "<<", ":"]), max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_whatever_was_read_a_second_look_breaks_nothing(
    rows: list[tuple[list[str], int, float]], seen: list[str]
) -> None:
    """« 6 parts du quotient » on the level of the income: figures with no amount behind them."""

    class Engine:
        def words(self, gris: Gris, dpi: int, etendue: ocr.Etendue = ocr.Etendue.PAGE) -> list[ocr.Mot]:
            return [ocr.Mot(t, (9 * i, 2, 9 * i + 8, 12), 90.0, (1, 1, 1)) for i, t in enumerate(seen)]

    read = [
        ocr.Mot(text, (60 + 150 * i, top, 200 + 150 * i, top + 24), sure, (1, 1, line))
        for line, (texts, top, sure) in enumerate(rows)
        for i, text in enumerate(texts)
    ]
    picture, draw = sheet()
    draw.text((110, 940), "Q7", font=font(12), fill=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ocr, "engine", Engine)
        made = relecture.relire(read, *_levels(picture))
    left = [word.texte for word in made]
    sure = [
        t for texts, _, confiance in rows for t in texts if confiance > 90 and not set(_ZONE) & set(texts)
    ]
    assert not Counter(sure) - Counter(left)  # what was read well stays as it was


def test_a_statement_in_capitals_is_no_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, _ = sheet()
    row = "VIR SEPA RECU DE CAF DE LA MARNE REF"
    read = [_word(row.replace(" ", ""), (120, 200 + 30 * i, 900, 222 + 30 * i), i) for i in range(40)]
    monkeypatch.setattr(ocr, "engine", lambda: pytest.fail("read again"))
    assert len(look(picture, read)) == 40


def test_a_row_of_a_zone_is_read_again_until_its_digits_agree() -> None:
    rows = [
        "IDFRAX4RTBPFW46<<<<<<<<<<<<<<<",
        "9007138F3002119FRA<<<<<<<<<<<6",
        "MARTIN<<MAELYS<GAELLE<<<<<<<<<",
    ]
    picture, draw = sheet()
    mono = ImageFont.truetype("DejaVuSansMono.ttf", 24)
    for rank, row in enumerate(rows):
        draw.text((120, 900 + 44 * rank), row, font=mono, fill=20)
    read = [
        ocr.Mot(text, (120, 900 + 44 * rank, 560, 928 + 44 * rank), 40.0, (1, 1, rank), glyphes=40.0)
        for rank, text in enumerate([rows[0], rows[1].replace("900713", "9O0773"), rows[2]])
    ]
    assert look(picture, read)[1].replace(" ", "").startswith("9007138F3002119FRA")


def test_a_line_that_the_pattern_of_a_card_runs_through_is_read_in_its_darkest_ink() -> None:
    picture, draw = sheet()
    for y in range(180, 900, 9):
        draw.line((100, y, 1140, y + 14), fill=190, width=2)
    for rank, text in enumerate(["Française", "01 04 1994", "VALMERIN"]):
        draw.text((500, 300 + 60 * rank), text, font=font(9), fill=20)
    draw.text((110, 940), "P<FRASAIDANI<<NOUR<<<<<<<<<<<<<<<<<<<<<<<<<<", font=font(9), fill=20)
    words = [w for w in rows_of(picture) if w.boite[1] > 900]
    crossed = _word("o04 194", (500, 290, 660, 400), 2)
    read = look(picture, [replace(crossed, confiance=40.0), *words])
    assert read[:2] == ["Française", "01 04 1994"]
    sure = look(picture, [replace(crossed, confiance=95.0), *words])
    assert sure[0] == "o04 194"


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        (["172", "12", "1/2", "1/2", ""], "1/2"),
        (["172", "1/2", "172", "172", "172"], "172"),  # one look is none
        (["- 1 / 2 -", "- 1 / 2 -"], "1/2"),
    ],
)
def test_a_number_at_the_foot_whose_stroke_was_misread(
    monkeypatch: pytest.MonkeyPatch, looks: list[str], seen: str
) -> None:
    told = iter(looks)

    def lire(*_: object, **__: object) -> list[ocr.Mot]:
        return [_word(word, (600, 1650, 640, 1670), 9) for word in next(told).split()]

    monkeypatch.setattr(ligne, "lire", lire)
    picture, _ = sheet()
    read = [_word("172", (600, 1650, 640, 1670), 9)]
    assert look(picture, read) == [seen]
    assert look(picture, [_word("172", (600, 800, 640, 820), 9)]) == ["172"]  # in the text
