"""What a way into the tunnel must be able to do; srv6 and ip6tnl are the two."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Protocol

from nf.engine.configuration import DriverName
from nf.engine.values import Tunnel

#: The outer IPv6 header.
TUNNEL_OVERHEAD = 40
#: RFC 8200 §5: no link may have less, and Linux switches IPv6 off on a device that has.
MINIMUM_MTU = 1280


class TunnelDriver(Protocol):
    """A way to get IPv6-in-IPv6 out of the kernel.

    Called after the plan was changed. Whoever calls installs a tunnel before what uses it, and
    removes it after that.
    """

    @property
    def name(self) -> DriverName:
        """Return the word of the configuration for it."""

    def start(self) -> None:
        """Have what all tunnels share."""

    def install_tunnel(self, tunnel: Tunnel) -> None:
        """Have a tunnel, both directions."""

    def fit_tunnel(self, tunnel: Tunnel) -> None:
        """Have the MTU that the path to its peer has now, unless one is configured."""

    def remove_tunnel(self, tunnel: Tunnel) -> None:
        """Have it no longer."""

    def install_route(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Send what goes to a prefix through a tunnel, from this moment through no other."""

    def spread_route(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> None:
        """Send it through several tunnels from this moment, each flow through one."""

    def remove_route(self, prefix: IPv6Network) -> None:
        """Send it through none."""

    def install_aggregate(self, prefix: IPv6Network) -> None:
        """Keep what goes to a prefix and has no route from other routes of this system.

        Below it is a dead end, as below each route (see ``dead_ends``).
        """

    def remove_aggregate(self, prefix: IPv6Network) -> None:
        """Leave what has no route to other routes of this system."""

    def install_uplink(self, prefix: IPv6Network, table: int, tunnel: Tunnel) -> None:
        """Send what comes from a prefix and is looked up in ``table`` through a tunnel."""

    def remove_uplink(self, prefix: IPv6Network, table: int) -> None:
        """Let ``table`` know the prefix no longer."""
