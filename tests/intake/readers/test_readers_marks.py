"""The marks ladder: exact texts from bad scans, nothing from pages without a code."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw
from sheets import NUMERO, Grey, faded, noisy, page_of, qr, sheet, smaller, turned, with_qr

from intake.readers.marks_decoders import plausible, zbar, zxing
from intake.readers.marks_ladder import LadderMarkReader, Regard

TEXTS = [
    NUMERO,
    "999 0124 000123 75001",
    f"https://exemple.invalid/attestation/{NUMERO}",
    f"NUD={NUMERO};TYPE=R",
    f"DU1;T=ATT;N={NUMERO};A=R;D=20260114",
    "DU1;T=SEP",
]


def read(page: Grey | Image.Image, dpi: float = 200, **how: bool) -> list[str]:
    return [s.texte for s in LadderMarkReader(**how).read(page_of(page, dpi))]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", TEXTS)
def test_every_form_of_text_is_read_exactly(text: str) -> None:
    assert read(with_qr(text)) == [text]


def _staple(page: Grey) -> Grey:
    out = page.copy()
    cv2.line(out, (1290, 200), (1400, 260), 90, 7)
    cv2.line(out, (1290, 197), (1400, 257), 235, 3)
    return out


def _one_finder_covered(page: Grey) -> Grey:
    """A punch hole right on the top left finder pattern."""
    out = page.copy()
    cv2.circle(out, (1307, 207), 26, 0, -1)
    return out


DAMAGE: dict[str, Callable[[Grey], Grey]] = {
    "skewed 12 degrees": lambda p: noisy(turned(p, 12), 6),
    "turned 33 degrees": lambda p: turned(p, 33),
    "upside down": lambda p: np.ascontiguousarray(p[::-1, ::-1]),
    "noise": lambda p: noisy(p, 50),
    "photocopied": lambda p: np.where(noisy(p, 60) > 120, 255, 0).astype(np.uint8),
    "faded to 30 %": lambda p: noisy(faded(p, 0.3), 5),
    "faded to 12 %": lambda p: noisy(faded(p, 0.12), 5),
    "stapled over": _staple,
    "one finder pattern covered": _one_finder_covered,
    "white on black": lambda p: (255 - p).astype(np.uint8),
    "blurred": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 2.2), np.uint8),
}


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_a_damaged_code_is_read_exactly(damage: str) -> None:
    text = f"DU1;T=ATT;N={NUMERO};A=R;D=20260114"
    assert read(DAMAGE[damage](with_qr(text))) == [text]


@pytest.mark.parametrize("dpi", [75, 100, 150])
def test_a_low_resolution_is_enough(dpi: int) -> None:
    assert read(smaller(with_qr(NUMERO), dpi / 200), dpi) == [NUMERO]


def test_a_covered_finder_pattern_is_read_where_both_decoders_read_nothing() -> None:
    page = _one_finder_covered(with_qr(NUMERO))
    assert zxing(page) == zbar(page) == ()
    (symbol,) = LadderMarkReader().read(page_of(page))
    assert symbol.texte == NUMERO
    assert symbol.par.startswith(("grille", "zone grille"))


def test_a_code_of_large_modules_is_looked_for_too() -> None:
    """36 mm wide, stapled: too coarse to be a dense place of the page."""
    page = smaller(with_qr(NUMERO, mm=36, y=1000), 0.75)
    cv2.line(page, (1040, 821), (1074, 804), 0, 6)
    cv2.line(page, (1040, 827), (1074, 810), 240, 6)
    assert zxing(page) == ()
    assert read(page, 150) == [NUMERO]


def test_a_coloured_stamp_over_the_code_is_seen_through() -> None:
    page = Image.fromarray(with_qr(NUMERO)).convert("RGB")
    over = Image.new("RGB", page.size, "white")
    draw = ImageDraw.Draw(over)
    for r in (100, 80, 60, 40, 20):
        draw.ellipse((1360 - r, 270 - r, 1360 + r, 270 + r), outline=(200, 30, 40), width=12)
    assert read(ImageChops.multiply(page, over)) == [NUMERO]


def test_two_codes_of_one_page_are_both_read_with_their_place() -> None:
    page = with_qr(NUMERO)
    matrix = zxingcpp.create_barcode("DC04FR000001125E125E0001FR", zxingcpp.BarcodeFormat.DataMatrix)
    symbol = np.array(matrix.to_image(scale=5, add_quiet_zones=True))
    page[1900 : 1900 + symbol.shape[0], 200 : 200 + symbol.shape[1]] = symbol
    found = {s.symbologie: s for s in LadderMarkReader().read(page_of(page))}
    assert found["QRCODE"].texte == NUMERO
    assert found["DATAMATRIX"].texte.startswith("DC04")
    left, top, right, bottom = found["QRCODE"].boite or (0, 0, 0, 0)
    assert 1250 < left < right < 1520
    assert 150 < top < bottom < 420


def test_a_place_is_given_in_the_pages_own_pixels_whatever_scale_read_it() -> None:
    page = np.asarray(cv2.resize(with_qr(NUMERO), None, fx=2, fy=2), np.uint8)
    (symbol,) = LadderMarkReader().read(page_of(page, 400))
    left, top, right, bottom = symbol.boite or (0, 0, 0, 0)
    assert 2500 < left < right < 3040
    assert 300 < top < bottom < 840


def test_the_same_code_printed_twice_is_one_mark() -> None:
    page = with_qr(NUMERO)
    again = qr(NUMERO)
    page[1900 : 1900 + again.shape[0], 200 : 200 + again.shape[1]] = again
    assert read(page) == [NUMERO]


@pytest.mark.slow
@pytest.mark.parametrize("effort", ["normal", "fort"])
def test_nothing_is_read_on_pages_without_a_code(effort: str) -> None:
    rng = np.random.default_rng(4)
    squares = sheet(10)
    for x in range(200, 1400, 300):  # finder patterns alone, as logos and tick boxes may look
        for r, tone in ((28, 0), (20, 255), (12, 0)):
            cv2.rectangle(squares, (x - r, 1500 - r), (x + r, 1500 + r), tone, -1)
    static = rng.integers(0, 2, (700, 500), dtype=np.uint8) * 255
    for page in (sheet(36), squares, static, np.full((1000, 700), 255, np.uint8)):
        assert LadderMarkReader(effort=effort, seconds=2).read(page_of(page)) == ()  # type: ignore[arg-type]


SIZES = [(1, 1), (1, 20_000), (20_000, 3), (5, 3000), (12, 12), (300, 200)]
MODES = ["L", "LA", "RGB", "RGBA", "1", "P", "CMYK", "YCbCr", "I", "I;16", "F"]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_no_image_makes_it_raise(size: tuple[int, int], mode: str) -> None:
    for image in (Image.new(mode, size), _static(mode, size)):
        for photo in (False, True):
            read = LadderMarkReader(effort="fort", seconds=0.3).read(page_of(image, 0, photo=photo))
            assert read == ()


def _static(mode: str, size: tuple[int, int]) -> Image.Image:
    """Noise in whatever the mode holds."""
    grain = np.random.default_rng(size[0]).integers(0, 256, (size[1], size[0]), np.uint8)
    if mode in ("I", "I;16", "F"):
        return Image.fromarray(grain.astype({"I": np.int32, "I;16": np.uint16, "F": np.float32}[mode]))
    return Image.fromarray(grain).convert(mode)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.integers(1, 400), st.integers(1, 9))
def test_nothing_is_read_of_chance(seed: int, width: int, height: int, module: int) -> None:
    """Squares of black and white as codes have them, drawn by chance, through every rung."""
    squares = np.random.default_rng(seed).integers(
        0, 2, (height // module + 1, width // module + 1), np.uint8
    )
    page = np.kron(squares * 255, np.ones((module, module), np.uint8))
    for dpi in (0, 200):
        assert LadderMarkReader(effort="fort", seconds=0.2).read(page_of(page.astype(np.uint8), dpi)) == ()


def test_what_chance_may_decode_is_no_text() -> None:
    assert plausible(NUMERO)
    assert plausible("DC04FR99TEST\x1d43\x1f")
    assert plausible("Nud=999\nType=R")
    for text in ("", "7", "abc", "ab\x00cd", "\x7f\x80\x81\x82", "����\ue000"):
        assert not plausible(text)


class Raising:
    """A library on its worst day."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


