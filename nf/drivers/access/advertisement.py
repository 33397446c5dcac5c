"""A router advertisement as a whole frame, for a node whose link-local address is not known."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.codec.checksum import upper_layer_checksum
from nf.drivers.access.sockets import ALL_NODES, ETHERTYPE_IPV6
from nf.engine.values import LinkLayerAddress

_ICMPV6: Final = 58
_HOP_LIMIT: Final = 255


def advertisement_frame(
    own: LinkLayerAddress, node: LinkLayerAddress, source: IPv6Address, message: bytes
) -> bytes:
    """Return a frame to one node that carries a multicast advertisement (RFC 6085).

    ``message`` is the ICMPv6 message with its checksum zero.
    """
    checksum = upper_layer_checksum(source, ALL_NODES, _ICMPV6, message)
    checked = message[:2] + checksum.to_bytes(2) + message[4:]
    header = (
        bytes((0x60, 0, 0, 0))
        + len(checked).to_bytes(2)
        + bytes((_ICMPV6, _HOP_LIMIT))
        + source.packed
        + ALL_NODES.packed
    )
    return node + own + ETHERTYPE_IPV6.to_bytes(2) + header + checked
