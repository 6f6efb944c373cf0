"""What the core needs from outside, as Protocols of at most five methods. Fakes live in tests/fakes.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from PIL import Image

from intake.domain.courrier import Courrier
from intake.domain.demande import Demande
from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.incident import Suite
from intake.domain.lecture import Classement, Couche, Coupure, PageLue, Qualite, SortPage, SymboleLu, TexteLu
from intake.domain.motif import Canal, StatutEnvoi
from intake.domain.plan import PlanDeClassement
from intake.domain.travail import Tranche
from intake.errors import IntakeError
from intake.ports_suivi import (
    Adresses,
    Completions,
    Corrections,
    Courriers,
    Echecs,
    Histoire,
    Journal,
    Objets,
    Purges,
)


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


class Mailer(Protocol):
    def envoyer(self, courrier: Courrier) -> None:
        """Raises MessagerieIndisponible: the mail is kept and tried again."""
        ...


class Registre(Protocol):
    """The demandes that this site knows."""

    def chercher(self, numero: str) -> Demande | None:
        """By number or alias."""
        ...

    def verrouiller(self, numero: str) -> None:
        """Until the end of the transaction nobody else places a piece in this demande."""
        ...

    def enregistrer(self, demande: Demande) -> None:
        """Create or replace. Raises RegistreInvalide when an alias is another demande's number."""
        ...


class Plans(Protocol):
    def en_vigueur(self, jour: date) -> PlanDeClassement:
        """The latest version whose effective date is not after `jour`. Raises RegistreInvalide when none."""
        ...

    def ajouter(self, plan: PlanDeClassement) -> bool:
        """False when this very version is already there. Raises RegistreInvalide when it differs."""
        ...

    def versions(self) -> list[str]: ...


class Envois(Protocol):
    def ajouter(self, envoi: Envoi) -> bool:
        """False when it is already there (R5): ids derive from what makes two deposits the same."""
        ...

    def lire(self, identifiant: str, *, verrou: bool = False) -> Envoi | None:
        """With `verrou`, nobody else changes it until the end of the transaction."""
        ...

    def reclamer(self, identifiant: str, jeton: str, maintenant: datetime, jusqu_a: datetime) -> bool:
        """Claim for processing, by one conditional UPDATE; renews when `jeton` already holds it.

        An envoi of which a range is still to be read cannot be claimed: its ranges are.
        """
        ...

    def terminer(self, envoi: Envoi, jeton: str) -> bool:
        """Write the result, if `jeton` still holds the claim."""
        ...

    def changer(self, envoi: Envoi, depuis: StatutEnvoi) -> bool:
        """Conditional on the statut still being `depuis`; a claim is left as it is."""
        ...


class Lectures(Protocol):
    """What reading gave, kept so that a crash loses no reading, and what became of each page."""

    def ecrire(self, envoi: str, pages: Sequence[PageLue]) -> None: ...

    def lire(self, envoi: str, numeros: Sequence[int] | None = None) -> list[PageLue]:
        """In page order; those asked for, or all."""
        ...

    def completer(self, envoi: str, page: PageLue) -> bool:
        """In place of what is kept of the page; false where nothing is kept of it any more."""
        ...

    def sorts(self, envoi: str, sorts: Sequence[SortPage]) -> None: ...

    def oublier_les_echecs(self, envoi: str) -> None:
        """The readings of pages that could not be read."""
        ...

    def sans_sort(self, envoi: str) -> list[int]:
        """Pages read of which nothing was made: each is an incident, or its file was not cut to its end."""
        ...


