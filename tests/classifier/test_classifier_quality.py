"""The verdict on a photo (R6): what is refused, what is not, and why."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from classifier import quality, sentences
from classifier.reading import read_page
from classifier.vue import look
from intake.domain.lecture import Qualite, RaisonQualite
from intake.ports import PageImage
from intake.readers.pixels import upright

pytestmark = pytest.mark.slow  # photographs of several megapixels

PHOTOS = Path(__file__).parents[2] / "fixtures" / "photos"
LABELS = [json.loads(line) for line in (PHOTOS / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
JPEGS = [label for label in LABELS if label["file"].endswith(".jpg")]
ONLY_ONCE_READ = {"coupe.jpg"}  # no edge of the sheet is seen: only lines read up to the frame tell
Photo = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
SKIN = (205, 150, 120)


def named(label: dict[str, object]) -> str:
    return str(label["file"])


@pytest.mark.parametrize("label", [x for x in JPEGS if x["file"] not in ONLY_ONCE_READ], ids=named)
def test_the_verdict_at_once_is_what_the_fixtures_promise(label: dict[str, object]) -> None:
    found = quality.apercu(Image.open(PHOTOS / str(label["file"])))
    assert found.lisible == label["readable"]
    assert set(found.raisons) >= set(label["reasons"])  # type: ignore[call-overload]
    # Words and no members of an enumeration, which Python 3.11.2 sends through no sandbox.
    assert {type(reason) for reason in found.raisons} <= {str}


@pytest.mark.real
@pytest.mark.parametrize("label", JPEGS, ids=named)
def test_the_verdict_once_read_is_what_the_fixtures_promise(label: dict[str, object]) -> None:
    image = upright(Image.open(PHOTOS / str(label["file"]))).convert("RGB")
    found = read_page(PageImage(1, image, 0, photo=True)).qualite
    assert found.lisible == label["readable"]
    assert set(found.raisons) >= set(label["reasons"])  # type: ignore[call-overload]
    assert len(sentences(found)) == len(found.raisons)


def sheet_on_a_table() -> Photo:
    """A sheet of some thirty lines with a margin, 1500 by 2000 pixels."""
    photo = np.full((2000, 1500, 3), (70, 55, 45), np.uint8)
    photo[120:1880, 150:1350] = (205, 203, 198)
    for i in range(30):
        text = "Lorem ipsum dolor sit amet, consectetur adipis"
        cv2.putText(photo, text, (280, 260 + i * 52), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (40, 40, 45), 2)
    noise = np.random.default_rng(3).normal(0, 2, photo.shape)
    return np.clip(photo + noise, 0, 255).astype(np.uint8)


def seen(photo: Photo) -> Qualite:
    return quality.apercu(Image.fromarray(photo))


def test_a_plain_photo_is_readable_however_it_is_turned() -> None:
    photo = sheet_on_a_table()
    for turns in range(4):
        assert seen(np.ascontiguousarray(np.rot90(photo, turns))) == Qualite()


def test_a_thumb_on_the_margin_hides_nothing_and_on_the_text_it_does() -> None:
    on_margin, on_text = sheet_on_a_table(), sheet_on_a_table()
    cv2.line(on_margin, (20, 1300), (200, 1250), SKIN, 90, cv2.LINE_AA)
    cv2.line(on_text, (20, 1300), (640, 1100), SKIN, 90, cv2.LINE_AA)
    assert seen(on_margin).lisible
    assert RaisonQualite.MASQUE in seen(on_text).raisons
    assert not seen(on_text).lisible


def test_a_flash_is_refused_and_a_bright_sheet_is_not() -> None:
    photo = sheet_on_a_table().astype(np.float64)
    y, x = np.mgrid[0:2000, 0:1500]
    flash = 400 * np.exp(-(((x - 750) / 260) ** 2 + ((y - 900) / 230) ** 2))
    burnt = np.clip(photo + flash[:, :, None], 0, 255).astype(np.uint8)
    bright = np.clip(photo * np.linspace(1.05, 1.32, 1500)[None, :, None], 0, 255).astype(np.uint8)
    assert seen(burnt).raisons == (RaisonQualite.REFLET,)
    assert seen(bright).lisible


@pytest.mark.parametrize(
    ("where", "reach", "fall"), [((500, 750), 420, 2), ((1000, 300), 420, 2), ((1000, 1150), 350, 4)]
)
def test_a_flash_whose_rim_leaves_print_dark_is_one(where: tuple[int, int], reach: int, fall: int) -> None:
    """Paper burns before the ink on it: around what is lost, letters stand dark on white."""
    rows, columns = np.mgrid[:2000, :1500]
    far = np.hypot(rows - where[0], columns - where[1])[..., None]
    burnt = np.clip(sheet_on_a_table() + 400 * np.exp(-((far / reach) ** fall)), 0, 255).astype(np.uint8)
    assert RaisonQualite.REFLET in seen(burnt).raisons


def test_a_flash_in_the_margin_burns_nothing() -> None:
    photo = sheet_on_a_table().astype(np.float64)
    y, x = np.mgrid[0:2000, 0:1500]
    flash = 400 * np.exp(-(((x - 1290) / 45) ** 2 + ((y - 1000) / 60) ** 2))
    assert seen(np.clip(photo + flash[:, :, None], 0, 255).astype(np.uint8)).lisible


def test_what_the_sun_lights_beyond_a_shadow_is_no_flash_and_a_flash_over_print_at_the_edge_is() -> None:
    """Beyond a hand's shadow paper is as white as a flash: along the sheet's edge, and print stays dark."""
    photo = sheet_on_a_table()
    photo[1000:1800, 250:1300] = photo[140:150, 200:210].mean()  # print in the upper half only
    rows, columns = np.mgrid[:2000, :1500]
    lit = np.clip((rows + columns - 1900) / 120, 0, 1)[..., None]
    sunny = np.clip(photo * (0.7 + 0.9 * lit), 0, 255).astype(np.uint8)
    assert seen(sunny).lisible, seen(sunny)
    photo = sheet_on_a_table()
    far = np.hypot(rows - 1000, columns - 1250)[..., None]
    flash = np.clip(photo + 400 * np.exp(-((far / 330) ** 4)), 0, 255).astype(np.uint8)
    assert seen(flash).raisons == (RaisonQualite.REFLET,)


def test_a_sheet_on_a_flowered_cloth_of_its_colour_is_a_document_and_the_cloth_alone_is_none() -> None:
    """No edge of the sheet shows, and flowers run out of the frame on every side."""
    cloth = np.full((2000, 1500, 3), (206, 204, 199), np.uint8)
    for x in range(0, 1501, 375):
        for y in range(0, 2001, 330):
            for petal in range(-60, 61, 30):
                cv2.ellipse(cloth, (x + petal, y), (12, 9), 0, 0, 360, (120, 40, 60), -1)
    with_sheet = cloth.copy()
    with_sheet[90:1910, 90:1410] = cloth[100, 100]
    with_sheet[200:1820, 260:1340] = sheet_on_a_table()[200:1820, 260:1340]
    assert RaisonQualite.DOCUMENT_ABSENT in seen(cloth).raisons
    assert seen(with_sheet) == Qualite()


def test_the_portrait_of_a_card_hides_nothing() -> None:
    photo = np.full((1500, 2000, 3), (70, 55, 45), np.uint8)
    photo[300:1200, 280:1720] = (205, 215, 225)
    cv2.ellipse(photo, (560, 800), (190, 260), 0, 0, 360, (120, 90, 80), -1, cv2.LINE_AA)
    for i in range(9):
        text = "Lorem ipsum dolor sit amet, elit"
        cv2.putText(photo, text, (860, 420 + i * 80), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (40, 40, 45), 3)
    assert seen(photo).lisible


def test_the_edge_of_a_sheet_out_of_the_frame_costs_nothing_while_its_margin_is_in() -> None:
    assert seen(np.ascontiguousarray(sheet_on_a_table()[:, :1310])).lisible


def test_a_sheet_that_leaves_the_frame_is_cut() -> None:
    cut = seen(np.ascontiguousarray(sheet_on_a_table()[:1300, :]))
    assert RaisonQualite.COUPE in cut.raisons
    assert not cut.lisible


def test_a_blank_sheet_a_bare_table_and_a_moved_telephone() -> None:
    photo = sheet_on_a_table()
    blank = photo.copy()
    blank[200:1800, 230:1280] = (205, 203, 198)
    assert seen(blank).raisons == (RaisonQualite.VIDE,)
    assert seen(np.full((2000, 1500, 3), (70, 55, 45), np.uint8)).raisons == (RaisonQualite.DOCUMENT_ABSENT,)
    moved = np.asarray(cv2.blur(photo, (45, 3)), np.uint8)
    assert RaisonQualite.FLOU in seen(moved).raisons


def test_a_jpeg_not_yet_decoded_gives_the_same_verdict() -> None:
    held = io.BytesIO()
    Image.fromarray(sheet_on_a_table()).resize((3000, 4000)).save(held, "JPEG", quality=85)
    assert quality.apercu(Image.open(held)) == Qualite()


def test_hopeless_pictures_get_a_verdict_and_no_error() -> None:
    for size in ((1, 1), (3, 900), (40, 40)):
        assert not quality.apercu(Image.new("RGB", size)).lisible


def test_a_tinted_card_copied_on_a_sheet_hides_nothing_and_a_cloth_over_the_text_does() -> None:
    """The card can be read; of the cloth only a weave is seen."""
    copied, covered = sheet_on_a_table(), sheet_on_a_table()
    for photo in (copied, covered):
        photo[620:1180, 380:1120] = (226, 178, 200)
    for i in range(9):
        cv2.putText(
            copied,
            "PERMIS DE CONDUIRE 4a 02.04",
            (420, 690 + i * 52),
            cv2.FONT_HERSHEY_SIMPLEX,
            1.1,
            (40, 40, 45),
            2,
        )
    turn = cv2.getRotationMatrix2D((750, 900), 11, 1.0)  # askew: no picture printed square with the sheet
    plain = sheet_on_a_table()
    over = [cv2.warpAffine(p, turn, (1500, 2000)) for p in (copied, covered)]
    mask = cv2.warpAffine(
        cv2.rectangle(np.zeros((2000, 1500), np.uint8), (380, 620), (1120, 1180), 1, -1), turn, (1500, 2000)
    )
    read, hidden = (np.where(mask[..., None] > 0, p, plain).astype(np.uint8) for p in over)
    assert seen(read) == Qualite()
    assert RaisonQualite.MASQUE in seen(hidden).raisons


@pytest.mark.parametrize(
    ("papier", "large", "lost", "flash"),
    [
        (0.8, 1.0, 0.0, True),
        (0.0, 1.0, 0.0, False),  # no sheet was found: a white cloth burns
        (0.3, 3.0, 0.0, False),  # print as large as a card's, whose portrait is white
        (0.3, 3.0, 0.05, True),  # amid its print
    ],
)
def test_what_burns_beside_print_is_a_flash_only_on_a_sheet(
    papier: float, large: float, lost: float, *, flash: bool
) -> None:
    plain = look(Image.fromarray(sheet_on_a_table()))
    burnt = replace(plain, papier=papier, hauteur=large * plain.hauteur, brule=0.12, reflet=1, perdu=lost)
    assert (RaisonQualite.REFLET in quality.judge(burnt, None).raisons) is flash


def test_the_white_of_an_application_ends_at_once_and_is_no_flash() -> None:
    """A page between its grey bars, kept as a picture; a photo shown so keeps its flash and its thumb."""
    shown = np.full((2340, 1080, 3), 255, np.uint8)
    shown[:60], shown[60:320] = 245, 252
    shown[320:500], shown[1930:] = 228, 228
    cv2.putText(shown, "attestation.pdf", (160, 170), 0, 1.1, (30,) * 3, 2)
    for row in range(12):
        cv2.putText(
            shown,
            "Le locataire paie son loyer le premier du mois",
            (90, 620 + 50 * row),
            0,
            0.9,
            (20,) * 3,
            2,
        )
    assert seen(shown).lisible
    for name in ("doigt.jpg", "reflet.jpg"):
        photo = Image.open(PHOTOS / name).convert("RGB")
        photo.thumbnail((1080, 1900))
        gallery = Image.new("RGB", (1080, 2340), "black")
        gallery.paste(photo, (0, 220))
        kept = io.BytesIO()
        gallery.save(kept, "JPEG", quality=30)
        assert not quality.apercu(Image.open(kept)).lisible, name


def test_one_line_that_ends_at_the_rim_of_a_shadow_hides_nothing_and_two_beyond_it_do() -> None:
    """Of a page whose other lines are whole; a hand that reaches in, or a card, is another matter."""
    plain_ = replace(look(Image.fromarray(sheet_on_a_table())), entieres=15, objet=0.0, main=0.0, masque=2)
    assert quality.judge(plain_, None).lisible
    for hidden in (
        replace(plain_, masque=3),
        replace(plain_, entieres=6),
        replace(plain_, main=0.0015),  # a thumb over the ends of two lines
        replace(plain_, masque=1, objet=0.08),
    ):
        assert RaisonQualite.MASQUE in quality.judge(hidden, None).raisons
    assert quality.judge(replace(plain_, masque=1, objet=0.047), None).lisible  # the fold of a sheet


def test_large_letters_may_be_a_little_soft() -> None:
    sharp = look(Image.fromarray(sheet_on_a_table()))
    assert quality.judge(replace(sharp, nettete=0.087, hauteur=20.8), None).lisible
    assert quality.judge(replace(sharp, nettete=0.055, hauteur=22.8), None).raisons == (RaisonQualite.FLOU,)


def test_half_of_a_card_is_cut_though_its_outline_is_not_surely_its_own() -> None:
    plain_ = replace(look(Image.fromarray(sheet_on_a_table())), bords=2, plein=0.88, allonge=1.3, recul=9.0)
    half = quality.judge(replace(plain_, coupe=6, entieres=2), None)
    assert half.raisons == (RaisonQualite.COUPE,)
    assert quality.judge(replace(plain_, coupe=6, entieres=12), None).lisible
    assert quality.judge(replace(plain_, coupe=2, entieres=2), None).lisible


def askew(sheet: Photo, table: Photo, degrees: float) -> Photo:
    """The sheet of `sheet_on_a_table`, turned and a little smaller, on another table."""
    turn = cv2.getRotationMatrix2D((750, 1000), degrees, 0.92)
    paper = cv2.rectangle(np.zeros((2000, 1500), np.uint8), (150, 120), (1349, 1879), 1, -1)
    over = cv2.warpAffine(paper, turn, (1500, 2000))[..., None] > 0
    return np.where(over, cv2.warpAffine(sheet, turn, (1500, 2000)), table).astype(np.uint8)


@pytest.mark.parametrize("degrees", [0, 6, 14])
def test_the_squares_of_a_cloth_that_have_the_colour_of_the_sheet_are_no_part_of_it(degrees: float) -> None:
    """They hang on its edge: the darker ones between them are no hands, and none of them leaves the frame."""
    rows, columns = (np.arange(side) // 130 % 2 for side in (2000, 1500))
    cloth = np.choose(rows[:, None] + columns, [205, 120, 45])[..., None] * np.array([1.0, 0.99, 0.97])
    photo = askew(sheet_on_a_table(), cloth.astype(np.uint8), degrees)
    found = look(Image.fromarray(photo))
    assert quality.judge(found, None) == Qualite()
    assert found.papier == pytest.approx(0.92**2 * 1200 * 1760 / (1500 * 2000), abs=0.03)


def test_a_patch_of_the_table_that_has_some_of_papers_colour_is_no_part_of_a_whole_sheet() -> None:
    table = np.full((2000, 1500, 3), (70, 55, 45), np.uint8)
    table[:230, 150:1350] = (150, 149, 146)
    for x in range(180, 1330, 60):
        cv2.putText(table, "oo", (x, 24), 0, 0.8, (60, 60, 60), 2)
    photo = askew(sheet_on_a_table(), table, 4)
    found = look(Image.fromarray(photo))
    assert found.bords == 0
    assert quality.judge(found, None) == Qualite()


def test_a_portrait_at_the_edge_of_a_card_hides_nothing_and_a_thumb_does() -> None:
    """The table does not go on as the portrait ends; a thumb comes in over the edge."""
    card = np.full((1500, 2000, 3), (70, 55, 45), np.uint8)
    card[300:1200, 280:1720] = (205, 215, 225)
    for i in range(9):
        cv2.putText(card, "Lorem ipsum dolor sit amet, elit", (340, 420 + i * 80), 0, 2.2, (40, 40, 45), 4)
    portrait, thumb = card.copy(), card.copy()
    cv2.ellipse(portrait, (1535, 640), (120, 150), 0, 0, 360, (120, 90, 80), -1, cv2.LINE_AA)
    cv2.rectangle(portrait, (1355, 760), (1714, 1010), (120, 90, 80), -1)
    cv2.line(thumb, (1960, 840), (1000, 640), (150, 120, 110), 150, cv2.LINE_AA)
    assert seen(portrait).lisible
    assert RaisonQualite.MASQUE in seen(thumb).raisons


def test_a_page_with_dark_bands_that_leaves_the_frame_is_cut() -> None:
    """Bands are printed amid its paper: its outline is its own all the same."""
    photo = sheet_on_a_table()
    for y in (150, 560):
        photo[y : y + 80, 180:1320] = (60, 90, 150)
    cut = seen(np.ascontiguousarray(photo[:1300]))
    assert cut.raisons == (RaisonQualite.COUPE,)


def test_print_cut_on_three_sides_is_that_of_papers_beneath_when_most_lines_are_whole() -> None:
    """Of one sheet held too near, most lines would be cut."""
    plain_ = replace(
        look(Image.fromarray(sheet_on_a_table())), bords=3, allonge=1.25, recul=1.4, recul_haut=1.4, coupe=7
    )
    assert quality.judge(replace(plain_, cotes_coupes=3, entieres=29), None).lisible
    for cut in (
        replace(plain_, cotes_coupes=3, entieres=14),
        replace(plain_, cotes_coupes=2, entieres=29),
    ):
        assert quality.judge(cut, None).raisons == (RaisonQualite.COUPE,)


def test_print_cut_around_a_sheet_is_of_papers_beneath_where_all_the_picture_passes_for_it() -> None:
    seen_ = look(Image.fromarray(sheet_on_a_table()))
    around = replace(seen_, bords=2, cotes_coupes=2, coupe=20, entieres=23, recul=0.6, papier=0.9)
    assert quality.judge(around, None).lisible
    for cut in (replace(around, papier=0.7), replace(around, entieres=2)):
        assert quality.judge(cut, None).raisons == (RaisonQualite.COUPE,)


def test_a_page_between_the_bars_of_an_application_is_whole_where_its_lines_end_in_margins() -> None:
    """Of no sheet's shape, and as wide as the picture; above and below, a blank may lie between two lines."""
    shown = np.full((2340, 1080, 3), 253, np.uint8)
    shown[:130], shown[2220:] = 20, 0
    cv2.putText(shown, "attestation.pdf", (130, 220), 0, 1.2, (70,) * 3, 2)
    for row in range(17):
        cv2.putText(
            shown, "L'allocataire a droit aux prestations", (135, 620 + 45 * row), 0, 1.25, (40,) * 3, 2
        )
    found = look(Image.fromarray(shown))
    assert found.bords == 2
    assert quality.judge(found, None).lisible
    assert RaisonQualite.COUPE in quality.judge(replace(found, recul_haut=found.recul), None).raisons


