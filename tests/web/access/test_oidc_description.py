"""What a provider says of itself: where it may lead the service, and what it may not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from api_site import api_on
from intake.domain.acces import SYSTEME, Role
from oidc_at import At, oidc_of
from servers import OidcProvider
from servers.oidc import PUBLIC
from web.access.fournisseur import Fournisseur
from web.settings import Oidc, read_settings

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("oidc")]


class LyingPages:
    """A web server that answers what a test wants, and keeps what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, object] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                page = outer.pages.get(self.path, b"")
                self.send_response(302 if page == "redirect" else 200)
                self.send_header("Location", "/ailleurs")
                self.end_headers()
                self.wfile.write(page if isinstance(page, bytes) else json.dumps(page).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def description(self) -> dict[str, object]:
        ends = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **{e: f"{self.url}/{e}" for e in ends}}

    def oidc(self) -> Oidc:
        return Oidc(self.url, "moi", "secret", PUBLIC)


@pytest.fixture
def lying_pages() -> Iterator[LyingPages]:
    pages = LyingPages()
    serving = threading.Thread(target=pages.server.serve_forever, daemon=True)
    serving.start()
    try:
        yield pages
    finally:
        pages.server.shutdown()
        pages.server.server_close()
        serving.join()


@pytest.mark.parametrize(
    "more",
    [
        {"token_endpoint": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"end_session_endpoint": "https://ailleurs.exemple.invalid/"},
        {"issuer": "https://ailleurs.exemple.invalid"},
        {"jwks_uri": None},
    ],
)
def test_a_description_that_leads_elsewhere_is_not_followed(
    more: dict[str, object], lying_pages: LyingPages
) -> None:
    lying_pages.pages["/.well-known/openid-configuration"] = {**lying_pages.description(), **more}
    asked = Fournisseur(lying_pages.oidc())
    with pytest.raises(Exception, match="ne répond pas comme il le devrait"):
        asked.adresse("etat", "nonce", "v" * 43)


ELSEWHERE = "ailleurs.exemple.invalid"


@pytest.mark.parametrize(
    ("url", "hosts", "followed"),
    [
        (f"https://{ELSEWHERE}/token", ELSEWHERE, True),
        (f"https://{ELSEWHERE}:443/token", ELSEWHERE, True),
        (f"https://{ELSEWHERE.upper()}/token", ELSEWHERE, True),
        (f"https://{ELSEWHERE}:8443/token", f"un.exemple.invalid {ELSEWHERE}:8443", True),
        ("http://localhost:1/token", "localhost:1", True),  # on this machine, as the issuer itself may be
        ("http://[::1]:1/token", "[::1]:1", True),
        (f"http://{ELSEWHERE}/token", ELSEWHERE, False),  # not by plain http
        (f"http://{ELSEWHERE}:80/token", f"{ELSEWHERE}:80", False),
        (f"https://{ELSEWHERE}:8443/token", ELSEWHERE, False),  # another port is another service
        (f"https://un.{ELSEWHERE}/token", ELSEWHERE, False),
        (f"https://{ELSEWHERE}.invalid/token", ELSEWHERE, False),
        (f"https://{ELSEWHERE}@169.254.169.254/token", ELSEWHERE, False),
        (f"https://169.254.169.254\\@{ELSEWHERE}/token", ELSEWHERE, False),
        (f"file://{ELSEWHERE}/etc/passwd", ELSEWHERE, False),
        (f"https://{ELSEWHERE}:x/token", ELSEWHERE, False),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254", False),
        ("http://localhost:2/token", "localhost:1", False),
    ],
)
def test_only_a_host_that_the_settings_name_is_followed(
    url: str, hosts: str, followed: bool, lying_pages: LyingPages
) -> None:
    given = {"OIDC_ISSUER": lying_pages.url, "OIDC_CLIENT_ID": "moi", "PUBLIC_URL": PUBLIC}
    told = read_settings({**given, "OIDC_HOSTS": hosts}).oidc
    assert told is not None
    for name in ("token_endpoint", "jwks_uri", "authorization_endpoint", "end_session_endpoint"):
        lying_pages.pages["/.well-known/openid-configuration"] = {**lying_pages.description(), name: url}
        asked = Fournisseur(told)
        if followed:
            assert asked.description()[name] == url
        else:
            with pytest.raises(Exception, match="ne répond pas comme il le devrait"):
                asked.description()


def test_what_is_never_called_may_be_anywhere(lying_pages: LyingPages) -> None:
    more = {"userinfo_endpoint": f"https://{ELSEWHERE}/moi", "revocation_endpoint": f"http://{ELSEWHERE}/"}
    lying_pages.pages["/.well-known/openid-configuration"] = {**lying_pages.description(), **more}
    assert Fournisseur(lying_pages.oidc()).adresse("etat", "nonce", "v" * 43).startswith(lying_pages.url)


def test_tokens_and_keys_on_other_hosts_that_are_named_sign_people_in(
    tmp_path: Path, oidc_provider: OidcProvider, lying_pages: LyingPages
) -> None:
    """As Google has them: each at an address of its own; keys by another program altogether."""
    there = oidc_provider.issuer.replace("127.0.0.1", "localhost")
    keys = requests.get(f"{oidc_provider.issuer}/.well-known/jwks.json", timeout=20).json()
    lying_pages.pages["/cles"] = keys
    oidc_provider.describe(token_endpoint=f"{there}/token/", jwks_uri=f"{lying_pages.url}/cles")
    try:
        with api_on(tmp_path / "sans", oidc=oidc_of(oidc_provider)) as api:
            answer = api.get(None, "/oidc/connexion")
            assert (answer.status_code, answer.get_json()["code"]) == (503, "OIDC_INDISPONIBLE")
        named = f"{urlsplit(there).netloc} {urlsplit(lying_pages.url).netloc}"
        with api_on(tmp_path / "avec", oidc=oidc_of(oidc_provider, OIDC_HOSTS=named)) as api:
            api.clock.moment = datetime.now(UTC)
            with api.site.engine.begin() as c:
                c.exec_driver_sql("UPDATE comptes SET courriel = 'autre@exemple.invalid'")
            who = (SYSTEME, "alice", "Alice", "alice@exemple.invalid", Role.AGENT_GUICHET)
            api.site.agents.creer(*who, guichet="75001", local=False)
            assert At(api, oidc_provider).sign_in("alice").get_json()["acteur"]["id"] == "agent:alice"
            assert "/cles" in lying_pages.asked
    finally:
        oidc_provider.lie()


def test_a_redirect_an_endless_and_a_deep_answer_are_refused(lying_pages: LyingPages) -> None:
    asked = Fournisseur(lying_pages.oidc())
    for page in ("redirect", b'{"a": "' + b"x" * 300_000 + b'"}', b"[" * 5000, b"\xff", b"7"):
        lying_pages.pages["/.well-known/openid-configuration"] = page
        with pytest.raises(Exception, match="ne répond pas comme il le devrait"):
            asked.description()
    assert lying_pages.asked == ["/.well-known/openid-configuration"] * 5
