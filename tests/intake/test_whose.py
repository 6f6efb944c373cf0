"""Whose a piece is stays in doubt until somebody says it: no way round by repairing or restoring (R14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.domain.commands import (
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
from intake.domain.demande import StatutDemande
from intake.domain.envoi import Piece
from intake.domain.incident import EN_COURS
from intake.domain.motif import StatutPiece
from intake.errors import ChangementImpossible
from readings import BERNARD, BOR, FAURE, FIC, MARTIN, N1, N2, N3, WORDS, page, piece
from site_for_tests import RADIEE, TestSite

BY_ALICE = Geste("alice", "erreur de clic")
BACK = Marquer(Marque.AUCUNE)
UNKNOWN = "999032400011122233"


def beside_a_stranger(site: TestSite, *lines: str) -> Piece:
    """A piece held in Mme MARTIN's dossier, as `lines` tell it."""
    done = site.deposit(
        page(1, code=BOR.format(1, 2)),
        page(2, "fiche", code=FIC.format(N1, 2)),
        piece(3, "bail", MARTIN),
        page(4, *lines, WORDS),
    )
    return done.pieces[1]


def told(piece_: Piece) -> tuple[str, str | None, str | None]:
    return piece_.statut.value, piece_.motif and piece_.motif.value, piece_.demande


class TestTakingBack:
    @pytest.mark.parametrize(
        "away", [Supprimer(), DemanderCopie(), Marquer(Marque.OBSOLETE), Marquer(Marque.INEXPLOITABLE)]
    )
    @pytest.mark.parametrize(
        ("lines", "motif"),
        [
            (("quittance_loyer", FAURE), "IDENTITE_INCOHERENTE"),
            (("bulletin_salaire falsification=retouchée", MARTIN), "FALSIFICATION_SUSPECTEE"),
            (("avis_imposition noms_du_code_seul=HAUTEBORDE-LOUIS", BERNARD), "FALSIFICATION_SUSPECTEE"),
            (
                ("passeport nom_de_la_bande_seule=HAUTEBORDE-ODON naissances=1985-04-12", BERNARD),
                "FALSIFICATION_SUSPECTEE",
            ),
            (("rib pages_manquantes=2", MARTIN), "INCOMPLETE"),
        ],
    )
    def test_it_is_held_again_for_what_held_it(
        self, site: TestSite, away: Correctif, lines: tuple[str, ...], motif: str
    ) -> None:
        held = beside_a_stranger(site, *lines)
        assert told(held) == ("a_verifier", motif, N1)
        site.corriger(held.id, away, BY_ALICE)
        back = site.corriger(held.id, BACK, BY_ALICE).piece
        assert told(back) == ("a_verifier", motif, N1)
        assert back.message == held.message
        told_of = [i for i in site.result(held.envoi).incidents if i.piece == held.id]
        assert [i.motif.value for i in told_of if i.etat in EN_COURS] == [motif]

    def test_neither_a_mark_nor_another_type_in_between_files_it(self, site: TestSite) -> None:
        held = beside_a_stranger(site, "quittance_loyer", FAURE)
        site.corriger(held.id, Marquer(Marque.OBSOLETE), BY_ALICE)
        assert site.corriger(held.id, Reclasser("bail"), BY_ALICE).piece.statut is StatutPiece.OBSOLETE
        site.corriger(held.id, Supprimer(), BY_ALICE)
        now = site.corriger(held.id, BACK, BY_ALICE).piece
        assert told(now) == ("a_verifier", "IDENTITE_INCOHERENTE", N1)

    def test_what_was_filed_is_filed_again(self, site: TestSite) -> None:
        filed = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN)).pieces[0]
        for away in (Supprimer(), Marquer(Marque.OBSOLETE), DemanderCopie()):
            site.corriger(filed.id, away, BY_ALICE)
            assert site.corriger(filed.id, BACK, BY_ALICE).piece.statut is StatutPiece.DEPOSEE

    def test_what_a_person_settled_since_is_settled(self, site: TestSite) -> None:
        held = beside_a_stranger(site, "quittance_loyer", FAURE)
        site.corriger(held.id, Confirmer(), BY_ALICE)
        site.corriger(held.id, Supprimer(), BY_ALICE)
        assert told(site.corriger(held.id, BACK, BY_ALICE).piece) == ("deposee", None, N1)

    def test_moved_while_it_was_marked_its_names_were_looked_at_there(self, site: TestSite) -> None:
        held = beside_a_stranger(site, "quittance_loyer", FAURE)
        orders: tuple[Correctif, ...] = (Marquer(Marque.OBSOLETE), Deplacer(N2), Supprimer(), BACK)
        now = [site.corriger(held.id, order, BY_ALICE).piece for order in orders][-1]
        assert told(now) == ("deposee", None, N2)

    def test_a_group_dropped_by_mistake_waits_for_its_number_again(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, code=BOR.format(1, 1)), page(2, "f", code=FIC.format(UNKNOWN, 1)), piece(3, "bail")
        )
        site.reparer.ecarter(done.pieces[0].envoi, (), Ecarter(), BY_ALICE)
        back = site.corriger(done.pieces[0].id, BACK, BY_ALICE).piece
        assert told(back) == ("a_verifier", "NUMERO_INCONNU", None)
        assert [i.motif.value for i in site.result(back.envoi).incidents if i.etat in EN_COURS] == [
            "NUMERO_INCONNU"
        ]


