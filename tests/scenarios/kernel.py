"""A kernel that remembers what it was asked for and refuses what makes no sense.

It outlives its daemon: what a crashed one left behind is stale until the next one has installed it
again, or says with ReconcileKernel that the rest may go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from typing import TypeAlias

from nf.engine.effects import Effect
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallAccessRoute,
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    ReconcileKernel,
    RemoveAccessRoute,
    RemoveAggregateRoute,
    RemoveRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
    SetLocalRouting,
    ShareSource,
    SpreadRoute,
)
from nf.engine.values import Tunnel
from tests.scenarios.faults import require

#: A prefix on a link: what uplink and access routes are known by.
Place: TypeAlias = tuple[IPv6Network, str]


@dataclass(slots=True)
class Tables:
    """What is installed."""

    tunnels: dict[Tunnel, None] = field(default_factory=dict)
    #: The tunnels that a prefix is routed into; more than one where it is spread.
    routes: dict[IPv6Network, tuple[Tunnel, ...]] = field(default_factory=dict)
    #: The tunnels by which a prefix comes in besides.
    sources: dict[IPv6Network, tuple[Tunnel, ...]] = field(default_factory=dict)
    aggregates: dict[IPv6Network, None] = field(default_factory=dict)
    uplinks: dict[Place, Tunnel] = field(default_factory=dict)
    access: dict[Place, IPv6Address | None] = field(default_factory=dict)


class VirtualKernel:
    """The tables of one host."""

    def __init__(self) -> None:
        self.tables = Tables()
        #: What a former daemon installed and nobody has asked for since.
        self.stale = Tables()

    def outlive_daemon(self) -> None:
        """Keep what the daemon installed, which nobody answers for now."""
        self.stale, self.tables = self.tables, Tables()

    def perform(self, effect: Effect) -> None:
        """Do what an effect asks of the kernel; raises BrokenRuleError where it makes no sense."""
        match effect:
            case InstallTunnel():
                require(effect.tunnel not in self.tables.tunnels, "there already:", effect)
                self.tables.tunnels[effect.tunnel] = None
            case RemoveTunnel():
                self._remove_tunnel(effect)
            case InstallRoute():
                self._route(effect, effect.prefix, (effect.tunnel,))
            case SpreadRoute():
                require(len(effect.tunnels) > 1, "spread over nothing:", effect)
                self._route(effect, effect.prefix, effect.tunnels)
            case RemoveRoute():
                gone = self.tables.routes.pop(effect.prefix, ())
                require(gone == (effect.tunnel,), "not there:", effect, "but", gone)
            case ShareSource():
                self._share(effect)
            case InstallUplinkRoute() | RemoveUplinkRoute():
                self._change_uplink(effect)
            case InstallAccessRoute() | RemoveAccessRoute():
                self._change_access(effect)
            case InstallAggregateRoute() | RemoveAggregateRoute():
                self._change_aggregate(effect)
            case ReconcileKernel():
                self.stale = Tables()
            case ConfigureDataPlane() | SetLocalRouting():
                pass

    def _route(self, effect: Effect, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> None:
        require(self.tables.tunnels.keys() >= set(tunnels), "no such tunnel:", effect)
        require(self.tables.routes.get(prefix) != tunnels, "there already:", effect)
        self.tables.routes[prefix] = tunnels

    def _share(self, effect: ShareSource) -> None:
        require(self.tables.tunnels.keys() >= set(effect.tunnels), "no such tunnel:", effect)
        before = self.tables.sources.pop(effect.prefix, ())
        require(before != effect.tunnels, "shared already:", effect)
        if effect.tunnels:
            self.tables.sources[effect.prefix] = effect.tunnels

    def _remove_tunnel(self, effect: RemoveTunnel) -> None:
        require(effect.tunnel in self.tables.tunnels, "not there:", effect)
        for used in (self.tables.routes, self.tables.sources):
            users = [prefix for prefix, tunnels in used.items() if effect.tunnel in tunnels]
            require(not users, "prefixes use it:", effect, users)
        require(effect.tunnel not in self.tables.uplinks.values(), "uplinks use it:", effect)
        del self.tables.tunnels[effect.tunnel]

    def _change_uplink(self, effect: InstallUplinkRoute | RemoveUplinkRoute) -> None:
        place = (effect.prefix, effect.link)
        if isinstance(effect, InstallUplinkRoute):
            require(effect.tunnel in self.tables.tunnels, "no such tunnel:", effect)
            require(place not in self.tables.uplinks, "there already:", effect)
            self.tables.uplinks[place] = effect.tunnel
        else:
            gone = self.tables.uplinks.pop(place, None)
            require(gone == effect.tunnel, "not there:", effect, "but", gone)

    def _change_access(self, effect: InstallAccessRoute | RemoveAccessRoute) -> None:
        place = (effect.prefix, effect.link)
        if isinstance(effect, InstallAccessRoute):
            require(place not in self.tables.access, "there already:", effect)
            self.tables.access[place] = effect.next_hop
        else:
            require(place in self.tables.access, "not there:", effect)
            del self.tables.access[place]

    def _change_aggregate(self, effect: InstallAggregateRoute | RemoveAggregateRoute) -> None:
        if isinstance(effect, InstallAggregateRoute):
            require(effect.prefix not in self.tables.aggregates, "there already:", effect)
            self.tables.aggregates[effect.prefix] = None
        else:
            require(effect.prefix in self.tables.aggregates, "not there:", effect)
            del self.tables.aggregates[effect.prefix]
