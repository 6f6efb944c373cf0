"""What the register learns while an envoi is at work is taken up, whoever dies in between (R16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.incident import EN_COURS
from intake.domain.motif import StatutPiece
from readings import BOR, FIC, MARTIN, N1, N3, page, piece
from site_for_tests import MARTIN as HOUSEHOLD
from site_for_tests import RADIEE, TestSite
from stepping import Killed, Stepping, to_its_end

pytestmark = pytest.mark.slow  # each test opens a database of its own

NEW, ROY = "999012400099975001", "Mme ROY Anne"
NOUVELLE = Demande(NEW, personnes=(Personne("D", "ROY", "Anne", "MME"),))


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def received(site: TestSite, number: str, who: str, name: str = "envoi.pdf") -> str:
    return site.receive(
        page(1, code=BOR.format(2, 2)),
        page(2, "fiche", code=FIC.format(number, 1)),
        piece(3, "bail", who),
        page(4, "fiche", code=FIC.format(N1, 1)),
        piece(5, "bulletin_salaire", MARTIN),
        name=name,
    )


def write(site: TestSite, demande: Demande) -> None:
    """In the register, and the process dies before anything is taken up."""
    with site.uow() as tx:
        tx.registre.enregistrer(demande)
        tx.commit()


def filed(site: TestSite, envoi: str) -> list[tuple[tuple[int, ...], str | None, str]]:
    return [(p.pages, p.numero_unique, p.statut.value) for p in site.result(envoi).pieces]


@pytest.mark.parametrize(
    ("number", "who", "learnt", "leads_to"),
    [
        (NEW, ROY, NOUVELLE, NEW),
        (NEW, MARTIN, replace(HOUSEHOLD, alias=(*HOUSEHOLD.alias, NEW)), N1),
        (N3, "M. PETIT Hugo", replace(RADIEE, statut=StatutDemande.ACTIVE), N3),
    ],
)
def test_registered_after_it_was_judged(
    site: TestSite, number: str, who: str, learnt: Demande, leads_to: str
) -> None:
    envoi = received(site, number, who)
    site.lecteur.meanwhile = lambda: site.inscrire([learnt])
    site.traiter(envoi)
    assert filed(site, envoi)[0] == ((3,), number, "a_verifier")
    assert [p.pages for p in site.reparer.reprendre_tout()] == [(3,)]
    assert filed(site, envoi)[0] == ((3,), leads_to, "deposee")
    assert site.result(envoi).statut == "traitee"
    assert site.reparer.reprendre_tout() == []


def test_an_unknown_number_and_an_envoi_at_work_are_left(site: TestSite) -> None:
    site.traiter(received(site, NEW, ROY))
    assert site.reparer.reprendre_tout() == []
    with site.uow() as tx:
        assert tx.pieces.demandes_attendues() == []


@pytest.mark.parametrize("killed", [False, True])
def test_registered_at_every_step(site: TestSite, killed: bool) -> None:
    """The result is that of an envoi that came after; what is held, if anything, is on somebody's list."""
    step, again = 0, True
    while again:
        step += 1
        number = f"9990124000999750{step:02d}"
        envoi = received(site, number, f"Mme ROY{'ABCDEFGHIJKL'[step]} Anne", f"{step}.pdf")
        learnt = replace(
            NOUVELLE,
            numero_unique=number,
            personnes=(Personne("D", f"ROY{'ABCDEFGHIJKL'[step]}", "Anne", "MME"),),
        )

        def interfere(now: int, step: int = step, learnt: Demande = learnt) -> None:
            if now == step:
                write(site, learnt)
                if killed:
                    raise Killed

        unit = Stepping(site, interfere)
        try:
            to_its_end(site, replace(site.traiter, uow=unit), envoi)
        except Killed:
            to_its_end(site, site.traiter, envoi)
        done = site.result(envoi)
        open_ = [i for i in done.incidents if i.etat in EN_COURS]
        for held in (p for p in done.pieces if p.statut is StatutPiece.A_VERIFIER):
            assert any(i.piece == held.id or set(held.pages) <= set(i.pages) for i in open_), (step, held)
        again = unit.steps >= step
        if again:
            site.reparer.reprendre_tout()
            assert filed(site, envoi)[0] == ((3,), number, "deposee"), step
            assert [i.motif for i in site.result(envoi).incidents if i.etat in EN_COURS] == [], step
    assert step > 5
