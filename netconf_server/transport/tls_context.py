"""The server's side of TLS: its certificate, and whose certificates it takes (RFC 7589 §5)."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from netconf_server.settings import TlsSettings
from netconf_server.storage.private_files import laxness

#: OpenSSL's X509_FILETYPE_ASN1, which Python's ssl module has no public name for.
_ENCODING_DER: Final = 2


class TlsFilesError(Exception):
    """A certificate or key cannot be used; says which and why."""


def new_context(settings: TlsSettings) -> ssl.SSLContext:
    """Ask every client for a certificate; raises TlsFilesError or OSError.

    A client's certificate is good when a path leads from it to one of the trusted certificates, or
    when it is among them itself: RFC 7589 §5 allows a copy that was got otherwise.
    """
    _require_private(settings.private_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # A session that is resumed would come without the chain of certificates.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    try:
        context.load_cert_chain(settings.certificate, settings.private_key, password="")
    except ssl.SSLError as fault:
        reason = f"{settings.certificate}, {settings.private_key}: {fault.reason}"
        raise TlsFilesError(reason) from fault
    try:
        context.load_verify_locations(settings.trusted_certificates)
    except ssl.SSLError as fault:
        raise TlsFilesError(f"{settings.trusted_certificates}: {fault.reason}") from fault
    return context


def load_authorities(settings: TlsSettings) -> list[x509.Certificate]:
    """Return the trusted certificates; raises TlsFilesError or OSError."""
    path = settings.trusted_certificates
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as fault:
        raise TlsFilesError(f"{path}: {fault}") from fault


def verified_chain(tls: ssl.SSLObject) -> list[x509.Certificate]:
    """Return the peer's certificate and the issuers through which it was found valid.

    What Python offers for that since 3.13 was there before, one level down and not yet in DER.
    """
    if sys.version_info >= (3, 13):
        chain = tls.get_verified_chain()
    else:
        below: Any = tls._sslobj  # type: ignore[attr-defined]
        chain = [each.public_bytes(_ENCODING_DER) for each in below.get_verified_chain()]
    return [x509.load_der_x509_certificate(each) for each in chain]


def _require_private(path: Path) -> None:
    fault = laxness(path)
    if fault is not None:
        raise TlsFilesError(f"{path}: {fault}")
