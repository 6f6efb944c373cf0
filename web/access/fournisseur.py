"""The identity provider over HTTP: its description, its keys, its tokens; whatever it says is checked here.

Only the origin of the configured issuer and the hosts that the settings name are ever called: a description
that leads elsewhere is refused, no redirect is followed, answers are small and have their time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests.adapters import HTTPAdapter

from intake.errors import ConnexionRefusee, FournisseurIndisponible
from web.settings import LOOPBACK, Oidc

# Signatures by a key pair only: with HS256 whoever knows the client's secret could sign.
_ALGORITHMES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_USED = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")
_LARGEST = 256_000  # bytes of an answer
_PATIENCE = 10.0  # seconds for the whole of an answer
_FRESH = 3600.0  # seconds a description and keys are kept for
_AGAIN = 30.0  # seconds between two looks for a key that is not there
_LEEWAY = 60  # seconds by which two clocks may differ


class Fournisseur:
    def __init__(self, oidc: Oidc) -> None:
        self._oidc = oidc
        self._lock = Lock()
        self._known: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def adresse(self, etat: str, nonce: str, verifieur: str) -> str:
        """Where the person signs in: authorization code, PKCE with SHA-256."""
        with self._session() as session:
            asked = {"acr_values": " ".join(self._oidc.acr)} if self._oidc.acr else {}
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=etat,
                nonce=nonce,
                code_verifier=verifieur,
                **asked,
            )
        return str(url)

    def echanger(self, code: str, verifieur: str) -> dict[str, Any]:
        """The tokens a code is worth, once. Raises ConnexionRefusee."""
        with self._session() as session:
            try:
                told = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifieur,
                    allow_redirects=False,
                )
            except AuthlibBaseError as e:
                raise ConnexionRefusee("Le fournisseur d'identité n'a pas accepté ce retour.") from e
            except (requests.RequestException, ValueError) as e:
                raise _silent() from e
        if not isinstance(told.get("id_token"), str):
            raise ConnexionRefusee("Le fournisseur d'identité n'a pas dit qui vous êtes.")
        return dict(told)

    def verifier(self, jetons: Mapping[str, Any], nonce: str, maintenant: datetime) -> dict[str, Any]:
        """The claims of an ID token whose signature, issuer, audience, times and nonce are right."""
        refused = ConnexionRefusee("Ce que dit le fournisseur d'identité n'est pas vérifiable.")
        issuer = self.description()["issuer"]
        wanted = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._oidc.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }
        proven = {"nonce": nonce, "client_id": self._oidc.client_id}
        if isinstance(jetons.get("access_token"), str):
            proven["access_token"] = jetons["access_token"]
        try:
            token = self._decoded(jetons["id_token"])
            claims = CodeIDToken(token.claims, token.header, wanted, proven)
            claims.validate(int(maintenant.timestamp()), _LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as e:
            raise refused from e
        if self._oidc.acr and claims.get("acr") not in self._oidc.acr:
            raise ConnexionRefusee("Cette connexion n'a pas le niveau d'authentification demandé.")
        if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= 255:
            raise refused
        return dict(claims)

    def fin_de_session(self, id_token: str, retour: str) -> str | None:
        """Where the provider ends its own session, if it says where."""
        if "end_session_endpoint" not in self.description():
            return None
        told = {
            "id_token_hint": id_token,
            "client_id": self._oidc.client_id,
            "post_logout_redirect_uri": retour,
        }
        url = self._endpoint("end_session_endpoint")
        return f"{url}{'&' if '?' in url else '?'}{urlencode(told)}"

    def description(self) -> Mapping[str, Any]:
        with self._lock:
            if self._known is None or time.monotonic() > self._known[0] + _FRESH:
                self._known = (time.monotonic(), self._described())
            return self._known[1]

    def _described(self) -> Mapping[str, Any]:
        told = self._get(f"{self._oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
        # Exactly the one asked for, or one provider could speak in another's name (OIDC Discovery, 4.3).
        if told.get("issuer") != self._oidc.issuer:
            raise _silent()
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(told.get(name), str):
                raise _silent()
        # Of the others nothing is ever called, nor is a browser sent there.
        for name in _USED:
            if name in told and not _named(told[name], self._oidc):
                raise _silent()
        return told

    def _endpoint(self, name: str) -> str:
        return str(self.description()[name])

    def _decoded(self, text: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(_ALGORITHMES), strict_check_header=False)
        try:
            return jwt.decode(text, self._key_set(), registry=registry)
        except InvalidKeyIdError:  # the provider has new keys
            return jwt.decode(text, self._key_set(older_than=_AGAIN), registry=registry)

    def _key_set(self, *, older_than: float = _FRESH) -> KeySet:
        uri = self._endpoint("jwks_uri")
        with self._lock:
            if self._keys is None or time.monotonic() > self._keys[0] + older_than:
                self._keys = (time.monotonic(), KeySet.import_key_set(self._get(uri)))  # type: ignore[arg-type]
            return self._keys[1]

    def _get(self, url: str) -> dict[str, Any]:
        with self._session() as session:
            try:
                answer = session.request(
                    "GET",
                    url,
                    withhold_token=True,
                    allow_redirects=False,
                    headers={"Accept": "application/json"},
                )
                told = json.loads(answer.content) if answer.status_code == 200 else None
            except (requests.RequestException, ValueError, RecursionError) as e:
                raise _silent() from e
        if not isinstance(told, dict):
            raise _silent()
        return told

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self._oidc.client_id,
            self._oidc.client_secret,
            redirect_uri=self._oidc.redirect_uri,
            scope=self._oidc.scopes,
            code_challenge_method="S256",
        )
        guard = _OnlyTheNamed(self._oidc)
        for scheme in ("http://", "https://"):
            session.mount(scheme, guard)
        return session


class _OnlyTheNamed(HTTPAdapter):
    """What every call of a session goes through."""

    def __init__(self, oidc: Oidc) -> None:
        super().__init__(max_retries=0)
        self._oidc = oidc

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not _named(request.url, self._oidc):
            raise requests.exceptions.InvalidURL("neither the configured issuer nor a host of OIDC_HOSTS")
        kwargs["timeout"], kwargs["stream"] = (3.05, _PATIENCE), True
        answer = super().send(request, *args, **kwargs)
        if answer.is_redirect:
            answer.close()
            raise requests.exceptions.TooManyRedirects("the issuer redirects")
        body, limit = b"", time.monotonic() + _PATIENCE
        for block in answer.iter_content(4096):
            body += block
            if len(body) > _LARGEST or time.monotonic() > limit:
                answer.close()
                raise requests.exceptions.ContentDecodingError("too long an answer")
        answer._content = body  # read by us, and so by nobody else
        return answer


def _named(url: object, oidc: Oidc) -> bool:
    """Whether it is of the issuer's own origin, or by https of a host that is named (here, by http too)."""
    try:
        if not isinstance(url, str) or "@" in urlsplit(url).netloc:
            return False
        scheme, host, port = origin = _origin(url)
        if origin == _origin(oidc.issuer):
            return True
        return (scheme == "https" or (scheme == "http" and host in LOOPBACK)) and (host, port) in oidc.hosts
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _silent() -> FournisseurIndisponible:
    return FournisseurIndisponible("Le fournisseur d'identité ne répond pas comme il le devrait.")
