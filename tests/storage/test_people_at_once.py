"""Several people at one dossier at once, on SQLite and on PostgreSQL: one wins, the others are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from intake.domain.commands import (
    Confirmer,
    Correctif,
    Deplacer,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Supprimer,
)
from intake.domain.motif import Canal, Motif
from intake.errors import ChangementImpossible
from intake.use_cases import incidents
from intake.use_cases.desk import conclure
from readings import FAURE, MARTIN, N1, N2, page, piece
from site_for_tests import TestSite

pytestmark = pytest.mark.slow  # each test opens a database of its own

ORDERS: tuple[Correctif, ...] = (
    Reclasser("rib"),
    Reclasser("quittance_loyer"),
    Supprimer(),
    Marquer(Marque.OBSOLETE),
    Deplacer(N2, malgre_le_nom=True),
    Reclasser(personne="C"),
)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def at_once(acts: Sequence[Callable[[], object]]) -> list[str]:
    """What became of each: « fait » or the code of its error."""
    ready, said = threading.Barrier(len(acts)), list[str]()

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            act()
            said.append("fait")
        except ChangementImpossible as e:
            said.append(e.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def sound(site: TestSite) -> None:
    assert site.queries.miscounted_places() == []


def test_six_people_at_one_piece_they_all_saw(site: TestSite) -> None:
    done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
    bail = done.pieces[0].id
    acts = [
        partial(site.corriger, bail, order, Geste(f"agent {n}", "vu", vu=1)) for n, order in enumerate(ORDERS)
    ]
    assert Counter(at_once(acts)) == {"fait": 1, "CHANGEMENT_IMPOSSIBLE": 5}
    with site.uow() as tx:
        assert len(tx.histoire.de_piece(bail)) == 1
    sound(site)


def test_a_dozen_confirmations_for_the_last_two_places(site: TestSite) -> None:
    """R19 holds for people as for machines: what finds no place waits, and says so."""
    rents = [piece(n, "quittance_loyer date=2026-10-01", MARTIN) for n in range(1, 5)]
    strangers = [piece(n, "quittance_loyer date=2026-09-01", FAURE) for n in range(5, 13)]
    done = site.deposit(*rents, *strangers, demande=N1)
    held = [p.id for p in done.pieces if p.statut.value == "a_verifier"]
    assert len(held) == 8
    said = at_once([partial(site.corriger, i, Confirmer(), Geste("alice", "vu")) for i in held])
    assert said == ["fait"] * 8
    states = Counter(p.statut.value for p in site.result(done.pieces[0].envoi).pieces)
    assert states == {"deposee": 6, "en_attente": 6}
    sound(site)


def test_two_moves_that_cross_do_not_wait_for_each_other_for_ever(site: TestSite) -> None:
    mine = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail"), canal=Canal.GUICHET).pieces[0].id
    other = site.deposit(page(1, "A", FAURE, code=N2), piece(2, "rib"), canal=Canal.GUICHET, name="b")
    theirs = other.pieces[0].id
    said = at_once(
        [
            lambda: site.corriger(mine, Deplacer(N2, malgre_le_nom=True), Geste("alice", "vu")),
            lambda: site.corriger(theirs, Deplacer(N1, malgre_le_nom=True), Geste("bob", "vu")),
        ]
    )
    assert said == ["fait", "fait"]
    sound(site)


def test_two_demandes_of_one_envoi_are_worked_on_at_once(
    site: TestSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each opens an incident and then wants the envoi: neither is told that the database failed."""
    done = site.deposit(
        page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), page(3, "A", FAURE, code=N2),
        piece(4, "bail", FAURE), canal=Canal.GUICHET,
    )  # fmt: skip
    both = threading.Barrier(2)

    def meet(*given: Any) -> None:
        with suppress(threading.BrokenBarrierError):  # SQLite lets one in at a time
            both.wait(1)
        conclure(*given)

    monkeypatch.setattr(incidents, "conclure", meet)
    report = [
        partial(site.suivre.signaler, p.id, Motif.INCOMPLETE, "alice", "il manque une page")
        for p in done.pieces
    ]
    assert at_once(report) == ["fait", "fait"]
    assert len(site.result(done.pieces[0].envoi).incidents) == 2
    sound(site)


def test_two_people_take_one_incident(site: TestSite) -> None:
    done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "inconnu", MARTIN), canal=Canal.GUICHET)
    held = f"{done.pieces[0].id}-I"
    said = at_once([partial(site.suivre.prendre, held, f"agent {n}") for n in range(6)])
    assert Counter(said) == {"fait": 1, "CHANGEMENT_IMPOSSIBLE": 5}
