"""Nexthop groups of a kernel driver that performs effects as the daemon does: many at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from ipaddress import IPv6Network
from pathlib import Path

import pytest

from nf.drivers.kernel import paths
from nf.drivers.kernel.netlink import Netlink
from nf.drivers.kernel.nexthops import NexthopGroup, dump_groups
from nf.engine.kernel_effects import InstallRoute, RemoveRoute, RemoveTunnel, SpreadRoute
from tests.drivers import test_kernel_restart
from tests.drivers.conftest import Bench
from tests.drivers.test_kernel_restart import (
    INSTALLING,
    NEW_ROUTE,
    OTHER,
    PREFIXES,
    TUNNEL,
    Listening,
    address,
    installed,
    routed,
    started,
)

__all__ = ["address"]

pytestmark = pytest.mark.kernel

DELETE_NEXTHOP = 105
BOTH = (TUNNEL, OTHER)


def spread(prefixes: tuple[IPv6Network, ...] = PREFIXES) -> list[SpreadRoute]:
    return [SpreadRoute(prefix=prefix, tunnels=BOTH) for prefix in prefixes]


def groups() -> dict[int, NexthopGroup]:
    with contextlib.closing(Netlink()) as netlink:
        return {group.id: group for group in dump_groups(netlink)}


def test_each_prefix_has_a_group_of_its_own_and_a_restart_installs_none_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        with started(bench, monkeypatch, *spread()):
            before, routes = groups(), routed()
        assert set(before) == set(routes.values())
        assert len(before) == len(PREFIXES)
        assert all(len(group.members) == 2 for group in before.values())
        with started(bench, monkeypatch, *spread()) as (_, asked):
            assert {kind: asked[kind] for kind in INSTALLING} == dict.fromkeys(INSTALLING, 0)
        assert (groups(), routed()) == (before, routes)

    bench.run(scene)
    assert bench.events == []


def test_routes_that_wait_for_each_other_end_as_they_were_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = PREFIXES[0]

    async def scene() -> None:
        with started(bench, monkeypatch, *installed()) as (driver, _):
            (alone,) = {*routed().values()}
            for effect in spread():
                driver.perform_later(effect)
            driver.perform_later(InstallRoute(prefix=prefix, tunnel=TUNNEL))
            driver.perform_later(RemoveRoute(prefix=PREFIXES[1], tunnel=TUNNEL))
            driver.flush()
            routes = routed()
            assert routes.pop(prefix) == alone
            assert PREFIXES[1] not in routes
            assert set(routes.values()) == set(groups())

    bench.run(scene)
    assert bench.events == []


def test_group_goes_after_its_route_has_another_way_and_before_its_tunnel(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    watch(monkeypatch, order.append)

    async def scene() -> None:
        with started(bench, monkeypatch, *spread(PREFIXES[:1])) as (driver, _):
            order.clear()
            driver.perform_later(InstallRoute(prefix=PREFIXES[0], tunnel=TUNNEL))
            driver.perform_later(RemoveTunnel(tunnel=OTHER))
            driver.flush()
            assert groups() == {}
            assert list(routed()) == [PREFIXES[0]]

    bench.run(scene)
    assert order.index("route") < order.index("nexthop")


def test_prefix_is_spread_also_where_flows_may_not_be_told_apart(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "_HASH_POLICY", tmp_path / "is-not-there")

    async def scene() -> None:
        with started(bench, monkeypatch, *spread(PREFIXES[:1])):
            assert set(routed().values()) == set(groups())

    bench.run(scene)
    assert bench.events == []
    assert "flow labels" in caplog.text


def watch(monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]) -> None:
    """Tell of each route that is installed and each nexthop object that is removed."""
    words = {NEW_ROUTE: "route", DELETE_NEXTHOP: "nexthop"}

    class Telling(Listening):
        def send(self, data: bytes) -> int:
            before = self.asked.copy()
            sent = super().send(data)
            for kind, word in words.items():
                for _ in range(self.asked[kind] - before[kind]):
                    tell(word)
            return sent

    monkeypatch.setattr(test_kernel_restart, "Listening", Telling)
