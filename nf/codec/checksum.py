"""The Internet checksum over IPv6's pseudo-header, for upper layers that carry one."""

from __future__ import annotations

from ipaddress import IPv6Address


def upper_layer_checksum(
    source: IPv6Address, destination: IPv6Address, next_header: int, octets: bytes
) -> int:
    """Return what belongs into the checksum field of an upper-layer packet.

    RFC 8200 §8.1: the one's complement of the one's complement sum of all 16-bit words of
    pseudo-header and packet. ``octets`` is the packet; its checksum field counts as it stands, so
    zero it to compute a checksum, leave it to get 0 from a packet that is right.
    """
    total = (
        int.from_bytes(source.packed)
        + int.from_bytes(destination.packed)
        + len(octets)
        + next_header
        + int.from_bytes(octets + bytes(len(octets) % 2))
    )
    # 2**16 is 1 modulo 0xFFFF: the remainder is the folded sum of the words, without a loop.
    return -total % 0xFFFF