class TestCuttingAgain:
    def test_a_lone_number_is_no_better_proof_for_a_half(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, code=BOR.format(1, 1)), page(2, "f", code=N1), piece(3, "bail"), page(4, "+", WORDS)
        )
        (held,) = done.pieces
        assert told(held) == ("a_verifier", "IDENTITE_INCOHERENTE", N1)
        cut = site.recouper(held.id, Decouper((4,)), BY_ALICE)
        assert {told(p)[:2] for p in (cut.piece, *cut.nouvelles)} == {("a_verifier", "IDENTITE_INCOHERENTE")}
        again = site.recouper(held.id, Fusionner((cut.nouvelles[0].id,)), BY_ALICE).piece
        assert told(again) == ("a_verifier", "IDENTITE_INCOHERENTE", N1)

    def test_a_half_that_names_the_household_in_full_is_filed(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, code=BOR.format(1, 1)),
            page(2, "f", code=FIC.format(N1, 1)),
            piece(3, "bail", FAURE),
            page(4, "+", "x"),
        )
        held = done.pieces[0]
        assert told(held)[1] == "IDENTITE_INCOHERENTE"
        with site.uow() as tx:
            tx.lectures.ecrire(held.envoi, [piece(4, "bulletin_salaire", MARTIN)])
            tx.commit()
        site.lecteur.given = [page(n, "x") for n in range(1, 5)]
        cut = site.recouper(held.id, Decouper((4,)), BY_ALICE)
        assert told(cut.piece)[1] == "IDENTITE_INCOHERENTE"
        assert told(cut.nouvelles[0]) == ("deposee", None, N1)

    def test_merging_with_a_filed_piece_files_no_stranger(self, site: TestSite) -> None:
        held = beside_a_stranger(site, "quittance_loyer", FAURE)
        filed = site.result(held.envoi).pieces[0]
        merged = site.recouper(filed.id, Fusionner((held.id,)), BY_ALICE).piece
        assert told(merged)[:2] == ("a_verifier", "IDENTITE_INCOHERENTE")

    def test_a_mark_before_the_cut_is_no_way_round(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, code=BOR.format(1, 1)), page(2, "f", code=N1), piece(3, "bail"), page(4, "+", WORDS)
        )
        site.corriger(done.pieces[0].id, Marquer(Marque.OBSOLETE), BY_ALICE)
        cut = site.recouper(done.pieces[0].id, Decouper((4,)), BY_ALICE)
        assert {told(p)[:2] for p in (cut.piece, *cut.nouvelles)} == {("a_verifier", "IDENTITE_INCOHERENTE")}

    def test_a_suspected_forgery_stays_suspected_in_its_parts(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, code=BOR.format(1, 1)),
            page(2, "f", code=FIC.format(N1, 1)),
            piece(3, "rib falsification=retouchée", MARTIN),
            page(4, "+", MARTIN),
        )
        cut = site.recouper(done.pieces[0].id, Decouper((4,)), BY_ALICE)
        assert {told(p)[1] for p in (cut.piece, *cut.nouvelles)} == {"FALSIFICATION_SUSPECTEE"}

    def test_each_part_of_what_is_held_is_on_somebodys_list(self, site: TestSite) -> None:
        """Moved to a radiated demande: no incident of a group tells of these pages."""
        done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail"), page(3, "+", WORDS))
        site.corriger(done.pieces[0].id, Deplacer(N3), BY_ALICE)
        cut = site.recouper(done.pieces[0].id, Decouper((3,)), BY_ALICE)
        assert {told(p)[1] for p in (cut.piece, *cut.nouvelles)} == {"DEMANDE_RADIEE"}
        waiting = [i.piece for i in site.result(cut.piece.envoi).incidents if i.etat in EN_COURS and i.piece]
        assert waiting == [cut.piece.id, cut.nouvelles[0].id]

    def test_a_group_marked_before_it_is_cut_is_told_again(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, code=BOR.format(1, 1)),
            page(2, "f", code=FIC.format(UNKNOWN, 1)),
            piece(3, "bail"),
            page(4, "+"),
        )
        site.corriger(done.pieces[0].id, Marquer(Marque.OBSOLETE), BY_ALICE)
        cut = site.recouper(done.pieces[0].id, Decouper((4,)), BY_ALICE)
        assert {told(p)[1] for p in (cut.piece, *cut.nouvelles)} == {"NUMERO_INCONNU"}
        waiting = [i.piece for i in site.result(cut.piece.envoi).incidents if i.etat in EN_COURS]
        assert waiting == [cut.piece.id, cut.nouvelles[0].id]


