"""A client's Solicit with other prefixes in it than its client put there; the rest stays as it was.

The octets are rewritten in place of encoding a value anew, so that options which we do not know
survive wherever they stand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv6Network
from typing import Final

from nf.codec.dhcpv6_option_area import DhcpOptionCode, dhcp_error, write_option
from nf.codec.errors import RejectReason

_HEADER_SIZE: Final = 4
_OPTION: Final = struct.Struct("!HH")
_IAID_SIZE: Final = 4
#: IAID, T1 and T2 (RFC 8415 §21.21).
_IA_SIZE: Final = 12
#: Preferred and valid lifetime, prefix length and prefix (RFC 8415 §21.22).
_PREFIX: Final = struct.Struct("!IIB16s")


def with_hints(solicit: bytes, hints: Mapping[int, Sequence[IPv6Network]]) -> bytes:
    """Return a Solicit whose identity associations name the given prefixes, by IAID.

    RFC 8415 §18.2.1: a prefix is a wish there, its lifetimes zero. An association without any is
    left out, and so is Rapid Commit: with it a server would not ask whether its choice is wanted.

    Raises DecodeError for octets that are no message.
    """
    parts = [solicit[:_HEADER_SIZE]]
    for code, data in _options(solicit, _HEADER_SIZE):
        if code == DhcpOptionCode.IA_PD:
            parts.append(_hinted(data, hints))
        elif code != DhcpOptionCode.RAPID_COMMIT:
            parts.append(write_option(code, data))
    return b"".join(parts)


def _hinted(ia_pd: bytes, hints: Mapping[int, Sequence[IPv6Network]]) -> bytes:
    prefixes = hints.get(int.from_bytes(ia_pd[:_IAID_SIZE]), ())
    if not prefixes:
        return b""
    kept = [
        write_option(code, data)
        for code, data in _options(ia_pd, _IA_SIZE)
        if code != DhcpOptionCode.IAPREFIX
    ]
    named = [_prefix_option(prefix) for prefix in prefixes]
    return write_option(DhcpOptionCode.IA_PD, b"".join((ia_pd[:_IA_SIZE], *named, *kept)))


def _prefix_option(prefix: IPv6Network) -> bytes:
    data = _PREFIX.pack(0, 0, prefix.prefixlen, prefix.network_address.packed)
    return write_option(DhcpOptionCode.IAPREFIX, data)


def _options(octets: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield code and data of each option, in the order of the message."""
    at = start
    while at < len(octets):
        if at + _OPTION.size > len(octets):
            raise dhcp_error(RejectReason.TRUNCATED, len(octets), "option-len", "21.1")
        code, length = _OPTION.unpack_from(octets, at)
        at += _OPTION.size + length
        if at > len(octets):
            raise dhcp_error(RejectReason.BAD_OPTION_LENGTH, at - length - 2, "option-len", "21.1")
        yield code, octets[at - length : at]
