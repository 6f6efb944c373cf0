"""How the work on an envoi is shared: ranges of pages that several workers read, and failures on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

ESSAIS = 3  # failures of ours: then a range is left to the step that closes, and an envoi is put aside
_LONGEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tranche:
    """Some consecutive pages of an envoi, read by one worker at a time.

    `manquantes`: its pages that nobody has read yet, told when it is taken. `abandonnee`: this program
    failed on it ESSAIS times; its pages are read by the step that closes the envoi, which counts on.
    """

    envoi: str
    premiere: int
    derniere: int
    faite: bool = False
    abandonnee: bool = False
    manquantes: tuple[int, ...] = ()

    @property
    def close(self) -> bool:
        return self.faite or self.abandonnee


@dataclass(frozen=True, slots=True)
class Echec:
    """The failures of a range (`tranche` is its first page) or of the rest of the work (0); `code`: the last.

    The one count of them, whoever asks: `compte` since the last success spaces the trials out, `a_nous` of
    these ends them (ESSAIS); a store that does not answer is nobody's fault and ends nothing.
    """

    envoi: str
    tranche: int
    code: str
    compte: int
    le: datetime
    pas_avant: datetime
    a_nous: int = 0

    @property
    def epuise(self) -> bool:
        """Failed by our fault as often as is tried."""
        return self.a_nous >= ESSAIS


def attente(compte: int) -> timedelta:
    """How long to wait after so many failures: 2 s, 4 s, 8 s… five minutes at most."""
    return min(_LONGEST, timedelta(seconds=2 ** min(compte, 10)))


def tranches_de(envoi: str, pages: int, taille: int) -> list[Tranche]:
    """Ranges of `taille` pages at most, nearly equal, that cover 1 to `pages`."""
    count = -(-pages // taille)
    edges = [round(i * pages / count) for i in range(count + 1)]
    return [Tranche(envoi, a + 1, b) for a, b in pairwise(edges)]
