"""What the service says of itself: one event a line with its ids, and figures that Prometheus reads."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api_site import api_on, fill
from intake.domain.motif import Canal
from intake.domain.travail import Tranche
from servers.process import Place, free_port
from servers.service import Service
from web.logs import REQUETE, JsonLines, Words

TOKEN = "un-jeton-de-supervision-long-comme-il-faut"

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service


def a_record(**more: object) -> logging.LogRecord:
    record = logging.LogRecord("web.atelier", logging.INFO, "f", 1, "étape", (), None)
    record.__dict__.update(more)
    return record


def test_a_line_is_one_object_with_the_ids_of_what_it_is_about() -> None:
    token = REQUETE.set("r-1")
    try:
        line = json.loads(JsonLines().format(a_record(envoi="E1", etape="lu", secret="jamais")))
    finally:
        REQUETE.reset(token)
    assert line["evenement"] == "étape"
    assert (line["envoi"], line["etape"], line["requete"]) == ("E1", "lu", "r-1")
    assert "jamais" not in str(line)


def test_an_error_keeps_to_its_line() -> None:
    try:
        raise ValueError("deux\nlignes")
    except ValueError as e:
        record = a_record(exc_info=(ValueError, e, e.__traceback__))
    assert "\n" not in JsonLines().format(record)
    assert "envoi=E1" in Words().format(a_record(envoi="E1"))


@pytest.mark.real
def test_every_line_of_every_program_is_json(tmp_path: Path) -> None:
    """Gunicorn's own too, from its first to its last."""
    env = {"DOSSIER_DATA": str(tmp_path / "site"), "LOG_FORMAT": "json"}
    service = Service(env, Place(tmp_path, free_port(), kept=True), sweeper=True)
    try:
        service.start()
    finally:
        service.stop()
    told = {
        name: (tmp_path / f"{name}.log").read_text().splitlines() for name in ("web", "worker", "sweeper")
    }
    lines = [json.loads(line) for written in told.values() for line in written]
    said = [line["evenement"] for line in lines if line["source"] == "gunicorn.error"]
    assert any(event.startswith("Listening at") for event in said)
    assert any(event.startswith("Shutting down") for event in said)


@pytest.mark.parametrize(("given", "kept"), [("abc-1.2", True), ("a b\tc", False), ("", False)])
def test_an_answer_bears_the_id_of_its_request(tmp_path: Path, given: str, kept: bool) -> None:
    with api_on(tmp_path) as api:
        answer = api.client.get("/sante", headers={"X-Request-Id": given})
        told = answer.headers["X-Request-Id"]
    assert (told == given) is kept
    assert told


def test_the_figures_tell_how_old_the_work_is_and_how_fast_it_goes(tmp_path: Path) -> None:
    with api_on(tmp_path, metrics_token=TOKEN) as api:
        fill(api)
        scan = tmp_path / "scan.pdf"
        scan.write_bytes(b"%PDF-1.4 essai")
        large, _ = api.site.recevoir(scan, Canal.NUMERISEUR)
        photo, _ = api.site.recevoir(scan, Canal.DEMANDEUR)
        with api.site.uow() as tx:
            now = api.clock.now()
            tx.tranches.decouper([Tranche(large.id, 1, 30), Tranche(large.id, 31, 60)])
            taken = tx.tranches.prendre(large.id, "w:1:a", now, now + timedelta(seconds=20))
            assert taken is not None
            tx.tranches.rendre(Tranche(large.id, 1, 30, faite=True), "w:1:a", now)
            tx.echecs.noter(photo.id, 0, "STOCKAGE_INDISPONIBLE", now, a_nous=False)
            tx.commit()
        api.clock.advance(seconds=60)
        text = api.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).get_data(as_text=True)
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures['dossier_file_age_secondes{canal="demandeur"}']) == 60
    assert float(figures['dossier_file_etapes{file="lots"}']) == 1
    assert float(figures['dossier_file_etapes{file="urgent"}']) == 1
    assert float(figures["dossier_pages_par_seconde"]) == pytest.approx(30 / 300)
    assert float(figures['dossier_echecs{etat="repris"}']) == 1
    assert float(figures['dossier_echecs{etat="mis_de_cote"}']) == 0
    assert float(figures['dossier_pieces{etat="en_attente"}']) == 1


def test_a_scrape_asks_no_more_when_more_envois_wait(tmp_path: Path) -> None:
    """On SQLite a question that lasts keeps every deposit waiting: it was one for each envoi."""
    with api_on(tmp_path, metrics_token=TOKEN) as api:
        asked: list[str] = []
        sa.event.listen(
            api.site.engine, "before_cursor_execute", lambda _c, _x, words, *_: asked.append(words)
        )

        def questions() -> int:
            asked.clear()
            answer = api.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status_code == 200
            return len(asked)

        before = questions()
        for n in range(3):
            scan = tmp_path / f"{n}.pdf"
            scan.write_bytes(f"%PDF-1.4 essai {n}".encode())
            api.site.recevoir(scan, Canal.DEMANDEUR)
        assert questions() == before
