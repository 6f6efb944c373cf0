"""What the core needs to open, read and cut files that nobody vouches for (R4, R6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from intake.domain.lecture import Classement, Couche, Coupure, PageLue, Qualite, SymboleLu, TexteLu
from intake.domain.motif import Canal
from intake.errors import IntakeError


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page ready to be read: an RGB or L image with EXIF orientation already applied.

    `dpi` is the image's resolution on the paper (0 when unknown: photographs). `couche` is the PDF's own
    text of the page with its places, None when there is none; it is used only when sound.
    """

    numero: int
    image: Image.Image
    dpi: float
    photo: bool = False
    couche: Couche | None = None


class OpenedFile(Protocol):
    """A file opened page by page; only one page is ever in memory."""

    media: str  # "application/pdf", "image/tiff"…
    pages: int

    def page(self, numero: int, *, dpi: int = 200) -> PageImage:
        """The page (from 1) at about `dpi`. Raises IntakeError for that page alone."""
        ...

    def close(self) -> None: ...


class PageReader(Protocol):
    def open(self, path: Path) -> OpenedFile:
        """Raises FormatRefuse, FichierCorrompu, FichierProtege, TropVolumineux."""
        ...


class MarkReader(Protocol):
    def read(self, page: PageImage) -> tuple[SymboleLu, ...]:
        """Every code found on the page. Never raises for any image."""
        ...


class Classifier(Protocol):
    """Reads and recognises. `read` runs in the reading processes; the others are pure and cheap."""

    def read(self, page: PageImage, *, entiere: bool = False) -> TexteLu:
        """What filing asks of the page; with `entiere`, all that is printed on it."""
        ...

    def classify(self, pages: Sequence[PageLue]) -> Classement:
        """The type of the piece made of `pages`; ``inconnu`` when unsure."""
        ...

    def boundary(self, previous: Sequence[PageLue], current: PageLue) -> Coupure:
        """Whether `current` opens a new piece, `previous` being the pages of the piece being built."""
        ...


@dataclass(frozen=True, slots=True)
class Apercu:
    """What a file is, from its bytes, and how many pages it has."""

    media: str
    pages: int


@dataclass(frozen=True, slots=True)
class ACouper:
    """A piece to write: its pages (from 1), and the degrees clockwise that set each upright."""

    pages: tuple[int, ...]
    rotations: tuple[int, ...]


class Antivirus(Protocol):
    def examiner(self, path: Path) -> None:
        """Raises VirusTrouve, TropVolumineux, AntivirusIndisponible; returns for a clean file only."""
        ...


class Lecteur(Protocol):
    """Opens untrusted files, in processes of their own with limits of time and memory (R4)."""

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all its cutting so far; a page carries the time of its own reading."""
        ...

    def apercu(self, path: Path, canal: Canal) -> Apercu:
        """Raises FormatRefuse, FichierCorrompu, FichierProtege, TropVolumineux; VirusTrouve and
        AntivirusIndisponible where there is an antivirus, before anything of the file is opened."""
        ...

    def pages(self, path: Path, numeros: Sequence[int], *, entieres: bool = False) -> Iterator[PageLue]:
        """In the order asked; a page that cannot be read comes with its `erreur`, never as an exception.

        `entieres`: all of each page is read, where otherwise a dense page's middle may be left.
        """
        ...

    def extraire(self, path: Path, pieces: Sequence[ACouper], dossier: Path) -> Iterator[Path | IntakeError]:
        """One PDF per piece, in order, under `dossier`, deterministic; or why it cannot be made."""
        ...


class Regard(Protocol):
    """The verdict on one photo at once, without OCR, in a process of its own with limits (R4, R6)."""

    def __call__(self, path: Path) -> Qualite:
        """Of a PDF, which is no photo: readable. Raises as `Lecteur.apercu` does."""
        ...
