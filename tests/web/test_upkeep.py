"""What the service does by itself, a turn after another (R9, R34)."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api_site import ApiSite, api_on, fill
from intake.domain.courrier import rappel_de_quarantaine
from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.jour import jour_civil
from intake.domain.journal import Verification
from intake.domain.motif import Motif, StatutPiece
from intake.errors import StockageIndisponible
from intake.use_cases.free import Liberer
from readings import FIC, N1, WORDS, page
from web import sweeper
from web.upkeep import turn


def test_a_turn_reminds_then_purges_and_runs_twice(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        fill(api)
        with api.site.uow() as tx:
            kept = tx.pieces.lire("E3-0001")
            assert kept is not None
            nobodys = replace(kept, demande=None, statut=StatutPiece.A_VERIFIER)
            assert tx.pieces.changer(nobodys)
            envoi = tx.envois.lire("E3")
            assert envoi is not None
            assert tx.envois.changer(replace(envoi, deposant="guichet:75001"), envoi.statut)
            tx.commit()
        api.clock.moment += timedelta(days=11)
        first = turn(api.site)
        assert (first["rappels"], first["purges"], turn(api.site)["rappels"]) == (1, 0, 0)
        assert first["courriers"] > 0
        api.clock.moment += timedelta(days=5)
        assert turn(api.site, purge=False)["purges"] == 0
        assert (turn(api.site)["purges"], turn(api.site)["purges"]) == (1, 0)
        with api.site.uow() as tx:
            assert tx.envois.lire("E3") is None
            assert list(Verification()(tx.journal.lignes())) == []


def test_a_turn_takes_up_what_the_register_knows_by_now(tmp_path: Path) -> None:
    """Whoever registered it died before its pieces were judged again (R16)."""
    with api_on(tmp_path) as api:
        fill(api)
        new = "999012400099975001"
        with api.site.uow() as tx:
            kept = tx.pieces.lire("E3-0001")
            assert kept is not None
            held = replace(
                kept, demande=None, numero_lu=new, statut=StatutPiece.A_VERIFIER,
                motif=Motif.NUMERO_INCONNU, occupe=None, pages=(2,),
            )  # fmt: skip
            assert tx.pieces.changer(held)
            tx.lectures.ecrire("E3", [page(1, code=FIC.format(new, 1)), page(2, "Mme ROY Anne", WORDS)])
            tx.commit()
        assert turn(api.site, purge=False)["reprises"] == 0
        with api.site.uow() as tx:
            tx.registre.enregistrer(Demande(new, personnes=(Personne("D", "ROY", "Anne", "MME"),)))
            tx.commit()
        assert [turn(api.site, purge=False)["reprises"] for _ in range(2)] == [1, 0]
        with api.site.uow() as tx:
            known = tx.pieces.lire("E3-0001")
            assert known is not None
            assert known.demande == new


def test_what_a_crash_left_half_written_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        fill(api)
        being_written = next(tmp_path.rglob(".tmp"))
        old, young = being_written / "ancien", being_written / "recent"
        old.write_bytes(b"%PDF-")
        young.write_bytes(b"%PDF-")
        os.utime(old, (0, 0))
        assert turn(api.site, purge=False)["restes"] == 0
        assert [turn(api.site)["restes"] for _ in range(2)] == [1, 0]
        assert (old.exists(), young.exists()) == (False, True)


def waiting(api: ApiSite) -> str:
    with api.site.uow() as tx:
        piece = tx.pieces.lire("E1-0003")
    assert piece is not None
    return piece.statut.value


def placed(api: ApiSite) -> list[int]:
    return [turn(api.site, purge=False)["deposees"] for _ in range(2)]


def test_a_turn_files_what_waits_in_a_demande_reactivated_by_a_process_that_died(
    database_url: str, tmp_path: Path
) -> None:
    """Only the register says that it is active again: no work was left, no queue knows (R16, R20)."""
    with api_on(tmp_path, database_url) as api:
        fill(api)
        with api.site.uow() as tx:
            demande = tx.registre.chercher(N1)
            assert demande is not None
            tx.registre.enregistrer(replace(demande, statut=StatutDemande.RADIEE))
            tx.commit()
        assert (placed(api), waiting(api)) == ([0, 0], "en_attente")
        with api.site.uow() as tx:
            tx.registre.enregistrer(demande)
            tx.commit()
        assert (placed(api), waiting(api)) == ([1, 0], "deposee")
        assert api.site.queries.miscounted_places() == []
        with api.site.uow() as tx:
            assert list(Verification()(tx.journal.lignes())) == []
        assert any("piece E1-0003" in line for line in api.lines())


def test_a_turn_files_what_a_plan_has_places_for_from_today_on(database_url: str, tmp_path: Path) -> None:
    with api_on(tmp_path, database_url) as api:
        fill(api)
        with api.site.uow() as tx:
            plan = tx.plans.en_vigueur(jour_civil(api.clock.now()))
            category = plan.categories["LOG"]
            while tx.places.prendre(N1, "LOG", "", category.limite):
                pass
            larger = {**plan.categories, "LOG": replace(category, limite=category.limite + 1)}
            tomorrow = jour_civil(api.clock.now()) + timedelta(days=1)
            tx.plans.ajouter(replace(plan, version="demain", date_effet=tomorrow, categories=larger))
            tx.commit()
        assert (placed(api), waiting(api)) == ([0, 0], "en_attente")
        api.clock.advance(days=1)
        assert (placed(api), waiting(api)) == ([1, 0], "deposee")


@pytest.mark.parametrize("fault", [ZeroDivisionError(), StockageIndisponible("une contrainte")])
def test_one_demande_that_cannot_be_placed_keeps_nothing_else_from_being_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Else no mail leaves, no photo ends its day, and no queue is filled again, turn after turn."""
    with api_on(tmp_path) as api:
        fill(api)

        def fails(*_: object) -> list[object]:
            raise fault

        filled: list[object] = []
        monkeypatch.setattr(Liberer, "promouvoir_tout", fails)
        monkeypatch.setattr(sweeper, "connect", lambda _: None)
        monkeypatch.setattr(sweeper, "sweep", lambda *_: filled.append(1))
        with api.site.uow() as tx:
            mail = rappel_de_quarantaine("a@exemple.fr", "E1", "scan", 2, jour_civil(api.clock.now()))
            tx.courriers.ajouter(mail, api.clock.now())
            tx.commit()
        site = replace(api.site, settings=replace(api.site.settings, redis_url="redis://127.0.0.1/0"))
        sweeper._turn(site, purge=False)
        assert filled == [1]
        with api.site.uow() as tx:
            soon = api.clock.now() + timedelta(hours=1)
            assert tx.courriers.prendre(api.clock.now(), soon) is None  # it was sent
        with pytest.raises(type(fault)):
            turn(site, purge=False)  # and whoever asked for the turn is told
