"""The only reader of the environment: frozen settings, all mistakes reported together at boot."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from intake.domain.acces import ROLES_AGENT, Role
from intake.errors import ReglageInvalide

NAMES = (
    "DOSSIER_DATA",
    "DATABASE_URL",
    "REDIS_URL",
    "S3_ENDPOINT_URL",
    "S3_PUBLIC_URL",
    "S3_BUCKET",
    "S3_REGION",
    "S3_PREFIX",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "QR_SIGNING_KEY",
    "READING_PROCESSES",
    "DEUXDDOC_CERTIFICATS",
    "SECRET_KEY",
    "SMTP_URL",
    "MAIL_FROM",
    "API_RATE",
    "TRUSTED_PROXIES",
    "PUBLIC_URL",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_SCOPES",
    "OIDC_ROLE_CLAIM",
    "OIDC_ROLES",
    "OIDC_ACR",
    "OIDC_HOSTS",
    "CLIENT_CERT_PROXIES",
    "CLAMD_URL",
    "RANGE_PAGES",
    "WORKER_NAME",
    "LEASE_SECONDS",
    "RANGE_SECONDS",
    "STEP_SECONDS",
    "URGENT_LANE",
    "LOG_FORMAT",
    "METRICS_TOKEN",
)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
RETOUR = "/api/v1/oidc/retour"  # where the provider sends people back


@dataclass(frozen=True)
class Oidc:
    """The identity provider of agents. `roles`: what a value of the claim `role_claim` allows to be, here."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    public_url: str
    scopes: str = "openid email"
    role_claim: str = "roles"
    roles: tuple[tuple[str, Role], ...] = ()
    acr: tuple[str, ...] = ()  # any of these levels of authentication; empty: whichever the provider has
    hosts: tuple[tuple[str, int], ...] = ()  # and ports, beside the issuer's own, that it may lead to

    @property
    def redirect_uri(self) -> str:
        return self.public_url + RETOUR


