"""The access driver against the Linux kernel as a node: signs of life, advertisements, DHCPv6."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import socket
from ipaddress import IPv6Address, IPv6Network

import pytest
from scapy.layers.inet6 import ICMPv6ND_RS, IPv6
from scapy.layers.l2 import Ether

from nf.cli.demo.namespaces import entered
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement
from nf.drivers.access.driver import AccessDriver
from nf.engine.configuration import (
    FIXED_MAG_LINK_LAYER_ADDRESS,
    FIXED_MAG_LINK_LOCAL_ADDRESS,
    AccessLink,
)
from nf.engine.effects import (
    CloseAccessLink,
    OpenAccessLink,
    SendDhcpMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import (
    AccessLinkDown,
    AccessLinkUp,
    AccessMessageRejected,
    DhcpMessageReceived,
    Event,
    KernelFailed,
    NodeLost,
    NodeSeen,
    RouterSolicited,
)
from nf.engine.values import AttachSource, LinkLayerAddress
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

NODE = LinkLayerAddress(bytes.fromhex("020000000007"))
NODE_LINK_LOCAL = IPv6Address("fe80::ff:fe00:7")
SOLICIT = bytes.fromhex("01 abcdef 0001 000a 00030001020000000007".replace(" ", ""))
HNP = IPv6Network("2001:db8:1000::/64")
ADVERTISEMENT = RouterAdvertisement(
    router_lifetime_s=600,
    mtu=1460,
    source_link_layer_address=FIXED_MAG_LINK_LAYER_ADDRESS,
    prefixes=(PrefixInformation(prefix=HNP, valid_lifetime_s=600, preferred_lifetime_s=600),),
)


def opened(*sources: AttachSource) -> OpenAccessLink:
    link = AccessLink(interface="link0", access_technology_type=4)
    if sources:
        link = AccessLink(interface="link0", access_technology_type=4, attach_sources=sources)
    return OpenAccessLink(
        link=link,
        link_local_address=FIXED_MAG_LINK_LOCAL_ADDRESS,
        link_layer_address=FIXED_MAG_LINK_LAYER_ADDRESS,
    )


@pytest.fixture(autouse=True)
def node(bench: Bench) -> None:
    bench.there.ip("link", "set", "node0", "down")
    bench.there.ip("link", "set", "node0", "address", NODE.hex(":"))


def seen_by(bench: Bench) -> set[AttachSource]:
    return {
        event.source
        for event in bench.events
        if isinstance(event, NodeSeen) and event.link_layer_address == NODE
    }


def changes_of_the_link(bench: Bench) -> list[Event]:
    return [event for event in bench.events if isinstance(event, AccessLinkUp | AccessLinkDown)]


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


def link_layer_address_here(bench: Bench) -> str:
    return bench.here.ip("-oneline", "link", "show", "link0").split("link/ether ")[1][:17]


@pytest.mark.rfc("6543 §3")
def test_the_interface_gets_the_fixed_addresses_and_loses_them(bench: Bench) -> None:
    original = link_layer_address_here(bench)

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        bench.there.ip("link", "set", "node0", "up")
        driver.perform(opened())
        await bench.until(lambda: bool(bench.events))
        shown = bench.here.ip("address", "show", "link0")
        assert FIXED_MAG_LINK_LAYER_ADDRESS.hex(":") in shown
        assert str(FIXED_MAG_LINK_LOCAL_ADDRESS) in shown
        driver.perform(CloseAccessLink(interface="link0"))
        driver.close()

    bench.run(scene)
    shown = bench.here.ip("address", "show", "link0")
    assert original in shown
    assert str(FIXED_MAG_LINK_LOCAL_ADDRESS) not in shown
    assert "inet6 fe80::" in shown, "the kernel's own address is back"


def test_a_link_that_was_changed_is_left_as_it_was_found(bench: Bench) -> None:
    original = link_layer_address_here(bench)
    other = IPv6Address("fe80::5213")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        bench.there.ip("link", "set", "node0", "up")
        driver.perform(opened())
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        bench.events.clear()
        driver.perform(dataclasses.replace(opened(), link_local_address=other))
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        shown = bench.here.ip("address", "show", "link0")
        assert str(other) in shown
        assert str(FIXED_MAG_LINK_LOCAL_ADDRESS) not in shown
        driver.perform(CloseAccessLink(interface="link0"))
        driver.close()

    bench.run(scene)
    shown = bench.here.ip("address", "show", "link0")
    assert original in shown
    assert str(other) not in shown


def test_an_interface_that_was_down_gets_its_address_back_usable(bench: Bench) -> None:
    address = IPv6Address("fe80::5213")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(dataclasses.replace(opened(), link_local_address=address))
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        bench.here.ip("link", "set", "link0", "down")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkDown(link="link0"))
        assert str(address) not in bench.here.ip("address", "show", "link0")
        bench.events.clear()
        bench.here.ip("link", "set", "link0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        driver.close()

    bench.run(scene)
    shown = bench.here.ip("address", "show", "link0")
    assert f"inet6 {address}/64 scope link nodad" in shown
    assert "tentative" not in shown


def test_an_interface_that_is_not_there_is_told_and_awaited(bench: Bench) -> None:
    bench.here.ip("link", "set", "link0", "name", "other0")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        with pytest.raises(OSError, match="no interface link0 yet"):
            driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        bench.here.ip("link", "set", "other0", "name", "link0")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        driver.close()

    bench.run(scene)


def test_a_link_that_cannot_be_served_is_told(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as occupier:
            occupier.bind(("::", 547))
            with pytest.raises(OSError, match="in use"):
                driver.perform(opened())
            await bench.until(lambda: bool(bench.of_type(KernelFailed)))
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        driver.close()

    bench.run(scene)
    failure = bench.of_type(KernelFailed)[0]
    assert isinstance(failure, KernelFailed)
    assert (failure.effect, failure.errno) == ("open-access-link link0", errno.EADDRINUSE)


@pytest.mark.parametrize("destination", [NODE_LINK_LOCAL, None], ids=["unicast", "rfc-6085"])
def test_a_node_takes_an_address_from_an_advertisement(
    bench: Bench, destination: IPv6Address | None
) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: bool(bench.of_type(RouterSolicited)))
        driver.perform(
            SendRouterAdvertisement(
                link="link0",
                link_layer_destination=NODE,
                destination=destination,
                advertisement=ADVERTISEMENT,
            )
        )
        shown = ("-6", "address", "show", "dev", "node0", "scope", "global")
        await bench.until(lambda: "2001:db8:1000:" in bench.there.ip(*shown))
        driver.close()

    bench.run(scene)
    routes = bench.there.ip("-6", "route", "show", "default")
    assert f"via {FIXED_MAG_LINK_LOCAL_ADDRESS}" in routes
    assert "mtu 1460" in bench.there.ip("-6", "route", "show", "table", "all") or (
        bench.there.run("sysctl", "-n", "net.ipv6.conf.node0.mtu").strip() == "1460"
    )


def client(bench: Bench) -> socket.socket:
    with entered(bench.there):
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        index = socket.if_nametoindex("node0")
    made.bind(("::", 546))
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    made.settimeout(10)
    return made


def usable(bench: Bench) -> bool:
    return (
        "tentative" not in (shown := bench.there.ip("-6", "address", "show", "dev", "node0"))
        and str(NODE_LINK_LOCAL) in shown
    )


@pytest.mark.rfc("8415 §7.2")
def test_dhcpv6_comes_in_and_goes_out(bench: Bench) -> None:
    reply = DhcpMessage(
        message_type=DhcpMessageType.ADVERTISE,
        transaction_id=0xABCDEF,
        server_duid=bytes.fromhex("0003000100005e005213"),
    )

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: usable(bench))
        with client(bench) as sender:
            sender.sendto(SOLICIT, ("ff02::1:2", 547))
            await bench.until(lambda: bool(bench.of_type(DhcpMessageReceived)))
            driver.perform(
                SendDhcpMessage(link="link0", destination=NODE_LINK_LOCAL, message=reply)
            )
            answer, origin = sender.recvfrom(2048)
            assert answer[:4] == bytes.fromhex("02abcdef")
            assert origin[:2] == (str(FIXED_MAG_LINK_LOCAL_ADDRESS), 547)
        driver.close()

    bench.run(scene)
    (received,) = bench.of_type(DhcpMessageReceived)
    assert isinstance(received, DhcpMessageReceived)
    assert (received.link_layer_address, received.source) == (NODE, NODE_LINK_LOCAL)
    assert received.message.transaction_id == 0xABCDEF
    assert AttachSource.DHCPV6 in seen_by(bench)


def test_a_dhcpv6_message_that_cannot_be_read_is_told(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: usable(bench))
        with client(bench) as sender:
            sender.sendto(SOLICIT[:9], ("ff02::1:2", 547))
            await bench.until(lambda: bool(bench.of_type(AccessMessageRejected)))
        driver.close()

    bench.run(scene)
    (rejected,) = bench.of_type(AccessMessageRejected)
    assert isinstance(rejected, AccessMessageRejected)
    assert rejected.link_layer_address == NODE


def test_a_carrier_that_goes_and_comes_is_told(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        for state, kind in (("up", AccessLinkUp), ("down", AccessLinkDown), ("up", AccessLinkUp)):
            bench.events.clear()
            bench.there.ip("link", "set", "node0", state)
            await bench.until(lambda kind=kind: bool(bench.of_type(kind)))  # type: ignore[misc]
        driver.close()

    bench.run(scene)


def test_an_interface_that_comes_back_is_taken_up_again(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: bool(bench.of_type(RouterSolicited)))
        bench.here.ip("link", "delete", "link0")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkDown(link="link0"))
        bench.events.clear()
        bench.here.ip("link", "add", "link0", "type", "veth", "peer", "name", "node1")
        bench.here.ip("link", "set", "node1", "address", NODE.hex(":"), "netns", bench.there.name)
        bench.here.ip("link", "set", "link0", "up")
        bench.there.ip("link", "set", "node1", "up")
        await bench.until(lambda: bool(seen_by(bench)))
        driver.close()

    bench.run(scene)


def test_an_interface_that_leaves_a_bridge_has_not_vanished(bench: Bench) -> None:
    bench.here.ip("link", "add", "bridge0", "type", "bridge")
    bench.here.ip("link", "set", "link0", "master", "bridge0")

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        bench.events.clear()
        bench.here.ip("link", "set", "link0", "nomaster")
        bench.here.ip("link", "set", "link0", "down")
        await bench.until(lambda: AccessLinkDown(link="link0") in bench.events)
        bench.here.ip("link", "set", "link0", "up")
        await bench.until(lambda: changes_of_the_link(bench)[-1] == AccessLinkUp(link="link0"))
        driver.close()

    bench.run(scene)
    assert changes_of_the_link(bench) == [AccessLinkDown(link="link0"), AccessLinkUp(link="link0")]


def is_port_open(bench: Bench) -> bool:
    """Return whether the link's DHCPv6 socket is there."""
    return ":547" in bench.here.run("ss", "-Hlnu")


