"""A demande is purged while an envoi that holds its pages is at work: no other household loses a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake.domain.commands import DonnerNumero, Fusionner, Geste
from intake.domain.demande import StatutDemande
from intake.domain.motif import Motif
from readings import BOR, FIC, MARTIN, N1, N3, page, piece
from site_for_tests import RADIEE, TestSite
from stepping import Killed, Stepping, to_its_end

pytestmark = pytest.mark.slow  # each test opens a database of its own


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def long_radiated(site: TestSite) -> None:
    with site.uow() as tx:
        gone = date(2025, 1, 1)
        tx.registre.enregistrer(
            replace(RADIEE, statut=StatutDemande.RADIEE, date_radiation=gone, date_derniere_modification=gone)
        )
        tx.commit()


def two_households(site: TestSite, name: str) -> str:
    """A radiated household's dossier first, then one of Mme MARTIN's."""
    return site.receive(
        page(1, code=BOR.format(2, 2)),
        page(2, "fiche", code=FIC.format(N3, 1)),
        piece(3, "bail"),
        page(4, "fiche", code=FIC.format(N1, 1)),
        piece(5, "bulletin_salaire", MARTIN),
        name=name,
    )


def martins(site: TestSite, envoi: str) -> list[str]:
    """Where page 5 is: in pieces, or in incidents that name it."""
    done = site.result(envoi)
    return [p.id for p in done.pieces if p.vive and 5 in p.pages] or [
        i.id for i in done.incidents if i.motif is Motif.FICHIER_CORROMPU and 5 in i.pages
    ]


def kept(site: TestSite, envoi: str) -> None:
    with site.uow() as tx:
        row = tx.envois.lire(envoi)
    assert row is not None
    assert site.objects.exists(row.objet)


@pytest.mark.parametrize("uncuttable", [None, 1])
@pytest.mark.parametrize("killed", [False, True])
def test_a_purge_at_every_step_takes_no_page_of_another(
    site: TestSite, uncuttable: int | None, killed: bool
) -> None:
    step = 0
    while True:
        step += 1
        long_radiated(site)
        envoi = two_households(site, f"{step}.pdf")
        site.lecteur.uncuttable = uncuttable

        def interfere(now: int, step: int = step, envoi: str = envoi) -> None:
            if now != step:
                return
            if killed:
                raise Killed
            site.purger()
            kept(site, envoi)

        unit = Stepping(site, interfere)
        try:
            to_its_end(site, replace(site.traiter, uow=unit), envoi)
        except Killed:
            site.purger()
            kept(site, envoi)
            long_radiated(site)
            site.clock.moment += timedelta(seconds=30)
            to_its_end(site, site.traiter, envoi)
        site.purger()
        kept(site, envoi)
        assert len(martins(site, envoi)) == 1, step
        if unit.steps < step:
            break
    assert step > 5  # it was really interrupted


def test_an_envoi_put_aside_between_two_pieces_stays(site: TestSite) -> None:
    long_radiated(site)
    envoi = two_households(site, "a.pdf")

    def fail(_path: Path, pieces: Any, folder: Path) -> Iterator[Path]:
        for rank, file in enumerate(type(site.lecteur).extraire(site.lecteur, _path, pieces, folder)):
            if rank == 1:
                raise ZeroDivisionError
            assert isinstance(file, Path)
            yield file

    site.lecteur.extraire = fail  # type: ignore[method-assign,assignment]
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            site.traiter(envoi)
    assert len(site.result(envoi).pieces) == 1
    assert len(site.purger().fins) == 1
    kept(site, envoi)
    assert site.result(envoi).pieces == []
    del site.lecteur.extraire
    site.relancer(envoi, "bob", "corrigé")
    to_its_end(site, site.traiter, envoi)
    assert [(p.pages, p.numero_unique) for p in site.result(envoi).pieces] == [((3,), N3), ((5,), N1)]


def test_an_unread_page_keeps_the_original_until_its_own_delay_ends(site: TestSite) -> None:
    """Whose it is nobody knows: R9, with its reminder, and not the demande's purge."""
    long_radiated(site)
    envoi = site.receive(
        page(1, "fiche", code=FIC.format(N3, 1)), piece(2, "bail"), page(3, broken="abîmée"), name="b.pdf"
    )
    site.traiter(envoi)
    assert [(f.envois, f.pieces) for f in site.purger().fins] == [(0, 1)]
    kept(site, envoi)
    for waited in (10, 4.9):
        site.clock.moment += timedelta(days=waited)
        assert site.purger().fins == ()
    site.clock.moment += timedelta(days=0.1)
    assert [f.cle for f in site.purger().fins] == [envoi]
    assert site.objects.objects == {}


def test_pages_merged_before_their_number_was_given_go_with_the_demande(site: TestSite) -> None:
    geste = Geste("alice", "vu")
    done = site.deposit(piece(1, "bail"), piece(2, "bail"))
    site.recouper(done.pieces[0].id, Fusionner((done.pieces[1].id,)), geste)
    envoi = done.pieces[0].envoi
    site.reparer.donner_numero(envoi, (), DonnerNumero(N3), geste)
    for incident in site.result(envoi).incidents:
        if incident.motif is Motif.SANS_BORDEREAU:
            site.suivre.constater(incident.id, "alice", "vu")
    long_radiated(site)
    assert [(f.envois, f.pieces, f.pages) for f in site.purger().fins] == [(1, 2, 2)]
    assert site.objects.objects == {}