def test_a_light_square_of_a_cloth_is_no_sheet_beside_a_dark_card() -> None:
    """All over it its weave seems ink: no print is as dense."""
    weave = np.random.default_rng(5).normal(0, 12, (375, 500)).astype(np.float32)
    cloth = np.full((1500, 2000), 60, np.float32)
    cloth[:420, 500:1100] = 170
    cloth *= 1 + cv2.resize(weave, (2000, 1500), interpolation=cv2.INTER_NEAREST) / 170
    photo = np.repeat(np.clip(cloth, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    photo[560:1320, 420:1620] = (80, 82, 84)
    for i in range(7):
        cv2.putText(photo, "Lorem ipsum dolor sit amet", (500, 690 + i * 95), 0, 2.0, (215, 215, 215), 4)
    found = look(Image.fromarray(photo))
    assert found.papier == 0
    assert quality.judge(found, None).lisible


def test_a_strip_of_light_table_is_no_sheet_beside_print() -> None:
    photo = np.full((2000, 1500, 3), (70, 55, 45), np.uint8)
    photo[:1900, :270] = 235
    photo[120:1880, 350:1400] = (122, 120, 115)
    for i in range(26):
        cv2.putText(photo, "Lorem ipsum dolor sit amet, consec", (480, 300 + i * 55), 0, 1.1, (20, 20, 25), 2)
    found = look(Image.fromarray(photo))
    assert found.papier == 0
    assert quality.judge(found, None).lisible
