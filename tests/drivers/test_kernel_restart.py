"""A kernel driver that starts anew: what a former run left is used, put right, or removed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.kernel.mending import SLICE
from nf.drivers.kernel.netlink import Netlink
from nf.drivers.kernel.octets import messages
from nf.drivers.kernel.routes import dump_routes, place_of
from nf.drivers.kernel.srv6 import TUNNELS
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallRoute,
    InstallTunnel,
    KernelEffect,
    ReconcileKernel,
)
from nf.engine.values import Tunnel
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

HERE = IPv6Address("2001:db8::1")
TUNNEL, OTHER = (Tunnel(local=HERE, remote=HERE + number) for number in (1, 2))
PREFIXES = tuple(IPv6Network("2001:db8:1000::/48").subnets(new_prefix=59))[: 3 * SLICE]
START: list[KernelEffect] = [
    ConfigureDataPlane(data_plane=DataPlaneConfiguration(driver=DriverName.SRV6, mtu=1400)),
    InstallTunnel(tunnel=TUNNEL),
    InstallTunnel(tunnel=OTHER),
]
NEW_LINK, NEW_ROUTE, DELETE_ROUTE, NEW_RULE, NEW_NEXTHOP = 16, 24, 25, 32, 104
INSTALLING = {NEW_LINK, NEW_ROUTE, NEW_RULE, NEW_NEXTHOP}


@pytest.fixture(autouse=True)
def address(bench: Bench) -> None:
    bench.here.ip("address", "add", f"{HERE}/64", "dev", "link0", "nodad")


class Listening:
    """Counts what is asked of the kernel, by the kind of the message."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self.asked: Counter[int] = Counter()

    def send(self, data: bytes) -> int:
        self.asked.update(message.kind for message in messages(data))
        return self._real.send(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@contextlib.contextmanager
def started(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *effects: KernelEffect
) -> Iterator[tuple[KernelDriver, Counter[int]]]:
    """Yield a driver that has performed effects as a daemon does, and what it asked for."""
    driver = KernelDriver(bench.events.append, grace_s=0.01)
    listening = Listening(driver._netlink._socket)
    monkeypatch.setattr(driver._netlink, "_socket", listening)
    driver.watch()
    for effect in (*START, *effects):
        driver.perform_later(effect)
    driver.flush()
    yield driver, listening.asked
    driver.close()


def installed(prefixes: tuple[IPv6Network, ...] = PREFIXES) -> list[InstallRoute]:
    return [InstallRoute(prefix=prefix, tunnel=TUNNEL) for prefix in prefixes]


def routed() -> dict[IPv6Network, int | None]:
    """Return the nexthop object of each prefix that is routed."""
    with contextlib.closing(Netlink()) as netlink:
        routes = dict(dump_routes(netlink))
    places = {prefix: place_of(prefix, TUNNELS) for prefix in PREFIXES}
    return {prefix: routes[at].nexthop_id for prefix, at in places.items() if at in routes}


def test_what_is_there_as_it_should_be_is_not_installed_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with started(bench, monkeypatch, *installed()) as (_, asked):
            assert asked[NEW_ROUTE] >= 2 * len(PREFIXES)
        before = routed()
        with started(bench, monkeypatch, *installed()) as (_, asked):
            assert {kind: asked[kind] for kind in INSTALLING} == dict.fromkeys(INSTALLING, 0)
        assert routed() == before
        assert len(before) == len(PREFIXES)

    bench.run(scene)
    assert bench.events == []


def test_what_has_another_way_now_is_put_right(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with started(bench, monkeypatch, *installed()):
            before = routed()
        moved = InstallRoute(prefix=PREFIXES[0], tunnel=OTHER)
        with started(bench, monkeypatch, *installed(PREFIXES[1:]), moved) as (_, asked):
            assert asked[NEW_ROUTE] == 1
        after = routed()
        assert after.pop(PREFIXES[0]) != before.pop(PREFIXES[0])
        assert after == before

    bench.run(scene)


def test_what_nobody_wants_goes_after_the_grace_while_others_have_their_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with started(bench, monkeypatch, *installed()):
            pass
        with started(bench, monkeypatch, *installed(PREFIXES[:1])) as (driver, asked):
            driver.perform_later(ReconcileKernel())
            assert len(routed()) == len(PREFIXES)
            counts = {0}
            while len(routed()) > 1:
                counts.add(asked[DELETE_ROUTE])
                await asyncio.sleep(0)
            assert list(routed()) == [PREFIXES[0]]
            assert len(counts) > 2

    bench.run(scene)
    assert bench.events == []


def test_a_device_of_our_own_making_is_not_taken_for_one_that_was_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with started(bench, monkeypatch, *installed()) as (_, asked):
            before = asked.copy()
            for _ in range(50):
                await asyncio.sleep(0)
            assert asked == before

    bench.run(scene)


def test_what_was_lost_along_with_a_device_is_installed_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with started(bench, monkeypatch, *installed()):
            pass
        with started(bench, monkeypatch, *installed(PREFIXES[1:])) as (driver, _):
            driver.perform_later(ReconcileKernel())
            bench.here.ip("link", "delete", "pmip6-tx")
            assert routed() == {}
            await bench.until(lambda: len(routed()) == len(PREFIXES) - 1)
            driver.perform_later(InstallRoute(prefix=PREFIXES[0], tunnel=TUNNEL))
            driver.flush()
            assert len(routed()) == len(PREFIXES)

    bench.run(scene)
