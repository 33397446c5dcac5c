"""A multicast listener query, by which a MAG learns who is on a link that it starts to serve."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from nf.codec.checksum import upper_layer_checksum
from nf.drivers.access.frames import ETHERTYPE_IPV6, HOP_BY_HOP, ICMPV6
from nf.drivers.access.headers import ALL_NODES, ipv6_header
from nf.engine.values import LinkLayerAddress

#: Nodes choose a moment up to then; short, since few are on one link (RFC 5213 §2: point-to-point).
MAX_RESPONSE_DELAY_MS: Final = 10
_LISTENER_QUERY: Final = 130
#: Robustness 2 and an interval of 125 s, RFC 3810 §9's defaults.
_ROBUSTNESS_AND_INTERVAL: Final = bytes((2, 125))
_HOP_LIMIT: Final = 1
_ALL_NODES_LINK_LAYER: Final = bytes.fromhex("333300000001")
#: Hop-by-hop header: Router Alert for MLD (RFC 2711 §2.1), padded to eight octets.
_ROUTER_ALERT: Final = bytes((ICMPV6, 0, 5, 2, 0, 0, 1, 0))


def listener_query_frame(
    *, own: LinkLayerAddress, source: IPv6Address, node: LinkLayerAddress | None = None
) -> bytes:
    """Return a frame with an MLDv2 General Query (RFC 3810 §5.1), for all nodes or for one.

    Each node answers it with the groups that it listens to, and every IPv6 node listens to some:
    so one that has nothing to send shows itself, and a restarted MAG finds its nodes again. The
    frame for one node has its link-layer address, as RFC 6085 allows.
    """
    head = bytes((_LISTENER_QUERY, 0, 0, 0)) + MAX_RESPONSE_DELAY_MS.to_bytes(2) + bytes(2)
    message = head + bytes(16) + _ROBUSTNESS_AND_INTERVAL + bytes(2)
    checksum = upper_layer_checksum(source, ALL_NODES, ICMPV6, message)
    payload = _ROUTER_ALERT + message[:2] + checksum.to_bytes(2) + message[4:]
    header = ipv6_header(HOP_BY_HOP, _HOP_LIMIT, source, ALL_NODES, len(payload))
    return (node or _ALL_NODES_LINK_LAYER) + own + ETHERTYPE_IPV6.to_bytes(2) + header + payload
