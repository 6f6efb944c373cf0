"""Reading real pixels with Tesseract, and what is said of their quality."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import cv2
import numpy as np
import pytest
from feuillets import couche
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from classifier import build, image, ocr, reading, retouches, sentences
from classifier.layer import sound
from classifier.ocr import Mot
from intake.domain.lecture import PageLue, RaisonQualite
from intake.ports import PageImage
from textes import TEXTES

_TEXT = TEXTES["bulletin_salaire"][0] + "\n" + TEXTES["quittance_loyer"][0]


def rendered(text: str = _TEXT, *, dpi: int = 150, points: int = 11) -> Image.Image:
    width, height = int(8.27 * dpi), int(11.69 * dpi)
    image = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype("DejaVuSans.ttf", points * dpi // 72)
    for index, line in enumerate(text.split("\n")):
        draw.text((dpi * 0.7, dpi * 0.8 + index * dpi * 0.28), line, font=font, fill=25)
    return image


@pytest.mark.real
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_however_it_was_fed(turn: int) -> None:
    upright = rendered()
    fed = upright.rotate(turn, expand=True)  # anticlockwise: turning it clockwise by as much sets it right
    read = build().read(PageImage(1, fed, 150))
    assert read.rotation == turn
    assert (read.largeur, read.hauteur) == upright.size
    assert "BULLETIN DE PAIE" in read.texte
    title = next(line for line in read.lignes if "BULLETIN" in line.texte)
    assert title.boite[1] < upright.height * 0.2
    assert read.confiance > 80
    assert read.qualite.lisible


@pytest.mark.real
def test_a_skewed_faint_scan_is_read() -> None:
    image = np.asarray(rendered().rotate(3.2, fillcolor=250), dtype=np.float64)
    noise = np.random.default_rng(7).normal(0, 14, image.shape)
    worse = Image.fromarray(np.clip(image * 0.6 + 90 + noise, 0, 255).astype(np.uint8))
    classifier = build()
    read = classifier.read(PageImage(1, worse, 150))
    assert classifier.classify([PageLue(1, texte=read)]).type == "bulletin_salaire"


@pytest.mark.real
@pytest.mark.parametrize("aside", [False, True])
def test_dust_on_the_glass_of_the_scanner_parts_no_line(*, aside: bool) -> None:
    """A sheet-fed scanner draws it from edge to edge, through the print; two pixels wide."""
    clean = np.asarray(rendered())
    streaked = clean.copy()
    way = streaked.T if aside else streaked
    for at in (way.shape[1] // 3, way.shape[1] * 3 // 5):
        way[:, at : at + 2] = np.minimum(way[:, at : at + 2], 120)
    mended = retouches.without_streaks(streaked)
    apart = np.abs(mended.astype(int) - clean)
    assert (apart > 60).mean() < 0.0005
    assert retouches.without_streaks(clean) is clean
    words, again = (
        set(build().read(PageImage(1, Image.fromarray(p), 150)).texte.split()) for p in (clean, streaked)
    )
    assert len(words & again) >= 0.95 * len(words)


def test_ruled_paper_is_left_as_it_is() -> None:
    page = np.full((2339, 1654), 250, np.uint8)
    page[::90] = 205
    page[:, 300] = 180
    assert retouches._streaks(np.ascontiguousarray(page.T[::8])) == []


def test_the_frame_of_a_page_and_the_rules_of_a_table_are_no_streaks() -> None:
    page = np.full((2339, 1654), 250, np.uint8)
    cv2.rectangle(page, (60, 70), (1590, 2270), 0, 3)
    cv2.line(page, (800, 70), (800, 2270), 0, 3)
    assert retouches.without_streaks(page) is page


@pytest.mark.real
@pytest.mark.parametrize(
    ("ground", "print_"), [(40, 240), (70, 215), (165, 240)], ids=["dark", "red", "faded"]
)
@pytest.mark.parametrize("degrees", [0.0, 1.7])
def test_a_cover_in_light_letters_on_a_dark_ground_is_read(ground: int, print_: int, degrees: float) -> None:
    sheet = Image.new("L", (1654, 2339), 248)
    cover = Image.new("L", (860, 1180), ground)
    draw = ImageDraw.Draw(cover)
    for y, line, size in ((330, "LIVRET", 64), (430, "DE FAMILLE", 64), (560, "RÉPUBLIQUE FRANÇAISE", 34)):
        draw.text((430, y), line, print_, ImageFont.truetype("DejaVuSans.ttf", size), anchor="mm")
    sheet.paste(cover, (400, 320))
    turned = sheet.rotate(degrees, fillcolor=248, resample=Image.Resampling.BICUBIC)
    read = build().read(PageImage(1, turned, 200))
    assert read.texte.split()[-5:] == ["LIVRET", "DE", "FAMILLE", "RÉPUBLIQUE", "FRANÇAISE"]
    assert read.qualite.lisible


@pytest.mark.real
def test_the_band_that_heads_a_table_is_read_and_portraits_and_codes_are_left_alone() -> None:
    page = np.asarray(rendered()).copy()
    page[1000:1060, 150:1100] = 60
    sheet = Image.fromarray(page)
    ImageDraw.Draw(sheet).text((620, 1030), "BULLETIN DE PAIE MENSUEL", 245, font_size=34, anchor="mm")
    assert "BULLETIN DE PAIE MENSUEL" in build().read(PageImage(1, sheet, 150), entiere=True).texte
    code = np.full((2339, 1654), 250, np.uint8)
    code[300:700, 300:700] = np.kron(
        np.random.default_rng(3).integers(0, 2, (40, 40)) * 250, np.ones((10, 10))
    )
    face = np.random.default_rng(4).normal(0, 1, (400, 300))
    code[900:1300, 300:600] = np.clip(110 + 60 * cv2.GaussianBlur(face, (0, 0), 25) * 25, 0, 255)
    assert retouches.light_on_dark(code) is code


@pytest.mark.real
@pytest.mark.parametrize("rim", [0, 26])
def test_a_band_that_runs_to_the_edge_of_the_sheet_is_read(rim: int) -> None:
    """Into the grey of the glass that the scanner saw around the sheet, where it saw any."""
    page = Image.fromarray(np.asarray(rendered()).copy())
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, page.width, 170), fill=250)
    draw.rectangle((0, 0, page.width, 130), fill=70)
    for x, words in ((330, "Bulletin de paie clarifié"), (page.width - 260, "Octobre 2026")):
        draw.text((x, 70), words, 240, font_size=34, anchor="mm")
    scan = Image.new("L", (page.width + 2 * rim, page.height + 2 * rim), 112)
    scan.paste(page, (rim, rim))
    read = build().read(PageImage(1, scan, 150), entiere=True).texte
    assert "Bulletin de paie" in read
    assert "Octobre 2026" in read


@pytest.mark.real
def test_a_photograph_in_perspective_with_a_shadow_is_read() -> None:
    paper = np.asarray(rendered(dpi=170))
    height, width = paper.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    seen = np.array([[260, 180], [1500, 240], [1620, 2100], [150, 2020]], dtype=np.float32)
    table = np.full((2300, 1800), 60, np.uint8)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    cv2.warpPerspective(paper, matrix, (1800, 2300), dst=table, borderMode=cv2.BORDER_TRANSPARENT)
    shaded = (table * np.linspace(0.45, 1.0, 1800)[None, :]).astype(np.uint8)
    read = build().read(PageImage(1, Image.fromarray(shaded), 0, photo=True))
    assert "BULLETIN DE PAIE" in read.texte
    assert read.qualite.lisible
    title = next(line for line in read.lignes if "BULLETIN" in line.texte)
    assert 150 < title.boite[1] < 600


def test_grain_that_passes_for_print_is_not_read_at_full_size() -> None:
    """Tesseract takes minutes over it."""
    grain = np.random.default_rng(5).normal(0, 30, (2400, 1800))
    grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8), np.float64) * 1.6 + 128
    seen = image.traces(np.clip(grain, 0, 255).astype(np.uint8))
    assert seen.glyphes > 12_000
    scale = image.reading_scale(np.zeros((2400, 1800), np.uint8), seen)
    assert 2400 * 1800 * scale * scale < 1_501_000


def test_a_sheet_far_from_level_on_a_table_of_its_colour_is_levelled() -> None:
    page = np.asarray(rendered(dpi=170).rotate(14, expand=True, fillcolor=250))
    ink = image.traces(page).encre
    along, across = image.Penchant(ink), image.Penchant(np.rot90(ink).astype(np.uint8))
    assert not image.lies_sideways(along, across, 17)
    assert abs(along.level(20)[0] + 14) < 1


@pytest.mark.real
def test_noise_and_blank_pages_give_nothing_and_no_error() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (1500, 1100), dtype=np.uint8))
    assert build().read(PageImage(1, noise, 0, photo=True)).qualite.lisible is False
    blank = build().read(PageImage(1, Image.new("L", (1240, 1754), 250), 150))
    assert blank.lignes == ()
    assert blank.qualite.raisons == (RaisonQualite.VIDE,)
    assert build().read(PageImage(1, Image.new("RGB", (3, 3)), 150)).lignes == ()


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 3000), (3000, 1), (5000, 7), (20, 10_000)])
@pytest.mark.parametrize("photo", [False, True])
def test_a_strip_is_a_page_of_which_nothing_is_read(size: tuple[int, int], *, photo: bool) -> None:
    strip = Image.effect_noise(size, 120)
    assert build().read(PageImage(1, strip, 0 if photo else 200, photo=photo)).mots < 4


@pytest.mark.real
def test_a_coloured_card_copied_above_its_white_back_is_read() -> None:
    sheet = Image.new("RGB", (1654, 2339), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype("DejaVuSans.ttf", 26)
    pen.rounded_rectangle((170, 170, 850, 600), 30, fill=(104, 160, 96))
    for top in range(200, 590, 24):  # its wavy ground
        pen.line([(x, top + 8 * math.sin(x / 40)) for x in range(180, 840, 8)], fill=(120, 178, 110), width=2)
    for i, line in enumerate(["NADÈGE", "CORMERAIS", "2 80 04 99 061 118 27", "Émise le 12/02/2021"]):
        pen.text((200, 320 + i * 44), line, font=font, fill=(20, 24, 20))
    for i, line in enumerate(["Cette carte est strictement personnelle.", "Présentez-la à votre caisse."]):
        pen.text((200, 760 + i * 44), line, font=font, fill=(20, 24, 20))
    read = build().read(PageImage(1, sheet, 200))
    assert "CORMERAIS" in read.texte
    assert "12/02/2021" in read.texte


@pytest.mark.real
def test_an_unreadable_blur_is_refused_and_a_slight_one_is_not() -> None:
    sharp = rendered()
    ruined = sharp.filter(ImageFilter.GaussianBlur(9))
    read = build().read(PageImage(1, ruined, 0, photo=True))
    assert not read.qualite.lisible
    assert any("floue" in s or "document" in s for s in sentences(read.qualite))
    soft = sharp.filter(ImageFilter.GaussianBlur(0.8))
    assert build().read(PageImage(1, soft, 0, photo=True)).qualite.lisible


@pytest.mark.real
def test_both_bodies_of_the_engine_read_the_same_words() -> None:
    grey = np.asarray(rendered())
    inside = {w.texte for w in ocr.Tesserocr().words(grey, 150)}
    outside = {w.texte for w in ocr.Pytesseract().words(grey, 150)}
    assert "BULLETIN" in inside & outside
    assert len(inside & outside) > 0.8 * len(inside)


@pytest.mark.parametrize(
    "layer",
    [
        None,
        "",
        "12",
        "(cid:12)(cid:44)" * 40,
        "\ufffd\ufffd le la les de du " * 20,
        "xkcd qsdf wqrt zzgh " * 20,
    ],
)
def test_a_layer_of_soup_is_not_sound(layer: str | None) -> None:
    assert not sound(couche(layer) if layer is not None else None)


def test_the_classifier_travels_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(build()))
    assert copy.classify([PageLue(1)]).type == "inconnu"


@pytest.mark.real
def test_a_page_of_one_signature_makes_no_piece_illegible_and_a_blurred_page_does() -> None:
    """Little is printed on the first; the second is asked for again (R6)."""
    classifier = build()
    first = classifier.read(PageImage(1, rendered(), 150))
    signed = Image.new("L", (1240, 1754), 250)
    pen = ImageDraw.Draw(signed)
    pen.text((700, 200), "L'employeur,", font=ImageFont.truetype("DejaVuSans.ttf", 24), fill=25)
    pen.line([(720 + 4 * x, 320 + 30 * math.sin(x / 3)) for x in range(60)], fill=40, width=4)
    last = classifier.read(PageImage(2, signed, 150))
    blurred = classifier.read(PageImage(2, rendered().filter(ImageFilter.GaussianBlur(14)), 150))
    pages = [PageLue(1, texte=first), PageLue(2, texte=last)]
    assert classifier.classify(pages).qualite.lisible
    assert blurred.qualite.raisons == (RaisonQualite.FLOU,)
    assert classifier.boundary(pages[:1], PageLue(2, texte=blurred)).probabilite > 0.8


def test_lines_that_tesseract_turned_by_itself_are_no_language() -> None:
    """A page laid on its side by mistake is read all the same, word by word down the columns."""
    told = "le loyer du mois de septembre pour cet appartement".split()
    level = [Mot(w, (100 * i, 40, 100 * i + 20 * len(w), 70), 90.0, (1, 1, 1)) for i, w in enumerate(told)]
    aside = [replace(w, boite=(w.boite[1], w.boite[0], w.boite[3], w.boite[2])) for w in level]
    hand = [replace(w, confiance=30.0) for w in level]
    assert reading._worth(level) > reading._worth(hand) > reading._worth(aside) == 0


def _strewn(specks: int) -> tuple[image.Gris, list[str]]:
    """A letter with as many specks of toner on it, and its lines."""
    lines = [f"Loyer de juin {n} : 512,{n} €, charges 61,3{n} €, reçu le 5.06.2026" for n in range(10, 30)]
    picture = Image.new("L", (1240, 1754), 250)
    draw = ImageDraw.Draw(picture)
    for rank, line in enumerate(lines):
        draw.text((110, 150 + 70 * rank), line, font=ImageFont.truetype("DejaVuSans.ttf", 24), fill=20)
    made = np.array(picture)
    rng = np.random.default_rng(7)
    for x, y, size in zip(*(rng.integers(0, top, specks) for top in (1237, 1751, 3)), strict=True):
        made[y : y + 1 + size, x : x + 1 + size] = 60
    return made, lines


@pytest.mark.real
def test_a_letter_strewn_with_specks_is_read_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    strewn, lines = _strewn(5000)
    wanted = {word for line in lines for word in line.split()}

    def seen() -> int:
        read = build().read(PageImage(1, Image.fromarray(strewn), 150)).texte.split()
        return sum(word in wanted for word in read)

    cleaned = seen()
    monkeypatch.setattr(retouches, "without_specks", lambda gris, _: gris)
    assert cleaned > seen()


def test_what_belongs_to_a_letter_is_no_speck() -> None:
    clean, _ = _strewn(0)
    assert np.array_equal(retouches.without_specks(clean, 13.0), clean)


def test_a_page_of_grain_is_not_enlarged_for_the_clots_that_are_left_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tesseract laid them out for 40 seconds, deaf to its own deadline."""
    sides: list[int] = []

    class Engine:
        def words(self, gris: image.Gris, dpi: int, etendue: ocr.Etendue = ocr.Etendue.PAGE) -> list[ocr.Mot]:
            sides.append(max(gris.shape))
            return []

    monkeypatch.setattr(ocr, "engine", Engine)
    words = cv2.GaussianBlur(_strewn(0)[0].astype(np.float32), (0, 0), 7)
    noisy = (words - 140) * 0.5 + 60 + np.random.default_rng(2).normal(0, 14, words.shape)
    build().read(PageImage(1, Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), 150))
    assert sides
    assert max(sides) <= 1754 + 1  # what it is levelled by may add a pixel


