"""Makes pieces: pages of one file become a PDF of their own, deterministic, with nothing active in it.

Works in a reading process; `extract_pieces` is the driver. What pypdf cannot copy, qpdf tries; what qpdf
cannot, is drawn.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import img2pdf
import pikepdf
import pypdf
from PIL import Image
from pypdf.generic import NameObject

from intake.errors import FichierCorrompu, IntakeError, TropVolumineux
from intake.ports import PageImage
from intake.readers.files import open_file
from intake.readers.images import ImageFile
from intake.readers.pdf import PdfFile
from intake.readers.pixels import plain
from intake.readers.sandbox import Fin, Outcome, Sandbox
from intake.readers.sniff import JPEG, NUMERISEUR, PDF, Limites, sniff
from intake.readers.tasks import Cutting, Extraction

_DRAWN_DPI = 200
_JPEG_QUALITY = 88
_REOPEN_EVERY = 200  # pages: pypdf keeps every object that it has read
_KEPT_BYTES = 100_000_000  # and of large pages, fewer
_PAGE_KEYS = ("/Type", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/UserUnit", "/Group")


def extract(task: Extraction, source: OpenPdf | None = None) -> int:
    """Write the piece; the number of its pages. Raises IntakeError.

    `source` keeps the file open for the next piece of it.
    """
    if source is None:
        with closing(OpenPdf()) as alone:
            return extract(task, alone)
    if not task.pages:
        raise FichierCorrompu("Aucune page n'est demandée.")
    media = sniff(task.path, task.limites)
    copy = partial(_with_pypdf, source=source)
    ways: tuple[Callable[[Extraction], None], ...] = (copy, *_PDF_WAYS) if media == PDF else _IMAGE_WAYS
    last: Exception | None = None
    for way in ways[min(task.attempt, len(ways) - 1) :]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                way(task)
            _check(task)
            return len(task.pages)
        except (IntakeError, MemoryError) as e:
            if way is ways[-1] or isinstance(e, MemoryError):
                raise
            last = e
        except Exception as e:  # noqa: BLE001 - a library that cannot: the next one tries
            last = e
    raise FichierCorrompu("Les pages de cette pièce ne peuvent pas être extraites.") from last


def _check(task: Extraction) -> None:
    """The piece opens and has its pages: a copy that does not is no copy."""
    try:
        opened = PdfFile(task.to, task.limites)
    except IntakeError as e:
        raise FichierCorrompu("La pièce écrite ne peut pas être relue.") from e
    try:
        if opened.pages != len(task.pages) or opened.repare:
            raise FichierCorrompu("La pièce écrite n'a pas toutes ses pages.")
    finally:
        opened.close()


# --- from a PDF


class OpenPdf:
    """The last PDF that pieces were copied from, left open: its page tree is walked once and not for each."""

    def __init__(self) -> None:
        self._of: tuple[Path, int, int] | None = None
        self._stream: BinaryIO | None = None
        self._reader: pypdf.PdfReader | None = None
        self._given, self._most = 0, 0

    def page(self, path: Path, numero: int) -> pypdf.PageObject:
        stat = path.stat()
        of = (path, stat.st_mtime_ns, stat.st_size)
        if self._reader is None or of != self._of or self._given >= self._most:
            self.close()
            self._stream = path.open("rb")
            reader = pypdf.PdfReader(self._stream, strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise FichierCorrompu("Ce PDF est protégé.")
            self._reader, self._of = reader, of
            a_page = stat.st_size / max(1, len(reader.pages))
            self._most = max(1, min(_REOPEN_EVERY, int(_KEPT_BYTES / max(1.0, a_page))))
        self._given += 1
        return self._reader.pages[numero - 1]

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._of = self._stream = self._reader = None
        self._given = 0


def _with_pypdf(task: Extraction, source: OpenPdf) -> None:
    writer = pypdf.PdfWriter()
    try:
        for numero in task.pages:
            taken = source.page(task.path, numero)
            _strip(taken)
            page = writer.add_page(taken)
            turn = task.rotations.get(numero, 0) % 360
            if turn:
                page.rotate(turn)
    except BaseException:
        source.close()  # what broke off may have left it half read
        raise
    _no_metadata(writer)
    with task.to.open("wb") as out:
        writer.write(out)


def _strip(page: pypdf.PageObject) -> None:
    """Only what shows: no annotation, action, thread, structure nor private data of an editor."""
    inherited = {key: page[key] for key in ("/Resources", "/MediaBox", "/CropBox", "/Rotate") if key in page}
    for key in list(page.keys()):
        if key not in (*_PAGE_KEYS, "/Parent"):
            del page[key]
    for key, value in inherited.items():
        page[NameObject(key)] = value


def _no_metadata(writer: pypdf.PdfWriter) -> None:
    """Neither producer, date nor random identifier: the same pages give the same bytes."""
    writer.metadata = None
    root = writer.root_object
    for key in list(root.keys()):
        if key not in ("/Type", "/Pages"):
            del root[key]


def _with_pikepdf(task: Extraction) -> None:
    with pikepdf.open(task.path) as source, pikepdf.new() as target:
        for numero in task.pages:
            page = source.pages[numero - 1]
            for key in list(page.obj.keys()):
                if key not in (*_PAGE_KEYS, "/Parent"):
                    del page.obj[key]
            target.pages.append(page)
            turn = task.rotations.get(numero, 0) % 360
            if turn:
                target.pages[-1].rotate(turn, relative=True)
        target.save(task.to, deterministic_id=True, fix_metadata_version=False)


def _drawn(task: Extraction) -> None:
    """Each page as a picture: nothing of the original's structure is left."""
    opened = open_file(task.path, task.limites)
    try:
        _pictures((_as_jpeg(opened.page(n, dpi=_DRAWN_DPI)) for n in task.pages), task)
    finally:
        opened.close()


