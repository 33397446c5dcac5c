"""Packets between two nodes of one MAG: by way of the LMA, or straight from link to link."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Final

import pytest

from nf.engine.kernel_effects import (
    InstallAccessRoute,
    InstallRoute,
    InstallUplinkRoute,
    KernelEffect,
    ReconcileKernel,
    RemoveUplinkRoute,
    SetLocalRouting,
)
from tests.kernel.domain import CN, FROM_MAG1, MNP, NODE_HNP, NODE_MNP, TO_MAG1, Agent, Domain
from tests.kernel.forged import FOREIGN, datagram, send
from tests.kernel.wire import Capture, capture

pytestmark = pytest.mark.kernel

#: The second node, and what it has: it is on another access link of MAG 1.
NEIGHBOUR: Final = "node2"
LINK: Final = "access2"
HOME: Final = IPv6Network("2001:db8:2::/64")
MOBILE: Final = IPv6Network("2001:db8:a2::/56")
LINK_LOCAL: Final = IPv6Address("fe80::22")
AT_HOME: Final = "2001:db8:2::2"
INSIDE: Final = "2001:db8:a2::2"
ON: Final = SetLocalRouting(enabled=True)
OFF: Final = SetLocalRouting(enabled=False)


def neighbour_effects() -> list[KernelEffect]:
    """Return what the second node's registration asks of MAG 1."""
    uplinks = [InstallUplinkRoute(prefix=p, link=LINK, tunnel=FROM_MAG1) for p in (HOME, MOBILE)]
    return [
        InstallAccessRoute(prefix=HOME, link=LINK, next_hop=None),
        InstallAccessRoute(prefix=MOBILE, link=LINK, next_hop=LINK_LOCAL),
        *uplinks,
    ]


def connect(net: Domain) -> None:
    """Have the second node on a second access link of MAG 1."""
    peer = f"peer name near netns {net.namespace(NEIGHBOUR)}"
    net.batch("mag1", f"link add {LINK} type veth {peer}")
    net.batch(
        "mag1",
        f"link set {LINK} addrgenmode none",
        f"link set {LINK} up",
        f"address add fe80::1/64 dev {LINK} nodad",
    )
    net.batch(
        NEIGHBOUR,
        "link set mag down",
        "link set near addrgenmode none",
        "link set near up",
        f"address add {LINK_LOCAL}/64 dev near nodad",
        f"address add {AT_HOME}/64 dev near nodad",
        f"address add {INSIDE}/128 dev near nodad",
        "route add default via fe80::1 dev near",
    )


def start(net: Domain) -> Agent:
    """Have both nodes registered; return MAG 1."""
    connect(net)
    lma = net.start_lma()
    lma.perform(*(InstallRoute(prefix=each, tunnel=TO_MAG1) for each in (HOME, MOBILE)))
    mag = net.start_mag(1)
    mag.perform(*neighbour_effects())
    return mag


def crossings(wire: Capture) -> int:
    """Return how many tunnelled packets of the second node were seen."""
    inner = [packet.inner for packet in wire.packets() if packet.inner is not None]
    ends = [{str(each.source), str(each.destination)} for each in inner]
    return sum(bool(each & {AT_HOME, INSIDE}) for each in ends)


class TestWithoutLocalRouting:
    @pytest.mark.rfc("5213 §6.10.3", "5213 §9.2")
    def test_all_packets_go_by_way_of_the_lma(self, net: Domain) -> None:
        start(net)
        with capture(net, "mag1", "core") as wire:
            assert net.pings("node1", INSIDE, "-I", NODE_MNP)
            # Request and answer, each to the LMA and back.
            assert crossings(wire) == 4


