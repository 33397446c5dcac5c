"""A mobile network that is reached by several gateways: flows are spread, and each sticks."""

from __future__ import annotations

import errno
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Final

import pytest

from nf.engine.configuration import MultihomingPolicy
from nf.engine.effects import Effect
from nf.engine.events import Started
from nf.engine.kernel_effects import (
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    KernelEffect,
    ReconcileKernel,
    RemoveRoute,
    RemoveTunnel,
    ShareSource,
    SpreadRoute,
)
from nf.engine.values import Tunnel
from tests.engine.lma.bench import CONFIGURATION, ROUTER, Bench, node
from tests.kernel.domain import (
    CN,
    HNP,
    LMA,
    MAG1,
    MAG2,
    MNP,
    NODE_HNP,
    NODE_MNP,
    POOL,
    TO_MAG1,
    TO_MAG2,
    Agent,
    Domain,
)
from tests.kernel.forged import header
from tests.kernel.test_reconciliation import flush, wait_until
from tests.kernel.wire import IPV6_IN_IPV6, Capture, capture

pytestmark = pytest.mark.kernel

#: A third gateway, which is the first one by another name.
MAG3: Final = IPv6Address("2001:db8:f::13")
TO_MAG3: Final = Tunnel(local=LMA, remote=MAG3)
#: By which UDP flows are told from each other.
PORTS: Final = range(20_000, 20_060)
_ETHERNET, _IPV6 = 14, 40
_POLICY: Final = "net.ipv6.fib_multipath_hash_policy"


def by_both() -> list[KernelEffect]:
    tunnels = (TO_MAG1, TO_MAG2)
    return [SpreadRoute(prefix=MNP, tunnels=tunnels), ShareSource(prefix=MNP, tunnels=tunnels)]


def start_lma(net: Domain) -> Agent:
    """Start the LMA with the mobile network behind both gateways."""
    lma = net.start_lma()
    lma.perform(InstallTunnel(tunnel=TO_MAG2), *by_both())
    return lma


def start_third(net: Domain, lma: Agent) -> None:
    net.ip("mag1", f"address add {MAG3}/64 dev core nodad")
    lma.perform(InstallTunnel(tunnel=TO_MAG3))


def ways(net: Domain, ports: Iterable[int] = PORTS) -> dict[int, IPv6Address]:
    """Send a packet of each flow; return the gateways that they were sent to."""
    with capture(net, "lma", "core") as wire:
        expected = send_flows(net, ports)
        taken = dict(_datagrams(wire))
    assert set(taken) == expected
    return taken


def groups(net: Domain) -> list[str]:
    """Return the nexthop groups that there are, in words."""
    listing = net.run("lma", "ip", "nexthop").splitlines()
    return [line for line in listing if " group " in line]


def send_flows(net: Domain, ports: Iterable[int]) -> set[int]:
    """Send a packet of each flow to the mobile network, and wait until they are through."""
    sent = set(ports)
    raw = socket.SOCK_RAW, socket.IPPROTO_RAW
    with net.inside("cn"), socket.socket(socket.AF_INET6, *raw) as sender:
        for port in sent:
            udp = port.to_bytes(2, "big") + bytes.fromhex("000900080001")
            sender.sendto(header(CN, NODE_MNP, socket.IPPROTO_UDP, udp), (NODE_MNP, 0))
    assert net.pings("cn", str(LMA))
    return sent


def _datagrams(wire: Capture) -> list[tuple[int, IPv6Address]]:
    """Return source port and gateway of what was sent to the mobile network by tunnel."""
    found: list[tuple[int, IPv6Address]] = []
    for frame in wire.frames():
        outer, inner = frame[_ETHERNET:], frame[_ETHERNET + _IPV6 :]
        is_tunnelled = outer[6] == IPV6_IN_IPV6 and inner[6] == socket.IPPROTO_UDP
        if is_tunnelled and str(IPv6Address(inner[24:40])) == NODE_MNP:
            port = int.from_bytes(inner[_IPV6 : _IPV6 + 2], "big")
            found.append((port, IPv6Address(outer[24:40])))
    return found


