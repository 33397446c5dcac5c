"""What the LMA takes out of a gateway's tunnel: only what comes from prefixes registered there."""

from __future__ import annotations

import contextlib
import json
import socket
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.engine.configuration import DataPlaneConfiguration
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallAccessRoute,
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    ReconcileKernel,
    RemoveRoute,
    RemoveTunnel,
    ShareSource,
)
from tests.kernel.domain import (
    CN,
    FROM_MAG1,
    HNP,
    LMA,
    MAG1,
    MAG2,
    MNP,
    NODE_HNP,
    NODE_LINK_LOCAL,
    NODE_MNP,
    TO_MAG1,
    TO_MAG2,
    Agent,
    Domain,
)
from tests.kernel.forged import DESTINATION_OPTIONS, FOREIGN, datagram, header, send
from tests.kernel.test_reconciliation import wait_until
from tests.kernel.wire import IPV6_IN_IPV6, capture

pytestmark = pytest.mark.kernel

#: Of the same length as MNP, and of a length that nobody else has.
OTHER_MNP = IPv6Network("2001:db8:a2::/56")
SMALL = IPv6Network("2001:db8:5:80::/57")
GATEWAYS = {MAG1: "mag1", MAG2: "mag2"}


def arrived(net: Domain, *sent: tuple[IPv6Address, str]) -> list[tuple[IPv6Address, str]]:
    """Have gateways tunnel a packet each from a source; return those that the CN has seen."""
    seen = []
    for gateway, source in sent:
        packet = header(str(gateway), str(LMA), IPV6_IN_IPV6, datagram(source, CN))
        with capture(net, "cn", "lma") as wire:
            send(net, GATEWAYS[gateway], packet, str(LMA))
            assert net.pings("cn", str(LMA))
            if source in {str(each.source) for each in wire.packets()}:
                seen.append((gateway, source))
    return seen


def dropped(lma: Agent) -> int:
    state = lma.call("state")
    assert isinstance(state, dict)
    counts = state["dropped"]
    assert isinstance(counts, dict)
    return int(str(counts["unregistered-source"]))


def rules(net: Domain) -> list[object]:
    """Return the rules of the packet filter at the LMA."""
    listing = json.loads(net.run("lma", "nft", "--json", "list", "ruleset"))
    return [each for each in listing["nftables"] if "rule" in each]


def both(net: Domain) -> Agent:
    """Start an LMA with a tunnel to each MAG, and another node's prefix at the second."""
    lma = net.start_lma()
    lma.perform(
        InstallTunnel(tunnel=TO_MAG2),
        InstallRoute(prefix=OTHER_MNP, tunnel=TO_MAG2),
    )
    return lma


class TestSource:
    @pytest.mark.rfc("5213 §5.6.2")
    def test_of_a_prefix_at_this_gateway_is_let_in_and_no_other(self, net: Domain) -> None:
        lma = both(net)
        good = [(MAG1, NODE_MNP), (MAG1, NODE_HNP), (MAG2, "2001:db8:a2::7")]
        bad = [(MAG1, FOREIGN), (MAG1, "2001:db8:a2::7"), (MAG2, NODE_MNP), (MAG2, NODE_HNP)]
        assert arrived(net, *good, *bad) == good
        assert dropped(lma) == len(bad)

    def test_may_have_any_length(self, net: Domain) -> None:
        lma = both(net)
        lma.perform(InstallRoute(prefix=SMALL, tunnel=TO_MAG2))
        inside, outside = (MAG2, "2001:db8:5:80::1"), (MAG2, "2001:db8:5::1")
        assert arrived(net, inside, outside) == [inside]

    def test_is_found_behind_what_stands_between_the_headers(self, net: Domain) -> None:
        lma = both(net)
        inner = DESTINATION_OPTIONS + datagram(FOREIGN, CN)
        with capture(net, "cn", "lma") as wire:
            send(net, "mag1", header(str(MAG1), str(LMA), 60, inner), str(LMA))
            assert net.pings("cn", str(LMA))
            assert FOREIGN not in {str(each.source) for each in wire.packets()}
        assert dropped(lma) == 1

    def test_is_none_any_more_when_the_last_prefix_has_gone(self, net: Domain) -> None:
        lma = both(net)
        lma.perform(RemoveRoute(prefix=OTHER_MNP, tunnel=TO_MAG2))
        assert arrived(net, (MAG2, "2001:db8:a2::7")) == []

    def test_costs_no_rule_of_its_own(self, net: Domain) -> None:
        lma = both(net)
        before = rules(net)
        prefixes = IPv6Network("2001:db8:4000::/46").subnets(new_prefix=56)
        lma.perform(*(InstallRoute(prefix=each, tunnel=TO_MAG2) for each in prefixes))
        assert rules(net) == before
        assert arrived(net, (MAG2, "2001:db8:4003:ff00::1")) != []


