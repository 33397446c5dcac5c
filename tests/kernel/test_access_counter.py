"""What a node sends from a source that is not registered on its link is dropped, and counted."""

from __future__ import annotations

import pytest

from nf.engine.kernel_effects import RemoveAccessRoute, RemoveUplinkRoute
from tests.kernel.domain import (
    CN,
    FROM_MAG1,
    MAG1,
    MNP,
    NODE_HNP,
    NODE_MNP,
    Agent,
    Domain,
)
from tests.kernel.forged import FOREIGN, datagram, send
from tests.kernel.test_reconciliation import has_packet_filter, wait_until
from tests.kernel.wire import capture

pytestmark = pytest.mark.kernel


def dropped(mag: Agent) -> int | None:
    state = mag.call("state")
    assert isinstance(state, dict)
    counts = state["dropped"]
    assert isinstance(counts, dict)
    found = counts.get("unregistered-on-access-link")
    return None if found is None else int(str(found))


def speak(net: Domain, source: str, destination: str = CN) -> bool:
    """Have the node send one packet; tell whether the correspondent has seen it."""
    with capture(net, "cn", "lma") as wire:
        send(net, "node1", datagram(source, destination), "fe80::1%mag")
        assert net.pings("node1", "fe80::1%mag")
        assert net.pings("cn", "2001:db8:c::1")
        return source in {str(each.source) for each in wire.packets()}


@pytest.fixture
def mag(net: Domain) -> Agent:
    """Return a MAG that guards the link of its node."""
    if not has_packet_filter(net):
        pytest.fail("this kernel has no packet filter for IPv6")
    net.start_lma()
    mag = net.start_mag(1)
    mag.call("open-access-link", "access")
    return mag


@pytest.mark.rfc("5213 §6.10.5")
def test_only_what_is_from_nobodys_source_is_counted(net: Domain, mag: Agent) -> None:
    for source in (NODE_HNP, NODE_MNP):
        assert speak(net, source)
    assert dropped(mag) == 0
    assert not speak(net, FOREIGN)
    assert dropped(mag) == 1


def test_what_is_for_the_gateway_itself_is_not_counted(net: Domain, mag: Agent) -> None:
    for source, destination in ((FOREIGN, str(MAG1)), ("::", "ff02::16"), (FOREIGN, "ff02::2")):
        speak(net, source, destination)
    assert dropped(mag) == 0


@pytest.mark.rfc("5213 §6.10.5")
def test_a_source_counts_as_soon_as_it_is_registered_no_more(net: Domain, mag: Agent) -> None:
    mag.perform(
        RemoveUplinkRoute(prefix=MNP, link="access", tunnel=FROM_MAG1),
        RemoveAccessRoute(prefix=MNP, link="access"),
    )
    assert not speak(net, NODE_MNP)
    assert speak(net, NODE_HNP)
    assert dropped(mag) == 1


def test_counting_goes_on_when_somebody_has_flushed_all_rules(net: Domain, mag: Agent) -> None:
    net.run("mag1", "nft", "flush", "ruleset")
    wait_until(lambda: "from-nodes" in net.run("mag1", "nft", "list", "ruleset"))
    wait_until(lambda: not speak(net, FOREIGN) and bool(dropped(mag)))


def test_nobody_counts_where_no_link_is_open(net: Domain) -> None:
    net.start_lma()
    mag = net.start_mag(1)
    assert dropped(mag) is None
    mag.call("open-access-link", "access")
    assert dropped(mag) == 0


def test_nothing_is_left_behind(net: Domain, mag: Agent) -> None:
    mag.call("drain")
    assert "pmip6" not in net.run("mag1", "nft", "list", "ruleset")
