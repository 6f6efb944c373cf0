"""Pages made of typed lines, as if OCR had read them."""

from __future__ import annotations

from intake.domain.lecture import LigneLue, PageLue, TexteLu


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
