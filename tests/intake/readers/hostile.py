"""Makes small broken, protected and hostile files, each with the outcome that a person must see.

Every file is built here from nothing, is deterministic, and weighs little however much it claims to hold.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, ImageDraw


@dataclass(frozen=True)
class Hostile:
    """`code` is the refusal expected of the whole file, None when it opens; `pages` then, if certain."""

    name: str
    data: bytes
    code: str | None
    pages: int | None = None


def pdf(*objects: bytes, header: bytes = b"%PDF-1.7\n", root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of raw objects numbered from 1, with a right cross-reference table."""
    out = bytearray(header)
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (len(objects) + 1, root, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(data), extra) + data + b"\nendstream"


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def one_page(page: bytes, *more: bytes) -> bytes:
    return pdf(CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R " + page + b" >>", *more)


def good_pdf(pages: int = 3) -> bytes:
    """Pages with a line of text each, and a text layer that is theirs."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(pages))
    objects = [
        CATALOG,
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i in range(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * i)
        )
        objects.append(stream(b"BT /F1 18 Tf 72 700 Td (Page ordinaire numero %d) Tj ET" % (i + 1)))
    return pdf(*objects)


def truncated() -> bytes:
    """Three pages were announced; the text of the last is lost with the cross-reference table."""
    good = good_pdf()
    return good[: int(len(good) * 0.7)]


def encrypted(*, user: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(good_pdf())) as document:
        document.save(
            out, encryption=pikepdf.Encryption(owner="proprietaire", user=user, R=4), static_id=True
        )
    return out.getvalue()


def _picture(width: int = 400, height: int = 560, text: str = "Texte") -> Image.Image:
    image = Image.new("L", (width, height), 255)
    ImageDraw.Draw(image).text((40, 60), text, fill=0, font_size=40)
    return image


def saved(image: Image.Image, form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def _png(width: int, height: int, raw: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


@cache
def zeros(amount: int) -> bytes:
    """`amount` zero bytes as a zlib stream (RFC 1950): one packed block, again and again."""
    packer = zlib.compressobj(1, wbits=-15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # the next would be the same
    rest = packer.compress(bytes(amount & ((1 << 20) - 1))) + packer.flush()
    checksum = struct.pack(">HH", amount % 65521, 1)  # Adler-32 of zeros
    return b"\x78\x01" + block * (amount >> 20) + rest + checksum


def tiff(pages: int = 3, **how: Any) -> bytes:
    frames = [_picture(text=f"Page {i + 1}").convert("1") for i in range(pages)]
    return saved(
        frames[0],
        "TIFF",
        save_all=True,
        append_images=frames[1:],
        compression="group4",
        dpi=(200, 200),
        **how,
    )


def _ifds(data: bytes) -> list[int]:
    """Offsets of each page's directory in a little-endian TIFF."""
    found, at = [], struct.unpack_from("<I", data, 4)[0]
    while at:
        found.append(at)
        entries = struct.unpack_from("<H", data, at)[0]
        at = struct.unpack_from("<I", data, at + 2 + 12 * entries)[0]
    return found


def looping_tiff() -> bytes:
    data = bytearray(tiff(3))
    offsets = _ifds(bytes(data))
    entries = struct.unpack_from("<H", data, offsets[-1])[0]
    struct.pack_into("<I", data, offsets[-1] + 2 + 12 * entries, offsets[0])
    return bytes(data)


def tiff_with_broken_page(broken: int = 2, pages: int = 3) -> bytes:
    """One page's picture lies beyond the end of the file; the others are good."""
    data = bytearray(tiff(pages))
    at = _ifds(bytes(data))[broken - 1]
    for i in range(struct.unpack_from("<H", data, at)[0]):
        entry = at + 2 + 12 * i
        if struct.unpack_from("<H", data, entry)[0] == 273:  # StripOffsets
            struct.pack_into("<I", data, entry + 8, 0x7FFFFFF0)
    return bytes(data)


def huge_image_pdf(side: int = 60_000) -> bytes:
    return one_page(
        b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >>",
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
        stream(
            zeros(side * side // 8),
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1 "
            b"/ColorSpace /DeviceGray /Filter /FlateDecode" % (side, side),
        ),
    )


def active_pdf() -> bytes:
    """JavaScript, an opening action, an embedded file, links and a launch action."""
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /AA << /WC 6 0 R >> "
        b"/Names << /JavaScript << /Names [(a) 6 0 R] >> /EmbeddedFiles << /Names [(x.exe) 7 0 R] >> >> "
        b"/AcroForm << /Fields [5 0 R] >> >>",
        PAGES,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [5 0 R 9 0 R] "
        b"/AA << /O 6 0 R >> >>",
        stream(b"0 0 m 100 100 l S"),
        b"<< /Type /Annot /Subtype /Link /Rect [0 0 100 100] /A << /S /Launch /F (x.exe) >> >>",
        b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>",
        b"<< /Type /Filespec /F (x.exe) /EF << /F 8 0 R >> >>",
        stream(b"MZ", b"/Type /EmbeddedFile"),
        b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://exemple.invalid) >> >>",
    )


def _pdfs() -> list[Hostile]:
    good = good_pdf()
    nested = zlib.compress(zlib.compress(zeros(200 << 20), 9), 9)
    deep = b"[" * 20_000 + b"]" * 20_000
    return [
        Hostile("bon.pdf", good, None, 3),
        Hostile("octets-avant.pdf", b"X-Scanner: 1\r\n\r\n" + good, None, 3),
        Hostile("sans-entete.pdf", good[9:], None, 3),
        Hostile("tronque.pdf", truncated(), None),
        Hostile("tronque-tot.pdf", good[:60], "FICHIER_CORROMPU"),
        Hostile("entete-seul.pdf", b"%PDF-1.7\n", "FICHIER_CORROMPU"),
        Hostile(
            "bruit.pdf", b"%PDF-1.4\n" + bytes((i * 7919) % 251 for i in range(5000)), "FICHIER_CORROMPU"
        ),
        Hostile("zero-page.pdf", pdf(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"), "FICHIER_CORROMPU"),
        Hostile(
            "arbre-en-boucle.pdf",
            pdf(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
            "FICHIER_CORROMPU",
        ),
        Hostile(
            "arbre-en-boucle-2.pdf",
            pdf(
                CATALOG,
                b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>",
                b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 1000000 >>",
            ),
            "FICHIER_CORROMPU",
        ),
        Hostile("page-0x0.pdf", one_page(b"/MediaBox [0 0 0 0]"), None, 1),
        Hostile("page-negative.pdf", one_page(b"/MediaBox [0 0 -5 1e30]"), None, 1),
        Hostile("page-60000.pdf", one_page(b"/MediaBox [0 0 60000 60000]"), None, 1),
        Hostile("page-filiforme.pdf", one_page(b"/MediaBox [0 0 2 60000]"), None, 1),
        Hostile("image-60000.pdf", huge_image_pdf(), None, 1),
        Hostile(
            "flate-imbrique.pdf",
            one_page(
                b"/MediaBox [0 0 595 842] /Contents 4 0 R",
                stream(nested, b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"),
            ),
            None,
            1,
        ),
        Hostile("tableau-profond.pdf", one_page(b"/MediaBox [0 0 595 842] /X " + deep), None),
        Hostile(
            "formulaire-en-boucle.pdf",
            one_page(
                b"/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >>",
                stream(b"/F Do /F Do"),
                stream(
                    b"/F Do /F Do",
                    b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
                    b"/Resources << /XObject << /F 5 0 R >> >>",
                ),
            ),
            None,
            1,
        ),
        Hostile("mot-de-passe.pdf", encrypted(user="secret"), "FICHIER_PROTEGE"),
        Hostile("proprietaire.pdf", encrypted(user=""), None, 3),
        Hostile("actif.pdf", active_pdf(), None, 1),
    ]


def _images() -> list[Hostile]:
    good = _picture()
    jpeg = saved(good, "JPEG")
    png = saved(good, "PNG")
    frames = [_picture(text=str(i)) for i in range(3)]
    return [
        Hostile("bon.jpg", jpeg, None, 1),
        Hostile("tronque.jpg", jpeg[: len(jpeg) // 2], "FICHIER_CORROMPU"),
        Hostile("tronque.png", png[: len(png) // 2], "FICHIER_CORROMPU"),
        Hostile("entete.jpg", b"\xff\xd8\xff\xe0", "FICHIER_CORROMPU"),
        Hostile("geante.png", _png(60_000, 60_000, zlib.compress(b"\0" * 100)), "TROP_VOLUMINEUX"),
        Hostile("bombe.png", _png(30_000, 30_000, zeros(30_000 * 3751)), "TROP_VOLUMINEUX"),
        Hostile("zero.png", _png(0, 0, zlib.compress(b"")), "FICHIER_CORROMPU"),
        Hostile("bon.tif", tiff(), None, 3),
        Hostile("boucle.tif", looping_tiff(), None, 3),
        Hostile("page-cassee.tif", tiff_with_broken_page(), None, 3),
        Hostile("tronque.tif", tiff()[:20], "FICHIER_CORROMPU"),
        Hostile(
            "anime.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]), "FORMAT_REFUSE"
        ),
        Hostile(
            "anime.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), "FORMAT_REFUSE"
        ),
        Hostile("bon.webp", saved(good, "WEBP"), None, 1),
        Hostile("bon.bmp", saved(good, "BMP"), None, 1),
        Hostile("faux.bmp", saved(good, "BMP")[:60], "FICHIER_CORROMPU"),
        Hostile("faux.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(200), "FICHIER_CORROMPU"),
    ]


def _others() -> list[Hostile]:
    return [
        Hostile("vide.pdf", b"", "FICHIER_CORROMPU"),
        Hostile("texte.pdf", "Bonjour, voici mon attestation : 50 € par mois.\n".encode(), "FORMAT_REFUSE"),
        Hostile("page.pdf", b"<!DOCTYPE html><html><body>Bonjour</body></html>", "FORMAT_REFUSE"),
        Hostile("word.pdf", b"PK\x03\x04" + bytes(26) + b"word/document.xml" + bytes(100), "FORMAT_REFUSE"),
        Hostile("video.jpg", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(100), "FORMAT_REFUSE"),
        Hostile("zeros.pdf", bytes(5000), "FORMAT_REFUSE"),
        Hostile("photo.avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1avif" + bytes(100), "FORMAT_REFUSE"),
    ]


_MAKERS: tuple[Callable[[], list[Hostile]], ...] = (_pdfs, _images, _others)


@cache
def everything() -> tuple[Hostile, ...]:
    return tuple(h for make in _MAKERS for h in make())


def write(folder: Path) -> dict[str, Path]:
    paths = {}
    for hostile in everything():
        paths[hostile.name] = folder / hostile.name
        paths[hostile.name].write_bytes(hostile.data)
    return paths
