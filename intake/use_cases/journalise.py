"""A unit of work that writes its lines in the journal with the first thing it commits (R32).

Any use case is logged by giving it this in place of the plain one: what was done and the line that says so
are one transaction, and neither is there without the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from intake.domain.acces import SYSTEME
from intake.domain.envoi import Incident, Piece
from intake.domain.journal import Action, Evenement
from intake.domain.motif import Motif
from intake.ports import Clock, Transaction, UnitOfWork


class Journalise:
    def __init__(self, uow: UnitOfWork, clock: Clock, *evenements: Evenement) -> None:
        self._uow = uow
        self._clock = clock
        self._waiting: Sequence[Evenement] = evenements

    @contextmanager
    def __call__(self) -> Iterator[Transaction]:
        with self._uow() as tx:
            yield cast(Transaction, _Logged(tx, self))

    def commit(self, tx: Transaction) -> None:
        tx.journal.ecrire(self._clock.now(), self._waiting)
        tx.commit()
        self._waiting = ()


class _Logged:
    def __init__(self, tx: Transaction, journal: Journalise) -> None:
        self._tx = tx
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        self._journal.commit(self._tx)


class Temoin:
    """A unit of work for the main job: each piece that it files or holds has its line, in its transaction."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock

    @contextmanager
    def __call__(self) -> Iterator[Transaction]:
        with self._uow() as tx:
            yield cast(Transaction, _Watched(tx, self._clock))


class _Watched:
    def __init__(self, tx: Transaction, clock: Clock) -> None:
        self._tx = tx
        self._clock = clock
        self.pieces = _WatchedPieces(tx)
        self.incidents = _WatchedIncidents(tx)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        self._tx.journal.ecrire(self._clock.now(), [*self.pieces.seen, *self.incidents.seen])
        self._tx.commit()


class _WatchedPieces:
    def __init__(self, tx: Transaction) -> None:
        self._pieces = tx.pieces
        self.seen: list[Evenement] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pieces, name)

    def ajouter(self, piece: Piece) -> bool:
        new = self._pieces.ajouter(piece)
        if new:
            told = {"statut": piece.statut.value, "categorie": piece.categorie}
            line = Evenement(SYSTEME, Action.CREATION, f"piece {piece.id}", piece.demande, piece.raison, told)
            self.seen.append(line)
        return new

    def effacer(self, envoi: str) -> None:
        """Another cut of the same envoi takes its place: pieces of several demandes, so none is named."""
        self._pieces.effacer(envoi)
        self.seen.append(Evenement(SYSTEME, Action.SUPPRESSION, f"pieces de l'envoi {envoi}"))


class _WatchedIncidents:
    """A file that the antivirus stopped has its line: it is an attack until somebody knows better."""

    def __init__(self, tx: Transaction) -> None:
        self._incidents = tx.incidents
        self.seen: list[Evenement] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._incidents, name)

    def ajouter(self, incident: Incident) -> bool:
        new = self._incidents.ajouter(incident)
        if new and incident.motif is Motif.VIRUS:
            self.seen.append(Evenement(SYSTEME, Action.REFUS, f"envoi {incident.envoi}", pourquoi="VIRUS"))
        return new
