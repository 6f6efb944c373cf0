"""What cutting a file gives: sheets, pieces, dossiers, lots, and the one place of every page (R2). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from intake.domain.lecture import Sort, SortPage
from intake.errors import ComptePagesFaux
from intake.marks import Genre, Marque


@dataclass(frozen=True, slots=True)
class Feuille:
    """A sheet that steers the bundle. `marque` is None when only its print was recognised."""

    page: int
    genre: Genre
    marque: Marque | None = None
    candidats: tuple[str, ...] = ()  # numbers that its print may show, the likeliest first
    conflit: bool = False  # its marks name two different demandes
    suite: tuple[int, ...] = ()  # its further pages
    imprimees: int | None = None  # pieces that its print announces, where its code was not read

    @property
    def numero(self) -> str | None:
        return self.marque.numero_unique if self.marque and not self.conflit else None

    @property
    def pages(self) -> tuple[int, ...]:
        return (self.page, *self.suite)

    @property
    def annoncees(self) -> int | None:
        return self.marque.pieces if self.marque else self.imprimees


@dataclass(frozen=True, slots=True)
class PieceCoupee:
    """`apres_trou`: a page that could not be opened, perhaps a sheet, stands just before it."""

    pages: tuple[int, ...]
    raison: str
    apres_trou: bool = False


@dataclass(frozen=True, slots=True)
class Dossier:
    """The pages of one demande: what opened them, and the pieces found.

    A paper that bears the number itself is both: the page of `entete` and of the first piece.
    """

    entete: Feuille | None
    pieces: tuple[PieceCoupee, ...]
    feuilles: tuple[Feuille, ...] = ()  # repeated sheets of the same demande

    @property
    def annonce(self) -> int | None:
        counts = (f.annoncees for f in (self.entete, *self.feuilles) if f)
        return next((n for n in counts if n is not None), None)

    @property
    def pages(self) -> tuple[int, ...]:
        sheets = [p for f in (self.entete, *self.feuilles) if f for p in f.pages]
        return tuple(sorted({*sheets, *(p for piece in self.pieces for p in piece.pages)}))


@dataclass(frozen=True, slots=True)
class Lot:
    """What one bordereau covers; the whole file where there is one bordereau or none."""

    bordereau: Feuille | None
    dossiers: tuple[Dossier, ...]
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decoupage:
    lots: tuple[Lot, ...]
    pages: tuple[SortPage, ...]

    @property
    def dossiers(self) -> tuple[Dossier, ...]:
        return tuple(d for lot in self.lots for d in lot.dossiers)

    def verifier(self, total: int) -> None:
        """The sum of R2: every page once, no page twice, none invented."""
        placed = [s.page for s in self.pages]
        in_pieces = [p for d in self.dossiers for piece in d.pieces for p in piece.pages]
        kept = {s.page for s in self.pages if s.sort in (Sort.PIECE, Sort.VERSO)}
        if sorted(placed) != list(range(1, total + 1)) or len(in_pieces) != len(set(in_pieces)):
            raise ComptePagesFaux(f"Le découpage compte {len(set(placed))} pages, le fichier en a {total}.")
        orphans = {s.page for s in self.pages if s.sort is Sort.PIECE} - set(in_pieces)
        if orphans or not set(in_pieces) <= kept:
            raise ComptePagesFaux(f"Pages sans pièce : {sorted(orphans)[:10]}.")
