"""What a card prints and its zone says otherwise by a figure is read again: altered, it reads so always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_classifier_altered import passport, td3

from classifier import build, confrontation, ligne
from classifier.contradiction import AGREED
from classifier.image import Niveau
from classifier.ocr import Mot

NIVEAU = Niveau(np.full((2339, 1654), 250, np.uint8), 0.0, 1.0)


def row(rank: int, *words: str, sure: float = 92.0) -> list[Mot]:
    at = 100
    made = []
    for word in words:
        made.append(
            Mot(word, (at, 100 + 60 * rank, at + 20 * len(word), 130 + 60 * rank), sure, (rank, 0, 0))
        )
        at += 20 * len(word) + 20
    return made


def card(*printed: list[Mot], **zone: str) -> list[list[Mot]]:
    rows = [row(20 + i, text, sure=96.0) for i, text in enumerate(td3(**zone).split("\n"))]
    return [*printed, *rows]


def looking(monkeypatch: pytest.MonkeyPatch, *told: str, sure: float = 93.0) -> list[Any]:
    """Looks at a line see `told`, one after another and from the start again; each is noted."""
    looks: list[Any] = []

    def lire(niveau: Niveau, boite: Any, cle: Any, *how: Any, **_: Any) -> list[Mot]:
        looks.append(boite)
        text = told[(len(looks) - 1) % len(told)]
        return [replace(w, boite=boite, ligne=cle) for w in row(0, *text.split(), sure=sure)]

    monkeypatch.setattr(ligne, "lire", lire)
    return looks


def confronted(rows: list[list[Mot]], epuisee: Callable[[], bool] = lambda: False) -> list[tuple[str, float]]:
    return [(w.texte, w.confiance) for w in confrontation.confronte(rows, NIVEAU, epuisee)[0]]


ALTERED = ("14", "08", "1986")  # 14 March in the zone


def test_a_day_that_is_read_so_at_every_size_was_printed_so(monkeypatch: pytest.MonkeyPatch) -> None:
    looking(monkeypatch, "14 08 1986")
    assert confronted(card(row(0, "F", *ALTERED))) == [("F", 92.0), *((w, AGREED) for w in ALTERED)]


def test_a_day_that_is_read_as_the_zone_has_it_was_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    looking(monkeypatch, "14 03 1986")
    assert [w for w, _ in confronted(card(row(0, "F", *ALTERED)))] == ["F", "14", "03", "1986"]


@pytest.mark.parametrize(
    "told", [("14 08 1986", "14 03 1986"), ("",), ("14 08", "l4 0E"), ("14 09 1986", "")]
)
def test_looks_that_differ_or_see_nothing_change_nothing(
    monkeypatch: pytest.MonkeyPatch, told: tuple[str, ...]
) -> None:
    looking(monkeypatch, *told)
    before = card(row(0, *ALTERED))
    assert confronted(before) == [(w, 92.0) for w in ALTERED]


def test_what_is_hardly_read_again_bears_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looking(monkeypatch, "14 08 1986", sure=60.0)
    assert confronted(card(row(0, *ALTERED))) == [(w, 92.0) for w in ALTERED]


@pytest.mark.parametrize(
    "printed",
    [
        ("14", "03", "1986"),  # the zone's own
        ("02", "05", "2022"),  # the issue, ten years before the end
        ("25", "12", "1961"),  # another's
        ("22KT70491",),
        ("22KT7O491",),  # a letter for a figure is how OCR reads
    ],
)
def test_what_agrees_or_is_something_else_costs_no_look(
    monkeypatch: pytest.MonkeyPatch, printed: tuple[str, ...]
) -> None:
    looks = looking(monkeypatch, "14 08 1986")
    confronted(card(row(0, *printed)))
    assert not looks


def test_a_number_is_looked_at_likewise_and_nothing_once_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = looking(monkeypatch, "22KT70497")
    assert confronted(card(row(0, "22KT70497")), lambda: True) == [("22KT70497", 92.0)]
    assert not looks
    assert confronted(card(row(0, "22KT70497"))) == [("22KT70497", AGREED)]


def test_a_false_digit_is_read_again_among_the_glyphs_of_a_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = td3(cle_ne="7").split("\n")
    looking(monkeypatch, zone[1])
    made = confrontation.confronte(card(row(0, "14", "03", "1986"), cle_ne="7"), NIVEAU, lambda: False)
    assert [w.glyphes for w in made[2]] == [AGREED]
    looking(monkeypatch, zone[1], zone[1].replace("8603147", "8603142"))
    made = confrontation.confronte(card(row(0, "14", "03", "1986"), cle_ne="7"), NIVEAU, lambda: False)
    assert [w.glyphes for w in made[2]] == [None]


@pytest.mark.parametrize(
    ("other", "said"),
    [({"ne": "14 08 1986"}, "naissance"), ({"numero": "22KT70497"}, "numéro")],
)
def test_a_figure_is_believed_against_one_that_it_resembles_once_it_was_read_again(
    other: dict[str, Any], said: str
) -> None:
    read = passport(td3(), **other)
    (altered,) = other.values()

    def falsified(sure: int) -> str:
        lines = tuple(
            replace(x, surete=bytes([sure if w in altered.split() else 95 for w in x.texte.split()]))
            for x in read.texte.lignes
        )
        told = build().classify([replace(read, texte=replace(read.texte, lignes=lines))])
        return told.fields.get("falsification", "")

    assert said in falsified(round(AGREED))
    assert not falsified(97)
