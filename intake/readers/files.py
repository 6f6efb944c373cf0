"""`PageReader`: opens an accepted file of any kind; to be called in a reading process only."""

from __future__ import annotations

from pathlib import Path

from intake.ports import OpenedFile
from intake.readers.images import HeicFile, ImageFile
from intake.readers.pdf import PdfFile
from intake.readers.sniff import HEIC, NUMERISEUR, PDF, Limites, sniff
from intake.readers.tasks import Apercu


class Reader:
    """Opens untrusted files page by page within `limites`."""

    def __init__(self, limites: Limites = NUMERISEUR) -> None:
        self._limites = limites

    def open(self, path: Path) -> OpenedFile:
        return open_file(path, self._limites)


def open_file(path: Path, limites: Limites) -> PdfFile | ImageFile | HeicFile:
    """Raises FormatRefuse, FichierCorrompu, FichierProtege, TropVolumineux."""
    media = sniff(path, limites)
    if media == PDF:
        return PdfFile(path, limites)
    if media == HEIC:
        return HeicFile(path, limites)
    return ImageFile(path, media, limites)


def apercu(path: Path, limites: Limites) -> Apercu:
    opened = open_file(path, limites)
    try:
        found = Apercu(opened.media, opened.pages, opened.repare)
        if opened.pages == 1 and opened.media != PDF:
            opened.page(1)  # one picture: whether it can be read is part of whether the file can
        return found
    finally:
        opened.close()
