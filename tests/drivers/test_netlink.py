"""Changes that are made together: all of them, in order, and each refusal is told."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.cli.demo.namespaces import entered
from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.kernel.netlink import Changes, Later, Netlink
from nf.drivers.kernel.routes import (
    EVERYTHING,
    Route,
    RouteKind,
    Way,
    dump_routes,
    install_route,
    place_of,
    remove_route,
    route_text,
)
from nf.drivers.kernel.srv6 import TUNNELS
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.events import Event
from nf.engine.kernel_effects import ConfigureDataPlane, InstallRoute, InstallTunnel, RemoveRoute
from nf.engine.values import Tunnel
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

HERE = IPv6Address("2001:db8::1")
UNREACHABLE = Way(RouteKind.UNREACHABLE)
PREFIXES = tuple(IPv6Network("2001:db8:1000::/48").subnets(new_prefix=57))[:300]


@pytest.fixture
def netlink(bench: Bench) -> Iterator[Netlink]:
    with entered(bench.here):
        made = Netlink()
    yield made
    made.close()


def install(prefix: IPv6Network, changes: Changes) -> None:
    install_route(changes, place_of(prefix, 100), UNREACHABLE)


def remove(prefix: IPv6Network, changes: Changes) -> None:
    remove_route(changes, place_of(prefix, 100), UNREACHABLE)


def found(netlink: Netlink) -> list[IPv6Network]:
    """Return where the routes of table 100 lead, which are all that there are."""
    routes = dict(dump_routes(netlink))
    prefixes = [prefix for prefix in PREFIXES if place_of(prefix, 100) in routes]
    assert routes == {place_of(prefix, 100): UNREACHABLE for prefix in prefixes}
    return prefixes


def test_more_changes_than_fit_at_once_are_all_made(netlink: Netlink) -> None:
    for prefix in PREFIXES:
        install(prefix, Later(netlink))
    assert found(netlink) == list(PREFIXES)
    assert netlink.flush() == []


def test_later_changes_come_after_earlier_ones(netlink: Netlink) -> None:
    for _ in range(3):
        install(PREFIXES[0], Later(netlink))
        remove(PREFIXES[0], Later(netlink))
    assert netlink.flush() == []
    assert found(netlink) == []


def test_what_is_refused_is_told_and_the_rest_is_made(netlink: Netlink) -> None:
    first, absent, last = PREFIXES[:3]
    install(first, Later(netlink))
    remove(absent, Later(netlink))
    install(last, Later(netlink))
    (refusal,) = netlink.flush()
    assert refusal.errno == errno.ESRCH
    assert refusal.operation == f"remove route {absent} table 100"
    assert found(netlink) == [first, last]


def test_a_refusal_is_told_even_if_something_else_was_asked_meanwhile(netlink: Netlink) -> None:
    remove(PREFIXES[0], Later(netlink))
    assert found(netlink) == []
    assert [refusal.errno for refusal in netlink.flush()] == [errno.ESRCH]


def test_what_may_be_gone_is_no_refusal(netlink: Netlink) -> None:
    remove(PREFIXES[0], Later(netlink, {errno.ESRCH}))
    assert netlink.flush() == []


def test_a_route_is_found_as_it_was_installed(bench: Bench, netlink: Netlink) -> None:
    source = IPv6Network("2001:db8:5::/48")
    routes = [
        Route(destination=PREFIXES[0], kind=RouteKind.BLACKHOLE, table=7),
        Route(destination=EVERYTHING, source=source, device="link0", table=100),
        Route(destination=EVERYTHING, device="link0", gateway=IPv6Address("fe80::1"), table=70_000),
    ]
    with entered(bench.here):
        for route in routes:
            install_route(netlink, route.place, route.way)
        assert dict(dump_routes(netlink)) == {route.place: route.way for route in routes}
    assert [route_text(route.place) for route in routes] == [
        f"route {PREFIXES[0]} table 7",
        "route ::/0 from 2001:db8:5::/48 table 100",
        "route ::/0 table 70000",
    ]
    for route in routes:
        remove_route(netlink, route.place, route.way)
    assert dict(dump_routes(netlink)) == {}


def test_routes_that_are_wanted_later_are_there_after_the_flush(bench: Bench) -> None:
    tunnel = Tunnel(local=HERE, remote=IPv6Address("2001:db8::2"))
    bench.here.ip("address", "add", f"{HERE}/64", "dev", "link0", "nodad")
    refused: list[Event] = []

    async def scene() -> None:
        driver = KernelDriver(refused.append)
        data_plane = DataPlaneConfiguration(driver=DriverName.SRV6, mtu=1400)
        driver.perform(ConfigureDataPlane(data_plane=data_plane))
        driver.perform(InstallTunnel(tunnel=tunnel))
        for prefix in PREFIXES:
            driver.perform_later(InstallRoute(prefix=prefix, tunnel=tunnel))
        for prefix in PREFIXES[1:]:
            driver.perform_later(RemoveRoute(prefix=prefix, tunnel=tunnel))
        await asyncio.sleep(0)
        netlink = Netlink()
        routes = dict(dump_routes(netlink))
        wanted = [prefix for prefix in PREFIXES if place_of(prefix, TUNNELS) in routes]
        assert wanted == [PREFIXES[0]]
        netlink.close()
        driver.drain()
        driver.close()

    bench.run(scene)
    assert refused == []
