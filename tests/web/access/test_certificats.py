"""Client certificates of software, through a real nginx that checks them, and without it (R38)."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api_site import GUICHET, api_on, pdf
from intake.domain.acces import SYSTEME, Jeton, Portee, Role
from intake.errors import CompteInvalide
from readings import N1
from servers.nginx import FROM, Authority, NginxServer
from servers.service import Service
from site_on import site_on
from web.settings import read_settings
from web.wiring import Site, open_site

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

WHO = "/api/v1/session"


def account(site: Site, certificate: Path, *, scopes: list[Portee] | None = None, **more: Any) -> Jeton:
    made, text = site.jetons.creer(
        *(SYSTEME, "Logiciel", GUICHET, Role.AGENT_GUICHET, scopes or [Portee.LECTURE], "d@exemple.invalid"),
        certificat=certificate.read_text(),
        **more,
    )
    assert text == ""
    return made


@dataclass
class Fronted:
    site: Site
    service: Service
    nginx: NginxServer

    def call(
        self,
        client: tuple[Path, Path] | None,
        headers: dict[str, str] | None = None,
        *,
        direct: bool = False,
    ) -> tuple[int, Any]:
        url = (self.service.url if direct else self.nginx.url) + WHO
        try:
            context = None if direct else self.nginx.context(client)
            request = urllib.request.Request(url, headers=headers or {})
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as e:
            body = e.read()
            return e.code, json.loads(body) if body.startswith(b"{") else body.decode()


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    env = {
        "DOSSIER_DATA": str(tmp_path_factory.mktemp("site")),
        "CLIENT_CERT_PROXIES": FROM,
        "TRUSTED_PROXIES": "1",
    }
    site = open_site(read_settings(env))
    service = Service(env, worker=False)
    nginx = NginxServer(service.port)
    try:
        service.start()
        nginx.start()
        yield Fronted(site, service, nginx)
    finally:
        nginx.stop()
        service.stop()
        site.engine.dispose()


@pytest.mark.real
@pytest.mark.slow
class TestThroughNginx:
    def test_a_registered_certificate_is_its_guichet_with_its_scopes(self, fronted: Fronted) -> None:
        client = fronted.nginx.authority.issue("guichet")
        made = account(fronted.site, client[0])
        status, told = fronted.call(client)
        assert (status, told["id"], told["guichet"]) == (200, f"logiciel:{made.id}", GUICHET)
        fronted.site.jetons.revoquer(SYSTEME, made.id)
        assert fronted.call(client)[0] == 401

    def test_another_of_the_same_name_and_authority_opens_nothing(self, fronted: Fronted) -> None:
        first = fronted.nginx.authority.issue("jumeau")
        account(fronted.site, first[0])
        text = first[0].read_text()
        second = fronted.nginx.authority.issue("jumeau")
        assert second[0].read_text() != text
        assert fronted.call(second)[0] == 401

    def test_one_of_another_authority_is_stopped_even_if_it_is_registered(
        self, fronted: Fronted, tmp_path: Path
    ) -> None:
        client = Authority("autre", tmp_path).issue("etranger")
        account(fronted.site, client[0])
        status, _ = fronted.call(client)
        assert status in (400, 401)

    def test_what_a_client_writes_itself_never_gets_through(self, fronted: Fronted) -> None:
        client = fronted.nginx.authority.issue("vole")
        account(fronted.site, client[0])
        forged = escaped(client[0])
        assert fronted.call(None, forged)[0] == 401  # through the proxy, which overwrites
        assert fronted.call(None, forged, direct=True)[0] == 401  # straight to the service
        assert fronted.call(None, {**forged, "X-Forwarded-For": FROM}, direct=True)[0] == 401
        underscored = {k.replace("-", "_"): v for k, v in forged.items()}
        assert fronted.call(None, underscored)[0] == 401
        assert fronted.call(None, underscored, direct=True)[0] in (400, 401)
        assert fronted.call(client)[0] == 200

    def test_renewed_both_work_for_some_days(self, fronted: Fronted) -> None:
        old = fronted.nginx.authority.issue("ancien")
        made = account(fronted.site, old[0])
        new = fronted.nginx.authority.issue("nouveau")
        with pytest.raises(CompteInvalide, match="se renouvelle par un certificat"):
            fronted.site.jetons.renouveler(SYSTEME, made.id)
        fronted.site.jetons.renouveler(SYSTEME, made.id, certificat=new[0].read_text())
        assert fronted.call(old)[0] == fronted.call(new)[0] == 200


def escaped(path: Path) -> dict[str, str]:
    return {"X-Client-Verify": "SUCCESS", "X-Client-Cert": quote(path.read_text())}


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        ("127.0.0.0/8", "127.0.0.1", 200),
        ("10.0.0.5", "127.0.0.1", 401),
        ("", "127.0.0.1", 401),
        ("10.0.0.5 ::1", "::1", 200),
        ("127.0.0.1", "", 401),
    ],
)
def test_the_header_is_believed_from_the_proxy_alone_and_only_if_it_verified(
    tmp_path: Path, networks: str, address: str, expected: int
) -> None:
    certificate, _ = Authority("a", tmp_path).issue("g")
    proxies = read_settings({"CLIENT_CERT_PROXIES": networks}).client_cert_proxies
    with api_on(tmp_path, client_cert_proxies=proxies) as api:
        api.clock.moment = datetime.now(UTC)
        account(api.site, certificate)
        peer = {"REMOTE_ADDR": address}
        got = api.client.get(WHO, headers=escaped(certificate), environ_base=peer)
        assert got.status_code == expected, got.data
        for wrong in ("FAILED:self-signed certificate", "NONE", ""):
            headers = {**escaped(certificate), "X-Client-Verify": wrong}
            assert api.client.get(WHO, headers=headers, environ_base=peer).status_code == 401


BEGINS = quote("-----BEGIN CERTIFICATE-----\n")


@pytest.mark.parametrize("header", ["", "x", "%", "%ff", BEGINS, "a" * 20_000])
def test_what_is_no_certificate_is_nobody(tmp_path: Path, header: str) -> None:
    proxies = read_settings({"CLIENT_CERT_PROXIES": "127.0.0.1"}).client_cert_proxies
    with api_on(tmp_path, client_cert_proxies=proxies) as api:
        headers = {"X-Client-Verify": "SUCCESS", "X-Client-Cert": header}
        assert api.client.get(WHO, headers=headers).status_code == 401


def test_a_token_is_judged_alone_whatever_certificate_comes_with_it(tmp_path: Path) -> None:
    certificate, _ = Authority("a", tmp_path).issue("g")
    proxies = read_settings({"CLIENT_CERT_PROXIES": "127.0.0.1"}).client_cert_proxies
    with api_on(tmp_path, client_cert_proxies=proxies) as api:
        api.clock.moment = datetime.now(UTC)
        account(api.site, certificate)
        wrong = {**escaped(certificate), "Authorization": "Bearer dus_faux"}
        assert api.client.get(WHO, headers=wrong).status_code == 401
        refused = api.client.post(
            f"/api/v1/demandes/{N1}/pieces",
            headers=escaped(certificate),
            data={"fichier": (io.BytesIO(pdf()), "a.pdf")},
        )
        assert refused.status_code == 403  # its scope is reading


def test_an_account_ends_with_its_certificate_and_a_certificate_has_one_account(tmp_path: Path) -> None:
    authority = Authority("a", tmp_path)
    certificate, _ = authority.issue("g", days=40)
    with site_on(tmp_path) as (site, clock):
        clock.moment = datetime.now(UTC)
        made = account(site, certificate, jours=365)
        assert timedelta(days=39) < made.expire_le - clock.now() <= timedelta(days=40)
        with pytest.raises(CompteInvalide, match="déjà"):
            account(site, certificate)
        with pytest.raises(CompteInvalide, match="PEM"):
            site.jetons.creer(
                *(SYSTEME, "L", GUICHET, Role.NUMERISEUR, [Portee.DEPOT], "d@exemple.invalid"),
                certificat="rien",
            )
        clock.advance(days=41)
        late, _ = authority.issue("h", days=2)
        with pytest.raises(CompteInvalide, match="en cours de validité"):
            account(site, late)


def test_the_command_registers_a_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from web.cli.accounts import jetons

    certificate, key = Authority("a", tmp_path).issue("g")
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    words = ["creer", "Logiciel", "--guichet", "75001", "--role", "agent_guichet", "--portee", "depot"]
    words += ["--courriel", "d@exemple.invalid", "--json", "--certificat"]
    done = CliRunner().invoke(jetons, [*words, str(certificate)])
    told = json.loads(done.stdout)
    assert len(told["certificat"]) == 64
    assert "jeton" not in told
    assert CliRunner().invoke(jetons, [*words, str(key)]).exit_code == 1
