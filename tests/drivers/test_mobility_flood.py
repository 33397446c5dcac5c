"""Who is flooded with messages of strangers hears its peers as if there were none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv6Address

import pytest

from nf.cli.demo.namespaces import entered
from nf.codec.messages import (
    Heartbeat,
    MobileNodeIdentifier,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.mobility import encode_mobility_message
from nf.drivers.mobility import filters
from nf.drivers.mobility.driver import MobilityDriver
from nf.drivers.mobility.sockets import PACES
from nf.engine.effects import OpenMobilitySocket, SendMessage
from nf.engine.events import Event, MessageReceived
from tests.drivers.conftest import Bench

pytestmark = pytest.mark.kernel

HERE, PEER = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
STRANGERS = [IPv6Address("2001:db8::bad:0") + number for number in range(4)]
#: More than any buffer holds.
FLOOD = 30_000
REFRESHES = 200


@pytest.fixture(autouse=True)
def addresses(bench: Bench) -> None:
    bench.here.ip("address", "add", f"{HERE}/64", "dev", "link0", "nodad")
    for address in (PEER, *STRANGERS):
        bench.there.ip("address", "add", f"{address}/64", "dev", "node0", "nodad")


@contextlib.contextmanager
def sender(bench: Bench, source: IPv6Address) -> Iterator[socket.socket]:
    """Yield a socket on the other host, whose kernel adds the checksum."""
    with entered(bench.there):
        made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
    with made:
        made.bind((str(source), 0))
        made.connect((str(HERE), 0))
        yield made


def sources_of(bench: Bench) -> Counter[IPv6Address]:
    return Counter(each.source for each in bench.events if isinstance(each, MessageReceived))


def update(number: int) -> bytes:
    return encode_mobility_message(
        ProxyBindingUpdate(
            sequence_number=SequenceNumber(number),
            lifetime_s=600,
            mobile_node_identifier=MobileNodeIdentifier("bus-7@operator.example"),
        )
    )


def send_flood(bench: Bench, packet: bytes, count: int = FLOOD) -> None:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(sender(bench, each)) for each in STRANGERS]
        for number in range(count):
            sockets[number % len(sockets)].send(packet)


def heard_from(bench: Bench, source: IPv6Address) -> list[MessageReceived]:
    received = (event for event in bench.events if isinstance(event, MessageReceived))
    return [event for event in received if event.source == source]


def opened(bench: Bench, *peers: IPv6Address) -> MobilityDriver:
    driver = MobilityDriver(bench.events.append)
    driver.perform(OpenMobilitySocket(address=HERE))
    driver.know(peers)
    return driver


def test_no_refresh_of_a_peer_is_lost_behind_a_flood_of_strangers(bench: Bench) -> None:
    async def scene() -> None:
        driver = opened(bench, PEER)
        send_flood(bench, update(0))
        with sender(bench, PEER) as peer:
            for number in range(REFRESHES):
                peer.send(update(number))
        await bench.until(lambda: len(heard_from(bench, PEER)) == REFRESHES)
        driver.close()

    bench.run(scene)
    numbers = [event.message.sequence_number for event in heard_from(bench, PEER)]  # type: ignore[union-attr]
    assert numbers == list(range(REFRESHES))


#: Sends the same octets from each of its sources as fast as it can, until it is killed.
FLOODING = """
import socket, sys
sockets = []
for source in sys.argv[3:]:
    sockets.append(socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135))
    sockets[-1].bind((source, 0))
    sockets[-1].connect((sys.argv[1], 0))
packet = bytes.fromhex(sys.argv[2])
while True:
    for each in sockets:
        each.send(packet)
