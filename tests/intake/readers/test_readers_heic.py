"""A telephone's HEIC reads as its JPEG does: the same pixels upright, the same code."""

from pathlib import Path

from intake.readers.files import open_file
from intake.readers.marks_ladder import LadderMarkReader
from intake.readers.sniff import PARTICULIER

PHOTOS = Path(__file__).parents[3] / "fixtures" / "photos"


def test_the_code_of_a_heic_photo_is_read() -> None:
    opened = open_file(PHOTOS / "qr.heic", PARTICULIER)
    page = opened.page(1)
    marks = LadderMarkReader().read(page)
    opened.close()
    assert (opened.media, opened.pages, page.photo) == ("image/heic", 1, True)
    assert [m.texte.split(";")[1] for m in marks] == ["T=ATT"]
