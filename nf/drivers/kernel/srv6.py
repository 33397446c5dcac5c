"""The tunnel by SRv6 lightweight tunnels: no device per peer, one nexthop object instead.

On the wire it is plain IPv6-in-IPv6 (see ``encapsulation``). Lightweight tunnels alone lose every
packet that is too big, since the kernel adds the outer header before it looks at the size. So
packets for a tunnel first cross a veth pair inside this network namespace, whose MTU leaves room
for that header: there the kernel tells the source, as any router would.

    main       pool's aggregate, or prefix without one -> pmip6-tx
    access     default from a registered prefix -> pmip6-tx
    pmip6-rx   -> table TUNNELS: prefix -> nexthop object of the peer, or a group of several;
                  default from prefix -> LMA;
                  everything else unreachable, so nothing loops
               -> table main, for what already has an outer header of ours
    any        next header 41 -> table DECAPSULATION: our address from a peer's -> End.DT6, then
                  as any packet (LMA), or to the nodes on access links only (MAG)

What holds and cannot be helped here: all tunnels of a network namespace have the same local
address, a second is refused; the outer header copies hop limit and traffic class of the inner.
The smallest path of all peers rules the MTU. No routing header is ever received, so
``seg6_enabled`` stays as it is.
"""

from __future__ import annotations

import errno
from ipaddress import IPv6Address, IPv6Network
from socket import IPPROTO_IPV6
from typing import Final

from nf.drivers.kernel.access import NOT_HERE, TO_NODES
from nf.drivers.kernel.encapsulation import Decapsulation, Encapsulation
from nf.drivers.kernel.groups import Groups
from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.links import Link
from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.nexthops import Nexthop, NexthopNumbers, dump_nexthops
from nf.drivers.kernel.paths import inner_mtu
from nf.drivers.kernel.plan import Plan
from nf.drivers.kernel.routes import (
    EVERYTHING,
    MAIN_TABLE,
    Route,
    RouteKind,
    place_of,
    to_nexthop,
)
from nf.drivers.kernel.rules import Rule, dump_rules
from nf.drivers.kernel.seg6 import set_tunnel_source, tunnel_source
from nf.engine.configuration import DriverName
from nf.engine.values import Tunnel

TUNNELS: Final = 22300
DECAPSULATION: Final = 22301
#: Where packets for a tunnel go in, and where they come out to get their outer header.
ENTRANCE: Final = "pmip6-tx"
EXIT: Final = "pmip6-rx"

_UNSPECIFIED: Final = IPv6Address("::")
#: Nobody's address: with it the neighbour cache has one entry and not one for each destination.
_GATEWAY: Final = IPv6Address("fe80::5213")
_INITIAL_MTU: Final = 1460
_ALL_RULES: Final = 0
_ENCAPSULATED: Final = 222
_TO_ENCAPSULATE: Final = 223


