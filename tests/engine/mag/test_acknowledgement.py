"""Matching answers to requests, and what each status makes the MAG do."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Any

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    UNSPECIFIED,
    BindingError,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    SequenceNumber,
)
from nf.codec.registry import AccessTechnologyType, HandoffIndicator
from nf.engine.configuration import DomainConfiguration
from nf.engine.effects import OpenAccessLink
from nf.engine.events import ReregistrationRequested
from nf.engine.kernel_effects import RemoveTunnel
from nf.engine.mag.records import RegistrationState
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    HNP,
    MAG,
    MNP,
    NODE,
    OTHER_LMA,
    OTHER_MNP,
    ROLE,
    ROUTER,
    Bench,
    of,
    registered,
    waiting,
)


class TestMatching:
    @pytest.mark.rfc("5213 §6.9.1.2")
    @pytest.mark.parametrize(
        "change",
        [
            {"mobile_node_identifier": MobileNodeIdentifier("somebody@example.net")},
            {"mobile_node_identifier": None},
            {"sequence_number": SequenceNumber(4711)},
        ],
    )
    def test_answer_to_no_request_is_ignored(self, change: dict[str, Any]) -> None:
        bench = waiting()
        assert bench.receive(replace(bench.answer(), **change)) == []
        assert bench.dropped() == {"no-matching-request": 1}

    def test_answer_from_another_peer_is_ignored(self) -> None:
        bench = waiting()
        assert bench.receive(bench.answer(), source=OTHER_LMA) == []
        assert bench.receive(bench.answer(), destination=OTHER_LMA) == []
        assert bench.dropped() == {"no-matching-request": 2}

    @pytest.mark.rfc("5213 §8.2")
    def test_answer_without_the_p_flag_is_ignored(self) -> None:
        bench = waiting()
        assert bench.receive(replace(bench.answer(), proxy_registration=False)) == []
        assert bench.dropped() == {"no-proxy-registration": 1}

    def test_second_answer_is_ignored(self) -> None:
        bench = waiting()
        answer = bench.answer()
        bench.receive(answer)
        assert bench.receive(answer) == []
        assert bench.dropped() == {"no-matching-request": 1}

    def test_late_answer_to_an_earlier_copy_counts(self) -> None:
        bench = waiting()
        first = bench.answer()
        bench.expire(TimerKind.RETRANSMIT)
        bench.receive(first)
        assert bench.state() is RegistrationState.REGISTERED

    def test_answer_to_an_earlier_request_does_not_count(self) -> None:
        bench = registered()
        bench.lost()
        gone = bench.answer()
        bench.seen()
        assert bench.receive(gone) == []
        assert bench.state() is RegistrationState.REGISTERING

    @pytest.mark.rfc("6275 §9.3.3")
    def test_binding_error_is_counted(self) -> None:
        bench = waiting()
        assert bench.receive(BindingError(status=2)) == []
        assert bench.dropped() == {"binding-error": 1}


class TestEchoThatDiffers:
    @pytest.mark.rfc("5213 §6.9.1.2")
    @pytest.mark.parametrize(
        "change",
        [
            {"handoff_indicator": HandoffIndicator.HANDOFF_BETWEEN_INTERFACES},
            {"access_technology_type": AccessTechnologyType.VIRTUAL},
            {"mobile_node_link_layer_identifier": b"\x02\0\0\0\0\x09"},
        ],
    )
    def test_stops_the_request_until_an_operator_acts(self, change: dict[str, Any]) -> None:
        bench = waiting()
        bench.receive(replace(bench.answer(), **change))
        assert bench.dropped() == {"echo-mismatch": 1}
        assert bench.state() is RegistrationState.REFUSED
        assert not bench.is_running(TimerKind.RETRANSMIT)
        bench.handle(ReregistrationRequested(mobile_node_identifier=NODE))
        assert bench.state() is RegistrationState.REGISTERING

    def test_lets_a_standing_binding_be_served_to_its_end(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        bench.receive(replace(bench.answer(), handoff_indicator=1))
        assert bench.state() is RegistrationState.REFRESHING
        assert not bench.is_running(TimerKind.RETRANSMIT)
        effects = bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert bench.state() is RegistrationState.REFUSED
        assert len(of(RemoveTunnel, effects)) == 1

    def test_does_not_keep_a_deregistration_from_ending(self) -> None:
        bench = registered()
        bench.lost()
        assert bench.receive(replace(bench.answer(), handoff_indicator=1)) == []
        bench.expire(TimerKind.RETRANSMIT)
        assert bench.mag.binding_update_list == {}

    def test_options_that_are_missing_are_no_difference(self) -> None:
        bench = waiting()
        bench.receive(
            replace(
                bench.answer(),
                handoff_indicator=None,
                access_technology_type=None,
                mobile_node_link_layer_identifier=None,
            )
        )
        assert bench.state() is RegistrationState.REGISTERED


class TestAcceptance:
    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_updates_the_entry(self) -> None:
        bench = waiting()
        bench.at_ms = 5_000
        bench.accepted(mnps=(MNP, OTHER_MNP))
        assert bench.state() is RegistrationState.REGISTERED
        assert bench.entry.home_network_prefixes == (HNP,)
        assert bench.entry.mobile_network_prefixes == (MNP, OTHER_MNP)
        assert (bench.entry.granted_lifetime_s, bench.entry.expires_at_ms) == (400, 405_000)
        assert bench.entry.pending is None
        assert bench.mag.statistics.pba_by_status == {0: 1}

    @pytest.mark.rfc("draft-nemo §3.3.2")
    @pytest.mark.parametrize(
        "prefix",
        [ALL_ZERO_PREFIX, IPv6Network("fe80::/64"), IPv6Network("ff00::/8"), IPv6Network("::/56")],
    )
    def test_without_a_valid_mobile_network_prefix_enables_no_network_mobility(
        self, prefix: IPv6Network
    ) -> None:
        bench = waiting()
        bench.accepted(mnps=(prefix,))
        assert bench.state() is RegistrationState.REGISTERED
        assert bench.entry.mobile_network_prefixes == ()

    def test_gives_a_host_no_mobile_network_prefix_whatever_the_lma_says(self) -> None:
        bench = Bench(replace(ROUTER, policy_profile="host"))
        bench.seen()
        bench.accepted(mnps=(MNP,))
        assert bench.entry.mobile_network_prefixes == ()

    def test_counts_a_prefix_once(self) -> None:
        bench = waiting()
        answer = bench.answer(mnps=(MNP, MNP))
        bench.receive(replace(answer, delegated_mobile_network_prefixes=(MNP,)))
        assert bench.entry.mobile_network_prefixes == (MNP,)

    @pytest.mark.parametrize(
        "change", [{"home_network_prefixes": (ALL_ZERO_PREFIX,)}, {"lifetime_s": 0}]
    )
    def test_that_grants_nothing_is_ignored_and_asked_again(self, change: dict[str, Any]) -> None:
        bench = waiting()
        assert bench.receive(replace(bench.answer(), **change)) == []
        assert bench.dropped() == {"incomplete-acceptance": 1}
        assert bench.is_running(TimerKind.RETRANSMIT)


class TestLinkLocalAddressOfTheLma:
    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_is_put_on_the_link_where_none_is_fixed_and_stays(self) -> None:
        bench = waiting(DomainConfiguration(fixed_mag_link_local_address=UNSPECIFIED))
        given = replace(bench.answer(), link_local_address=IPv6Address("fe80::5"))
        (opened,) = of(OpenAccessLink, bench.receive(given))
        assert opened.link_local_address == IPv6Address("fe80::5")
        assert bench.configure(ROLE) == []

    @pytest.mark.parametrize("address", [UNSPECIFIED, IPv6Address("2001:db8::5"), None])
    def test_is_ignored_where_it_is_no_link_local_address(self, address: IPv6Address) -> None:
        bench = waiting(DomainConfiguration(fixed_mag_link_local_address=UNSPECIFIED))
        given = replace(bench.answer(), link_local_address=address)
        assert of(OpenAccessLink, bench.receive(given)) == []

    @pytest.mark.rfc("5213 §6.8")
    def test_is_ignored_where_one_is_fixed(self) -> None:
        bench = waiting()
        given = replace(bench.answer(), link_local_address=IPv6Address("fe80::5"))
        assert of(OpenAccessLink, bench.receive(given)) == []


def test_an_update_is_not_for_this_role() -> None:
    bench = waiting()
    assert bench.receive(bench.pbu) == []


def test_an_acknowledgement_to_nobody_changes_nothing() -> None:
    bench = Bench()
    message = ProxyBindingAcknowledgement(
        status=0, sequence_number=SequenceNumber(1), lifetime_s=0, mobile_node_identifier=NODE
    )
    assert bench.receive(message, destination=MAG) == []