class Tranches(Protocol):
    """The ranges of pages of a large envoi: each read by whoever takes it, by one conditional UPDATE."""

    def decouper(self, tranches: Sequence[Tranche]) -> None:
        """Once: the ranges of an envoi that has some already stay as they are."""
        ...

    def de_envoi(self, envoi: str) -> list[Tranche]: ...

    def prendre(
        self, envoi: str, jeton: str, maintenant: datetime, jusqu_a: datetime
    ) -> tuple[Tranche, bool] | None:
        """The first that nobody holds, and whether another such follows it; None when all are held."""
        ...

    def prolonger(self, tranche: Tranche, jeton: str, jusqu_a: datetime) -> bool:
        """Whether `jeton` still holds it; until the end of the transaction nobody else can take it."""
        ...

    def rendre(self, tranche: Tranche, jeton: str, maintenant: datetime) -> bool:
        """Given back as it is: done, given up, or free again. False when `jeton` no longer holds it."""
        ...


class PiecesTrouvees(Protocol):
    """The questions asked of the pieces; answers come oldest first."""

    def de_envoi(self, envoi: str) -> list[Piece]: ...

    def de_demande(self, numero: str) -> list[Piece]:
        """Every statut."""
        ...

    def semblables(self, numero: str, type_: str, sha256: str) -> list[Piece]:
        """Those of a demande that may be the same paper: same type or same bytes."""
        ...

    def de_numero(self, numeros: Sequence[str]) -> list[Piece]:
        """Those held because one of these numbers was unknown, or its demande radiated (R16)."""
        ...

    def numeros_retenus(self) -> frozenset[str]:
        """Every number for which `de_numero` would answer something."""
        ...

    def demandes_attendues(self) -> list[str]:
        """Demandes that the register knows, or has active again, and for want of which pieces are held."""
        ...


class Pieces(PiecesTrouvees, Protocol):
    def ajouter(self, piece: Piece) -> bool:
        """False when this envoi's piece of this rank is already there."""
        ...

    def lire(self, identifiant: str) -> Piece | None: ...

    def effacer(self, envoi: str) -> None:
        """Undo an interrupted placing: pieces and incidents go, their places are given back."""
        ...

    def changer(self, piece: Piece) -> bool:
        """Conditional on nobody having changed it since `piece.version` was read; its version then grows."""
        ...


class Places(Protocol):
    """The places of the categories (R19): counted by the database, never by us."""

    def prendre(self, numero: str, categorie: str, personne: str, limite: int) -> bool:
        """One conditional UPDATE: true when there was a place and it is now taken."""
        ...

    def rendre(self, numero: str, categorie: str, personne: str) -> None: ...

    def occupees(self, numero: str) -> dict[tuple[str, str], int]: ...


class Incidents(Protocol):
    def ajouter(self, incident: Incident) -> bool: ...

    def lire(self, identifiant: str) -> Incident | None: ...

    def de_envoi(self, envoi: str) -> list[Incident]: ...

    def de_piece(self, piece: str) -> list[Incident]: ...

    def avancer(self, vu: Incident, suite: Suite, pris_par: str | None) -> bool:
        """To the state that `suite` says, if it is still in the state and hands it was seen in."""
        ...


class Transaction(Protocol):
    """One unit of work; leaving it without `commit` undoes everything."""

    @property
    def registre(self) -> Registre: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def envois(self) -> Envois: ...
    @property
    def lectures(self) -> Lectures: ...
    @property
    def tranches(self) -> Tranches: ...
    @property
    def echecs(self) -> Echecs: ...
    @property
    def pieces(self) -> Pieces: ...
    @property
    def places(self) -> Places: ...
    @property
    def incidents(self) -> Incidents: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def histoire(self) -> Histoire: ...
    @property
    def corrections(self) -> Corrections: ...
    @property
    def courriers(self) -> Courriers: ...
    @property
    def adresses(self) -> Adresses: ...
    @property
    def objets(self) -> Objets: ...
    @property
    def purges(self) -> Purges: ...
    @property
    def completions(self) -> Completions: ...

    def commit(self) -> None: ...


class UnitOfWork(Protocol):
    def __call__(self) -> AbstractContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class Apercu:
    """What a file is, from its bytes, and how many pages it has."""

    media: str
    pages: int


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


@dataclass(frozen=True, slots=True)
class ACouper:
    """A piece to write: its pages (from 1), and the degrees clockwise that set each upright."""

    pages: tuple[int, ...]
    rotations: tuple[int, ...]
