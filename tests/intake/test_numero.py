"""A numéro unique is recognised in every written form; an OCR reading gives candidates, no verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain import numero

digits = st.text("0123456789", min_size=6, max_size=6)
guichets = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=5, max_size=5)
numbers = st.builds(
    lambda t, m, y, s, g: f"{t}{m:02d}{y:02d}{s}{g}",
    st.sampled_from(sorted(numero.TERRITOIRES)),
    st.integers(1, 12),
    st.integers(0, 99),
    digits,
    guichets,
)


@given(numbers, st.sampled_from([" ", ".", "-", "", "\u00a0"]))
def test_separators_and_case_do_not_count(n: str, sep: str) -> None:
    written = sep.join([n[:3], n[3:7], n[7:13], n[13:]])
    assert str(numero.lire(written.lower())) == n


@given(numbers)
def test_a_number_printed_in_a_sentence_is_among_its_candidates(n: str) -> None:
    lu = numero.lire(n)
    assert lu is not None
    assert n in {str(c) for c in numero.candidats(f"Numéro : {lu.lisible} déposée le")}
    assert n in {str(c) for c in numero.candidats(f"(n° {n}).")}


@pytest.mark.parametrize("read", ["999 O124 000l23 75001", "999 0124 OOO123 7500I", "9990I24000I2375OO1"])
def test_ocr_twins_are_undone(read: str) -> None:
    assert "999012400012375001" in {str(c) for c in numero.candidats(f"n° {read} du")}


@pytest.mark.parametrize(("read", "true"), [("69438", "69A38"), ("99609", "99G09"), ("99G09", "99609")])
def test_a_letter_of_the_guichet_read_as_a_figure(read: str, true: str) -> None:
    assert f"9990723623652{true}" in numero.imprimes(f"N° unique : 999 0723 623652 {read}")


@given(numbers)
def test_the_numbers_one_glyph_away_are_well_formed_and_other(n: str) -> None:
    near = numero.voisins(n)
    assert n not in near
    assert all(numero.lire(m) and sum(a != b for a, b in zip(n, m, strict=True)) == 1 for m in near)
    assert 54 <= len(near) <= 400  # six digits of the sequence at least


@given(st.text(max_size=300))
def test_words_are_no_numbers_and_nothing_raises(texte: str) -> None:
    letters = "".join(c for c in texte if not c.isdigit())
    assert numero.candidats(letters) == ()
    numero.candidats(texte)


def test_the_rule_of_a_form_read_as_a_figure_hides_no_number() -> None:
    """« | 999 1024 001203 99041 » its rule glued to it; of nineteen figures in a row nothing is made."""
    assert numero.imprimes("Numéro de votre demande : 1999 1024 001203 99041")[0] == "999102400120399041"
    assert not numero.imprimes("1999102400120399041")
    assert not numero.imprimes("Réf 1999 1024 001203 99041")
