"""What a file is, from its bytes and never from its name, and the limits it has to keep (R4)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from intake.domain.motif import Canal
from intake.errors import FichierCorrompu, FormatRefuse, TropVolumineux

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
TIFF = "image/tiff"
HEIC = "image/heic"
WEBP = "image/webp"
BMP = "image/bmp"

_HEAD = 4096
_TAIL = 2048
_ZIP = b"PK\x03\x04"  # may hold a PDF as it is: to take it for one would lose the other files in it
_PDF_HEADER_WITHIN = 1024  # as every reader tolerates: some scanners and mail gateways put bytes before it


@dataclass(frozen=True, slots=True)
class Limites:
    """What one file may cost; the seconds are wall time in the reading process."""

    octets: int
    pages: int
    pixels_page: int = 80_000_000
    secondes_page: float = 30.0
    secondes_fichier: float = 600.0


_MO = 1_000_000
NUMERISEUR = Limites(octets=1_000 * _MO, pages=3_000, secondes_fichier=6 * 3600.0)
PARTICULIER = Limites(octets=20 * _MO, pages=60)


def limites_de(canal: Canal) -> Limites:
    """R4: a numériseur's batch is large; a guichet and a demandeur send one piece at a time."""
    return NUMERISEUR if canal is Canal.NUMERISEUR else PARTICULIER


def sniff(path: Path, limites: Limites = NUMERISEUR) -> str:
    """The media type of an accepted file. Raises FichierCorrompu, FormatRefuse or TropVolumineux."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            stream.seek(max(0, size - _TAIL))
            tail = stream.read(_TAIL)
    except OSError as e:
        raise FichierCorrompu("Le fichier ne peut pas être lu.", hint="Renvoyez le fichier.") from e
    if size == 0:
        raise FichierCorrompu("Le fichier est vide (0 octet).", hint="Vérifiez le fichier, puis renvoyez-le.")
    if size > limites.octets:
        raise TropVolumineux(
            f"Le fichier pèse {_mo(size)} Mo, plus que les {_mo(limites.octets)} Mo acceptés."
        )
    media = media_of(head)
    if media is None and not head.startswith(_ZIP) and b"startxref" in tail and b"%%EOF" in tail:
        media = PDF  # its header is missing; repair may still open it
    if media is None:
        raise FormatRefuse(f"Ce fichier n'est pas d'un format accepté : {_seems(head)}.")
    return media


def media_of(head: bytes) -> str | None:
    """The accepted format that the first bytes announce, None when it is another."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return TIFF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _brand(head)
    # "BM" alone is two letters of text: the header size that follows must be a known one.
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return BMP
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN] and not head.startswith(_ZIP):
        return PDF
    return None


_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}


def _brand(head: bytes) -> str | None:
    length = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, length, 4))}
    if brands & _AVIF_BRANDS:
        return None
    return HEIC if brands & _HEIF_BRANDS else None


_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "il semble être un ancien document Word, Excel ou PowerPoint"),
    (b"{\\rtf", "il semble être un document RTF"),
    (b"7z\xbc\xaf\x27\x1c", "il semble être une archive 7-Zip"),
    (b"Rar!", "il semble être une archive RAR"),
    (b"\x1f\x8b", "il semble être une archive gzip"),
    (b"GIF8", "il semble être une image GIF"),
    (b"8BPS", "il semble être une image Photoshop"),
    (b"%!PS", "il semble être un document PostScript"),
    (b"MZ", "il semble être un programme Windows"),
    (b"\x7fELF", "il semble être un programme"),
    (b"\x1aE\xdf\xa3", "il semble être une vidéo"),
    (b"ID3", "il semble être un enregistrement sonore"),
    (b"OggS", "il semble être un enregistrement sonore"),
    (b"\0\0\0\x0cjP  ", "il semble être une image JPEG 2000"),
    (b"\xff\x0a", "il semble être une image JPEG XL"),
)


def _seems(head: bytes) -> str:
    """What a refused file seems to be, as the end of a French sentence."""
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    if head.startswith(_ZIP):
        return _seems_zip(head)
    if head[4:8] == b"ftyp" and any(brand in head[:64] for brand in _AVIF_BRANDS):
        return "il semble être une image AVIF"
    if head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return "il semble être une vidéo"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "il semble être un enregistrement sonore"
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "il semble être une page web (HTML)"
    if start.startswith((b"<?xml", b"<svg")):
        return "il semble être un document XML ou SVG"
    if not head.strip(b"\0"):
        return "il ne contient que des zéros"
    if _is_text(head):
        return "il semble être du texte"
    return "son contenu n'est pas reconnu"


def _seems_zip(head: bytes) -> str:
    for inside, words in (
        (b"word/", "il semble être un document Word"),
        (b"xl/", "il semble être un classeur Excel"),
        (b"ppt/", "il semble être une présentation PowerPoint"),
        (b"[Content_Types].xml", "il semble être un document Word, Excel ou PowerPoint"),
        (b"opendocument", "il semble être un document LibreOffice"),
    ):
        if inside in head:
            return words
    return "il semble être une archive ZIP"


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    control = sum(b < 32 and b not in b"\t\n\r\f\x1b" for b in head)
    return control == 0


def _mo(octets: int) -> str:
    return f"{octets / _MO:.0f}" if octets >= 10 * _MO else f"{octets / _MO:.1f}".replace(".", ",")
