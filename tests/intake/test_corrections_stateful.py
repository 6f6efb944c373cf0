"""Whatever people do, in whatever order: no page is lost, no limit passed, places are the filed pieces."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from intake.domain.commands import (
    Commande,
    Confirmer,
    Decouper,
    DemanderCopie,
    Deplacer,
    Fusionner,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Supprimer,
    Tourner,
)
from intake.domain.envoi import Piece
from intake.domain.motif import Canal, StatutPiece
from intake.errors import ChangementImpossible, NomContraire
from readings import FAURE, MARTIN, N1, N2, N3, page, piece
from site_for_tests import TestSite
from storage.follow_up_queries import FiltreIncidents

PAGES = (
    page(1, "A", MARTIN, code=N1),
    *(piece(n, "quittance_loyer date=2026-10-01", MARTIN) for n in range(2, 10)),  # two more than the limit
    piece(10, "bail", MARTIN),
    piece(11, "+", ""),
    page(12, blank=True),
    piece(13, "+", ""),
    piece(14, "bulletin_salaire", FAURE),
    piece(15, "inconnu", MARTIN),
    piece(16, "bulletin_salaire date=2020-01-31", MARTIN),
    page(17, "A", code="999012400099975001"),
    piece(18, "bail", FAURE),
)
PARTS = sorted(set(range(2, 19)) - {17})
TYPES = st.sampled_from(["bail", "quittance_loyer", "bulletin_salaire", "rib", "carte_identite"])
ORDERS: st.SearchStrategy[Commande] = st.one_of(
    st.builds(Reclasser, TYPES, st.sampled_from([None, "", "D", "C"])),
    st.builds(Deplacer, st.sampled_from([N1, N2, N3]), st.booleans()),
    st.builds(Marquer, st.sampled_from(Marque)),
    st.builds(Supprimer),
    st.builds(Confirmer),
    st.builds(DemanderCopie),
)
GESTE = Geste("alice", "essai")


class People(RuleBasedStateMachine):
    @initialize()
    def deposit(self) -> None:
        memory = Path("/dev/shm")
        self.folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.site = TestSite(f"sqlite:///{self.folder.name}/s.db", Path(self.folder.name))
        self.envoi = self.site.deposit(*PAGES, canal=Canal.GUICHET).pieces[0].envoi

    def teardown(self) -> None:
        if hasattr(self, "site"):
            self.site.engine.dispose()
            self.folder.cleanup()

    @property
    def pieces(self) -> list[Piece]:
        return self.site.result(self.envoi).pieces

    @rule(which=st.integers(0, 30), order=ORDERS)
    def correct(self, which: int, order: Commande) -> None:
        chosen = self.pieces[which % len(self.pieces)]
        with suppress(ChangementImpossible, NomContraire):
            self.site.corriger(chosen.id, order, GESTE)  # type: ignore[arg-type]

    @rule(which=st.integers(0, 30), data=st.data())
    def split(self, which: int, data: st.DataObject) -> None:
        long = [p for p in self.pieces if len(p.pages) > 1]
        if long:
            chosen = long[which % len(long)]
            starts = data.draw(st.sets(st.sampled_from(chosen.pages[1:]), min_size=1))
            with suppress(ChangementImpossible):
                self.site.recouper(chosen.id, Decouper(tuple(starts)), GESTE)

    @rule(which=st.integers(0, 30), more=st.integers(1, 2))
    def merge(self, which: int, more: int) -> None:
        alive = sorted((p for p in self.pieces if p.vive), key=lambda p: p.pages)
        first, *others = alive[which % len(alive) :][: more + 1]
        with suppress(ChangementImpossible):
            self.site.recouper(first.id, Fusionner(tuple(p.id for p in others)), GESTE)

    @rule(which=st.integers(0, 30), quarter=st.sampled_from([90, 180, 270]))
    def turn(self, which: int, quarter: int) -> None:
        chosen = self.pieces[which % len(self.pieces)]
        with suppress(ChangementImpossible):
            self.site.recouper(chosen.id, Tourner(quarter), GESTE)

    @invariant()
    def all_is_in_order(self) -> None:
        """One look at everything after each step: looking costs more than doing."""
        pieces = self.pieces
        with self.site.uow() as tx:
            plan = tx.plans.en_vigueur(self.site.clock.now().date())
            taken = {(n, k): v for n in (N1, N2, N3) for k, v in tx.places.occupees(n).items()}
        # every page is in one piece
        assert sorted(n for p in pieces if p.vive for n in p.pages) == PARTS
        # places are the filed pieces, and within the limits
        filed = Counter((p.demande, p.occupe) for p in pieces if p.occupe is not None)
        assert taken == dict(filed)
        assert all(v <= plan.categories[place[0]].limite for (_, place), v in taken.items())
        listed = [v.incident for v in self.site.suivi.incidents(FiltreIncidents(limite=1000))]
        for p in pieces:
            assert (p.statut is StatutPiece.DEPOSEE) is (p.occupe is not None)
            if p.vive and p.statut in (StatutPiece.A_VERIFIER, StatutPiece.EN_ATTENTE):
                # every held piece is on somebody's list
                mine = [i for i in listed if i.piece == p.id or (not i.piece and set(i.pages) & set(p.pages))]
                assert mine, p
            if p.statut is StatutPiece.EN_ATTENTE and p.demande != N3:
                # nothing waits beside a free place
                category = plan.categories[p.categorie]
                who = (p.personne or "") if category.par_personne else ""
                assert taken.get((p.demande or "", (p.categorie, who)), 0) >= category.limite
            assert self.site.objects.exists(p.objet)


TestPeople = pytest.mark.slow(People.TestCase)
TestPeople.settings = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # a failing run is short enough to be read as it is
    suppress_health_check=[HealthCheck.too_slow],
)
