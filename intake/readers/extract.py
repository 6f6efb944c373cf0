"""Makes pieces: pages of one file become a PDF of their own, all that shows of them and nothing active.

In a reading process; `extract_pieces` is the driver. What pypdf cannot copy, qpdf tries, or it is drawn.
"""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import img2pdf
import numpy as np
import pikepdf
import pypdf
from PIL import Image
from pypdf.generic import NameObject

from intake.errors import FichierCorrompu, IntakeError, TropVolumineux
from intake.ports import PageImage
from intake.readers.annotations import SILENT
from intake.readers.embedded import pareilles
from intake.readers.files import open_file
from intake.readers.images import ImageFile
from intake.readers.open_pdf import Introuvable, OpenPdf
from intake.readers.pdf import PdfFile
from intake.readers.pixels import plain
from intake.readers.sandbox import Fin, Outcome, Sandbox
from intake.readers.sniff import JPEG, NUMERISEUR, PDF, Limites, sniff
from intake.readers.tasks import Cutting, Extraction

_DRAWN_DPI = 200
_JPEG_QUALITY = 88
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
    ways = _PDF_WAYS if media == PDF else _IMAGE_WAYS
    last: Exception | None = None
    for way in ways[min(task.attempt, len(ways) - 1) :]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                unsure = way(task, source)
            _check(task, source, unsure)
            return len(task.pages)
        except (IntakeError, MemoryError) as e:
            if way is ways[-1] or isinstance(e, MemoryError):
                raise
            last = e
        except Exception as e:  # noqa: BLE001 - a library that cannot: the next one tries
            last = e
    raise FichierCorrompu("Les pages de cette pièce ne peuvent pas être extraites.") from last


