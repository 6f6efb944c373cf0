"""What a person does is in the journal, with the change or not at all (R32)."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.domain.commands import Deplacer, Geste, JoindreBordereau, Reclasser, Supprimer
from intake.domain.motif import Canal, Motif
from intake.errors import ChangementImpossible
from readings import FAURE, MARTIN, N1, N2, page, piece
from site_for_tests import TestSite

BY_ALICE = Geste("agent:alice", "vu au guichet")
ALICE = "agent:alice"


@pytest.fixture
def site(tmp_path: Path) -> TestSite:
    return TestSite(f"sqlite:///{tmp_path}/essai.db", tmp_path)


def bail(site: TestSite) -> str:
    done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
    return done.pieces[0].id


def test_each_action_has_its_line_under_its_author(site: TestSite) -> None:
    it = bail(site)
    site.corriger(it, Reclasser("rib"), BY_ALICE)
    site.corriger(it, Supprimer(), BY_ALICE)
    assert [line for line in site.logged() if line[2] == ALICE and "piece" in line[3]] == [
        ("reclassement", N1, ALICE, f"piece {it}"),
        ("suppression", N1, ALICE, f"piece {it}"),
    ]


def test_a_move_is_two_lines_and_none_names_two_households(site: TestSite) -> None:
    it = bail(site)
    site.corriger(it, Deplacer(N2, malgre_le_nom=True), BY_ALICE)
    assert site.logged() == [
        ("deplacement", N1, ALICE, f"piece {it}"),
        ("deplacement", N2, ALICE, f"piece {it}"),
    ]
    with site.uow() as tx:
        for line in tx.journal.lignes():
            assert {N1: N2, N2: N1}[line.demande or ""] not in (line.contenu or "")


def test_what_a_rule_does_by_the_way_is_the_services_line(site: TestSite) -> None:
    """R20: a freed place is taken by the oldest piece that waits."""
    rents = [piece(n, "quittance_loyer date=2026-10-01", MARTIN) for n in range(2, 10)]
    done = site.deposit(page(1, "A", MARTIN, code=N1), *rents, canal=Canal.GUICHET)
    filed = [p for p in done.pieces if p.statut == "deposee"]
    waiting = [p for p in done.pieces if p.statut == "en_attente"]
    site.corriger(filed[0].id, Supprimer(), BY_ALICE)
    who = {(qui, objet) for _, _, qui, objet in site.logged() if objet.startswith("piece")}
    assert who == {(ALICE, f"piece {filed[0].id}"), ("systeme", f"piece {waiting[0].id}")}


def test_fiches_incident_and_repairs_too(site: TestSite) -> None:
    it = bail(site)
    told = site.suivre.signaler(it, Motif.ILLISIBLE, ALICE, "floue")
    site.suivre.prendre(told.id, ALICE)
    assert [(a, o) for a, _, _, o in site.logged()] == [
        ("creation", f"incident {told.id}"),
        ("modification", f"incident {told.id}"),
    ]
    held = site.deposit(piece(1, "bail", FAURE), canal=Canal.NUMERISEUR).pieces[0]
    site.reparer.joindre_bordereau(held.envoi, JoindreBordereau("75001", 0, 1), BY_ALICE)
    assert any(qui == ALICE and held.envoi in objet for _, _, qui, objet in site.logged()[2:])


def test_what_is_refused_leaves_no_line(site: TestSite) -> None:
    it = bail(site)
    with pytest.raises(ChangementImpossible):
        site.corriger(it, Reclasser("rib"), Geste(ALICE, "vu", vu=9))
    assert site.logged() == []
