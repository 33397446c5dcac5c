"""Checks that all encoders share: what does not fit its field raises EncodeError."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Network

from nf.codec.errors import DecodeError, EncodeError, RejectReason

IPV6_BITS = 128


def unsigned(value: int, bits: int, field: str) -> int:
    """Return the value, which must be an unsigned number of that many bits."""
    if not 0 <= value < 1 << bits:
        raise EncodeError(f"{field} {value} does not fit {bits} bits")
    return value


def utf8(text: str, field: str) -> bytes:
    """Return a text's octets; a lone surrogate has none."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise EncodeError(f"{field} is no UTF-8: {error.reason}") from None


def ipv6_network(octets: bytes, length: int, *, offset: int, section: str) -> IPv6Network:
    """Return the prefix of 16 octets and a length; bits after the length are masked off.

    ``offset`` is where the length stands, for the DecodeError of one that no prefix has.
    """
    if length > IPV6_BITS:
        raise DecodeError(
            RejectReason.BAD_VALUE, offset=offset, field="Prefix Length", section=section
        )
    return _masked(octets, length)


@lru_cache(maxsize=4096)
def _masked(octets: bytes, length: int) -> IPv6Network:
    """Return the prefix without its host bits.

    Kept for those that were read last: each refresh of a binding brings the same prefixes again.
    """
    return IPv6Network((octets, length), strict=False)
