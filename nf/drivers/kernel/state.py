"""What the kernel driver tells of itself to whoever asks for operational state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address

from nf.drivers.kernel.plan import Plan
from nf.engine.configuration import DriverName


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelState:
    """A tunnel, and how many prefixes are routed through it."""

    local: IPv6Address
    remote: IPv6Address
    routes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlaneState:
    """The tunnels by address; ``driver`` None: nothing yet has needed one.

    ``dropped``: packets out of tunnels, by reason; None: their sources are not looked at.
    """

    driver: DriverName | None
    tunnels: tuple[TunnelState, ...]
    dropped: Mapping[str, int] | None


def state_of(
    plan: Plan, driver: DriverName | None, dropped: Mapping[str, int] | None
) -> DataPlaneState:
    """Return the state of a plan; walks all its routes."""
    count = plan.routes_by_tunnel()
    tunnels = sorted(plan.tunnels, key=lambda each: (each.local, each.remote))
    return DataPlaneState(
        driver=driver,
        tunnels=tuple(
            TunnelState(local=each.local, remote=each.remote, routes=count[each])
            for each in tunnels
        ),
        dropped=dropped,
    )
