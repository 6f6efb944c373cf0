"""Corrections by people: a history, places kept right, the slower of two told (R19, R27)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.domain.commands import (
    MENAGE,
    Confirmer,
    DemanderCopie,
    Deplacer,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Supprimer,
    Tourner,
    parties,
    tours,
)
from intake.domain.demande import StatutDemande
from intake.domain.envoi import Piece
from intake.domain.motif import Canal, Motif
from intake.errors import ChangementImpossible, DemandeInconnue, NomContraire, PieceInconnue
from readings import FAURE, MARTIN, N1, N2, N3, WORDS, page, piece
from site_for_tests import MARTIN as HOUSEHOLD
from site_for_tests import Result, TestSite
from storage.check import check
from storage.follow_up_queries import FiltreIncidents

BY_ALICE = Geste("alice", "vu sur l'original")


def deposit(site: TestSite, *pages: object) -> Result:
    return site.deposit(page(1, "A", MARTIN, code=N1), *pages, canal=Canal.GUICHET)  # type: ignore[arg-type]


def now(site: TestSite, piece: Piece) -> Piece:
    with site.uow() as tx:
        found = tx.pieces.lire(piece.id)
    assert found is not None
    return found


def sound(site: TestSite) -> None:
    assert [d for d in check(site.queries, site.objects) if d.genre != "orphelin"] == []


def open_motifs(site: TestSite) -> list[str]:
    return sorted(v.incident.motif.value for v in site.suivi.incidents(FiltreIncidents()))


class TestReclasser:
    def test_type_category_person_place_history_incident_and_example(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN))
        told = site.suivre.signaler(done.pieces[0].id, Motif.MAL_CLASSEE, "bob", "c'est un bulletin")
        order = Reclasser("bulletin_salaire", "C")
        changed = site.corriger(done.pieces[0].id, order, replace(BY_ALICE, incident=told.id)).piece
        assert (changed.type, changed.categorie, changed.personne) == ("bulletin_salaire", "RES", "C")
        assert (changed.statut.value, changed.choisi_par, changed.confidence) == ("deposee", "alice", 1.0)
        with site.uow() as tx:
            assert tx.places.occupees(N1) == {changed.occupe: 1}
            (acte,) = tx.histoire.de_piece(changed.id)
            (example,) = tx.corrections.toutes()
        assert (acte.fait.par, acte.fait.action, acte.fait.raison) == (
            "alice",
            "reclasser",
            "vu sur l'original",
        )
        assert (acte.avant["type"], acte.apres["type"]) == ("bail", "bulletin_salaire")
        assert (example.avant, example.type, example.pages) == ("bail", "bulletin_salaire", (2,))
        assert [s.etat.value for s in site.suivi.suites(told.id)] == ["prise_en_charge", "resolue"]
        assert open_motifs(site) == []
        sound(site)

    def test_a_piece_that_waited_for_its_type_is_filed(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "inconnu", MARTIN))
        assert done.statut == "traitee_avec_incidents"
        assert site.corriger(done.pieces[0].id, Reclasser("bail"), BY_ALICE).piece.statut.value == "deposee"
        assert site.result(done.pieces[0].envoi).statut == "traitee"

    def test_into_a_full_category_it_waits_and_its_old_place_goes_to_the_oldest(self, site: TestSite) -> None:
        rents = [piece(n, "quittance_loyer date=2026-10-01", MARTIN) for n in range(2, 9)]
        done = deposit(site, *rents, piece(9, "rib", MARTIN))
        assert [p.statut.value for p in done.pieces] == ["deposee"] * 6 + ["en_attente", "deposee"]
        rib = done.pieces[7]
        into = site.corriger(rib.id, Reclasser("quittance_loyer"), BY_ALICE)
        assert (into.piece.statut.value, into.piece.motif) == ("en_attente", Motif.CATEGORIE_PLEINE)
        out = site.corriger(done.pieces[0].id, Reclasser("rib"), BY_ALICE)
        assert [p.id for p in out.deposees] == [done.pieces[6].id]
        assert now(site, done.pieces[6]).statut.value == "deposee"
        sound(site)

    @pytest.mark.parametrize(
        "order",
        [
            Reclasser("bail"),
            Reclasser("inconnu"),
            Reclasser("n_existe_pas"),
            Reclasser("fiche_recapitulative"),
            Reclasser(personne="A7"),
            Reclasser(),
        ],
    )
    def test_nonsense_changes_nothing(self, site: TestSite, order: Reclasser) -> None:
        done = deposit(site, piece(2, "bail", MARTIN))
        with pytest.raises(ChangementImpossible):
            site.corriger(done.pieces[0].id, order, BY_ALICE)
        assert now(site, done.pieces[0]).version == 1

    def test_a_held_piece_keeps_its_other_reason(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN), piece(3, "bulletin_salaire", FAURE))
        held = site.corriger(done.pieces[1].id, Reclasser("rib", MENAGE), BY_ALICE).piece
        assert (held.statut.value, held.motif) == ("a_verifier", Motif.IDENTITE_INCOHERENTE)
        assert open_motifs(site) == ["IDENTITE_INCOHERENTE"]


class TestDeplacer:
    def test_to_the_right_household(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN), piece(3, "bulletin_salaire", FAURE))
        moved = site.corriger(done.pieces[1].id, Deplacer(N2), BY_ALICE).piece
        assert (moved.demande, moved.personne, moved.statut.value) == (N2, "D", "deposee")
        assert open_motifs(site) == []
        sound(site)

    def test_names_confront_even_a_persons_word(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN))
        with pytest.raises(NomContraire, match="MARTIN"):
            site.corriger(done.pieces[0].id, Deplacer(N2), BY_ALICE)
        moved = site.corriger(done.pieces[0].id, Deplacer(N2, malgre_le_nom=True), BY_ALICE).piece
        assert (moved.demande, moved.statut.value) == (N2, "deposee")
        with site.uow() as tx:
            assert tx.places.occupees(N1) == {}
        sound(site)

    def test_unknown_radiated_or_same_demande(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail"))
        with pytest.raises(DemandeInconnue):
            site.corriger(done.pieces[0].id, Deplacer("999012400099975001"), BY_ALICE)
        with pytest.raises(ChangementImpossible):
            site.corriger(done.pieces[0].id, Deplacer(N1), BY_ALICE)
        held = site.corriger(done.pieces[0].id, Deplacer(N3), BY_ALICE).piece
        assert (held.demande, held.statut.value, held.motif) == (N3, "a_verifier", Motif.DEMANDE_RADIEE)
        assert open_motifs(site) == ["DEMANDE_RADIEE"]


class TestMarks:
    def test_marked_and_taken_back(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bulletin_salaire date=2020-01-31", MARTIN), piece(3, "bail", MARTIN))
        assert [p.statut.value for p in done.pieces] == ["obsolete", "deposee"]
        back = site.corriger(done.pieces[0].id, Marquer(Marque.AUCUNE), BY_ALICE).piece
        assert (back.statut.value, back.validite) == ("deposee", None)
        for mark, statut in ((Marque.OBSOLETE, "obsolete"), (Marque.INEXPLOITABLE, "rejetee")):
            assert site.corriger(done.pieces[1].id, Marquer(mark), BY_ALICE).piece.statut.value == statut
            site.corriger(done.pieces[1].id, Marquer(Marque.AUCUNE), BY_ALICE)
        with pytest.raises(ChangementImpossible):
            site.corriger(done.pieces[1].id, Marquer(Marque.AUCUNE), BY_ALICE)
        with site.uow() as tx:
            actions = [a.apres.get("statut") for a in tx.histoire.de_piece(done.pieces[1].id)]
        assert actions == ["obsolete", "deposee", "rejetee", "deposee"]
        sound(site)

    def test_deleted_is_kept_and_may_come_back(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN))
        gone = site.corriger(done.pieces[0].id, Supprimer(), BY_ALICE).piece
        assert (gone.statut.value, gone.occupe) == ("supprimee", None)
        assert site.objects.exists(gone.objet)
        with pytest.raises(ChangementImpossible):
            site.corriger(gone.id, Supprimer(), BY_ALICE)
        with pytest.raises(ChangementImpossible):
            site.corriger(gone.id, Reclasser("rib"), BY_ALICE)
        assert site.corriger(gone.id, Marquer(Marque.AUCUNE), BY_ALICE).piece.statut.value == "deposee"
        sound(site)

    def test_a_duplicate_whose_first_is_gone_is_looked_at_again(self, site: TestSite) -> None:
        slip = (
            "Mme MARTIN Camille",
            "Bulletin de paie",
            WORDS,
            "Matricule 448120 net 1 684,20 septembre 2026",
        )
        kind = "bulletin_salaire date=2026-09-30"
        done = deposit(site, page(2, kind, *slip), page(3, kind, *slip))
        assert done.pieces[1].statut.value == "doublon"
        site.corriger(done.pieces[0].id, Supprimer(), BY_ALICE)
        assert (now(site, done.pieces[1]).statut.value, open_motifs(site)) == ("a_verifier", ["DOUBLON"])
        assert site.corriger(done.pieces[1].id, Confirmer(), BY_ALICE).piece.statut.value == "deposee"
        sound(site)

    def test_a_new_copy_is_asked_for(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN, readable=False))
        asked = site.corriger(done.pieces[0].id, DemanderCopie(), BY_ALICE).piece
        assert (asked.statut.value, asked.motif, open_motifs(site)) == ("rejetee", Motif.ILLISIBLE, [])
        (mail,) = site.mails()
        assert (mail.destinataire, "n'est pas lisible" in mail.corps) == ("alice@exemple.fr", True)

    def test_the_demandeur_himself_is_asked_where_his_address_is_known(self, site: TestSite) -> None:
        with site.uow() as tx:
            tx.registre.enregistrer(replace(HOUSEHOLD, email="camille@exemple.fr"))
            tx.commit()
        done = deposit(site, piece(2, "bail", MARTIN))
        site.corriger(done.pieces[0].id, DemanderCopie(), BY_ALICE)
        assert [m.destinataire for m in site.mails()] == ["camille@exemple.fr"]


class TestConfirmer:
    def test_a_held_piece_is_filed(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN), piece(3, "bulletin_salaire", FAURE))
        filed = site.corriger(done.pieces[1].id, Confirmer("C"), BY_ALICE).piece
        assert (filed.statut.value, filed.personne, filed.motif) == ("deposee", "C", None)
        assert site.result(filed.envoi).statut == "traitee"
        with pytest.raises(ChangementImpossible):
            site.corriger(filed.id, Confirmer(), BY_ALICE)

    def test_not_without_type_demande_or_an_active_one(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "inconnu", MARTIN), piece(3, "bulletin_salaire", FAURE))
        with pytest.raises(ChangementImpossible, match="type"):
            site.corriger(done.pieces[0].id, Confirmer(), BY_ALICE)
        with site.uow() as tx:
            demande = tx.registre.chercher(N1)
            assert demande is not None
            tx.registre.enregistrer(replace(demande, statut=StatutDemande.RADIEE))
            tx.commit()
        with pytest.raises(ChangementImpossible, match="radiée"):
            site.corriger(done.pieces[1].id, Confirmer(), BY_ALICE)
        alone = site.deposit(piece(1, "bail", MARTIN), name="seul", canal=Canal.GUICHET)
        with pytest.raises(ChangementImpossible, match="aucune demande"):
            site.corriger(alone.pieces[0].id, Confirmer(), BY_ALICE)


class TestTwoPeople:
    def test_the_slower_of_two_is_told(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN))
        seen = replace(BY_ALICE, vu=done.pieces[0].version)
        site.corriger(done.pieces[0].id, Reclasser("rib"), seen)
        with pytest.raises(ChangementImpossible, match="a changé depuis"):
            site.corriger(done.pieces[0].id, Supprimer(), replace(seen, par="bob"))
        assert now(site, done.pieces[0]).type == "rib"

    def test_an_incident_in_other_hands_is_not_resolved_over_them(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN), piece(3, "bulletin_salaire", FAURE))
        held = f"{done.pieces[1].id}-I"
        site.suivre.prendre(held, "bob")
        with pytest.raises(ChangementImpossible, match="bob"):
            site.corriger(done.pieces[1].id, Confirmer(), replace(BY_ALICE, incident=held))
        with pytest.raises(ChangementImpossible, match="n'est pas de la pièce"):
            site.corriger(done.pieces[0].id, Supprimer(), Geste("bob", "erreur", incident=held))
        assert now(site, done.pieces[0]).statut.value == "deposee"

    def test_nobody_corrects_what_is_still_being_read(self, site: TestSite) -> None:
        done = deposit(site, piece(2, "bail", MARTIN))
        with site.engine.begin() as c:
            c.exec_driver_sql("UPDATE envois SET statut = 'en_cours'")
        with pytest.raises(ChangementImpossible, match="jusqu'au bout"):
            site.corriger(done.pieces[0].id, Supprimer(), BY_ALICE)

    def test_a_reason_and_a_name_are_asked_for(self, site: TestSite) -> None:
        for geste in (Geste("alice", " "), Geste("", "erreur")):
            with pytest.raises(ChangementImpossible, match="pourquoi"):
                site.corriger("E-0001", Supprimer(), geste)
        with pytest.raises(PieceInconnue):
            site.corriger("E-0001", Supprimer(), BY_ALICE)


def test_parts_and_turns() -> None:
    assert parties((3, 4, 6, 7), (6,)) == ((3, 4), (6, 7))
    assert parties((3, 4, 6, 7), (7, 4)) == ((3,), (4, 6), (7,))
    for wrong in ((), (3,), (5,), (8,)):
        assert parties((3, 4, 6, 7), wrong) is None
    assert tours((3, 4), (), Tourner(90)) == (90, 90)
    assert tours((3, 4), (270, 0), Tourner(-270, (3,))) == (0, 0)
    for nothing in (Tourner(45), Tourner(360), Tourner(90, (5,))):
        assert tours((3, 4), (), nothing) is None