@dataclass(frozen=True)
class Settings:
    """See docs/settings.md for each; secrets never show in a repr."""

    data: Path
    database_url: str = field(repr=False)
    processes: int
    redis_url: str | None = field(default=None, repr=False)
    s3_endpoint_url: str | None = None
    s3_public_url: str | None = None
    s3_bucket: str | None = None
    s3_region: str = "us-east-1"
    s3_prefix: str = ""
    s3_access_key: str | None = field(default=None, repr=False)
    s3_secret_key: str | None = field(default=None, repr=False)
    qr_signing_keys: tuple[bytes, ...] = field(default=(), repr=False)
    deuxddoc_certificats: Path | None = None
    secret_key: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "dossier-unique@localhost"
    api_rate: str = "600 per minute"
    trusted_proxies: int = 0
    oidc: Oidc | None = None
    client_cert_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    clamd_url: str | None = None
    range_pages: int = 40
    worker_name: str = ""
    lease_seconds: int = 20
    range_seconds: int = 900
    step_seconds: int = 3600
    urgent_lane: bool = True
    log_format: str = "console"
    metrics_token: str | None = field(default=None, repr=False)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, each `NAME` also as `NAME_FILE`. Raises ReglageInvalide."""
    env = os.environ if environ is None else environ
    mistakes: list[str] = []
    values = {name: _value(env, name, mistakes) for name in NAMES}
    processes = _processes(values["READING_PROCESSES"], mistakes)
    if bool(values["S3_ENDPOINT_URL"]) and not values["S3_BUCKET"]:
        mistakes.append("S3_ENDPOINT_URL est donné sans S3_BUCKET")
    if (public := values["S3_PUBLIC_URL"]) is not None and not (values["S3_BUCKET"] and _sure(public)):
        mistakes.append("S3_PUBLIC_URL doit être une adresse https:// sans paramètre, et va avec S3_BUCKET")
    _check_access(values, mistakes)
    oidc = _oidc(values, mistakes)
    proxies = _networks(values["CLIENT_CERT_PROXIES"], mistakes)
    _check_clamd(values["CLAMD_URL"], mistakes)
    _check_work(values, mistakes)
    if mistakes:
        raise ReglageInvalide("Réglages à corriger : " + " ; ".join(mistakes) + ".")
    data = Path(values["DOSSIER_DATA"] or "var").absolute()
    return Settings(
        data=data,
        database_url=values["DATABASE_URL"] or f"sqlite:///{data / 'dossier.db'}",
        processes=processes,
        redis_url=values["REDIS_URL"],
        s3_endpoint_url=values["S3_ENDPOINT_URL"],
        s3_public_url=values["S3_PUBLIC_URL"],
        s3_bucket=values["S3_BUCKET"],
        s3_region=values["S3_REGION"] or "us-east-1",
        s3_prefix=values["S3_PREFIX"] or "",
        s3_access_key=values["AWS_ACCESS_KEY_ID"],
        s3_secret_key=values["AWS_SECRET_ACCESS_KEY"],
        # Several keys, separated by spaces: the newest signs, the older still verify.
        qr_signing_keys=tuple(k.encode() for k in (values["QR_SIGNING_KEY"] or "").split()),
        deuxddoc_certificats=Path(folder) if (folder := values["DEUXDDOC_CERTIFICATS"]) else None,
        secret_key=values["SECRET_KEY"],
        smtp_url=values["SMTP_URL"],
        mail_from=values["MAIL_FROM"] or "dossier-unique@localhost",
        api_rate=values["API_RATE"] or "600 per minute",
        trusted_proxies=int(values["TRUSTED_PROXIES"] or 0),
        oidc=oidc,
        client_cert_proxies=proxies,
        clamd_url=values["CLAMD_URL"],
        range_pages=int(values["RANGE_PAGES"] or 40),
        lease_seconds=int(values["LEASE_SECONDS"] or 20),
        range_seconds=int(values["RANGE_SECONDS"] or 900),
        step_seconds=int(values["STEP_SECONDS"] or 3600),
        urgent_lane=values["URGENT_LANE"] != "non",
        worker_name=values["WORKER_NAME"] or socket.gethostname(),
        log_format=values["LOG_FORMAT"] or "console",
        metrics_token=values["METRICS_TOKEN"],
    )


def _check_access(values: Mapping[str, str | None], mistakes: list[str]) -> None:
    if values["SECRET_KEY"] is not None and len(values["SECRET_KEY"]) < 32:
        mistakes.append("SECRET_KEY doit avoir au moins 32 caractères tirés au hasard")
    if values["METRICS_TOKEN"] is not None and len(values["METRICS_TOKEN"]) < 32:
        mistakes.append("METRICS_TOKEN doit avoir au moins 32 caractères tirés au hasard")
    smtp = urlsplit(values["SMTP_URL"] or "smtp://localhost")
    if smtp.scheme not in ("smtp", "smtps") or not smtp.hostname:
        mistakes.append("SMTP_URL doit être smtp://… ou smtps://…")
    if not re.fullmatch(r"\d{1,9} per (second|minute|hour|day)", values["API_RATE"] or "1 per day"):
        mistakes.append("API_RATE s'écrit « 600 per minute »")
    if not re.fullmatch("[0-9]", values["TRUSTED_PROXIES"] or "0"):
        mistakes.append("TRUSTED_PROXIES doit être un nombre de 0 à 9")
    if "@" not in (values["MAIL_FROM"] or "@"):
        mistakes.append("MAIL_FROM doit être une adresse de courriel")


def _oidc(values: Mapping[str, str | None], mistakes: list[str]) -> Oidc | None:
    issuer, client, public = values["OIDC_ISSUER"], values["OIDC_CLIENT_ID"], values["PUBLIC_URL"]
    if issuer is None and client is None:
        return None
    if issuer is None or client is None or public is None:
        mistakes.append("OIDC_ISSUER, OIDC_CLIENT_ID et PUBLIC_URL vont ensemble")
        return None
    for name, url in (("OIDC_ISSUER", issuer), ("PUBLIC_URL", public)):
        if not _sure(url):
            mistakes.append(f"{name} doit être une adresse https:// sans paramètre")
    roles = []
    for pair in (values["OIDC_ROLES"] or "").split():
        value, _, role = pair.rpartition("=")
        if not value or role not in {r.value for r in ROLES_AGENT}:
            mistakes.append(f"OIDC_ROLES : « {pair} » n'est pas « valeur=role »")
        else:
            roles.append((value, Role(role)))
    return Oidc(
        issuer,
        client,
        values["OIDC_CLIENT_SECRET"],
        public.rstrip("/"),
        values["OIDC_SCOPES"] or "openid email",
        values["OIDC_ROLE_CLAIM"] or "roles",
        tuple(roles),
        tuple((values["OIDC_ACR"] or "").split()),
        _hosts(values["OIDC_HOSTS"], mistakes),
    )


def _hosts(text: str | None, mistakes: list[str]) -> tuple[tuple[str, int], ...]:
    """Whole names, each with one port: no pattern, which would open more than was thought of."""
    found = []
    for word in (text or "").split():
        if not re.fullmatch(r"([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?", word):
            mistakes.append(f"OIDC_HOSTS : « {word} » n'est pas « hote » ou « hote:port »")
            continue
        try:
            parts = urlsplit(f"//{word}")
            found.append((parts.hostname or "", parts.port or 443))
        except ValueError:
            mistakes.append(f"OIDC_HOSTS : « {word} » n'est pas « hote » ou « hote:port »")
    return tuple(found)


def _sure(url: str) -> bool:
    """https, or http on this very machine: what is exchanged there signs people in."""
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        plain = not (parts.query or parts.fragment or parts.username)
        return bool(parts.hostname) and plain and (parts.scheme == "https" or local)
    except ValueError:
        return False


def _networks(text: str | None, mistakes: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(word) for word in (text or "").replace(",", " ").split())
    except ValueError:
        mistakes.append("CLIENT_CERT_PROXIES doit être une liste d'adresses ou de réseaux")
        return ()


def _check_clamd(url: str | None, mistakes: list[str]) -> None:
    shape = r"unix:(//)?/.+|tcp:(//)?(\[[0-9a-fA-F:]+\]|[^\[\]:/]+):\d{1,5}"
    if url is not None and not re.fullmatch(shape, url):
        mistakes.append("CLAMD_URL doit être unix:/chemin ou tcp:hote:port")


def _check_work(values: Mapping[str, str | None], mistakes: list[str]) -> None:
    if not re.fullmatch(r"[1-9]\d{0,3}", values["RANGE_PAGES"] or "40"):
        mistakes.append("RANGE_PAGES doit être un nombre de pages de 1 à 9999")
    if not re.fullmatch(r"[2-9]|[1-9]\d|[1-5]\d\d|600", values["LEASE_SECONDS"] or "20"):
        mistakes.append("LEASE_SECONDS doit être un nombre de secondes de 2 à 600")
    mistakes += [
        f"{name} doit être un nombre de secondes de 1 à 99999"
        for name in ("RANGE_SECONDS", "STEP_SECONDS")
        if not re.fullmatch(r"[1-9]\d{0,4}", values[name] or "900")
    ]
    if values["URGENT_LANE"] not in (None, "oui", "non"):
        mistakes.append("URGENT_LANE doit être « oui » ou « non »")
    if values["LOG_FORMAT"] not in (None, "console", "json"):
        mistakes.append("LOG_FORMAT doit être « console » ou « json »")


def _value(env: Mapping[str, str], name: str, mistakes: list[str]) -> str | None:
    direct, path = env.get(name), env.get(f"{name}_FILE")
    if direct and path:
        mistakes.append(f"{name} et {name}_FILE sont donnés tous les deux")
        return None
    if not path:
        return direct or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        mistakes.append(f"{name}_FILE : « {path} » ne peut pas être lu")
        return None


def _processes(text: str | None, mistakes: list[str]) -> int:
    if text is None:
        return max(1, min(8, len(os.sched_getaffinity(0))))
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 64:
        return int(text)
    mistakes.append("READING_PROCESSES doit être un nombre de 1 à 64")
    return 1
