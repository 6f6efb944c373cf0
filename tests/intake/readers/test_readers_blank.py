"""Blank pages: robust to what scanners leave, and never a page with a little on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from sheets import HEIGHT, NUMERO, WIDTH, Grey, faded, noisy, page_of, qr, sheet, smaller

from intake.domain.lecture import PageLue
from intake.readers.blank import barely_printed, faint_print, is_blank, shows_through
from intake.readers.handler import Handler
from intake.readers.marks_ladder import LadderMarkReader
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import PageTask

pytestmark = pytest.mark.slow  # whole pages, drawn and looked at


def white(tone: int = 250) -> Grey:
    return np.full((HEIGHT, WIDTH), tone, np.uint8)


def _punched() -> Grey:
    page = noisy(white(), 3)
    for y in (850, 1480):
        cv2.circle(page, (95, y), 22, 30, -1)
    return page


def _bordered() -> Grey:
    page = noisy(white(), 3)
    page[:, :28] = 15
    page[-40:, :] = 40
    return page


def _folded() -> Grey:
    page = noisy(white(), 3)
    cv2.fillPoly(page, [np.array([[WIDTH, 0], [WIDTH - 160, 0], [WIDTH, 190]])], 90)
    return page


def _show_through() -> Grey:
    recto = sheet(36)[:, ::-1].astype(np.float32)
    soft = cv2.GaussianBlur(recto, (0, 0), 3)
    return noisy((250 - (255 - soft) * 0.10).astype(np.uint8), 3)


def _creased() -> Grey:
    page = noisy(white(), 3)
    cv2.line(page, (0, 1170), (WIDTH, 1160), 190, 3)
    return page


def _shaded() -> Grey:
    slope = np.linspace(190, 245, WIDTH, dtype=np.float32)[None, :].repeat(HEIGHT, axis=0)
    return noisy(slope.astype(np.uint8), 3)


def _peppered() -> Grey:
    page = white(255)
    page[np.random.default_rng(2).random(page.shape) < 0.004] = 0
    return page


def _leaning_folds() -> Grey:
    """In 1 bit, a fold that leans is broken wherever it steps aside; a staple left its stroke in a corner."""
    page = _peppered()
    for x, lean in ((220, 26), (905, 24)):
        for y in range(60, HEIGHT - 60, 160):
            at = x + lean * y // HEIGHT
            cv2.line(page, (at, y), (at + 2, y + 110), 0, 3)
    cv2.line(page, (92, 112), (156, 62), 0, 5)
    return page


def _streaked() -> Grey:
    """Dust, and three streaks of the drum that toner filled here and there."""
    page = _peppered()
    for x, lean in ((150, 14), (182, 12), (1580, 8)):
        for y in range(20, HEIGHT - 100, 340):
            at = x + lean * y // HEIGHT
            cv2.line(page, (at, y), (at, y + 60 + y % 50), 90, 2)
    return page


def _staple_with_shadow() -> Grey:
    page = _punched()
    cv2.line(page, (92, 112), (156, 62), 40, 4)
    cv2.line(page, (98, 119), (162, 69), 120, 5)
    return page


BLANK: dict[str, Callable[[], Grey]] = {
    "white": lambda: white(255),
    "noisy": lambda: noisy(white(), 8),
    "grey paper": lambda: noisy(white(150), 6),
    "punch holes": _punched,
    "scanner border": _bordered,
    "folded corner": _folded,
    "show-through": _show_through,
    "crease": _creased,
    "shaded": _shaded,
    "pepper": _peppered,
    "leaning folds and a staple": _leaning_folds,
    "streaks in pieces": _streaked,
    "a staple and its shadow": _staple_with_shadow,
}


@pytest.mark.parametrize("kind", BLANK, ids=str)
def test_a_blank_page_is_blank(kind: str) -> None:
    assert is_blank(page_of(BLANK[kind]()))


def _word(where: tuple[int, int], text: str, page: Grey, size: int = 28) -> Grey:
    image = Image.fromarray(page)
    ImageDraw.Draw(image).text(where, text, fill=0, font_size=size)
    return np.asarray(image)


def _dotted_rule() -> Grey:
    page = noisy(white(), 3)
    for x in range(200, 1500, 32):
        cv2.line(page, (x, 1200), (x + 18, 1200), 0, 2)
    return page


def _stamp() -> Grey:
    image = Image.new("L", (WIDTH, HEIGHT), 250)
    draw = ImageDraw.Draw(image)
    draw.ellipse((1000, 1800, 1250, 2050), outline=190, width=5)
    draw.text((1040, 1900), "REÇU LE 12", fill=190, font_size=30)
    return noisy(np.asarray(image), 3)


def _faint_qr() -> Grey:
    page = white(255)
    symbol = qr(NUMERO, mm=15)
    page[1900 : 1900 + symbol.shape[0], 200 : 200 + symbol.shape[1]] = symbol
    return noisy(faded(page, 0.2), 3)


def _handwriting() -> Grey:
    page = noisy(white(), 3)
    x = np.arange(300, 700)
    points = np.stack([x, 900 + 18 * np.sin(x / 9.0)], axis=1).astype(np.int32)
    cv2.polylines(page, [points], False, 130, 2)
    return page


WRITTEN: dict[str, Callable[[], Grey]] = {
    "one line of small text": lambda: noisy(sheet(1, size=20, paper=250), 4),
    "one word near the bottom": lambda: noisy(sheet(1, size=22, at=HEIGHT - 120), 4),
    "faint text": lambda: noisy(faded(sheet(3), 0.25), 3),
    "faint stamp": _stamp,
    "faint small QR": _faint_qr,
    "handwriting": _handwriting,
    "one line among pepper": lambda: np.minimum(_peppered(), sheet(1, size=28)),
    "one line on a punched sheet": lambda: np.minimum(_punched(), sheet(1, size=24)),
    "one line of small text among folds": lambda: np.minimum(_leaning_folds(), sheet(1, size=20)),
    "one line of small text among streaks": lambda: np.minimum(_streaked(), sheet(1, size=20)),
    "a word on a fold": lambda: _word((912, 1170), "NON", _leaning_folds()),
    "an answer on a dotted rule": lambda: _word((600, 1172), "Refus, 450 euros", _dotted_rule()),
    "full page": lambda: sheet(36),
}


@pytest.mark.parametrize("kind", WRITTEN, ids=str)
def test_a_page_with_a_little_on_it_is_not_blank(kind: str) -> None:
    assert not is_blank(page_of(WRITTEN[kind]()))


@pytest.mark.parametrize("dpi", [100, 300])
def test_the_resolution_changes_nothing(dpi: int) -> None:
    assert is_blank(page_of(smaller(_punched(), dpi / 200), dpi))
    assert not is_blank(page_of(smaller(WRITTEN["one line of small text"](), dpi / 200), dpi))


def test_a_photograph_is_never_blank() -> None:
    assert not is_blank(page_of(white(), 0, photo=True))


def test_a_page_too_dark_to_judge_is_not_blank() -> None:
    grey = np.random.default_rng(5).normal(82, 12, (2339, 1654)).clip(0, 255).astype(np.uint8)
    assert not is_blank(page_of(grey))


def test_a_dim_page_whose_print_is_but_clouds_is_not_blank() -> None:
    clouds = cv2.GaussianBlur(sheet(24).astype(np.float32), (0, 0), 40)
    assert not is_blank(page_of(noisy((135 - (clouds.max() - clouds) * 0.6).astype(np.uint8), 16)))
    coloured = np.full((2339, 1654), 165, np.float64) - np.linspace(0, 18, 1654)  # a lamp that wanes
    coloured[:, :25] = 20  # the scanner's border
    assert is_blank(page_of(noisy(coloured.astype(np.uint8), 6)))


def _justified(lines: int = 24) -> Grey:
    left = sheet(lines, size=24)
    return np.minimum(np.minimum(left, np.roll(left, 430, axis=1)), np.roll(left, 860, axis=1))


def _blurred_away() -> Grey:
    lines = cv2.GaussianBlur(_justified().astype(np.float32), (0, 0), 12)
    return noisy((240 - (255 - lines) * 0.6).astype(np.uint8), 5)


def test_what_shows_through_is_told_from_a_page_too_blurred_to_have_strokes() -> None:
    recto, verso, blurred = page_of(sheet(36)), page_of(_show_through()), page_of(_blurred_away())
    assert is_blank(verso)
    assert is_blank(blurred)
    assert faint_print(page_of(noisy(white(), 3))) is None
    faint = faint_print(blurred)
    assert faint is not None
    assert not shows_through(faint, recto)
    assert not shows_through(faint, page_of(white()))
    assert not shows_through(faint, page_of(_justified()))  # its lines stand as those of this one do
    behind = faint_print(verso)
    assert behind is None or shows_through(behind, recto)


def _behind() -> Grey:
    soft = cv2.GaussianBlur(_justified()[:, ::-1].astype(np.float32), (0, 0), 3)
    return noisy((250 - (255 - soft) * 0.2).astype(np.uint8), 3)


def test_what_shows_through_a_sheet_that_went_in_askew_is_its_recto() -> None:
    """Each side leans its own way: mirrored, by twice as much."""
    recto, verso = (Image.fromarray(side).rotate(0.9, fillcolor=250) for side in (_justified(), _behind()))
    faint = faint_print(page_of(np.asarray(verso)))
    assert faint is not None
    assert shows_through(faint, page_of(np.asarray(recto)))
    assert not shows_through(faint, page_of(sheet(36)))


@pytest.mark.parametrize("kind", ["fold", "watermark", "guilloche", "recycled"])
def test_pale_ground_is_no_blurred_print(kind: str) -> None:
    page = white(245)
    if kind == "fold":
        page[760:786], page[1540:1566] = 230, 230
    elif kind == "watermark":
        image = Image.fromarray(page)
        ImageDraw.Draw(image).text((500, 900), "RF", fill=231, font_size=600)
        page = np.asarray(image).copy()
    elif kind == "guilloche":
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        page = (245 - 14 * (np.sin(x / 9.0 + 3 * np.sin(y / 40.0)) > 0.4)).astype(np.uint8)
    else:
        grain = cv2.GaussianBlur(np.random.default_rng(2).normal(0, 1, page.shape), (0, 0), 9)
        page = np.clip(215 + grain * 110, 0, 255).astype(np.uint8)
    assert faint_print(page_of(noisy(page, 3))) is None


def test_a_blurred_page_is_not_taken_for_a_blank_verso(tmp_path: Path) -> None:
    """Nobody looks at blank pages again: what was on it would be lost (R2)."""
    strong = 250 - (255 - cv2.GaussianBlur(sheet(40, size=22)[:, ::-1].astype(np.float32), (0, 0), 2)) * 0.12
    pages = [sheet(40, size=22), noisy(strong.astype(np.uint8), 3), _blurred_away(), noisy(white(), 3)]
    first, *rest = [Image.fromarray(p) for p in pages]
    first.save(tmp_path / "envoi.tif", save_all=True, append_images=rest, dpi=(200, 200))
    read = Handler(None, 200, "tous")
    found = [read(PageTask(tmp_path / "envoi.tif", n, NUMERISEUR)) for n in range(1, 5)]
    assert [isinstance(p, PageLue) and p.blanche for p in found] == [False, True, False, True]


def _with_separator(lines: int, size: int) -> Grey:
    page, code = sheet(lines, at=900, size=size), qr("DU1;T=SEP", mm=40)
    page[150 : 150 + code.shape[0], 700 : 700 + code.shape[1]] = code
    return noisy(page, 3)


@pytest.mark.parametrize("dpi", [100, 200, 300])
def test_a_code_and_a_line_need_no_reading_and_a_paper_that_bears_a_code_does(dpi: int) -> None:
    for lines, size, barely in (
        (0, 28, True),
        (1, 40, True),
        (3, 20, False),
        (6, 28, False),
        (20, 28, False),
    ):
        page = page_of(smaller(_with_separator(lines, size), dpi / 200), dpi)
        codes = [s.boite for s in LadderMarkReader().read(page)]
        assert len(codes) == 1
        assert barely_printed(page, codes) is barely
        assert not barely_printed(page, [*codes, None])


def test_a_code_on_a_cover_or_a_picture_leaves_it_to_be_read() -> None:
    cover = _with_separator(0, 28)
    cover[1200:1900, 400:1200] = 40
    assert not barely_printed(page_of(cover), [s.boite for s in LadderMarkReader().read(page_of(cover))])


def test_the_place_of_a_code_that_is_not_known_leaves_its_page_to_be_read() -> None:
    assert barely_printed(page_of(white()), [])
    assert not barely_printed(page_of(white()), [None])
    assert not barely_printed(page_of(white(60)), [])
