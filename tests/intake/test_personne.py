"""R17: whose a piece is, of those whom it names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Classement
from intake.identity import Accord, Concordance
from intake.noms import concordance
from intake.placing import personne
from readings import N1, WORDS, page

BOTH = Concordance(Accord.CONCORDE, personnes=("P1", "D"))  # the best placed first


def test_a_birth_act_is_the_first_ones_whom_it_names() -> None:
    """Its parents and, in its margin, a spouse or children come after."""
    assert personne(BOTH, "acte_naissance") == "P1"
    assert personne(replace(BOTH, personnes=("D", "C")), "acte_naissance") == "D"
    assert personne(replace(BOTH, personnes=("D", "P1")), "acte_naissance") == "D"


def test_other_papers_of_several_are_their_first_adults() -> None:
    assert personne(BOTH, "attestation_caf") == "D"
    assert personne(replace(BOTH, accord=Accord.CONTREDIT), "acte_naissance") is None


MOTHER = Personne("D", "DE LA MOTTE", "Clémence", date_naissance=date(1990, 2, 11))
CHILD = Personne("P1", "DE LA MOTTE", "Tiago", date_naissance=date(2019, 8, 6))
TWIN = Personne("P2", "DE LA MOTTE", "Rose", date_naissance=date(2019, 8, 6))


@pytest.mark.parametrize(
    ("lines", "day", "whose"),
    [
        # « commune » before a name is of a place: the mother's, in full, is better placed
        (("est né en notre commune Tiago DE LA MOTTE", "et de Clémence DE LA MOTTE"), "2019-08-06", "P1"),
        (("est né en la commune Tiago DE LA MOTTE", "et de Clémence DE LA MOTTE"), "1990-02-11", "D"),
        (("est né à la commune Tiago DE LA MOTTE", "et de Clémence DE LA MOTTE"), "2026-08-06", "D"),
        (("est né en la commune DE LA MOTTE", "et de Clémence DE LA MOTTE"), "2019-08-06", "D"),
    ],
)
def test_an_act_is_the_childs_whose_birthday_it_begins_with(
    lines: tuple[str, ...], day: str, whose: str
) -> None:
    found = _of_act(lines, day, MOTHER, CHILD)
    assert personne(found, "acte_naissance") == whose
    nameless = replace(CHILD, prenom="")
    assert personne(_of_act(lines, day, MOTHER, nameless), "acte_naissance") == "D"


@pytest.mark.parametrize(
    ("lines", "day", "whose"),
    [
        (("DE LA MOTTE", "Tiago", "Clémence DE LA MOTTE"), "", "P1"),
        (("DE LA MOTTE", "Tiago", "Clémence DE LA MOTTE"), "2026-08-06", "P1"),  # the day of the extract
        (("DE LA MOTTE", "Tiago", "Clémence DE LA MOTTE"), "1990-02-11", "D"),
        # her own, whose father has her son's name
        (("DE LA MOTTE", "Clémence", "Tiago DE LA MOTTE"), "", "D"),
        (("DE LA MOTTE", "Tiago", "Rose DE LA MOTTE", "Clémence DE LA MOTTE"), "", "P1"),
    ],
)
def test_an_act_without_its_birthday_is_the_first_ones_whom_it_names(
    lines: tuple[str, ...], day: str, whose: str
) -> None:
    found = _of_act(lines, day, MOTHER, CHILD, TWIN, noms=lines[-1])  # a civility says who is named
    assert personne(found, "acte_naissance") == whose


def test_of_twins_the_one_whose_given_name_is_printed() -> None:
    lines = "est née en notre commune Rose DE LA MOTTE", "et de Clémence DE LA MOTTE"
    assert personne(_of_act(lines, "2019-08-06", MOTHER, CHILD, TWIN), "acte_naissance") == "P2"
    both = *lines, "jumelle de Tiago"
    assert personne(_of_act(both, "2019-08-06", MOTHER, CHILD, TWIN), "acte_naissance") == "P2"


def _of_act(lines: tuple[str, ...], day: str, *people: Personne, noms: str = "") -> Concordance:
    answer = Classement("acte_naissance", 0.99, fields={"jour_de_l_acte": day, "noms": noms})
    return concordance(
        [page(1, "EXTRAIT D'ACTE DE NAISSANCE", *lines, WORDS)], answer, Demande(N1, personnes=people)
    )
