"""R14: a name that OCR guessed at accuses nobody whom it may be, and everybody else as any name does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Classement, PageLue
from intake.identity import Accord
from intake.noms import concordance
from readings import N1, WORDS, page

HOUSEHOLD = Demande(
    N1,
    personnes=(
        Personne("D", "BÉRANGER", "Solène", "MME"),
        Personne("C", "POPESCU", "Andreea", "MME"),
    ),
)


def receipt(line: str, sure: bytes) -> PageLue:
    """A receipt whose printed words were read and whose `line` was filled in by hand."""
    read = page(1, "QUITTANCE DE LOYER", line, WORDS)
    lines = tuple(replace(x, surete=sure) if x.texte == line else x for x in read.texte.lignes)
    return replace(read, texte=replace(read.texte, lignes=lines))


@pytest.mark.parametrize(
    ("line", "sure", "name", "accord"),
    [
        ("Reçu de M. SR BÉRANER", bytes([96, 96, 96, 19, 65]), "SR BÉRANER", Accord.MUET),
        ("Reçu de M. SR BÉRANER", bytes([96, 96, 96, 95, 95]), "SR BÉRANER", Accord.CONTREDIT),  # well read
        ("Reçu de Mme Solène BÉRANGEREZ", bytes([96, 96, 96, 97, 65]), "Solène BÉRANGEREZ", Accord.CONTREDIT),
        ("Reçu de M. Paul BÉRANER", bytes([96, 96, 96, 92, 45]), "Paul BÉRANER", Accord.CONTREDIT),
        # A given name that exists is no misreading of another, though OCR hardly believes it.
        ("Reçu de Mme Sofia BÉRANGER", bytes([96, 96, 96, 5, 97]), "Sofia BÉRANGER", Accord.CONTREDIT),
        ("Reçu de Mme SR BÉRANGERIE", bytes([96, 96, 96, 19, 97]), "SR BÉRANGERIE", Accord.CONTREDIT),
        ("Reçu de M. SR KOWALSKI", bytes([96, 96, 96, 19, 45]), "SR KOWALSKI", Accord.CONTREDIT),
    ],
)
def test_a_name_hardly_read(line: str, sure: bytes, name: str, accord: Accord) -> None:
    answer = Classement("quittance_loyer", 0.9, fields={"noms": name})
    assert concordance([receipt(line, sure)], answer, HOUSEHOLD).accord is accord


def test_of_two_names_the_one_that_was_read_still_accuses() -> None:
    guessed = receipt("Reçu de M. SR BÉRANER", bytes([96, 96, 96, 19, 55]))
    other = page(2, "Le locataire M. Paul KOWALSKI", WORDS)
    answer = Classement("quittance_loyer", 0.9, fields={"noms": "SR BÉRANER;Paul KOWALSKI"})
    assert concordance([guessed, other], answer, HOUSEHOLD).accord is Accord.CONTREDIT


def test_who_shelters_somebody_is_of_another_household_as_a_host_should_be() -> None:
    """The guest's name went unread on a hand-written attestation: nothing says whose it is."""
    read = page(1, "Je soussignée Bernadette COLIN", "certifie héberger", WORDS)
    host = {"noms": "Bernadette COLIN", "hebergeants": "Bernadette COLIN"}
    alone = concordance([read], Classement("attestation_hebergement", 0.9, fields=host), HOUSEHOLD)
    assert alone.accord is Accord.MUET
    other = {**host, "noms": "Paul DURAND;Bernadette COLIN"}
    guest = concordance([read], Classement("attestation_hebergement", 0.9, fields=other), HOUSEHOLD)
    assert guest.accord is Accord.CONTREDIT


