"""How a Reconfigure shows that it is from the server: RKAP (RFC 8415 §20.4).

The key of a client is a function of a secret that all servers of a domain share, of the node that
the client is behind, and of its DUID: so one server can reconfigure who got the key from another,
and whoever passes a DUID off as its own gets another key.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import Final

from nf.codec.dhcpv6_messages import RawDhcpOption
from nf.codec.messages import MobileNodeIdentifier

OPTION_AUTH: Final = 11
OPTION_RECONF_MSG: Final = 19
_KEY_OCTETS: Final = 16
_RKAP, _HMAC_MD5, _MONOTONIC = 3, 1, 0
_KEY_VALUE, _DIGEST = 1, 2
_NO_DIGEST: Final = bytes(16)
#: Protocol, algorithm, replay detection method, replay detection, type and value.
_AUTHENTICATION: Final = struct.Struct("!BBBQB16s")
_OPTION: Final = struct.Struct("!HH")


def reconfigure_key(secret: bytes, node: MobileNodeIdentifier, client_duid: bytes) -> bytes:
    """Return a client's key: 128 bits that nobody can predict without the secret (§20.4.2)."""
    name = node.encode()
    text = len(name).to_bytes(2) + name + client_duid
    return hmac.digest(secret, text, hashlib.sha256)[:_KEY_OCTETS]


def key_option(key: bytes, replay: int) -> RawDhcpOption:
    """Return the Authentication option that hands a client its key.

    RFC 8415 §20.4.1, §21.11; ``replay`` must grow from message to message.

    +----------+-----------+--------+------------------+--------+----------+
    |  prot 3  |  algo 1   |  RDM 0 |  replay, 8       |  type  | value 16 |
    +----------+-----------+--------+------------------+--------+----------+
    """
    return RawDhcpOption(code=OPTION_AUTH, data=_authentication(replay, _KEY_VALUE, key))


def signed(message: bytes, key: bytes, replay: int) -> bytes:
    """Return a message with an Authentication option behind it, whose digest is over all of it.

    RFC 8415 §20.4.2: the digest counts as zero while it is computed.
    """
    head = message + _OPTION.pack(OPTION_AUTH, _AUTHENTICATION.size)
    unsigned = head + _authentication(replay, _DIGEST, _NO_DIGEST)
    return head + _authentication(replay, _DIGEST, hmac.digest(key, unsigned, hashlib.md5))


def _authentication(replay: int, kind: int, value: bytes) -> bytes:
    return _AUTHENTICATION.pack(_RKAP, _HMAC_MD5, _MONOTONIC, replay, kind, value)