def test_a_decoder_that_fails_costs_the_other_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyzbar.pyzbar.decode", Raising().__getattr__)
    assert zbar(with_qr(NUMERO)) == ()
    assert read(with_qr(NUMERO)) == [NUMERO]
    assert LadderMarkReader().read(page_of(with_qr(NUMERO), 0, photo=True))[0].texte == NUMERO


def test_each_rung_tried_is_told_with_what_it_read_and_cost() -> None:
    told: list[tuple[str, tuple[str, ...], float]] = []
    LadderMarkReader(watch=lambda *rung: told.append(rung)).read(
        page_of(_one_finder_covered(with_qr(NUMERO)))
    )
    assert [name for name, _, _ in told][:2] == ["zxing", "places"]
    assert told[-1][1] == (NUMERO,)
    assert all(seconds >= 0 for _, _, seconds in told)


def test_a_code_is_seen_where_its_data_are_gone_and_not_on_a_page_of_text() -> None:
    page = with_qr(NUMERO)
    chance = np.random.default_rng(5).integers(0, 2, (20, 20), np.uint8) * 255
    page[245:365, 1345:1465] = np.kron(chance, np.ones((6, 6), np.uint8))
    assert LadderMarkReader().look(page_of(page)) == Regard((), code_vu=True)
    assert LadderMarkReader().look(page_of(sheet(30))) == Regard((), code_vu=False)


def test_without_zbar_the_other_decoder_still_reads() -> None:
    assert read(with_qr(NUMERO), zbar=False) == [NUMERO]
