"""The binding cache: entries, the indexes that find them, and their states.

RFC 5213 §5.4.1 looks entries up by home network prefix, by interface and by node; each of these
is an index, so that no look-up walks the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv6Network
from typing import Final, TypeAlias, TypeVar

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.errors import InvariantBroken
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.values import BindingId, LinkLayerAddress

#: Mobile node, access technology, link-layer identifier: the key of RFC 5213 §5.4.1.2.
Interface: TypeAlias = tuple[MobileNodeIdentifier, int, LinkLayerAddress]
Key = TypeVar("Key")


class Cause(Enum):
    """What moves an entry from state to state; its end is no state."""

    #: A registration was accepted (RFC 5213 §5.3.3, §5.3.4).
    REGISTERED = "registered"
    #: A de-registration was accepted (RFC 5213 §5.3.5).
    DEREGISTERED = "deregistered"


TRANSITIONS: Final[Mapping[tuple[BindingState, Cause], BindingState]] = {
    (BindingState.ACTIVE, Cause.REGISTERED): BindingState.ACTIVE,
    (BindingState.ACTIVE, Cause.DEREGISTERED): BindingState.DEREGISTERING,
    (BindingState.DEREGISTERING, Cause.REGISTERED): BindingState.ACTIVE,
    (BindingState.DEREGISTERING, Cause.DEREGISTERED): BindingState.DEREGISTERING,
}


def move(entry: BindingCacheEntry, cause: Cause) -> None:
    """Put an entry into the state that follows; nothing else writes a state."""
    entry.state = TRANSITIONS[entry.state, cause]


class BindingCache:
    """All entries of one LMA; whoever changes an entry's interface says so to ``reindex``."""

    def __init__(self) -> None:
        self.entries: dict[BindingId, BindingCacheEntry] = {}
        self._by_node: dict[MobileNodeIdentifier, dict[BindingId, None]] = {}
        self._by_home_network_prefix: dict[IPv6Network, BindingId] = {}
        self._by_interface: dict[Interface, dict[BindingId, None]] = {}
        self._last_id = 0

    def next_id(self) -> BindingId:
        """Return an identifier that no entry has had since the start."""
        return BindingId(self._last_id + 1)

    def add(self, entry: BindingCacheEntry) -> None:
        """Take up a new entry."""
        for prefix in entry.home_network_prefixes:
            if self._by_home_network_prefix.setdefault(prefix, entry.binding_id) != (
                entry.binding_id
            ):
                raise InvariantBroken(f"{prefix} belongs to two sessions")
        self._last_id = max(self._last_id, entry.binding_id)
        self.entries[entry.binding_id] = entry
        self._by_node.setdefault(entry.mobile_node_identifier, {})[entry.binding_id] = None
        self._index_interface(entry)

    def remove(self, entry: BindingCacheEntry) -> None:
        """Forget an entry."""
        del self.entries[entry.binding_id]
        for prefix in entry.home_network_prefixes:
            del self._by_home_network_prefix[prefix]
        _discard(self._by_node, entry.mobile_node_identifier, entry.binding_id)
        self._unindex_interface(entry)

    def reindex(
        self,
        entry: BindingCacheEntry,
        *,
        access_technology_type: int,
        link_layer_identifier: LinkLayerAddress | None,
    ) -> None:
        """Write an entry's interface, by which it is found from now on."""
        self._unindex_interface(entry)
        entry.access_technology_type = access_technology_type
        entry.link_layer_identifier = link_layer_identifier
        self._index_interface(entry)

    def of_node(self, node: MobileNodeIdentifier) -> tuple[BindingCacheEntry, ...]:
        """Return a node's entries, oldest first."""
        return tuple(self.entries[each] for each in self._by_node.get(node, ()))

    def by_home_network_prefix(self, prefix: IPv6Network) -> BindingCacheEntry | None:
        """Return the entry that a home network prefix is part of."""
        binding_id = self._by_home_network_prefix.get(prefix)
        return None if binding_id is None else self.entries[binding_id]

    def by_interface(self, interface: Interface) -> BindingCacheEntry | None:
        """Return the youngest entry of a node's interface."""
        found = self._by_interface.get(interface)
        return None if found is None else self.entries[next(reversed(found))]

    def _index_interface(self, entry: BindingCacheEntry) -> None:
        interface = _interface_of(entry)
        if interface is not None:
            self._by_interface.setdefault(interface, {})[entry.binding_id] = None

    def _unindex_interface(self, entry: BindingCacheEntry) -> None:
        interface = _interface_of(entry)
        if interface is not None:
            _discard(self._by_interface, interface, entry.binding_id)


def _interface_of(entry: BindingCacheEntry) -> Interface | None:
    identifier = entry.link_layer_identifier
    if identifier is None:
        return None
    return entry.mobile_node_identifier, entry.access_technology_type, identifier


def _discard(index: dict[Key, dict[BindingId, None]], key: Key, binding_id: BindingId) -> None:
    """Remove an entry from an index, and its key with the last one."""
    del index[key][binding_id]
    if not index[key]:
        del index[key]
