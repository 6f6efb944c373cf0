"""What time ends: which bytes are still needed, what is due, what a purge deletes (R9, R34, R35)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from intake.domain.acte import GenrePurge


class Objets(Protocol):
    """Which bytes the rows need: the only judge of what may be erased."""

    def verrouiller(self, cle: str) -> None:
        """Until the end of the transaction nobody else decides about these bytes."""
        ...

    def condamner(self, cles: Sequence[str]) -> None:
        """To be erased, unless a row needs them when the time comes."""
        ...

    def condamnes(self) -> list[str]: ...

    def utile(self, cle: str) -> bool: ...

    def rayer(self, cle: str) -> None:
        """No longer to be erased: done, or needed."""
        ...


class Purges(Protocol):
    """Deletes rows for good (R34, R35); each answers with the keys of bytes that may be needed no more."""

    def pieces(self, identifiants: Sequence[str]) -> list[str]:
        """Pieces, what hangs on them, and the readings of their pages."""
        ...

    def envoi(self, identifiant: str) -> list[str]:
        """An envoi without pieces, and the batch it came in with the last of its envois."""
        ...

    def lot(self, identifiant: str) -> list[str]:
        """A batch that is held as a whole (R39), if it is still; none that waits for a fault of ours."""
        ...

    def demande(self, numero: str, envois: Sequence[str]) -> None:
        """A demande without pieces, and what names it elsewhere; `envois` held its pages beside others'."""
        ...

    def compter(
        self, genre: GenrePurge, le: datetime, envoi: str | None, comptes: tuple[int, int, int, int]
    ) -> None:
        """What remains of it: how many demandes, envois, pieces and pages."""
        ...


@dataclass(frozen=True, slots=True)
class Echue:
    """What an envoi holds of no demande since too long; `entier`: nothing in it is anybody's.

    `depuis`: where its delay began; `rappele_le`: when its sender was reminded of that delay, not of another.
    """

    envoi: str
    depuis: datetime
    pieces: tuple[str, ...]
    pages: int
    entier: bool
    rappele_le: datetime | None
    fichier: str = ""
    deposants: tuple[str, ...] = ()  # whom to tell: who sent it, else the guichet of its bordereau


class Echeances(Protocol):
    def echues(self, avant: datetime) -> list[Echue]:
        """Of the envois whose delay began before, those that hold something of no demande (R9, R35).

        What the register knows by now is somebody's, and is about to be judged again (R16).
        """
        ...

    def lots(self, avant: datetime) -> list[Echue]:
        """Batches received before and held as a whole (R9, R39); not for a fault of ours (R2)."""
        ...

    def radiees(self, radiee_avant: date, modifiee_avant: date) -> list[str]:
        """Demandes radiated and last modified before these days (R34)."""
        ...
