"""Packets from one node of a MAG to another that do not go by their LMAs (RFC 5213 §6.10.3).

What enters by an access link still has to come from a prefix that is registered there: one table
of the link passes that on and drops the rest. Then it goes to the node where its destination is,
if that is on an access link of this MAG; if not, the other table of the link sends it into the
tunnel (see ``access``). So a packet costs two lookups more, however many nodes there are.

    iif access link -> its CHECK table: from a registered prefix: ask the next; else dropped
                    -> table NODES: to a prefix of a node here: to that node; else ask the next
                    -> its own table: from a registered prefix: to the tunnel; else dropped
"""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Final

from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.links import device_index
from nf.drivers.kernel.plan import AccessRoute, Plan
from nf.drivers.kernel.routes import EVERYTHING, Route, RouteKind
from nf.drivers.kernel.rules import Rule

#: Where the nodes are, as in TO_NODES of ``access``, and no end to it.
_NODES: Final = 22304
#: The CHECK table of an access link is this and its index.
_CHECK_TABLES: Final = 224_000_000
#: Both come before the rule of the access link's own table.
_CHECK_FIRST: Final = 220
_THEN_TO_NODES: Final = 221


class LocalRouting:
    """The short ways between access links, while the plan wants them; called after its change."""

    def __init__(self, ledger: Ledger, plan: Plan) -> None:
        self._ledger = ledger
        self._plan = plan
        #: Of the links by which packets take the short way.
        self._tables: dict[str, int] = {}

    def align(self) -> None:
        """Take the short ways or leave them, as the plan wants, and lose no packet by it."""
        if self._plan.is_routing_locally:
            self._begin()
        else:
            self._end()

    def lead(self, prefix: IPv6Network, route: AccessRoute) -> None:
        """Let what goes to a prefix from other nodes go to a link."""
        if self._plan.is_routing_locally:
            link, next_hop = route.link, route.next_hop
            way = Route(destination=prefix, table=_NODES, device=link, gateway=next_hop)
            self._ledger.install(way)

    def leave(self, prefix: IPv6Network) -> None:
        """Let it go by the LMA."""
        self._ledger.remove_route(prefix, _NODES)

    def admit(self, prefix: IPv6Network, link: str) -> None:
        """Let what comes from a prefix on a link go to other nodes."""
        if self._plan.is_routing_locally:
            table = self._tables.get(link) or _CHECK_TABLES + device_index(link)
            self._ledger.install(_passed_on(prefix, table))
            self._open(link, table)

    def refuse(self, prefix: IPv6Network, link: str) -> None:
        """Let it go nowhere; a link that no prefix is left on needs no short way."""
        table = self._tables.get(link)
        if table is not None:
            self._ledger.remove_route(EVERYTHING, table, prefix)
            if not self._plan.uplink_count[link]:
                self._close(link)

    def _begin(self) -> None:
        tables: dict[str, int] = {}
        for prefix, route in self._plan.access_routes.items():
            self.lead(prefix, route)
        for prefix, link in self._plan.sources():
            tables[link] = _CHECK_TABLES + device_index(link)
            self._ledger.install(_passed_on(prefix, tables[link]))
        for link, table in tables.items():
            self._open(link, table)

    def _end(self) -> None:
        tables = dict(self._tables)
        for link in tables:
            self._close(link)
        for prefix, link in self._plan.sources():
            if link in tables:
                self._ledger.remove_route(EVERYTHING, tables[link], prefix)
        for prefix in self._plan.access_routes:
            self.leave(prefix)

    def _open(self, link: str, table: int) -> None:
        """Drop what is not passed on, before anything is let through to nodes."""
        if link not in self._tables:
            drop = Route(destination=EVERYTHING, table=table, kind=RouteKind.BLACKHOLE)
            self._ledger.install(drop, *_rules(link, table))
            self._tables[link] = table

    def _close(self, link: str) -> None:
        table = self._tables.pop(link)
        for rule in reversed(_rules(link, table)):
            self._ledger.remove(rule.key)
        self._ledger.remove_route(EVERYTHING, table)


def _passed_on(source: IPv6Network, table: int) -> Route:
    return Route(destination=EVERYTHING, source=source, table=table, kind=RouteKind.THROW)


def _rules(link: str, table: int) -> tuple[Rule, Rule]:
    return (
        Rule(preference=_CHECK_FIRST, device=link, table=table),
        Rule(preference=_THEN_TO_NODES, device=link, table=_NODES),
    )
