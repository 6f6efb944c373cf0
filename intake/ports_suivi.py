"""What the core needs for what people do, what fails, what time ends, and the log of it: Protocols too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from intake.domain.acte import Acte, Correction, GenrePurge
from intake.domain.courrier import Courrier
from intake.domain.journal import Evenement, Ligne
from intake.domain.travail import Echec


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


class Adresses(Protocol):
    def de_deposant(self, deposant: str, maintenant: datetime) -> tuple[str, ...]:
        """Where to write to a sender (`Envoi.deposant`); empty when nobody is known under that name."""
        ...


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
        """A batch that was held as a whole (R39)."""
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
        """Batches received before and held as a whole (R9, R39)."""
        ...

    def radiees(self, radiee_avant: date, modifiee_avant: date) -> list[str]:
        """Demandes radiated and last modified before these days (R34)."""
        ...


class Journal(Protocol):
    """The log of accesses (R32), which nobody edits."""

    def ecrire(self, moment: datetime, evenements: Sequence[Evenement]) -> None:
        """Add lines to the chain, in the transaction of what they tell; others wait for its end."""
        ...

    def effacer(self, demande: str) -> int:
        """For the purge only, once the demande has left the register (R34): blank the lines that name it."""
        ...

    def lignes(self, depuis: int = 0, demande: str | None = None) -> Iterator[Ligne]: ...


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
