"""Pages made of typed lines, as if OCR had read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from classifier import build
from intake.domain.lecture import Boite, Couche, LigneLue, MotCouche, PageLue, TexteLu


def page(
    text: str, numero: int = 1, *, origine: str = "ocr", taille: tuple[int, int] = (1654, 2339)
) -> PageLue:
    lines = text.split("\n")
    step = min(90, 2000 // max(1, len(lines)))
    read = tuple(
        LigneLue(line, (150, 150 + i * step, min(1600, 150 + 17 * len(line)), 180 + i * step), 92.0)
        for i, line in enumerate(lines)
    )
    return PageLue(numero, texte=TexteLu(read, 0, *taille, 92.0, origine))


def placee(texts: Sequence[tuple[str, Boite]]) -> PageLue:
    """A page of lines that stand where it is said, read well."""
    base = page("x")
    lines = tuple(replace(base.texte.lignes[0], texte=text, boite=box, mots=b"") for text, box in texts)
    return replace(base, texte=replace(base.texte, lignes=lines))


def couche(text: str) -> Couche:
    """A PDF's own text, a line under the other, each letter ten pixels wide."""
    return Couche(
        tuple(
            mot for i, line in enumerate(text.split("\n")) for mot in mots(line.split(" "), 20, 40 + 30 * i)
        )
    )


def mots(words: Sequence[str], x: float, y: float, *, pas: float = 10, haut: float = 20) -> list[MotCouche]:
    """Words set from `x` on, a letter's width apart, with `y` the top of their line."""
    set_: list[MotCouche] = []
    for word in words:
        if word:
            set_.append(MotCouche(word, (x, y, x + pas * len(word), y + haut)))
        x += pas * (len(word) + 1)
    return set_


def commence(before: str | list[str], current: str) -> float:
    texts = [before] if isinstance(before, str) else before
    pages = [page(text, i + 1) for i, text in enumerate(texts)]
    return build().boundary(pages, page(current, len(pages) + 1)).probabilite