"""


@contextlib.contextmanager
def flooded(bench: Bench, packet: bytes) -> Iterator[None]:
    command = (sys.executable, "-c", FLOODING, str(HERE), packet.hex(), *map(str, STRANGERS))
    with entered(bench.there):
        process = subprocess.Popen(command)
    try:
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_every_request_of_a_peer_is_answered_under_a_flood_without_end(bench: Bench) -> None:
    """One after the other, none is sent twice."""
    answered: list[bytes] = []

    async def scene() -> None:
        def take(event: Event) -> None:
            bench.events.append(event)
            if isinstance(event, MessageReceived) and event.source == PEER:
                driver.perform(SendMessage(source=HERE, destination=PEER, message=event.message))

        loop = asyncio.get_running_loop()
        driver = MobilityDriver(take)
        driver.perform(OpenMobilitySocket(address=HERE))
        driver.know([PEER])
        with flooded(bench, update(0)), sender(bench, PEER) as peer:
            peer.setblocking(False)
            await bench.until(lambda: any(sources_of(bench)[each] for each in STRANGERS))
            for number in range(REFRESHES):
                peer.send(update(number))
                answered.append(await loop.sock_recv(peer, 2048))
            assert sources_of(bench)[PEER] == REFRESHES
        driver.close()

    bench.run(scene)
    assert len(answered) == REFRESHES


def test_strangers_are_heard_a_few_at_a_time(bench: Bench) -> None:
    most = PACES[filters.Traffic.STRANGERS].batch

    async def scene() -> None:
        driver = opened(bench, PEER)
        send_flood(bench, update(0), 4 * most)
        await bench.until(lambda: bool(bench.events))
        assert len(bench.events) <= most
        await bench.until(lambda: len(bench.events) == 4 * most)
        driver.close()

    bench.run(scene)
    assert sources_of(bench) == dict.fromkeys(STRANGERS, most)


def test_heartbeats_of_peers_are_heard_while_all_else_has_to_wait(bench: Bench) -> None:
    async def scene() -> None:
        driver = opened(bench, PEER)
        driver.admit(is_admitted=False)
        heartbeat = encode_mobility_message(Heartbeat(sequence_number=9))
        with sender(bench, PEER) as peer:
            peer.send(update(1))
            peer.send(heartbeat)
        send_flood(bench, heartbeat, 4)
        await bench.until(lambda: bool(bench.events))
        assert [event.message for event in heard_from(bench, PEER)] == [
            Heartbeat(sequence_number=9)
        ]
        driver.admit(is_admitted=True)
        await bench.until(lambda: len(bench.events) == 6)
        driver.close()

    bench.run(scene)


def test_who_is_a_peer_may_change_at_any_time(bench: Bench) -> None:
    async def scene() -> None:
        driver = opened(bench)
        driver.admit(is_admitted=False)
        heartbeat = encode_mobility_message(Heartbeat(sequence_number=9))
        with sender(bench, PEER) as peer, sender(bench, STRANGERS[0]) as other:
            for now in (PEER, STRANGERS[0]):
                driver.know([now])
                peer.send(heartbeat)
                other.send(heartbeat)
                await bench.until(lambda now=now: heard_from(bench, now) != [])  # type: ignore[misc]
        driver.close()

    bench.run(scene)
    assert sources_of(bench) == {PEER: 1, STRANGERS[0]: 1}


NETWORK = int(IPv6Address("2001:db8:0:1::"))
#: By how many words these are told from strangers: more do not fit.
LISTS = {
    "none": ([], 4),
    "far-apart": ([IPv6Address(number << 96) for number in range(1, 200)], 4),
    "many-in-one-network": ([IPv6Address(NETWORK + number) for number in range(1, 1500)], 4),
    "too-many-in-one-network": ([IPv6Address(NETWORK + number) for number in range(1, 5000)], 3),
    "too-many-networks": ([IPv6Address(number << 96) for number in range(1, 5000)], 0),
}


@pytest.mark.parametrize("name", LISTS)
def test_each_message_arrives_once_however_long_the_list_of_peers(bench: Bench, name: str) -> None:
    peers, _ = LISTS[name]

    async def scene() -> None:
        driver = opened(bench, *peers, PEER)
        for source in (PEER, STRANGERS[0]):
            with sender(bench, source) as other:
                other.send(update(1))
                other.send(encode_mobility_message(Heartbeat(sequence_number=2)))
        await bench.until(lambda: len(bench.events) >= 4)
        driver.close()

    bench.run(scene)
    assert sources_of(bench) == {PEER: 2, STRANGERS[0]: 2}


@pytest.mark.parametrize("name", LISTS)
def test_as_many_words_are_compared_as_there_is_room_for(name: str) -> None:
    peers, words = LISTS[name]
    longest = max(
        each
        for each in range(filters.WORDS + 1)
        if len(filters.program(filters.Traffic.PEERS, peers, each)) <= filters.MOST_INSTRUCTIONS
    )
    assert longest == words
