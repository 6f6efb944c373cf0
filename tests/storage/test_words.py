"""Words as people print and type them: what is the same word, what is looked for, what an extract shows."""

from __future__ import annotations

import pytest

from storage.words import LENGTH, MOST_TERMS, Segment, Terme, extrait, mots, plier, racine, termes


def stems(texte: str) -> list[str]:
    return [m.racine for m in mots(texte)]


@pytest.mark.parametrize(
    "same",
    [
        "loyer loyers LOYER",
        "quittance quittances",
        "salarié salariée salariés salariées",
        "déclarer déclaré déclarées declare",
        "bail baux",
        "travail travaux",
        "local locaux",
        "bordereau bordereaux",
        "mensuel mensuelle mensuelles",
        "locatif locative locatives",
        "œuvre oeuvre OEUVRES",
        "Noël noel NOËL",
        "e\u0301te\u0301 été ete",
    ],
)
def test_one_word_whatever_its_gender_number_case_and_accents(same: str) -> None:
    assert len({racine(plier(w)) for w in same.split()}) == 1


@pytest.mark.parametrize("others", ["loyer loyal", "mari marin", "bail balai", "1234 1235", "avis avion"])
def test_other_words_stay_others(others: str) -> None:
    assert len({racine(plier(w)) for w in others.split()}) == 2


def test_apostrophes_and_lost_apostrophes_are_alike() -> None:
    assert stems("l'attestation d’imposition qu'il") == stems("attestation imposition il")


def test_a_word_cut_at_the_end_of_a_line_is_found_joined_and_by_its_halves() -> None:
    assert stems("une quit-\ntance de") == [*stems("une quittance de"), *stems("quit tance")]
    assert stems("Saint-\nDenis") == stems("Saint Denis")
    assert stems("quit\u00adtance")[0] == racine("quittance")


def test_the_halves_of_a_cut_word_lead_to_it() -> None:
    assert "".join(s.texte for s in extrait("lui-\nmême", termes("meme ")) if s.trouve) == "même"


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("quittance loyer ", [("quittanc",), ("loyer",)]),
        ('"quittance de loyer" ', [("quittanc", "de", "loyer")]),
        ("«\u00a0quittance de loyer\u00a0» ", [("quittanc", "de", "loyer")]),
        ('"quittance de loyer', [("quittanc",), ("loyer",)]),  # the mark that ends it is not typed yet
        ("12/05/2026 ", [("12", "05", "2026")]),
        ("1 234,56 ", [("1",), ("234", "56")]),
        ("l'avis d'imposition ", [("avi",), ("imposition",)]),
        ("avis d imposition de la ", [("avi",), ("imposition",)]),
        ("de la ", [("de",), ("la",)]),
        ("NEAR(bail AND) ", [("near",), ("bail",), ("and",)]),
        ("bail\x00garage ", [("bail",), ("garag",)]),
        ("mots:bail ", [("mot", "bail")]),
        ("", []),
        ('"', []),
        ("*** ((( ", []),
        ("\ud800", []),
        ("bail bail ", [("bail",)]),
    ],
)
def test_what_people_type(typed: str, looked_for: list[tuple[str, ...]]) -> None:
    assert [t.racines for t in termes(typed)] == looked_for


def test_the_last_word_may_be_unfinished_and_any_word_with_a_star() -> None:
    assert termes("bail quitt") == (Terme(("bail",)), Terme(("quit",), prefixe=True))
    assert termes("quitt* bail ") == (Terme(("quit",), prefixe=True), Terme(("bail",)))
    assert termes("bail qu")[1] == Terme(("qu",))


def test_of_five_thousand_characters_the_first_words_count() -> None:
    typed = " ".join(f"mot{n}" for n in range(1000))
    assert len(termes(typed)) == MOST_TERMS
    assert all(len(t.racines[0]) <= 64 for t in termes("x" * 5000 + " y"))
    assert len(termes("a-" * 2500)[0].racines) == MOST_TERMS


TEXT = (
    "En-tête sans rien d'utile. " * 20
    + "QUITTANCE DE LOYER du mois de mars, numéro de sécurité sociale 2 85 04 75 123 456 78, reçue du\n"
    + "locataire Mme MARTIN Camille. "
    + "Pied de page. " * 40
)


def test_an_extract_marks_the_words_where_they_stand_together_and_hides_the_nir() -> None:
    shown = extrait(TEXT, termes("quittances loyers Martin"))
    whole = "".join(s.texte for s in shown)
    assert [s.texte for s in shown if s.trouve] == ["QUITTANCE", "LOYER", "MARTIN"]
    assert whole.startswith("… ")
    assert whole.endswith(" …")
    assert len(whole) <= LENGTH + 4
    assert "75 123" not in whole
    assert "\n" not in whole


def test_an_extract_of_a_phrase_marks_it_whole() -> None:
    assert Segment("QUITTANCE DE LOYER", True) in extrait(TEXT, termes('"quittance de loyer"'))
    assert extrait(TEXT, termes("absent")) == ()
    assert extrait("", termes("bail")) == ()


def test_a_word_longer_than_the_extract_is_shown_in_part() -> None:
    shown = extrait("x" * 1000, termes("xxxx"))
    assert any(s.trouve for s in shown)
    assert len("".join(s.texte for s in shown)) <= LENGTH + 4
