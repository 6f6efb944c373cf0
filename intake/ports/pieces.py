"""Pieces, the places they take, and the incidents about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from intake.domain.envoi import Incident, Piece
from intake.domain.incident import Suite
from intake.domain.plan import PlanDeClassement


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

    def demandes_a_placer(self, plan: PlanDeClassement, jour: date) -> list[str]:
        """Active demandes of which a piece, in date on `jour`, waits where there is a place (R20, R24)."""
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
