"""A social security number is found and masked however it is set, and other numbers are left alone (R33)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.nir import cle_juste, masquer, porteurs, trouver

BODY = "1850499123456"
KEY = f"{97 - int(BODY) % 97:02d}"


def found(text: str) -> list[str]:
    return [text[a:b] for a, b in trouver(text)]


@pytest.mark.parametrize(
    "shown",
    [
        f"N° SS : {BODY}",
        f"N° SS : {BODY}{KEY}",
        f"1 85 04 99 123 456 {KEY}",
        "1 85 04 99 123 456",
        f"Assuré : DELMOTTE Karim – 1.85.04.99.123.456-{KEY}",
        f"1 85 04 99 123 456 clé {KEY}",
        "N° sécu 2 91 02 2A 101 202",
        "Sécurité sociale 2 91 02 2B 101 202 11",
        f"N° de sécurité sociale : 1 85 04 99 123\n456 {KEY}",
        f"1|8|5|0|4|9|9|1|2|3|4|5|6|{KEY[0]}|{KEY[1]}",
        f"n° de sécurité sociale : l 85 O4 99 123 456 {KEY}",
    ],
)
def test_the_number_is_hidden_and_the_rest_is_not(shown: str) -> None:
    assert len(found(shown)) == 1
    masked = masquer(shown)
    assert len(masked) == len(shown)
    assert not any(c.isdigit() for c in masked)
    assert [c for c in masked if c.isalpha()][:3] == [c for c in shown if c.isalpha()][:3] or "clé" in shown


@pytest.mark.parametrize(
    "text",
    [
        "Numéro fiscal : 1285043751234",
        "N° fiscal : 30 12 345 678 901",
        "SIRET 123 456 789 00012",
        "IBAN FR76 3000 4000 0312 3456 7890 143",
        "01 99 00 00 00",
        "999 0124 000123 75001",
        "Salaire 1 801,87 151,67 11,88",
        "1 85 14 99 123 456",  # there is no month 14
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert masquer(text) == text


def test_the_key_of_corsica() -> None:
    body = "2910219101202"
    assert cle_juste("291022A101202" + f"{97 - int(body) % 97:02d}")
    assert not cle_juste("291022A101202" + f"{(97 - int(body) % 97 + 1) % 97:02d}")


@given(
    st.sampled_from("12"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.integers(1, 95),
    st.integers(1, 999),
    st.integers(1, 999),
    st.sampled_from(["", " ", ".", "\u00a0"]),
    st.booleans(),
)
def test_no_figure_of_a_right_number_stays(
    sex: str, year: int, month: int, place: int, town: int, rank: int, gap: str, keyed: bool
) -> None:
    parts = [sex, f"{year:02d}", f"{month:02d}", f"{place:02d}", f"{town:03d}", f"{rank:03d}"]
    if keyed:
        parts.append(f"{97 - int(''.join(parts)) % 97:02d}")
    assert not any(c.isdigit() for c in masquer("Immatriculation : " + gap.join(parts)))


@pytest.mark.parametrize(
    ("text", "bearers"),
    [
        ("N° SS 2 82 07 99 154 299 42", {("2", "82", "07")}),
        ("NIR 1 65 04 09 178 089 81 et N° SS 2 82 07 99 154 299 42", {("1", "65", "04"), ("2", "82", "07")}),
        ("Référence de l'avis 26 51 4457", set()),
    ],
)
def test_whose_number_it_is(text: str, bearers: set[tuple[str, str, str]]) -> None:
    assert porteurs(text) == bearers