@pytest.mark.rfc("draft-nemo §3.2", "draft-nemo §3.4.1")
class TestSpreadRoute:
    def test_sends_each_flow_by_one_gateway_and_some_by_each(self, net: Domain) -> None:
        start_lma(net)
        first = ways(net)
        assert set(first.values()) == {MAG1, MAG2}
        assert ways(net) == first == ways(net, reversed(PORTS))

    def test_brings_every_packet_to_the_router(self, net: Domain) -> None:
        start_lma(net)
        net.start_mag(1)
        net.start_mag(2)
        with capture(net, "node1", "mag") as one, capture(net, "node2", "mag") as other:
            sent = send_flows(net, PORTS)
            arrived = [
                [p for p in each.packets() if str(p.destination) == NODE_MNP]
                for each in (one, other)
            ]
        assert all(arrived)
        assert sum(len(each) for each in arrived) == len(sent)

    def test_leaves_the_home_network_where_it_is(self, net: Domain) -> None:
        start_lma(net)
        net.start_mag(1)
        assert net.pings("cn", NODE_HNP)
        assert len(groups(net)) == 1

    @pytest.mark.parametrize("lost", [TO_MAG1, TO_MAG2], ids=["first", "second"])
    def test_ends_with_all_flows_by_the_tunnel_that_is_left(
        self, net: Domain, lost: Tunnel
    ) -> None:
        lma = start_lma(net)
        left = TO_MAG2 if lost is TO_MAG1 else TO_MAG1
        moved = [InstallRoute(prefix=each, tunnel=left) for each in (HNP, MNP)]
        lma.perform(*moved, ShareSource(prefix=MNP, tunnels=()), RemoveTunnel(tunnel=lost))
        assert set(ways(net).values()) == {left.remote}
        assert groups(net) == []

    def test_loses_no_packet_when_ways_come_and_go(self, net: Domain) -> None:
        lma = start_lma(net)
        net.start_mag(1)
        net.start_mag(2)
        command = ["ping", "-6", "-n", "-c", "300", "-i", "0.002", "-W", "1", NODE_MNP]
        stream = subprocess.Popen([*net.enter("cn"), *command], stdout=subprocess.PIPE, text=True)
        assert stream.stdout is not None
        while stream.poll() is None:
            for tunnel in (TO_MAG2, TO_MAG1):
                lma.perform(InstallRoute(prefix=MNP, tunnel=tunnel), *by_both())
        assert "300 received, 0% packet loss" in stream.communicate()[0]

    def test_may_be_removed_whole(self, net: Domain) -> None:
        lma = start_lma(net)
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1))
        assert "Destination unreachable" in net.ping("cn", NODE_MNP)
        assert groups(net) == []

    def test_is_refused_over_a_tunnel_that_is_not_there(self, net: Domain) -> None:
        lma = net.start_lma()
        both = SpreadRoute(prefix=MNP, tunnels=(TO_MAG1, TO_MAG3))
        assert lma.refusal(both) in (errno.ENOENT, errno.ENODEV)
        assert net.pings("cn", str(LMA))

    def test_counts_for_each_of_its_tunnels(self, net: Domain) -> None:
        state = start_lma(net).call("state")
        assert isinstance(state, dict)
        tunnels = state["tunnels"]
        assert isinstance(tunnels, list)
        assert [each["routes"] for each in tunnels if isinstance(each, dict)] == [2, 1]


class TestThirdWay:
    def test_that_is_lost_moves_its_own_flows_only(self, net: Domain) -> None:
        lma = start_lma(net)
        start_third(net, lma)
        lma.perform(SpreadRoute(prefix=MNP, tunnels=(TO_MAG1, TO_MAG3, TO_MAG2)))
        before = ways(net)
        assert set(before.values()) == {MAG1, MAG2, MAG3}
        lma.perform(SpreadRoute(prefix=MNP, tunnels=(TO_MAG1, TO_MAG2)))
        after = ways(net)
        assert set(after.values()) == {MAG1, MAG2}
        assert [p for p in PORTS if after[p] != before[p]] == [
            p for p in PORTS if before[p] == MAG3
        ]

    def test_that_comes_takes_no_flow_that_is_under_way(self, net: Domain) -> None:
        lma = start_lma(net)
        start_third(net, lma)
        before = ways(net)
        lma.perform(SpreadRoute(prefix=MNP, tunnels=(TO_MAG1, TO_MAG2, TO_MAG3)))
        assert ways(net) == before

    def test_moves_no_flow_of_another_prefix(self, net: Domain) -> None:
        lma = start_lma(net)
        lma.perform(SpreadRoute(prefix=HNP, tunnels=(TO_MAG1, TO_MAG2)))
        before = ways(net)
        lma.perform(InstallRoute(prefix=HNP, tunnel=TO_MAG1))
        assert ways(net) == before


