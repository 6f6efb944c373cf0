"""`flask travail`: what is going on is shown, what failed is tried again at once; the journal says so."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from intake.domain.motif import Canal
from intake.domain.travail import Tranche
from web.app import create_app
from web.settings import read_settings
from web.wiring import Site, open_site


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
        tx.echecs.noter(received.id, 41, "ZeroDivisionError", now)
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
