"""Phrases of the lexicon are found in what OCR made of them, and the sieve drops none that would be found."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from classifier.lexicon import regles
from classifier.scores import crible
from classifier.text import PageTexte, Phrase
from intake.domain.lecture import LigneLue, TexteLu

PHRASES = sorted({c.phrase for r in regles() for c in (*r.titres, *r.indices)}, key=lambda p: p.texte)


def page(*lines: str, origine: str = "ocr") -> PageTexte:
    boxes = (LigneLue(line, (100, 50 * i, 900, 50 * i + 30), 90.0) for i, line in enumerate(lines))
    return PageTexte.de(TexteLu(tuple(boxes), 0, 1654, 2339, 90.0, origine))


def misread(text: str, dice: random.Random, faults: int) -> str:
    letters = list(text)
    for _ in range(faults):
        at = dice.randrange(len(letters))
        letters[at] = dice.choice(["", letters[at] * 2, dice.choice("eaionrs1 ")])
    return "".join(letters)


@given(
    st.lists(st.sampled_from(PHRASES), min_size=1, max_size=6),
    st.integers(0, 6),
    st.randoms(use_true_random=False),
    st.sampled_from(["ocr", "texte"]),
)
def test_the_sieve_drops_no_phrase_that_stands_on_the_page(
    phrases: list[Phrase], faults: int, dice: random.Random, origine: str
) -> None:
    text = page(*(misread(p.texte, dice, faults) for p in phrases), origine=origine)
    dropped = set(crible().absentes(text))
    assert [p.texte for p in PHRASES if p.serre in dropped and text.toutes(p)] == []
    if faults == 0:
        assert [p.texte for p in phrases if p.serre in dropped] == []


def test_the_sieve_spares_most_of_the_search() -> None:
    dropped = crible().absentes(
        page("BULLETIN DE PAIE", "Période du 01/10/2026 au 31/10/2026", "Net à payer")
    )
    assert len(dropped) > 0.9 * sum(len(p.serre) >= 8 for p in PHRASES)
