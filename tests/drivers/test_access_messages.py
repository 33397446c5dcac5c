"""The access driver as a router: advertisements that a node takes, DHCPv6."""

from __future__ import annotations

import socket
from dataclasses import replace
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from nf.cli.demo.namespaces import entered
from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.dhcpv6_authentication import reconfigure_key, signed
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.messages import MobileNodeIdentifier
from nf.drivers.access.driver import AccessDriver
from nf.engine.configuration import (
    FIXED_MAG_LINK_LOCAL_ADDRESS,
)
from nf.engine.effects import (
    SendDhcpMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import (
    AccessMessageRejected,
    DhcpMessageReceived,
    RouterSolicited,
)
from nf.engine.values import AttachSource, ReconfigureAuthentication
from tests.drivers.access_link import (
    ADVERTISEMENT,
    NODE_LINK_LOCAL,
    SOLICIT,
    opened,
    seen_by,
    usable,
)
from tests.drivers.conftest import NODE, Bench

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("node")]


def client(bench: Bench) -> socket.socket:
    with entered(bench.there):
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        index = socket.if_nametoindex("node0")
    made.bind(("::", 546))
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    made.settimeout(10)
    return made


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


@pytest.mark.rfc("8415 §20.4.2")
def test_a_reconfigure_goes_out_with_a_digest_of_the_secret_that_the_link_has(
    bench: Bench, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("a secret of more than 16 octets\n")
    duid, bus = bytes.fromhex("00030001020000000007"), MobileNodeIdentifier("bus-7")
    effect = SendDhcpMessage(
        link="link0",
        destination=NODE_LINK_LOCAL,
        message=DhcpMessage(
            message_type=DhcpMessageType.RECONFIGURE, transaction_id=0, client_duid=duid
        ),
        authentication=ReconfigureAuthentication(mobile_node_identifier=bus, replay_detection=7),
    )
    key = reconfigure_key(b"a secret of more than 16 octets", bus, duid)

    async def scene() -> None:
        driver = AccessDriver(bench.events.append)
        driver.perform(replace(opened(), reconfigure_secret_file=str(file)))
        bench.there.ip("link", "set", "node0", "up")
        await bench.until(lambda: usable(bench))
        with client(bench) as receiver:
            driver.perform(effect)
            assert receiver.recv(2048) == signed(encode_dhcp_message(effect.message), key, 7)
        driver.close()

    bench.run(scene)