class TestMove:
    def test_lets_the_new_gateway_speak_from_then_on_and_the_old_one_no_more(
        self, net: Domain
    ) -> None:
        lma = both(net)
        for new, old in ((TO_MAG2, MAG1), (TO_MAG1, MAG2)):
            lma.perform(InstallRoute(prefix=MNP, tunnel=new))
            speakers = [(new.remote, NODE_MNP), (old, NODE_MNP)]
            assert arrived(net, *speakers) == speakers[:1]
        assert dropped(lma) == 2

    def test_of_one_session_leaves_the_other_of_the_same_router_alone(self, net: Domain) -> None:
        lma = both(net)
        lma.perform(
            InstallRoute(prefix=MNP, tunnel=TO_MAG2), ShareSource(prefix=MNP, tunnels=(TO_MAG1,))
        )
        speakers = [(MAG1, NODE_MNP), (MAG2, NODE_MNP)]
        assert arrived(net, *speakers) == speakers
        lma.perform(InstallRoute(prefix=MNP, tunnel=TO_MAG1), ShareSource(prefix=MNP, tunnels=()))
        assert arrived(net, *speakers) == speakers[:1]

    def test_there_and_back_before_anything_was_said_is_no_move(self, net: Domain) -> None:
        lma = both(net)
        lma.perform(ShareSource(prefix=MNP, tunnels=(TO_MAG2,)))
        lma.perform(ShareSource(prefix=MNP, tunnels=()))
        speakers = [(MAG1, NODE_MNP), (MAG2, NODE_MNP)]
        assert arrived(net, *speakers) == speakers[:1]
        assert lma.call("posted") == []


class TestFilter:
    def test_goes_with_all_the_rest_of_ours(self, net: Domain) -> None:
        lma = both(net)
        assert rules(net)
        lma.call("drain")
        assert net.run("lma", "nft", "list", "ruleset") == ""

    def test_outlives_the_daemon_and_takes_on_what_changed(self, net: Domain) -> None:
        both(net).kill()
        speakers = [(MAG1, NODE_MNP), (MAG2, NODE_MNP)]
        assert arrived(net, *speakers) == speakers[:1]
        lma = net.start("lma")
        lma.perform(InstallTunnel(tunnel=TO_MAG2), InstallRoute(prefix=MNP, tunnel=TO_MAG2))
        assert arrived(net, *speakers) == speakers
        lma.perform(ReconcileKernel())
        assert arrived(net, *speakers) == speakers[1:]
        assert lma.call("posted") == []

    def test_is_put_back_when_somebody_flushes_all_rules(self, net: Domain) -> None:
        both(net)
        net.run("lma", "nft", "flush", "ruleset")
        wait_until(lambda: len(rules(net)) == 4)
        speakers = [(MAG1, NODE_MNP), (MAG2, NODE_MNP)]
        assert arrived(net, *speakers) == speakers[:1]

    def test_is_put_back_by_the_next_change_without_waiting(self, net: Domain) -> None:
        lma = both(net)
        with lma.paused():
            net.run("lma", "nft", "flush", "ruleset")
        lma.perform(InstallRoute(prefix=SMALL, tunnel=TO_MAG1))
        lma.perform(ReconcileKernel())
        speakers = [(MAG1, NODE_MNP), (MAG2, NODE_MNP)]
        assert arrived(net, *speakers) == speakers[:1]

    def test_is_of_no_concern_to_the_rules_of_others(self, net: Domain) -> None:
        net.run("lma", "nft", "add table inet theirs")
        before = net.run("lma", "nft", "list", "ruleset")
        both(net).call("drain")
        assert net.run("lma", "nft", "list", "ruleset") == before

    def test_follows_a_change_of_configuration(self, net: Domain) -> None:
        lma = both(net)
        changed = DataPlaneConfiguration(driver=net.driver, mtu=1300)
        lma.perform(ConfigureDataPlane(data_plane=changed))
        speakers = [(MAG1, NODE_MNP), (MAG2, NODE_MNP)]
        assert arrived(net, *speakers) == speakers[:1]

    def test_forgets_a_tunnel_that_has_gone(self, net: Domain) -> None:
        lma = both(net)
        lma.perform(RemoveRoute(prefix=OTHER_MNP, tunnel=TO_MAG2), RemoveTunnel(tunnel=TO_MAG2))
        listing = net.run("lma", "nft", "list", "set", "ip6", "pmip6", "tunnels")
        assert listing.count(".") + listing.count("pm-") == (2 if net.driver.value == "srv6" else 1)

    @pytest.mark.rfc("5213 §6.10.5")
    def test_is_no_matter_of_gateways(self, net: Domain) -> None:
        net.start_lma()
        mag = net.start("mag1")
        mag.perform(
            InstallTunnel(tunnel=FROM_MAG1),
            InstallAccessRoute(prefix=HNP, link="access", next_hop=None),
            InstallUplinkRoute(prefix=HNP, link="access", tunnel=FROM_MAG1),
            InstallAccessRoute(prefix=MNP, link="access", next_hop=NODE_LINK_LOCAL),
        )
        assert net.pings("cn", NODE_HNP)


def test_no_packet_of_the_new_gateway_is_lost_in_a_hundred_handovers(net: Domain) -> None:
    lma = both(net)
    with capture(net, "cn", "lma") as wire, contextlib.ExitStack() as open_sockets:
        senders = {}
        for gateway, machine in GATEWAYS.items():
            with net.inside(machine):
                raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
            senders[gateway] = open_sockets.enter_context(raw)
        for number in range(100):
            tunnel = (TO_MAG2, TO_MAG1)[number % 2]
            inner = datagram(NODE_MNP, CN)
            lma.perform(InstallRoute(prefix=MNP, tunnel=tunnel))
            packet = header(str(tunnel.remote), str(LMA), IPV6_IN_IPV6, inner)
            senders[tunnel.remote].sendto(packet, (str(LMA), 0))
            wait_until(lambda: NODE_MNP in {str(each.source) for each in wire.packets()})
    assert dropped(lma) == 0