@pytest.mark.parametrize(("rows", "asked"), [(2, 2), (1, 4), (0, 4)])
def test_a_card_whose_zone_was_read_is_not_looked_at_from_the_side(
    monkeypatch: pytest.MonkeyPatch, rows: int, asked: int
) -> None:
    """The rest of it is hardly language: it was read in four directions, each at the cost of a page."""

    class Once:
        def __init__(self, rows: int) -> None:
            self.asked, self.rows = 0, rows

        def words(self, gris: object, dpi: int, etendue: ocr.Etendue = ocr.Etendue.PAGE) -> list[Mot]:
            self.asked += etendue is ocr.Etendue.PAGE
            garbled = [Mot("Nrt0e!", (60, 60 + 12 * i, 260, 70 + 12 * i), 30.0, (1, 1, i)) for i in range(60)]
            zone = ["IDFRAX4RTBPFK53<<<<<<<<<<<<<<<", "8705253F3403118FRA<<<<<<<<<<<4"][: self.rows]
            boxes = [(60, 900 + 50 * i, 800, 930 + 50 * i) for i in range(2)]
            return [
                *garbled,
                *(Mot(t, box, 90.0, (1, 1, box[1])) for t, box in zip(zone, boxes, strict=False)),
            ]

    engine = Once(rows)
    monkeypatch.setattr(ocr, "engine", lambda: engine)
    monkeypatch.setattr(reading._Lecture, "relire", lambda self: self.mots)
    card = rendered("\n".join(["CARTE NATIONALE D'IDENTITÉ"] * 6))
    assert reading.read_page(PageImage(1, card, 150)).rotation == 0
    assert engine.asked == asked
