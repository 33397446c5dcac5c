"""Counting what nodes send from sources that are not registered on their link (RFC 5213 §6.10.5).

The table of the link drops it, and says nothing of it. So the packet filter asks, for what comes in
by a link that is guarded, whether the kernel would send an answer back by the same link: the routes
to a node are there for each prefix of it, but for the mobile network of a router that has said
nothing yet. It counts only, and asks no more of what is from a source that is registered.
"""

from __future__ import annotations

import sys
from typing import Final

from nf.drivers.kernel import nft_expressions as nft
from nf.drivers.kernel.nftables import (
    INTERFACE_NAME,
    INTERFACE_NAME_LENGTH,
    Step,
    new_chain,
    new_counter,
    new_rule,
    new_set,
)

#: The counter, and the reason's word in operational state.
UNREGISTERED_ON_LINK: Final = "unregistered-on-access-link"
#: The set of the links that are looked at.
LINKS: Final = "access-links"
_CHAIN: Final = "from-nodes"
#: After what comes out of tunnels has been judged.
_PRIORITY: Final = -290
_SOURCE_AT: Final = 8
_ADDRESS_LENGTH: Final = 16
_LINK_LOCAL_MASK: Final = bytes.fromhex("ffc0").ljust(_ADDRESS_LENGTH, b"\0")
_LINK_LOCAL: Final = bytes.fromhex("fe80").ljust(_ADDRESS_LENGTH, b"\0")
_UNSPECIFIED: Final = bytes(_ADDRESS_LENGTH)
#: Kinds of destinations that are not forwarded to (linux/rtnetlink.h).
_FOR_US: Final = tuple(kind.to_bytes(4, sys.byteorder) for kind in (2, 5))


def key_of(link: str) -> bytes:
    """Return what the set has of a link."""
    return link.encode().ljust(INTERFACE_NAME_LENGTH, b"\0")


def layout(table: str) -> list[Step]:
    """Return what makes the counter, in a table that is there."""
    source = nft.payload(nft.Base.NETWORK, _SOURCE_AT, _ADDRESS_LENGTH, nft.FIRST)
    rule = (
        nft.meta(nft.Meta.INPUT_NAME, nft.FIRST) + nft.is_in(LINKS, nft.FIRST),
        source + nft.differs(_UNSPECIFIED, nft.FIRST),
        nft.mask(_LINK_LOCAL_MASK, nft.FIRST) + nft.differs(_LINK_LOCAL, nft.FIRST),
        nft.way_back(nft.FIRST) + nft.equals(b"\0", nft.FIRST),
        nft.kind_of_destination(nft.FIRST),
        *(nft.differs(kind, nft.FIRST) for kind in _FOR_US),
        nft.count(UNREGISTERED_ON_LINK),
    )
    return [
        new_counter(table, UNREGISTERED_ON_LINK),
        new_set(table, LINKS, INTERFACE_NAME, INTERFACE_NAME_LENGTH),
        new_chain(table, _CHAIN, _PRIORITY),
        new_rule(table, _CHAIN, *rule, is_last=True),
    ]
