"""The IPv6 header of frames of our own making."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

ALL_NODES: Final = IPv6Address("ff02::1")


def ipv6_header(
    next_header: int, hop_limit: int, source: IPv6Address, target: IPv6Address, payload_length: int
) -> bytes:
    """Return an IPv6 header (RFC 8200 §3), traffic class and flow label zero."""
    return (
        bytes((0x60, 0, 0, 0))
        + payload_length.to_bytes(2)
        + bytes((next_header, hop_limit))
        + source.packed
        + target.packed
    )
