"""R14, R15 on text: the household is recognised however written, a stranger too, silence is silence."""

from dataclasses import replace
from datetime import date

import pytest

from intake.domain.demande import Personne
from intake.homonymes import presque
from intake.identity import Accord, Force, confronter, jetons

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
        (["MART1N CAMlLLE", "Mme MARTlN Camille"], "D"),
        (["Nom", "MARTIN", "Prénom(s)", "CAMILLE, JEANNE"], "D"),
        (["Locataire : Mme MARTIN", "Bailleur : M. DURAND Paul"], "D"),
        (["Docteur Paul DURAND", "certifie avoir examiné ce jour la patiente Mme MARTIN Camille"], "D"),
        (["Mme Anne Maelle LEGOFF EVRARD"], "A1"),
        (["Madame N DIAYE Anne-Maelle"], "A1"),
        (["Mme LY Oumou"], "A2"),
        (["Enfant : BERNARD Zoe, née à Ville"], "P1"),
        (["Mme MARTIN", "née le 12/04/1985"], "D"),
        (["Employeur Salarié", "François DA SILVA Camille MARTIN"], "D"),  # two columns on one line
        (["l'avis favorable de la victime Camille MARTIN"], "D"),
        (["Mme Camille Jeanne Louise MARTIN"], "D"),
        (["LACAZE, demeurant 5 allée des Ifs, ci-après « le bailleur », et Madame", "Camille MARTIN"], "D"),
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


def test_a_given_name_of_the_household_alone_is_no_stranger() -> None:
    assert confronter([], MENAGE, noms_lus=["Anne-Maëlle"]).accord is Accord.MUET
    assert confronter([], MENAGE, noms_lus=["Anne Sophie"]).accord is Accord.CONTREDIT


@pytest.mark.parametrize(
    ("prenom", "lu_ailleurs"),
    [
        ("Jean-Pierre", "PIERRE Jean"),
        ("Karim Thomas Laurent", "THOMAS Laurent"),
        ("Laurent Thomas", "LAURENT Thomas"),
        ("Paul Bernard", "BERNARD Paul"),
        ("Anne-Marie", "MARIE Anne"),
    ],
)
def test_a_surname_that_is_a_given_name_stays_a_strangers(prenom: str, lu_ailleurs: str) -> None:
    assert (
        confronter([], (Personne("D", "DURAND", prenom),), noms_lus=[lu_ailleurs]).accord is Accord.CONTREDIT
    )


def lu(*lignes: str, noms: tuple[str, ...] = (), personne: tuple[str, str] = ("MARTIN", "Camille")) -> Accord:
    return confronter(lignes, (Personne("D", *personne),), noms_lus=noms).accord


@pytest.mark.parametrize(
    ("nom", "prenom", "ligne", "titulaire"),
    [
        ("THOMAS", "Claire", "M. DURAND Thomas", "DURAND Thomas"),  # a surname that is a given name
        ("LAURENT", "Claire", "M. Laurent DURAND", "DURAND Laurent"),
        ("BERNARD", "Claire", "M. FAURE Bernard", "FAURE Bernard"),
        ("PETIT", "Marie", "Mme DURAND Marie, 14 rue du Petit Bois", "DURAND Marie"),  # a street
        ("MARTIN", "Damien", "Mme DURAND Marie 38400 SAINT MARTIN D'HERES", "DURAND Marie"),  # a town
        ("MARTIN", "Camille", "Votre correspondante : Mme MARTIN", "FAURE Nicole"),
        ("MARTIN", "Camille", "Bailleur M. MARTIN Paul, locataire Mme FAURE Camille", "FAURE Camille"),
        ("MARTIN", "Jean-Pierre", "M. MARTIN Jean-Luc", "MARTIN Jean-Luc"),  # a brother
        ("MARTIN", "Julie", "M. MARTIN Julien", "MARTIN Julien"),
        ("MARTIN", "Nicole", "Mme FAURE Martine", "FAURE Martine"),
        ("FAURE", "Nicole", "Mme FABRE Nicole", "FABRE Nicole"),
        ("BA", "Ali", "P<FRABARBIER<<NATALIE<<<<<<<<", "BARBIER NATALIE"),
        ("MARTIN", "Camille", "IDFRAMARTINEZ<<<<<<<<CAMILLE", "MARTINEZ CAMILLE"),
        ("BLANC", "Zoé", "Place du Mont Blanc 8504,12", "FAURE Nicole"),
    ],
)
def test_a_strangers_paper_never_passes_for_the_households(
    nom: str, prenom: str, ligne: str, titulaire: str
) -> None:
    """Whatever of the household's name happens to be printed on it."""
    assert lu(ligne, "un texte lu sans peine", noms=(titulaire,), personne=(nom, prenom)) is Accord.CONTREDIT
    assert lu(ligne, "un texte lu sans peine", personne=(nom, prenom)) is not Accord.CONCORDE