class TestRestart:
    def test_changes_nothing_and_moves_no_flow(self, net: Domain) -> None:
        start_lma(net).kill()
        before, dump = ways(net), (net.dump("lma"), groups(net))
        again = net.start("lma")
        again.perform(*self._as_restored(), ReconcileKernel())
        assert (net.dump("lma"), groups(net)) == dump
        assert ways(net) == before
        assert again.call("posted") == []

    def test_removes_a_group_that_is_not_wanted_any_more(self, net: Domain) -> None:
        start_lma(net).kill()
        net.start_lma().perform(ReconcileKernel())
        assert set(ways(net).values()) == {MAG1}
        assert groups(net) == []

    def test_puts_back_a_group_that_somebody_removed(self, net: Domain) -> None:
        lma = start_lma(net)
        flush(net, "lma")
        lma.perform(ReconcileKernel())
        assert set(ways(net).values()) == {MAG1, MAG2}

    def test_puts_right_a_group_that_somebody_changed(self, net: Domain) -> None:
        lma = start_lma(net)
        (group,) = groups(net)
        _, number, _, members, *_ = group.split()
        one = members.partition("/")[0]
        change = f"nexthop replace id {number} group {one} type resilient proto 223"
        net.run("lma", "ip", *change.split())
        lma.perform(ReconcileKernel())
        assert set(ways(net).values()) == {MAG1, MAG2}

    def test_finds_the_ways_again_when_devices_are_lost(self, net: Domain) -> None:
        start_lma(net)
        net.run("lma", "ip", "link", "delete", "group", "223")
        wait_until(lambda: len(groups(net)) == 1)
        wait_until(lambda: str(MNP) in net.batch("lma", "route show table all proto 223"))
        assert set(ways(net).values()) == {MAG1, MAG2}

    def test_leaves_nothing_behind_after_a_drain(self, net: Domain) -> None:
        before = net.dump("lma")
        start_lma(net).kill()
        net.start("lma").call("drain")
        assert net.dump("lma") == before
        assert groups(net) == []

    @staticmethod
    def _as_restored() -> list[KernelEffect]:
        """Return what an LMA wants that finds the same sessions in its store."""
        return [
            InstallAggregateRoute(prefix=POOL),
            InstallTunnel(tunnel=TO_MAG1),
            InstallTunnel(tunnel=TO_MAG2),
            InstallRoute(prefix=HNP, tunnel=TO_MAG1),
            *by_both(),
        ]


class TestFlows:
    @pytest.mark.parametrize(("found", "left"), [(0, 1), (2, 2)])
    def test_are_told_apart_by_ports_unless_somebody_wants_it_otherwise(
        self, net: Domain, found: int, left: int
    ) -> None:
        net.run("lma", "sysctl", "-qw", f"{_POLICY}={found}")
        lma = net.start_lma()
        assert net.run("lma", "sysctl", "-n", _POLICY) == f"{found}\n"
        lma.perform(InstallTunnel(tunnel=TO_MAG2), *by_both())
        assert net.run("lma", "sysctl", "-n", _POLICY) == f"{left}\n"


class TestSessions:
    """What the rules of the LMA make of a router's sessions, in a real kernel."""

    @pytest.mark.parametrize(
        ("policy", "with_both", "with_both_again"),
        [
            (MultihomingPolicy.MOST_RECENT, {MAG2}, {MAG1}),
            (MultihomingPolicy.EQUAL_COST, {MAG1, MAG2}, {MAG1, MAG2}),
            (MultihomingPolicy.PRIMARY_BACKUP, {MAG1}, {MAG1}),
        ],
        ids=[each.value for each in MultihomingPolicy],
    )
    def test_go_by_what_their_policy_says(
        self,
        net: Domain,
        policy: MultihomingPolicy,
        with_both: set[IPv6Address],
        with_both_again: set[IPv6Address],
    ) -> None:
        profile = replace(ROUTER, multihoming_policy=policy)
        moving = node(mobile_network_prefixes=(MNP,))
        bench = Bench(CONFIGURATION, profile, moving, start=False)
        lma = net.start("lma")

        def ways_after(effects: list[Effect]) -> set[IPv6Address]:
            lma.perform(*(each for each in effects if isinstance(each, KernelEffect)))
            return set(ways(net).values())

        started = bench.handle(Started())
        second = {"mobile_node_link_layer_identifier": b"\2\0\0\0\0\2", "handoff_indicator": 1}
        assert ways_after([*started, *bench.send(MAG1)]) == {MAG1}
        assert ways_after(bench.send(MAG2, **second)) == with_both
        assert ways_after(bench.send(MAG1, lifetime_s=0)) == {MAG2}
        assert ways_after(bench.send(MAG1)) == with_both_again
