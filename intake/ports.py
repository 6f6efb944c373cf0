"""What the core needs from outside, as Protocols of at most five methods. Fakes live in tests/fakes.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image

from intake.domain.lecture import Classement, Coupure, PageLue, SymboleLu, TexteLu


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page ready to be read: an RGB or L image with EXIF orientation already applied.

    `dpi` is the image's resolution on the paper (0 when unknown: photographs). `couche` is the PDF's own
    text of the page, None when there is none; it is used only when sound.
    """

    numero: int
    image: Image.Image
    dpi: float
    photo: bool = False
    couche: str | None = None


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

    def read(self, page: PageImage) -> TexteLu: ...

    def classify(self, pages: Sequence[PageLue]) -> Classement:
        """The type of the piece made of `pages`; ``inconnu`` when unsure."""
        ...

    def boundary(self, previous: Sequence[PageLue], current: PageLue) -> Coupure:
        """Whether `current` opens a new piece, `previous` being the pages of the piece being built."""
        ...


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    key: str
    size: int
    sha256: str | None  # where the store keeps it; our own rows are the truth


class ObjectStore(Protocol):
    """Content-addressed bytes: the key is derived from the SHA-256, so writing twice is harmless.

    Errors: StockageIndisponible (retryable), ObjetAbsent, ObjetAltere.
    """

    def put(self, source: BinaryIO, *, sha256: str, size: int, media: str) -> str:
        """Store, verify the checksum of what was written, return the key (`aa/bb/<sha256>`)."""
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Stream the bytes; the checksum is verified by the end of the stream: ObjetAltere if it differs."""
        ...

    def exists(self, key: str) -> bool: ...

    def list(self) -> Iterator[ObjectInfo]: ...

    def delete(self, key: str) -> None:
        """For the purge only (R3, R34). Absent is not an error."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...