class TestGivingANumberToAll:
    def two_groups(self, site: TestSite) -> list[Piece]:
        return site.deposit(
            page(1, code=BOR.format(2, 2)),
            page(2, "f", code=FIC.format(N3, 1)),
            piece(3, "bail"),
            page(4, "f", code=FIC.format(UNKNOWN, 1)),
            piece(5, "bulletin_salaire"),
        ).pieces

    @pytest.mark.parametrize("numero", [N1, N3])
    def test_several_groups_have_to_be_named(self, site: TestSite, numero: str) -> None:
        radiated, unknown = self.two_groups(site)
        with pytest.raises(ChangementImpossible, match="Plusieurs groupes"):
            site.reparer.donner_numero(unknown.envoi, (), DonnerNumero(numero), BY_ALICE)
        with pytest.raises(ChangementImpossible, match="Plusieurs groupes"):
            site.reparer.ecarter(unknown.envoi, (), Ecarter(), BY_ALICE)
        assert site.result(unknown.envoi).pieces == [radiated, unknown]
        given = site.reparer.donner_numero(unknown.envoi, (4, 5), DonnerNumero(N1), BY_ALICE)
        assert [p.id for p in given.pieces] == [unknown.id]

    def test_a_known_demandes_piece_leaves_it_only_by_its_pages(self, site: TestSite) -> None:
        radiated, unknown = self.two_groups(site)
        site.reparer.ecarter(unknown.envoi, (4, 5), Ecarter(), BY_ALICE)
        with pytest.raises(ChangementImpossible, match="une autre demande"):
            site.reparer.donner_numero(unknown.envoi, (), DonnerNumero(N1), BY_ALICE)
        (moved,) = site.reparer.donner_numero(unknown.envoi, (2, 3), DonnerNumero(N1), BY_ALICE).pieces
        assert (moved.id, moved.demande) == (radiated.id, N1)

    def test_two_stacks_without_a_sheet_are_two_groups(self, site: TestSite) -> None:
        done = site.deposit(
            piece(1, "bail"),
            page(2, code=BOR.format(2, 2)),
            page(3, "f", code=FIC.format(N1, 1)),
            piece(4, "bail", MARTIN),
            page(5, code=BOR.format(1, 1)),
            piece(6, "rib"),
        )
        held = [p.pages for p in done.pieces if p.statut is StatutPiece.A_VERIFIER]
        assert held == [(1,), (6,)]
        with pytest.raises(ChangementImpossible, match="Plusieurs groupes"):
            site.reparer.donner_numero(done.pieces[0].envoi, (), DonnerNumero(N1), BY_ALICE)

    def test_a_reactivated_demande_takes_its_own_all_the_same(self, site: TestSite) -> None:
        radiated, unknown = self.two_groups(site)
        _, judged = site.inscrire([replace(RADIEE, statut=StatutDemande.ACTIVE)])
        assert [p.id for p in judged] == [radiated.id]
        site.reparer.donner_numero(unknown.envoi, (), DonnerNumero(N1), BY_ALICE)
