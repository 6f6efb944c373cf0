"""What a person may order about a piece or a group of pages (R27), as values; use cases carry them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

MENAGE = ""  # a piece of the household as a whole (R17)


@dataclass(frozen=True, slots=True)
class Reclasser:
    """Another type, another person, or both; None keeps what is there."""

    type: str | None = None
    personne: str | None = None


@dataclass(frozen=True, slots=True)
class Deplacer:
    """To another demande; `malgre_le_nom`: although the names on it are of nobody there."""

    numero: str
    malgre_le_nom: bool = False


class Marque(StrEnum):
    OBSOLETE = "obsolete"
    INEXPLOITABLE = "inexploitable"
    AUCUNE = "aucune"  # takes back a mark, a deletion, or « doublon »


@dataclass(frozen=True, slots=True)
class Marquer:
    marque: Marque


@dataclass(frozen=True, slots=True)
class Supprimer:
    """Kept with its bytes, out of the dossier (R2)."""


@dataclass(frozen=True, slots=True)
class Confirmer:
    """A person looked: the piece is what it says, and belongs where it is held."""

    personne: str | None = None


@dataclass(frozen=True, slots=True)
class DemanderCopie:
    """Set aside as unusable; the demandeur is asked for another copy."""


@dataclass(frozen=True, slots=True)
class Tourner:
    """Degrees clockwise added to some of its pages; to all when none is named."""

    degres: int
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decouper:
    """Into parts; `debuts`: the first page of each part but the first."""

    debuts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fusionner:
    """With the pages of other pieces of the same envoi and demande."""

    autres: tuple[str, ...]


# A withdrawal is one of these, under the statut that it gives.
RETRAITS: Mapping[str, Supprimer | Marquer] = {
    "supprimee": Supprimer(),
    "rejetee": Marquer(Marque.INEXPLOITABLE),
    "obsolete": Marquer(Marque.OBSOLETE),
}

Correctif = Reclasser | Deplacer | Marquer | Supprimer | Confirmer | DemanderCopie
Recoupe = Tourner | Decouper | Fusionner


@dataclass(frozen=True, slots=True)
class DonnerNumero:
    """Whose a held group of pages is."""

    numero: str


@dataclass(frozen=True, slots=True)
class Ecarter:
    """A held group of pages set aside: kept until its delay ends, and judged no more (R9)."""


@dataclass(frozen=True, slots=True)
class JoindreBordereau:
    """What the missing bordereau says; None where it says nothing."""

    guichet: str | None = None
    fiches: int | None = None
    pieces: int | None = None
    id: str | None = None


Reparation = DonnerNumero | Ecarter | JoindreBordereau


@dataclass(frozen=True, slots=True)
class Constater:
    """Compared with the paper: there is nothing to change."""


Commande = Correctif | Recoupe | Reparation | Constater


@dataclass(frozen=True, slots=True)
class Geste:
    """Who orders it and why. `vu`: the version of the piece on their screen; `incident`: what it resolves."""

    par: str
    raison: str
    vu: int | None = None
    incident: str | None = None


def parties(pages: tuple[int, ...], debuts: tuple[int, ...]) -> tuple[tuple[int, ...], ...] | None:
    """`pages` cut before each of `debuts`; None when one of them is no page to cut before."""
    if not debuts or not set(debuts) <= set(pages[1:]):
        return None
    places = [0, *sorted({pages.index(d) for d in debuts}), len(pages)]
    return tuple(pages[a:b] for a, b in pairwise(places))


def tours(pages: tuple[int, ...], rotations: tuple[int, ...], ordre: Tourner) -> tuple[int, ...] | None:
    """The degrees added to each page once `ordre` is carried out; None when it cannot be."""
    if ordre.degres % 90 or not ordre.degres % 360 or not set(ordre.pages) <= set(pages):
        return None
    before = rotations or (0,) * len(pages)
    turned = ordre.pages or pages
    return tuple((d + ordre.degres * (p in turned)) % 360 for p, d in zip(pages, before, strict=True))