class Srv6:
    """The way into the tunnel that needs no kernel module."""

    name: Final = DriverName.SRV6

    def __init__(self, ledger: Ledger, plan: Plan, mtu: int) -> None:
        self._ledger = ledger
        self._plan = plan
        self._configured_mtu = mtu
        self._mtu = 0
        self._mtu_by_tunnel: dict[Tunnel, int] = {}
        self._nexthop_ids: dict[IPv6Address, int] = {}
        self._numbers = NexthopNumbers(ledger.netlink)
        self._groups = Groups(ledger, self._numbers.new)
        #: Of the way into the veth pair.
        self._entrance_id = 0
        self._tunnels_of_mag: set[Tunnel] = set()
        self._local: IPv6Address | None = None

    def start(self) -> None:
        """Have the veth pair, the rules and the end of all routes.

        Nexthop objects of a former run keep their numbers, so that routes never change hands.
        """
        for nexthop in dump_nexthops(self._ledger.netlink):
            if isinstance(nexthop.tunnel, Encapsulation):
                self._nexthop_ids[nexthop.tunnel.remote] = nexthop.id
            elif nexthop.gateway == _GATEWAY:
                self._entrance_id = nexthop.id
        self._set_mtu(self._configured_mtu or _INITIAL_MTU)
        self._entrance_id = self._entrance_id or self._numbers.new()
        self._ledger.install(Nexthop(id=self._entrance_id, device=ENTRANCE, gateway=_GATEWAY))
        end = Route(destination=EVERYTHING, table=TUNNELS, kind=RouteKind.UNREACHABLE)
        self._ledger.install(end)
        self._ledger.install(Rule(preference=_TO_ENCAPSULATE, device=EXIT, table=TUNNELS))
        self._ledger.install(Rule(preference=0, next_header=IPPROTO_IPV6, table=DECAPSULATION))

    def install_tunnel(self, tunnel: Tunnel) -> None:
        """Have the peer's nexthop object, and take apart what comes from it."""
        self._claim_source(tunnel.local)
        self._mtu_by_tunnel[tunnel] = inner_mtu(self._ledger.netlink, tunnel)
        self._fit_mtu()
        identifier = self._nexthop_id(tunnel.remote)
        encapsulation = Encapsulation(tunnel.remote)
        self._ledger.install(Nexthop(id=identifier, device=EXIT, tunnel=encapsulation))
        self._ledger.install(_decapsulation(tunnel, self._table_behind(tunnel)))

    def fit_tunnel(self, tunnel: Tunnel) -> None:
        """Have room for what fits through each tunnel."""
        if tunnel in self._mtu_by_tunnel:
            self._mtu_by_tunnel[tunnel] = inner_mtu(self._ledger.netlink, tunnel)
            self._fit_mtu()

    def remove_tunnel(self, tunnel: Tunnel) -> None:
        """Let go of the peer; of the outer source address too if it was the last."""
        if tunnel not in self._mtu_by_tunnel:
            return
        del self._mtu_by_tunnel[tunnel]
        self._tunnels_of_mag.discard(tunnel)
        self._ledger.remove_route(
            IPv6Network(tunnel.local), DECAPSULATION, IPv6Network(tunnel.remote)
        )
        self._ledger.remove((Nexthop, self._nexthop_ids.pop(tunnel.remote)))
        if self._mtu_by_tunnel:
            self._fit_mtu()
        else:
            release_tunnel_source(self._ledger.netlink)
            self._ledger.remove(_escape(tunnel.local).key)
            self._local = None

    def install_route(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Name the peer's nexthop; without an aggregate the prefix needs its own way to it."""
        self._demand(tunnel)
        place = place_of(prefix, TUNNELS)
        self._ledger.install_route(place, to_nexthop(self._nexthop_ids[tunnel.remote]))
        self._groups.remove(place)
        if not self._plan.is_in_aggregate(prefix):
            self._let_in(prefix)

    def spread_route(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> None:
        """Name a group of the peers' nexthops."""
        for tunnel in tunnels:
            self._demand(tunnel)
        members = [self._nexthop_ids[tunnel.remote] for tunnel in tunnels]
        self._groups.spread(prefix, TUNNELS, members)
        if not self._plan.is_in_aggregate(prefix):
            self._let_in(prefix)

    def remove_route(self, prefix: IPv6Network) -> None:
        """Forget the peer; what an aggregate covers becomes unreachable."""
        if prefix not in self._plan.aggregates:
            self._ledger.remove_route(prefix)
        self._ledger.remove_route(prefix, TUNNELS)
        self._groups.remove(place_of(prefix, TUNNELS))

    def install_aggregate(self, prefix: IPv6Network) -> None:
        """Send the whole pool where each prefix is told from those that are unreachable."""
        self._let_in(prefix)

    def remove_aggregate(self, prefix: IPv6Network) -> None:
        """Give each routed prefix its own way, then take the common one."""
        for routed in self._plan.routes_within(prefix):
            if not self._plan.is_in_aggregate(routed):
                self._let_in(routed)
        if prefix not in self._plan.routes:
            self._ledger.remove_route(prefix)

    def install_uplink(self, prefix: IPv6Network, table: int, tunnel: Tunnel) -> None:
        """Let the prefix into the veth pair, and give it the LMA's header behind it.

        Routes by source cannot use nexthop objects: the kernel refuses that.
        """
        self._demand(tunnel)
        self._be_mag(tunnel)
        encapsulation = Encapsulation(tunnel.remote)
        self._ledger.install(
            Route(
                destination=EVERYTHING,
                source=prefix,
                table=TUNNELS,
                device=EXIT,
                tunnel=encapsulation,
            )
        )
        self._ledger.install(_entrance(prefix, table))

    def remove_uplink(self, prefix: IPv6Network, table: int) -> None:
        """Shut the prefix out; what encapsulates goes when no access link uses it."""
        self._ledger.remove_route(EVERYTHING, table, prefix)
        if not self._plan.uplinks.get(prefix):
            self._ledger.remove_route(EVERYTHING, TUNNELS, prefix)

    def _claim_source(self, local: IPv6Address) -> None:
        if self._local not in (None, local):
            operation = f"use {local} as outer source: SRv6 has one, and it is {self._local}"
            raise KernelError(errno.EADDRINUSE, operation)
        if self._local is None:
            self._ledger.install(_escape(local))
            set_tunnel_source(local)
            self._local = local

    def _demand(self, tunnel: Tunnel) -> None:
        if tunnel not in self._mtu_by_tunnel:
            raise KernelError(errno.ENOENT, f"use the tunnel to {tunnel.remote}")

    def _be_mag(self, tunnel: Tunnel) -> None:
        """Send what comes from the LMA to nodes here and nowhere else (RFC 5213 §6.10.5)."""
        if tunnel not in self._tunnels_of_mag:
            self._tunnels_of_mag.add(tunnel)
            self._ledger.install(NOT_HERE)
            self._ledger.install(_decapsulation(tunnel, TO_NODES))

    def _table_behind(self, tunnel: Tunnel) -> int:
        return TO_NODES if tunnel in self._tunnels_of_mag else _ALL_RULES

    def _let_in(self, destination: IPv6Network) -> None:
        """Send what goes to a prefix into the veth pair."""
        self._ledger.install_route(place_of(destination), to_nexthop(self._entrance_id))

    def _nexthop_id(self, remote: IPv6Address) -> int:
        if remote not in self._nexthop_ids:
            self._nexthop_ids[remote] = self._numbers.new()
        return self._nexthop_ids[remote]

    def _fit_mtu(self) -> None:
        self._set_mtu(self._configured_mtu or min(self._mtu_by_tunnel.values()))

    def _set_mtu(self, mtu: int) -> None:
        if mtu == self._mtu:
            return
        self._mtu = mtu
        for name, peer in ((ENTRANCE, EXIT), (EXIT, ENTRANCE)):
            self._ledger.install(Link(name=name, peer=peer, mtu=mtu))


def release_tunnel_source(netlink: Netlink) -> None:
    """Give the outer source address back if it is ours, by the rule that names it."""
    sources = [rule.source for rule in dump_rules(netlink) if rule.preference == _ENCAPSULATED]
    if sources and IPv6Network(tunnel_source()) in sources:
        set_tunnel_source(_UNSPECIFIED)


def _entrance(source: IPv6Network, table: int) -> Route:
    """Return the way into the veth pair for what comes from a prefix."""
    return Route(
        destination=EVERYTHING, source=source, table=table, device=ENTRANCE, gateway=_GATEWAY
    )


def _escape(local: IPv6Address) -> Rule:
    """Return the rule for packets that have their outer header.

    The kernel looks them up again as if they had just come out of the veth pair. What a mobile
    node sends never has this source here: its access link's table let only its prefixes in.
    """
    return Rule(
        preference=_ENCAPSULATED,
        device=EXIT,
        source=IPv6Network(local),
        next_header=IPPROTO_IPV6,
        table=MAIN_TABLE,
    )


def _decapsulation(tunnel: Tunnel, table: int = _ALL_RULES) -> Route:
    return Route(
        destination=IPv6Network(tunnel.local),
        source=IPv6Network(tunnel.remote),
        table=DECAPSULATION,
        device=EXIT,
        tunnel=Decapsulation(table),
    )
