"""In which order anchors are asked to take a node's session (RFC 6463 §5.3.2); pure functions.

The RFC leaves it to policy. The same node is led to the same anchor wherever it attaches, as long
as the anchors stay what they are: so a handover finds its session. When one comes or goes, only
the nodes that it gains or loses change places (rendezvous hashing).
"""

from __future__ import annotations

from hashlib import blake2b
from ipaddress import IPv6Address
from math import inf, log

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import RedirectAnchor, RedirectConfiguration

_DIGEST_OCTETS = 8
_POINTS = 1 << 8 * _DIGEST_OCTETS


def ranking(
    node: MobileNodeIdentifier, redirect: RedirectConfiguration, own_address: IPv6Address
) -> list[IPv6Address]:
    """Return the anchors for a node, the best one first, and ourselves where we have a share.

    The lowest priority goes first; we stand among its anchors.
    """
    anchors = [each for each in redirect.anchors if each.address != own_address]
    if anchors and redirect.own_weight:
        best = min(each.priority for each in anchors)
        weight = redirect.own_weight
        anchors.append(RedirectAnchor(address=own_address, priority=best, weight=weight))
    anchors.sort(key=lambda each: (each.priority, _distance(node, each)))
    return [each.address for each in anchors]


def _distance(node: MobileNodeIdentifier, anchor: RedirectAnchor) -> float:
    """Return how far an anchor is from a node: the nearest of several with odds by their weights.

    An exponentially distributed value of rate ``weight``, drawn by the hash of both.
    """
    if not anchor.weight:
        return inf
    digest = blake2b(node.encode() + anchor.address.packed, digest_size=_DIGEST_OCTETS).digest()
    return -log((int.from_bytes(digest) + 1) / _POINTS) / anchor.weight
