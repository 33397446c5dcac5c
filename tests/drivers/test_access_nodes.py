"""The access driver and the signs of life of a node, which is the Linux kernel."""

from __future__ import annotations

import socket
from ipaddress import IPv6Address

import pytest
from scapy.layers.inet6 import ICMPv6ND_RS, IPv6
from scapy.layers.l2 import Ether

from nf.cli.demo.namespaces import entered
from nf.drivers.access.driver import AccessDriver
from nf.engine.configuration import (
    FIXED_MAG_LINK_LAYER_ADDRESS,
)
from nf.engine.effects import ProbeNode
from nf.engine.events import (
    AccessLinkDown,
    AccessLinkUp,
    NodeLost,
    NodeSeen,
    RouterSolicited,
)
from nf.engine.values import AttachSource, LinkLayerAddress
from tests.drivers.access_link import (
    NODE_LINK_LOCAL,
    changes_of_the_link,
    opened,
    seen_by,
    usable,
)
from tests.drivers.conftest import NODE, Bench

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("node")]


#: What the node says by itself, and how often.
SETTINGS = "net.ipv6.conf.node0"


def test_a_node_that_comes_up_is_seen_by_all_that_it_sends(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        await bench.until(lambda: AccessLinkDown(link="link0") in bench.events)
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(
            lambda: (
                seen_by(bench)
                >= {
                    AttachSource.MULTICAST_LISTENER_REPORT,
                    AttachSource.NEIGHBOUR_SOLICITATION,
                    AttachSource.ROUTER_SOLICITATION,
                }
            )
        )
        await bench.until(lambda: bool(bench.of_type(RouterSolicited)))
        driver.close()

    bench.run(scene)
    assert AccessLinkUp(link="link0") in bench.events
    addresses = {
        event.link_local_address
        for event in bench.events
        if isinstance(event, NodeSeen) and event.link_local_address is not None
    }
    assert addresses == {NODE_LINK_LOCAL}


def test_only_the_configured_sources_are_told_of(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened(AttachSource.ROUTER_SOLICITATION))
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: bool(bench.of_type(RouterSolicited)))
        driver.close()

    bench.run(scene)
    assert seen_by(bench) == {AttachSource.ROUTER_SOLICITATION}
    assert bench.of_type(AccessLinkUp) == []


def test_frames_with_our_own_link_layer_address_are_no_node(bench: Bench) -> None:
    bench.there.ip("link", "set", "node0", "address", FIXED_MAG_LINK_LAYER_ADDRESS.hex(":"))

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        with entered(bench.there), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as speaker:
            speaker.bind(("node0", 0))
            for origin in (FIXED_MAG_LINK_LAYER_ADDRESS, NODE):
                solicitation = Ether(src=origin.hex(":"), dst="33:33:00:00:00:02")
                solicitation /= IPv6(src=str(NODE_LINK_LOCAL), dst="ff02::2") / ICMPv6ND_RS()
                speaker.send(bytes(solicitation))
        await bench.until(lambda: bool(seen_by(bench)))
        driver.close()

    bench.run(scene)
    origins = {
        event.link_layer_address
        for event in bench.events
        if isinstance(event, NodeSeen | RouterSolicited)
    }
    assert origins == {NODE}


@pytest.mark.rfc("4861 §7.3.3")
def test_a_neighbour_that_does_not_answer_any_more_is_lost(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.know(NODE)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AttachSource.ROUTER_SOLICITATION in seen_by(bench))
        neighbour = (str(NODE_LINK_LOCAL), "dev", "link0")
        known = ("lladdr", NODE.hex(":"), "nud", "reachable")
        bench.here.ip("neighbour", "replace", *neighbour, *known)
        bench.here.ip("neighbour", "replace", *neighbour, "nud", "failed")
        await bench.until(lambda: bool(bench.of_type(NodeLost)))
        driver.close()

    bench.run(scene)
    assert bench.of_type(NodeLost) == [
        NodeLost(link="link0", link_layer_address=NODE, source=AttachSource.NEIGHBOUR_UNREACHABLE)
    ]


@pytest.mark.rfc("3810 §5.1")
def test_a_node_that_has_nothing_to_say_is_asked_and_shows_itself(bench: Bench) -> None:
    bench.there.run("sysctl", "-qw", f"{SETTINGS}.router_solicitations=0")
    bench.there.run("sysctl", "-qw", f"{SETTINGS}.mldv2_unsolicited_report_interval=3600000")
    bench.there.ip("link", "set", "node0", "up")

    async def scene() -> None:
        await bench.until(lambda: usable(bench))
        driver = AccessDriver(bench.events.append)
        driver.perform(opened(AttachSource.MULTICAST_LISTENER_REPORT))
        await bench.until(lambda: bool(seen_by(bench)))
        driver.close()

    bench.run(scene)
    assert seen_by(bench) == {AttachSource.MULTICAST_LISTENER_REPORT}


@pytest.mark.rfc("5213 §6.13")
def test_a_node_that_is_asked_shows_itself_by_whatever_sign(bench: Bench) -> None:
    bench.there.run("sysctl", "-qw", f"{SETTINGS}.router_solicitations=0")
    bench.there.run("sysctl", "-qw", f"{SETTINGS}.mldv2_unsolicited_report_interval=3600000")
    bench.there.ip("link", "set", "node0", "up")
    absent = LinkLayerAddress(bytes.fromhex("020000000009"))

    async def scene() -> None:
        await bench.until(lambda: usable(bench))
        driver = AccessDriver(bench.events.append)
        driver.perform(opened(AttachSource.ROUTER_SOLICITATION))
        driver.perform(ProbeNode(link="link0", link_layer_address=absent))
        driver.perform(ProbeNode(link="link0", link_layer_address=NODE))
        await bench.until(lambda: bool(seen_by(bench)))
        driver.close()

    bench.run(scene)
    (seen,) = bench.of_type(NodeSeen)
    assert isinstance(seen, NodeSeen)
    assert (seen.link_layer_address, seen.source) == (NODE, AttachSource.MULTICAST_LISTENER_REPORT)


def test_a_neighbour_that_changed_its_address_is_not_lost_with_the_old_one(bench: Bench) -> None:
    speaking = LinkLayerAddress(bytes.fromhex("020000000008"))
    older, newer = "fe80::8", "fe80::8888"

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.know(speaking)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        with entered(bench.there), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as speaker:
            speaker.bind(("node0", 0))
            for address in (older, newer):
                solicitation = Ether(src=speaking.hex(":"), dst="33:33:00:00:00:02")
                speaker.send(bytes(solicitation / IPv6(src=address, dst="ff02::2") / ICMPv6ND_RS()))
        await bench.until(lambda: IPv6Address(newer) in addresses_told(bench))
        for address in (older, newer):
            neighbour = (address, "dev", "link0")
            known = ("lladdr", speaking.hex(":"), "nud", "reachable")
            bench.here.ip("neighbour", "replace", *neighbour, *known)
            bench.here.ip("neighbour", "replace", *neighbour, "nud", "failed")
        await bench.until(lambda: bool(bench.of_type(NodeLost)))
        bench.there.ip("link", "set", "node0", "down")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkDown(link="link0"))
        driver.close()

    bench.run(scene)
    assert len(bench.of_type(NodeLost)) == 1


def addresses_told(bench: Bench) -> set[IPv6Address | None]:
    return {event.link_local_address for event in bench.events if isinstance(event, NodeSeen)}
