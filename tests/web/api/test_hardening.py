"""What a hostile page, proxy or client tries on the service: nothing of it works on any route."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api_site import ApiSite, api_on, fill
from intake.domain.acces import Role
from readings import N1
from web.api.rights import REGLES

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT = Role.AGENT_GUICHET.value
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD")
FIRST = {"numero": N1, "piece": "E1-0001", "envoi": "E1", "incident": "E1-I0001", "page_": 1}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path, metrics_token="supervision-" + "x" * 32) as made:
        fill(made)
        yield made


def routes(api: ApiSite) -> Iterator[tuple[str, str, str]]:
    """Every route: its endpoint, one of its methods, an address of it."""
    app: Any = api.client.application
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            values = {name: FIRST.get(name, "x") for name in rule.arguments}
            method = next(
                m for m in ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD") if m in rule.methods
            )
            yield rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)


def test_every_answer_of_every_route_carries_the_headers_that_defend_it(api: ApiSite) -> None:
    seen = set()
    for endpoint, method, path in routes(api):
        seen.add(endpoint)
        for headers in ({}, {"Authorization": f"Bearer {api.tokens[AGENT]}"}):
            if endpoint in ("api.session_fermer", "api.envoi_progression"):
                headers = {}
            answer = api.client.open(path, method=method, headers=headers)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, path
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert int(answer.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31_536_000
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]
            assert "Set-Cookie" not in answer.headers, path
            answer.close()
    assert seen == set(REGLES)


@pytest.mark.parametrize("path", ["/static/api.css", "/rien", "/static/rien", "/static/../../etc/passwd"])
def test_so_does_what_is_no_route(api: ApiSite, path: str) -> None:
    answer = api.client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_no_cookie_signs_anybody_in_so_no_page_can_act_for_its_visitor(api: ApiSite) -> None:
    token = api.tokens[AGENT]
    for name in ("session", "jeton", "token", "Authorization", "oidc", "__Host-oidc", "access_token"):
        api.client.set_cookie(name, token)
        api.client.set_cookie(name + "2", f"Bearer {token}")
    for endpoint, method, path in routes(api):
        if not REGLES[endpoint].publique:
            assert api.client.open(path, method=method).status_code == 401, path
    for where in (f"?access_token={token}", f"?jeton={token}", f"?Authorization=Bearer+{token}"):
        assert api.client.get(f"/api/v1/session{where}").status_code == 401


def test_a_form_of_another_site_is_not_a_request_of_the_api(api: ApiSite) -> None:
    """What a browser sends across sites without asking first: a form, or text."""
    body = json.dumps({"raison": "essai"})
    headers = {"Authorization": f"Bearer {api.tokens[AGENT]}", "Origin": "https://ailleurs.exemple.invalid"}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = api.client.post(
            f"/api/v1/demandes/{N1}/radiation", data=body, headers=headers, content_type=kind
        )
        assert answer.status_code in (415, 422), kind
    with api.site.uow() as tx:
        kept = tx.registre.chercher(N1)
    assert kept is not None
    assert kept.active


@pytest.mark.parametrize(
    "path",
    [
        "//ailleurs.exemple.invalid",
        "//ailleurs.exemple.invalid/api/v1/session",
        "/\\ailleurs.exemple.invalid",
        "/api/v1//ailleurs.exemple.invalid/..",
        "/api/v1/session/?next=https://ailleurs.exemple.invalid",
        "/api/v1/session?retour=//ailleurs.exemple.invalid",
        "/static//ailleurs.exemple.invalid",
        "/%2f%2failleurs.exemple.invalid",
        "/api/v1/oidc/connexion?next=https://ailleurs.exemple.invalid&redirect_uri=https://ailleurs.exemple.invalid",
        "/https://ailleurs.exemple.invalid",
    ],
)
def test_nothing_redirects_to_somewhere_else(api: ApiSite, path: str) -> None:
    for headers in (
        {},
        {"Host": "ailleurs.exemple.invalid"},
        {"X-Forwarded-Host": "ailleurs.exemple.invalid"},
    ):
        answer = api.client.get(path, headers=headers)
        where = urlsplit(answer.headers.get("Location", ""))
        assert where.hostname in (None, "localhost"), answer.headers["Location"]
        assert "ailleurs" not in answer.headers.get("Location", "").replace(path, "")
        answer.close()


def test_a_forged_host_is_in_no_address_that_is_given(api: ApiSite) -> None:
    forged = {"Host": "ailleurs.exemple.invalid", "X-Forwarded-Host": "ailleurs.exemple.invalid"}
    made = api.post(AGENT, "/pieces/E1-0001/liens", json={}, headers=forged)
    assert made.get_json()["url"].startswith("/api/v1/contenus/")
    tus = {**forged, "Upload-Length": "3", "Tus-Resumable": "1.0.0"}
    assert api.post(AGENT, "/televersements", headers=tus).headers["Location"].startswith("/api/v1/")


def test_addresses_that_try_links_are_slowed_down(api: ApiSite) -> None:
    codes = [api.client.get("/api/v1/contenus/faux").status_code for _ in range(62)]
    assert codes == [401] * 60 + [429] * 2


def test_whoever_shows_nothing_is_told_to_sign_in_and_not_counted_as_trying(api: ApiSite) -> None:
    assert {api.client.get("/api/v1/session").status_code for _ in range(70)} == {401}


DEEP = ("[" * 100_000, '{"a":' * 50_000)


@pytest.mark.parametrize("body", [*DEEP, '"\\ud800"', "\xff", "NaN", "1e999999", "{}" * 3])
def test_a_body_made_to_break_the_parser_is_a_wrong_request(api: ApiSite, body: str) -> None:
    answer = api.post(None, "/session", data=body.encode("latin-1"), content_type="application/json")
    assert answer.status_code in (400, 422), answer.data[:200]


def test_whoever_uses_a_wrong_method_is_told_which_there_are(api: ApiSite) -> None:
    answer = api.call(None, "PUT", "/api/v1/session")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "METHODE_REFUSEE")
    assert {"DELETE", "GET", "POST"} <= set(answer.headers["Allow"].split(", "))
