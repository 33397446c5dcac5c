"""Domains that are measured: one that forwards plainly, and one with a kernel driver."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv6Network
from pathlib import Path
from typing import Any, Final, cast

from nf.drivers.kernel.driver import KernelDriver
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.events import Event
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallAccessRoute,
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    KernelEffect,
)
from tests.kernel.domain import (
    CN,
    FROM_MAG1,
    HNP,
    MACHINES,
    MAG1,
    NODE_HNP,
    NODE_LINK_LOCAL,
    TO_MAG1,
    Domain,
    domain,
)

#: Where the many prefixes are drawn from.
POOL: Final = IPv6Network("2001:db8:4000::/36")
LENGTH: Final = 56
#: Small enough for the tunnel, so that both ways carry the same segments.
SEGMENT_SIZE: Final = 1300
_IPERF3_STARTS_S: Final = 0.3


def prefixes(number: int) -> list[IPv6Network]:
    """Return that many prefixes of the pool."""
    subnets = POOL.subnets(new_prefix=LENGTH)
    return [next(subnets) for _ in range(number)]


def perform(net: Domain, machine: str, *parts: Sequence[KernelEffect]) -> list[float]:
    """Perform effects as the daemon does, many at once; return the seconds that each part takes."""
    posted: list[Event] = []
    durations: list[float] = []

    async def run() -> None:
        driver = KernelDriver(posted.append)
        driver.perform(ConfigureDataPlane(data_plane=DataPlaneConfiguration(driver=net.driver)))
        for effects in parts:
            start = time.perf_counter()
            for effect in effects:
                driver.perform_later(effect)
            driver.flush()
            durations.append(time.perf_counter() - start)
        driver.close()

    with net.inside(machine):
        asyncio.run(run())
    if posted:
        raise RuntimeError(f"{machine}: {posted[:3]}")
    return durations


@contextmanager
def tunnelled(driver: DriverName, number: int) -> Iterator[Domain]:
    """Have a domain where that many prefixes are behind MAG 1, by a driver, filters on."""
    many = prefixes(number)
    with domain(driver) as net:
        _keep_neighbours(net)
        down = [InstallRoute(prefix=each, tunnel=TO_MAG1) for each in (HNP, *many)]
        pool = InstallAggregateRoute(prefix=POOL)
        perform(net, "lma", [pool, InstallTunnel(tunnel=TO_MAG1), *down])
        up: list[KernelEffect] = [InstallTunnel(tunnel=FROM_MAG1)]
        for each in (HNP, *many):
            next_hop = None if each == HNP else NODE_LINK_LOCAL
            up.append(InstallAccessRoute(prefix=each, link="access", next_hop=next_hop))
            up.append(InstallUplinkRoute(prefix=each, link="access", tunnel=FROM_MAG1))
        perform(net, "mag1", up)
        yield net


@contextmanager
def plain(number: int) -> Iterator[Domain]:
    """Have a domain of the same shape where LMA and MAG 1 forward like any router."""
    many = prefixes(number)
    with domain(DriverName.SRV6) as net:
        _keep_neighbours(net)
        net.batch("lma", *(f"route add {each} via {MAG1} dev core" for each in (HNP, *many)))
        by_node = (f"route add {each} via {NODE_LINK_LOCAL} dev access" for each in many)
        net.batch("mag1", f"route add {HNP} dev access", *by_node)
        yield net


def packet_rate(net: Domain, flood: Path, direction: str, number: int, seconds: float) -> float:
    """Return how many packets a second arrive out of a flood over that many prefixes.

    ``direction``: "to" the node or "from" it.
    """
    is_to = direction == "to"
    sender, receiver, device = ("cn", "node1", "mag") if is_to else ("node1", "cn", "lma")
    options = [str(POOL.network_address), str(number), str(LENGTH), CN, str(int(seconds * 1e3))]
    before = _received(net, receiver, device)
    start = time.perf_counter()
    net.run(sender, str(flood), direction, *options)
    return (_received(net, receiver, device) - before) / (time.perf_counter() - start)


def throughput(net: Domain, seconds: int) -> float:
    """Return the gigabits a second of one TCP connection from the correspondent to the node.

    iperf3 gives up now and then while it exchanges its results: then it is run again.
    """
    while True:
        received = _iperf3(net, seconds)["end"].get("sum_received")
        if received is not None:
            return float(received["bits_per_second"]) / 1e9


def _keep_neighbours(net: Domain) -> None:
    """Have no neighbour forgotten, since a router of this domain cannot ask for it again.

    Its devices have no link-local address to ask from for a packet that it forwards.
    """
    for machine in MACHINES:
        found = json.loads(net.ip(machine, "-json neigh show"))
        known = [(each["dst"], each["lladdr"], each["dev"]) for each in found if "lladdr" in each]
        kept = (f"{dst} lladdr {mac} dev {device}" for dst, mac, device in known)
        net.batch(machine, *(f"neigh replace {each} nud permanent" for each in kept))


def _iperf3(net: Domain, seconds: int) -> dict[str, Any]:
    command = [*net.enter("node1"), "iperf3", "-s", "-1"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(_IPERF3_STARTS_S)
    try:
        options = ["-t", str(seconds), "-M", str(SEGMENT_SIZE), "-J"]
        report = net.run("cn", "iperf3", "-6", "-c", NODE_HNP, *options, check=False)
    finally:
        server.terminate()
        server.wait()
    return cast(dict[str, Any], json.loads(report))


def _received(net: Domain, machine: str, device: str) -> int:
    (found,) = json.loads(net.ip(machine, f"-json -statistics link show {device}"))
    return int(found["stats64"]["rx"]["packets"])
