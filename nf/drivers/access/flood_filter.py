"""What keeps a flood on one link from taking the room of nodes that belong there."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Final

from nf.drivers.access.bpf import BpfMap, load_socket_filter
from nf.drivers.access.flood_program import (
    BUCKET,
    LINK_RECORD,
    NODE_KEY,
    NODE_RECORD,
    Tables,
    flood_program,
    key_of,
)
from nf.engine.access_configuration import AccessLink
from nf.engine.values import LinkLayerAddress

log = logging.getLogger(__name__)

#: Nodes that are told from strangers; those beyond share the strangers' rate.
MOST_NODES: Final = 1 << 18
#: Nodes of one link whose rate is kept to; beyond that, who was heard longest ago begins anew.
MOST_BUCKETS: Final = 1 << 14
_ETHERNET_ADDRESS: Final = 6
_NEW_NODE: Final = bytes(NODE_RECORD.size)
_LINK_KEY: Final = bytes(4)
_ATTACH_BPF: Final = 50
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
#: struct tpacket_stats: frames since it was read last, and of those, what had no room.
_STATISTICS: Final = Struct("=II")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCounts:
    """What was not taken in from one link, and whether it is the limits that decide on that."""

    is_limited: bool
    #: How many frames were dropped, by the reasons of YANG.
    dropped: Mapping[str, int]


class KnownNodes:
    """The link-layer addresses that the configuration names; the kernel has them while it must."""

    def __init__(self) -> None:
        self._addresses: set[LinkLayerAddress] = set()
        self._table: BpfMap | None = None
        #: Those for which the table has no room.
        self._beyond: dict[LinkLayerAddress, None] = {}

    def __contains__(self, address: LinkLayerAddress) -> bool:
        """Tell whether an address is a node's."""
        return address in self._addresses

    def add(self, address: LinkLayerAddress) -> None:
        """Know one more node."""
        self._addresses.add(address)
        self._tell((address,))

    def discard(self, address: LinkLayerAddress) -> None:
        """Know a node no more; its room is another's."""
        self._addresses.discard(address)
        if self._table is None or len(address) != _ETHERNET_ADDRESS:
            return
        if address in self._beyond:
            del self._beyond[address]
            return
        self._table.remove(key_of(address))
        if self._beyond:
            self._tell((self._beyond.popitem()[0],))

    def table(self) -> BpfMap:
        """Return the nodes as a table in the kernel; raises OSError where there can be none."""
        if self._table is None:
            self._table = BpfMap.table(NODE_KEY.size, NODE_RECORD.size, MOST_NODES)
            self._tell(self._addresses)
        return self._table

    def close(self) -> None:
        """Let go of the table."""
        if self._table is not None:
            self._table.close()
            self._table = None
            self._beyond.clear()

    def _tell(self, addresses: Iterable[LinkLayerAddress]) -> None:
        if self._table is None:
            return
        for address in addresses:
            if len(address) == _ETHERNET_ADDRESS and address not in self._beyond:
                self._add(self._table, address)

    def _add(self, table: BpfMap, address: LinkLayerAddress) -> None:
        try:
            table.add(key_of(address), _NEW_NODE)
        except OSError as fault:
            if not self._beyond:
                log.warning("there are more nodes than can be told from strangers: %s", fault)
            self._beyond[address] = None


class FloodFilter:
    """The limits of one link, and what they have cost; outlives the link's sockets."""

    def __init__(self, nodes: KnownNodes) -> None:
        self._nodes = nodes
        self._record: BpfMap | None = None
        self._buckets: BpfMap | None = None
        self._is_attached = False
        self._buffer_full = 0

    def attach(self, listener: socket.socket, link: AccessLink) -> None:
        """Have the kernel keep to the limits; where it cannot, all is taken in, with a warning."""
        try:
            self._attach(listener, link)
            self._is_attached = True
        except OSError as fault:
            self._is_attached = False
            log.warning("no limits on %s: %s", link.interface, fault)

    def counts(self, listener: socket.socket | None) -> FrameCounts:
        """Return what was not taken in so far."""
        if listener is not None:
            self.count(listener)
        record = bytes(LINK_RECORD.size) if self._record is None else self._record.read(_LINK_KEY)
        _, of_nodes, of_strangers = LINK_RECORD.unpack(record)
        return FrameCounts(
            is_limited=self._is_attached,
            dropped={
                "node-over-rate": of_nodes,
                "stranger-over-rate": of_strangers,
                "buffer-full": self._buffer_full,
            },
        )

    def close(self) -> None:
        """Let go of the tables."""
        for table in (self._record, self._buckets):
            if table is not None:
                table.close()
        self._record = self._buckets = None

    def _attach(self, listener: socket.socket, link: AccessLink) -> None:
        if self._record is None:
            self._record = BpfMap.record(LINK_RECORD.size)
        if self._buckets is None:
            self._buckets = BpfMap.recent(NODE_KEY.size, BUCKET.size, MOST_BUCKETS)
        tables = Tables(self._nodes.table().fd, self._buckets.fd, self._record.fd)
        program = load_socket_filter(
            flood_program(tables, of_node=link.node_limit, of_strangers=link.stranger_limit)
        )
        try:
            listener.setsockopt(socket.SOL_SOCKET, _ATTACH_BPF, program)
        finally:
            os.close(program)

    def count(self, listener: socket.socket) -> None:
        """Add up what had no room; the kernel counts from the last question on, until it closes."""
        told = listener.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        self._buffer_full += _STATISTICS.unpack(told)[1]
