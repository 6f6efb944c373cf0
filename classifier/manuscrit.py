"""Owns the one paper that people write by hand, and that OCR hardly reads: the attestation d'hébergement.

Of the 13 in the kits, in four hands, 11 are told by it, and of 8 other pages read as badly none.
"""

from __future__ import annotations

from rapidfuzz import fuzz, process

from classifier.text import plain
from intake.domain.lecture import TexteLu

TYPE = "attestation_hebergement"
_A_HAND = 58.0  # mean confidence of the words of a page, below which a hand wrote it, or nothing can be read
_WORDS, _HEAD = 25, 8  # of a letter; lines among which its title is
_TITLES = ("attestation d hebergement", "attestation hebergement", "attestation sur l honneur d hebergement")
_OTHER_TITLES = (
    "attestation sur l honneur",
    "declaration sur l honneur",
    "attestation de vie commune",
    "attestation de separation",
    "attestation de domicile",
    "attestation employeur",
    "quittance de loyer",
)
# What such a letter says, and how much of it OCR leaves, 0–100; the first tell that somebody is lodged.
_LODGED = {"heberger": 75.0, "chez moi": 85.0, "a titre gratuit": 75.0}
_SAID = {
    "soussigne": 70.0,
    "sur l honneur": 75.0,
    "mon domicile": 75.0,
    "cette attestation": 72.0,
    "servir et valoir ce que de droit": 65.0,
}
_TITLE, _TITLE_ALONE = 63.0, 75.0  # likeness of the title; where nothing tells that somebody is lodged
_SAYINGS = 2


def hebergement(texte: TexteLu) -> str:
    """The title of a letter in a hand that lodges somebody, as it was read; "" of any other page."""
    if texte.confiance >= _A_HAND or texte.mots < _WORDS:
        return ""
    lines = [plain(line.texte) for line in texte.lignes]
    titles = [(_like(line, _TITLES), line) for line in lines[:_HEAD]]
    likeness, title = max(titles, default=(0.0, ""))
    if likeness < _TITLE or likeness < _like(title, _OTHER_TITLES):
        return ""
    lodged = _told(_LODGED, lines)
    if likeness < _TITLE_ALONE and not lodged:
        return ""
    return title if lodged + _told(_SAID, lines) >= _SAYINGS else ""


def _like(line: str, titles: tuple[str, ...]) -> float:
    return float(max(fuzz.ratio(line, title) for title in titles))


def _told(sayings: dict[str, float], lines: list[str]) -> int:
    return sum(
        process.extractOne(
            said, [x for x in lines if len(x) >= len(said)], scorer=fuzz.partial_ratio, score_cutoff=least
        )
        is not None
        for said, least in sayings.items()
    )
