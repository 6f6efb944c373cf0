"""Owns letters without their marks, those too that Unicode does not take apart, as « ł » and « œ »."""

from __future__ import annotations

import unicodedata

LETTRES = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ß": "ss",
        "þ": "th",
        "ø": "o",  # ICAO 9303 writes OE in a zone: one letter more is a misreading
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ŋ": "n",
    }
)


def nues(texte: str) -> str:
    """In small letters, each without its marks; all else as it is."""
    decomposed = unicodedata.normalize("NFKD", texte.lower().translate(LETTRES))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
