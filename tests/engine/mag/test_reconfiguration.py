"""What commits do to a running MAG."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    Heartbeat,
    MobileNetworkPrefix,
    ProxyBindingUpdate,
)
from nf.engine.configuration import (
    FIXED_MAG_LINK_LAYER_ADDRESS,
    FIXED_MAG_LINK_LOCAL_ADDRESS,
    DomainConfiguration,
    LmaConfiguration,
    MagConfiguration,
    MagRemoved,
    MobileNode,
    MobileNodeRemoved,
    PolicyProfileRemoved,
)
from nf.engine.effects import (
    CloseAccessLink,
    CloseMobilitySocket,
    OpenAccessLink,
    OpenMobilitySocket,
    SendMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import Started
from nf.engine.kernel_effects import RemoveTunnel, RemoveUplinkRoute, SetLocalRouting
from nf.engine.mag.records import RegistrationState
from tests.engine.mag.bench import (
    HNP,
    HOST_PROFILE,
    LINK,
    LMA,
    MAG,
    MNP,
    NODE,
    OTHER_HNP,
    OTHER_LINK,
    OTHER_LMA,
    OTHER_MAC,
    OTHER_NODE,
    OTHER_ROUTER,
    PROFILE,
    ROLE,
    ROUTER,
    TUNNEL,
    Bench,
    advertisement_in,
    of,
    registered,
    solicit,
)

OTHER_MAG = IPv6Address("2001:db8:f::12")


class TestRole:
    def test_that_is_configured_opens_socket_and_links(self) -> None:
        bench = Bench(MagRemoved(), start=False)
        assert bench.configure(ROLE) == [
            OpenMobilitySocket(address=MAG),
            *(
                OpenAccessLink(
                    link=link,
                    link_local_address=FIXED_MAG_LINK_LOCAL_ADDRESS,
                    link_layer_address=FIXED_MAG_LINK_LAYER_ADDRESS,
                )
                for link in (LINK, OTHER_LINK)
            ),
        ]

    @pytest.mark.parametrize("item", [MagRemoved(), replace(ROLE, enabled=False)])
    def test_that_goes_ends_every_registration_then_closes_all(
        self, item: MagRemoved | MagConfiguration
    ) -> None:
        bench = registered()
        effects = bench.configure(item)
        assert bench.pbu.lifetime_s == 0
        assert advertisement_in(effects).advertisement.router_lifetime_s == 0
        assert bench.mag.binding_update_list == {}
        assert bench.mag.attached_nodes == {}
        assert effects.index(of(SendMessage, effects)[0]) < effects.index(
            CloseMobilitySocket(address=MAG)
        )
        assert [each.interface for each in of(CloseAccessLink, effects)] == ["access0", "access1"]
        assert of(RemoveTunnel, effects) == [RemoveTunnel(tunnel=TUNNEL)]
        assert bench.mag.gateway.timers.running() == frozenset()

    def test_that_gets_another_address_registers_its_nodes_with_it(self) -> None:
        bench = registered()
        effects = bench.configure(replace(ROLE, proxy_care_of_address=OTHER_MAG))
        old, new = of(SendMessage, effects)
        assert (old.source, new.source) == (MAG, OTHER_MAG)
        assert effects.index(CloseMobilitySocket(address=MAG)) < effects.index(
            OpenMobilitySocket(address=OTHER_MAG)
        )
        assert bench.state() is RegistrationState.REGISTERING

    @pytest.mark.rfc("5213 §6.10.3", "5213 §9.2")
    def test_says_at_once_whether_nodes_reach_each_other_without_their_lmas(self) -> None:
        bench = registered()
        locally = replace(ROLE, local_routing=True)
        assert bench.configure(locally) == [SetLocalRouting(enabled=True)]
        assert bench.configure(locally) == []
        assert bench.configure(ROLE) == [SetLocalRouting(enabled=False)]
        bench.configure(locally)
        assert SetLocalRouting(enabled=False) in bench.configure(MagRemoved())

    def test_whose_timers_change_leaves_registrations_alone(self) -> None:
        bench = registered()
        assert bench.configure(replace(ROLE, detach_hold_ms=100)) == []
        assert bench.mag.gateway.role == replace(ROLE, detach_hold_ms=100)

    def test_that_goes_forgets_a_refused_registration_without_a_word(self) -> None:
        bench = Bench()
        bench.seen()
        bench.refused(130)
        assert of(SendMessage, bench.configure(MagRemoved())) == []
        assert bench.mag.binding_update_list == {}


class TestAccessLink:
    def test_that_goes_loses_its_nodes(self) -> None:
        bench = registered()
        effects = bench.configure(replace(ROLE, access_links=(OTHER_LINK,)))
        assert effects[-1] == CloseAccessLink(interface="access0")
        assert bench.pbu.lifetime_s == 0
        assert bench.state() is RegistrationState.DEREGISTERING

    def test_that_is_disabled_is_closed(self) -> None:
        effects = Bench().configure(
            replace(ROLE, access_links=(LINK, replace(OTHER_LINK, enabled=False)))
        )
        assert effects == [CloseAccessLink(interface="access1")]

    def test_that_changes_is_opened_again(self) -> None:
        changed = replace(OTHER_LINK, attach_sources=())
        (opened,) = Bench().configure(replace(ROLE, access_links=(LINK, changed)))
        assert isinstance(opened, OpenAccessLink)
        assert opened.link == changed

    def test_gets_new_fixed_addresses(self) -> None:
        address = IPv6Address("fe80::1")
        effects = Bench().configure(DomainConfiguration(fixed_mag_link_local_address=address))
        assert [each.link_local_address for each in of(OpenAccessLink, effects)] == [address] * 2


class TestNode:
    @pytest.mark.parametrize(
        "item",
        [
            MobileNodeRemoved(identifier=NODE),
            replace(ROUTER, enabled=False),
            replace(ROUTER, policy_profile="nowhere"),
            replace(ROUTER, link_layer_identifiers=()),
        ],
    )
    def test_that_may_no_longer_be_served_is_told_and_deregistered(
        self, item: MobileNodeRemoved | MobileNode
    ) -> None:
        bench = registered()
        effects = bench.configure(item)
        assert advertisement_in(effects).advertisement.router_lifetime_s == 0
        assert bench.pbu.lifetime_s == 0
        assert bench.mag.attached_nodes == {}
        bench.receive(bench.answer())
        assert bench.mag.binding_update_list == {}

    def test_that_is_not_attached_changes_nothing(self) -> None:
        assert registered().configure(OTHER_ROUTER, MobileNodeRemoved(identifier=OTHER_NODE)) == []

    def test_that_is_unchanged_is_left_alone(self) -> None:
        assert registered().configure(ROUTER) == []

    def test_whose_lma_changes_leaves_the_old_and_registers_with_the_new(self) -> None:
        bench = registered()
        effects = bench.configure(replace(ROUTER, local_mobility_anchor=OTHER_LMA))
        old, new = of(SendMessage, effects)
        assert (old.destination, new.destination) == (LMA, OTHER_LMA)
        assert of(RemoveTunnel, effects) == [RemoveTunnel(tunnel=TUNNEL)]
        assert bench.entry.tunnel.remote == OTHER_LMA

    def test_whose_own_home_network_prefix_changes_starts_a_new_session(self) -> None:
        bench = registered()
        bench.configure(replace(ROUTER, home_network_prefixes=(OTHER_HNP,)))
        old, new = bench.sent[-2:]
        assert (old.lifetime_s, old.home_network_prefixes) == (0, (HNP,))
        assert new.home_network_prefixes == (OTHER_HNP,)

    def test_that_gets_an_lma_is_registered(self) -> None:
        bench = Bench(replace(ROUTER, local_mobility_anchor=None))
        bench.seen()
        bench.configure(ROUTER)
        assert bench.state() is RegistrationState.REGISTERING

    def test_that_moves_to_another_link_layer_address_of_its_own_keeps_its_session(self) -> None:
        bench = registered(replace(ROUTER, link_layer_identifiers=ROUTER.link_layer_identifiers))
        assert of(SendMessage, bench.seen()) == []


class TestPolicyProfile:
    def test_that_ends_network_mobility_leaves_a_host(self) -> None:
        bench = registered()
        effects = bench.configure(replace(PROFILE, network_mobility=False))
        assert [each.prefix for each in of(RemoveUplinkRoute, effects)] == [MNP]
        assert not bench.pbu.mobile_router
        assert bench.pbu.home_network_prefixes == (HNP,)

    def test_that_brings_network_mobility_asks_for_a_prefix(self) -> None:
        bench = registered(replace(ROUTER, policy_profile="host"))
        bench.configure(replace(HOST_PROFILE, network_mobility=True))
        assert bench.pbu.mobile_network_prefixes == (
            MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True),
        )
        assert bench.pbu.mobile_router
        assert bench.pbu.handoff_indicator == 5

    def test_that_brings_network_mobility_before_the_answer_registers_anew(self) -> None:
        bench = Bench(replace(ROUTER, policy_profile="host"))
        bench.seen()
        bench.configure(replace(HOST_PROFILE, network_mobility=True))
        assert bench.state() is RegistrationState.REGISTERING
        assert bench.pbu.mobile_router

    def test_that_is_removed_ends_the_service_of_its_nodes_only(self) -> None:
        bench = registered(replace(OTHER_ROUTER, policy_profile="host"))
        bench.seen(OTHER_MAC)
        bench.configure(PolicyProfileRemoved(name="router"))
        assert set(bench.mag.attached_nodes) == {OTHER_NODE}

    def test_of_others_changes_nothing(self) -> None:
        assert registered().configure(replace(HOST_PROFILE, registration_lifetime_s=80)) == []

    def test_change_lets_a_denied_node_be_registered_again(self) -> None:
        bench = Bench()
        bench.seen()
        bench.refused(152)
        bench.configure(replace(PROFILE, registration_lifetime_s=80))
        assert bench.pbu.lifetime_s == 80

    def test_change_lets_a_denied_node_that_is_absent_be_registered_when_it_returns(self) -> None:
        bench = Bench()
        bench.seen()
        bench.refused(152)
        bench.lost()
        bench.configure(replace(PROFILE, registration_lifetime_s=80))
        bench.seen()
        assert bench.pbu.lifetime_s == 80


class TestStart:
    def test_registers_who_was_seen_before(self) -> None:
        bench = Bench(start=False)
        bench.seen()
        sent = [type(each.message) for each in of(SendMessage, bench.handle(Started()))]
        assert sent == [Heartbeat, ProxyBindingUpdate]
        assert bench.state() is RegistrationState.REGISTERING

    def test_keeps_a_message_that_came_before(self) -> None:
        bench = Bench(start=False)
        assert bench.dhcp(solicit()) == []
        bench.handle(Started())
        assert of(SendRouterAdvertisement, bench.accepted()) != []
        assert bench.mag.statistics.dhcpv6_sent == {"advertise": 1}

    def test_answers_a_message_that_came_before_where_there_will_be_no_registration(self) -> None:
        bench = Bench(replace(ROUTER, local_mobility_anchor=None), start=False)
        bench.dhcp(solicit())
        bench.handle(Started())
        assert bench.mag.statistics.dhcpv6_sent == {"advertise": 1}

    def test_counts_from_the_first_event(self) -> None:
        bench = Bench()
        since = bench.mag.statistics.since_utc_us
        bench.at_ms += 5
        bench.seen()
        assert bench.mag.statistics.since_utc_us == since > 0


def test_items_of_the_lma_mean_nothing_here() -> None:
    assert registered().configure(LmaConfiguration(address=LMA)) == []
