"""Reads pages and recognises pieces, behind the `Classifier` port of the core; `build()` makes one."""

from __future__ import annotations

from pathlib import Path

from classifier import model, scores
from classifier.port import TesseractClassifier, sentences
from classifier.quality import apercu

__all__ = ["TesseractClassifier", "apercu", "build", "prepare", "sentences"]


def build(certificats: Path | None = None) -> TesseractClassifier:
    """The classifier in use; called in each process that reads.

    `certificats`: folder of those that may sign a 2D-Doc. Raises ReglageInvalide where it holds none.
    """
    if certificats is None:
        return TesseractClassifier()
    from classifier.trust import ListeDeConfiance  # loads all of x509, which few sites need

    return TesseractClassifier(ListeDeConfiance.de(certificats))


def prepare() -> None:
    """Load the lexicon and the model now, once for all the processes that are forked from this one."""
    scores.crible()
    model.modele()
