"""What reading one page gave: facts, never decisions. They travel from the reading process and are kept.

Lengths are pixels of the upright page as it was read, angles are degrees clockwise, boxes are
(left, top, right, bottom).
"""

from __future__ import annotations

import math
import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

Boite = tuple[int, int, int, int]
# One is made for each month: a dossier holds several of one form, each says which month it is of.
MENSUELS = frozenset({"bulletin_salaire", "quittance_loyer"})
_FARTHEST = 0xFFFF  # no page read has a longer side


class RaisonQualite(StrEnum):
    """Why a page is hard to read; the words of ``spec/cli.md``."""

    FLOU = "flou"
    SOMBRE = "sombre"
    REFLET = "reflet"
    COUPE = "coupe"
    TROP_PETIT = "trop_petit"
    VIDE = "vide"
    PENCHE = "penche"
    MASQUE = "masque"
    DOCUMENT_ABSENT = "document_absent"


@dataclass(frozen=True, slots=True)
class Qualite:
    lisible: bool = True
    raisons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SymboleLu:
    """One machine-readable code as decoded; its meaning is `intake.marks`'s business."""

    symbologie: str  # QRCODE, DATAMATRIX…
    texte: str
    boite: Boite | None = None
    par: str = ""  # rung of the ladder that read it, for the benchmark


@dataclass(frozen=True, slots=True)
class LigneLue:
    """A printed line in reading order; `confiance` is the mean of its words, 0–100.

    `mots`: the box of each word of `texte` between spaces, packed by `serrer` since an envoi has a million
    of them; empty where only the line's own box is known. `surete`: the confidence of each of these words, a
    byte each, for a hand beside print is read worse than its line; empty where it is the line's.
    """

    texte: str
    boite: Boite
    confiance: float = 0.0
    mots: bytes = b""
    surete: bytes = b""

    def confiance_de(self, debut: int, fin: int) -> float:
        """Of the word read worst among those that the characters from `debut` to `fin` touch, 0–100."""
        words = _words_of(self.texte)
        if len(self.surete) != len(words):
            return self.confiance
        first = bisect_right(words, debut, key=lambda w: w[1])
        last = bisect_left(words, fin, key=lambda w: w[0])
        return float(min(self.surete[first:last], default=round(self.confiance)))

    def boite_de(self, debut: int, fin: int) -> Boite:
        """Where the characters from `debut` to `fin` stand: whole words exactly, parts by their share."""
        words = _words_of(self.texte)
        if len(self.mots) != 8 * len(words):
            return _share(self.boite, debut, fin, len(self.texte))
        first = bisect_right(words, debut, key=lambda w: w[1])
        last = bisect_left(words, fin, key=lambda w: w[0])
        boxes = desserrer(self.mots[8 * first : 8 * last])
        touched = [
            _share(box, max(debut, a) - a, min(fin, b) - a, b - a)
            for (a, b), box in zip(words[first:last], boxes, strict=False)
        ]
        return englober(touched) if touched else _share(self.boite, debut, fin, len(self.texte))

    def partie(self, premier: int, fin: int) -> LigneLue:
        """The words of rank `premier` to before `fin` as a line of its own; their boxes must be known."""
        words = self.texte.split()[premier:fin]
        boxes, sure = self.mots[8 * premier : 8 * fin], self.surete[premier:fin]
        size = sum(map(len, words))
        mean = sum(c * len(w) for c, w in zip(sure, words, strict=True)) / size if sure else self.confiance
        return LigneLue(" ".join(words), englober(desserrer(boxes)), mean, boxes, sure)


