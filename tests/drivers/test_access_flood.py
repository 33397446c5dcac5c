"""A flood on an access link takes nothing from the nodes that belong there."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from nf.cli.demo.namespaces import connect_namespaces, entered
from nf.drivers.access import flood_filter
from nf.drivers.access.driver import AccessDriver
from nf.drivers.access.flood_filter import FrameCounts
from nf.engine.effects import OpenAccessLink
from nf.engine.events import AccessLinkDown, AccessLinkUp, DhcpMessageReceived
from nf.engine.values import LinkLayerAddress, RateLimit
from tests.drivers.access_link import opened
from tests.drivers.conftest import NODE, Bench
from tests.drivers.solicits import of_strangers, solicit

pytestmark = pytest.mark.kernel

OTHER_NODE = LinkLayerAddress(bytes.fromhex("020000000008"))
#: So little a second that a burst is what counts.
BURST = 20
LITTLE = RateLimit(messages_per_s=1, burst=BURST)
#: More than any buffer holds.
FLOOD = 20_000
DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture(autouse=True)
def silent_node(bench: Bench) -> None:
    """Have nobody on the link say anything but what a test says."""
    bench.there.sysctl(net__ipv6__conf__all__disable_ipv6="1")
    bench.there.ip("link", "set", "node0", "up")


def limited(of_node: RateLimit = LITTLE, of_strangers: RateLimit = LITTLE) -> OpenAccessLink:
    effect = opened()
    link = replace(effect.link, node_limit=of_node, stranger_limit=of_strangers)
    return replace(effect, link=link)


def say(bench: Bench, frames: Iterable[bytes], interface: str = "node0") -> int:
    with entered(bench.there), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as speaker:
        speaker.bind((interface, 0))
        return sum(1 for frame in frames if speaker.send(frame))


def solicits(node: LinkLayerAddress, count: int) -> Iterable[bytes]:
    return (solicit(node, b"\x00\x04" + number.to_bytes(16), number) for number in range(count))


def heard(bench: Bench) -> Counter[LinkLayerAddress]:
    received = (event for event in bench.events if isinstance(event, DhcpMessageReceived))
    return Counter(event.link_layer_address for event in received)


def heard_on(bench: Bench, link: str) -> int:
    received = (event for event in bench.events if isinstance(event, DhcpMessageReceived))
    return sum(1 for event in received if event.link == link)


async def serving(bench: Bench, effect: OpenAccessLink, *nodes: LinkLayerAddress) -> AccessDriver:
    """Return a driver whose link is up."""
    driver = AccessDriver(bench.events.append)
    for node in nodes:
        driver.know(node)
    driver.perform(effect)
    await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
    return driver


def frames(driver: AccessDriver) -> FrameCounts:
    return driver.frames()["link0"]


def test_a_node_is_heard_behind_a_flood_of_strangers(bench: Bench) -> None:
    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        say(bench, of_strangers(FLOOD))
        say(bench, solicits(NODE, BURST))
        await bench.until(lambda: heard(bench)[NODE] == BURST)
        driver.close()

    bench.run(scene)


def test_each_frame_of_strangers_is_heard_or_counted(bench: Bench) -> None:
    counts: list[FrameCounts] = []

    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        assert say(bench, of_strangers(FLOOD)) == FLOOD
        say(bench, solicits(NODE, 1))
        await bench.until(lambda: heard(bench)[NODE] == 1)
        counts.append(frames(driver))
        driver.close()

    bench.run(scene)
    left_out = counts[0].dropped["stranger-over-rate"]
    assert heard(bench).total() - 1 + left_out == FLOOD
    assert left_out > FLOOD // 2
    assert counts[0].is_limited
    assert counts[0].dropped["node-over-rate"] == counts[0].dropped["buffer-full"] == 0


def test_a_node_that_floods_takes_nothing_from_another(bench: Bench) -> None:
    counts: list[FrameCounts] = []

    async def scene() -> None:
        driver = await serving(bench, limited(), NODE, OTHER_NODE)
        say(bench, solicits(NODE, FLOOD))
        say(bench, solicits(OTHER_NODE, BURST))
        await bench.until(lambda: heard(bench)[OTHER_NODE] == BURST)
        counts.append(frames(driver))
        driver.close()

    bench.run(scene)
    left_out = counts[0].dropped["node-over-rate"]
    assert heard(bench)[NODE] + left_out == FLOOD
    assert left_out > FLOOD // 2


def test_a_burst_passes_as_a_whole_and_no_more_of_it(bench: Bench) -> None:
    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        say(bench, solicits(NODE, BURST))
        await bench.until(lambda: heard(bench)[NODE] == BURST)
        assert frames(driver).dropped["node-over-rate"] == 0
        say(bench, solicits(NODE, BURST))
        await bench.until(lambda: frames(driver).dropped["node-over-rate"] > 0)
        driver.close()

    bench.run(scene)


def test_a_commit_may_change_the_limits(bench: Bench) -> None:
    wide = RateLimit(messages_per_s=1_000_000, burst=1_000_000)

    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        say(bench, solicits(NODE, 3 * BURST))
        await bench.until(lambda: frames(driver).dropped["node-over-rate"] > 0)
        before = frames(driver).dropped["node-over-rate"]
        driver.perform(limited(of_node=wide))
        bench.events.clear()
        say(bench, solicits(NODE, 3 * BURST))
        await bench.until(lambda: heard(bench)[NODE] >= 3 * BURST)
        assert frames(driver).dropped["node-over-rate"] == before
        driver.close()

    bench.run(scene)


def test_who_is_a_node_may_change_at_any_time(bench: Bench) -> None:
    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        driver.forget(NODE)
        driver.know(OTHER_NODE)
        say(bench, of_strangers(FLOOD))
        say(bench, solicits(OTHER_NODE, BURST))
        await bench.until(lambda: heard(bench)[OTHER_NODE] == BURST)
        driver.close()

    bench.run(scene)
    assert heard(bench)[NODE] == 0


@pytest.mark.parametrize("refused", ["load_socket_filter", "BpfMap.table"])
def test_a_kernel_that_refuses_the_filter_lets_everybody_be_heard(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(f"{flood_filter.__name__}.{refused}", refuse)
    counts: list[FrameCounts] = []

    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        say(bench, solicits(NODE, 3 * BURST))
        await bench.until(lambda: heard(bench)[NODE] == 3 * BURST)
        counts.append(frames(driver))
        driver.close()

    bench.run(scene)
    assert not counts[0].is_limited


def test_more_nodes_than_the_kernel_has_room_for_share_the_rate_of_strangers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood_filter, "MOST_NODES", 1)

    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        driver.know(OTHER_NODE)
        say(bench, solicits(OTHER_NODE, BURST))
        say(bench, solicits(NODE, BURST))
        await bench.until(lambda: heard(bench) == {NODE: BURST, OTHER_NODE: BURST})
        driver.close()

    bench.run(scene)


def test_who_pretends_to_be_a_node_on_another_link_takes_nothing_from_it(bench: Bench) -> None:
    connect_namespaces(bench.here, "link1", bench.there, "node1")
    bench.there.ip("link", "set", "node1", "up")
    first = limited()
    other = replace(first, link=replace(first.link, interface="link1"))

    async def scene() -> None:
        driver = await serving(bench, first, NODE)
        driver.perform(other)
        await bench.until(lambda: AccessLinkUp(link="link1") in bench.events)
        say(bench, solicits(NODE, FLOOD), "node1")
        await bench.until(lambda: driver.frames()["link1"].dropped["node-over-rate"] > 0)
        bench.events.clear()
        say(bench, solicits(NODE, BURST))
        await bench.until(lambda: frames(driver).dropped["node-over-rate"] == 0)
        await bench.until(lambda: heard_on(bench, "link0") == BURST)
        driver.close()

    bench.run(scene)


def test_room_that_a_node_leaves_is_for_one_that_had_none(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood_filter, "MOST_NODES", 1)
    counts: list[FrameCounts] = []

    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        driver.know(OTHER_NODE)
        driver.forget(NODE)
        say(bench, of_strangers(FLOOD))
        say(bench, solicits(OTHER_NODE, BURST))
        await bench.until(lambda: heard(bench)[OTHER_NODE] == BURST)
        counts.append(frames(driver))
        driver.close()

    bench.run(scene)
    assert counts[0].dropped["node-over-rate"] == 0


def test_what_is_counted_is_not_forgotten_with_the_interface(bench: Bench) -> None:
    wide = RateLimit(messages_per_s=1_000_000, burst=1_000_000)

    async def scene() -> None:
        driver = await serving(bench, limited(of_strangers=wide), NODE)
        driver.admit(is_admitted=False)
        say(bench, of_strangers(FLOOD))
        bench.here.ip("link", "delete", "link0")
        await bench.until(lambda: AccessLinkDown(link="link0") in bench.events)
        assert frames(driver).dropped["buffer-full"] > 0
        driver.close()

    bench.run(scene)


def test_interfaces_that_come_and_go_leave_no_descriptor_open(bench: Bench) -> None:
    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        before = len(list(DESCRIPTORS.iterdir()))
        for _ in range(3):
            bench.events.clear()
            bench.here.ip("link", "delete", "link0")
            await bench.until(lambda: AccessLinkDown(link="link0") in bench.events)
            connect_namespaces(bench.here, "link0", bench.there, "node0")
            bench.there.ip("link", "set", "node0", "up")
            await bench.until(lambda: AccessLinkUp(link="link0") in bench.events)
        assert len(list(DESCRIPTORS.iterdir())) == before
        say(bench, solicits(NODE, 3 * BURST))
        await bench.until(lambda: frames(driver).dropped["node-over-rate"] > 0)
        driver.close()

    bench.run(scene)


def tagged(frames: Iterable[bytes], vlan: int) -> Iterable[bytes]:
    """Yield frames with a tag of IEEE 802.1Q."""
    return (each[:12] + b"\x81\x00" + vlan.to_bytes(2) + each[12:] for each in frames)


def test_a_frame_of_a_vlan_is_none_of_this_link_but_one_with_a_priority_only_is(
    bench: Bench,
) -> None:
    async def scene() -> None:
        driver = await serving(bench, limited(), NODE)
        say(bench, tagged(solicits(OTHER_NODE, BURST), vlan=7))
        say(bench, tagged(solicits(NODE, 1), vlan=0))
        await bench.until(lambda: heard(bench)[NODE] == 1)
        assert frames(driver).dropped["stranger-over-rate"] == 0
        driver.close()

    bench.run(scene)
    assert heard(bench) == {NODE: 1}
