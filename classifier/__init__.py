"""Reads pages and recognises pieces, behind the `Classifier` port of the core; `build()` makes one."""

from __future__ import annotations

from classifier.port import TesseractClassifier, sentences

__all__ = ["TesseractClassifier", "build", "sentences"]


def build() -> TesseractClassifier:
    """The classifier in use; called in each process that reads."""
    return TesseractClassifier()
