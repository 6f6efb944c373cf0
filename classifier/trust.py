"""Owns the trust list of 2D-Doc: the certificates that this site believes, and whether one signed a code.

A folder holds X.509 certificates (PEM or DER, one or several a file) and lists in the European form (TSL), in
XML. A signer counts when it is in the folder itself or was issued by an authority of it that is in force.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

from classifier.twoddoc import DeuxDDoc, Verdict
from intake.errors import ReglageInvalide

_Charger = Callable[[bytes], x509.Certificate]
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# Only the certificates of a list are taken from it, and they are judged one by one: no XML is interpreted.
_IN_LIST = re.compile(rb"<(?:\w+:)?X509Certificate>([A-Za-z0-9+/=\s]+)</(?:\w+:)?X509Certificate>")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}
_MOST = 10_000_000  # bytes of one file of the folder


@dataclass(frozen=True)
class ListeDeConfiance:
    """Certificates by (authority, certificate), the two names that the header of a code gives."""

    signataires: dict[tuple[str, str], tuple[x509.Certificate, ...]] = field(default_factory=dict, repr=False)

    @staticmethod
    def de(dossier: Path) -> ListeDeConfiance:
        """Raises ReglageInvalide where the folder cannot be read or holds no certificate."""
        try:
            files = sorted(f for f in dossier.iterdir() if f.is_file() and f.stat().st_size <= _MOST)
            found = [c for f in files for c in _certificates(f.read_bytes())]
        except OSError as e:
            raise ReglageInvalide(f"DEUXDDOC_CERTIFICATS : « {dossier} » ne peut pas être lu.") from e
        if not found:
            raise ReglageInvalide(f"DEUXDDOC_CERTIFICATS : « {dossier} » ne contient aucun certificat.")
        return ListeDeConfiance(_by_names(found))

    def verifier(self, code: DeuxDDoc) -> Verdict:
        """A signature is false only where the certificate that should have made it is here and did not."""
        named = self.signataires.get((code.autorite, code.certificat), ())
        keys = [key for c in named if _in_force(c, code.signe_le) and (key := _key(c)) is not None]
        if not keys or not code.signe.isascii():
            return Verdict.NON_VERIFIEE
        return Verdict.VALIDE if any(_signed(key, code) for key in keys) else Verdict.FAUSSE


def _certificates(data: bytes) -> Iterator[x509.Certificate]:
    sources: list[tuple[_Charger, bytes]]
    if blocks := _PEM.findall(data):
        sources = [(x509.load_pem_x509_certificate, b) for b in blocks]
    elif listed := _IN_LIST.findall(data):
        sources = [(x509.load_der_x509_certificate, base64.b64decode(b)) for b in listed]
    else:
        sources = [(x509.load_der_x509_certificate, data)]
    for load, block in sources:
        try:
            yield load(block)
        except ValueError:
            continue  # another file that happens to lie there


def _by_names(found: Sequence[x509.Certificate]) -> dict[tuple[str, str], tuple[x509.Certificate, ...]]:
    authorities = [c for c in found if _is_authority(c)]
    trusted: dict[tuple[str, str], tuple[x509.Certificate, ...]] = {}
    for certificate in found:
        if certificate in authorities or not _vouched(certificate, authorities):
            continue
        names = (_name(certificate.issuer), _name(certificate.subject))
        trusted[names] = (*trusted.get(names, ()), certificate)
    return trusted


def _vouched(certificate: x509.Certificate, authorities: Sequence[x509.Certificate]) -> bool:
    """Issued by the authority of that name where it is here; alone in the folder, it is believed."""
    issuers = [a for a in authorities if a.subject == certificate.issuer]
    return not issuers or any(_issued(certificate, a) for a in issuers)


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _name(name: x509.Name) -> str:
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else ""


def _in_force(certificate: x509.Certificate, signe_le: date | None) -> bool:
    """On the day of the signature: papers outlive the certificates that signed them."""
    if signe_le is None:
        return True
    return certificate.not_valid_before_utc.date() <= signe_le <= certificate.not_valid_after_utc.date()


def _key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey | None:
    key = certificate.public_key()
    return key if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _HASHES else None


def _signed(key: ec.EllipticCurvePublicKey, code: DeuxDDoc) -> bool:
    size = (key.key_size + 7) // 8
    if len(code.signature) != 2 * size:
        return False
    r, s = (int.from_bytes(part, "big") for part in (code.signature[:size], code.signature[size:]))
    try:
        key.verify(encode_dss_signature(r, s), code.signe.encode("ascii"), ec.ECDSA(_HASHES[key.curve.name]))
    except (InvalidSignature, ValueError):
        return False
    return True