def test_given_names_in_full_in_part_or_more_of_them() -> None:
    assert lu("M. MARTIN Jean-Pierre", personne=("MARTIN", "Jean-Pierre")) is Accord.CONCORDE
    assert lu("M. MARTIN JEAN PIERRE", personne=("MARTIN", "Jean-Pierre")) is Accord.CONCORDE
    assert lu("Mme MARTIN Camille Jeanne Marie") is Accord.CONCORDE
    assert lu("M. Jean-Pierre MARTIN", personne=("MARTIN", "Jean-Pierre")) is Accord.CONCORDE
    assert lu("texte", noms=("MARTIN CAMILLE JEANNE",)) is Accord.CONCORDE


def test_a_misread_letter_is_forgiven_where_the_print_is_poor() -> None:
    lignes = ["Mme MARTTN Camille", "bulletin de paie"]
    assert confronter(lignes, MENAGE, confiance=70).accord is Accord.CONCORDE
    assert confronter(lignes, MENAGE, confiance=95).accord is Accord.CONTREDIT


def test_shops_and_buildings_are_nobody() -> None:
    for ligne in ("Garage Thomas", "Boulangerie Dupont Julien", "Immeuble Diane", "GARAGE THOMAS"):
        assert lu(ligne, "facture et autres mots") is Accord.MUET


def test_an_mrz_name_run_into_its_fillers() -> None:
    assert lu("x", noms=("LY KHADIJAKKKEELLEE",), personne=("LY", "Khadija")) is Accord.CONCORDE


@pytest.mark.parametrize(
    ("ne_le", "accord"),
    [
        (date(1997, 9, 3), Accord.CONTREDIT),  # a father and a son, two cousins: one name, two people
        (date(1985, 4, 12), Accord.CONCORDE),
        (date(1985, 4, 13), Accord.CONCORDE),  # a figure misread, or mistyped in the register
        (date(1985, 12, 4), Accord.CONCORDE),  # day and month exchanged
        (date(1970, 1, 1), Accord.CONCORDE),  # R15: an unknown day proves little
    ],
)
def test_a_namesake_is_told_by_the_birthday(ne_le: date, accord: Accord) -> None:
    lines = ["Mme MARTIN Camille", f"née le {ne_le:%d/%m/%Y}"]
    name = "MARTIN Camille"
    assert confronter(lines, MENAGE, noms_lus=[name], nes_le={name: ne_le}).accord is accord


def test_a_namesake_beside_somebody_of_the_household_contradicts_nobody() -> None:
    names = ["MARTIN Camille", "BERNARD Louis"]
    found = confronter(names, MENAGE, noms_lus=names, nes_le={"MARTIN Camille": date(1997, 9, 3)})
    assert found.accord is Accord.CONCORDE


def test_a_birthday_tells_a_son_from_his_father() -> None:
    father, son = (
        Personne("C", "LABARTHE", "Jean", "M", date_naissance=date(1955, 12, 13)),
        Personne("A1", "LABARTHE", "Jean", "M", date_naissance=date(1983, 3, 8)),
    )
    name = "LABARTHE Jean"
    read = ["Nom : LABARTHE", "Prénom : Jean"]
    for of, day in ((son, date(1983, 3, 8)), (father, date(1955, 12, 13))):
        found = confronter(read, (father, son), noms_lus=[name], nes_le={name: day})
        assert found.personnes == (of.rang,)
    assert confronter(read, (father, son), noms_lus=[name]).personnes == ("C", "A1")


def test_a_stranger_named_with_and_without_his_further_given_names_is_one_stranger() -> None:
    household = (Personne("D", "DUPONT", "Jean", date_naissance=date(1985, 4, 3)),)
    lines = ["Nom : DUPONT Prénom : Jean", "Monsieur Jean Pierre DUPONT, né le 12/02/1950, a suivi"]
    names = ["DUPONT Jean", "Jean Pierre DUPONT"]
    for day, accord in ((date(1950, 2, 12), Accord.CONTREDIT), (date(1985, 4, 3), Accord.CONCORDE)):
        assert confronter(lines, household, noms_lus=names, nes_le={names[1]: day}).accord is accord


