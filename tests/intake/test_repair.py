"""Held page groups: a person gives their number, or the register learns it; names confront (R9, R14, R16)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.domain.commands import (
    Decouper,
    DonnerNumero,
    Ecarter,
    Geste,
    JoindreBordereau,
    Reclasser,
)
from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.motif import Canal
from intake.errors import ChangementImpossible, DemandeInconnue, EnvoiInconnu
from readings import FAURE, FIC, MARTIN, N1, N2, N3, WORDS, page, piece
from site_for_tests import MARTIN as HOUSEHOLD
from site_for_tests import RADIEE, Result, TestSite
from storage.check import check
from storage.follow_up_queries import FiltreIncidents

pytestmark = pytest.mark.slow  # each test opens a database of its own

NEW = "999012400099975001"
BY_ALICE = Geste("alice", "lu sur le papier")
NOUVELLE = Demande(NEW, personnes=(Personne("D", "FAURE", "Nicole", "MME"),))


def mixed(site: TestSite) -> Result:
    """A conform dossier, then pages whose sheet bears a number the register does not know."""
    return site.deposit(
        page(1, "A", MARTIN, code=N1),
        piece(2, "bail", MARTIN),
        page(3, "A", FAURE, code=NEW),
        piece(4, "bail", FAURE),
        piece(5, "bulletin_salaire date=2026-10-31"),
        piece(6, "passeport", MARTIN),
        canal=Canal.GUICHET,
    )


def open_incidents(site: TestSite) -> list[tuple[str, tuple[int, ...]]]:
    seen = site.suivi.incidents(FiltreIncidents())
    return sorted((v.incident.motif.value, v.incident.pages) for v in seen)


def sound(site: TestSite) -> None:
    assert [d for d in check(site.queries, site.objects) if d.genre != "orphelin"] == []


class TestGivingTheNumber:
    def test_pieces_are_judged_under_it_and_filed(self, site: TestSite) -> None:
        done = mixed(site)
        assert open_incidents(site) == [("NUMERO_INCONNU", (3, 4, 5, 6))]
        envoi = done.pieces[0].envoi
        told = site.reparer.donner_numero(envoi, (3, 4, 5, 6), DonnerNumero(N2), BY_ALICE)
        # The payslip names nobody beside a stranger's passport: it is held with it.
        assert [(p.pages, p.numero_unique, p.statut.value) for p in told.pieces] == [
            ((4,), N2, "deposee"),
            ((5,), N2, "a_verifier"),
            ((6,), N2, "a_verifier"),
        ]
        assert open_incidents(site) == [("IDENTITE_INCOHERENTE", (5,)), ("IDENTITE_INCOHERENTE", (6,))]
        assert told.envoi.statut.value == "traitee_avec_incidents"
        with site.uow() as tx:
            assert [a.fait.action for a in tx.histoire.de_piece(told.pieces[0].id)] == ["donnernumero"]
        sound(site)

    def test_what_is_illegible_among_them_is_told_at_once_and_held_for_itself_after(
        self, site: TestSite
    ) -> None:
        """Whoever writes to the sender asks for all at once."""
        done = site.deposit(
            page(1, "A", FAURE, code=NEW),
            piece(2, "bail", FAURE),
            piece(3, "rib", readable=False),
            piece(4, "avis_imposition pages_manquantes=2", FAURE),
            canal=Canal.GUICHET,
        )
        assert [s[2:] for s in done.sorts] == [("a_verifier", "NUMERO_INCONNU")] * 3
        beside = {(i.motif.value, i.pages) for i in done.incidents if i.gravite.value == "information"}
        assert beside == {("ILLISIBLE", (3,)), ("INCOMPLETE", (4,))}
        assert open_incidents(site) == [("NUMERO_INCONNU", (1, 2, 3, 4))]
        site.reparer.donner_numero(done.pieces[0].envoi, (), DonnerNumero(N2), BY_ALICE)
        assert open_incidents(site) == [("ILLISIBLE", (3,)), ("INCOMPLETE", (4,))]
        sound(site)

    def test_a_copy_in_a_group_of_a_radiated_demande_is_told(self, site: TestSite) -> None:
        site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
        site.inscrire([replace(HOUSEHOLD, statut=StatutDemande.RADIEE)])
        again = page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), piece(3, "rib", MARTIN)
        done = site.deposit(*again, name="b", canal=Canal.GUICHET)
        told = {(i.motif.value, i.pages) for i in done.incidents}
        assert told == {("DOUBLON", (2,)), ("DEMANDE_RADIEE", (1, 2, 3))}

    def test_a_quarantined_envoi_comes_out_of_it(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", MARTIN), piece(2, "rib", MARTIN), canal=Canal.GUICHET)
        assert done.statut == "quarantaine"
        told = site.reparer.donner_numero(done.pieces[0].envoi, (), DonnerNumero(N1), BY_ALICE)
        assert (told.envoi.statut.value, [p.statut.value for p in told.pieces]) == (
            "traitee",
            ["deposee"] * 2,
        )

    def test_a_mistyped_number_files_nothing_in_somebody_elses_dossier(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", MARTIN), piece(2, "rib", MARTIN), canal=Canal.GUICHET)
        told = site.reparer.donner_numero(done.pieces[0].envoi, (), DonnerNumero(N2), BY_ALICE)
        assert {p.motif.value for p in told.pieces if p.motif} == {"IDENTITE_INCOHERENTE"}

    def test_a_radiated_demande_holds_them_until_it_is_reactivated(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", "M. PETIT Hugo"), canal=Canal.GUICHET)
        site.reparer.donner_numero(done.pieces[0].envoi, (), DonnerNumero(N3), BY_ALICE)
        assert open_incidents(site) == [("DEMANDE_RADIEE", (1,))]
        count, judged = site.inscrire([replace(RADIEE, statut=StatutDemande.ACTIVE)])
        assert (count, [p.statut.value for p in judged]) == (1, ["deposee"])
        assert open_incidents(site) == []
        assert site.result(done.pieces[0].envoi).statut == "traitee"
        sound(site)

    def test_what_cannot_be(self, site: TestSite) -> None:
        done = mixed(site)
        envoi = done.pieces[0].envoi
        give = site.reparer.donner_numero
        with pytest.raises(DemandeInconnue):
            give(envoi, (), DonnerNumero(NEW), BY_ALICE)
        with pytest.raises(EnvoiInconnu):
            give("E-rien", (), DonnerNumero(N2), BY_ALICE)
        with pytest.raises(ChangementImpossible, match="n'attend"):
            give(envoi, (1, 2), DonnerNumero(N2), BY_ALICE)
        site.suivre.prendre(site.suivi.incidents(FiltreIncidents())[0].incident.id, "bob")
        with pytest.raises(ChangementImpossible, match="bob"):
            give(envoi, (), DonnerNumero(N2), BY_ALICE)

    def test_a_type_chosen_meanwhile_and_a_split_are_kept(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", FAURE, code=NEW), piece(2, "inconnu", FAURE), piece(3, "bail", FAURE), piece(4, "+"),
            canal=Canal.GUICHET,
        )  # fmt: skip
        site.corriger(done.pieces[0].id, Reclasser("passeport"), BY_ALICE)
        (new,) = site.recouper(done.pieces[1].id, Decouper((4,)), BY_ALICE).nouvelles
        assert (new.statut.value, new.motif and new.motif.value) == ("a_verifier", "NUMERO_INCONNU")
        _, judged = site.inscrire([NOUVELLE])
        assert [(p.pages, p.type, p.statut.value) for p in judged] == [
            ((2,), "passeport", "deposee"),
            ((3,), "bail", "deposee"),
            ((4,), "inconnu", "a_verifier"),
        ]
        assert open_incidents(site) == [("MAL_CLASSEE", (4,))]
        sound(site)


class TestTheRegisterLearns:
    def test_a_demande_imported_later_takes_its_pieces(self, site: TestSite) -> None:
        done = mixed(site)
        _, judged = site.inscrire([NOUVELLE, HOUSEHOLD])
        assert [(p.pages, p.numero_unique, p.statut.value) for p in judged] == [
            ((4,), NEW, "deposee"),
            ((5,), NEW, "a_verifier"),
            ((6,), NEW, "a_verifier"),
        ]
        assert ("NUMERO_INCONNU", (3, 4, 5, 6)) not in open_incidents(site)
        assert site.inscrire([NOUVELLE])[1] == []
        assert len(site.result(done.pieces[0].envoi).pieces) == 4
        sound(site)

    def test_an_alias_leads_there_too(self, site: TestSite) -> None:
        site.deposit(page(1, "A", MARTIN, code=NEW), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
        _, judged = site.inscrire([replace(HOUSEHOLD, alias=(*HOUSEHOLD.alias, NEW))])
        assert [(p.numero_unique, p.statut.value) for p in judged] == [(N1, "deposee")]

    def test_a_direct_deposit_for_a_demande_not_yet_known(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "attestation_enregistrement", WORDS), piece(2, "bail", FAURE), demande=NEW
        )
        assert {p.motif and p.motif.value for p in done.pieces} == {"NUMERO_INCONNU"}
        _, judged = site.inscrire([NOUVELLE])
        assert "deposee" in {p.statut.value for p in judged}

    def test_a_number_with_nothing_to_confirm_it_still_files_nothing(self, site: TestSite) -> None:
        site.deposit(page(1, code=NEW), piece(2, "bail"), canal=Canal.GUICHET)
        _, judged = site.inscrire([NOUVELLE])
        assert [(p.statut.value, p.motif and p.motif.value) for p in judged] == [
            ("a_verifier", "IDENTITE_INCOHERENTE")
        ]
        assert open_incidents(site) == [("IDENTITE_INCOHERENTE", (2,))]


class TestDroppingAndTheBordereau:
    def test_a_group_that_is_nobodys_is_kept_and_marked(self, site: TestSite) -> None:
        done = mixed(site)
        told = site.reparer.ecarter(
            done.pieces[0].envoi, (3, 4, 5, 6), Ecarter(), Geste("alice", "publicité")
        )
        assert {(p.statut.value, p.message) for p in told.pieces} == {("rejetee", "publicité")}
        assert open_incidents(site) == []
        assert told.envoi.statut.value == "traitee"
        assert all(site.objects.exists(p.objet) for p in told.pieces)
        with pytest.raises(ChangementImpossible):
            site.reparer.ecarter(done.pieces[0].envoi, (), Ecarter(), BY_ALICE)

    def test_a_bordereau_copied_from_the_paper(self, site: TestSite) -> None:
        done = site.deposit(page(1, "F", MARTIN, code=FIC.format(N1, 1)), piece(2, "bail", MARTIN))
        assert open_incidents(site) == [("SANS_BORDEREAU", (1, 2))]
        envoi = done.pieces[0].envoi
        told = site.reparer.joindre_bordereau(envoi, JoindreBordereau("75001", 2, 1), BY_ALICE)
        assert told.envoi.bordereau is not None
        assert (told.envoi.bordereau["guichet"], told.envoi.bordereau["saisi_par"]) == ("75001", "alice")
        assert open_incidents(site) == [("COMPTE_INEXACT", (1, 2))]
        with pytest.raises(ChangementImpossible):
            site.reparer.joindre_bordereau(envoi, JoindreBordereau("75001"), BY_ALICE)
        (wrong,) = site.suivi.incidents(FiltreIncidents())
        site.suivre.constater(wrong.incident.id, "alice", "le bordereau se trompe")
        assert site.result(envoi).statut == "traitee"
