"""The settings of identity and of the antivirus: what is wrong is told together, and no secret shows."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from intake.domain.acces import Role
from intake.errors import ReglageInvalide
from web.settings import read_settings

OIDC = {
    "OIDC_ISSUER": "https://connexion.exemple.invalid/realms/a",
    "OIDC_CLIENT_ID": "dossier",
    "OIDC_CLIENT_SECRET": "tres-secret",
    "PUBLIC_URL": "https://dossier.exemple.invalid/",
}


def test_a_provider_is_read_whole_and_its_secret_shows_nowhere() -> None:
    told = read_settings({**OIDC, "OIDC_ROLES": "a=agent_guichet a=b=administrateur"})
    assert told.oidc is not None
    assert told.oidc.redirect_uri == "https://dossier.exemple.invalid/api/v1/oidc/retour"
    assert told.oidc.roles == (("a", Role.AGENT_GUICHET), ("a=b", Role.ADMINISTRATEUR))
    assert "tres-secret" not in repr(told)
    assert read_settings({}).oidc is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PUBLIC_URL": ""}, "vont ensemble"),
        ({"OIDC_CLIENT_ID": ""}, "vont ensemble"),
        ({"OIDC_ISSUER": "http://connexion.exemple.invalid"}, "OIDC_ISSUER doit être une adresse https"),
        ({"OIDC_ISSUER": "https://moi:secret@connexion.exemple.invalid"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://["}, "OIDC_ISSUER"),
        ({"PUBLIC_URL": "ftp://dossier.exemple.invalid"}, "PUBLIC_URL"),
        ({"OIDC_ROLES": "a=demandeur"}, "a=demandeur"),
        ({"OIDC_ROLES": "administrateur"}, "OIDC_ROLES"),
        ({"OIDC_HOSTS": "https://cles.exemple.invalid"}, "OIDC_HOSTS : « https://cles.exemple.invalid »"),
        ({"OIDC_HOSTS": "*.exemple.invalid"}, "OIDC_HOSTS"),
        ({"OIDC_HOSTS": "cles.exemple.invalid:99999"}, "OIDC_HOSTS"),
        ({"METRICS_TOKEN": "court"}, "METRICS_TOKEN"),
        ({"RANGE_SECONDS": "0"}, "RANGE_SECONDS"),
        ({"STEP_SECONDS": "une heure"}, "STEP_SECONDS"),
        ({"CLIENT_CERT_PROXIES": "10.0.0.1/8"}, "CLIENT_CERT_PROXIES"),
        ({"CLIENT_CERT_PROXIES": "partout"}, "CLIENT_CERT_PROXIES"),
        ({"CLAMD_URL": "/run/clamd"}, "CLAMD_URL"),
        ({"CLAMD_URL": "tcp:hote"}, "CLAMD_URL"),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ReglageInvalide, match=words) as caught:
        read_settings({**OIDC, **changes, "API_RATE": "souvent"})
    assert "API_RATE" in str(caught.value)  # with all that is wrong beside it


@pytest.mark.parametrize("url", ["unix:/run/clamd", "unix:///run/clamd", "tcp:av:3310", "tcp://[::1]:3310"])
def test_where_an_antivirus_may_be(url: str) -> None:
    assert read_settings({"CLAMD_URL": url}).clamd_url == url


def test_several_proxies() -> None:
    told = read_settings({"CLIENT_CERT_PROXIES": "10.0.0.5, 10.1.0.0/24 ::1"})
    assert told.client_cert_proxies == tuple(map(ip_network, ("10.0.0.5", "10.1.0.0/24", "::1")))
