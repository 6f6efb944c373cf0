"""Envois and the work on them: claims, readings, ranges of pages, failures, what is left to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from intake.domain.envoi import Envoi
from intake.domain.lecture import PageLue, SortPage
from intake.domain.motif import StatutEnvoi
from intake.domain.travail import Echec, Tranche


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


class Echecs(Protocol):
    """Failures of the work, so that they are seen, spaced out, and can be tried again at once."""

    def noter(self, envoi: str, tranche: int, code: str, maintenant: datetime, *, a_nous: bool) -> Echec:
        """One more; `a_nous`: by a fault of ours that trying again cannot mend."""
        ...

    def de_envoi(self, envoi: str) -> list[Echec]: ...

    def oublier(self, envoi: str, tranche: int | None = None) -> None:
        """It was done after all; without `tranche`, all of the envoi was."""
        ...

    def relancer(self, envoi: str) -> bool:
        """Everything of this envoi may be tried at once, as if nothing had failed. False: nothing had."""
        ...


class Completions(Protocol):
    """Pieces of which a part was left unread, until that was read too: one worker at a time."""

    def prendre(self, piece: str, jeton: str, maintenant: datetime, jusqu_a: datetime) -> int | None:
        """Claim it by one conditional UPDATE, or hold it longer; the page up to which it was tried.

        None: somebody else has it, it is put off, or nothing is left of it to read.
        """
        ...

    def avancer(self, piece: str, jeton: str, apres: int) -> bool:
        """Tried up to this page, and written; false when `jeton` no longer holds it."""
        ...

    def rendre(self, piece: str, jeton: str, plus_tard: Callable[[int], datetime] | None) -> int:
        """Free again: at once, or after one more failure, told how many there were, when that says."""
        ...

    def finir(self, piece: str, jeton: str) -> None: ...

    def reste(self, envoi: str) -> bool:
        """Whether a piece of this envoi waits."""
        ...
