"""What the relay agent remembers: of each attached node, and of the servers as a whole.

RFC 8415 §19.4 expects relay agents to remember nothing. One that gives away routes has to
(RFC 8987 §4), and one that judges answers must know the questions (NEMO draft §3.3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import OpenRelay
from nf.engine.events import DhcpMessageReceived

#: Exchanges of one node that are told apart; beyond that the oldest is forgotten.
MAX_EXCHANGES: Final = 8
#: Servers that are told apart by how they name themselves.
MAX_SERVER_DUIDS: Final = 64


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A message that was relayed; every answer to it is known by its transaction id."""

    message_type: DhcpMessageType
    client_duid: bytes | None
    asks_for_prefix: bool
    #: Whether it was made here, on behalf of the client.
    is_ours: bool = False
    #: Whether an answer with the right prefix was passed on.
    is_served: bool = False


@dataclass(slots=True, kw_only=True)
class RelayLease:
    """A mobile network prefix that a server delegated to a router (RFC 8987 §4.4, O-1)."""

    mobile_node_identifier: MobileNodeIdentifier
    iaid: int
    client_duid: bytes | None
    server_duid: bytes | None
    #: On the clock of Instant.at_ms; None: it never ends.
    ends_at_ms: int | None


@dataclass(slots=True, kw_only=True)
class RelayedNode:
    """One node whose messages are relayed, where it spoke last."""

    link: str
    address: IPv6Address
    #: By transaction id, the oldest first.
    exchanges: dict[int, Exchange] = field(default_factory=dict)
    #: The prefixes of its leases, each of which is among those of the relay agent.
    leased: set[IPv6Network] = field(default_factory=set)
    #: Its latest Solicit for a prefix.
    solicit: DhcpMessageReceived | None = None
    #: Offers of other prefixes in a row.
    mismatches: int = 0
    #: When Solicits are relayed again after too many of them, on the clock of Instant.at_ms.
    resumes_at_ms: int = 0
    #: A server that offered no prefix at all, until one is offered.
    empty_handed: IPv6Address | None = None
    #: Whether operators know that it does not get its prefix.
    is_told: bool = False
    #: Whether it is known to have no lease of its mobile network prefixes.
    is_without_lease: bool = False

    def note(self, transaction_id: int, exchange: Exchange) -> None:
        """Know an exchange as the newest; a copy of an earlier message begins it anew."""
        self.exchanges.pop(transaction_id, None)
        self.exchanges[transaction_id] = exchange
        if len(self.exchanges) > MAX_EXCHANGES:
            del self.exchanges[next(iter(self.exchanges))]


@dataclass(slots=True)
class Relay:
    """The relay agent of a MAG; what is kept of nodes is bounded by those that are attached."""

    #: The socket towards the servers; None while nothing is relayed.
    opened: OpenRelay | None = None
    nodes: dict[MobileNodeIdentifier, RelayedNode] = field(default_factory=dict)
    #: Which node has which address on which link.
    node_at: dict[tuple[str, IPv6Address], MobileNodeIdentifier] = field(default_factory=dict)
    leases: dict[IPv6Network, RelayLease] = field(default_factory=dict)
    #: How the servers name themselves that have answered.
    server_duids: dict[bytes, None] = field(default_factory=dict)
    #: Whether a server answers; None before the first answer.
    is_answering: bool | None = None
    #: Whether an answer is due.
    is_waiting: bool = False

    def node(
        self, identifier: MobileNodeIdentifier, link: str, address: IPv6Address
    ) -> RelayedNode:
        """Return what is known of a node, which speaks from this address now."""
        known = self.nodes.setdefault(identifier, RelayedNode(link=link, address=address))
        self.node_at.pop((known.link, known.address), None)
        known.link, known.address = link, address
        self.node_at[link, address] = identifier
        return known

    def forget(self, identifier: MobileNodeIdentifier) -> None:
        """Forget a node that is served here no more."""
        known = self.nodes.pop(identifier, None)
        if known is None:
            return
        if self.node_at.get((known.link, known.address)) == identifier:
            del self.node_at[known.link, known.address]
        for prefix in known.leased:
            del self.leases[prefix]

    def take_lease(self, prefix: IPv6Network, lease: RelayLease) -> None:
        """Know a lease; one of the same prefix, whose ever it was, is no more."""
        former = self.leases.get(prefix)
        if former is not None:
            self.nodes[former.mobile_node_identifier].leased.discard(prefix)
        self.leases[prefix] = lease
        self.nodes[lease.mobile_node_identifier].leased.add(prefix)

    def drop_lease(self, identifier: MobileNodeIdentifier, prefix: IPv6Network) -> None:
        """Take note that a node's lease has ended."""
        known = self.nodes.get(identifier)
        if known is not None and prefix in known.leased:
            known.leased.remove(prefix)
            del self.leases[prefix]

    def is_without_lease(self, identifier: MobileNodeIdentifier) -> bool:
        """Tell whether a node is known to have no lease of what its binding gives it."""
        known = self.nodes.get(identifier)
        return known is not None and known.is_without_lease
