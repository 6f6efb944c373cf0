"""Owns the judgement on a PDF's own text layer: whether it may stand for what is printed."""

from __future__ import annotations

import re

from intake.domain.lecture import Couche

_WORD = re.compile(r"[^\W\d_]{2,}")
_SOUP = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]|\(cid:\d+\)")
_VOWEL = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]", re.IGNORECASE)
# The words without which no French page of thirty words is written, and those of forms.
_COMMON = frozenset(
    "le la les de du des et en un une au aux à pour par sur dans ce cette est sont vous votre vos nous "
    "notre il "
    "elle que qui ne pas ou avec son sa ses je soussigné date nom prénom adresse montant total euros numéro "
    "code né née monsieur madame mme page ville rue janvier février mars avril mai juin juillet août "
    "septembre "
    "octobre novembre décembre année mois droits service république française france".split()
)
_FEW = 12  # a page with fewer words may be a stamp or a header laid over a picture


def legible(couche: Couche | None) -> bool:
    """Whether the layer is at least text: too little to replace OCR, enough to complete a poor one."""
    text = couche.texte if couche else ""
    if not text or len(_SOUP.findall(text)) > len(text) * 0.01:
        return False
    words = _WORD.findall(text)
    return bool(words) and sum(bool(_VOWEL.search(w)) for w in words) / len(words) > 0.75


def sound(couche: Couche | None) -> bool:
    """Whether the layer reads as French text, complete enough to replace OCR."""
    if couche is None:
        return False
    text = couche.texte
    words = _WORD.findall(text)
    if len(words) < _FEW:
        return False
    if len(_SOUP.findall(text)) > len(text) * 0.01:
        return False
    with_vowel = sum(bool(_VOWEL.search(w)) for w in words) / len(words)
    common = sum(w.lower() in _COMMON for w in words) / len(words)
    letters = sum(c.isalpha() for c in text) / max(1, sum(not c.isspace() for c in text))
    return with_vowel > 0.75 and common > 0.06 and letters > 0.35
