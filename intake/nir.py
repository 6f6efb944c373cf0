"""Hides the NIR wherever text leaves the service (R33). Pure."""

from __future__ import annotations

import re

# As printed or as OCR spaces it: sex, year, month, department, commune, rank, key.
_NIR = re.compile(
    r"(?<!\d)[1-478][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[AB])[ .]?\d{3}[ .]?\d{3}"
    r"(?:[ .\-]{0,3}\d{2})?(?!\d)",
    re.IGNORECASE,
)


def masquer(texte: str) -> str:
    """`texte` with each digit of a NIR replaced by X, spaces kept so that boxes still fit."""
    return _NIR.sub(lambda m: re.sub(r"[0-9A-Za-z]", "X", m[0]), texte)
