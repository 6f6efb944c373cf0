"""The delay of R9: where it begins, who is told of it and when, and whose it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.domain.commands import DonnerNumero, Fusionner, Geste
from intake.domain.envoi import Refus
from intake.domain.motif import Canal, StatutEnvoi
from intake.ports import Echue
from intake.use_cases.purge import Bilan
from readings import FAURE, MARTIN, N1, page, piece
from site_for_tests import MARTIN as HOUSEHOLD
from site_for_tests import TestSite

BY_ALICE = Geste("alice", "vu")


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def days(site: TestSite, count: float) -> None:
    site.clock.moment += timedelta(days=count)


def set_aside(site: TestSite, envoi: str, code: str) -> None:
    """As the main job does after three failures of ours, or when it refuses a file."""
    with site.uow() as tx:
        kept = tx.envois.lire(envoi)
        assert kept is not None
        refus = Refus(code, "message", "conseil")
        aside = replace(kept, statut=StatutEnvoi.QUARANTAINE, refus=refus, traite_le=site.clock.moment)
        tx.envois.changer(aside, kept.statut)
        tx.commit()


class _Seen:
    """What was due when the sweeper looked, whatever happened since."""

    def __init__(self, *echues: Echue, lots: tuple[Echue, ...] = ()) -> None:
        self.due, self.held = list(echues), list(lots)

    def echues(self, avant: object) -> list[Echue]:
        return self.due

    def lots(self, avant: object) -> list[Echue]:
        return self.held

    def radiees(self, *limites: object) -> list[str]:
        return []


def test_nothing_goes_before_its_sender_had_five_days_to_act(site: TestSite) -> None:
    """The sweeper was away: what was not announced is announced first (R9)."""
    done = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
    days(site, 16)
    assert site.purger() == Bilan(rappels=1)
    days(site, 4.9)
    assert site.purger() == Bilan()
    days(site, 0.1)
    assert [f.cle for f in site.purger().fins] == [done.pieces[0].envoi]


def test_the_mail_tells_the_day_of_the_purge(site: TestSite) -> None:
    site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
    days(site, 16)
    site.purger()
    (mail,) = site.mails()
    assert f"{site.clock.moment + timedelta(days=5):%d/%m/%Y}" in mail.corps


def test_what_nobody_can_be_told_of_goes_at_fifteen_days(site: TestSite) -> None:
    site.deposant = "guichet:92002"
    site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
    days(site, 15)
    assert len(site.purger().fins) == 1


def test_the_delay_of_a_restarted_envoi_begins_with_its_processing(site: TestSite) -> None:
    """Twenty days put aside for a fault of ours, and reminded of before that: a delay of its own."""
    envoi = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET).pieces[0].envoi
    days(site, 10)
    site.purger()
    set_aside(site, envoi, "ERREUR_INTERNE")
    days(site, 10)
    assert site.purger().fins == ()
    site.relancer(envoi, "bob", "corrigé")
    assert site.purger().fins == ()
    site.traiter(envoi)
    for waited, reminders in ((9.9, 0), (0.1, 1), (4.9, 0)):
        days(site, waited)
        assert site.purger() == Bilan(rappels=reminders)
    days(site, 0.1)
    assert [f.cle for f in site.purger().fins] == [envoi]


def test_an_envoi_restarted_while_it_is_purged_stays(site: TestSite) -> None:
    envoi = site.deposit(page(1, broken="abîmée")).pieces
    assert envoi == []
    (due,) = site.retention.echues(site.clock.moment)
    set_aside(site, due.envoi, "ERREUR_INTERNE")
    site.relancer(due.envoi, "bob", "corrigé")
    purger = replace(site.purger, echeances=_Seen(due))
    site.deposant = None
    assert purger().fins == ()
    assert site.result(due.envoi).statut == "recue"


def keep_lot(site: TestSite) -> None:
    row = {
        "id": "L1", "fichier": "75001_x.zip", "objet": "ab/cd/zip", "taille": 2, "deposant": "guichet:75001",
        "statut": "recu", "code": None, "message": "", "envois": [], "recu_le": site.clock.now(),
    }  # fmt: skip
    with site.uow() as tx:
        assert tx.api.ajouter_lot(row)
        tx.commit()


def hold_lot(site: TestSite, code: str) -> None:
    """As a worker does that has it in its hands."""
    now = site.clock.now()
    with site.uow() as tx:
        assert tx.api.reclamer_lot("a", now, now + timedelta(minutes=1))
        assert tx.api.conclure_lot("L1", "a", "retenu", code, "message", [])
        tx.commit()


def restart_lot(site: TestSite) -> bool:
    with site.uow() as tx:
        done = tx.api.relancer_lot("L1")
        tx.commit()
    return done


def test_no_delay_runs_for_a_batch_put_aside_for_a_fault_of_ours(site: TestSite) -> None:
    """As for an envoi (R2); restarted and then held for what it is, it has a reminder of its own."""
    keep_lot(site)
    hold_lot(site, "ERREUR_INTERNE")
    for waited in (10, 5, 40):
        days(site, waited)
        assert site.purger() == Bilan()
    assert restart_lot(site)
    hold_lot(site, "GUICHET_INCOHERENT")
    assert site.purger() == Bilan(rappels=1)
    days(site, 4.9)
    assert site.purger() == Bilan()
    days(site, 0.1)
    assert [f.cle for f in site.purger().fins] == ["L1"]


def test_one_reminded_of_another_reason_is_reminded_of_this_one(site: TestSite) -> None:
    keep_lot(site)
    hold_lot(site, "ERREUR_INTERNE")
    with site.uow() as tx:  # by a sweeper of before
        assert tx.courriers.rappeler("L1", site.clock.now(), site.clock.now())
        tx.commit()
    days(site, 15)
    assert restart_lot(site)
    hold_lot(site, "GUICHET_INCOHERENT")
    assert site.purger() == Bilan(rappels=1)


def test_a_batch_that_is_no_longer_held_when_the_purge_comes_to_it_stays(site: TestSite) -> None:
    keep_lot(site)
    due = Echue("L1", site.clock.now(), (), 0, True, None, "75001_x.zip", ())
    assert replace(site.purger, echeances=_Seen(lots=(due,)))().fins == ()
    with site.uow() as tx:
        assert tx.api.lot("L1") is not None


def test_pages_merged_into_a_repaired_piece_are_nobodys_delay(site: TestSite) -> None:
    done = site.deposit(piece(1, "bail"), piece(2, "bail"), canal=Canal.GUICHET)
    envoi = done.pieces[0].envoi
    site.recouper(done.pieces[0].id, Fusionner((done.pieces[1].id,)), BY_ALICE)
    site.reparer.donner_numero(envoi, (), DonnerNumero(N1), BY_ALICE)
    days(site, 20)
    assert site.purger() == Bilan()


def test_a_merged_group_that_is_nobodys_goes_wholly(site: TestSite) -> None:
    done = site.deposit(piece(1, "bail"), piece(2, "bail"), canal=Canal.GUICHET)
    site.recouper(done.pieces[0].id, Fusionner((done.pieces[1].id,)), BY_ALICE)
    days(site, 10)
    site.purger()
    days(site, 5)
    told = site.purger.prevoir()
    assert [(f.envois, f.pieces, f.pages) for f in told.fins] == [(1, 2, 2)]
    assert site.purger().fins == told.fins
    assert site.objects.objects == {}


def test_what_the_register_knows_by_now_is_not_nobodys(site: TestSite) -> None:
    """R16: it is about to be judged again; a purge that comes first takes none of it."""
    new = "999012400099975001"
    pages = (page(1, "A", FAURE, code=new), piece(2, "bail", FAURE))
    done = site.deposit(*pages, canal=Canal.GUICHET)
    with site.uow() as tx:  # whoever registered it died before anything was taken up
        tx.registre.enregistrer(replace(HOUSEHOLD, numero_unique="999012400099975009", alias=(new,)))
        tx.commit()
    days(site, 20)
    assert site.purger() == Bilan()
    assert [p.statut.value for p in site.result(done.pieces[0].envoi).pieces] == ["a_verifier"]
