"""Packets whose way into a tunnel is gone: they go nowhere, and never out of here as they are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nf.engine.kernel_effects import RemoveAggregateRoute, RemoveRoute
from tests.kernel.domain import CN, HNP, LMA, MNP, NODE_HNP, NODE_MNP, POOL, TO_MAG1, Domain
from tests.kernel.test_reconciliation import wait_until
from tests.kernel.wire import Packet, capture

pytestmark = pytest.mark.kernel

#: What a hand or a fault may do to a device of ours.
LOSSES = {"deleted": "link delete group 223", "down": "link set group 223 down"}


@contextmanager
def stream(net: Domain, machine: str, source: str, destination: str) -> Iterator[None]:
    """Have echo requests sent, 500 a second."""
    command = ["ping", "-6", "-n", "-q", "-i", "0.002", "-I", source, destination]
    sender = subprocess.Popen([*net.enter(machine), *command], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        sender.terminate()
        sender.wait()


def bare(packets: list[Packet], node: str) -> list[Packet]:
    """Return the packets to or from a node that have no outer header."""
    return [each for each in packets if node in (str(each.source), str(each.destination))]


def tunnelled(packets: list[Packet], node: str) -> list[Packet]:
    return bare([each.inner for each in packets if each.inner is not None], node)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
class TestLostDevice:
    def test_of_the_lma_lets_no_packet_follow_the_default_route(
        self, net: Domain, loss: str
    ) -> None:
        net.start_lma().kill()
        net.start_mag(1)
        net.ip("lma", "route add default via 2001:db8:f::12 dev core")
        with stream(net, "cn", CN, NODE_MNP), capture(net, "lma", "core") as wire:
            wait_until(lambda: bool(tunnelled(wire.packets(), NODE_MNP)))
            net.ip("lma", loss)
            for node in (NODE_MNP, NODE_HNP):
                assert not net.pings("cn", node)
            packets = wire.packets()
        assert not bare(packets, NODE_MNP)
        assert not bare(packets, NODE_HNP)

    def test_of_the_mag_lets_no_packet_follow_the_default_route(
        self, net: Domain, loss: str
    ) -> None:
        net.start_lma()
        net.start_mag(1).kill()
        with stream(net, "node1", NODE_MNP, CN), capture(net, "mag1", "core") as wire:
            wait_until(lambda: bool(tunnelled(wire.packets(), NODE_MNP)))
            net.ip("mag1", loss)
            for node in (NODE_MNP, NODE_HNP):
                assert not net.pings("node1", CN, "-I", node)
            packets = wire.packets()
        assert not bare(packets, NODE_MNP)
        assert not bare(packets, NODE_HNP)

    def test_is_put_back_under_traffic_and_nothing_leaks_meanwhile(
        self, net: Domain, loss: str
    ) -> None:
        net.start_lma()
        net.start_mag(1)
        net.ip("lma", "route add default via 2001:db8:f::12 dev core")
        with stream(net, "cn", CN, NODE_MNP), capture(net, "lma", "core") as wire:
            net.ip("lma", loss)
            wait_until(lambda: net.pings("cn", NODE_MNP))
            net.ip("mag1", loss)
            wait_until(lambda: net.pings("cn", NODE_MNP))
            packets = wire.packets()
        assert tunnelled(packets, NODE_MNP)
        assert not bare(packets, NODE_MNP)


class TestDeadEnd:
    def test_is_one_for_each_aggregate_and_each_prefix_outside(self, net: Domain) -> None:
        lma = net.start_lma()
        assert dead_ends(net) == {str(POOL), str(HNP)}
        lma.perform(RemoveAggregateRoute(prefix=POOL))
        assert dead_ends(net) == {str(MNP), str(HNP)}
        lma.perform(RemoveRoute(prefix=HNP, tunnel=TO_MAG1))
        assert dead_ends(net) == {str(MNP)}

    def test_is_preferred_to_what_others_have_for_the_same_prefix(self, net: Domain) -> None:
        net.start_lma().kill()
        net.ip("lma", f"route add {POOL} via 2001:db8:f::12 dev core")
        net.ip("lma", "link delete group 223")
        assert "Destination unreachable" in net.ping("cn", NODE_MNP)
        assert net.pings("cn", str(LMA))


def dead_ends(net: Domain) -> set[str]:
    """Return the prefixes of the unreachable routes of ours in the main table."""
    routes = net.ip("lma", "route show type unreachable table main proto 223").splitlines()
    return {line.split()[1] for line in routes}
