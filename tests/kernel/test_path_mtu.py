"""The MTU of a tunnel follows the path to its peer, while the function runs."""

from __future__ import annotations

from typing import Final

import pytest

from nf.engine.events import TunnelMtuChanged
from nf.engine.values import Tunnel
from nf.journal import event_to_json
from tests.kernel.domain import CN, FROM_MAG1, MAG1, NODE_MNP, TO_MAG1, Agent, Domain
from tests.kernel.test_reconciliation import wait_until

pytestmark = pytest.mark.kernel

#: The headers of IPv6 and of an echo request.
HEADERS: Final = 48


def wait_for_mtu(agent: Agent, tunnel: Tunnel, mtu: int) -> None:
    """Return when the driver's last word is that a tunnel has this MTU."""
    event = event_to_json(TunnelMtuChanged(tunnel=tunnel, mtu=mtu))

    def is_last() -> bool:
        posted = agent.call("posted")
        return isinstance(posted, list) and posted[-1:] == [event]

    wait_until(is_last)


def is_largest(net: Domain, machine: str, destination: str, mtu: int) -> bool:
    """Tell whether a packet of this size passes, and a larger one is said to be too big."""
    net.ip(machine, "route flush cache")
    options = ("-M", "do", "-s")
    is_passed = net.pings(machine, destination, *options, str(mtu - HEADERS))
    answer = net.ping(machine, destination, *options, str(mtu - HEADERS + 1))
    return is_passed and f"Packet too big: mtu={mtu}" in answer


@pytest.mark.rfc("5213 §6.9.5")
def test_follows_the_core_interface_down_and_up_again(net: Domain) -> None:
    lma, mag = net.start_lma(), net.start_mag(1)
    assert is_largest(net, "cn", NODE_MNP, 1460)
    for core_mtu in (1400, 1500):
        for machine in ("lma", "mag1"):
            net.ip(machine, f"link set core mtu {core_mtu}")
        wait_for_mtu(lma, TO_MAG1, core_mtu - 40)
        wait_for_mtu(mag, FROM_MAG1, core_mtu - 40)
        assert is_largest(net, "cn", NODE_MNP, core_mtu - 40)
        assert is_largest(net, "node1", CN, core_mtu - 40)


def test_follows_the_route_to_the_peer(net: Domain) -> None:
    lma = net.start_lma()
    net.start_mag(1)
    net.ip("lma", f"route add {MAG1} dev core mtu 1380")
    wait_for_mtu(lma, TO_MAG1, 1340)
    assert is_largest(net, "cn", NODE_MNP, 1340)
