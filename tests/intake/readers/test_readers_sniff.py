"""What a file is comes from its bytes (R4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.domain.motif import Canal
from intake.errors import FichierCorrompu, FormatRefuse, TropVolumineux
from intake.readers.sniff import Limites, limites_de, media_of, sniff


@pytest.mark.parametrize(
    ("head", "media"),
    [
        (b"%PDF-1.4\n", "application/pdf"),
        (b"\r\n" * 100 + b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"II+\0\x08\0\0\0", "image/tiff"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "image/bmp"),
        (b"BM est une marque de voitures", None),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", None),
        (b"x" * 2000 + b"%PDF-1.7", None),
    ],
)
def test_media_comes_from_the_first_bytes(head: bytes, media: str | None) -> None:
    assert media_of(head) == media


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "Word"),
        (b"PK\x03\x04" + bytes(26) + b"scan.jpg", "ZIP"),
        ("Bonjour à tous".encode(), "texte"),
        (b"  <!DOCTYPE html><html>", "HTML"),
        (b"\0\0\0\x18ftypmp42", "vidéo"),
        (b"GIF89a", "GIF"),
        (b"\x13\x37\0\x01", "pas reconnu"),
    ],
)
def test_a_refusal_says_what_the_file_seems_to_be(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "attestation.pdf"
    path.write_bytes(data)
    with pytest.raises(FormatRefuse) as caught:
        sniff(path)
    assert words in caught.value.message
    assert "PDF" in caught.value.hint


def test_an_empty_file_is_broken_not_of_another_format(tmp_path: Path) -> None:
    path = tmp_path / "vide.pdf"
    path.touch()
    with pytest.raises(FichierCorrompu, match="vide"):
        sniff(path)


def test_a_file_heavier_than_its_channel_allows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lourd.pdf"
    path.write_bytes(b"%PDF-1.7" + bytes(2000))
    with pytest.raises(TropVolumineux):
        sniff(path, Limites(octets=1000, pages=60))


def test_limits_follow_the_channel() -> None:
    assert (limites_de(Canal.NUMERISEUR).octets, limites_de(Canal.NUMERISEUR).pages) == (1_000_000_000, 3_000)
    for canal in (Canal.GUICHET, Canal.DEMANDEUR):
        assert (limites_de(canal).octets, limites_de(canal).pages) == (20_000_000, 60)
