"""Checks that all encoders share: what does not fit its field raises EncodeError."""

from __future__ import annotations

from ipaddress import IPv6Network

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.packed_prefix import IPV6_BITS, masked


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


def ipv6_network(octets: bytes, *, offset: int, section: str) -> IPv6Network:
    """Return the prefix of an octet of length and 16 of address; bits after the length are masked.

    ``offset`` is where the length stands, for the DecodeError of one that no prefix has.
    """
    if octets[0] > IPV6_BITS:
        raise DecodeError(
            RejectReason.BAD_VALUE, offset=offset, field="Prefix Length", section=section
        )
    return masked(octets)