@pytest.mark.parametrize(
    ("name", "lines", "accord"),
    [
        ("Rémi DUMGNEAU", {"Nom : Rémi DUMGNEAU": [92, 92, 63, 70]}, Accord.MUET),  # VI of a hand, read M
        ("Rémi DUMGNEAU", {"Nom : Rémi DUMGNEAU": [92, 92, 95, 95]}, Accord.CONTREDIT),
        ("Rémi DUCHESNE", {"Nom : Rémi DUCHESNE": [92, 92, 63, 60]}, Accord.CONTREDIT),
        # Of two given names on a line of their own the second was read of nothing.
        ("ALI Noudine Érouaia", {"Nom : ALI": [92, 92, 85], "Noudine Érouaia": [35, 0]}, Accord.MUET),
        ("ALI Noudine Érouaia", {"Nom : ALI": [92, 92, 85], "Noudine Érouaia": [35, 60]}, Accord.CONTREDIT),
        ("ALI Noudine Karim", {"Nom : ALI": [92, 92, 85], "Noudine Karim": [35, 0]}, Accord.CONTREDIT),
        ("ALI Érouaia", {"Nom : ALI": [92, 92, 85], "Érouaia": [0]}, Accord.CONTREDIT),
    ],
)
def test_a_name_in_a_hand(name: str, lines: dict[str, list[int]], accord: Accord) -> None:
    household = Demande(
        N1,
        personnes=(
            Personne("D", "DUVIGNEAU", "Rémi", "M"),
            Personne("C", "ALI", "Nourdine Faouzia", "MME"),
        ),
    )
    answer = Classement("attestation_domiciliation", 0.9, fields={"noms": name})
    assert concordance([form(lines, 60.0)], answer, household).accord is accord
    typed = concordance([form(lines, 85.0)], answer, household)
    assert typed.accord is Accord.CONTREDIT  # in type nothing is forgiven that was read so well


def form(lines: dict[str, list[int]], confiance: float) -> PageLue:
    """A form with the confidence of each word of its `lines`; under 70 in all, a hand wrote them."""
    read = page(1, "ATTESTATION D'ÉLECTION DE DOMICILE", *lines, WORDS)
    written = tuple(
        replace(x, surete=bytes(lines[x.texte]), confiance=confiance) if x.texte in lines else x
        for x in read.texte.lignes
    )
    return replace(read, texte=replace(read.texte, lignes=written))


@pytest.mark.parametrize(
    ("own", "name", "lines"),
    [
        # A short given name that is in no list, on a line of its own: somebody else's all the same.
        ("DIALLO Mamadou", "DIALLO Isa", {"Nom : DIALLO": [92, 92, 95], "Prénom : Isa": [92, 92, 72]}),
        ("NGUYEN Minh", "NGUYEN Hoa", {"Nom : NGUYEN": [92, 92, 95], "Prénom : Hoa": [92, 92, 62]}),
        ("WU Min", "WU Jie", {"M. WU Jie": [92, 95, 62]}),
        ("ALI Nadia", "ALI Abu", {"M. ALI Abu": [92, 95, 65]}),
        ("KA Djibo", "KA Djiby", {"M. KA Djiby": [92, 95, 65]}),
        ("LEROY Paul", "LEROI Paul", {"M. LEROI Paul": [92, 73, 95]}),
        ("VIEIRA Paul", "MEIRA Paul", {"M. MEIRA Paul": [92, 74, 95]}),
    ],
)
def test_in_type_a_name_near_to_another_is_somebody_else_s(
    own: str, name: str, lines: dict[str, list[int]]
) -> None:
    surname, given = own.split()
    household = Demande(N1, personnes=(Personne("D", surname, given, "M"),))
    answer = Classement("rib", 0.9, fields={"noms": name})
    assert concordance([form(lines, 85.0)], answer, household).accord is Accord.CONTREDIT


@pytest.mark.parametrize(
    ("line", "accord"),
    [
        ("M. Íñigo HERNÁNDEZ et Mme Maylis HERNÁNDEZ, né le 19 décembre 1981", Accord.CONCORDE),
        ("M. lñigo HERNÁNDEZ et Mme Maylis HERNÁNDEZ, né le 19 décembre 1981", Accord.CONCORDE),
        ("Mme Maylis HERNÁNDEZ, née le 19 décembre 1981", Accord.CONTREDIT),  # another of that name
        ("Mme Maylis HERNÁNDEZ, née le 19 décembre 1981, 12 rue Íñigo", Accord.CONTREDIT),
    ],
)
def test_the_birthday_of_one_of_two_beside_the_name_of_the_other(line: str, accord: Accord) -> None:
    couple = Demande(
        N1,
        personnes=(
            Personne("D", "HERNÁNDEZ", "Íñigo", "M", date_naissance=date(1981, 12, 19)),
            Personne("C", "HERNÁNDEZ", "Maylis", "MME", date_naissance=date(1983, 6, 3)),
        ),
    )
    fields = {"noms": "Maylis HERNÁNDEZ", "naissances": "1981-12-19"}
    read = page(1, "ATTESTATION DE PROPRIÉTÉ", line, WORDS)
    assert concordance([read], Classement("titre_propriete", 0.9, fields=fields), couple).accord is accord
