"""Pages out of files: pixels upright, modes, resolutions, photographs, and the reading of whole files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import hostile
import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image
from processes import descendants, rss
from sheets import NUMERO, noisy, sheet, turned, with_qr

from intake.domain.lecture import Classement, Coupure, LigneLue, PageLue, TexteLu
from intake.ports import PageImage
from intake.readers.files import Reader, open_file
from intake.readers.fingerprint import fingerprint
from intake.readers.pixels import plain
from intake.readers.reading import FileReader
from intake.readers.sniff import NUMERISEUR

pytestmark = pytest.mark.slow  # files read by processes of their own


def page_of(path: Path, numero: int = 1) -> PageImage:
    opened = Reader().open(path)
    try:
        return opened.page(numero)
    finally:
        opened.close()


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def marked(width: int = 1654, height: int = 2339) -> Image.Image:
    """Black along the top, so that every turn shows."""
    image = Image.new("L", (width, height), 255)
    image.paste(0, (0, 0, width, height // 10))
    return image


def dark_side(image: Image.Image) -> str:
    a = np.asarray(image.convert("L")).astype(float)
    edges = {"top": a[:20], "bottom": a[-20:], "left": a[:, :20], "right": a[:, -20:]}
    return min(edges, key=lambda side: float(edges[side].mean()))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_scanned_page_taken_out_of_its_pdf_stands_as_the_page_is_shown(tmp_path: Path, rotate: int) -> None:
    data = img2pdf.convert(hostile.saved(marked(), "PNG", dpi=(200, 200)), engine=img2pdf.Engine.internal)
    path = tmp_path / "scan.pdf"
    with pikepdf.open(write(tmp_path / "brut.pdf", data)) as document:
        document.pages[0].Rotate = rotate
        document.save(path)
    page = page_of(path)
    assert dark_side(page.image) == {0: "top", 90: "right", 180: "bottom", 270: "left"}[rotate]
    assert page.dpi == pytest.approx(200, abs=1)
    assert not page.photo


@pytest.mark.parametrize(
    ("matrix", "side"),
    [
        (b"595 0 0 842 0 0", "top"),
        (b"0 842 -595 0 595 0", "left"),
        (b"-595 0 0 -842 595 842", "bottom"),
        (b"0 -842 595 0 0 842", "right"),
    ],
)
def test_a_picture_placed_turned_on_its_page_is_shown_as_the_page_shows_it(
    tmp_path: Path, matrix: bytes, side: str
) -> None:
    jpeg = hostile.saved(marked(1000, 1000), "JPEG")
    path = write(
        tmp_path / "place.pdf",
        hostile.one_page(
            b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >>",
            hostile.stream(b"q " + matrix + b" cm /I Do Q"),
            hostile.stream(
                jpeg,
                b"/Type /XObject /Subtype /Image /Width 1000 /Height 1000 /BitsPerComponent 8 "
                b"/ColorSpace /DeviceGray /Filter /DCTDecode",
            ),
        ),
    )
    assert dark_side(page_of(path).image) == side


def test_a_page_with_text_over_its_picture_is_drawn_whole(tmp_path: Path) -> None:
    jpeg = hostile.saved(Image.new("L", (800, 1100), 255), "JPEG")
    path = write(
        tmp_path / "tampon.pdf",
        hostile.one_page(
            b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >>",
            hostile.stream(b"q 595 0 0 842 0 0 cm /I Do Q 0 0 300 100 re f"),
            hostile.stream(
                jpeg,
                b"/Type /XObject /Subtype /Image /Width 800 /Height 1100 /BitsPerComponent 8 "
                b"/ColorSpace /DeviceGray /Filter /DCTDecode",
            ),
        ),
    )
    assert np.asarray(page_of(path).image.convert("L"))[-50:, :200].mean() < 30


def test_the_text_layer_comes_with_the_page(tmp_path: Path) -> None:
    page = page_of(write(tmp_path / "texte.pdf", hostile.good_pdf(2)), 2)
    assert page.couche is not None
    assert "numero 2" in page.couche.texte


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (50, 50), (0, 0, 0, 0)), 255),
        (Image.new("LA", (50, 50), (0, 255)), 0),
        (Image.new("CMYK", (50, 50), (0, 0, 0, 255)), 0),
        (Image.fromarray(np.full((50, 50), 65535, np.uint16)), 255),
        (Image.fromarray(np.full((50, 50), 32768, np.uint16)), 128),
        (Image.new("1", (50, 50), 1), 255),
        (Image.new("F", (50, 50), 255.0), 255),
    ],
    ids=lambda v: getattr(v, "mode", ""),
)
def test_every_mode_becomes_grey_or_colour_on_white(image: Image.Image, expected: int) -> None:
    page = plain(image)
    assert page.mode in ("L", "RGB")
    assert np.asarray(page.convert("L")).mean() == pytest.approx(expected, abs=2)


def test_the_orientation_of_a_photograph_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Appareil"
    path = write(tmp_path / "photo.jpg", hostile.saved(marked(1600, 1200), "JPEG", exif=exif))
    page = page_of(path)
    assert dark_side(page.image) == "right"
    assert page.photo
    assert page.dpi == 0


def test_a_scan_saved_as_jpeg_is_no_photograph(tmp_path: Path) -> None:
    path = write(tmp_path / "scan.jpg", hostile.saved(marked(), "JPEG", dpi=(200, 200)))
    page = page_of(path)
    assert not page.photo
    assert page.dpi == pytest.approx(200, abs=1)


def test_a_fax_has_square_pixels_again(tmp_path: Path) -> None:
    fax = marked(1728, 1143).convert("1")
    path = write(tmp_path / "fax.tif", hostile.saved(fax, "TIFF", compression="group3", dpi=(204, 98)))
    page = page_of(path)
    assert page.image.height / page.image.width == pytest.approx(1143 / 98 * 204 / 1728, rel=0.02)


@pytest.mark.parametrize(
    "compression", ["raw", "tiff_lzw", "jpeg", "group4", "packbits", "tiff_adobe_deflate"]
)
def test_every_compression_of_tiff_is_read(tmp_path: Path, compression: str) -> None:
    image = marked(800, 1100)
    image = image.convert("1") if compression == "group4" else image
    path = write(tmp_path / "scan.tif", hostile.saved(image, "TIFF", compression=compression))
    assert dark_side(page_of(path).image) == "top"


def test_resolutions_above_300_are_brought_down(tmp_path: Path) -> None:
    path = write(tmp_path / "fin.png", hostile.saved(marked(4960, 7016), "PNG", dpi=(600, 600)))
    page = page_of(path)
    assert page.dpi == pytest.approx(300, abs=1)
    assert page.image.size == (2480, 3508)


def test_the_same_paper_scanned_again_has_nearly_the_same_fingerprint() -> None:
    def bits(a: str, b: str) -> int:
        return (int(a, 16) ^ int(b, 16)).bit_count()

    first = with_qr(NUMERO)
    one = fingerprint(Image.fromarray(first))
    again = fingerprint(Image.fromarray(noisy(np.roll(first, 6, axis=0), 8)))
    upside_down = fingerprint(Image.fromarray(first[::-1, ::-1]), 180)
    other = fingerprint(Image.fromarray(turned(sheet(12, size=60), 0)))
    assert bits(one, again) <= 8
    assert bits(one, upside_down) <= 2
    assert bits(one, other) >= 14


class FakeClassifier:
    """Reads the number of the page out of its text layer, and fails where it is told to."""

    def read(self, page: PageImage, *, entiere: bool = False) -> TexteLu:
        if page.couche and page.couche.texte.endswith(" 2"):
            os.abort()
        if page.couche and page.couche.texte.endswith(" 3"):
            raise RuntimeError("programming error")
        line = LigneLue(page.couche.texte if page.couche else "", (0, 0, 1, 1), 90)
        return TexteLu((line,), 0, *page.image.size, 90)

    def classify(self, pages: Sequence[PageLue]) -> Classement:
        raise NotImplementedError

    def boundary(self, previous: Sequence[PageLue], current: PageLue) -> Coupure:
        raise NotImplementedError


class Mute(FakeClassifier):
    def read(self, page: PageImage, *, entiere: bool = False) -> TexteLu:
        return TexteLu()


def test_a_page_that_the_classifier_cannot_read_costs_no_other_page(tmp_path: Path) -> None:
    path = write(tmp_path / "cinq.pdf", hostile.good_pdf(5))
    with FileReader(FakeClassifier, workers=2) as reader:
        pages = list(reader.read(path))
    assert [p.numero for p in pages] == [1, 2, 3, 4, 5]
    assert [p.erreur and p.erreur.code for p in pages] == [None, "ILLISIBLE", "ILLISIBLE", None, None]
    assert "numero 4" in pages[3].texte.texte


def test_marks_are_kept_when_the_text_cannot_be_read(tmp_path: Path) -> None:
    scan = hostile.saved(Image.fromarray(with_qr(NUMERO)), "PNG", dpi=(200, 200))
    path = write(tmp_path / "scan.png", scan)
    with FileReader(Aborting, workers=1) as reader:
        (page,) = reader.read(path)
    assert [s.texte for s in page.symboles] == [NUMERO]
    assert page.erreur is not None


class Aborting(FakeClassifier):
    def read(self, page: PageImage, *, entiere: bool = False) -> TexteLu:
        os.abort()


def test_some_pages_only(tmp_path: Path) -> None:
    path = write(tmp_path / "dix.pdf", hostile.good_pdf(10))
    with FileReader(Mute, workers=1) as reader:
        assert [p.numero for p in reader.read(path, numeros=(9, 4))] == [9, 4]


@pytest.mark.slow
def test_a_long_file_is_never_in_memory(tmp_path: Path) -> None:
    """24 pages of 26 MB once decoded, 600 MB in all."""
    frame = hostile.saved(
        Image.fromarray(sheet(20)).convert("RGB").resize((2480, 3508)), "JPEG", dpi=(300, 300)
    )
    path = write(tmp_path / "long.pdf", img2pdf.convert([frame] * 24, engine=img2pdf.Engine.internal))
    before, peak, count = rss(os.getpid()), 0, 0
    with FileReader(Mute, workers=2) as reader:
        for page in reader.read(path, NUMERISEUR):
            count += 1
            assert page.erreur is None
            if count % 3 == 0:
                peak = max(peak, *map(rss, descendants(os.getpid())))
    assert count == 24
    assert 0 < peak < 400_000_000
    assert rss(os.getpid()) - before < 100_000_000


def test_opening_tells_the_number_of_pages_without_reading_them(tmp_path: Path) -> None:
    opened = open_file(write(tmp_path / "bon.tif", hostile.tiff(5)), NUMERISEUR)
    assert opened.pages == 5
    opened.close()
