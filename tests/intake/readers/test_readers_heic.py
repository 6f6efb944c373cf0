"""A telephone's HEIC reads as its JPEG does: the same pixels upright, the same code."""

from pathlib import Path

import pytest

from intake.errors import FichierCorrompu
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


def test_a_heic_whose_other_pictures_are_cut_off_is_told(tmp_path: Path) -> None:
    """libheif says it of the picture that it shows, and nothing of those behind."""
    whole = (PHOTOS / "qr.heic").read_bytes()
    at = whole.index(b"mdat") - 4
    more = (int.from_bytes(whole[at : at + 4]) + 5000).to_bytes(4)
    cut = tmp_path / "coupee.heic"
    cut.write_bytes(whole[:at] + more + whole[at + 4 :])
    with pytest.raises(FichierCorrompu):
        open_file(cut, PARTICULIER)


def test_what_a_maker_adds_behind_a_heic_is_not_looked_at(tmp_path: Path) -> None:
    photo = tmp_path / "photo.heic"
    photo.write_bytes((PHOTOS / "qr.heic").read_bytes() + b"\x00\x00\x09\xa1Image_UTC_Data1795772400000SEFT")
    assert open_file(photo, PARTICULIER).page(1).image.size