class TestLocalRouting:
    @pytest.mark.rfc("5213 §6.10.3", "5213 §6.10.5", "5213 §9.2")
    @pytest.mark.parametrize("source", [NODE_HNP, NODE_MNP])
    @pytest.mark.parametrize("destination", [AT_HOME, INSIDE])
    def test_no_packet_between_nodes_leaves_the_mag(
        self, net: Domain, source: str, destination: str
    ) -> None:
        start(net).perform(ON)
        with capture(net, "mag1", "core") as wire:
            assert net.pings("node1", destination, "-I", source)
            assert net.pings(NEIGHBOUR, source, "-I", destination)
            assert crossings(wire) == 0

    def test_is_one_hop_with_the_mtu_of_the_access_links(self, net: Domain) -> None:
        start(net).perform(ON)
        with capture(net, NEIGHBOUR, "near") as wire:
            assert net.pings("node1", INSIDE, "-I", NODE_MNP, "-M", "do", "-s", "1452")
            (hops,) = (p.hop_limit for p in wire.packets() if str(p.source) == NODE_MNP)
        assert hops == 63

    @pytest.mark.rfc("5213 §6.10.5")
    def test_leaves_the_way_of_all_other_packets(self, net: Domain) -> None:
        mag = start(net)
        mag.perform(ON)
        for node, source in (("node1", NODE_MNP), (NEIGHBOUR, INSIDE)):
            assert net.pings(node, CN, "-I", source)
            assert net.pings("cn", source)

    def test_comes_and_goes_with_the_next_packet(self, net: Domain) -> None:
        mag = start(net)
        before = net.dump("mag1")
        with capture(net, "mag1", "core") as wire:
            for effect, expected in ((ON, 0), (OFF, 4), (ON, 0)):
                mag.perform(effect)
                assert net.pings("node1", INSIDE, "-I", NODE_MNP)
                assert crossings(wire) == expected
        mag.perform(OFF)
        assert routing(net.dump("mag1")) == routing(before)

    def test_loses_no_packet_when_it_comes_and_goes(self, net: Domain) -> None:
        mag = start(net)
        assert net.pings("node1", INSIDE, "-I", NODE_MNP)
        options = ("-I", NODE_MNP, "-c", "200", "-i", "0.002")
        with net.running("node1", "ping", "-6", "-n", "-q", *options, INSIDE) as stream:
            while stream.poll() is None:
                mag.perform(ON, OFF)
            assert "200 received, 0% packet loss" in stream.communicate()[0]

    @pytest.mark.rfc("5213 §6.10.5", "5213 §11")
    def test_lets_no_source_pass_that_is_not_registered_on_the_link(self, net: Domain) -> None:
        start(net).perform(ON)
        forged = (FOREIGN, AT_HOME, str(LINK_LOCAL), "fe80::2")
        with capture(net, NEIGHBOUR, "near") as wire:
            for source in forged:
                send(net, "node1", datagram(source, INSIDE), "fe80::1%mag")
            send(net, "node1", datagram(NODE_MNP, INSIDE), "fe80::1%mag")
            assert net.pings("node1", INSIDE, "-I", NODE_HNP)
            sources = {str(each.source) for each in wire.packets()}
        assert sources >= {NODE_MNP, NODE_HNP}
        assert not sources & {FOREIGN, "fe80::2"}

    def test_ends_for_a_prefix_that_is_removed_and_for_no_other(self, net: Domain) -> None:
        mag = start(net)
        mag.perform(ON, RemoveUplinkRoute(prefix=MNP, link="access", tunnel=FROM_MAG1))
        assert not net.pings("node1", INSIDE, "-I", NODE_MNP)
        assert net.pings("node1", INSIDE, "-I", NODE_HNP)

    def test_counts_for_nodes_that_come_later(self, net: Domain) -> None:
        connect(net)
        mag = net.start("mag1")
        mag.perform(ON)
        mag.stop()
        mag = net.start_mag(1)
        mag.perform(ON, *neighbour_effects())
        assert net.pings("node1", INSIDE, "-I", NODE_MNP)

    def test_is_left_by_a_crash_and_found_again(self, net: Domain) -> None:
        mag = start(net)
        mag.perform(ON)
        before = routing(net.dump("mag1"))
        mag.kill()
        assert net.pings("node1", INSIDE, "-I", NODE_MNP)
        mag = net.start_mag(1)
        mag.perform(ON, *neighbour_effects(), ReconcileKernel())
        assert routing(net.dump("mag1")) == before
        mag.call("drain")
        assert "lookup 224" not in net.ip("mag1", "rule")
        assert "throw" not in net.ip("mag1", "route show table all")


def routing(dump: str) -> set[str]:
    """Return the rules and routes of a dump that are ours."""
    return {line for line in dump.splitlines() if "proto 223" in line}
