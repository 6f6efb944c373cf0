"""A real OpenID Connect provider: django-oauth-toolkit under gunicorn, on a free port.

Chosen because it is what sites run in production, is kept up, comes from PyPI with hashes like all the rest,
and shares no line with the library of ours that it tests (Authlib).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from servers.process import ServerProcess, clean_environment, free_port, new_folder, remove

ROOT = Path(__file__).parents[1]
PUBLIC = "http://127.0.0.1:9"  # where people would come back: nobody listens, the tests take it from there
PASSWORD = "mot de passe du fournisseur"
PEOPLE: tuple[tuple[str, str, list[str]], ...] = (
    ("alice", "alice@exemple.invalid", ["agents"]),
    ("bob", "bob@exemple.invalid", ["visiteurs"]),
    ("carole", "carole@exemple.invalid", []),
)


class OidcProvider:
    client_id, client_secret = "dossier-unique", "secret-du-client-de-test"

    def __init__(self) -> None:
        self.folder = new_folder("oidc")
        self._port = free_port()
        self.issuer = f"http://127.0.0.1:{self._port}/o"
        self._new_key()
        site = {
            "personnes": PEOPLE,
            "mot_de_passe": PASSWORD,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": f"{PUBLIC}/api/v1/oidc/retour",
            "public_url": PUBLIC,
        }
        (self.folder / "site.json").write_text(json.dumps(site))
        env = {**clean_environment(), "PYTHONPATH": str(ROOT), "OIDC_FOLDER": str(self.folder)}
        words = ["-m", "gunicorn", "--bind", f"127.0.0.1:{self._port}", "--workers", "1", "--threads", "4"]
        self._process = ServerProcess(
            "django-oauth-toolkit",
            [sys.executable, *words, "servers.oidc_site:make()"],
            self.folder / "fournisseur.log",
            environment=env,
            folder=ROOT,
        )

    @property
    def settings(self) -> dict[str, str]:
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": self.client_id,
            "OIDC_CLIENT_SECRET": self.client_secret,
            "PUBLIC_URL": PUBLIC,
        }

    def start(self) -> OidcProvider:
        self._process.start()
        self._process.wait_until(self._ready, 60)
        return self

    def _ready(self) -> bool:
        try:
            url = f"{self.issuer}/.well-known/openid-configuration"
            return requests.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def stop(self) -> None:
        self._process.stop()
        remove(self.folder)

    def down(self) -> None:
        self._process.stop()

    def rotate(self, *, keep_old: bool = True) -> None:
        """Signs with a new key from now on."""
        self._process.stop()
        old = self.folder / "cle.pem"
        if keep_old:
            old.rename(self.folder / f"ancienne-{len(list(self.folder.glob('ancienne-*')))}.pem")
        self._new_key()
        self.start()

    def lie(self, **claims: object) -> None:
        """What the ID tokens say from now on, in place of the truth; nothing for the truth again."""
        (self.folder / "conduite.json").write_text(json.dumps({"claims": claims}))

    def _new_key(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / "cle.pem").write_bytes(pem)


class Browser:
    """A person's: signs in at the provider, and stops where the provider sends it back to us."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._session = requests.Session()
        self._session.trust_env = False

    def follow(self, url: str) -> str:
        """From an address of the provider to the one that it sends back to."""
        for _ in range(10):
            answer = self._session.get(url, allow_redirects=False, timeout=20)
            if answer.status_code == 200 and "csrfmiddlewaretoken" in answer.text:
                answer = self._enter(url, answer.text)
            assert answer.status_code in (301, 302), answer.text[:500]
            url = urljoin(url, answer.headers["Location"])
            if url.startswith(PUBLIC):
                return url
        raise AssertionError("too many redirects")

    def _enter(self, url: str, page: str) -> requests.Response:
        form: Mapping[str, str] = {
            "username": self._name,
            "password": PASSWORD,
            **dict(re.findall(r'name="(csrfmiddlewaretoken|next)" value="([^"]*)"', page)),
        }
        form = {k: v.replace("&amp;", "&") for k, v in form.items()}
        return self._session.post(url, data=form, allow_redirects=False, timeout=20)