def test_an_interface_of_another_name_is_not_served(bench: Bench) -> None:
    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(opened())
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        assert is_port_open(bench)
        bench.here.ip("link", "set", "link0", "down")
        bench.here.ip("link", "set", "link0", "name", "other0")
        await bench.until(lambda: not is_port_open(bench))
        bench.here.ip("link", "set", "other0", "name", "link0")
        bench.here.ip("link", "set", "link0", "up")
        await bench.until(lambda: bench.of_type(AccessLinkUp) == 2 * [AccessLinkUp(link="link0")])
        assert is_port_open(bench)
        driver.close()

    bench.run(scene)


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
    bench.there.ip("link", "set", "node0", "up")

    async def scene() -> None:
        await bench.until(lambda: usable(bench))
        await asyncio.sleep(2)  # until the node's own reports and solicitations are over
        driver = AccessDriver(bench.events.append)
        driver.perform(opened(AttachSource.MULTICAST_LISTENER_REPORT))
        await bench.until(lambda: bool(seen_by(bench)))
        driver.close()

    bench.run(scene)
    assert seen_by(bench) == {AttachSource.MULTICAST_LISTENER_REPORT}


def test_a_neighbour_that_changed_its_address_is_not_lost_with_the_old_one(bench: Bench) -> None:
    speaking = LinkLayerAddress(bytes.fromhex("020000000008"))
    older, newer = "fe80::8", "fe80::8888"

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
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
