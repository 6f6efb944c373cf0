"""R14, R15: what a code or a zone says and neither print nor register knows."""

from __future__ import annotations

from datetime import date

import pytest

from intake.autrui import autre_de_la_bande, autre_du_code, autre_que_la_bande, contredit
from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Classement
from intake.identity import Accord, Concordance, Force
from readings import N1, page


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
        N1,
        personnes=(
            married,
            Personne("C", "POPESCU", "Andreea", "MME"),
            Personne("A1", "MOREL", "Julien", "M"),
        ),
    )
    nommes = ["D"] if own == "BERANGER SOLENE" else []
    assert autre_du_code(answer, household, nommes=nommes, surely=["D", "A1"]) == other


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
    fields = {"declarants": f"{first};DUPUIS MARC", "mots_du_code_seul": words}
    answer = Classement("avis_imposition", 0.99, fields=fields)
    household = Demande(
        N1, personnes=(Personne("D", "BÉRANGER", "Solène", "MME"), Personne("C", "DUPUIS", "Marc", "M"))
    )
    assert autre_du_code(answer, household, nommes=[named], surely=[named]) == other


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


@pytest.mark.parametrize(
    ("zone", "named", "force", "told"),
    [
        ("1988-03-14;1981-03-14;2020-06-23", ("D",), Force.FORTE, True),  # an 8 for a 1, and the digit agrees
        ("1988-03-14;1981-03-14;2020-06-23", ("D",), Force.MOYENNE, False),
        ("1988-03-14;1981-03-14;2020-06-23", ("C",), Force.FORTE, False),
        ("1988-03-14;2020-06-23", ("D",), Force.FORTE, False),  # the register's is not printed
        ("1975-01-01;1981-03-14", ("D",), Force.FORTE, False),  # the back of the other's card
        ("", ("D",), Force.FORTE, False),
    ],
)
def test_a_birthday_that_register_and_print_have_and_the_zone_has_not(
    zone: str, named: tuple[str, ...], force: Force, *, told: bool
) -> None:
    answer = Classement("carte_identite", 0.99, fields={"bande_nee": zone} if zone else {})
    own = Personne("D", "BÉRANGER", "Solène", "MME", date_naissance=date(1981, 3, 14))
    other = Personne("C", "DUPUIS", "Marc", "M", date_naissance=date(1975, 1, 1))
    noms = Concordance(Accord.CONCORDE, force, personnes=named)
    printed = page(1, "BERANGER", "Solène", "DUPUIS Marc")
    said = contredit(answer, noms, Demande(N1, personnes=(own, other)), [printed], nommee=True)
    assert ("14/03/1981" in said) if told else not said


@pytest.mark.parametrize(
    ("fields", "force", "nommee", "printed", "told"),
    [
        ({"nom_de_la_bande_seule": "HAUTEBORDE, JULIEN"}, Force.FORTE, True, "", "n'imprime pas"),
        ({"bande_autrement": "HAUTEBORDE, MARC"}, Force.FORTE, True, "DUPUIS Marc", "imprime un autre"),
        ({"bande_autrement": "HAUTEBORDE, MARC"}, Force.FORTE, True, "DUPUIS", ""),  # his given name unread
        ({"bande_autrement": "HAUTEBORDE, MARC"}, Force.FORTE, True, "Marc", ""),
        ({"bande_autrement": "HAUTEBORDE, MARC"}, Force.MOYENNE, True, "DUPUIS Marc", ""),
        ({"bande_autrement": "HAUTEBORDE, MARC"}, Force.FORTE, False, "DUPUIS Marc", ""),
        ({"noms_du_code_seul": "HAUTEBORDE JULIEN"}, Force.FORTE, True, "", "2D-Doc"),
        ({"noms_du_code_seul": "HAUTEBORDE JULIEN"}, Force.FORTE, False, "", ""),
        ({}, Force.FORTE, True, "DUPUIS Marc", ""),
    ],
)
def test_what_is_told_of_it(
    fields: dict[str, str], force: Force, nommee: bool, printed: str, told: str
) -> None:
    code = fields.get("noms_du_code_seul", "")
    answer = Classement("passeport", 0.99, fields={**fields, "naissances": "1975-01-01", "declarants": code})
    him = Personne("C", "DUPUIS", "Marc", "M", date_naissance=date(1975, 1, 1))
    household = Demande(N1, personnes=(Personne("D", "BÉRANGER", "Solène", "MME"), him))
    noms = Concordance(Accord.CONCORDE, force, personnes=("C",))
    said = contredit(answer, noms, household, [page(1, printed)], nommee=nommee)
    assert (told in said) if told else not said


@pytest.mark.parametrize(
    ("code", "surely", "other"),
    [
        ("HAUTEBORDE PAUL;BERANGER SOLENE", ["D", "C"], "HAUTEBORDE PAUL"),  # in his place stands another
        ("HAUTEBORDE PAUL;BERANGER SOLENE", ["D"], ""),  # he died, or went: the avis is sent to her
        ("HAUTEBORDE PAUL;LANCELIN ODETTE", ["D", "C"], ""),  # of her nothing is known either
        ("BERANGER SOLENE;HAUTEBORDE PAUL", ["D", "C"], ""),  # the second stands in no window
    ],
)
def test_of_a_code_of_two_the_first_is_another_where_somebody_stands_in_his_place(
    code: str, surely: list[str], other: str
) -> None:
    fields = {"declarants": code, "noms_du_code_seul": "HAUTEBORDE PAUL"}
    household = Demande(
        N1, personnes=(Personne("D", "BÉRANGER", "Solène", "MME"), Personne("C", "DUPUIS", "Marc", "M"))
    )
    answer = Classement("avis_imposition", 0.99, fields=fields)
    assert autre_du_code(answer, household, nommes=surely, surely=surely) == other
