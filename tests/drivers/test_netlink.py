"""Changes that are made together: all of them, in order, and each refusal is told."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.cli.demo.namespaces import entered
from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.kernel.netlink import Later, Netlink
from nf.drivers.kernel.routes import Route, RouteKind, dump_routes
from nf.drivers.kernel.srv6 import TUNNELS
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.effects import ConfigureDataPlane, InstallRoute, InstallTunnel, RemoveRoute
from nf.engine.events import Event
from nf.engine.values import Tunnel
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

HERE = IPv6Address("2001:db8::1")
PREFIXES = tuple(IPv6Network("2001:db8:1000::/48").subnets(new_prefix=57))[:300]


@pytest.fixture
def netlink(bench: Bench) -> Iterator[Netlink]:
    with entered(bench.here):
        made = Netlink()
    yield made
    made.close()


def unreachable(prefix: IPv6Network) -> Route:
    return Route(destination=prefix, table=100, kind=RouteKind.UNREACHABLE)


def test_more_changes_than_fit_at_once_are_all_made(netlink: Netlink) -> None:
    for prefix in PREFIXES:
        unreachable(prefix).install(Later(netlink))
    assert list(dump_routes(netlink)) == [unreachable(prefix) for prefix in PREFIXES]
    assert netlink.flush() == []


def test_later_changes_come_after_earlier_ones(netlink: Netlink) -> None:
    route, later = unreachable(PREFIXES[0]), Later(netlink)
    for _ in range(3):
        route.install(later)
        route.remove(later)
    assert netlink.flush() == []
    assert list(dump_routes(netlink)) == []


def test_what_is_refused_is_told_and_the_rest_is_made(netlink: Netlink) -> None:
    first, absent, last = (unreachable(prefix) for prefix in PREFIXES[:3])
    first.install(Later(netlink))
    absent.remove(Later(netlink))
    last.install(Later(netlink))
    (refusal,) = netlink.flush()
    assert refusal.errno == errno.ESRCH
    assert refusal.operation == f"remove route {absent.destination} table 100"
    assert list(dump_routes(netlink)) == [first, last]


def test_a_refusal_is_told_even_if_something_else_was_asked_meanwhile(netlink: Netlink) -> None:
    unreachable(PREFIXES[0]).remove(Later(netlink))
    assert list(dump_routes(netlink)) == []
    assert [refusal.errno for refusal in netlink.flush()] == [errno.ESRCH]


def test_what_may_be_gone_is_no_refusal(netlink: Netlink) -> None:
    unreachable(PREFIXES[0]).remove(Later(netlink, {errno.ESRCH}))
    assert netlink.flush() == []


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
        routes = [each for each in dump_routes(netlink) if each.table == TUNNELS]
        assert [each.destination for each in routes if each.nexthop_id] == [PREFIXES[0]]
        netlink.close()
        driver.drain()
        driver.close()

    bench.run(scene)
    assert refused == []
