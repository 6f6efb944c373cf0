"""A page is read, and filed, as a person sees it, whatever its file is made of: no more and no less."""

from __future__ import annotations

import zipfile
from pathlib import Path

import hostile
import numpy as np
import pytest
from as_seen import (
    A4,
    FONT,
    WHOLE,
    H,
    W,
    alike,
    dark,
    filed,
    page_of,
    scan,
    scanned,
    write,
    xobject,
)
from hostile import CATALOG, PAGES, pdf, saved, stream
from PIL import Image

from intake.errors import FichierCorrompu, FormatRefuse
from intake.readers.extract import extract
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import Extraction

pytestmark = pytest.mark.slow  # whole files, or whole commands

# --- what stands over a page


def form(appearance: bytes) -> bytes:
    """A form filled on a computer: its text is in no page, but in a field that stands over one."""
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /DA (/F 28 Tf 0 g) "
        b"/NeedAppearances true /DR << /Font << /F 6 0 R >> >> >> >>",
        PAGES,
        b"<< /Type /Page /Parent 2 0 R " + A4 + b"/Resources << /Font << /F 6 0 R >> >> /Annots [5 0 R] >>",
        stream(b"BT /F 14 Tf 60 700 Td (Nom et prenom :) Tj ET"),
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (nom) /V (BERNARD LOUIS) /F 4 /P 3 0 R "
        b"/Rect [60 640 460 680] /DA (/F 28 Tf 0 g) " + appearance + b" >>",
        FONT,
        stream(
            b"/Tx BMC BT 0 g /F 28 Tf 4 10 Td (BERNARD LOUIS) Tj ET EMC",
            b"/Type /XObject /Subtype /Form /BBox [0 0 400 40] /Resources << /Font << /F 6 0 R >> >>",
        ),
    )


@pytest.mark.parametrize("appearance", [b"/AP << /N 7 0 R >>", b""], ids=["drawn by the form", "left to us"])
def test_what_was_typed_into_a_form_is_read(tmp_path: Path, appearance: bytes) -> None:
    page = page_of(write(tmp_path / "formulaire.pdf", form(appearance)))
    assert page.couche is not None
    assert "BERNARD LOUIS" in page.couche.texte
    assert dark(page.image, (60, 162, 460, 202)) > 0.02


@pytest.mark.parametrize("attempt", [0, 1, 2])
def test_what_was_typed_into_a_form_is_in_the_piece_and_can_no_longer_be_changed(
    tmp_path: Path, attempt: int
) -> None:
    path = write(tmp_path / "formulaire.pdf", form(b""))
    assert alike(filed(path, tmp_path, attempt=attempt), page_of(path).image)
    piece = (tmp_path / f"piece-1-{attempt}.pdf").read_bytes()
    assert b"/AcroForm" not in piece
    assert b"/Annots" not in piece


def stamped(flags: int = 4, subtype: bytes = b"/Stamp") -> bytes:
    return scanned(
        WHOLE,
        b"/Annots [6 0 R] ",
        b"<< /Type /Annot /Subtype %s /F %d /Rect [100 300 500 500] /AP << /N 7 0 R >> >>" % (subtype, flags),
        stream(b"0 g 0 0 40 20 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 40 20]"),
    )


@pytest.mark.parametrize("attempt", [0, 1])
@pytest.mark.parametrize("subtype", [b"/Stamp", b"/FreeText", b"/Ink", b"/Square"])
def test_a_stamp_put_on_a_scan_is_read_and_filed(tmp_path: Path, subtype: bytes, attempt: int) -> None:
    path = write(tmp_path / "tampon.pdf", stamped(subtype=subtype))
    assert dark(page_of(path).image, (110, 350, 490, 530)) > 0.9
    assert dark(filed(path, tmp_path, attempt=attempt), (110, 350, 490, 530)) > 0.9


def test_what_is_hidden_on_a_screen_is_hidden_here(tmp_path: Path) -> None:
    path = write(tmp_path / "cache.pdf", stamped(flags=2))
    assert alike(page_of(path).image, scan())
    assert alike(filed(path, tmp_path), scan())


