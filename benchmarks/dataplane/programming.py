"""How many routes a second get into the kernel: by the driver, and by iproute2."""

from __future__ import annotations

import time

from benchmarks.dataplane.arena import POOL, perform, prefixes
from nf.engine.configuration import DriverName
from nf.engine.kernel_effects import (
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    KernelEffect,
    RemoveRoute,
)
from tests.kernel.domain import MAG1, TO_MAG1, TO_MAG2, domain


def by_driver(driver: DriverName, number: int) -> dict[str, float]:
    """Return the rates of the driver: each prefix with its place in the source filter."""
    many = prefixes(number)
    start: list[KernelEffect] = [
        InstallAggregateRoute(prefix=POOL),
        InstallTunnel(tunnel=TO_MAG1),
        InstallTunnel(tunnel=TO_MAG2),
    ]
    added = [InstallRoute(prefix=each, tunnel=TO_MAG1) for each in many]
    moved = [InstallRoute(prefix=each, tunnel=TO_MAG2) for each in many]
    removed = [RemoveRoute(prefix=each, tunnel=TO_MAG2) for each in many]
    with domain(driver) as net:
        _, *durations = perform(net, "lma", start, added, moved, removed)
    rates = (number / each for each in durations)
    return dict(zip(("add", "move", "remove"), rates, strict=True))


def by_iproute(number: int) -> float:
    """Return the rate of ``ip -6 -batch`` with routes that name a nexthop object."""
    with domain(DriverName.SRV6) as net:
        net.ip("lma", f"nexthop add id 1 via {MAG1} dev core")
        commands = [f"route add {each} nhid 1" for each in prefixes(number)]
        start = time.perf_counter()
        net.batch("lma", *commands)
        return number / (time.perf_counter() - start)
