"""The edges of the API: limits, headers, sign-in over HTTP, live progress, what others may see."""

from __future__ import annotations

import re
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api_site import LOGICIEL, ApiSite, api_on
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.envoi import Envoi, Incident
from intake.domain.motif import Canal, Motif, StatutEnvoi
from readings import N1, N2
from storage.access import Code
from web.access.secret import totp_code
from web.api.app import STREAMS
from web.cutting import AT_ONCE

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT, NUM, DEM = Role.AGENT_GUICHET.value, Role.NUMERISEUR.value, Role.DEMANDEUR.value


def test_limits_headers_and_the_page_for_people(tmp_path: Path) -> None:
    with api_on(tmp_path, api_rate="3 per minute") as api:
        codes = [api.get(AGENT, "/plan/versions").status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        assert api.get(LOGICIEL, "/plan/versions").status_code == 200  # another's count
        page = api.client.get("/api/v1/documentation")
        text = page.get_data(as_text=True)
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "max-age" in page.headers["Strict-Transport-Security"]
        assert "<script" not in text
        assert "http" not in text.replace("http://localhost", "")  # nothing from elsewhere
        assert "/api/v1/precontrole" in text
        assert api.client.get("/static/api.css").status_code == 200
        spec: Any = api.client.get("/api/v1/openapi.json").json
        assert spec["openapi"].startswith("3.1")


def test_sign_in_is_slowed_down(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        body = {"numero": N2, "code": "000000"}
        codes = [api.post(None, "/demandeur/session", json=body).status_code for _ in range(32)]
        assert codes[:30] == [401] * 30
        assert codes[30:] == [429] * 2


def test_addresses_that_try_tokens_are_slowed_down_and_others_are_not(tmp_path: Path) -> None:
    with api_on(tmp_path, trusted_proxies=1) as api:
        wrong = {"Authorization": "Bearer dus_au-hasard", "X-Forwarded-For": "192.0.2.1"}
        codes = [api.client.get("/api/v1/plan", headers=wrong).status_code for _ in range(62)]
        assert codes == [401] * 60 + [429] * 2
        limited = api.get(AGENT, "/plan").headers["X-RateLimit-Limit"]
        assert limited == "100000"  # the usual limit of the route stands
        elsewhere = {**wrong, "X-Forwarded-For": "192.0.2.2"}
        assert api.client.get("/api/v1/plan", headers=elsewhere).status_code == 401
        assert api.get(AGENT, "/plan", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200


def test_an_agent_signs_in_over_http_and_signs_out(api: ApiSite) -> None:
    handed = api.site.agents.creer(
        SYSTEME, "carole", "Carole", "c@exemple.invalid", Role.AGENT_GUICHET, guichet="75001"
    )
    body = {"identifiant": "carole", "mot_de_passe": handed.mot_de_passe, "code": "000000"}
    refused = api.post(None, "/session", json=body)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "IDENTIFIANTS_INVALIDES")
    body["code"] = totp_code(handed.totp, api.clock.now())
    opened = api.post(None, "/session", json=body)
    assert (opened.status_code, opened.get_json()["acteur"]["guichet"]) == (201, "75001")
    api.tokens["carole"] = opened.get_json()["jeton"]
    assert api.get("carole", f"/demandes/{N1}").status_code == 200
    assert api.call("carole", "DELETE", "/api/v1/session").status_code == 204
    assert api.get("carole", f"/demandes/{N1}").status_code == 401
    assert handed.mot_de_passe not in "".join(api.lines())


def test_a_demandeur_signs_in_over_http_with_the_code_of_his_mail(api: ApiSite) -> None:
    outbox = api.site.settings.data / "courriers"
    wrong = api.post(None, "/demandeur/code", json={"numero": N1, "date_naissance": "1990-01-01"})
    right = api.post(
        None, "/demandeur/code", json={"numero": "999 0124 000123 75001", "date_naissance": "1985-04-12"}
    )
    assert (wrong.status_code, wrong.get_json()) == (right.status_code, right.get_json())
    limit = time.monotonic() + 20
    while not (mails := list(outbox.glob("*.eml"))):
        assert time.monotonic() < limit
        time.sleep(0.05)
    time.sleep(0.1)
    (mail,) = mails
    found = re.search(r"\b\d{6}\b", mail.read_text())
    assert found is not None
    opened = api.post(None, "/demandeur/session", json={"numero": N1, "code": found[0]})
    api.tokens["lui"] = opened.get_json()["jeton"]
    shown = api.get("lui", f"/demandes/{N1}/pieces").get_json()["elements"]
    assert {p["id"] for p in shown} >= {"E1-0001", "E1-0002"}  # his own, sensitive or not
    assert api.get("lui", f"/demandes/{N2}/pieces").status_code == 404


def test_asking_for_a_code_looks_nothing_up_before_it_answers(api: ApiSite) -> None:
    """Else the time it takes tells whether a number and a birth date go together."""
    with api.site.uow() as tx:
        tx.registre.verrouiller(N1)
        tx.acces.codes.poser(Code(N1, "-", api.clock.now(), 0, 1, api.clock.now()))
        for birth in ("1985-04-12", "1990-01-01"):  # neither waits for who is writing there
            asked = {"numero": N1, "date_naissance": birth}
            assert api.post(None, "/demandeur/code", json=asked).status_code == 202


def test_a_gestionnaire_sees_the_tokens_of_his_guichet_and_of_his_territories(api: ApiSite) -> None:
    made = {}
    for guichet, land in (("75001", ()), ("75002", ("075",)), ("75003", ("999",)), ("75004", ())):
        jeton, _ = api.site.jetons.creer(
            *(SYSTEME, "L", guichet, Role.AGENT_GUICHET, [Portee.LECTURE], "d@exemple.invalid"),
            territoires=land,
        )
        made[guichet] = jeton.id
    with api.site.uow() as tx:
        tx.acces.comptes.changer("id-gestionnaire_territorial", guichet=None, territoires=["999"])
        tx.commit()
    seen = api.get(Role.GESTIONNAIRE.value, "/jetons").get_json()["elements"]
    assert [j["id"] for j in seen] == [made["75003"]]
    everything = api.get(Role.ADMINISTRATEUR.value, "/jetons").get_json()["elements"]
    assert {j["id"] for j in everything} >= set(made.values())


def test_cutting_never_takes_every_thread(api: ApiSite) -> None:
    cutter = api.client.application.extensions["coupe"]
    seats = cutter._seats
    while seats.acquire(blocking=False):
        pass
    turn = {"raison": "à l'envers", "degres": 90}
    refused = api.post(AGENT, "/pieces/E1-0001/rotation", json=turn)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "TROP_DE_REQUETES")
    assert refused.headers["Retry-After"]
    assert api.get(AGENT, "/pieces/E1-0001").get_json()["rotations"] == []
    for _ in range(AT_ONCE):
        seats.release()


def received(api: ApiSite) -> None:
    with api.site.uow() as tx:
        tx.envois.ajouter(
            Envoi(
                "E9", "x.pdf", "ab" * 32, 1, Canal.GUICHET, api.clock.now(), "ab/x", deposant="guichet:75001"
            )
        )
        tx.commit()


@pytest.mark.parametrize("change", ["signed out", "revoked", "disabled"])
def test_an_envoi_is_followed_for_as_long_as_its_follower_may(api: ApiSite, change: str) -> None:
    received(api)
    made, api.tokens["autre"] = api.site.jetons.creer(
        SYSTEME, "autre", "75001", Role.AGENT_GUICHET, [Portee.LECTURE], "d@exemple.invalid"
    )
    who = "autre" if change == "revoked" else AGENT
    with closing(api.get(who, "/envois/E9/progression", buffered=False)) as followed:
        events = iter(followed.response)
        assert "progression" in str(next(events))
        assert "attente" in str(next(events))
        if change == "revoked":
            api.site.jetons.revoquer(SYSTEME, made.id)
        elif change == "signed out":
            api.call(AGENT, "DELETE", "/api/v1/session")
        else:
            with api.site.uow() as tx:
                tx.acces.comptes.changer("id-agent_guichet", actif=False)
                tx.commit()
        assert list(zip(range(3), events, strict=False)) == []


def test_progress_streams_never_take_every_thread(api: ApiSite) -> None:
    received(api)
    path = "/envois/E9/progression"
    streams = [api.get(AGENT, path, buffered=False) for _ in range(STREAMS)]
    firsts: list[Any] = [next(iter(s.response)) for s in streams]
    assert all(b"event: progression" in first for first in firsts)
    assert api.get(AGENT, path).status_code == 429
    for stream in streams:
        stream.close()
    ended = api.get(AGENT, "/envois/E1/progression")
    assert ended.get_data(as_text=True).rstrip().split("event: ")[-1].startswith("fin")


def test_whoever_asks_what_became_of_his_envoi_is_told_when_to_ask_again(api: ApiSite) -> None:
    with api.site.uow() as tx:
        ended = tx.envois.lire("E1")
        assert ended is not None
        tx.envois.ajouter(replace(ended, id="E9", statut=StatutEnvoi.RECUE, recu_le=api.clock.now()))
        tx.commit()
    waits = []
    for minutes in (0, 0.5, 10):
        api.clock.advance(minutes=minutes)
        waits.append(int(api.get(AGENT, "/envois/E9").headers["Retry-After"]))
    assert waits == [1, 6, 15]
    assert "Retry-After" not in api.get(AGENT, "/envois/E1").headers


def test_a_gestionnaire_sees_of_anothers_envoi_only_his_demandes(api: ApiSite) -> None:
    with api.site.uow() as tx:
        envoi = tx.envois.lire("E1")
        assert envoi is not None
        tx.envois.ajouter(replace(envoi, id="E8", deposant="guichet:13001"))
        for rank, numero in enumerate((N1, N2), 1):
            piece = tx.pieces.lire("E3-0001")
            assert piece is not None
            tx.pieces.ajouter(replace(piece, id=f"E8-{rank}", envoi="E8", rang=rank, demande=numero))
        tx.incidents.ajouter(Incident("E8-I1", "E8", Motif.NUMERO_INCONNU, (1,), N2, api.clock.now()))
        tx.commit()
    told = api.get(Role.GESTIONNAIRE.value, "/envois/E8/compte-rendu").get_data(as_text=True)
    assert "E8-1" in told
    assert N2 not in told
    assert api.get(AGENT, "/envois/E8/compte-rendu").status_code == 404