def test_pages_with_and_without_a_stamp_stay_in_their_order(tmp_path: Path) -> None:
    source = write(tmp_path / "trois.pdf", three(b"/Annots [9 0 R] "))
    extract(Extraction(source, (3, 2, 1), tmp_path / "piece.pdf", {2: 180}))
    shades = [dark(page_of(tmp_path / "piece.pdf", n).image, (30, 30, 190, 85)) for n in (1, 2, 3)]
    assert shades == [0.0, pytest.approx(0, abs=0.01), 1.0]
    assert dark(page_of(tmp_path / "piece.pdf", 2).image, (250, 350, 350, 450)) > 0.9


def three(second: bytes = b"") -> bytes:
    """Pages whose first mark is black, grey and white; `second` is more of the second one."""
    pages = [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R "
        b"/Resources << /XObject << /I %d 0 R >> >> %s >>" % (7 + i, second if i == 1 else b"")
        for i in range(2)
    ]
    return pdf(
        CATALOG,
        b"<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>",
        *pages,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R "
        b"/Resources << /XObject << /I 11 0 R >> >> >>",
        stream(WHOLE),
        xobject(scan(0)),
        xobject(scan(140)),
        b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [200 300 400 500] /AP << /N 10 0 R >> >>",
        stream(b"0 g 0 0 40 20 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 40 20]"),
        xobject(scan(250)),
    )


# --- what hides a part of a page


@pytest.mark.parametrize("attempt", [0, 1])
def test_a_layer_that_is_switched_off_is_neither_read_nor_filed(tmp_path: Path, attempt: int) -> None:
    data = pdf(
        b"<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >> >>",
        PAGES,
        b"<< /Type /Page /Parent 2 0 R " + A4 + b"/Resources << /XObject << /I 5 0 R >> "
        b"/Properties << /L 6 0 R >> >> >>",
        stream(WHOLE + b" /OC /L BDC 0 g 40 200 500 400 re f EMC"),
        xobject(scan()),
        b"<< /Type /OCG /Name (Fond) >>",
    )
    path = write(tmp_path / "calque.pdf", data)
    assert alike(page_of(path).image, scan())
    assert alike(filed(path, tmp_path, attempt=attempt), scan())


