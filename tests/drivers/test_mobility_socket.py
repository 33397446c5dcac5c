"""The mobility socket between two hosts: what is sent arrives, what is broken is told."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import Iterator
from ipaddress import IPv6Address

import pytest

from nf.cli.demo.namespaces import entered
from nf.codec.errors import RejectReason
from nf.codec.messages import (
    BindingError,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.mobility import encode_mobility_message
from nf.drivers.mobility.driver import MobilityDriver
from nf.engine.effects import (
    CloseMobilitySocket,
    OpenMobilitySocket,
    SendMessage,
    SendParameterProblem,
)
from nf.engine.events import Event, MessageReceived, MessageRejected
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

HERE, THERE = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
PBU = ProxyBindingUpdate(
    sequence_number=SequenceNumber(7),
    lifetime_s=600,
    mobile_node_identifier=MobileNodeIdentifier("bus-7@operator.example"),
)
PBA = ProxyBindingAcknowledgement(
    status=0,
    sequence_number=SequenceNumber(7),
    lifetime_s=600,
    mobile_node_identifier=MobileNodeIdentifier("bus-7@operator.example"),
)


@pytest.fixture(autouse=True)
def addresses(bench: Bench) -> None:
    bench.here.ip("address", "add", f"{HERE}/64", "dev", "link0", "nodad")
    bench.there.ip("address", "add", f"{THERE}/64", "dev", "node0", "nodad")


def peer(bench: Bench) -> socket.socket:
    """Return a raw mobility socket on the other host, whose kernel adds the checksum."""
    with entered(bench.there):
        made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
    made.bind((str(THERE), 0))
    made.settimeout(10)
    return made


def test_a_message_arrives_with_a_checksum_that_the_kernel_accepts(bench: Bench) -> None:
    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        with peer(bench) as other:
            driver.perform(SendMessage(source=HERE, destination=THERE, message=PBU))
            packet, sender = other.recvfrom(2048)
            assert sender[0] == str(HERE)
            assert packet[4:6] != b"\0\0"
            other.sendto(packet[:4] + b"\0\0" + packet[6:], (str(HERE), 0))
            await bench.until(lambda: bool(bench.events))
        driver.close()

    bench.run(scene)
    assert bench.events == [MessageReceived(source=THERE, destination=HERE, message=PBU)]


def test_two_drivers_understand_each_other(bench: Bench) -> None:
    there: list[Event] = []

    async def scene() -> None:
        near = MobilityDriver(bench.events.append)
        near.perform(OpenMobilitySocket(address=HERE))
        with entered(bench.there):
            far = MobilityDriver(there.append)
            far.perform(OpenMobilitySocket(address=THERE))
        near.perform(SendMessage(source=HERE, destination=THERE, message=PBU))
        await bench.until(lambda: bool(there))
        far.perform(SendMessage(source=THERE, destination=HERE, message=PBA))
        await bench.until(lambda: bool(bench.events))
        near.close()
        far.close()

    bench.run(scene)
    assert there == [MessageReceived(source=HERE, destination=THERE, message=PBU)]
    assert bench.events == [MessageReceived(source=THERE, destination=HERE, message=PBA)]


def test_messages_wait_in_the_kernel_until_they_are_admitted(bench: Bench) -> None:
    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.admit(is_admitted=False)
        driver.perform(OpenMobilitySocket(address=HERE))
        with peer(bench) as other:
            other.sendto(encode_mobility_message(PBU), (str(HERE), 0))
        for _ in range(3):
            await asyncio.sleep(0)
        assert bench.events == []
        driver.admit(is_admitted=True)
        await bench.until(lambda: bool(bench.events))
        driver.close()

    bench.run(scene)
    assert bench.events == [MessageReceived(source=THERE, destination=HERE, message=PBU)]


def test_a_message_from_a_link_local_address_is_refused(bench: Bench) -> None:
    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        with entered(bench.there):
            other = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
            bench.there.ip("address", "add", "fe80::7/64", "dev", "node0", "nodad")
            other.bind(("fe80::7", 0, 0, socket.if_nametoindex("node0")))
        bench.there.ip("route", "add", f"{HERE}/128", "dev", "node0")
        with other:
            other.sendto(encode_mobility_message(PBU), (str(HERE), 0))
        await bench.until(lambda: bool(bench.events))
        driver.close()

    bench.run(scene)
    (event,) = bench.events
    assert isinstance(event, MessageRejected)
    assert (event.source, event.reason) == (IPv6Address("fe80::7"), RejectReason.BAD_VALUE)


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        (IPv6Address("2001:db8:ffff::1"), PBU),
        (THERE, dataclasses.replace(PBU, lifetime_s=3)),
    ],
    ids=["no-route", "no-place-on-the-wire"],
)
def test_what_cannot_be_sent_is_logged_and_harms_nobody(
    bench: Bench,
    caplog: pytest.LogCaptureFixture,
    destination: IPv6Address,
    message: ProxyBindingUpdate,
) -> None:
    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        driver.perform(SendMessage(source=HERE, destination=destination, message=message))
        driver.close()

    bench.run(scene)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"sending to {destination}: ")


@pytest.mark.rfc("6275 §9.2")
def test_a_malformed_packet_is_told_with_its_reason(bench: Bench) -> None:
    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        with peer(bench) as other:
            other.sendto(bytes.fromhex("3b002a0000000000"), (str(HERE), 0))
            await bench.until(lambda: bool(bench.events))
        driver.close()

    bench.run(scene)
    (event,) = bench.events
    assert isinstance(event, MessageRejected)
    assert (event.reason, event.message_type) == (RejectReason.UNKNOWN_MESSAGE_TYPE, 42)
    assert (event.source, event.destination) == (THERE, HERE)


@pytest.mark.rfc("6275 §9.2")
def test_a_parameter_problem_points_into_the_packet_that_caused_it(bench: Bench) -> None:
    broken = bytes.fromhex("3a01050000000000 0001 8200 0001 0104 00000000".replace(" ", ""))
    answers: list[bytes] = []

    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        with peer(bench) as other, entered(bench.there):
            listener = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        with other, listener, peer(bench) as sender:
            listener.settimeout(10)
            sender.sendto(broken, (str(HERE), 0))
            await bench.until(lambda: bool(bench.events))
            driver.perform(SendParameterProblem(source=HERE, destination=THERE, offset=0))
            while not answers or answers[-1][0] != 4:
                answers.append(listener.recv(2048))
        driver.close()

    bench.run(scene)
    problem = answers[-1]
    assert problem[:2] == bytes((4, 0))
    assert int.from_bytes(problem[4:8]) == 40
    assert problem[8 + 40 :][:3] == broken[:3]


@pytest.mark.rfc("6275 §9.2")
def test_parameter_problems_are_few_whatever_arrives(bench: Bench) -> None:
    broken = bytes.fromhex("3a00050000000000")
    problem = SendParameterProblem(source=HERE, destination=THERE, offset=0)

    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        with entered(bench.there):
            listener = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        listener.setblocking(False)
        with peer(bench) as other:
            for count in (1, 2):
                other.sendto(broken, (str(HERE), 0))
                await bench.until(lambda count=count: len(bench.events) == count)  # type: ignore[misc]
                driver.perform(problem)
            driver.perform(problem)
        driver.close()
        with listener:
            assert [kind for kind in drained(listener) if kind == 4] == [4]

    bench.run(scene)


@pytest.mark.rfc("6275 §9.3.3")
def test_binding_errors_are_few_and_hold_up_nothing_else(bench: Bench) -> None:
    error = SendMessage(source=HERE, destination=THERE, message=BindingError(status=2))

    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=HERE))
        with peer(bench) as other:
            for effect in (error, error, SendMessage(source=HERE, destination=THERE, message=PBU)):
                driver.perform(effect)
            assert [other.recv(2048)[2] for _ in range(2)] == [7, 5]
        driver.close()

    bench.run(scene)


def drained(listener: socket.socket) -> Iterator[int]:
    """Yield the ICMPv6 types that have arrived."""
    with contextlib.suppress(BlockingIOError):
        while True:
            yield listener.recv(2048)[0]


def test_an_address_opened_twice_closes_with_the_second(bench: Bench) -> None:
    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        for _ in range(2):
            driver.perform(OpenMobilitySocket(address=HERE))
        driver.perform(CloseMobilitySocket(address=HERE))
        with peer(bench) as other:
            driver.perform(SendMessage(source=HERE, destination=THERE, message=PBU))
            assert other.recv(2048)
        driver.perform(CloseMobilitySocket(address=HERE))
        driver.perform(SendMessage(source=HERE, destination=THERE, message=PBU))
        driver.close()

    bench.run(scene)


def test_an_address_may_be_opened_before_it_is_configured(bench: Bench) -> None:
    later = IPv6Address("2001:db8::99")

    async def scene() -> None:
        driver = MobilityDriver(bench.events.append)
        driver.perform(OpenMobilitySocket(address=later))
        bench.here.ip("address", "add", f"{later}/64", "dev", "link0", "nodad")
        with peer(bench) as other:
            driver.perform(SendMessage(source=later, destination=THERE, message=PBU))
            assert other.recvfrom(2048)[1][0] == str(later)
        driver.close()

    bench.run(scene)
