"""Keeps the PDF that pieces are cut from open, as pypdf copies it and as pdfium read it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pypdf
from pypdf.generic import IndirectObject, PdfObject

from intake.errors import FichierCorrompu
from intake.readers.pdf import PdfFile
from intake.readers.tasks import Extraction

_REOPEN_EVERY = 200  # pages: pypdf keeps every object that it has read
_KEPT_BYTES = 100_000_000  # and of large pages, fewer


class Introuvable(Exception):
    """An object is not where the table of the file says, or nowhere in it."""


class _Reader(pypdf.PdfReader):
    """Takes an object from where the table of the file places it, or raises Introuvable.

    pypdf would look for it all over the file, and find what an update took out of it: pdfium shows none.
    """

    seulement_places = False

    def get_object(self, indirect_reference: int | IndirectObject) -> PdfObject | None:
        ref = indirect_reference
        if isinstance(ref, int):
            ref = IndirectObject(ref, 0, self)
        known = (ref.generation, ref.idnum) in self.resolved_objects
        if self.seulement_places and not known and not self._placed(ref):
            raise Introuvable(f"{ref.idnum} {ref.generation}")
        return super().get_object(ref)

    def _placed(self, ref: IndirectObject) -> bool:
        if ref.generation == 0 and ref.idnum in self.xref_objStm:
            return True
        start = self.xref.get(ref.generation, {}).get(ref.idnum)
        if start is None:
            return False
        if self.xref_free_entry.get(ref.generation, {}).get(ref.idnum, False):
            return True  # gone, for everybody
        try:
            self.stream.seek(start)
            return self.read_object_header(self.stream) == (ref.idnum, ref.generation)
        except Exception:  # noqa: BLE001 - many kinds, one meaning: another thing stands there
            return False


class OpenPdf:
    """The last PDF that pieces were copied from, left open: its page tree is walked once and not for each.

    Twice: as pypdf copies it, and as it was read.
    """

    def __init__(self) -> None:
        self._of: tuple[Path, int, int] | None = None
        self._stream: BinaryIO | None = None
        self._reader: pypdf.PdfReader | None = None
        self._read: PdfFile | None = None
        self._given, self._most = 0, 0

    def page(self, path: Path, numero: int) -> pypdf.PageObject:
        self._given += 1
        return self._open(path).pages[numero - 1]

    def layered(self, path: Path) -> bool:
        """Whether parts of the pages may be hidden (optional content)."""
        return "/OCProperties" in self._open(path).root_object

    def _open(self, path: Path) -> pypdf.PdfReader:
        self._same(path)
        if self._reader is None or self._given > self._most:
            self._close_reader()
            self._stream = path.open("rb")
            reader = _Reader(self._stream, strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise FichierCorrompu("Ce PDF est protégé.")
            reader.seulement_places = True
            self._reader = reader
            a_page = path.stat().st_size / max(1, len(reader.pages))
            self._most = max(1, min(_REOPEN_EVERY, int(_KEPT_BYTES / max(1.0, a_page))))
        return self._reader

    def read(self, task: Extraction) -> PdfFile:
        """The file as its pages were read. Raises IntakeError."""
        self._same(task.path)
        if self._read is None:
            self._read = PdfFile(task.path, task.limites)
        return self._read

    def _same(self, path: Path) -> None:
        stat = path.stat()
        of = (path, stat.st_mtime_ns, stat.st_size)
        if of != self._of:
            self.close()
            self._of = of

    def close(self) -> None:
        self._close_reader()
        if self._read is not None:
            self._read.close()
        self._of = self._read = None

    def _close_reader(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream = self._reader = None
        self._given = 0