def _check(task: Extraction, source: OpenPdf, unsure: Collection[int]) -> None:
    """The piece opens and has its pages: a copy that does not is no copy.

    Of `unsure` pages each library makes what it can: these must also look like those that were read.
    """
    try:
        opened = PdfFile(task.to, task.limites)
    except IntakeError as e:
        raise FichierCorrompu("La pièce écrite ne peut pas être relue.") from e
    with closing(opened):
        if opened.pages != len(task.pages) or opened.repare:
            raise FichierCorrompu("La pièce écrite n'a pas toutes ses pages.")
        for rank, numero in enumerate(task.pages, 1):
            if numero not in unsure:
                continue
            try:
                drawn = source.read(task).esquisse(numero)
            except FichierCorrompu:
                continue  # it could not be read either
            upright = np.rot90(drawn, -(task.rotations.get(numero, 0) // 90))
            if not pareilles(upright, opened.esquisse(rank)):
                raise FichierCorrompu("La pièce écrite n'a pas les pages qui ont été lues.")


# --- from a PDF


def _with_pypdf(task: Extraction, source: OpenPdf) -> Collection[int]:
    """What was read is what pdfium found: where pypdf would find something else, its copy is taken."""
    if source.layered(task.path):
        raise FichierCorrompu("pypdf n'emporte pas l'état des calques.")
    try:
        return _copied(task, source, doubtful=source.read(task).douteux)
    except Introuvable:
        return _copied(task, source, doubtful=True)


def _copied(task: Extraction, source: OpenPdf, *, doubtful: bool) -> Collection[int]:
    writer = pypdf.PdfWriter()
    annotated: list[tuple[int, int]] = []  # place in the piece, page
    try:
        for place, numero in enumerate(task.pages):
            taken = None if doubtful else source.page(task.path, numero)
            if taken is None or _annotated(taken):
                annotated.append((place, numero))
                continue
            _strip(taken)
            _turn(writer.add_page(taken), task, numero)
        with _poses(task, [numero for _, numero in annotated], source) as flat:
            posed = pypdf.PdfReader(flat).pages if flat is not None else ()
            for taken, (place, numero) in zip(posed, annotated, strict=True):
                _strip(taken)
                _turn(writer.insert_page(taken, place), task, numero)
    except BaseException:
        source.close()  # what broke off may have left it half read
        raise
    _no_metadata(writer)
    with task.to.open("wb") as out:
        writer.write(out)
    return {numero for _, numero in annotated}  # pdfium leaves out of its copy what refers to nothing


def _turn(page: pypdf.PageObject, task: Extraction, numero: int) -> None:
    turn = task.rotations.get(numero, 0) % 360
    if turn:
        page.rotate(turn)


def _annotated(page: Any) -> bool:
    """Whether something that shows stands over a page of pypdf or of pikepdf."""
    try:
        annotations = page.get("/Annots")
        return annotations is not None and any(str(a.get("/Subtype")) not in SILENT for a in annotations)
    except Exception:  # noqa: BLE001 - not to be read as annotations: pdfium will say what shows
        return True


@contextmanager
def _poses(task: Extraction, pages: Sequence[int], source: OpenPdf) -> Iterator[BinaryIO | None]:
    """A PDF of `pages`, what stands over each made a part of it; None when there are none."""
    if not pages:
        yield None
        return
    with tempfile.TemporaryFile(dir=task.to.parent) as flat:
        source.read(task).poses(pages, flat)
        yield flat


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


def _with_pikepdf(task: Extraction, opened: OpenPdf) -> Collection[int]:
    with pikepdf.open(task.path) as source, pikepdf.new() as target:
        doubtful = opened.read(task).douteux
        annotated = [n for n in task.pages if doubtful or _annotated(source.pages[n - 1].obj)]
        layers = source.Root.get("/OCProperties")
        if annotated and layers is not None:
            raise FichierCorrompu("Des calques et des annotations ne se copient pas ensemble.")
        with ExitStack() as kept:
            flat = kept.enter_context(_poses(task, annotated, opened))
            posed = kept.enter_context(pikepdf.open(flat)).pages if flat is not None else None
            for numero in task.pages:
                if posed is not None and numero in annotated:
                    page = posed[annotated.index(numero)]
                else:
                    page = source.pages[numero - 1]
                for key in list(page.obj.keys()):
                    if key not in (*_PAGE_KEYS, "/Parent"):
                        del page.obj[key]
                target.pages.append(page)
                turn = task.rotations.get(numero, 0) % 360
                if turn:
                    target.pages[-1].rotate(turn, relative=True)
            if layers is not None:  # what they hide stays hidden
                target.Root.OCProperties = target.copy_foreign(
                    layers if layers.is_indirect else source.make_indirect(layers)
                )
            target.save(task.to, deterministic_id=True, fix_metadata_version=False)
    return task.pages


def _drawn(task: Extraction, _source: OpenPdf) -> Collection[int]:
    """Each page as a picture: nothing of the original's structure is left."""
    opened = open_file(task.path, task.limites)
    try:
        _pictures((_as_jpeg(opened.page(n, dpi=_DRAWN_DPI)) for n in task.pages), task)
    finally:
        opened.close()
    return ()


def _as_jpeg(page: PageImage) -> bytes:
    buffer = io.BytesIO()
    dpi = round(page.dpi or max(page.image.size) / 11.7)
    page.image.save(buffer, "JPEG", quality=_JPEG_QUALITY, dpi=(dpi, dpi))
    return buffer.getvalue()


# --- from pictures


def _losslessly(task: Extraction, _source: OpenPdf) -> Collection[int]:
    """The picture's own bytes inside a PDF; img2pdf refuses what it cannot take as it is."""
    opened = open_file(task.path, task.limites)
    try:
        if opened.media == JPEG and _copied_as_it_is(task.path):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _pictures((task.path.read_bytes() for _ in task.pages), task)
        elif isinstance(opened, ImageFile):
            _pictures((_as_png(opened.decoded(n)) for n in task.pages), task)
        else:
            raise FichierCorrompu("Ce format ne se copie pas sans perte.")
    finally:
        opened.close()
    return ()


def _copied_as_it_is(path: Path) -> bool:
    """Whether a PDF shows the JPEG as it is read: it turns but does not mirror, and takes CMYK otherwise."""
    with Image.open(path, formats=["JPEG"]) as jpeg:
        return jpeg.mode != "CMYK" and jpeg.getexif().get(0x0112) not in (2, 4, 5, 7)


_DEFLATE = 4  # 2 % larger than Pillow's 6 on a coloured scan, in 0.4 of its time (1.7 s a page)


def _as_png(decoded: tuple[Image.Image, float, float]) -> bytes:
    """A decoded picture in a lossless form that img2pdf takes: fax compression when it is black and white."""
    image, dpi_x, dpi_y = decoded
    buffer = io.BytesIO()
    dpi = (dpi_x or max(image.size) / 11.7, dpi_y or max(image.size) / 11.7)
    if image.mode == "1":
        image.save(buffer, "TIFF", compression="group4", dpi=dpi)
    elif image.mode in ("L", "RGB"):
        image.save(buffer, "PNG", dpi=dpi, compress_level=_DEFLATE)
    else:
        plain(image).save(buffer, "PNG", dpi=dpi, compress_level=_DEFLATE)
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
_Way = Callable[[Extraction, OpenPdf], Collection[int]]  # the pages of which it is not sure
_PDF_WAYS: tuple[_Way, ...] = (_with_pypdf, _with_pikepdf, _drawn)
_IMAGE_WAYS: tuple[_Way, ...] = (_losslessly, _drawn)


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
    if outcome.fin is Fin.ERREUR or task.attempt >= len(_PDF_WAYS) - 1:
        return None
    return replace(task, attempt=task.attempt + 1)


def _why(outcome: Outcome[Extraction, int]) -> IntakeError:
    if outcome.fin in (Fin.MEMOIRE, Fin.DELAI):
        return TropVolumineux("Cette pièce demande trop de mémoire ou de temps pour être écrite.")
    return FichierCorrompu("Les pages de cette pièce ne peuvent pas être extraites.")
