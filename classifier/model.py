"""Owns the learned model at work: a page's words become log-probabilities of the types.

`modele.npz` holds plain arrays (no pickle); `classifier/training.py` makes it. Multinomial logistic
regression over log counts of the features, each page scaled to unit length.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.features import features
from intake.domain.lecture import LigneLue

FICHIER = Path(__file__).with_name("modele.npz")
FORMAT = 1
Reels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Melange:
    """How rules and learning are weighed together; learnt on sources that the learner had not seen."""

    regles: float  # what one point of a rule is worth, in log-odds
    appris: float  # what one unit of the model's log-probability is worth
    rien: float  # the points an unknown document reaches by chance
    rien_illisible: float  # added to them when few words could be read: what is missing might contradict


@dataclass(frozen=True)
class Modele:
    classes: tuple[str, ...]
    vocabulaire: Mapping[str, int]
    poids: Reels  # features × classes
    biais: Reels  # classes
    melange: Melange
    version: str

    def log_probabilites(self, lignes: Sequence[LigneLue]) -> dict[str, float]:
        """By class; {} for a page without a word the model knows."""
        rows, values = self.vecteur(features(lignes))
        if not rows:
            return {}
        scores = np.asarray(values, np.float32) @ self.poids[rows] + self.biais
        scores -= scores.max()
        logs = scores - math.log(float(np.exp(scores).sum()))
        return {name: float(v) for name, v in zip(self.classes, logs, strict=True)}

    def vecteur(self, comptes: Counter[str]) -> tuple[list[int], list[float]]:
        return vecteur(comptes, self.vocabulaire)

    def raisons(self, lignes: Sequence[LigneLue], classe: str, combien: int = 3) -> tuple[str, ...]:
        """The words that spoke most for `classe`, for a person to read."""
        if classe not in self.classes:
            return ()
        column = self.poids[:, self.classes.index(classe)]
        found = features(lignes)
        worth = {
            name: float(column[row]) * value
            for name, row, value in zip(found, *self._rows(found), strict=True)
            if name[0] in "wb" and row >= 0
        }
        best = sorted((n for n in worth if worth[n] > 0), key=lambda n: -worth[n])
        told: list[str] = []
        for name in best:
            words = name[2:]
            if "#" not in words and len(words) > 3 and not any(words in t or t in words for t in told):
                told.append(words)
        return tuple(told[:combien])

    def _rows(self, found: Counter[str]) -> tuple[list[int], list[float]]:
        rows = [self.vocabulaire.get(name, -1) for name in found]
        return rows, [1.0 + math.log(n) for n in found.values()]


def vecteur(comptes: Counter[str], vocabulaire: Mapping[str, int]) -> tuple[list[int], list[float]]:
    """Rows and values of a page, of unit length."""
    rows, values = [], []
    for name, count in comptes.items():
        row = vocabulaire.get(name)
        if row is not None:
            rows.append(row)
            values.append(1.0 + math.log(count))
    length = math.sqrt(sum(v * v for v in values)) or 1.0
    return rows, [v / length for v in values]


def ecrire(modele: Modele, vers: Path) -> None:
    """Half precision: what it loses is far below what any page's noise changes."""
    names = sorted(modele.vocabulaire, key=lambda n: modele.vocabulaire[n])
    m = modele.melange
    with vers.open("wb") as target:
        np.savez_compressed(
            target,
            format=np.array([FORMAT]),
            version=np.array([modele.version]),
            classes=np.array(modele.classes),
            vocabulaire=np.frombuffer("\n".join(names).encode(), np.uint8),
            poids=modele.poids.astype(np.float16),
            biais=modele.biais.astype(np.float32),
            melange=np.array([m.regles, m.appris, m.rien, m.rien_illisible]),
        )


def lire(fichier: Path) -> Modele:
    """Raises ValueError for a file of another format."""
    with np.load(fichier, allow_pickle=False) as arrays:
        if int(arrays["format"][0]) != FORMAT:
            raise ValueError(f"{fichier} : modèle d'un autre format.")
        names = arrays["vocabulaire"].tobytes().decode().split("\n")
        return Modele(
            tuple(str(c) for c in arrays["classes"]),
            {name: row for row, name in enumerate(names)},
            arrays["poids"].astype(np.float32),
            arrays["biais"].astype(np.float32),
            Melange(*(float(v) for v in arrays["melange"])),
            str(arrays["version"][0]),
        )


@cache
def modele() -> Modele | None:
    """The model shipped with the program; None where none was made yet: rules then decide alone."""
    return lire(FICHIER) if FICHIER.is_file() else None
