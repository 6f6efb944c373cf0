"""A form filled in letter by letter gives words, and a table of single figures stays a table."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from feuillets import couche, mots

from classifier.columns import compose
from classifier.peignes import recoller
from intake.domain.lecture import Boite, Couche


def comb(text: str, *, pitch: int = 30, walls: str = "") -> list[tuple[str, Boite]]:
    """Each letter of `text` in its box; an empty box where it has a blank."""
    placed: list[tuple[str, Boite]] = []
    for i, letter in enumerate(text):
        x = 100 + i * pitch
        if letter != " ":
            placed.append((letter, (x, 50, x + 12, 70)))
        placed += [(wall, (x + 20, 48, x + 22, 72)) for wall in walls]
    return placed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (comb("BENALI"), ["BENALI"]),
        (comb("5 BIS ALLEE DES SAULES"), ["5", "BIS", "ALLEE", "DES", "SAULES"]),
        (comb("BENALI", walls="|"), ["BENALI"]),
        (comb("10022006"), ["10/02/2006"]),  # eight boxes that hold a day
        (comb("99978788019057"), ["99978788019057"]),
        (comb("OUI"), ["O", "U", "I"]),  # three letters alone may be three initials
        (comb("1234", pitch=90), ["1", "2", "3", "4"]),  # the cells of a table
        ([], []),
    ],
)
def test_letters_in_boxes_are_words(written: Sequence[tuple[str, Boite]], read: list[str]) -> None:
    assert [word for word, _ in recoller(written)] == read


def test_the_words_around_a_comb_stay_as_they_are_and_each_has_its_box() -> None:
    label, rest = ("Nom", (10, 50, 60, 70)), ("Sexe", (400, 50, 460, 70))
    words = recoller([label, *comb("BENALI"), rest])
    assert words == [label, ("BENALI", (100, 50, 262, 70)), rest]


def test_a_pdfs_own_combs_too() -> None:
    letters = [mot for i, letter in enumerate("KARIM") for mot in mots([letter], 200 + 18 * i, 40)]
    page = compose(Couche((*couche("Prénom :").mots, *letters)), 800, 400)
    assert [line.texte for line in page.lignes] == ["Prénom : KARIM"]


@pytest.mark.parametrize(
    "line", ["Il y a 1 à 3 ans", "pièces : 1 2 3 4 5 et plus", "[X] marié", "1 8 5 | 0 7 5 1 1 6 0 0 1 4 2"]
)
def test_what_is_no_comb_stays_as_it_is(line: str) -> None:
    words: list[tuple[str, Boite]] = []
    for i, word in enumerate(line.split()):
        words.append((word, (100 + 30 * i, 50, 112 + 30 * i, 70)))
    assert recoller(words) == words


def test_eight_figures_that_are_no_day_stay_figures() -> None:
    assert [word for word, _ in recoller(comb("31022024"))] == ["31022024"]
