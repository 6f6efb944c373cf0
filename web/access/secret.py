"""Passwords, second factors, and what the site's own key seals and signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from Crypto.Cipher import AES

from intake.errors import CompteInvalide, ReglageInvalide

PERIODE = 30  # seconds a code of the second factor is shown for
LONGUEUR = 12
_hasher = PasswordHasher()  # argon2id, with the parameters of RFC 9106 for small machines
# Compared with when there is no such account: the answer takes as long.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$4ilUDpwFeB3DVceaQnxEwQ$jA3/ry7ipm6EgFDiWY7mFOFq+2k2RC/e8Sji8TilUm8"


def new_password() -> str:
    return secrets.token_urlsafe(15)


def hash_password(password: str) -> str:
    """Raises CompteInvalide for a password that is too short, or far too long to be one."""
    if not LONGUEUR <= len(password) <= 200:
        raise CompteInvalide(f"Un mot de passe a de {LONGUEUR} à 200 caractères.")
    return _hasher.hash(password)


AUCUN = "-"  # kept as the password of an account that signs in by the identity provider alone


def check_password(kept: str | None, given: str) -> bool:
    there = kept is not None and kept != AUCUN
    try:
        _hasher.verify(kept if kept is not None and there else _NOBODY, given[:200])
    except (Argon2Error, InvalidHashError):
        return False
    return there


def new_totp() -> str:
    return pyotp.random_base32()


def totp_uri(secret: str, identifiant: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=identifiant, issuer_name="Dossier unique")


def totp_code(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret).at(now)


def totp_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is: the present one, or a neighbour, since clocks differ."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // PERIODE
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.strip().encode()):
            return step
    return None


def digest(token: str) -> str:
    """For secrets of 256 random bits: nothing to guess, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class SiteKey:
    """Derives a key for each use from SECRET_KEY."""

    secret: bytes

    def __repr__(self) -> str:
        return "SiteKey(…)"

    def sign(self, use: str, text: str) -> str:
        return hmac.new(self._key(use), text.encode(), "sha256").hexdigest()

    def seal(self, text: str, use: str = "seal") -> str:
        """Encrypted and authenticated, for one use; fit for an address where `use` is given."""
        nonce = os.urandom(12)
        cipher = AES.new(self._key(use), AES.MODE_GCM, nonce=nonce)
        sealed, tag = cipher.encrypt_and_digest(text.encode())
        return base64.b64encode(nonce + tag + sealed, b"+/" if use == "seal" else b"-_").decode()

    def unseal(self, sealed: str, use: str = "seal") -> str:
        """Raises ReglageInvalide when it was sealed with another key, for another use, or changed since."""
        try:
            raw = base64.b64decode(sealed, b"+/" if use == "seal" else b"-_", validate=True)
            cipher = AES.new(self._key(use), AES.MODE_GCM, nonce=raw[:12])
            return cipher.decrypt_and_verify(raw[28:], raw[12:28]).decode()
        except ValueError as e:
            raise ReglageInvalide("SECRET_KEY n'est plus celle qui a scellé les comptes.") from e

    def _key(self, use: str) -> bytes:
        return hmac.digest(self.secret, use.encode(), "sha256")
