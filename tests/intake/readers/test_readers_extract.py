"""Pieces: the right pages, upright, the same bytes each time, and nothing active in them."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import hostile
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image
from sheets import sheet

from intake.errors import IntakeError
from intake.readers.extract import extract, extract_pieces
from intake.readers.open_pdf import OpenPdf
from intake.readers.tasks import Extraction

ATTEMPTS = [0, 1, 2]  # pypdf, qpdf, drawn


def texts(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    found = [page.get_textpage().get_text_range().strip() for page in document]
    document.close()
    return found


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    path = tmp_path / "dix.pdf"
    path.write_bytes(hostile.good_pdf(10))
    return path


@pytest.mark.parametrize("attempt", [0, 1])
def test_a_piece_has_its_pages_in_the_order_asked(ten: Path, tmp_path: Path, attempt: int) -> None:
    to = tmp_path / "piece.pdf"
    assert extract(Extraction(ten, (7, 2, 3), to, attempt=attempt)) == 3
    assert texts(to) == [f"Page ordinaire numero {n}" for n in (7, 2, 3)]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_same_pages_give_the_same_bytes(ten: Path, tmp_path: Path, attempt: int) -> None:
    one, two = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for to in (one, two):
        extract(Extraction(ten, (4, 5), to, {5: 90}, attempt=attempt))
    assert one.read_bytes() == two.read_bytes()


def test_a_piece_is_the_same_whatever_was_cut_from_its_file_before(ten: Path, tmp_path: Path) -> None:
    """Else a run taken up after a crash would store other bytes for the same piece."""
    alone, after = tmp_path / "1.pdf", tmp_path / "2.pdf"
    extract(Extraction(ten, (4, 5), alone, {5: 90}))
    with closing(OpenPdf()) as source:
        for pages in ((1, 2, 3), (5,), (4, 5)):
            extract(Extraction(ten, pages, after, {5: 90} if 5 in pages else {}), source)
    assert alone.read_bytes() == after.read_bytes()


def test_a_file_that_changed_under_its_name_is_opened_anew(ten: Path, tmp_path: Path) -> None:
    to = tmp_path / "piece.pdf"
    with closing(OpenPdf()) as source:
        extract(Extraction(ten, (1,), to), source)
        ten.write_bytes(hostile.good_pdf(12))
        extract(Extraction(ten, (12,), to), source)
    assert texts(to) == ["Page ordinaire numero 12"]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_rotations_are_added_to_those_of_the_page(tmp_path: Path, attempt: int) -> None:
    path, to = tmp_path / "tourne.pdf", tmp_path / "piece.pdf"
    path.write_bytes(hostile.one_page(b"/MediaBox [0 0 300 842] /Rotate 90"))
    extract(Extraction(path, (1,), to, {1: 90}, attempt=attempt))
    width, height = pdfium.PdfDocument(to)[0].get_size()
    assert width < height  # 90 of its own and 90 asked: it stands on its head, no longer on its side


def _names(obj: pikepdf.Object, seen: set[tuple[int, int]], found: set[str]) -> set[str]:
    if obj.is_indirect:
        if obj.objgen in seen:
            return found
        seen.add(obj.objgen)
    if isinstance(obj, pikepdf.Dictionary | pikepdf.Stream):
        for key, value in obj.items():
            found.add(str(key))
            if isinstance(value, pikepdf.Object):
                _names(value, seen, found)
    elif isinstance(obj, pikepdf.Array):
        for value in obj:
            if isinstance(value, pikepdf.Object):
                _names(value, seen, found)
    return found


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_active_survives(tmp_path: Path, attempt: int) -> None:
    path, to = tmp_path / "actif.pdf", tmp_path / "piece.pdf"
    path.write_bytes(hostile.active_pdf())
    extract(Extraction(path, (1,), to, attempt=attempt))
    with pikepdf.open(to) as document:
        keys = set().union(*(_names(o, set(), set()) for o in document.objects))
    assert not keys & {
        "/JS",
        "/OpenAction",
        "/AA",
        "/A",
        "/Annots",
        "/EmbeddedFiles",
        "/EF",
        "/AcroForm",
        "/F",
    }
    assert b"JavaScript" not in to.read_bytes()


def test_a_protected_original_without_a_user_password_is_cut(tmp_path: Path) -> None:
    path, to = tmp_path / "proprietaire.pdf", tmp_path / "piece.pdf"
    path.write_bytes(hostile.encrypted(user=""))
    extract(Extraction(path, (2,), to))
    assert texts(to) == ["Page ordinaire numero 2"]


def test_the_bytes_of_a_jpeg_are_kept_as_they_are(tmp_path: Path) -> None:
    jpeg = hostile.saved(Image.fromarray(sheet(5)), "JPEG", quality=70, dpi=(200, 200))
    path, to = tmp_path / "scan.jpg", tmp_path / "piece.pdf"
    path.write_bytes(jpeg)
    extract(Extraction(path, (1,), to))
    with pikepdf.open(to) as document:
        (image,) = document.pages[0].get_images().values()
        assert image.read_raw_bytes() == jpeg
        width, height = (float(v) for v in list(document.pages[0].mediabox)[2:])
    assert (width, height) == pytest.approx((595, 842), abs=2)


def test_the_orientation_of_a_photograph_is_honoured(tmp_path: Path) -> None:
    image = Image.new("RGB", (800, 600), "white")
    image.paste("black", (0, 0, 800, 100))  # the top of the picture as the sensor saw it
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90°: that side is on the right
    path, to = tmp_path / "photo.jpg", tmp_path / "piece.pdf"
    path.write_bytes(hostile.saved(image, "JPEG", exif=exif))
    extract(Extraction(path, (1,), to))
    shown = np.asarray(pdfium.PdfDocument(to)[0].render().to_pil().convert("L"))
    assert shown.shape[0] > shown.shape[1]
    assert shown[:, -10:].mean() < 60 < 200 < shown[:, :10].mean()


def test_pages_of_a_tiff_become_pages_of_a_pdf(tmp_path: Path) -> None:
    path, to = tmp_path / "scan.tif", tmp_path / "piece.pdf"
    path.write_bytes(hostile.tiff(4))
    assert extract(Extraction(path, (2, 4), to)) == 2
    with pikepdf.open(to) as document:
        assert len(document.pages) == 2
        (image,) = document.pages[0].get_images().values()
        assert [str(f) for f in image.Filter] == ["/CCITTFaxDecode"]


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("PNG", mode) for mode in ("L", "RGB", "RGBA", "P", "1")),
        *(("WEBP", mode) for mode in ("L", "RGB", "RGBA")),
        *(("BMP", mode) for mode in ("L", "RGB", "RGBA", "1")),
    ],
)
def test_every_kind_of_picture_becomes_a_pdf(tmp_path: Path, form: str, mode: str) -> None:
    path, to = tmp_path / f"image.{form.lower()}", tmp_path / "piece.pdf"
    path.write_bytes(hostile.saved(Image.new(mode, (300, 420)), form))
    assert extract(Extraction(path, (1,), to)) == 1
    assert len(pdfium.PdfDocument(to)) == 1


def test_several_pieces_of_one_file_and_one_that_cannot_be_made(ten: Path, tmp_path: Path) -> None:
    wanted = [((1, 2), tmp_path / "a.pdf"), ((99,), tmp_path / "b.pdf"), ((3,), tmp_path / "c.pdf")]
    made = list(extract_pieces(ten, wanted, {3: 180}))
    assert made[0] == 2
    assert isinstance(made[1], IntakeError)
    assert made[2] == 1
    assert not (tmp_path / "b.pdf").exists()
    assert texts(tmp_path / "a.pdf") == ["Page ordinaire numero 1", "Page ordinaire numero 2"]


def test_a_damaged_pdf_is_cut_all_the_same(tmp_path: Path) -> None:
    path, to = tmp_path / "tronque.pdf", tmp_path / "piece.pdf"
    path.write_bytes(hostile.truncated())
    assert extract(Extraction(path, (1,), to)) == 1
    assert texts(to) == ["Page ordinaire numero 1"]


def test_a_piece_of_a_file_that_is_no_pdf_has_no_path_of_this_machine_in_it(tmp_path: Path) -> None:
    path, to = tmp_path / "scan.png", tmp_path / "piece.pdf"
    path.write_bytes(hostile.saved(Image.new("L", (300, 420), 200), "PNG"))
    extract(Extraction(path, (1,), to))
    data = io.BytesIO(to.read_bytes()).getvalue()
    assert str(tmp_path).encode() not in data
    assert b"CreationDate" not in data
