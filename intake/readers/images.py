"""Opens TIFF, JPEG, PNG, WebP, BMP and HEIC files and gives their pictures one by one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pi_heif
from PIL import Image

from intake.errors import FichierCorrompu, FormatRefuse, IntakeError, TropVolumineux
from intake.ports import PageImage
from intake.readers.pixels import bounded, is_photo, lies_down, plain, sheet_dpi, squared, upright
from intake.readers.sniff import BMP, HEIC, JPEG, PNG, TIFF, WEBP, Limites

T = TypeVar("T")
_PILLOW_FORMAT = {JPEG: "JPEG", PNG: "PNG", TIFF: "TIFF", WEBP: "WEBP", BMP: "BMP"}
_CAMERA_MEDIA = {JPEG, HEIC, WEBP}
# A JPEG is decoded at a half, a quarter or an eighth when it is larger than this, at no cost in memory.
_JPEG_RAW_FACTOR = 2.5
_MAX_SIDE = 60_000
_BOXES = 100  # looked at before the pictures
_HEIC_BOXES = {b"ftyp", b"meta", b"mdat", b"idat", b"moov", b"free", b"skip", b"uuid"}


@contextmanager
def _decoding(what: str) -> Iterator[None]:
    """Whatever a decoder raises becomes one of our errors; a memory error is the sandbox's business."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (IntakeError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise TropVolumineux(f"{what} a trop de pixels pour être lue.") from e
    except Exception as e:  # decoders raise OSError, SyntaxError, struct.error, ValueError, TypeError…
        raise FichierCorrompu(f"{what} est abîmée ou incomplète : elle ne peut pas être lue.") from e


