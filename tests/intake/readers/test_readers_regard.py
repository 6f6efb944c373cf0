"""A photo looked at in a process of its own: its verdict comes back, and what is wrong with its file too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from classifier import apercu
from intake.domain.lecture import Qualite, RaisonQualite
from intake.errors import FichierCorrompu, FormatRefuse, IntakeError, TropVolumineux
from intake.ports import Regard
from intake.readers.regard import SandboxRegard

pytestmark = pytest.mark.slow  # photographs, each looked at in a process of its own

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture(scope="module")
def regard() -> Iterator[Regard]:
    with SandboxRegard(apercu, preload=("classifier.quality",)) as one:
        yield one


def test_photos_of_every_kind_get_their_verdict(regard: Regard, tmp_path: Path) -> None:
    sharp, blurred = FIXTURES / "photos" / "exif_6.jpg", FIXTURES / "photos" / "flou.jpg"
    assert regard(sharp) == Qualite()
    assert regard(FIXTURES / "photos" / "qr.heic") == Qualite()
    found = regard(blurred)
    assert not found.lisible
    assert RaisonQualite.FLOU in found.raisons
    for kind in ("png", "webp", "tiff", "bmp"):
        again = tmp_path / f"flou.{kind}"
        with Image.open(blurred) as image:
            image.save(again)
        assert not regard(again).lisible, kind


def test_a_pdf_is_no_photo_and_is_judged_once_read(regard: Regard) -> None:
    assert regard(FIXTURES / "documents" / "rib.pdf") == Qualite()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"bonjour", FormatRefuse),
        (b"", FichierCorrompu),
        ((FIXTURES / "photos" / "droite.jpg").read_bytes()[:40_000], FichierCorrompu),
    ],
    ids=["text", "empty", "cut short"],
)
def test_what_cannot_be_opened_is_told_and_the_next_photo_is_looked_at(
    regard: Regard, tmp_path: Path, content: bytes, error: type[IntakeError]
) -> None:
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(error):
        regard(tmp_path / "photo.jpg")
    assert regard(FIXTURES / "photos" / "droite.jpg").lisible


def test_a_bomb_of_pixels_is_refused(regard: Regard, tmp_path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bombe.png")
    with pytest.raises(TropVolumineux):
        regard(tmp_path / "bombe.png")
