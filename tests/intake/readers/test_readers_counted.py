"""Pages are the same ones for all who count them (R2, R14)."""

from __future__ import annotations

from pathlib import Path

import hostile
import numpy as np
import pytest
from as_seen import page_of, small

from intake.readers.extract import extract
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