@pytest.mark.parametrize(
    ("name", "day", "confiance", "accord"),
    [
        ("Huge THÉVENTN", date(1951, 2, 23), 61.0, Accord.CONCORDE),
        ("Huge THÉVENTN", date(1951, 2, 28), 61.0, Accord.CONTREDIT),
        ("Jean THÉVENTN", date(1951, 2, 23), 61.0, Accord.CONTREDIT),  # his twin
        ("Huge THÉVENTN", date(1951, 2, 23), 92.0, Accord.CONTREDIT),  # letters read clearly
        ("Hugo THÉ- VE IN", date(1951, 2, 23), 92.0, Accord.CONCORDE),
        ("Hugo THÉ- VE IN", date(1951, 6, 23), 92.0, Accord.CONTREDIT),
        ("Hugo LEFÈVRE", date(1951, 2, 23), 92.0, Accord.CONTREDIT),  # born the same day, and another
    ],
)
def test_a_name_misread_in_both_its_words_is_told_by_the_birthday(
    name: str, day: date, confiance: float, accord: Accord
) -> None:
    """A letter by hand: « Monsieur Huge THÉVENTN, né le 23 février 1951 »."""
    hugo = Personne("D", "THÉVENIN", "Hugo", "M", None, date(1951, 2, 23))
    lines = [f"atteste héberger Monsieur {name}", "Fait pour servir et valoir ce que de droit."]
    found = confronter(lines, [hugo], noms_lus=(name,), nes_le={name: day}, confiance=confiance)
    assert found.accord is accord


@pytest.mark.parametrize(
    ("nom", "prenom", "read", "confiance"),
    [
        ("MARTIN", "Louis", "MARTIN Louise", 75.0),
        ("MARTIN", "Marie", "MARTIN Julie", 75.0),
        ("MARTIN", "Jean-Pierre", "MARTIN Jean-Marc", 99.0),
        ("MARTIN", "Louis", "MARTINEZ Louis", 99.0),
        ("DURAND", "", "DURAND Paul", 75.0),
    ],
)
def test_a_twin_and_a_neighbour_by_name_are_somebody_else(
    nom: str, prenom: str, read: str, confiance: float
) -> None:
    """Born the very day: two given names that both exist are two people (R14)."""
    day = date(2016, 3, 12)
    child = Personne("P1", nom, prenom, None, None, day)
    found = confronter(["…"], [child], noms_lus=(read,), nes_le={read: day}, confiance=confiance)
    assert found.accord is not Accord.CONCORDE


def test_a_short_surname_that_lost_a_letter_may_be_his() -> None:
    celik = Personne("D", "ÇELIK", "Émilie", "MME")
    assert presque("Émilie ÇELK", celik, jetons, clair=True)
    assert not presque("Émilie ÇELK", replace(celik, prenom="Léa"), jetons, clair=False)
    assert not presque("Émilie", celik, jetons, clair=False)


@pytest.mark.parametrize(
    ("surname", "given", "read", "accord"),
    [
        ("LE", "Van Hung", "LE VAN HUNG", Accord.CONCORDE),
        ("LE", "Van Hung", "LE THI MAI", Accord.CONTREDIT),
        ("LE", "Anne", "LE GALL Anne", Accord.CONTREDIT),
        ("DU", "Marie", "DU PONT Marie", Accord.CONTREDIT),
        ("DE SOUSA", "Maria", "DE SOUSA", Accord.CONCORDE),
        ("LE GALL", "Anne", "Anne LE GALL", Accord.CONCORDE),
        ("DE LA TOUR", "Anne", "DE LA TOUR", Accord.CONCORDE),
        ("OUEDRAOGO", "Rokia", "Rokiya OUEDRAOGO", Accord.CONTREDIT),  # sisters
    ],
)
def test_an_article_is_a_surname_or_part_of_one(surname: str, given: str, read: str, accord: Accord) -> None:
    household = (Personne("D", surname, given),)
    assert confronter(["Quittance"], household, noms_lus=[read]).accord is accord


@pytest.mark.parametrize(
    ("nom", "prenom", "printed"),
    [
        ("Wójcik", "Paweł", "M. WOJCIK PAWEL"),
        ("Đặng", "Thị Hồng", "Mme DANG THI HONG"),
        ("Sørensen", "Bjørn", "M. SORENSEN BJORN"),
        ("Yıldız", "Işıl", "Mme YILDIZ ISIL"),
        ("Æbeltoft", "Þóra", "Mme AEBELTOFT THORA"),
    ],
)
def test_letters_that_are_no_letter_and_a_mark_are_those_of_a_printed_name(
    nom: str, prenom: str, printed: str
) -> None:
    found = confronter([printed], (Personne("D", nom, prenom, "M"),))
    assert (found.accord, found.force) == (Accord.CONCORDE, Force.FORTE)
