"""From a client's certificate to its NETCONF username (RFC 7407 §4, RFC 7589 §7)."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

#: The IANA registry TLS HashAlgorithm, without what is broken (RFC 5246 §7.4.1.4.1).
_HASHES: Final[dict[int, hashes.HashAlgorithm]] = {
    2: hashes.SHA1(),
    3: hashes.SHA224(),
    4: hashes.SHA256(),
    5: hashes.SHA384(),
    6: hashes.SHA512(),
}

_FINGERPRINT: Final = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2})+")

#: RFC 6241 §2.2 wants usernames in characters that XML can have.
_USERNAME: Final = re.compile("[\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


class MapType(Enum):
    """How a name is found in a certificate, by the identities of ietf-x509-cert-to-name."""

    SPECIFIED = "specified"
    SAN_RFC822_NAME = "san-rfc822-name"
    SAN_DNS_NAME = "san-dns-name"
    SAN_IP_ADDRESS = "san-ip-address"
    SAN_ANY = "san-any"
    COMMON_NAME = "common-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertToName:
    """One entry of the list cert-to-name.

    ``fingerprint`` is that of the certificate or of an authority that it leads to: in hexadecimal
    octets with colons, the first of which says the hash (04 for SHA-256). ``name`` is for
    SPECIFIED. Raises ValueError for what can match nothing.
    """

    id: int
    fingerprint: str
    map_type: MapType
    name: str | None = None

    def __post_init__(self) -> None:
        if not _FINGERPRINT.fullmatch(self.fingerprint):
            raise ValueError(f"{self.fingerprint!r} is no fingerprint")
        if int(self.fingerprint[:2], 16) not in _HASHES:
            raise ValueError(f"fingerprint {self.fingerprint[:8]}…: its hash is not known")
        if (self.map_type is MapType.SPECIFIED) != (self.name is not None):
            raise ValueError("a name belongs to the map type specified, and to no other")

    def is_match(self, certificate: x509.Certificate) -> bool:
        """Tell whether the fingerprint is that of a certificate."""
        algorithm, *octets = bytes.fromhex(self.fingerprint.replace(":", ""))
        return hmac.compare_digest(certificate.fingerprint(_HASHES[algorithm]), bytes(octets))


def username_of(
    certificate: x509.Certificate,
    authorities: Sequence[x509.Certificate],
    entries: Iterable[CertToName],
) -> str | None:
    """Return the name that the first fitting entry gives; None if there is none.

    ``authorities`` are those trusted ones through which the certificate has been found valid. An
    entry that gives no name, or none that is allowed, is passed over.
    """
    for entry in sorted(entries, key=lambda entry: entry.id):
        if any(map(entry.is_match, (certificate, *authorities))):
            name = _name_by(entry, certificate)
            if name is not None and _USERNAME.fullmatch(name):
                return name
    return None


def _name_by(entry: CertToName, certificate: x509.Certificate) -> str | None:
    match entry.map_type:
        case MapType.SPECIFIED:
            return entry.name
        case MapType.COMMON_NAME:
            names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(names[0].value) if names else None
        case kind:
            found = _alternative_names(certificate)
            return next((name for type_, name in found if kind in (type_, MapType.SAN_ANY)), None)


def _alternative_names(certificate: x509.Certificate) -> Iterator[tuple[MapType, str]]:
    """Yield the names of subjectAltName that can be usernames, in their order."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return
    for name in extension.value:
        match name:
            case x509.RFC822Name(value=value):
                local, at, host = value.rpartition("@")
                yield MapType.SAN_RFC822_NAME, f"{local}{at}{host.lower()}"
            case x509.DNSName(value=value):
                yield MapType.SAN_DNS_NAME, value.lower()
            case x509.IPAddress(value=ipaddress.IPv4Address() as address):
                yield MapType.SAN_IP_ADDRESS, str(address)
            case x509.IPAddress(value=ipaddress.IPv6Address() as address):
                yield MapType.SAN_IP_ADDRESS, address.packed.hex()