def serrer(boites: Iterable[Boite]) -> bytes:
    """Boxes as four 16-bit numbers each, low byte first."""
    packed = array("H", [min(_FARTHEST, max(0, v)) for boite in boites for v in boite])
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def desserrer(mots: bytes) -> list[Boite]:
    packed = array("H")
    packed.frombytes(mots[: len(mots) // 8 * 8])
    if sys.byteorder == "big":
        packed.byteswap()
    return list(zip(packed[::4], packed[1::4], packed[2::4], packed[3::4], strict=True))


def englober(boites: Iterable[Boite]) -> Boite:
    """The smallest box that holds them all."""
    left, top, right, bottom = zip(*boites, strict=True)
    return min(left), min(top), max(right), max(bottom)


@lru_cache(maxsize=64)  # many things are looked for on one line
def _words_of(texte: str) -> tuple[tuple[int, int], ...]:
    return tuple(m.span() for m in re.finditer(r"\S+", texte))


def _share(boite: Boite, debut: int, fin: int, longueur: int) -> Boite:
    """The part of a box that some of its characters take, were they all of one width."""
    left, top, right, bottom = boite
    if debut <= 0 and fin >= longueur:
        return boite
    width = (right - left) / max(1, longueur)
    return int(left + max(0, debut) * width), top, min(right, math.ceil(left + fin * width)), bottom


@dataclass(frozen=True, slots=True)
class MotCouche:
    """A word of a PDF's own text; `boite` in pixels of the page's image, not yet turned upright.

    `angle`: by how much its baseline is turned clockwise on that image, in quarters: 0, 90, 180 or 270.
    """

    texte: str
    boite: tuple[float, float, float, float]
    angle: int = 0


@dataclass(frozen=True, slots=True)
class Couche:
    """A PDF's own text of one page, in the order of the file."""

    mots: tuple[MotCouche, ...] = ()

    @property
    def texte(self) -> str:
        return " ".join(m.texte for m in self.mots)


@dataclass(frozen=True, slots=True)
class TexteLu:
    """What the classifier's reader saw on one page (`Classifier.read`)."""

    lignes: tuple[LigneLue, ...] = ()
    rotation: int = 0  # to turn the image clockwise so that it stands upright: 0, 90, 180, 270
    largeur: int = 0
    hauteur: int = 0
    confiance: float = 0.0  # mean word confidence, 0–100
    origine: str = "ocr"  # "ocr" or "texte" (the PDF's own text layer)
    qualite: Qualite = Qualite()
    partielle: bool = False  # the middle of a dense page was left unread: its head and foot told enough

    @property
    def texte(self) -> str:
        return "\n".join(ligne.texte for ligne in self.lignes)

    @property
    def mots(self) -> int:
        return sum(len(ligne.texte.split()) for ligne in self.lignes)


@dataclass(frozen=True, slots=True)
class ErreurPage:
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PageLue:
    """Everything known of one page of a file; `numero` counts from 1."""

    numero: int
    symboles: tuple[SymboleLu, ...] = ()
    texte: TexteLu = TexteLu()
    blanche: bool = False
    empreinte: str = ""  # perceptual hash of the upright page, 16 hexadecimal digits; "" when blank
    erreur: ErreurPage | None = None
    cpu_seconds: float = 0.0

    @property
    def entiere(self) -> bool:
        """All that is printed on it was looked at: what was not found there is not there to be read."""
        read = self.texte.largeur > 0 and not self.texte.partielle
        return self.erreur is None and (self.blanche or read)


@dataclass(frozen=True, slots=True)
class Lieu:
    """Where a field was read: the page of the file, and the box on the page as it was read."""

    page: int
    boite: Boite


@dataclass(frozen=True, slots=True)
class Classement:
    """What the classifier answers for the pages of one piece.

    `confidence` is the probability that `type` is right; `evidence` are French phrases a person can
    read; `fields` holds what was read: dates as ISO text, amounts as text (see classifier/fields.py).
    `lieux` says where, under the field's key; the second of several names stands under `noms.2`.
    """

    type: str
    confidence: float
    evidence: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    qualite: Qualite = Qualite()
    lieux: Mapping[str, Lieu] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coupure:
    """Does `current` open a new piece after `previous`? A probability, and the reason in French."""

    probabilite: float
    raison: str


class Sort(StrEnum):
    """What became of a page."""

    PIECE = "piece"
    FEUILLE = "feuille"
    BLANCHE = "blanche"
    VERSO = "verso"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class SortPage:
    page: int
    sort: Sort
    raison: str
