"""Pages are the same for all who count them, and none whose content is lost is called blank (R2, R14)."""

from __future__ import annotations

from pathlib import Path

import hostile
import numpy as np
import pytest
from as_seen import page_of, small

from intake.errors import FichierCorrompu
from intake.readers.blank import is_blank
from intake.readers.extract import extract
from intake.readers.files import open_file
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import Extraction

FONTS = b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> "
LEAF = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] " + FONTS


def _said(text: bytes) -> bytes:
    return hostile.stream(b"BT /F 60 Tf 100 400 Td (%s) Tj ET" % text)


def _three(kid: bytes, odd: bytes, count: int = 4) -> bytes:
    """Three pages, the first followed by `kid`, which may be object 9: `odd`."""
    kids = b"3 0 R %s 5 0 R 7 0 R" % kid
    return hostile.pdf(
        hostile.CATALOG,
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids),
        *(
            o
            for n in (4, 6, 8)
            for o in (LEAF + b"/Contents %d 0 R >>" % n, _said(b"PAGE %d" % (n // 2 - 1)))
        ),
        odd,
    )


ODD = {
    "null": (b"null", b"null"),
    "a page that was erased": (b"99 0 R", b"null"),
    "a template": (b"9 0 R", b"<< /Type /Template /Parent 2 0 R /MediaBox [0 0 595 842] >>"),
    "a branch without kids": (b"9 0 R", b"<< /Type /Pages /Parent 2 0 R /Count 0 >>"),
    "a page with kids": (b"9 0 R", b"<< /Type /Page /Parent 2 0 R /Count 1 /Kids [5 0 R] >>"),
}


@pytest.mark.parametrize("attempt", [0, 1, 2])
@pytest.mark.parametrize("case", ODD)
def test_after_an_odd_kid_the_pages_filed_are_still_those_that_were_read(
    tmp_path: Path, case: str, attempt: int
) -> None:
    path, to = tmp_path / "impair.pdf", tmp_path / "piece.pdf"
    path.write_bytes(_three(*ODD[case]))
    read = page_of(path, 3)
    assert read.couche is not None
    assert read.couche.texte.split() == ["PAGE", "2"]
    extract(Extraction(path, (3,), to, attempt=attempt))
    filed = page_of(to)
    assert attempt == 2 or filed.couche == read.couche  # else it is a picture
    assert np.abs(small(read.image) - small(filed.image)).max() < 40


def _misplaced(number: int) -> bytes:
    """The same three pages, the table of objects telling a wrong place for one of them."""
    data = _three(b"", b"null", 3)
    offset = b"%010d" % data.index(b"\n%d 0 obj" % number)
    wrong = b"%010d" % (int(offset) + 6)
    good = b"%010d" % (int(offset) + 1)
    assert good in data
    return data.replace(good, wrong)


@pytest.mark.parametrize(
    "data",
    [
        _misplaced(6),
        hostile.one_page(
            b"/MediaBox [0 0 595 842] /Contents 4 0 R", hostile.stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        ),
    ],
    ids=["its content is misplaced", "its picture is missing"],
)
def test_a_page_whose_content_is_lost_is_not_called_blank(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "perdu.pdf"
    path.write_bytes(data)
    opened = open_file(path, NUMERISEUR)
    with pytest.raises(FichierCorrompu):
        opened.page(min(2, opened.pages))
    opened.close()


@pytest.mark.parametrize("content", [b"", b"q Q", b"BT /F 10 Tf () Tj ET", b"0 0 9 9 re W n"])
def test_a_page_on_which_nothing_is_painted_is_blank(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "blanche.pdf"
    path.write_bytes(
        hostile.one_page(b"/MediaBox [0 0 595 842] /Contents 4 0 R " + FONTS, hostile.stream(content))
    )
    opened = open_file(path, NUMERISEUR)
    assert is_blank(opened.page(1))
    opened.close()


def _without(number: int, *, replace: bytes) -> bytes:
    """The same three pages, one object of which the table says to be gone, or of a later generation."""
    data = _three(b"", b"null", 3).replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 0 R]")
    start = data.index(b"xref\n")
    table = data[start:].split(b"\n")
    for n in range(1, 10):
        table[2 + n] = b"%010d 00000 n " % (data.index(b"\n%d 0 obj" % n) + 1)
    table[2 + number] = table[2 + number][:10] + replace
    head = data[:start] + b"\n".join(table)
    return head[: head.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % start


@pytest.mark.parametrize("attempt", [0, 1, 2])
@pytest.mark.parametrize("entry", [b" 00000 f ", b" 00003 n "], ids=["taken out", "another generation"])
def test_what_an_update_took_out_of_a_page_does_not_come_back_in_the_piece(
    tmp_path: Path, entry: bytes, attempt: int
) -> None:
    path, to = tmp_path / "retire.pdf", tmp_path / "piece.pdf"
    path.write_bytes(_without(6, replace=entry))
    read = page_of(path, 1)
    assert read.couche is not None
    extract(Extraction(path, (1,), to, attempt=attempt))
    filed = page_of(to)
    assert filed.couche is None or filed.couche.texte == read.couche.texte  # it may be a picture
    assert np.abs(small(read.image) - small(filed.image)).max() < 40
