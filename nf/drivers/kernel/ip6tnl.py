"""The tunnel by the classic device of RFC 2473: one for each peer, never one for each node.

The device has its own hop limit, sends Packet Too Big by itself and adds no Tunnel Encapsulation
Limit option, so that nothing stands between the two headers. Loading its module makes a device
``ip6tnl0`` in each network namespace that is nobody's and stays.
"""

from __future__ import annotations

import errno
from hashlib import blake2s
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.drivers.kernel.access import NOT_HERE, TO_NODES
from nf.drivers.kernel.groups import Groups
from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.links import Link
from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.nexthops import Nexthop, NexthopNumbers
from nf.drivers.kernel.paths import inner_mtu
from nf.drivers.kernel.routes import EVERYTHING, MAIN_TABLE, Route, place_of
from nf.drivers.kernel.rules import Rule
from nf.drivers.kernel.tunnel import MINIMUM_MTU
from nf.engine.configuration import DriverName
from nf.engine.values import Tunnel

#: Nobody's address: with it the neighbour cache has one entry and not one for each destination.
_GATEWAY: Final = IPv6Address("fe80::5213")
_FROM_TUNNEL: Final = 223
_LOOPBACK: Final = IPv6Address("::1")


class Ip6Tnl:
    """The way into the tunnel that needs the module ``ip6_tunnel``."""

    name: Final = DriverName.IP6TNL

    def __init__(self, ledger: Ledger, mtu: int) -> None:
        self._ledger = ledger
        self._configured_mtu = mtu
        self._tunnels_of_mag: set[Tunnel] = set()
        self._numbers = NexthopNumbers(ledger.netlink)
        self._groups = Groups(ledger, self._numbers.new)
        #: Of the tunnels that some prefix shares with others.
        self._nexthops: dict[Tunnel, Nexthop] = {}

    def start(self) -> None:
        """Have nothing: devices share nothing."""

    def install_tunnel(self, tunnel: Tunnel) -> None:
        """Have the device."""
        self.fit_tunnel(tunnel)

    def fit_tunnel(self, tunnel: Tunnel) -> None:
        """Have the device with the MTU that the path leaves."""
        mtu = self._configured_mtu or inner_mtu(self._ledger.netlink, tunnel)
        self._ledger.install(Link(name=device_of(tunnel), mtu=mtu, tunnel=tunnel))

    def remove_tunnel(self, tunnel: Tunnel) -> None:
        """Remove the device, and with it the routes that use it."""
        if tunnel in self._tunnels_of_mag:
            self._tunnels_of_mag.discard(tunnel)
            self._ledger.remove(_to_nodes(tunnel).key)
        if tunnel in self._nexthops:
            self._ledger.remove(self._nexthops.pop(tunnel).key)
        self._ledger.remove((Link, device_of(tunnel)))

    def install_route(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Send the prefix out of the peer's device."""
        self._ledger.install(_through(tunnel, destination=prefix))
        self._groups.remove(place_of(prefix))

    def spread_route(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> None:
        """Send it out of several peers' devices."""
        members = [self._nexthop_of(tunnel).id for tunnel in tunnels]
        self._groups.spread(prefix, MAIN_TABLE, members)

    def remove_route(self, prefix: IPv6Network) -> None:
        """Take the route."""
        self._ledger.remove_route(prefix)
        self._groups.remove(place_of(prefix))

    def install_aggregate(self, prefix: IPv6Network) -> None:
        """Have nothing more: the dead end of the aggregate is all there is to it."""

    def remove_aggregate(self, prefix: IPv6Network) -> None:
        """Have nothing less: each prefix has its own route."""

    def install_uplink(self, prefix: IPv6Network, table: int, tunnel: Tunnel) -> None:
        """Send what comes from the prefix out of the LMA's device.

        What comes in by that device goes to nodes here and nowhere else (RFC 5213 §6.10.5).
        """
        if tunnel not in self._tunnels_of_mag:
            self._tunnels_of_mag.add(tunnel)
            self._ledger.install(NOT_HERE)
            self._ledger.install(_to_nodes(tunnel))
        self._ledger.install(_through(tunnel, destination=EVERYTHING, source=prefix, table=table))

    def remove_uplink(self, prefix: IPv6Network, table: int) -> None:
        """Shut the prefix out."""
        self._ledger.remove_route(EVERYTHING, table, prefix)

    def _nexthop_of(self, tunnel: Tunnel) -> Nexthop:
        """Have a nexthop object for a tunnel, that of a former run if it left one."""
        known = self._nexthops.get(tunnel)
        if known is None:
            device = device_of(tunnel)
            left = (n for n in self._ledger.objects_left_over.values() if isinstance(n, Nexthop))
            former = next((each.id for each in left if each.device == device), None)
            identifier = former or self._numbers.new()
            known = Nexthop(id=identifier, device=device, gateway=_GATEWAY)
            self._ledger.install(known)
            self._nexthops[tunnel] = known
        return known


def has_ip6_tunnel(netlink: Netlink) -> bool:
    """Tell whether the kernel has the device, by making one to nowhere; may load the module."""
    nowhere = Tunnel(local=_LOOPBACK, remote=_LOOPBACK)
    probe = Link(name=device_of(nowhere), mtu=MINIMUM_MTU, tunnel=nowhere)
    try:
        probe.install(netlink)
    except KernelError as refusal:
        if refusal.errno != errno.EOPNOTSUPP:
            raise
        return False
    probe.remove(netlink)
    return True


def device_of(tunnel: Tunnel) -> str:
    """Return the name of a tunnel's device: always the same, so that a former run's is found."""
    digest = blake2s(tunnel.local.packed + tunnel.remote.packed, digest_size=6).hexdigest()
    return f"pm-{digest}"


def _through(
    tunnel: Tunnel,
    *,
    destination: IPv6Network,
    source: IPv6Network = EVERYTHING,
    table: int = MAIN_TABLE,
) -> Route:
    return Route(
        destination=destination,
        source=source,
        table=table,
        device=device_of(tunnel),
        gateway=_GATEWAY,
    )


def _to_nodes(tunnel: Tunnel) -> Rule:
    return Rule(preference=_FROM_TUNNEL, device=device_of(tunnel), table=TO_NODES)
