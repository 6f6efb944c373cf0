"""R14, R15 on text: the household is recognised however written, a stranger too, silence is silence."""

from datetime import date

import pytest

from intake.domain.demande import Personne
from intake.identity import Accord, confronter, meme_nom

MENAGE = (
    Personne("D", "MARTIN", "Camille", "MME", date_naissance=date(1985, 4, 12)),
    Personne("C", "BERNARD", "Louis", "M", date_naissance=date(1983, 1, 1)),
    Personne("P1", "BERNARD", "Zoé"),
    Personne("A1", "LE GOFF-ÉVRARD", "Anne-Maëlle", nom_usage="N'DIAYE"),
    Personne("A2", "LY", "Oumou"),
)


@pytest.mark.parametrize(
    ("lignes", "rang"),
    [
        (["Bulletin de paie", "Mme MARTIN Camille", "12 rue des Lilas"], "D"),
        (["Nom : martin", "Prénom(s) : Camille, Jeanne"], "D"),
        (["M. BERNARD Louis"], "C"),
        (["P<FRAMARTIN<<CAMILLE<JEANNE<<<<<<<<<", "12AB345678FRA8504127F3001011"], "D"),
        (["IDFRAMARTIN<<<<<<<<<<<<<<<<<<<<<", "0801CAMILLE<<JEANNE<8504127F2"], "D"),
        (["MART1N CAMlLLE", "Mme MARTlN Camille"], "D"),
        (["Mme Anne Maelle LEGOFF EVRARD"], "A1"),
        (["Madame N DIAYE Anne-Maelle"], "A1"),
        (["Mme LY Oumou"], "A2"),
        (["Enfant : BERNARD Zoe, née à Ville"], "P1"),
        (["Mme MARTIN", "née le 12/04/1985"], "D"),
    ],
)
def test_a_person_of_the_household_is_found(lignes: list[str], rang: str) -> None:
    trouve = confronter(lignes, MENAGE)
    assert trouve.accord is Accord.CONCORDE
    assert trouve.personnes[0] == rang


@pytest.mark.parametrize(
    "lignes",
    [
        ["Monsieur DURAND Paul", "3 rue Martin", "Bulletin de paie"],
        ["Mme Sophie MARTIN"],  # the surname is not enough: another given name is another person
        ["M. BERNARD Jacques", "quittance de loyer"],
        ["FAURE Nicole", "4 impasse des Roses"],
        ["Mme LEROY Oumou"],
    ],
)
def test_another_person_read_clearly_contradicts(lignes: list[str]) -> None:
    trouve = confronter(lignes, MENAGE)
    assert trouve.accord is Accord.CONTREDIT
    assert trouve.autres


@pytest.mark.parametrize(
    "lignes",
    [
        [],
        ["Total à payer 45,00", "12 rue des Lilas"],
        ["Docteur Paul DURAND", "médecin généraliste"],
        ["Le maire, Jacques PETIT"],
        ["LYCEE JULES FERRY"],
    ],
)
def test_no_name_or_only_a_signatory_says_nothing(lignes: list[str]) -> None:
    assert confronter(lignes, MENAGE).accord is Accord.MUET


def test_bad_ocr_contradicts_nobody() -> None:
    assert confronter(["M. DURAND Paul"], MENAGE, bien_lu=False).accord is Accord.MUET


def test_names_read_by_the_classifier_count() -> None:
    assert confronter([], MENAGE, noms_lus=["MARTIN CAMILLE"]).personnes == ("D",)
    assert confronter([], MENAGE, noms_lus=["FAURE Nicole"]).accord is Accord.CONTREDIT


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("LE GOFF", "Legoff", True),
        ("Lefèvre-Petit", "LEFEVRE", True),
        ("N'DIAYE", "NDIAYE", True),
        ("LY", "LI", False),
        ("MARTIN", "DURAND", False),
        ("", "LY", False),
    ],
)
def test_two_written_names(a: str, b: str, same: bool) -> None:
    assert meme_nom(a, b) is same
