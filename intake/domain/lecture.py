"""What reading one page gave: facts, never decisions. They travel from the reading process and are kept.

Lengths are pixels of the upright page as it was read, angles are degrees clockwise, boxes are
(left, top, right, bottom).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Boite = tuple[int, int, int, int]


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
    """A printed line in reading order; `confiance` is the mean of its words, 0–100."""

    texte: str
    boite: Boite
    confiance: float = 0.0


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


@dataclass(frozen=True, slots=True)
class Classement:
    """What the classifier answers for the pages of one piece.

    `confidence` is the probability that `type` is right; `evidence` are French phrases a person can
    read; `fields` holds what was read: dates as ISO text, amounts as text (see classifier/fields.py).
    """

    type: str
    confidence: float
    evidence: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    qualite: Qualite = Qualite()


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