def _check_size(size: tuple[int, int], most: float, what: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise FichierCorrompu(f"{what} n'a aucune surface ({width} × {height} pixels).")
    if width * height > most or max(size) > _MAX_SIDE:
        raise TropVolumineux(f"{what} mesure {width} × {height} pixels : c'est trop pour être lue.")


class ImageFile:
    """A file of one picture, or a TIFF of several; only one picture is decoded at a time."""

    def __init__(self, path: Path, media: str, limites: Limites) -> None:
        self.media = media
        self.repare = False
        self._limites = limites
        self._path = path
        # Pillow forgets the orientation of an uncompressed TIFF that it may map into memory from its path.
        self._stream = path.open("rb")
        self._lying: dict[int, bool] = {}  # frames of a TIFF that ask for a quarter turn
        with _decoding("L'image"):
            self._image = Image.open(self._stream, formats=[_PILLOW_FORMAT[media]])
            _check_size(self._image.size, _JPEG_RAW_FACTOR * limites.pixels_page, "L'image")
        if media in (WEBP, PNG) and getattr(self._image, "is_animated", False):
            self.close()
            raise FormatRefuse("Cette image est animée.", hint="Envoyez une photo ou une image fixe.")
        self._frames = self._walked() if media == TIFF else [0]
        self.pages = len(self._frames)

    def _walked(self) -> list[int]:
        """Frames of a TIFF that are pages, walked one by one: the chain may loop, or be cut."""
        n, pages = 0, []
        while True:
            try:
                self._image.seek(n)
            except EOFError:
                break
            except Exception:  # noqa: BLE001 - the chain is cut here: what comes before is readable
                self.repare = True
                break
            if not _is_preview(self._image):
                pages.append(n)
            n += 1
            if n > self._limites.pages:
                self.close()
                raise TropVolumineux(f"Le fichier a plus de {self._limites.pages} pages.")
        self._image.seek(0)
        return pages or list(range(n))

    def page(self, numero: int, *, dpi: int = 200) -> PageImage:
        what = f"La page {numero}" if self.pages > 1 else "L'image"
        with _decoding(what):
            image, declared = self._frame(numero, what)
            photo = is_photo(image, self.media in _CAMERA_MEDIA, declared[0])
            image = upright(image)
            if photo:
                image, _ = bounded(image, 0, photo=True)
                return PageImage(numero, plain(image), 0, photo=True)
            image, dpi_read = squared(image, *declared)
            dpi_read = sheet_dpi(image.size, dpi_read) or dpi_read
            image, dpi_read = bounded(image, dpi_read)
            return PageImage(numero, plain(image), dpi_read)

    def montre(self, juge: Callable[[Image.Image], T]) -> T:
        """What `juge` says of the first picture as stored, not decoded yet, its EXIF turn not obeyed."""
        with _decoding("L'image"):
            most: float = self._limites.pixels_page
            _check_size(self._image.size, most * (_JPEG_RAW_FACTOR if self.media == JPEG else 1), "L'image")
            return juge(self._image)

    def decoded(self, numero: int) -> tuple[Image.Image, float, float]:
        """The picture upright and otherwise as in the file, with its dpi in both directions (0: unknown)."""
        what = f"La page {numero}"
        with _decoding(what):
            image, declared = self._frame(numero, what)
            return (upright(image), *declared)

    def _frame(self, numero: int, what: str) -> tuple[Image.Image, tuple[float, float]]:
        """The picture decoded, and its dpi across and down once it is upright."""
        if self.media != TIFF:
            # A fresh handle each time: a decoded picture stays inside the one it was decoded from.
            self._image.close()
            self._image = Image.open(self._path, formats=[_PILLOW_FORMAT[self.media]])
            lying = lies_down(self._image)
        else:
            self._image.seek(self._frames[numero - 1])
            # asked once and before it is decoded: Pillow turns a TIFF as it loads it, and forgets why
            lying = self._lying.setdefault(numero, lies_down(self._image))
        most: float = self._limites.pixels_page
        if self.media == JPEG and self._image.width * self._image.height > 30_000_000:
            half = (self._image.width // 2, self._image.height // 2)
            _check_size(self._image.size, _JPEG_RAW_FACTOR * most, what)
            self._image.draft(None, half)
        _check_size(self._image.size, most, what)
        across, down = _declared_dpi(self._image)
        if lying:
            across, down = down, across
        self._image.load()
        return self._image, (across, down)

    def close(self) -> None:
        self._image.close()
        self._stream.close()


class HeicFile:
    """A HEIC or HEIF photograph: its primary picture."""

    media = HEIC
    pages = 1
    repare = False

    def __init__(self, path: Path, limites: Limites) -> None:
        if not _entire(path):
            raise FichierCorrompu("L'image est incomplète : son fichier est coupé.")
        with _decoding("L'image"):
            self._file = pi_heif.open_heif(path, convert_hdr_to_8bit=True)
            _check_size(self._file.size, limites.pixels_page, "L'image")

    def page(self, numero: int, *, dpi: int = 200) -> PageImage:
        with _decoding("L'image"):
            # libheif applies the rotation of the container; the EXIF orientation must not be applied again.
            image = self._file.to_pillow()
            image, _ = bounded(image, 0, photo=True)
            return PageImage(numero, plain(image), 0, photo=True)

    def montre(self, juge: Callable[[Image.Image], T]) -> T:
        """As of the other images; there is no cheaper decoding of a HEIC."""
        with _decoding("L'image"):
            return juge(self._file.to_pillow())

    def close(self) -> None:
        pass


def _entire(path: Path) -> bool:
    """Whether the boxes of a HEIC (ISO/IEC 14496-12) end where its file does, or before.

    Of a file cut short, libheif shows the picture that is left and says nothing of the others. What a maker
    adds behind the boxes is none.
    """
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        for _ in range(_BOXES):
            if at >= size:
                break
            file.seek(at)
            head = file.read(16)
            length, kind = int.from_bytes(head[:4]), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:])
            if kind not in _HEIC_BOXES or length < 8:  # 0: to the end of the file
                return True
            at += length
            if kind == b"mdat":
                break  # the pictures; what stands behind them is none
    return at <= size


def _is_preview(image: Image.Image) -> bool:
    """Whether a frame of a TIFF calls itself a reduced copy or the mask of another (NewSubfileType)."""
    kind = getattr(image, "tag_v2", {}).get(254, 0)
    return isinstance(kind, int) and bool(kind & 0b101)


def _declared_dpi(image: Image.Image) -> tuple[float, float]:
    try:
        x, y = image.info["dpi"]
        # cameras and screens declare 72 or 96 without meaning it
        return (0.0, 0.0) if {round(x), round(y)} <= {0, 1, 72, 96} else (float(x), float(y))
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return (0.0, 0.0)
