"""What reading processes are asked to do, and what makes one able to do it.

Whoever asks loads nothing of what the work needs: the libraries are imported in the processes that read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from intake.domain.lecture import PageLue
from intake.ports import Classifier
from intake.readers.sniff import NUMERISEUR, Limites

DPI = 200
SANS_OCR = 2  # the attempt from which OCR is left out
PRELOAD = ("cv2", "numpy", "PIL.Image", "pypdfium2", "zxingcpp", "intake.readers.handler")


@dataclass(frozen=True, slots=True)
class Apercu:
    """What opening a file tells before any page is read.

    `repare`: it was damaged, and `pages` is what could be saved of it.
    """

    media: str
    pages: int
    repare: bool = False


@dataclass(frozen=True, slots=True)
class InspectTask:
    """Open the file and say what it is."""

    path: Path
    limites: Limites


@dataclass(frozen=True, slots=True)
class PageTask:
    """Read one page. `attempt` 1 leaves out zbar; 2 OCR too, and draws smaller; 3 even marks.

    `entiere`: all its text.
    """

    path: Path
    page: int
    limites: Limites
    attempt: int = 0
    entiere: bool = False


Task = InspectTask | PageTask
Textes = Literal["tous", "codes illisibles"]  # whose pages' text is read: all, or where a code was only seen
Read = Apercu | PageLue


@dataclass(frozen=True, slots=True)
class PageReading:
    """Makes the handler of a reading process; pickled, so `make_classifier` is a module's function."""

    make_classifier: Callable[[], Classifier] | None
    dpi: int = DPI
    textes: Textes = "tous"

    def __call__(self) -> Callable[[Task], Read]:
        from intake.readers.handler import Handler

        classifier = self.make_classifier() if self.make_classifier is not None else None
        return Handler(classifier, self.dpi, self.textes)


@dataclass(frozen=True, slots=True)
class Extraction:
    """Pages (from 1, in the order wanted) of `path` to be written as a PDF at `to`.

    `rotations`: degrees clockwise to add to a page so that it stands upright.
    """

    path: Path
    pages: tuple[int, ...]
    to: Path
    rotations: dict[int, int] = field(default_factory=dict)
    limites: Limites = NUMERISEUR
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Cutting:
    """Makes the handler of a process that writes pieces."""

    def __call__(self) -> Callable[[Extraction], int]:
        from intake.readers.extract import handler

        return handler()
