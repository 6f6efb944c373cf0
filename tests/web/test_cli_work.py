"""`flask travail`: what is going on is shown, what failed is tried again at once; the journal says so."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from intake.domain.motif import Canal
from intake.domain.travail import Tranche
from intake.use_cases.restart import mis_de_cote
from readings import N1, N2
from web.app import create_app
from web.settings import read_settings
from web.wiring import Site, open_site

pytestmark = pytest.mark.slow  # whole files, or whole commands


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    monkeypatch.delenv("REDIS_URL", raising=False)
    return open_site(read_settings())


@pytest.fixture
def envoi(site: Site, tmp_path: Path) -> str:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4 essai")
    received, _ = site.recevoir(scan, Canal.NUMERISEUR)
    now = site.clock.now()
    with site.uow() as tx:
        tx.tranches.decouper([Tranche(received.id, 1, 40), Tranche(received.id, 41, 80)])
        assert tx.tranches.prendre(received.id, "hote-1:12:ab", now, now + timedelta(minutes=5))
        tx.echecs.noter(received.id, 41, "ZeroDivisionError", now, a_nous=True)
        tx.commit()
    return received.id


def run(*words: str) -> tuple[int, str]:
    done = FlaskCliRunner(create_app()).invoke(args=["travail", *words])
    return done.exit_code, done.output


def test_it_shows_who_is_at_what_and_what_failed(envoi: str) -> None:
    code, told = run("etat", "--json")
    assert code == 0
    line = json.loads(told)
    assert (line["envoi"], line["tranches"], line["faites"]) == (envoi, 2, 0)
    assert line["par"] == ["hote-1:12:ab"]
    (failure,) = line["echecs"]
    assert (failure["tranche"], failure["code"], failure["compte"]) == (41, "ZeroDivisionError", 1)
    assert "échec ×1 ZeroDivisionError" in run("etat")[1]


def test_it_shows_what_orders_left_and_what_our_fault_put_aside(site: Site, envoi: str) -> None:
    now = site.clock.now()
    with site.uow() as tx:
        for name, numero in (("t1", N1), ("t2", N2)):
            order = {"id": name, "genre": "reprise", "acteur": {}, "deposant": "x", "demande": numero}
            tx.travaux.ajouter({**order, "ordre": {}, "cree_le": now})
        for _ in range(3):
            assert tx.travaux.reclamer("t2", "w", now, now)
            tx.travaux.rendre("t2", "w", now - timedelta(seconds=1), 3)
        assert tx.travaux.reclamer("t2", "w", now + timedelta(seconds=1), now + timedelta(seconds=9))
        assert tx.travaux.conclure("t2", "w", {"code": "ERREUR_INTERNE", "message": "", "hint": ""})
        tx.commit()
    lines = [json.loads(line) for line in run("etat", "--json")[1].splitlines()]
    told = [(x["travail"], x["demande"], x["mis_de_cote"]) for x in lines if "travail" in x]
    assert told == [("t1", N1, False), ("t2", N2, True)]
    text = run("etat")[1]
    assert f"travail t1  reprise, demande {N1}" in text
    assert "mis de côté : « flask travail relancer »" in text
    with site.uow() as tx:
        assert tx.travaux.oublier(now + timedelta(days=2)) == 0  # until somebody has seen it
    assert site.work.travaux_waiting(site.clock.now()) == ["t1"]
    assert run("relancer", "t2", "--raison", "corrigé")[0] == 0
    assert site.work.travaux_waiting(site.clock.now()) == ["t1", "t2"]
    assert run("relancer", "t1", "--raison", "rien n'a échoué")[0] != 0


def test_an_envoi_put_aside_is_shown_with_its_failures_and_how_to_restart_it(
    site: Site, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4 autre")
    received, _ = site.recevoir(scan, Canal.NUMERISEUR)
    now = site.clock.now()
    with site.uow() as tx:
        failed = [tx.echecs.noter(received.id, 0, "ZeroDivisionError", now, a_nous=True) for _ in range(3)][
            -1
        ]
        assert tx.envois.changer(mis_de_cote(received, failed), received.statut)
        tx.commit()
    (line,) = [json.loads(line) for line in run("etat", "--json")[1].splitlines()]
    assert (line["envoi"], line["mis_de_cote"]) == (received.id, True)
    assert [(f["compte"], f["a_nous"], f["code"]) for f in line["echecs"]] == [(3, 3, "ZeroDivisionError")]
    assert "échec ×3 ZeroDivisionError" in run("etat")[1]
    code, said = run("relancer", received.id, "--raison", "corrigé")
    assert (code != 0, "flask envois relancer" in said) == (True, True)
    done = FlaskCliRunner(create_app()).invoke(args=["envois", "relancer", "--help"])
    assert "après trois échecs" in done.output


def test_what_failed_is_tried_again_at_once(site: Site, envoi: str) -> None:
    assert site.work.waiting(site.clock.now()) == []  # one range is held, the other put off
    code, _ = run("relancer", envoi, "--raison", "corrigé")
    assert code == 0
    assert [r.tranche for r in site.work.waiting(site.clock.now())] == [41]
    with site.uow() as tx:
        assert any("relancé" in (line.contenu or "") for line in tx.journal.lignes())
    code, told = run("relancer", envoi, "--raison", "encore")
    assert code != 0
    assert "Rien n'a échoué" in told
