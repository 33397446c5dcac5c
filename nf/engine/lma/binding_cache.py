"""The binding cache: entries, the indexes that find them, and their states.

RFC 5213 §5.4.1 looks entries up by home network prefix, by interface and by node; prefix and node
are indexes, and a node has few entries, so that no look-up walks the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv6Network
from typing import Final, TypeAlias

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.errors import InvariantBroken
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.values import BindingId, LinkLayerAddress

#: Mobile node, access technology, link-layer identifier: the key of RFC 5213 §5.4.1.2.
Interface: TypeAlias = tuple[MobileNodeIdentifier, int, LinkLayerAddress]


class Cause(Enum):
    """What moves an entry from state to state; its end is no state."""

    #: A registration was accepted (RFC 5213 §5.3.3, §5.3.4).
    REGISTERED = "registered"
    #: A de-registration was accepted (RFC 5213 §5.3.5).
    DEREGISTERED = "deregistered"
    #: An operator wants it revoked (RFC 5846 §8.1).
    REVOKED = "revoked"


TRANSITIONS: Final[Mapping[tuple[BindingState, Cause], BindingState]] = {
    (BindingState.ACTIVE, Cause.REGISTERED): BindingState.ACTIVE,
    (BindingState.ACTIVE, Cause.DEREGISTERED): BindingState.DEREGISTERING,
    (BindingState.DEREGISTERING, Cause.REGISTERED): BindingState.ACTIVE,
    (BindingState.DEREGISTERING, Cause.DEREGISTERED): BindingState.DEREGISTERING,
    (BindingState.ACTIVE, Cause.REVOKED): BindingState.REVOKING,
}


def move(entry: BindingCacheEntry, cause: Cause) -> None:
    """Put an entry into the state that follows; nothing else writes a state.

    Raises InvariantBroken for a pair that the table does not know: that is a bug.
    """
    state = TRANSITIONS.get((entry.state, cause))
    if state is None:
        raise InvariantBroken(f"no way from {entry.state.value} by {cause.value}")
    entry.state = state


class BindingCache:
    """All entries of one LMA."""

    def __init__(self) -> None:
        self.entries: dict[BindingId, BindingCacheEntry] = {}
        self._by_node: dict[MobileNodeIdentifier, tuple[BindingCacheEntry, ...]] = {}
        self._by_home_network_prefix: dict[IPv6Network, BindingCacheEntry] = {}
        self._last_id = 0

    def next_id(self) -> BindingId:
        """Return an identifier that no entry has had since the start."""
        return BindingId(self._last_id + 1)

    def add(self, entry: BindingCacheEntry) -> None:
        """Take up a new entry."""
        for prefix in entry.home_network_prefixes:
            if self._by_home_network_prefix.setdefault(prefix, entry) is not entry:
                raise InvariantBroken(f"{prefix} belongs to two sessions")
        self._last_id = max(self._last_id, entry.binding_id)
        self.entries[entry.binding_id] = entry
        node = entry.mobile_node_identifier
        self._by_node[node] = (*self._by_node.get(node, ()), entry)

    def remove(self, entry: BindingCacheEntry) -> None:
        """Forget an entry."""
        del self.entries[entry.binding_id]
        for prefix in entry.home_network_prefixes:
            del self._by_home_network_prefix[prefix]
        node = entry.mobile_node_identifier
        rest = tuple(each for each in self._by_node.pop(node) if each is not entry)
        if rest:
            self._by_node[node] = rest

    def of_node(self, node: MobileNodeIdentifier) -> tuple[BindingCacheEntry, ...]:
        """Return a node's entries, oldest first."""
        return self._by_node.get(node, ())

    def by_home_network_prefix(self, prefix: IPv6Network) -> BindingCacheEntry | None:
        """Return the entry that a home network prefix is part of."""
        return self._by_home_network_prefix.get(prefix)

    def by_interface(self, interface: Interface) -> BindingCacheEntry | None:
        """Return the youngest entry of a node's interface."""
        node, technology, identifier = interface
        for entry in reversed(self.of_node(node)):
            is_same_technology = entry.access_technology_type == technology
            if is_same_technology and entry.link_layer_identifier == identifier:
                return entry
        return None
