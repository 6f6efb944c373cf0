"""Every broken or hostile file gives its own refusal, or its readable pages; none brings the caller down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest

from intake.errors import IntakeError
from intake.readers.reading import FileReader
from intake.readers.sniff import Limites

pytestmark = pytest.mark.slow  # each file is opened in a process of its own

LIMITES = Limites(octets=1_000_000_000, pages=3_000, secondes_page=20, secondes_fichier=60)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return hostile.write(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    with FileReader(workers=1) as made:
        yield made


CASES = hostile.everything()


@pytest.mark.parametrize("case", [c for c in CASES if c.code], ids=lambda c: c.name)
def test_a_file_that_cannot_be_read_is_refused_with_its_code_a_sentence_and_a_hint(
    case: hostile.Hostile, files: dict[str, Path], reader: FileReader
) -> None:
    with pytest.raises(IntakeError) as caught:
        reader.inspect(files[case.name], LIMITES)
    assert caught.value.code == case.code
    assert caught.value.message.endswith(".")
    assert caught.value.hint


OPENING = [c for c in CASES if not c.code and c.name != "formulaire-en-boucle.pdf"]  # that one is below


@pytest.mark.parametrize("case", OPENING, ids=lambda c: c.name)
def test_a_file_that_opens_gives_each_of_its_pages_once(
    case: hostile.Hostile, files: dict[str, Path], reader: FileReader
) -> None:
    seen = reader.inspect(files[case.name], LIMITES)
    if case.pages is not None:
        assert seen.pages == case.pages
    assert [p.numero for p in reader.read(files[case.name], LIMITES)] == list(range(1, seen.pages + 1))


def test_one_broken_page_of_a_tiff_fails_alone(files: dict[str, Path], reader: FileReader) -> None:
    codes = [p.erreur and p.erreur.code for p in reader.read(files["page-cassee.tif"], LIMITES)]
    assert codes == [None, "FICHIER_CORROMPU", None]


def test_a_repaired_file_says_so_and_an_empty_page_of_it_is_not_called_blank(
    files: dict[str, Path], reader: FileReader
) -> None:
    assert reader.inspect(files["tronque.pdf"], LIMITES).repare
    last = list(reader.read(files["tronque.pdf"], LIMITES))[-1]
    assert last.erreur is not None
    assert not last.blanche


def test_an_image_of_3600_megapixels_inside_a_pdf_is_told_on_its_page(
    files: dict[str, Path], reader: FileReader
) -> None:
    (page,) = reader.read(files["image-60000.pdf"], LIMITES)
    assert page.erreur is not None
    assert page.erreur.code == "TROP_VOLUMINEUX"


@pytest.mark.slow
def test_a_page_that_kills_its_process_is_given_with_an_error(
    files: dict[str, Path], reader: FileReader
) -> None:
    (page,) = reader.read(files["formulaire-en-boucle.pdf"], LIMITES)
    assert page.erreur is not None
    assert page.cpu_seconds > 0


def test_a_page_whose_only_image_cannot_be_decoded_is_not_called_blank(
    tmp_path: Path, reader: FileReader
) -> None:
    path = tmp_path / "image-cassee.pdf"
    path.write_bytes(
        hostile.one_page(
            b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >>",
            hostile.stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
            hostile.stream(
                b"\xff\xd8\xff\xe0 ceci n'est pas un JPEG",
                b"/Type /XObject /Subtype /Image /Width 1654 /Height 2339 /BitsPerComponent 8 "
                b"/ColorSpace /DeviceGray /Filter /DCTDecode",
            ),
        )
    )
    (page,) = reader.read(path, LIMITES)
    assert page.erreur is not None
    assert page.erreur.code == "FICHIER_CORROMPU"


def test_too_many_pages_are_refused(tmp_path: Path, reader: FileReader) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(hostile.good_pdf(12))
    with pytest.raises(IntakeError) as caught:
        reader.inspect(path, Limites(octets=10**6, pages=10))
    assert caught.value.code == "TROP_VOLUMINEUX"
    assert "12" in caught.value.message
