"""R14: a name that OCR guessed at accuses nobody whom it may be, and everybody else as any name does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Classement, PageLue
from intake.identity import Accord
from intake.noms import autre_de_la_bande, autre_du_code, autre_que_la_bande, concordance
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
    ("alone", "printed", "other"),
    [
        ("HAUTEBORDE SOLENE", "", "HAUTEBORDE SOLENE"),  # both of whose surnames are known
        ("HAUTEBORDE JULIEN", "", "HAUTEBORDE JULIEN"),
        ("HAUTEBORDE ANDREEA", "", ""),  # whose birth name the demande may lack (R15)
        ("POPESCU SOLENE", "", ""),  # somebody's of the household
        ("POPESKU SOLENE", "", ""),
        ("HAUTEBORDE MARTIN", "", ""),  # of another household: the names of the avis tell that
        ("HAUTEBORDE MARTIN", "BERANGER SOLENE", "HAUTEBORDE MARTIN"),
        ("HAUTEBORDE MARTIN", "BERANGER SOLENE;DUPRE ANNE", ""),  # the other declarant, perhaps
        ("HAUTEBORDE MARTINE", "DUPRE ANNE", ""),
        ("HAUTEBORDE MARTIN", "BERANGER SOLENE;MOREL JULIEN", "HAUTEBORDE MARTIN"),  # the first of two
        ("MUNIER PAUL;HAUTEBORDE JULIEN", "", "HAUTEBORDE JULIEN"),
        ("LY SOLENE", "", ""),
        ("", "BERANGER SOLENE", ""),
    ],
)
def test_the_name_in_the_code_of_an_avis_that_the_household_does_not_know(
    alone: str, printed: str, other: str
) -> None:
    """`printed`: the household where it is named, and the code's names that are printed."""
    own, *more = printed.split(";")
    fields = {"noms_du_code_seul": alone, "declarants": ";".join([alone, *more])}
    answer = Classement("avis_imposition", 0.99, fields=fields)
    married = Personne("D", "BÉRANGER", "Solène", "MME", nom_usage="MOREL")
    household = Demande(
        N1, personnes=(married, HOUSEHOLD.personnes[1], Personne("A1", "MOREL", "Julien", "M"))
    )
    assert autre_du_code(answer, household, nommes=["D"] if own == "BERANGER SOLENE" else []) == other


@pytest.mark.parametrize(
    ("first", "words", "named", "other"),
    [
        ("BERANGER HUGO", "HUGO", "D", "BERANGER HUGO"),
        ("BERANGER HUGO", "HUGO", "", ""),  # whom the print names is not known
        ("BERANGER HUGO", "HUGO", "C", ""),  # nobody of that surname
        ("BERANGER HUGO", "", "D", ""),  # printed: a son of age, or a brother
        ("BERANGER SOLENNE", "SOLENNE", "D", ""),  # hers, spelt otherwise
        ("BERANGER MARC", "MARC", "D", ""),  # the other's given name
        ("BERANGER BO", "BO", "D", ""),
        ("HAUTEBORDE HUGO", "HAUTEBORDE;HUGO", "D", ""),
        ("BERANGER HUGO MARIE", "HUGO", "D", ""),  # one of the given names stands there
        ("", "", "D", ""),
    ],
)
def test_the_given_name_in_the_code_of_an_avis_that_the_household_does_not_know(
    first: str, words: str, named: str, other: str
) -> None:
    fields = {"declarants": f"{first};DUPRE ANNE", "mots_du_code_seul": words}
    answer = Classement("avis_imposition", 0.99, fields=fields)
    household = Demande(
        N1, personnes=(Personne("D", "BÉRANGER", "Solène", "MME"), Personne("C", "DUPUIS", "Marc", "M"))
    )
    assert autre_du_code(answer, household, nommes=[named]) == other


@pytest.mark.parametrize(
    ("zone", "born", "named", "other"),
    [
        ("HAUTEBORDE, MARC", "1975-01-01", "C", "HAUTEBORDE, MARC"),
        ("HAUTEBORDE, MARC", "1976-01-01", "C", ""),  # whole somebody else's: his names tell that
        ("HAUTEBORDE, MARC", "1975-01-01", "D", ""),
        ("DUPUYS, MARC", "1975-01-01", "C", ""),  # misread
        ("BERANGER, MARC", "1975-01-01", "C", ""),  # his wife's
        ("LY, MARC", "1975-01-01", "C", ""),
        ("HAUTEBORDE, SOLENE", "1980-04-02", "D", ""),  # her birth name, of which nothing is known (R15)
        ("BERANGER, GEORGETTE", "1980-04-02", "D", "BERANGER, GEORGETTE"),
        ("BERANGER, SOLENNE", "1980-04-02", "D", ""),
        ("BERANGER, MARC", "1980-04-02", "D", ""),
        ("", "1980-04-02", "D", ""),
    ],
)
def test_a_zone_names_another_than_the_one_whom_its_card_prints(
    zone: str, born: str, named: str, other: str
) -> None:
    fields = {"bande_autrement": zone, "naissances": f"{born};"}
    answer = Classement("passeport", 0.99, fields=fields)
    own = Personne("D", "BÉRANGER", "Solène", "MME", date_naissance=date(1980, 4, 2))
    other_one = Personne("C", "DUPUIS", "Marc", "M", date_naissance=date(1975, 1, 1))
    assert autre_que_la_bande(answer, Demande(N1, personnes=(own, other_one)), [named]) == other


@pytest.mark.parametrize(
    ("alone", "born", "other"),
    [
        ("HAUTEBORDE, JULIEN", "1980-04-02", "HAUTEBORDE, JULIEN"),  # the day of birth of one of them
        ("HAUTEBORDE, JULIEN", "1991-11-30", ""),  # whole somebody else's: his names tell that
        ("HAUTEBORDE, JULIEN", "", ""),
        ("HAUTEBORDE, SOLENE", "1980-04-02", ""),  # her birth name, of which nothing is known here (R15)
        ("BERANGEZ, JULIEN", "1980-04-02", ""),  # misread
        ("LV, AHH", "1975-01-01", ""),
        ("ANH, LY", "1975-01-01", ""),  # in the other order
        ("BERANDEZ, BERANGERE", "1980-04-02", ""),
        ("SOLANGEZ, JULIEN", "1980-04-02", "SOLANGEZ, JULIEN"),  # like a given name: no surname of theirs
        ("", "1980-04-02", ""),
    ],
)
def test_the_name_in_the_zone_of_a_card_that_the_household_does_not_know(
    alone: str, born: str, other: str
) -> None:
    fields = {"nom_de_la_bande_seule": alone, "naissances": f"{born};"}
    answer = Classement("passeport", 0.99, fields=fields)
    own = Personne("D", "BÉRANGER", "Solène", "MME", date_naissance=date(1980, 4, 2))
    other_one = Personne("C", "LY", "Anh", "M", date_naissance=date(1975, 1, 1))
    assert autre_de_la_bande(answer, Demande(N1, personnes=(own, other_one))) == other
