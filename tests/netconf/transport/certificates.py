"""Certificates for tests: authorities, and what they have signed."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY: Final = timedelta(days=1)
LOOPBACK: Final = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key, and the certificates that lead from it towards the root."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The fingerprint in the form of RFC 7407, by SHA-256."""
        return ":".join(
            ["04", *(f"{each:02x}" for each in self.certificate.fingerprint(hashes.SHA256()))]
        )

    def issue(
        self,
        name: str,
        *alternatives: x509.GeneralName,
        is_authority: bool = False,
        age: timedelta = timedelta(),
    ) -> Identity:
        """Sign a certificate; ``age`` makes one that was valid so long ago."""
        issued = _certificate(name, alternatives, self, is_authority=is_authority, age=age)
        return Identity(issued.certificate, issued.key, (self.certificate, *self.chain))

    def write(self, directory: Path) -> tuple[Path, Path]:
        """Write certificate, chain without the root, and key; return the two files."""
        name = f"{self.certificate.serial_number:x}"
        certificates, key = directory / f"{name}.pem", directory / f"{name}.key"
        sent = (self.certificate, *(each for each in self.chain if each.issuer != each.subject))
        certificates.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in sent))
        key.touch(mode=0o600)
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificates, key


def authority(name: str = "root") -> Identity:
    """Make a root."""
    return _certificate(name, (), None, is_authority=True)


def self_signed(name: str) -> Identity:
    """Make a certificate that nobody vouches for."""
    return _certificate(name, (), None, is_authority=False)


def _certificate(
    name: str,
    alternatives: tuple[x509.GeneralName, ...],
    issuer: Identity | None,
    *,
    is_authority: bool,
    age: timedelta = timedelta(),
) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC) - age
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if alternatives:
        extension = x509.SubjectAlternativeName(alternatives)
        builder = builder.add_extension(extension, critical=False)
    return Identity(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)
