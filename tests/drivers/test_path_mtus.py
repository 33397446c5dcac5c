"""Looking at the paths of many tunnels leaves everybody else their turn."""

from __future__ import annotations

import asyncio
from ipaddress import IPv6Address
from typing import cast

import pytest

from nf.drivers.kernel import path_mtus
from nf.drivers.kernel.netlink import Netlink
from nf.drivers.kernel.path_mtus import PathMtus
from nf.drivers.kernel.tunnel import TunnelDriver
from nf.engine.values import Tunnel

TUNNELS = [
    Tunnel(local=IPv6Address("2001:db8::1"), remote=IPv6Address(0x20010DB8 << 96 | 0x10000 + n))
    for n in range(1000)
]


class Sight:
    """Which tunnels were looked at, turn by turn of the event loop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns: list[list[Tunnel]] = [[]]
        monkeypatch.setattr(path_mtus, "known_inner_mtu", self._see)

    def _see(self, _netlink: Netlink, tunnel: Tunnel) -> None:
        self.turns[-1].append(tunnel)

    def mtus(self) -> PathMtus:
        def no_driver() -> TunnelDriver:
            raise AssertionError("no path is known, so none has changed")

        return PathMtus(cast(Netlink, None), TUNNELS, no_driver, _fail, _fail)

    async def until_all_are_seen(self) -> None:
        while {tunnel for turn in self.turns for tunnel in turn} != set(TUNNELS):
            await asyncio.sleep(0)
            self.turns.append([])


def _fail(word: object) -> None:
    raise AssertionError(word)


def test_all_are_looked_at_soon_but_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act() -> Sight:
        sight = Sight(monkeypatch)
        mtus = sight.mtus()
        mtus.watch()
        mtus.look_soon()
        await asyncio.wait_for(sight.until_all_are_seen(), 10)
        mtus.close()
        return sight

    assert max(map(len, asyncio.run(act()).turns)) <= path_mtus.SLICE


def test_whoever_waits_is_looked_at_first_when_devices_change_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def act() -> Sight:
        sight = Sight(monkeypatch)
        mtus = sight.mtus()
        mtus.watch()
        while len({tunnel for turn in sight.turns for tunnel in turn}) < len(TUNNELS):
            mtus.look_soon()
            await asyncio.sleep(0)
            sight.turns.append([])
        mtus.close()
        return sight

    sight = asyncio.run(asyncio.wait_for(act(), 10))
    assert sum(map(len, sight.turns)) < 2 * len(TUNNELS)
