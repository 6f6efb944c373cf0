"""Whatever people and the register do, in whatever order: another household's name keeps a piece out (R14).

Only what somebody said in so many words files such a piece: « although the name », or « I looked ».
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from intake.domain.commands import (
    RETRAITS,
    Confirmer,
    Correctif,
    Decouper,
    DemanderCopie,
    Deplacer,
    DonnerNumero,
    Ecarter,
    Fusionner,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Supprimer,
)
from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.envoi import Piece
from intake.domain.incident import EN_COURS
from intake.domain.motif import StatutPiece
from intake.errors import ChangementImpossible, DemandeInconnue, NomContraire
from readings import BOR, FAURE, FIC, MARTIN, N1, N2, N3, page, piece
from site_for_tests import RADIEE, TestSite

NEW = "999012400099975001"
PETIT, ROY = "M. PETIT Hugo", "Mme ROY Anne"
NOUVELLE = Demande(NEW, personnes=(Personne("D", "ROY", "Anne", "MME"),))
PAGES = (
    page(1, code=BOR.format(4, 8)),
    page(2, "fiche", code=FIC.format(N1, 3)),
    piece(3, "bail", MARTIN),
    piece(4, "quittance_loyer", FAURE),  # a stranger's
    piece(5, "+"),
    page(6, "fiche", code=N1),  # one reading, and nothing that confirms it
    piece(7, "bail"),
    piece(8, "+"),
    page(9, "fiche", code=FIC.format(N3, 2)),
    piece(10, "rib", PETIT),
    piece(11, "carte_identite"),
    page(12, "fiche", code=FIC.format(NEW, 2)),
    piece(13, "bail", ROY),
)
NAMED = {3: N1, 4: N2, 10: N3, 13: NEW}
ALONE = {7, 8}  # silent, under a number that nothing confirms
NUMBERS = st.sampled_from([N1, N2, N3, NEW])
AWAY: st.SearchStrategy[Correctif] = st.sampled_from(
    [Supprimer(), DemanderCopie(), Marquer(Marque.OBSOLETE), Marquer(Marque.INEXPLOITABLE)]
)
RECLASSED: st.SearchStrategy[Correctif] = st.builds(Reclasser, st.sampled_from(["bail", "carte_identite"]))
MOVED: st.SearchStrategy[Correctif] = st.builds(Deplacer, NUMBERS, st.sampled_from([False, False, True]))
BACK: st.SearchStrategy[Correctif] = st.just(Marquer(Marque.AUCUNE))
ORDERS = st.one_of(
    st.tuples(AWAY, BACK),
    st.tuples(AWAY, RECLASSED, BACK),
    st.tuples(AWAY, MOVED, BACK),
    st.tuples(st.one_of(AWAY, RECLASSED, MOVED, BACK)),
)
GESTE = Geste("alice", "essai")
REFUSED = (ChangementImpossible, NomContraire, DemandeInconnue)


class Whose(RuleBasedStateMachine):
    @initialize()
    def deposit(self) -> None:
        memory = Path("/dev/shm")
        self.folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.site = TestSite(f"sqlite:///{self.folder.name}/s.db", Path(self.folder.name))
        self.envoi = self.site.deposit(*PAGES).pieces[0].envoi
        self.said: set[tuple[int, str]] = set()  # (page, demande) that a person said in so many words

    def teardown(self) -> None:
        if hasattr(self, "site"):
            self.site.engine.dispose()
            self.folder.cleanup()

    @property
    def alive(self) -> list[Piece]:
        return sorted((p for p in self.site.result(self.envoi).pieces if p.vive), key=lambda p: p.pages)

    def one(self, which: int) -> Piece:
        """Two times of three among those that wait for a person."""
        alive = self.alive
        held = [p for p in alive if p.statut is StatutPiece.A_VERIFIER]
        pool = held if held and which % 3 else alive
        return pool[which // 3 % len(pool)]

    def says(self, piece: Piece) -> None:
        self.said |= {(n, piece.demande or "") for n in piece.pages}

    @rule(which=st.integers(0, 99), orders=ORDERS)
    def correct(self, which: int, orders: tuple[Correctif, ...]) -> None:
        chosen = self.one(which)
        for order in orders:
            with suppress(*REFUSED):
                done = self.site.corriger(chosen.id, order, GESTE).piece
                if isinstance(order, Deplacer) and (order.malgre_le_nom or not set(done.pages) & set(NAMED)):
                    self.says(done)

    @rule(which=st.integers(0, 99), seldom=st.integers(0, 4))
    def confirm(self, which: int, seldom: int) -> None:
        if seldom == 0:
            with suppress(*REFUSED):
                self.says(self.site.corriger(self.one(which).id, Confirmer(), GESTE).piece)

    @rule(which=st.integers(0, 99), statut=st.sampled_from(sorted(RETRAITS)))
    def withdraw(self, which: int, statut: str) -> None:
        with suppress(*REFUSED):
            self.site.corriger(self.one(which).id, RETRAITS[statut], GESTE)

    @rule(which=st.integers(0, 99), data=st.data())
    def split(self, which: int, data: st.DataObject) -> None:
        if long := [p for p in self.alive if len(p.pages) > 1]:
            chosen = long[which % len(long)]
            starts = data.draw(st.sets(st.sampled_from(chosen.pages[1:]), min_size=1))
            with suppress(*REFUSED):
                self.site.recouper(chosen.id, Decouper(tuple(starts)), GESTE)

    @rule(which=st.integers(0, 99), more=st.integers(1, 2))
    def merge(self, which: int, more: int) -> None:
        alive = self.alive
        first, *others = alive[which % len(alive) :][: more + 1]
        with suppress(*REFUSED):
            self.site.recouper(first.id, Fusionner(tuple(p.id for p in others)), GESTE)

    @rule(numero=NUMBERS, which=st.integers(0, 99), all_=st.booleans())
    def give_the_number(self, numero: str, which: int, all_: bool) -> None:
        pages = () if all_ else self.one(which).pages
        with suppress(*REFUSED):
            done = self.site.reparer.donner_numero(self.envoi, pages, DonnerNumero(numero), GESTE)
            for given in done.pieces:
                if not set(given.pages) & set(NAMED):
                    self.says(given)

    @rule(which=st.integers(0, 99))
    def set_aside(self, which: int) -> None:
        with suppress(*REFUSED):
            self.site.reparer.ecarter(self.envoi, self.one(which).pages, Ecarter(), GESTE)

    @rule(active=st.booleans())
    def radiate_or_reactivate(self, active: bool) -> None:
        statut = StatutDemande.ACTIVE if active else StatutDemande.RADIEE
        self.site.inscrire([replace(RADIEE, statut=statut)])

    @rule()
    def register(self) -> None:
        self.site.inscrire([NOUVELLE])

    @invariant()
    def names_keep_it_out(self) -> None:
        done = self.site.result(self.envoi)
        for p in (p for p in done.pieces if p.vive):
            if p.statut in (StatutPiece.DEPOSEE, StatutPiece.EN_ATTENTE):
                named = p.demande in {NAMED[n] for n in p.pages if n in NAMED}
                unsaid = [n for n in p.pages if (n, p.demande) not in self.said and not named]
                assert not set(unsaid) & (set(NAMED) | ALONE), p
            if p.statut is StatutPiece.A_VERIFIER:
                # and somebody is asked to look
                told = [i for i in done.incidents if i.etat in EN_COURS]
                assert any(
                    i.piece == p.id or (i.piece is None and set(i.pages) & set(p.pages)) for i in told
                ), (p.motif, p.demande, p.message, done.incidents)


TestWhose = pytest.mark.slow(Whose.TestCase)
TestWhose.settings = settings(
    max_examples=20,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow],
)
