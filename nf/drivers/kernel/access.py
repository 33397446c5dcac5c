"""Access links of a MAG: only registered sources get in, and the way to each node.

RFC 5213 §6.10.5, packets sent by the mobile node: what comes from its prefix goes to its LMA,
nothing else is forwarded. So what enters by an access link is looked up in a table of that link,
which knows registered prefixes by source and drops the rest; even what goes to a neighbour on the
same MAG takes the way over the LMA (§6.10.3). Packets to the MAG itself have met the table
``local`` before.

RFC 5213 §11, a node that passes for a tunnel's other end: what it sends would be taken apart, or
taken for signalling. So before any other rule, ``local`` included, what enters by an access link
and comes from the address of a peer is dropped.

Packets sent to the home network: what comes out of the tunnel and is for no node here is dropped
in silence. A default route would take it back to the LMA, and the LMA into the tunnel again.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.links import device_index
from nf.drivers.kernel.routes import EVERYTHING, MAIN_TABLE, Route, RouteKind
from nf.drivers.kernel.rules import Rule

#: The table of an access link is this and its index.
_ACCESS_TABLES: Final = 223_000_000
_PREFERENCE: Final = 223
#: Where the nodes are, and nothing else.
TO_NODES: Final = 22302
NOT_HERE: Final = Route(destination=EVERYTHING, table=TO_NODES, kind=RouteKind.BLACKHOLE)
#: Who is never behind an access link.
_PEERS: Final = 22303


class AccessLinks:
    """The guarded access links and their tables."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._tables: dict[str, int] = {}

    def __contains__(self, link: str) -> bool:
        """Tell whether a link is guarded."""
        return link in self._tables

    def guard(self, link: str) -> int:
        """Forward from a link only what its table knows, and return that table."""
        if link not in self._tables:
            table = _ACCESS_TABLES + device_index(link)
            drop = Route(destination=EVERYTHING, table=table, kind=RouteKind.BLACKHOLE)
            self._ledger.install(drop)
            for rule in self._rules(link, table):
                self._ledger.install(rule)
            self._tables[link] = table
        return self._tables[link]

    def release(self, link: str) -> None:
        """Forward from a link as from any other."""
        table = self._tables.pop(link, None)
        if table is not None:
            for rule in self._rules(link, table):
                self._ledger.remove(rule.key)
            self._ledger.remove_route(EVERYTHING, table)

    def table_of(self, link: str) -> int | None:
        """Return the table of a link, None if it is not guarded."""
        return self._tables.get(link)

    def shut_out(self, peer: IPv6Address) -> None:
        """Drop what comes from a tunnel's other end, but by an access link."""
        self._ledger.install(_drop_from(peer))

    def let_in(self, peer: IPv6Address) -> None:
        """Treat its address as any other."""
        self._ledger.remove_route(EVERYTHING, _PEERS, IPv6Network(peer))

    def install_route(self, prefix: IPv6Network, link: str, next_hop: IPv6Address | None) -> None:
        """Send what goes to a prefix to the node on a link, be it from the tunnel or from here."""
        from_tunnel, from_here = (
            Route(destination=prefix, table=table, device=link, gateway=next_hop)
            for table in (TO_NODES, MAIN_TABLE)
        )
        self._ledger.install(from_tunnel, from_here)

    def remove_route(self, prefix: IPv6Network) -> None:
        """Send it there no longer."""
        for table in (TO_NODES, MAIN_TABLE):
            self._ledger.remove_route(prefix, table)

    @staticmethod
    def _rules(link: str, table: int) -> tuple[Rule, Rule]:
        from_peer = Rule(preference=0, device=link, table=_PEERS)
        return from_peer, Rule(preference=_PREFERENCE, device=link, table=table)


def _drop_from(peer: IPv6Address) -> Route:
    return Route(
        destination=EVERYTHING, source=IPv6Network(peer), table=_PEERS, kind=RouteKind.BLACKHOLE
    )
