"""The source filter behind a tunnel device: one of another kind that has the name of ours.

The packet filter sees a packet out of a tunnel device as one out of any device, and knows it by its
name. So this runs on kernels without ``ip6_tunnel`` too.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from nf.drivers.kernel.inlets import inlet_of
from nf.drivers.kernel.ip6tnl import device_of
from nf.drivers.kernel.source_filter import SourceFilter, Wanted
from nf.engine.configuration import DriverName
from tests.kernel.domain import CN, HNP, LMA, MNP, NODE_HNP, NODE_MNP, TO_MAG1, TO_MAG2, Domain
from tests.kernel.domain import domain as made_domain
from tests.kernel.forged import FOREIGN, datagram
from tests.kernel.wire import capture

pytestmark = pytest.mark.kernel

DEVICE = device_of(TO_MAG1)


@pytest.fixture
def domain() -> Iterator[Domain]:
    """Have a domain where a wire of MAG 1's comes out at the LMA under the name of its tunnel."""
    with made_domain(DriverName.SRV6) as made:
        far_end = f"peer name far netns {made.namespace('mag1')}"
        made.ip("lma", f"link add {DEVICE} type veth {far_end}")
        made.ip("lma", f"link set {DEVICE} up")
        made.ip("mag1", "link set far up")
        yield made


@pytest.fixture
def source_filter(domain: Domain) -> Iterator[SourceFilter]:
    """Look at MAG 1's tunnel, which has one prefix; the other is at MAG 2."""
    with domain.inside("lma"):
        made = SourceFilter(inlet_of(DriverName.IP6TNL))
    with contextlib.closing(made):
        made.start()
        for prefix, tunnel in ((MNP, TO_MAG1), (HNP, TO_MAG2)):
            made.look_at(tunnel)
            made.admit(prefix, tunnel)
        made.flush()
        yield made


def arrived(net: Domain, *sources: str) -> list[str]:
    """Have packets come out of the device; return the sources that the CN has seen."""
    words = net.ip("lma", f"-o link show {DEVICE}").split()
    destination = bytes.fromhex(words[words.index("link/ether") + 1].replace(":", ""))
    with net.inside("mag1"):
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with raw, capture(net, "cn", "lma") as wire:
        raw.bind(("far", 0))
        for source in sources:
            raw.send(destination + bytes(6) + b"\x86\xdd" + datagram(source, CN))
        assert net.pings("cn", str(LMA))
        seen = [str(each.source) for each in wire.packets()]
    return [source for source in sources if source in seen]


@pytest.mark.usefixtures("source_filter")
def test_without_a_prefix_there_it_is_not_let_in(domain: Domain) -> None:
    assert arrived(domain, NODE_MNP, NODE_HNP, FOREIGN) == [NODE_MNP]


def test_the_rest_is_counted(domain: Domain, source_filter: SourceFilter) -> None:
    arrived(domain, NODE_MNP, NODE_HNP, FOREIGN)
    assert source_filter.packets_dropped() == 2


def test_what_it_takes_is_what_is_wanted(domain: Domain, source_filter: SourceFilter) -> None:
    wanted = Wanted(tunnels=[TO_MAG1], sources=[(HNP, TO_MAG1)])
    for _ in source_filter.mend(wanted, is_removing=True):
        pass
    assert arrived(domain, NODE_MNP, NODE_HNP, FOREIGN) == [NODE_HNP]


def test_a_device_of_another_name_is_not_looked_at(
    domain: Domain, source_filter: SourceFilter
) -> None:
    source_filter.overlook(TO_MAG1)
    source_filter.flush()
    assert arrived(domain, NODE_MNP, NODE_HNP, FOREIGN) == [NODE_MNP, NODE_HNP, FOREIGN]
