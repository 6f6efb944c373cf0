"""Client certificates of software (R38): from a file when registered, from the reverse proxy's header after.

The proxy has checked the chain and that the client holds the key; what is bound to an account is the very
certificate, by its fingerprint, so a second one of the same name from the same authority opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from intake.errors import CompteInvalide

_LARGEST = 16_384  # characters of a certificate, as escaped by a proxy


@dataclass(frozen=True, slots=True)
class Certificat:
    empreinte: str  # SHA-256 of its DER, 64 hexadecimal figures
    debut: datetime
    fin: datetime

    def en_cours(self, maintenant: datetime) -> bool:
        return self.debut <= maintenant < self.fin


def lire(pem: str) -> Certificat:
    """Raises CompteInvalide for what is not one certificate in PEM."""
    try:
        read = x509.load_pem_x509_certificate(pem.encode())
        return Certificat(
            read.fingerprint(SHA256()).hex(), read.not_valid_before_utc, read.not_valid_after_utc
        )
    except (ValueError, TypeError, UnicodeError) as e:
        raise CompteInvalide("Ce fichier n'est pas un certificat au format PEM.") from e


def de_l_entete(escaped: str) -> Certificat | None:
    """As nginx writes it in `$ssl_client_escaped_cert`; None for anything else."""
    if not escaped or len(escaped) > _LARGEST:
        return None
    try:
        return lire(unquote(escaped, errors="strict"))
    except (CompteInvalide, UnicodeError):
        return None
