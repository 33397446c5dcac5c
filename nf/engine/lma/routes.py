"""Tunnels with their users, and which tunnel each prefix is routed into (RFC 5213 §5.6.1).

A tunnel lives for as long as a binding names it. A prefix is routed into one tunnel, unless several
bindings of its router share it and their policy spreads it over all of them (``multihoming``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from nf.codec.unguarded import unguarded
from nf.engine.configuration import LmaConfiguration
from nf.engine.effects import Effect
from nf.engine.kernel_effects import (
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    RemoveAggregateRoute,
    RemoveRoute,
    RemoveTunnel,
    ShareSource,
    SpreadRoute,
)
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.values import BindingId, Tunnel


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a prefix is routed, and for which binding."""

    binding_id: BindingId
    tunnel: Tunnel


class Routes:
    """What the LMA has asked of the kernel."""

    def __init__(self) -> None:
        self.by_prefix: dict[IPv6Network, Route] = {}
        #: The tunnels of the prefixes that go by several at once; none of these is above.
        self.spread: dict[IPv6Network, tuple[Tunnel, ...]] = {}
        #: The tunnels by which packets of a prefix come that several bindings share.
        self.shared: dict[IPv6Network, tuple[Tunnel, ...]] = {}
        self.tunnel_users: dict[Tunnel, dict[BindingId, None]] = {}
        self.aggregates: dict[IPv6Network, None] = {}
        #: The MAGs that got their first session or lost their last one since it was asked.
        self.changed_peers: dict[IPv6Address, None] = {}
        self._tunnels: dict[tuple[IPv6Address, IPv6Address], Tunnel] = {}

    def tunnel(self, local: IPv6Address, remote: IPv6Address) -> Tunnel:
        """Return the tunnel between two addresses, the same one to all who ask."""
        known = self._tunnels.get((local, remote))
        if known is None:
            known = self._tunnels[local, remote] = Tunnel(local=local, remote=remote)
        return known

    def use_tunnel(self, tunnel: Tunnel, binding_id: BindingId) -> list[Effect]:
        """Have a tunnel for a binding."""
        users = self.tunnel_users.setdefault(tunnel, {})
        is_first = not users
        users[binding_id] = None
        if not is_first:
            return []
        self.changed_peers[tunnel.remote] = None
        return [InstallTunnel(tunnel=tunnel)]

    def leave_tunnel(self, tunnel: Tunnel, binding_id: BindingId) -> list[Effect]:
        """Let a binding do without a tunnel, which goes with its last user."""
        users = self.tunnel_users[tunnel]
        del users[binding_id]
        if users:
            return []
        del self.tunnel_users[tunnel]
        self.changed_peers[tunnel.remote] = None
        self._tunnels.pop((tunnel.local, tunnel.remote), None)
        return [RemoveTunnel(tunnel=tunnel)]

    def claim(self, entry: BindingCacheEntry, prefixes: Iterable[IPv6Network]) -> list[Effect]:
        """Route prefixes into a binding's tunnel, wherever they are routed now."""
        effects: list[Effect] = []
        route = Route(binding_id=entry.binding_id, tunnel=entry.tunnel)
        for prefix in prefixes:
            before = self.by_prefix.setdefault(prefix, route)
            if before is not route:
                self.by_prefix[prefix] = route
            if before is route or before.tunnel != entry.tunnel:
                effects.append(InstallRoute(prefix=prefix, tunnel=entry.tunnel))
        return effects

    def converge(self, entry: BindingCacheEntry, prefix: IPv6Network) -> list[Effect]:
        """Route a prefix that several bindings share into the tunnel of one of them."""
        self.spread.pop(prefix, None)
        return self.claim(entry, [prefix])

    def spread_over(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> list[Effect]:
        """Route a prefix into several tunnels."""
        if tunnels == self.spread.get(prefix):
            return []
        self.by_prefix.pop(prefix, None)
        self.spread[prefix] = tunnels
        return [SpreadRoute(prefix=prefix, tunnels=tunnels)]

    def abandon(self, prefix: IPv6Network) -> list[Effect]:
        """Route a prefix into no tunnel: no active binding has it any more."""
        route = self.by_prefix.pop(prefix, None)
        return [] if route is None else [RemoveRoute(prefix=prefix, tunnel=route.tunnel)]

    def tunnels_of(self, prefix: IPv6Network) -> tuple[Tunnel, ...]:
        """Return the tunnels that a prefix is routed into."""
        route = self.by_prefix.get(prefix)
        return self.spread.get(prefix, ()) if route is None else (route.tunnel,)

    def share(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> list[Effect]:
        """Let packets of a prefix come by several tunnels, or by that of its route alone."""
        if tunnels == self.shared.get(prefix, ()):
            return []
        if tunnels:
            self.shared[prefix] = tunnels
        else:
            del self.shared[prefix]
        return [ShareSource(prefix=prefix, tunnels=tunnels)]

    def align_aggregates(self, lma: LmaConfiguration | None) -> list[Effect]:
        """Have an unreachable route for each pool prefix, if they are wanted."""
        wanted: dict[IPv6Network, None] = {}
        if lma is not None and lma.aggregate_routes:
            pools = (*lma.home_network_prefix_pools, *lma.mobile_network_prefix_pools)
            wanted = {prefix: None for pool in pools for prefix in pool.prefixes}
        gone = [prefix for prefix in self.aggregates if prefix not in wanted]
        new = [prefix for prefix in wanted if prefix not in self.aggregates]
        self.aggregates = wanted
        return [
            *(RemoveAggregateRoute(prefix=prefix) for prefix in gone),
            *(InstallAggregateRoute(prefix=prefix) for prefix in new),
        ]
