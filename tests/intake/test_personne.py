"""R17: whose a piece is, of those whom it names."""

from __future__ import annotations

from dataclasses import replace

from intake.identity import Accord, Concordance
from intake.placing import personne

BOTH = Concordance(Accord.CONCORDE, personnes=("P1", "D"))  # the best placed first


def test_a_birth_act_is_the_first_ones_whom_it_names() -> None:
    """Its parents and, in its margin, a spouse or children come after."""
    assert personne(BOTH, "acte_naissance") == "P1"
    assert personne(replace(BOTH, personnes=("D", "C")), "acte_naissance") == "D"
    assert personne(replace(BOTH, personnes=("D", "P1")), "acte_naissance") == "D"


def test_other_papers_of_several_are_their_first_adults() -> None:
    assert personne(BOTH, "attestation_caf") == "D"
    assert personne(replace(BOTH, accord=Accord.CONTREDIT), "acte_naissance") is None
