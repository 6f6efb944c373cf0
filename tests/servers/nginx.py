"""nginx from the system's package, in front of a service, with the directives of docs/certificats.md."""

from __future__ import annotations

import ipaddress
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from servers.process import ServerProcess, answers, free_port, new_folder, remove, required

ROOT = Path(__file__).parents[2]
FROM = "127.0.0.2"  # where it calls the service from, so that it can be told from everybody else


class Authority:
    """Signs certificates of made-up software."""

    def __init__(self, name: str, folder: Path) -> None:
        self._folder, self._name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._builder(self._name, self._key, 3650).add_extension(x509.BasicConstraints(True, 0), True)
        self.pem = folder / f"{name}.pem"
        self.pem.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, days: int = 90, address: str | None = None) -> tuple[Path, Path]:
        """The files of a certificate and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, days)
        if address is not None:
            names = [x509.IPAddress(ipaddress.ip_address(address))]
            built = built.add_extension(x509.SubjectAlternativeName(names), False)
        certificate, private = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate.write_bytes(
            built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, private

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
        )


class NginxServer:
    """In front of the service of a port, with the very directives that the documentation gives."""

    def __init__(self, service_port: int) -> None:
        binary = required("nginx", "nginx-light")
        self.folder = new_folder("nginx")
        self.authority = Authority("autorite", self.folder)
        certificate, key = self.authority.issue("serveur", address="127.0.0.1")
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        server = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "certificats.md").read_text(), re.S)
        assert server is not None
        words = {
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "/etc/ssl/dossier.pem": str(certificate),
            "/etc/ssl/dossier.key": str(key),
            "/etc/ssl/autorites-clientes.pem": str(self.authority.pem),
            "http://127.0.0.1:8000;": f"http://127.0.0.1:{service_port}; proxy_bind {FROM};",
        }
        text = server[1]
        for old, new in words.items():
            assert old in text, old
            text = text.replace(old, new)
        temporary = "client_body proxy fastcgi uwsgi scgi".split()
        paths = " ".join(f"{t}_temp_path {self.folder}/{t};" for t in temporary)
        (self.folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {self.folder}/pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ access_log off; {paths}\n{text}}}\n"
        )
        self._process = ServerProcess(
            "nginx",
            [binary, "-p", str(self.folder), "-e", "stderr", "-c", str(self.folder / "nginx.conf")],
            self.folder / "nginx.log",
        )

    def start(self) -> NginxServer:
        self._process.start()
        self._process.wait_until(lambda: answers(self.port), 15)
        return self

    def context(self, client: tuple[Path, Path] | None) -> ssl.SSLContext:
        """What a client of ours connects with."""
        made = ssl.create_default_context(cafile=str(self.authority.pem))
        if client is not None:
            made.load_cert_chain(*map(str, client))
        return made

    def stop(self) -> None:
        self._process.stop()
        remove(self.folder)
