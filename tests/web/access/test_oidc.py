"""Sign-in through a real identity provider: its own process, its own login page, its own signatures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api_site import LOGICIEL, api_on
from intake.domain.acces import SYSTEME, Role
from oidc_at import At, oidc_of
from readings import N1
from servers import OidcProvider
from servers.oidc import PASSWORD, PUBLIC, Browser
from web.access.sessions import open_session

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("oidc")]


@pytest.fixture
def at(tmp_path: Path, oidc_provider: OidcProvider) -> Iterator[At]:
    oidc_provider.lie()
    with api_on(tmp_path, oidc=oidc_of(oidc_provider)) as api:
        api.clock.moment = datetime.now(UTC)
        for name, role in (("alice", Role.AGENT_GUICHET), ("bob", Role.CONSULTANT_SIMPLE)):
            api.site.agents.creer(
                *(SYSTEME, name, name.title(), f"{name.title()}@exemple.invalid", role),
                guichet="75001",
                local=False,
            )
        # The accounts that every API test has: their mail is alice's too, and must not stand in the way.
        with api.site.engine.begin() as c:
            c.exec_driver_sql("UPDATE comptes SET courriel = 'autre@exemple.invalid' WHERE id LIKE 'id-%%'")
        yield At(api, oidc_provider)


def refused(answer: Any, code: str = "OIDC_REFUSE") -> bool:
    return answer.get_json()["code"] == code and "jeton" not in answer.get_json()


def test_an_agent_signs_in_there_and_is_known_here(at: At) -> None:
    opened = at.sign_in("alice")
    assert opened.status_code == 200, opened.data
    told = opened.get_json()
    assert (told["acteur"]["id"], told["acteur"]["role"]) == ("agent:alice", "agent_guichet")
    at.api.tokens["alice"] = told["jeton"]
    assert at.api.get("alice", f"/demandes/{N1}").status_code == 200
    assert any("alice" in line and "session oidc" in line for line in at.api.lines())
    assert told["jeton"] not in "".join(at.api.lines())
    with at.api.site.uow() as tx:
        kept = tx.acces.comptes.lire("alice")
    assert kept is not None
    assert kept.sujet == f"{at.provider.issuer} sujet-alice"


def test_the_request_carries_pkce_state_nonce_and_nothing_secret(at: At) -> None:
    url, cookie = at.begin()
    asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(at.provider.issuer)
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) > 40
    assert len(asked["nonce"]) > 40
    assert asked["redirect_uri"] == f"{PUBLIC}/api/v1/oidc/retour"
    assert at.provider.client_secret not in url
    whole = at.api.get(None, "/oidc/connexion").headers["Set-Cookie"]
    assert "HttpOnly" in whole
    assert "SameSite=Lax" in whole
    assert cookie.partition("=")[2] not in url


def test_the_cookie_is_kept_from_plain_http_where_the_service_is_public(
    tmp_path: Path, oidc_provider: OidcProvider
) -> None:
    told = oidc_of(oidc_provider, PUBLIC_URL="https://dossier.exemple.invalid")
    with api_on(tmp_path, oidc=told) as api:
        cookie = api.get(None, "/oidc/connexion").headers["Set-Cookie"]
        assert cookie.startswith("__Host-oidc=")
        assert "Secure" in cookie


def test_a_return_serves_once_and_its_code_is_worth_nothing_twice(at: At) -> None:
    url, cookie = at.begin()
    back = Browser("alice").follow(url)
    assert at.back(back, cookie).status_code == 200
    assert refused(at.back(back, cookie))  # our state has served
    other, cookie2 = at.begin()  # the same code under a state that has not
    state = parse_qs(urlsplit(other).query)["state"][0]
    again = re.sub(r"state=[^&]+", f"state={state}", back)
    assert refused(at.back(again, cookie2))


def test_a_return_in_another_browser_or_too_late_is_refused(at: At) -> None:
    url, cookie = at.begin()
    back = Browser("alice").follow(url)
    assert refused(at.back(back, None))
    assert refused(at.back(back, "oidc=" + "x" * 43))
    at.api.clock.advance(minutes=11)
    assert refused(at.back(back, cookie))


def test_somebody_else_s_code_is_refused_by_pkce(at: At) -> None:
    first, cookie1 = at.begin()
    second, _ = at.begin()
    stolen = parse_qs(urlsplit(Browser("alice").follow(second)).query)["code"][0]
    mine = Browser("bob").follow(first)
    assert refused(at.back(re.sub(r"code=[^&]+", f"code={stolen}", mine), cookie1))


def test_a_refusal_of_the_provider_is_one_here(at: At) -> None:
    url, cookie = at.begin()
    state = parse_qs(urlsplit(url).query)["state"][0]
    assert refused(at.back(f"{PUBLIC}/api/v1/oidc/retour?error=access_denied&state={state}", cookie))


@pytest.mark.parametrize(
    "false",
    [
        {"nonce": "un autre"},
        {"nonce": None},
        {"iss": "https://ailleurs.exemple.invalid"},
        {"aud": "un-autre-service"},
        {"aud": ["dossier-unique", "un-autre-service"], "azp": "un-autre-service"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"sub": ""},
        {"sub": 7},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_opens_nothing(at: At, false: dict[str, object]) -> None:
    at.provider.lie(**false)
    answer = at.sign_in("alice")
    assert answer.status_code == 401, answer.data
    assert refused(answer)


def test_a_return_that_names_another_issuer_is_refused(at: At) -> None:
    url, cookie = at.begin()
    back = Browser("alice").follow(url)
    assert "iss=" in back
    elsewhere = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Failleurs.exemple.invalid", back)
    assert refused(at.back(elsewhere, cookie))
    url, cookie = at.begin()
    without = re.sub(r"&?iss=[^&]+", "", Browser("alice").follow(url))
    assert refused(at.back(without, cookie))  # the provider says that it always names itself


def test_nobody_without_an_account_and_no_account_by_a_mail_that_is_not_verified(at: At) -> None:
    assert refused(at.sign_in("carole"))
    at.provider.lie(email_verified=False)
    assert refused(at.sign_in("alice"))
    at.provider.lie(email_verified="true")
    assert refused(at.sign_in("alice"))
    with at.api.site.uow() as tx:
        assert tx.acces.comptes.lire("carole") is None  # none is made by signing in


def test_two_accounts_of_one_mail_are_nobody_s(at: At) -> None:
    at.api.site.agents.creer(
        *(SYSTEME, "alice2", "Alice", "alice@exemple.invalid", Role.ADMINISTRATEUR), local=False
    )
    assert refused(at.sign_in("alice"))


def test_once_known_by_subject_a_mail_opens_no_other_account(at: At) -> None:
    assert at.sign_in("alice").status_code == 200
    at.provider.lie(email="bob@exemple.invalid")
    assert at.sign_in("alice").get_json()["acteur"]["id"] == "agent:alice"
    at.provider.lie(email="alice@exemple.invalid")  # bob takes her address over there
    assert refused(at.sign_in("bob"))
    at.api.site.agents.delier(SYSTEME, "alice")  # she has a new account over there, and our agent says so
    assert at.sign_in("bob").get_json()["acteur"]["id"] == "agent:alice"


def test_an_account_closed_here_is_closed_whatever_they_say_there(at: At) -> None:
    at.api.tokens["alice"] = at.sign_in("alice").get_json()["jeton"]
    at.api.site.agents.desactiver(SYSTEME, "alice")
    assert at.api.get("alice", "/session").status_code == 401
    assert refused(at.sign_in("alice"))


def test_roles_said_there_shut_the_door_and_never_open_more(
    tmp_path: Path, oidc_provider: OidcProvider
) -> None:
    oidc_provider.lie()
    mapped = oidc_of(oidc_provider, OIDC_ROLES="agents=agent_guichet admins=administrateur")
    with api_on(tmp_path, oidc=mapped) as api:
        at = At(api, oidc_provider)
        api.clock.moment = datetime.now(UTC)
        with api.site.engine.begin() as c:
            c.exec_driver_sql("UPDATE comptes SET courriel = 'autre@exemple.invalid' WHERE id LIKE 'id-%%'")
        for name, role in (("alice", Role.AGENT_GUICHET), ("bob", Role.CONSULTANT_SIMPLE)):
            mail = f"{name}@exemple.invalid"
            api.site.agents.creer(SYSTEME, name, name, mail, role, guichet="75001", local=False)
        assert at.sign_in("alice").get_json()["acteur"]["role"] == "agent_guichet"
        assert refused(at.sign_in("bob"))  # his account is there, the role he has over there is not
        oidc_provider.lie(roles=["admins"])
        assert refused(at.sign_in("alice"))  # an administrator over there, an agent here: neither
        oidc_provider.lie(roles=["admins", "agents"])
        assert at.sign_in("alice").get_json()["acteur"]["role"] == "agent_guichet"


def test_a_sign_in_below_the_level_asked_for_is_refused(tmp_path: Path, oidc_provider: OidcProvider) -> None:
    with api_on(tmp_path, oidc=oidc_of(oidc_provider, OIDC_ACR="eidas2 eidas3")) as api:
        at = At(api, oidc_provider)
        api.clock.moment = datetime.now(UTC)
        mail = "alice@exemple.invalid"
        with api.site.engine.begin() as c:
            c.exec_driver_sql("UPDATE comptes SET courriel = 'autre@exemple.invalid'")
        api.site.agents.creer(
            SYSTEME, "alice", "Alice", mail, Role.GESTIONNAIRE, guichet="75001", local=False
        )
        assert parse_qs(urlsplit(at.begin()[0]).query)["acr_values"] == ["eidas2 eidas3"]
        for told in ({}, {"acr": "eidas1"}, {"acr": ["eidas2"]}):
            oidc_provider.lie(**told)
            assert refused(at.sign_in("alice")), told
        oidc_provider.lie(acr="eidas2")
        assert at.sign_in("alice").status_code == 200


def test_keys_that_change_are_fetched_again_and_a_key_taken_away_no_longer_signs(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.access.fournisseur._AGAIN", 0.0)
    assert at.sign_in("alice").status_code == 200
    at.provider.rotate()
    assert at.sign_in("alice").status_code == 200
    at.provider.rotate(keep_old=False)
    assert at.sign_in("alice").status_code == 200


def test_a_password_does_not_open_an_account_of_the_provider(at: At) -> None:
    for password in ("-", "", PASSWORD):
        body = {"identifiant": "alice", "mot_de_passe": password or "x", "code": "000000"}
        assert at.api.post(None, "/session", json=body).status_code == 401


def test_signing_out_ends_both_sessions(at: At) -> None:
    browser = Browser("alice")
    url, cookie = at.begin()
    at.api.tokens["alice"] = at.back(browser.follow(url), cookie).get_json()["jeton"]
    with at.api.site.engine.connect() as c:
        (sealed,) = c.exec_driver_sql("SELECT oidc FROM sessions WHERE oidc IS NOT NULL").one()
    assert "ey" not in sealed[:4]  # no token lies readable in the base
    out = at.api.post("alice", "/oidc/deconnexion")
    assert out.status_code == 200
    assert at.api.get("alice", "/session").status_code == 401
    where = out.get_json()["adresse"]
    assert where.startswith(at.provider.issuer)
    assert browser.follow(where).rstrip("/") == PUBLIC  # the provider's is closed: it sends back at once
    url, _ = at.begin()
    page = browser._session.get(url, timeout=20)
    assert "csrfmiddlewaretoken" in page.text  # and asks for the password again
    with at.api.site.uow() as tx:
        account = tx.acces.comptes.lire("alice")
        assert account is not None
        local = open_session(tx, account.acteur, at.api.clock.now(), compte=account.id)
        tx.commit()
    at.api.tokens["alice"] = local.jeton
    assert at.api.post("alice", "/oidc/deconnexion").get_json() == {"adresse": None}
    assert at.api.get("alice", "/session").status_code == 401


def test_a_provider_that_is_down_is_said_so_and_local_accounts_go_on(at: At, tmp_path: Path) -> None:
    at.provider.down()
    try:
        answer = at.api.get(None, "/oidc/connexion")
        assert (answer.status_code, answer.get_json()["code"]) == (503, "OIDC_INDISPONIBLE")
        assert at.api.get(LOGICIEL, "/session").status_code == 200
    finally:
        at.provider.start()
    assert at.sign_in("alice").status_code == 200


def test_without_a_provider_the_routes_are_not_there(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        assert api.get(None, "/oidc/connexion").status_code == 404
        assert api.get(None, "/oidc/retour?state=x").status_code == 404
