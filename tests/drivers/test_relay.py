"""The relay port: what goes to servers, what comes from them, and what comes from others."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.cli.demo.namespaces import entered
from nf.codec.dhcpv6_relay import decode_relay_message, encode_relay_message
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.codec.errors import RejectReason
from nf.drivers.access.driver import AccessDriver
from nf.drivers.relay.driver import RelayDriver
from nf.drivers.relay.sockets import PORT
from nf.engine.effects import CloseRelay, OpenRelay, PassDhcpMessage, SendRelayMessage
from nf.engine.events import DhcpMessageReceived, RelayMessageReceived, RelayMessageRejected
from nf.paced_reader import STRANGERS
from tests.drivers.access_link import NODE_LINK_LOCAL, SOLICIT, opened, usable
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

MAG = IPv6Address("2001:db8:f::11")
SERVER = IPv6Address("2001:db8:f::53")
OTHER_SERVER = IPv6Address("2001:db8:f::54")
STRANGER = IPv6Address("2001:db8:f::66")
OPEN = OpenRelay(source=MAG, servers=(SERVER, OTHER_SERVER))
FORWARD = RelayMessage(
    message_type=RelayMessageType.RELAY_FORWARD,
    link_address=IPv6Address("2001:db8:1::"),
    peer_address=IPv6Address("fe80::7"),
    relayed=SOLICIT,
    interface_id=b"access0",
)
REPLY = replace(FORWARD, message_type=RelayMessageType.RELAY_REPLY)


@pytest.fixture
def core(bench: Bench) -> None:
    """Have servers and a stranger at the other end of the cable."""
    bench.here.ip("address", "add", f"{MAG}/64", "dev", "link0", "nodad")
    for address in (SERVER, OTHER_SERVER, STRANGER):
        bench.there.ip("address", "add", f"{address}/64", "dev", "node0", "nodad")


@contextmanager
def speaker(bench: Bench, address: IPv6Address, port: int = PORT) -> Iterator[socket.socket]:
    with entered(bench.there):
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    with made:
        made.bind((str(address), port))
        made.settimeout(10)
        yield made


def received(source: IPv6Address, message: RelayMessage = REPLY) -> RelayMessageReceived:
    return RelayMessageReceived(source=source, interface="link0", message=message)


def say(speaker: socket.socket, message: RelayMessage = REPLY) -> None:
    speaker.sendto(encode_relay_message(message), (str(MAG), PORT))


@pytest.mark.usefixtures("core")
class TestRelayPort:
    @pytest.mark.rfc("8415 §7.2")
    def test_messages_go_to_the_server_that_is_meant_and_come_from_it(self, bench: Bench) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.perform(OPEN)
            with speaker(bench, SERVER) as server:
                driver.perform(SendRelayMessage(server=SERVER, message=FORWARD))
                octets, sender = server.recvfrom(65535)
                assert decode_relay_message(octets) == FORWARD
                assert sender[:2] == (str(MAG), PORT)
                say(server)
                await bench.until(lambda: bool(bench.events))
            driver.close()

        bench.run(scene)
        assert bench.events == [received(SERVER)]

    def test_a_server_may_speak_from_another_port(self, bench: Bench) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.perform(OPEN)
            with speaker(bench, SERVER, 0) as server:
                say(server)
                await bench.until(lambda: bool(bench.events))
            driver.close()

        bench.run(scene)
        assert bench.events == [received(SERVER)]

    def test_what_cannot_be_read_is_told(self, bench: Bench) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.perform(OPEN)
            with speaker(bench, SERVER) as server:
                server.sendto(b"\x0d\0", (str(MAG), PORT))
                await bench.until(lambda: bool(bench.events))
            driver.close()

        bench.run(scene)
        assert bench.events == [RelayMessageRejected(source=SERVER, reason=RejectReason.TRUNCATED)]

    def test_a_flood_of_strangers_hides_no_server(self, bench: Bench) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.perform(OPEN)
            with speaker(bench, STRANGER) as stranger, speaker(bench, OTHER_SERVER) as server:
                for _ in range(5_000):
                    say(stranger)
                say(server)
                await bench.until(lambda: received(OTHER_SERVER) in bench.events)
            driver.close()

        bench.run(scene)
        before = bench.events.index(received(OTHER_SERVER))
        assert before <= STRANGERS.batch
        assert set(bench.events[:before]) <= {received(STRANGER)}

    def test_a_server_that_is_not_there_does_not_keep_another_from_being_asked(
        self, bench: Bench
    ) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.perform(OPEN)
            with speaker(bench, OTHER_SERVER) as server:
                for _ in range(3):
                    driver.perform(SendRelayMessage(server=SERVER, message=FORWARD))
                    driver.perform(SendRelayMessage(server=OTHER_SERVER, message=FORWARD))
                    assert decode_relay_message(server.recv(65535)) == FORWARD
                say(server)
                await bench.until(lambda: bool(bench.events))
            driver.close()

        bench.run(scene)
        assert bench.events == [received(OTHER_SERVER)]

    def test_messages_wait_in_the_kernel_while_none_are_admitted(self, bench: Bench) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.admit(is_admitted=False)
            driver.perform(OPEN)
            with speaker(bench, SERVER) as server:
                say(server)
            with speaker(bench, STRANGER) as stranger:
                say(stranger)
            assert bench.events == []
            driver.admit(is_admitted=True)
            await bench.until(lambda: len(bench.events) == 2)
            driver.close()

        bench.run(scene)
        assert set(bench.events) == {received(SERVER), received(STRANGER)}

    def test_it_can_be_changed_and_closed_and_opened_again(self, bench: Bench) -> None:
        async def scene() -> None:
            driver = RelayDriver(bench.events.append)
            driver.perform(SendRelayMessage(server=SERVER, message=FORWARD))
            for effect in (OPEN, replace(OPEN, servers=(SERVER,)), CloseRelay(), OPEN):
                driver.perform(effect)
            with speaker(bench, SERVER) as server:
                say(server)
                await bench.until(lambda: bool(bench.events))
            driver.perform(CloseRelay())

        bench.run(scene)
        assert bench.events == [received(SERVER)]

    def test_an_address_that_somebody_else_has_the_port_of_is_refused(self, bench: Bench) -> None:
        async def scene() -> None:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
                other.bind((str(MAG), PORT))
                with pytest.raises(OSError) as refusal:
                    RelayDriver(bench.events.append).perform(OPEN)
            assert refusal.value.errno == errno.EADDRINUSE

        bench.run(scene)

    def test_address_and_way_to_a_server_may_come_later(self, bench: Bench) -> None:
        async def scene() -> None:
            bench.here.ip("address", "del", f"{MAG}/64", "dev", "link0")
            driver = RelayDriver(bench.events.append)
            driver.perform(OPEN)
            driver.perform(SendRelayMessage(server=SERVER, message=FORWARD))
            bench.here.ip("address", "add", f"{MAG}/64", "dev", "link0", "nodad")
            with speaker(bench, SERVER) as server:
                say(server)
                await bench.until(lambda: len(bench.events) == 1)
                driver.perform(SendRelayMessage(server=SERVER, message=FORWARD))
                assert decode_relay_message(server.recv(65535)) == FORWARD
                say(server)
                await bench.until(lambda: len(bench.events) == 2)
            driver.close()

        bench.run(scene)
        assert set(bench.events) == {received(SERVER)}


@pytest.mark.usefixtures("node")
class TestAccessLink:
    @pytest.mark.rfc("8415 §19.1", "8415 §19.2")
    def test_messages_of_clients_are_kept_and_those_for_them_sent_octet_by_octet(
        self, bench: Bench
    ) -> None:
        async def scene() -> None:
            access, relay = AccessDriver(bench.events.append), RelayDriver(bench.events.append)
            relay.perform(OPEN)
            open_link = opened()
            link = replace(open_link.link, dhcpv6_relay=True)
            access.perform(replace(open_link, link=link))
            bench.there.ip("link", "set", "node0", "up")
            await bench.until(lambda: usable(bench))
            with entered(bench.there):
                index = socket.if_nametoindex("node0")
            with speaker(bench, IPv6Address("::"), 546) as client:
                client.sendto(SOLICIT, ("ff02::1:2", PORT, 0, index))
                await bench.until(lambda: bool(bench.of_type(DhcpMessageReceived)))
                told = b"what a server said"
                access.perform(
                    PassDhcpMessage(link="link0", destination=NODE_LINK_LOCAL, octets=told)
                )
                assert client.recv(65535) == told
            access.close()
            relay.close()

        bench.run(scene)
        (event,) = bench.of_type(DhcpMessageReceived)
        assert isinstance(event, DhcpMessageReceived)
        assert event.octets == SOLICIT
