"""Pieces turned, split and merged: cut again from the original, each page kept exactly once (R2, R27)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.domain.commands import Decouper, Fusionner, Geste, Reclasser, Supprimer, Tourner
from intake.domain.motif import Canal
from intake.errors import ChangementImpossible, FichierCorrompu, StockageIndisponible
from readings import FAURE, MARTIN, N1, page, piece
from site_for_tests import Result, TestSite
from storage.check import check

BY_ALICE = Geste("alice", "vu sur l'original")


def deposit(site: TestSite) -> Result:
    """A lease of three pages, the second a blank verso kept with it; a payslip; a stranger's; a « rib »."""
    return site.deposit(
        page(1, "A", MARTIN, code=N1),
        piece(2, "bail", MARTIN),
        page(3, blank=True),
        piece(4, "+", ""),
        piece(5, "bulletin_salaire date=2026-10-31", MARTIN),
        piece(6, "quittance_loyer", FAURE),
        piece(7, "rib", MARTIN),
        canal=Canal.GUICHET,
    )


def sound(site: TestSite) -> None:
    assert [d for d in check(site.queries, site.objects) if d.genre != "orphelin"] == []


def test_a_piece_is_split_and_each_part_judged(site: TestSite) -> None:
    done = deposit(site)
    assert done.sorts[0][0] == (2, 3, 4)
    told = site.recouper(done.pieces[0].id, Decouper((4,)), BY_ALICE)
    (new,) = told.nouvelles
    assert (told.piece.id, told.piece.pages, told.piece.statut.value) == (
        done.pieces[0].id,
        (2, 3),
        "deposee",
    )
    assert (new.pages, new.type, new.statut.value, new.demande) == ((4,), "inconnu", "a_verifier", N1)
    with site.uow() as tx:
        (acte,) = tx.histoire.de_piece(told.piece.id)
        (born,) = tx.histoire.de_piece(new.id)
        assert [i.motif.value for i in tx.incidents.de_piece(new.id)] == ["MAL_CLASSEE"]
    assert (acte.avant["pages"], acte.apres["pages"]) == ([2, 3, 4], [2, 3])
    assert acte.objet == done.pieces[0].objet
    assert born.apres == {"pages": [4]}
    assert site.objects.exists(new.objet)
    sound(site)


def test_split_and_merged_again_it_is_what_it_was(site: TestSite) -> None:
    done = deposit(site)
    first = done.pieces[0]
    (new,) = site.recouper(first.id, Decouper((4,)), BY_ALICE).nouvelles
    again = site.recouper(first.id, Fusionner((new.id,)), BY_ALICE).piece
    assert (again.pages, again.sha256, again.type, again.statut) == (
        first.pages, first.sha256, first.type, first.statut,
    )  # fmt: skip
    with site.uow() as tx:
        gone = tx.pieces.lire(new.id)
    assert gone is not None
    assert (gone.statut.value, gone.remplacee_par, gone.vive) == ("supprimee", first.id, False)
    with pytest.raises(ChangementImpossible, match="maintenant dans"):
        site.corriger(new.id, Supprimer(), BY_ALICE)
    sound(site)


def test_a_chosen_type_survives_a_merge(site: TestSite) -> None:
    done = deposit(site)
    site.corriger(done.pieces[2].id, Reclasser("bail"), BY_ALICE)
    merged = site.recouper(done.pieces[2].id, Fusionner((done.pieces[3].id,)), BY_ALICE).piece
    assert (merged.pages, merged.type, merged.choisi_par) == ((6, 7), "bail", "alice")
    sound(site)


def test_what_lies_between_is_not_swallowed(site: TestSite) -> None:
    done = deposit(site)
    ids = [p.id for p in done.pieces]
    for first, others in ((ids[0], (ids[2],)), (ids[0], ()), (ids[0], (ids[0],)), (ids[0], (ids[1], ids[1]))):
        with pytest.raises(ChangementImpossible):
            site.recouper(first, Fusionner(others), BY_ALICE)
    other = site.deposit(piece(1, "bail", MARTIN), demande=N1, name="autre")
    with pytest.raises(ChangementImpossible, match="même envoi"):
        site.recouper(ids[0], Fusionner((other.pieces[0].id,)), BY_ALICE)
    for starts in ((2,), (9,), (), (3, 4)):
        with pytest.raises(ChangementImpossible):
            site.recouper(ids[0], Decouper(starts), BY_ALICE)
    assert [p.version for p in site.result(done.pieces[0].envoi).pieces] == [1, 1, 1, 1]


def test_turned_pages_stay_turned_through_a_split(site: TestSite) -> None:
    done = deposit(site)
    turned = site.recouper(done.pieces[0].id, Tourner(90, (4,)), BY_ALICE).piece
    assert (turned.rotations, turned.statut.value) == ((0, 0, 90), "deposee")
    assert [c.rotations for c in site.lecteur.cut[-1:]] == [(0, 0, 90)]
    (new,) = site.recouper(turned.id, Decouper((4,)), BY_ALICE).nouvelles
    assert [new.rotations, site.lecteur.cut[-1].rotations] == [(90,), (90,)]
    with pytest.raises(ChangementImpossible):
        site.recouper(new.id, Tourner(45), BY_ALICE)
    sound(site)


def test_nothing_changes_when_the_bytes_cannot_be_made_or_kept(site: TestSite) -> None:
    done = deposit(site)
    site.lecteur.uncuttable = 1
    with pytest.raises(FichierCorrompu):
        site.recouper(done.pieces[0].id, Decouper((4,)), BY_ALICE)
    site.lecteur.uncuttable = None
    site.objects.down = True
    with pytest.raises(StockageIndisponible):
        site.recouper(done.pieces[0].id, Decouper((4,)), BY_ALICE)
    site.objects.down = False
    assert [p.version for p in site.result(done.pieces[0].envoi).pieces] == [1, 1, 1, 1]
    sound(site)


def test_the_slower_of_two_cutters_is_told(site: TestSite) -> None:
    done = deposit(site)
    seen = replace(BY_ALICE, vu=1)
    site.recouper(done.pieces[0].id, Tourner(180), seen)
    with pytest.raises(ChangementImpossible, match="a changé depuis"):
        site.recouper(done.pieces[0].id, Decouper((4,)), replace(seen, par="bob"))


def test_a_change_while_the_bytes_are_made_undoes_the_cut(site: TestSite) -> None:
    done = deposit(site)
    first = done.pieces[0]
    site.lecteur.meanwhile = lambda: site.corriger(first.id, Reclasser("quittance_loyer"), Geste("bob", "si"))
    with pytest.raises(ChangementImpossible):
        site.recouper(first.id, Decouper((4,)), BY_ALICE)
    site.lecteur.meanwhile = None
    kept = site.result(first.envoi).pieces
    assert len(kept) == 4
    assert (kept[0].pages, kept[0].type) == ((2, 3, 4), "quittance_loyer")
    sound(site)