HALF = Image.new("L", (W, H), 255)
HALF.paste(0, (0, 0, W // 2, H))


@pytest.mark.parametrize(
    "data",
    [
        scanned(WHOLE, b"", xobject(HALF), image=xobject(scan(), b"/SMask 6 0 R")),
        scanned(b"q 297 0 298 842 re W n 595 0 0 842 0 0 cm /I Do Q"),
    ],
    ids=["masked", "clipped"],
)
def test_what_a_mask_or_a_clipping_hides_of_a_scan_is_not_read(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "masque.pdf", data)
    assert dark(page_of(path).image, (0, 0, 290, 842)) == 0
    assert dark(page_of(path).image, (430, 70, 570, 280)) > 0.9
    assert alike(filed(path, tmp_path), page_of(path).image)


def test_a_scan_whose_greys_the_page_makes_others_is_read_as_it_shows(tmp_path: Path) -> None:
    """What is printed hides in the low bits of a picture that says something else to whoever takes it out."""
    told, shown = scan().convert("L"), scan().transpose(Image.Transpose.ROTATE_180).convert("L")
    mixed = (np.asarray(told) // 16 * 16) | (np.asarray(shown) // 16)
    table = bytes(17 * (v % 16) for v in range(256)).hex().encode()
    page = (
        b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> "
        b"/ColorSpace << /DefaultGray [/Indexed /DeviceGray 255 <%s>] >> >>" % table
    )
    data = hostile.one_page(page, stream(WHOLE), xobject(Image.fromarray(mixed.astype(np.uint8))))
    path = write(tmp_path / "double.pdf", data)
    assert alike(page_of(path).image, shown)
    assert alike(filed(path, tmp_path), shown)


def test_a_slightly_sheared_picture_is_read_as_it_is_placed(tmp_path: Path) -> None:
    path = write(tmp_path / "biais.pdf", scanned(b"q 595 0 8 842 0 0 cm /I Do Q"))
    column = np.asarray(page_of(path).image.convert("L"))
    edges = [int(np.argmax(column[round(y * column.shape[0] / 842)] < 128)) for y in (70, 290)]
    assert edges[0] > edges[1]


def test_a_fax_placed_on_a_page_has_square_pixels_again(tmp_path: Path) -> None:
    fax = xobject(scan().convert("L").resize((1728, 1143)))
    path = write(tmp_path / "fax.pdf", scanned(image=fax))
    page = page_of(path)
    assert page.image.height / page.image.width == pytest.approx(842 / 595, rel=0.01)
    assert page.dpi == pytest.approx(209, abs=1)


# --- pages that a file hides


@pytest.mark.parametrize("count", [b"1", b"2"])
def test_pages_beyond_the_announced_count_are_not_lost(tmp_path: Path, count: bytes) -> None:
    path = write(tmp_path / "compte.pdf", three().replace(b"/Count 3", b"/Count " + count))
    opened = open_file(path, NUMERISEUR)
    opened.close()
    assert opened.pages == 3
    assert alike(filed(path, tmp_path, 3), scan(250))


@pytest.mark.parametrize(
    ("catalog", "word"),
    [
        (b"/Collection << /Type /Collection >>", "porte-documents"),
        (b"/NeedsRendering true /AcroForm << /Fields [] /XFA [(template) 7 0 R] >>", "formulaire dynamique"),
    ],
)
def test_a_pdf_whose_content_is_in_no_page_is_refused_with_what_to_do(
    tmp_path: Path, catalog: bytes, word: str
) -> None:
    data = pdf(
        b"<< /Type /Catalog /Pages 2 0 R "
        b"/Names << /EmbeddedFiles << /Names [(a.pdf) 6 0 R] >> >> " + catalog + b" >>",
        PAGES,
        b"<< /Type /Page /Parent 2 0 R " + A4 + b"/Resources << /Font << /F 5 0 R >> >> >>",
        stream(b"BT /F 18 Tf 40 700 Td (Please wait) Tj ET"),
        FONT,
        b"<< /Type /Filespec /F (a.pdf) /EF << /F 7 0 R >> >>",
        stream(hostile.good_pdf(), b"/Type /EmbeddedFile"),
    )
    with pytest.raises(FormatRefuse) as caught:
        open_file(write(tmp_path / "dossier.pdf", data), NUMERISEUR)
    assert word in caught.value.message
    assert "envoyez" in caught.value.hint


def test_a_zip_that_holds_a_pdf_as_it_is_is_no_pdf(tmp_path: Path) -> None:
    archive = tmp_path / "pieces.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("une.pdf", hostile.good_pdf())
        target.writestr("autre.pdf", hostile.good_pdf())
    with pytest.raises(FormatRefuse, match="ZIP"):
        open_file(archive, NUMERISEUR)


def test_a_file_joined_to_an_ordinary_pdf_is_no_reason_to_refuse_it(tmp_path: Path) -> None:
    opened = open_file(write(tmp_path / "actif.pdf", hostile.active_pdf()), NUMERISEUR)
    opened.close()
    assert opened.pages == 1


def test_a_scan_whose_end_is_missing_is_told_and_not_filed_as_if_whole(tmp_path: Path) -> None:
    noise = Image.effect_noise((W, H), 60)
    jpeg = saved(noise, "JPEG")
    image = stream(
        jpeg[: len(jpeg) * 2 // 3],
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 "
        b"/ColorSpace /DeviceGray /Filter /DCTDecode" % (W, H),
    )
    with pytest.raises(FichierCorrompu, match="fin"):
        page_of(write(tmp_path / "coupe.pdf", scanned(image=image)))


def test_a_damaged_update_is_filed_as_it_was_read(tmp_path: Path) -> None:
    """Its last table is cut: one library goes back to the page before it, another finds the new one."""
    whole = three()
    start = int(whole[whole.rfind(b"startxref") + 9 :].split()[0])
    update = b"7 0 obj\n" + xobject(scan(250)) + b"\nendobj\n"
    table = len(whole) + len(update)
    tail = (
        b"xref\n7 1\n%010d 00000 n \ntrailer\n<< /Size 12 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(whole),
            start,
            table,
        )
    )
    path = write(tmp_path / "maj.pdf", (whole + update + tail)[:-40])
    for numero in (1, 2, 3):
        assert alike(filed(path, tmp_path, numero), page_of(path, numero).image)
