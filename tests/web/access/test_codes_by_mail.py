"""A demandeur's way in, whole: the running service, a real SMTP server, the mail's code, his own demande."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from readings import N1, N2
from servers import SmtpServer
from servers.service import Service
from site_for_tests import FAURE, MARTIN
from web.settings import read_settings
from web.upkeep import turn
from web.wiring import open_site

pytestmark = [pytest.mark.real, pytest.mark.slow]
ASKED = {"numero": "999 0124 000123 75001", "date_naissance": "1985-04-12"}


def waited(smtp: SmtpServer, count: int) -> Any:
    limit = time.monotonic() + 30
    while len(smtp.messages) < count:
        assert time.monotonic() < limit, "no mail came"
        time.sleep(0.05)
    return smtp.messages[count - 1]


def code_in(mail: Any) -> str:
    found = re.search(r"\b\d{6}\b", mail.get_content())
    assert found is not None
    return found[0]


def test_the_code_goes_by_smtp_and_opens_his_demande_alone(tmp_path: Path, smtp_server: SmtpServer) -> None:
    env = {
        "DOSSIER_DATA": str(tmp_path / "site"),
        "SMTP_URL": smtp_server.url,
        "MAIL_FROM": "dossier@exemple.invalid",
    }
    site = open_site(read_settings(env))
    with site.uow() as tx:
        tx.registre.enregistrer(replace(MARTIN, email="camille@exemple.invalid"))
        tx.registre.enregistrer(FAURE)
        tx.commit()
    service = Service(env, worker=False)
    api = f"{service.url}/api/v1"
    try:
        service.start()
        for wrong in ({**ASKED, "date_naissance": "1990-01-01"}, {**ASKED, "numero": N2}):
            assert requests.post(f"{api}/demandeur/code", json=wrong, timeout=30).status_code == 202
        asked = requests.post(f"{api}/demandeur/code", json=ASKED, timeout=30)
        mail = waited(smtp_server, 1)
        assert (mail["To"], mail["From"]) == ("camille@exemple.invalid", "dossier@exemple.invalid")
        code = code_in(mail)
        assert code not in asked.text
        assert "MARTIN" not in mail.as_string()  # a mail is read by others: no name, no number
        assert N1 not in mail.as_string()
        bad = {"numero": N1, "code": f"{(int(code) + 1) % 10**6:06d}"}
        assert requests.post(f"{api}/demandeur/session", json=bad, timeout=30).status_code == 401
        opened = requests.post(f"{api}/demandeur/session", json={**bad, "code": code}, timeout=30)
        assert opened.status_code == 201
        bearer = {"Authorization": f"Bearer {opened.json()['jeton']}"}
        assert requests.get(f"{api}/demandes/{N1}", headers=bearer, timeout=30).status_code == 200
        assert requests.get(f"{api}/demandes/{N2}", headers=bearer, timeout=30).status_code == 404
        again = requests.post(f"{api}/demandeur/session", json={**bad, "code": code}, timeout=30)
        assert again.status_code == 401  # it has served
        smtp_server.refuse = True  # the server has a bad moment: the sweeper sends it later
        assert requests.post(f"{api}/demandeur/code", json=ASKED, timeout=30).status_code == 202
        time.sleep(1)
        assert len(smtp_server.messages) == 1
        smtp_server.refuse = False
        with site.engine.begin() as c:
            c.exec_driver_sql("UPDATE courriers SET pas_avant = '2026-01-01 00:00:00'")
        turn(site)
        second = code_in(waited(smtp_server, 2))
        later = requests.post(f"{api}/demandeur/session", json={**bad, "code": second}, timeout=30)
        assert later.status_code == 201
        assert len(smtp_server.messages) == 2  # those who were wrong got none
        with site.engine.connect() as c:
            assert c.exec_driver_sql("SELECT count(*) FROM courriers").scalar() == 0  # sent: nothing is kept
    finally:
        service.stop()
        site.engine.dispose()