def _as_jpeg(page: PageImage) -> bytes:
    buffer = io.BytesIO()
    dpi = round(page.dpi or max(page.image.size) / 11.7)
    page.image.save(buffer, "JPEG", quality=_JPEG_QUALITY, dpi=(dpi, dpi))
    return buffer.getvalue()


# --- from pictures


def _losslessly(task: Extraction) -> None:
    """The picture's own bytes inside a PDF; img2pdf refuses what it cannot take as it is."""
    opened = open_file(task.path, task.limites)
    try:
        if opened.media == JPEG:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _pictures((task.path.read_bytes() for _ in task.pages), task)
        elif isinstance(opened, ImageFile):
            _pictures((_as_png(opened.decoded(n)) for n in task.pages), task)
        else:
            raise FichierCorrompu("Ce format ne se copie pas sans perte.")
    finally:
        opened.close()


def _as_png(decoded: tuple[Image.Image, float, float]) -> bytes:
    """A decoded picture in a lossless form that img2pdf takes: fax compression when it is black and white."""
    image, dpi_x, dpi_y = decoded
    buffer = io.BytesIO()
    dpi = (dpi_x or max(image.size) / 11.7, dpi_y or max(image.size) / 11.7)
    if image.mode == "1":
        image.save(buffer, "TIFF", compression="group4", dpi=dpi)
    elif image.mode in ("L", "RGB"):
        image.save(buffer, "PNG", dpi=dpi)
    else:
        plain(image).save(buffer, "PNG", dpi=dpi)
    return buffer.getvalue()


def _pictures(pictures: Iterator[bytes], task: Extraction) -> None:
    """One PDF page per picture, made one by one and joined: memory holds a single decoded picture."""
    with pikepdf.new() as target, ExitStack() as kept:
        for numero, data in zip(task.pages, pictures, strict=True):
            single = io.BytesIO(
                img2pdf.convert(
                    data,
                    engine=img2pdf.Engine.internal,
                    layout_fun=_sheet,
                    rotation=img2pdf.Rotation.ifvalid,
                    nodate=True,
                    producer="",
                )
            )
            source = kept.enter_context(pikepdf.open(single))
            target.pages.append(source.pages[0])
            turn = task.rotations.get(numero, 0) % 360
            if turn:
                target.pages[-1].rotate(turn, relative=True)
        target.save(task.to, deterministic_id=True, fix_metadata_version=False)


def _sheet(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """Page and picture in points: at the declared dpi if that makes a sensible page, else A4."""
    x, y = dpi
    w, h = width / max(x, 1) * 72, height / max(y, 1) * 72
    if not (x > 96 and y > 96 and 60 < max(w, h) < 1400 and min(w, h) > 30):
        scale = _A4_LONG / max(width, height)
        w, h = width * scale, height * scale
    return w, h, w, h


_A4_LONG = 841.89
_PDF_WAYS: tuple[Callable[[Extraction], None], ...] = (_with_pikepdf, _drawn)  # after the copy by pypdf
_IMAGE_WAYS: tuple[Callable[[Extraction], None], ...] = (_losslessly, _drawn)


# --- the driver


def handler() -> Callable[[Extraction], int]:
    """What a `Sandbox` of extractions is made with."""
    return partial(extract, source=OpenPdf())


def extract_pieces(
    path: Path,
    pieces: Sequence[tuple[tuple[int, ...], Path]],
    rotations: dict[int, int] | None = None,
    *,
    limites: Limites = NUMERISEUR,
) -> Iterator[int | IntakeError]:
    """Write each piece of one file, in one child; for each, its number of pages or why it could not be made.

    A piece whose writing kills the child is written again the next, safer way.
    """
    tasks = (
        Extraction(path, pages, to, {n: t for n, t in (rotations or {}).items() if n in pages}, limites)
        for pages, to in pieces
    )
    with Sandbox(Cutting(), workers=1, preload=("intake.readers.extract",)) as sandbox:
        for outcome in sandbox.run(tasks, timeout=_seconds(limites), again=_again):
            if outcome.value is not None:
                yield outcome.value
                continue
            outcome.task.to.unlink(missing_ok=True)
            yield outcome.erreur or _why(outcome)


def _seconds(limites: Limites) -> float:
    return max(4 * limites.secondes_page, 60.0)


def _again(task: Extraction, outcome: Outcome[Extraction, int]) -> Extraction | None:
    if outcome.fin is Fin.ERREUR or task.attempt >= len(_PDF_WAYS):
        return None
    return replace(task, attempt=task.attempt + 1)


def _why(outcome: Outcome[Extraction, int]) -> IntakeError:
    if outcome.fin in (Fin.MEMOIRE, Fin.DELAI):
        return TropVolumineux("Cette pièce demande trop de mémoire ou de temps pour être écrite.")
    return FichierCorrompu("Les pages de cette pièce ne peuvent pas être extraites.")
