"""A service whose agents sign in at a provider, and the browser of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from api_site import ApiSite
from servers import OidcProvider
from servers.oidc import Browser
from web.settings import Oidc, read_settings


def oidc_of(provider: OidcProvider, **more: str) -> Oidc:
    told = read_settings({**provider.settings, **more}).oidc
    assert told is not None
    return told


@dataclass
class At:
    api: ApiSite
    provider: OidcProvider

    def begin(self) -> tuple[str, str]:
        """Where the browser is sent, and the cookie it gets."""
        begun = self.api.get(None, "/oidc/connexion")
        assert begun.status_code == 302, begun.data
        return begun.headers["Location"], begun.headers["Set-Cookie"].split(";")[0]

    def back(self, url: str, cookie: str | None) -> Any:
        self.api.client.delete_cookie("oidc")
        if cookie:
            self.api.client.set_cookie(*cookie.split("=", 1))
        where = urlsplit(url)
        return self.api.client.get(f"{where.path}?{where.query}")

    def sign_in(self, name: str) -> Any:
        url, cookie = self.begin()
        return self.back(Browser(name).follow(url), cookie)
