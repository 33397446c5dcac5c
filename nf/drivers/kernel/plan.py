"""What the engine wants of the data plane, in its own words: independent of how it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.packed_prefix import address_number
from nf.engine.kernel_effects import (
    InstallAccessRoute,
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    KernelEffect,
    ShareSource,
    SpreadRoute,
)
from nf.engine.values import Tunnel

_BITS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRoute:
    """Where a mobile node's prefix is on the access side."""

    link: str
    next_hop: IPv6Address | None


@dataclass(slots=True)
class Plan:
    """All that was asked for and not taken back; only ``KernelDriver`` writes it."""

    tunnels: set[Tunnel] = field(default_factory=set)
    routes: dict[IPv6Network, Tunnel] = field(default_factory=dict)
    #: All tunnels of a prefix that goes by several; the first one is its ``route``.
    spread: dict[IPv6Network, tuple[Tunnel, ...]] = field(default_factory=dict)
    #: Tunnels by which a prefix comes in, besides the one that it is routed into.
    shared: dict[IPv6Network, tuple[Tunnel, ...]] = field(default_factory=dict)
    aggregates: set[IPv6Network] = field(default_factory=set)
    #: By prefix and access link.
    uplinks: dict[IPv6Network, dict[str, Tunnel]] = field(default_factory=dict)
    #: How many prefixes each access link accepts.
    uplink_count: Counter[str] = field(default_factory=Counter)
    access_routes: dict[IPv6Network, AccessRoute] = field(default_factory=dict)
    #: Whether nodes here reach each other without their LMAs; nothing that could be cleared.
    is_routing_locally: bool = False

    @property
    def is_empty(self) -> bool:
        """True while nothing is wanted."""
        parts = (self.tunnels, self.routes, self.aggregates, self.uplinks, self.access_routes)
        return not any(parts)

    def clear(self) -> None:
        """Want nothing."""
        self.tunnels.clear()
        self.routes.clear()
        self.spread.clear()
        self.shared.clear()
        self.aggregates.clear()
        self.uplinks.clear()
        self.uplink_count.clear()
        self.access_routes.clear()

    def has_peer(self, remote: IPv6Address) -> bool:
        """Tell whether a tunnel leads to a peer."""
        return any(tunnel.remote == remote for tunnel in self.tunnels)

    def is_in_aggregate(self, prefix: IPv6Network) -> bool:
        """Tell whether an aggregate covers a prefix."""
        address = address_number(prefix)
        for each in self.aggregates:
            rest = _BITS - each.prefixlen
            is_same_start = address >> rest == int(each.network_address) >> rest
            if is_same_start and each.prefixlen <= prefix.prefixlen:
                return True
        return False

    def routes_within(self, aggregate: IPv6Network) -> list[IPv6Network]:
        """Return the routed prefixes that an aggregate covers; walks all routes."""
        return [prefix for prefix in self.routes if prefix.subnet_of(aggregate)]

    def add_uplink(self, prefix: IPv6Network, link: str, tunnel: Tunnel) -> None:
        """Accept a prefix on a link."""
        by_link = self.uplinks.setdefault(prefix, {})
        self.uplink_count[link] += link not in by_link
        by_link[link] = tunnel

    def remove_uplink(self, prefix: IPv6Network, link: str, tunnel: Tunnel) -> bool:
        """Accept it no longer; False if it was not accepted for this tunnel."""
        by_link = self.uplinks.get(prefix, {})
        if by_link.get(link) != tunnel:
            return False
        del by_link[link]
        if not by_link:
            del self.uplinks[prefix]
        self.uplink_count[link] -= 1
        return True

    def sources(self) -> Iterator[tuple[IPv6Network, str]]:
        """Yield the prefixes that are accepted, and the links where."""
        for prefix, by_link in self.uplinks.items():
            for link in by_link:
                yield prefix, link

    def effects(self) -> list[KernelEffect]:
        """Return effects that lead to this plan, each after what it needs."""
        effects: list[KernelEffect] = [InstallTunnel(tunnel=each) for each in self.tunnels]
        effects += [InstallAggregateRoute(prefix=each) for each in self.aggregates]
        single = ((p, t) for p, t in self.routes.items() if p not in self.spread)
        effects += [InstallRoute(prefix=p, tunnel=t) for p, t in single]
        effects += [SpreadRoute(prefix=p, tunnels=t) for p, t in self.spread.items()]
        effects += [ShareSource(prefix=p, tunnels=t) for p, t in self.shared.items()]
        for prefix, by_link in self.uplinks.items():
            for link, tunnel in by_link.items():
                effects.append(InstallUplinkRoute(prefix=prefix, link=link, tunnel=tunnel))
        for prefix, route in self.access_routes.items():
            link, next_hop = route.link, route.next_hop
            effects.append(InstallAccessRoute(prefix=prefix, link=link, next_hop=next_hop))
        return effects

    def routes_by_tunnel(self) -> Counter[Tunnel]:
        """Return how many prefixes use each tunnel, both directions; walks all routes."""
        count = Counter(self.routes.values())
        for tunnels in self.spread.values():
            count.update(tunnels[1:])
        for by_link in self.uplinks.values():
            count.update(by_link.values())
        return count
