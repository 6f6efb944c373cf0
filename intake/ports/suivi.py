"""What people do and what remains of it: histories, corrections, mails, the log of accesses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from intake.domain.acte import Acte, Correction
from intake.domain.courrier import Courrier
from intake.domain.journal import Evenement, Ligne


class Histoire(Protocol):
    """What was done to a piece: lines are added, never changed."""

    def inscrire(self, acte: Acte) -> None: ...

    def de_piece(self, piece: str) -> list[Acte]: ...


class Corrections(Protocol):
    """Types given by people, kept as examples (R28)."""

    def ajouter(self, correction: Correction) -> None: ...

    def toutes(self) -> list[Correction]:
        """Oldest first."""
        ...


class Courriers(Protocol):
    """Mails that wait to be sent."""

    def ajouter(self, courrier: Courrier, maintenant: datetime, demande: str | None = None) -> None:
        """`demande`: whom it is about; it goes with that demande, sent or not."""
        ...

    def rappeler(self, envoi: str, le: datetime, depuis: datetime) -> bool:
        """Note that the sender of an envoi or a batch is reminded of its delay, which began at `depuis`.

        False when it was since (R9).
        """
        ...


class Adresses(Protocol):
    def de_deposant(self, deposant: str, maintenant: datetime) -> tuple[str, ...]:
        """Where to write to a sender (`Envoi.deposant`); empty when nobody is known under that name."""
        ...


class Journal(Protocol):
    """The log of accesses (R32), which nobody edits."""

    def ecrire(self, moment: datetime, evenements: Sequence[Evenement]) -> None:
        """Add lines to the chain, in the transaction of what they tell; others wait for its end."""
        ...

    def effacer(self, demande: str) -> tuple[int, ...]:
        """For the purge only, once the demande has left the register (R34): blank the lines that name it.

        Which they were, in order: the purge's own line, next, has to say so (`domain.journal.effacement`).
        """
        ...

    def lignes(self, depuis: int = 0, demande: str | None = None) -> Iterator[Ligne]: ...
