"""A router advertisement as a whole frame for one node."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.codec.checksum import upper_layer_checksum
from nf.drivers.access.frames import ETHERTYPE_IPV6, ICMPV6
from nf.drivers.access.headers import ALL_NODES, ipv6_header
from nf.engine.values import LinkLayerAddress

#: RFC 4861 §6.1.2: hosts take no other.
_HOP_LIMIT: Final = 255


def advertisement_frame(
    *,
    own: LinkLayerAddress,
    node: LinkLayerAddress,
    source: IPv6Address,
    destination: IPv6Address | None,
    message: bytes,
) -> bytes:
    """Return a frame to one node that carries an advertisement.

    RFC 6085: where the node's address is not known, an advertisement to all nodes may go in a
    frame for one of them. ``message`` is the ICMPv6 message with its checksum zero.
    """
    target = ALL_NODES if destination is None else destination
    checksum = upper_layer_checksum(source, target, ICMPV6, message)
    checked = message[:2] + checksum.to_bytes(2) + message[4:]
    header = ipv6_header(ICMPV6, _HOP_LIMIT, source, target, len(checked))
    return node + own + ETHERTYPE_IPV6.to_bytes(2) + header + checked
