"""Reads pages and recognises pieces, behind the `Classifier` port of the core; `build()` makes one."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from classifier import model, scores
from classifier.phrases import sentences
from classifier.port import TesseractClassifier
from intake.domain.lecture import Qualite

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["TesseractClassifier", "apercu", "build", "prepare", "sentences"]


def build(certificats: Path | None = None) -> TesseractClassifier:
    """The classifier in use; called in each process that reads.

    `certificats`: folder of those that may sign a 2D-Doc. Raises ReglageInvalide where it holds none.
    """
    if certificats is None:
        return TesseractClassifier()
    from classifier.trust import ListeDeConfiance  # loads all of x509, which few sites need

    return TesseractClassifier(ListeDeConfiance.de(certificats))


def apercu(image: Image.Image) -> Qualite:
    """The verdict on a photo just opened, before any OCR (R6)."""
    from classifier import quality  # loads what looks at pixels

    return quality.apercu(image)


def prepare() -> None:
    """Load the readers, the lexicon and the model now, once for all the processes forked from this one."""
    importlib.import_module("classifier.reading")
    scores.crible()
    model.modele()
