"""What each Proxy Binding Update says."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    UNSPECIFIED,
    MobileNetworkPrefix,
    Timestamp,
)
from nf.codec.registry import AccessTechnologyType, HandoffIndicator
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import (
    DomainConfiguration,
    PrefixDelegationSignalling,
)
from nf.engine.effects import SendMessage
from nf.engine.mag.ordering import MessageOrder
from nf.engine.values import LinkLayerAddress, TimerKind
from tests.engine.mag.bench import (
    HNP,
    HOST_PROFILE,
    LMA,
    MAC,
    MAG,
    MNP,
    NODE,
    OTHER_HNP,
    OTHER_MNP,
    PROFILE,
    ROUTER,
    START_UTC_US,
    Bench,
    of,
    registered,
)

REQUEST = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)
RFC_7148 = DomainConfiguration(prefix_delegation_signalling=PrefixDelegationSignalling.RFC_7148)


class TestInitialRegistration:
    @pytest.mark.rfc("5213 §6.9.1.5")
    def test_goes_from_the_proxy_care_of_address_to_the_lma_of_the_node(self) -> None:
        (sent,) = of(SendMessage, Bench().seen())
        assert (sent.source, sent.destination) == (MAG, LMA)

    @pytest.mark.rfc("5213 §6.9.1.1")
    def test_carries_the_mandatory_options_and_the_link_layer_identifier(self) -> None:
        bench = Bench()
        bench.seen()
        assert bench.pbu.acknowledge
        assert bench.pbu.proxy_registration
        assert bench.pbu.mobile_node_identifier == NODE
        assert bench.pbu.home_network_prefixes == (ALL_ZERO_PREFIX,)
        assert bench.pbu.handoff_indicator == HandoffIndicator.HANDOFF_STATE_UNKNOWN
        assert bench.pbu.access_technology_type == AccessTechnologyType.IEEE_802_11
        assert bench.pbu.mobile_node_link_layer_identifier == MAC
        assert bench.pbu.lifetime_s == 400

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_of_a_mobile_router_sets_r_and_h_and_asks_with_the_requesting_bit(self) -> None:
        bench = Bench()
        bench.seen()
        assert bench.pbu.mobile_router
        assert bench.pbu.home_registration
        assert bench.pbu.mobile_network_prefixes == (REQUEST,)
        assert bench.pbu.delegated_mobile_network_prefixes == ()

    def test_asks_once_for_each_mobile_network_prefix_of_the_profile(self) -> None:
        bench = Bench(replace(PROFILE, mobile_network_prefix_count=3))
        bench.seen()
        assert bench.pbu.mobile_network_prefixes == (REQUEST,) * 3

    @pytest.mark.rfc("7148 §5.1.2")
    def test_asks_with_one_all_zero_dmnp_however_many_are_wanted(self) -> None:
        bench = Bench(RFC_7148, replace(PROFILE, mobile_network_prefix_count=3))
        bench.seen()
        assert bench.pbu.delegated_mobile_network_prefixes == (ALL_ZERO_PREFIX,)
        assert bench.pbu.mobile_network_prefixes == ()
        assert not bench.pbu.mobile_router
        assert not bench.pbu.home_registration

    def test_of_a_host_has_neither_r_nor_a_mobile_network_prefix(self) -> None:
        bench = Bench(replace(ROUTER, policy_profile=HOST_PROFILE.name))
        bench.seen()
        assert not bench.pbu.mobile_router
        assert not bench.pbu.home_registration
        assert bench.pbu.mobile_network_prefixes == ()

    @pytest.mark.rfc("5213 §6.9.1.1")
    def test_names_the_prefixes_that_are_the_nodes_own(self) -> None:
        own = replace(ROUTER, home_network_prefixes=(HNP,), mobile_network_prefixes=(MNP,))
        bench = Bench(own)
        bench.seen()
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert bench.pbu.mobile_network_prefixes == (MobileNetworkPrefix(prefix=MNP),)

    @pytest.mark.rfc("5213 §6.9.1.1")
    def test_leaves_out_a_link_layer_identifier_that_is_all_zero(self) -> None:
        zero = LinkLayerAddress(bytes(6))
        bench = Bench(replace(ROUTER, link_layer_identifiers=(zero,)))
        bench.seen(zero)
        assert bench.pbu.mobile_node_link_layer_identifier is None

    @pytest.mark.rfc("5213 §6.9.1.1")
    def test_asks_for_a_link_local_address_only_where_none_is_fixed(self) -> None:
        bench = Bench()
        bench.seen()
        assert bench.pbu.link_local_address is None
        asking = Bench(DomainConfiguration(fixed_mag_link_local_address=UNSPECIFIED))
        asking.seen()
        assert asking.pbu.link_local_address == UNSPECIFIED

    def test_waits_until_the_engine_has_started(self) -> None:
        bench = Bench(start=False)
        assert of(SendMessage, bench.seen()) == []
        assert NODE in bench.mag.attached_nodes

    def test_is_not_sent_for_a_node_without_an_lma(self) -> None:
        bench = Bench(replace(ROUTER, local_mobility_anchor=None))
        assert bench.seen() == []
        assert bench.dropped() == {"no-local-mobility-anchor": 1}


class TestRenewal:
    @pytest.mark.rfc("5213 §6.9.1.3")
    def test_names_all_home_network_prefixes_with_handoff_indicator_5(self) -> None:
        bench = Bench()
        bench.seen()
        bench.accepted(hnps=(HNP, OTHER_HNP))
        bench.expire(TimerKind.REFRESH)
        assert bench.pbu.home_network_prefixes == (HNP, OTHER_HNP)
        assert bench.pbu.handoff_indicator == HandoffIndicator.HANDOFF_STATE_NOT_CHANGED

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_names_the_mobile_network_prefixes_without_the_requesting_bit(self) -> None:
        bench = Bench()
        bench.seen()
        bench.accepted(mnps=(MNP, OTHER_MNP))
        bench.expire(TimerKind.REFRESH)
        assert bench.pbu.mobile_network_prefixes == (
            MobileNetworkPrefix(prefix=MNP),
            MobileNetworkPrefix(prefix=OTHER_MNP),
        )
        assert bench.pbu.mobile_router

    def test_asks_again_for_a_mobile_network_prefix_where_none_was_granted(self) -> None:
        bench = Bench()
        bench.seen()
        bench.accepted(mnps=())
        bench.expire(TimerKind.REFRESH)
        assert bench.pbu.mobile_network_prefixes == (REQUEST,)

    @pytest.mark.rfc("7148 §5.1.2")
    def test_names_dmnps_in_the_signalling_of_rfc_7148(self) -> None:
        bench = Bench(RFC_7148)
        bench.seen()
        answer = bench.answer(mnps=())
        bench.receive(replace(answer, delegated_mobile_network_prefixes=(MNP,)))
        bench.expire(TimerKind.REFRESH)
        assert bench.pbu.delegated_mobile_network_prefixes == (MNP,)


class TestDeregistration:
    @pytest.mark.rfc("5213 §6.9.1.4")
    def test_has_lifetime_0_all_prefixes_and_handoff_indicator_4(self) -> None:
        bench = registered()
        bench.lost()
        assert bench.pbu.lifetime_s == 0
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert bench.pbu.mobile_network_prefixes == (MobileNetworkPrefix(prefix=MNP),)
        assert bench.pbu.handoff_indicator == HandoffIndicator.HANDOFF_STATE_UNKNOWN

    def test_of_an_unanswered_registration_names_what_that_asked_for(self) -> None:
        bench = Bench(replace(ROUTER, home_network_prefixes=(HNP,)))
        bench.seen()
        bench.lost()
        assert bench.pbu.lifetime_s == 0
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert bench.pbu.mobile_network_prefixes == ()


class TestOrder:
    @pytest.mark.rfc("5213 §5.5")
    def test_timestamps_grow_when_the_clock_goes_back(self) -> None:
        bench = Bench()
        bench.seen()
        first = bench.pbu.timestamp
        bench.clock_error_us = -60_000_000
        bench.expire(TimerKind.RETRANSMIT)
        assert first is not None
        assert bench.pbu.timestamp == Timestamp(first + 1)

    def test_timestamp_is_the_time_of_sending(self) -> None:
        bench = Bench()
        bench.seen()
        assert bench.pbu.timestamp == timestamp_from_utc_us(START_UTC_US + bench.at_ms * 1000)

    @pytest.mark.rfc("5213 §6.9.1.1")
    def test_sequence_numbers_are_one_counter_for_all_nodes(self) -> None:
        bench = Bench()
        bench.seen()
        bench.seen(LinkLayerAddress(bytes.fromhex("020000000202")), address=IPv6Address("fe80::2"))
        assert [each.sequence_number for each in bench.sent] == [1, 2]

    @pytest.mark.rfc("5213 §9.3")
    def test_no_timestamp_is_sent_where_sequence_numbers_order(self) -> None:
        bench = Bench(DomainConfiguration(timestamp_based_approach_in_use=False))
        bench.seen()
        assert bench.pbu.timestamp is None

    def test_sequence_numbers_come_round(self) -> None:
        order = MessageOrder()
        numbers = [order.next_sequence_number() for _ in range(65537)]
        assert numbers[65534:] == [65535, 0, 1]
