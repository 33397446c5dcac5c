"""The transports that a session can come over."""

from __future__ import annotations

from enum import Enum


class TransportKind(Enum):
    """The transports of a session, by their identities in RFC 6022 §2.1.4."""

    SSH = "netconf-ssh"
    TLS = "netconf-tls"
