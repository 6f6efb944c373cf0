"""What time ends, on SQLite and PostgreSQL: nothing too early, nothing left, nothing another still needs."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.domain.commands import Deplacer, DonnerNumero, Ecarter, Geste, Reclasser, Tourner
from intake.domain.courrier import rappel_de_quarantaine
from intake.domain.demande import StatutDemande
from intake.domain.motif import Canal
from intake.errors import StockageIndisponible
from readings import FAURE, MARTIN, N1, N2, WORDS, page, piece
from site_for_tests import ALICE_S_ACCOUNT, Result, TestSite
from site_for_tests import MARTIN as HOUSEHOLD
from storage import tables, tables_suivi
from storage.check import check

pytestmark = pytest.mark.slow  # each test opens a database of its own

BY_ALICE = Geste("alice", "vu")


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(database_url, tmp_path)
    yield made
    made.engine.dispose()


def days(site: TestSite, count: float) -> None:
    site.clock.moment += timedelta(days=count)


def delay_ends(site: TestSite) -> None:
    """Fifteen days, with the sweeper that reminds at ten."""
    days(site, 10)
    site.purger()
    days(site, 5)


def everything(site: TestSite) -> str:
    """All the text of all the rows."""
    with site.engine.connect() as c:
        return "\n".join(
            str(tuple(r)) for t in tables.metadata.sorted_tables for r in c.execute(sa.select(t))
        )


def counts(site: TestSite) -> list[tuple[object, ...]]:
    p = tables_suivi.purges
    with site.engine.connect() as c:
        columns = (p.c.genre, p.c.demandes, p.c.envois, p.c.pieces, p.c.pages)
        return [tuple(r) for r in c.execute(sa.select(*columns).order_by(p.c.id))]


def radiate(site: TestSite, radiated: date, modified: date | None) -> None:
    with site.uow() as tx:
        tx.registre.enregistrer(
            replace(
                HOUSEHOLD,
                statut=StatutDemande.RADIEE,
                date_radiation=radiated,
                date_derniere_modification=modified,
            )
        )
        tx.commit()


def keep_lot(site: TestSite, identifiant: str, statut: str, envois: list[str]) -> str:
    """A ZIP as the API keeps it; the key of its bytes."""
    content = f"PK {identifiant}".encode()
    digest = hashlib.sha256(content).hexdigest()
    key = site.objects.put(io.BytesIO(content), sha256=digest, size=len(content), media="application/zip")
    row = {
        "id": identifiant, "fichier": "75001_x.zip", "objet": key, "taille": len(content),
        "deposant": "guichet:75001", "statut": statut, "code": None, "message": "", "envois": envois,
        "recu_le": site.clock.now(),
    }  # fmt: skip
    with site.uow() as tx:
        assert tx.api.ajouter_lot(row)
        tx.commit()
    return key


def mixed(site: TestSite) -> Result:
    return site.deposit(
        page(1, "A", MARTIN, N1, code=N1),
        piece(2, "bail", MARTIN),
        page(3, "attestation_enregistrement", WORDS),
        piece(4, "bail", FAURE),
        page(5, "A", FAURE, code=N2),
        piece(6, "passeport", FAURE),
        canal=Canal.GUICHET,
    )


class TestQuarantine:
    def test_reminded_at_ten_days_purged_at_fifteen(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", MARTIN), piece(2, "rib", MARTIN), canal=Canal.GUICHET)
        days(site, 9.9)
        assert site.purger() == site.purger.prevoir()
        days(site, 0.2)
        assert [site.purger().rappels for _ in range(2)] == [1, 0]
        days(site, 4.8)
        assert site.purger.prevoir().fins == ()
        days(site, 0.2)
        told = site.purger.prevoir()
        assert [(f.cle, f.envois, f.pieces, f.pages) for f in told.fins] == [(done.pieces[0].envoi, 1, 2, 2)]
        assert len(site.objects.objects) == 3
        did = site.purger()
        assert (did.fins, did.objets, site.objects.objects) == (told.fins, 3, {})
        assert "MARTIN Camille" not in everything(site).replace(str(HOUSEHOLD), "")
        assert counts(site) == [("quarantaine", 0, 1, 2, 2)]
        again = site.purger()
        assert (again.fins, again.objets, counts(site)) == ((), 0, [("quarantaine", 0, 1, 2, 2)])

    def test_its_sender_is_told_by_mail_what_is_left_to_do(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
        days(site, 10)
        site.purger()
        (mail,) = site.mails()
        assert (mail.destinataire, done.pieces[0].envoi in mail.sujet) == ("alice@exemple.fr", True)
        assert f"{site.clock.moment + timedelta(days=5):%d/%m/%Y}" in mail.corps

    def test_who_has_no_address_is_told_once_one_is_known(self, site: TestSite) -> None:
        site.deposant = "guichet:92002"
        site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
        days(site, 10)
        assert (site.purger.prevoir().rappels, site.purger().rappels) == (0, 0)
        with site.uow() as tx:
            bob = replace(ALICE_S_ACCOUNT, id="c2", identifiant="bob", guichet="92002", courriel="b@x.fr")
            tx.acces.comptes.ajouter(bob)
            tx.commit()
        assert (site.purger().rappels, [m.destinataire for m in site.mails()]) == (1, ["b@x.fr"])

    def test_a_batch_held_as_a_whole_goes_with_its_delay(self, site: TestSite) -> None:
        keep_lot(site, "L1", "retenu", [])
        waits = keep_lot(site, "L2", "recu", [])
        days(site, 10)
        assert (site.purger().fins, [m.destinataire for m in site.mails()]) == ((), ["alice@exemple.fr"])
        days(site, 4.9)
        assert site.purger().fins == ()
        days(site, 0.1)
        assert ([f.cle for f in site.purger().fins], list(site.objects.objects)) == (["L1"], [waits])

    def test_two_sweepers_at_once_count_it_once(self, site: TestSite) -> None:
        keep_lot(site, "L1", "retenu", [])
        site.deposit(page(1, broken="abîmée"))
        delay_ends(site)
        ready = threading.Barrier(2)

        def sweep() -> None:
            ready.wait()
            site.purger()

        threads = [threading.Thread(target=sweep) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counts(site) == [("quarantaine", 0, 1, 0, 0)] * 2
        assert [line[0] for line in site.logged()].count("purge") == 2

    def test_a_batch_goes_with_the_last_of_its_envois(self, site: TestSite) -> None:
        first = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET, name="a").pieces[0].envoi
        days(site, 1)
        second = site.deposit(piece(1, "rib", MARTIN), canal=Canal.GUICHET, name="b").pieces[0].envoi
        batch = keep_lot(site, "L1", "ouvert", [first, second])
        days(site, 9)
        site.purger()
        days(site, 5)
        assert ([f.cle for f in site.purger().fins], site.objects.exists(batch)) == ([first], True)
        days(site, 5)
        assert ([f.cle for f in site.purger().fins], site.objects.objects) == ([second], {})

    def test_the_journal_says_it_without_a_name(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
        delay_ends(site)
        site.purger()
        assert site.logged()[-1] == ("purge", None, "systeme", f"envoi {done.pieces[0].envoi}")

    def test_only_what_is_nobodys_leaves_a_mixed_envoi(self, site: TestSite) -> None:
        done = mixed(site)
        assert [p.demande for p in done.pieces] == [N1, None, N2]
        delay_ends(site)
        (end,) = site.purger().fins
        assert (end.envois, end.pieces, end.pages) == (0, 1, 1)
        left = site.result(done.pieces[0].envoi)
        assert [p.demande for p in left.pieces] == [N1, N2]
        assert site.objects.exists(done.pieces[0].objet)
        assert not site.objects.exists(done.pieces[1].objet)
        assert list(check(site.queries, site.objects)) == []
        assert site.purger().fins == ()

    def test_a_refused_file_and_a_dropped_group_too(self, site: TestSite) -> None:
        site.deposit(page(1, broken="abîmée"))
        done = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET, name="b")
        site.reparer.ecarter(done.pieces[0].envoi, (), Ecarter(), BY_ALICE)
        delay_ends(site)
        assert len(site.purger().fins) == 2
        assert site.objects.objects == {}

    def test_what_was_repaired_in_time_stays(self, site: TestSite) -> None:
        done = site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
        days(site, 14)
        site.reparer.donner_numero(done.pieces[0].envoi, (), DonnerNumero(N1), BY_ALICE)
        days(site, 100)
        assert site.purger().fins == ()

    def test_an_envoi_that_waits_for_a_worker_has_no_delay(self, site: TestSite) -> None:
        site.receive(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
        days(site, 100)
        assert site.purger().fins == ()


class TestRadiation:
    @pytest.mark.parametrize(
        ("radiated", "modified", "due"),
        [
            (date(2025, 11, 21), date(2026, 10, 22), True),
            (date(2025, 11, 21), None, True),
            (date(2025, 11, 22), date(2026, 1, 1), False),  # twelve months to the day is not more
            (date(2025, 1, 1), date(2026, 10, 23), False),
        ],
    )
    def test_twelve_months_and_thirty_days(
        self, site: TestSite, radiated: date, modified: date | None, due: bool
    ) -> None:
        radiate(site, radiated, modified)
        assert bool(site.purger.prevoir().fins) is due

    def test_it_goes_wholly_and_only_counts_stay(self, site: TestSite) -> None:
        done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
        bail = done.pieces[0].id
        site.corriger(bail, Reclasser("rib"), BY_ALICE)
        site.recouper(bail, Tourner(90), BY_ALICE)  # the bytes before the turn are kept in the history
        radiate(site, date(2025, 1, 1), date(2026, 1, 1))
        told = site.purger.prevoir()
        assert [(f.cle, f.envois, f.pieces, f.pages) for f in told.fins] == [(N1, 1, 1, 1)]
        assert N1 in everything(site)
        assert site.purger().fins == told.fins
        assert site.objects.objects == {}
        text = everything(site)
        for name in (N1, *HOUSEHOLD.alias, "Camille", "BERNARD"):
            assert name not in text
        assert counts(site) == [("radiation", 1, 1, 1, 1)]
        assert site.purger().fins == ()
        assert {line[1] for line in site.logged()} == {None}  # blanked, and it still verifies
        assert site.logged()[-1] == ("purge", None, "systeme", "demande radiée")

    def test_what_the_service_kept_of_it_goes_too(self, site: TestSite) -> None:
        """Answers already given, mails that wait, and whoever signed as its demandeur."""
        site.deposant = f"demandeur:{N1}"
        mine = site.deposit(piece(1, "bail", MARTIN), demande=N1, name=f"{N1}.pdf").pieces[0]
        site.corriger(mine.id, Deplacer(N2, malgre_le_nom=True), Geste(f"demandeur:{N1}", "vu"))
        with site.uow() as tx:
            now = site.clock.now()
            assert tx.api.retenir(f"demandeur:{N1}", "k", "0" * 64, now)
            assert tx.api.retenir("agent:alice", "k", "0" * 64, now)
            tx.api.repondre("agent:alice", "k", 200, {"demande": N1})
            tx.courriers.ajouter(rappel_de_quarantaine("c@x.fr", "E9", f"{N1}.pdf", 1, now.date()), now, N1)
            tx.commit()
        radiate(site, date(2025, 1, 1), None)
        site.purger()
        assert N1 not in everything(site)
        assert [p.demande for p in site.result(mine.envoi).pieces] == [N2]

    def test_an_order_put_aside_that_names_it_names_it_no_more(self, site: TestSite) -> None:
        """It waits for a person beside what is another household's, and is still to be done (R2)."""
        done = mixed(site)
        with site.uow() as tx:
            tx.travaux.ajouter(
                {
                    "id": "T1", "genre": "bordereau", "acteur": {}, "deposant": "guichet:75001",
                    "cree_le": site.clock.now(), "envoi": done.pieces[0].envoi,
                    "ordre": {"bordereau": {"fiches": 2}, "raison": f"le papier de {N1}"},
                }
            )  # fmt: skip
            assert tx.travaux.reclamer("T1", "a", site.clock.now(), site.clock.now())
            assert tx.travaux.conclure(
                "T1", "a", {"code": "ERREUR_INTERNE", "message": f"{N1} ?", "hint": ""}
            )
            tx.commit()
        radiate(site, date(2025, 1, 1), None)
        site.purger()
        assert N1 not in everything(site)
        with site.uow() as tx:
            assert tx.travaux.relancer("T1")
            assert tx.travaux.lire("T1")["ordre"]["bordereau"] == {"fiches": 2}  # type: ignore[index]

    def test_another_household_of_the_same_envoi_keeps_its_own(self, site: TestSite) -> None:
        done = mixed(site)
        moved = site.corriger(done.pieces[0].id, Deplacer(N2, malgre_le_nom=True), BY_ALICE).piece
        site.corriger(moved.id, Deplacer(N1), BY_ALICE)
        site.corriger(done.pieces[2].id, Deplacer(N1, malgre_le_nom=True), BY_ALICE)
        site.corriger(done.pieces[2].id, Deplacer(N2), BY_ALICE)
        radiate(site, date(2025, 1, 1), None)
        site.purger()
        left = site.result(done.pieces[0].envoi).pieces
        assert [p.demande for p in left] == [None, N2]
        text = everything(site)
        assert N1 not in text  # not even in the history of the piece that stays
        assert "(demande purgée)" in text
        assert list(check(site.queries, site.objects)) == []

    def test_the_same_bytes_in_two_demandes(self, site: TestSite) -> None:
        """R5: the same file for two demandes is legitimate; one purge leaves the other whole."""
        mine = site.deposit(piece(1, "bail"), demande=N1).pieces[0]
        theirs = site.deposit(piece(1, "bail"), demande=N2).pieces[0]
        assert mine.objet == theirs.objet
        radiate(site, date(2025, 1, 1), None)
        did = site.purger()
        assert (len(did.fins), did.objets) == (1, 0)
        assert site.objects.exists(theirs.objet)
        assert list(check(site.queries, site.objects)) == []

    def test_reactivation_cancels_it(self, site: TestSite) -> None:
        radiate(site, date(2025, 1, 1), None)
        assert site.purger.prevoir().fins
        site.inscrire([HOUSEHOLD])
        assert site.purger().fins == ()

    def test_a_purge_killed_before_the_bytes_goes_on_later(self, site: TestSite) -> None:
        site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
        radiate(site, date(2025, 1, 1), None)
        site.objects.down = True
        with pytest.raises(StockageIndisponible):
            site.purger()
        site.objects.down = False
        assert site.objects.objects
        did = site.purger()
        assert (did.fins, did.objets, site.objects.objects) == ((), 2, {})

    def test_bytes_received_again_meanwhile_are_not_erased(self, site: TestSite) -> None:
        pages = (piece(1, "bail", MARTIN),)
        site.deposit(*pages, demande=N1)
        radiate(site, date(2025, 1, 1), None)
        site.objects.down = True
        with pytest.raises(StockageIndisponible):
            site.purger()
        site.objects.down = False
        again = site.deposit(*pages, demande=N2)
        assert site.purger().objets == 0
        assert site.objects.exists(again.pieces[0].objet)
        assert list(check(site.queries, site.objects)) == []


def test_the_clock_of_fifteen_days(site: TestSite) -> None:
    done = site.deposit(
        page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), piece(3, "inconnu", MARTIN),
        canal=Canal.GUICHET,
    )  # fmt: skip
    assert done.pieces[0].depose_le == site.clock.moment
    seen = []
    for _ in range(3):
        seen.append([(d.piece, d.jours, d.depasse) for d in site.retention.en_delai(site.clock.moment)])
        days(site, 10 if len(seen) == 1 else 5)
    held = done.pieces[1].id
    assert seen == [[], [(held, 10, False)], [(held, 15, True)]]
    site.corriger(held, Reclasser("rib"), BY_ALICE)
    assert site.retention.en_delai(site.clock.moment) == []
