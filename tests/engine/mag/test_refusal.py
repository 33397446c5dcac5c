"""What each status that refuses makes the MAG do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    SequenceNumber,
)
from nf.codec.registry import HandoffIndicator, Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import DomainConfiguration
from nf.engine.effects import Notify, SendMessage, SendRouterAdvertisement, StartTimer
from nf.engine.events import ReregistrationRequested
from nf.engine.kernel_effects import RemoveTunnel
from nf.engine.mag.records import RegistrationState
from nf.engine.notifications import RegistrationRefused
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    HNP,
    LMA,
    MNP,
    NODE,
    ROLE,
    ROUTER,
    START_UTC_US,
    Bench,
    of,
    registered,
    waiting,
)

OWN_PREFIXES = replace(ROUTER, home_network_prefixes=(HNP,), mobile_network_prefixes=(MNP,))


ASKED_SLOWLY = [
    Status.REASON_UNSPECIFIED,
    Status.INSUFFICIENT_RESOURCES,
    Status.FORWARDING_SETUP_FAILED,
    Status.NOT_LMA_FOR_THIS_MOBILE_NODE,
    Status.MAG_NOT_AUTHORIZED_FOR_PROXY_REG,
    Status.TIMESTAMP_MISMATCH,
    Status.MISSING_HOME_NETWORK_PREFIX_OPTION,
    Status.MISSING_MN_IDENTIFIER_OPTION,
    Status.MISSING_HANDOFF_INDICATOR_OPTION,
    Status.MISSING_ACCESS_TECH_TYPE_OPTION,
    199,
]


class TestRefusal:
    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_is_told_and_counted(self) -> None:
        bench = waiting()
        effects = bench.refused(Status.PROXY_REG_NOT_ENABLED)
        refusal = RegistrationRefused(mobile_node_identifier=NODE, peer=LMA, status=152)
        assert of(Notify, effects) == [Notify(notification=refusal)]
        assert bench.mag.statistics.pba_by_status == {152: 1}
        assert bench.entry.last_status == 152

    @pytest.mark.rfc("5213 §6.9.1.2")
    @pytest.mark.parametrize(
        "status", [Status.PROXY_REG_NOT_ENABLED, Status.ADMINISTRATIVELY_PROHIBITED]
    )
    def test_that_needs_an_operator_is_not_asked_again_even_when_the_node_returns(
        self, status: Status
    ) -> None:
        bench = waiting()
        bench.refused(status)
        assert bench.mag.gateway.timers.running() == frozenset()
        bench.lost()
        bench.seen()
        assert bench.seen() == []
        assert len(bench.sent) == 1

    def test_that_needs_an_operator_is_asked_again_when_told(self) -> None:
        bench = waiting()
        bench.refused(Status.PROXY_REG_NOT_ENABLED)
        bench.handle(ReregistrationRequested(mobile_node_identifier=NODE))
        assert len(bench.sent) == 2

    def test_that_needs_an_operator_is_asked_again_when_the_node_is_configured(self) -> None:
        bench = waiting()
        bench.refused(Status.PROXY_REG_NOT_ENABLED)
        bench.configure(ROUTER)
        assert len(bench.sent) == 2

    @pytest.mark.parametrize("status", ASKED_SLOWLY)
    def test_that_may_pass_is_asked_again_at_the_slowest_rate(self, status: int) -> None:
        bench = waiting()
        effects = bench.refused(status)
        (timer,) = of(StartTimer, effects)
        assert (timer.timer.kind, timer.after_ms) == (TimerKind.RETRANSMIT, 32_000)
        bench.expire(TimerKind.RETRANSMIT, after_ms=32_000)
        assert bench.state() is RegistrationState.REGISTERING
        assert bench.entry.retransmit_delay_ms == 1_000

    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_for_a_lower_timestamp_is_asked_again_at_once_then_with_back_off(self) -> None:
        bench = waiting()
        bench.refused(Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED)
        assert len(bench.sent) == 2
        (timer,) = of(StartTimer, bench.refused(Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED))
        assert timer.after_ms == 4_000
        bench.expire(TimerKind.RETRANSMIT, after_ms=4_000)
        assert len(bench.sent) == 3
        (timer,) = of(StartTimer, bench.refused(Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED))
        assert timer.after_ms == 8_000

    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_for_a_clock_that_was_ahead_is_over_once_the_clock_is_set_right(self) -> None:
        bench = Bench()
        bench.clock_error_us = 3_600_000_000
        bench.seen()
        bench.refused(Status.TIMESTAMP_MISMATCH)
        ahead = bench.pbu.timestamp
        bench.clock_error_us = 0
        bench.expire(TimerKind.RETRANSMIT, after_ms=32_000)
        correct = timestamp_from_utc_us(START_UTC_US + bench.at_ms * 1000)
        assert bench.pbu.timestamp == correct
        assert ahead is not None
        assert ahead > correct

    @pytest.mark.rfc("6275 §11.7.3")
    def test_for_its_sequence_number_continues_from_the_number_of_the_lma(self) -> None:
        bench = waiting(DomainConfiguration(timestamp_based_approach_in_use=False))
        answer = bench.answer(Status.SEQUENCE_NUMBER_OUT_OF_WINDOW)
        bench.receive(replace(answer, sequence_number=SequenceNumber(700)))
        assert bench.pbu.sequence_number == 701

    def test_for_its_sequence_number_does_not_turn_the_counter_back(self) -> None:
        bench = waiting(DomainConfiguration(timestamp_based_approach_in_use=False))
        answer = bench.answer(Status.SEQUENCE_NUMBER_OUT_OF_WINDOW)
        bench.receive(replace(answer, sequence_number=SequenceNumber(65_000)))
        assert bench.pbu.sequence_number == 2

    @pytest.mark.rfc("5213 §6.9.1.2")
    @pytest.mark.parametrize(
        "status",
        [
            Status.INVALID_PREFIX,
            Status.NOT_AUTHORIZED_FOR_PREFIX,
            Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX,
            Status.BCE_PBU_PREFIX_SET_DO_NOT_MATCH,
            Status.REQUESTED_DMNP_IN_USE,
        ],
    )
    def test_of_named_prefixes_makes_the_lma_choose_and_then_ask_slowly(
        self, status: Status
    ) -> None:
        bench = Bench(OWN_PREFIXES)
        bench.seen()
        bench.refused(status)
        assert bench.pbu.home_network_prefixes == (ALL_ZERO_PREFIX,)
        assert [each.is_request for each in bench.pbu.mobile_network_prefixes] == [True]
        (timer,) = of(StartTimer, bench.refused(status))
        assert timer.after_ms == 32_000

    @pytest.mark.rfc("7148 §5.1.2")
    @pytest.mark.parametrize(
        "status",
        [Status.MOBILE_ROUTER_OPERATION_NOT_PERMITTED, Status.NOT_AUTHORIZED_FOR_DELEGATED_MNP],
    )
    def test_of_network_mobility_leaves_a_host(self, status: Status) -> None:
        bench = waiting()
        bench.refused(status)
        assert not bench.pbu.mobile_router
        assert bench.pbu.mobile_network_prefixes == ()
        (timer,) = of(StartTimer, bench.refused(status))
        assert timer.after_ms == 32_000

    def test_what_was_given_up_stays_given_up_so_that_no_lma_can_make_a_loop(self) -> None:
        bench = Bench(OWN_PREFIXES)
        bench.seen()
        for status in [155, 140, 155, 140]:
            bench.refused(status)
        assert len(bench.sent) == 3
        assert not bench.pbu.mobile_router
        assert bench.pbu.home_network_prefixes == (ALL_ZERO_PREFIX,)

    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_of_a_renewal_ends_all_service(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        effects = bench.refused(Status.INSUFFICIENT_RESOURCES)
        (sent,) = of(SendRouterAdvertisement, effects)
        assert sent.advertisement.router_lifetime_s == 0
        assert [each.valid_lifetime_s for each in sent.advertisement.prefixes] == [0]
        assert len(of(RemoveTunnel, effects)) == 1
        assert bench.entry.home_network_prefixes == ()
        assert not bench.is_running(TimerKind.REFRESH)

    @pytest.mark.parametrize(
        "status",
        [
            Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED,
            Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX,
            Status.MOBILE_ROUTER_OPERATION_NOT_PERMITTED,
        ],
    )
    def test_is_not_followed_by_a_request_while_the_node_is_merely_held(
        self, status: Status
    ) -> None:
        bench = Bench(replace(ROLE, detach_hold_ms=500))
        bench.seen()
        bench.lost()
        assert of(SendMessage, bench.refused(status)) == []
        assert of(SendMessage, bench.expire(TimerKind.RETRANSMIT)) == []
        assert bench.is_running(TimerKind.RETRANSMIT)

    def test_of_a_deregistration_is_told_and_the_entry_goes_by_timeout(self) -> None:
        bench = registered()
        bench.lost()
        (told,) = bench.refused(Status.REASON_UNSPECIFIED)
        assert isinstance(told, Notify)
        bench.expire(TimerKind.RETRANSMIT)
        assert bench.mag.binding_update_list == {}

    @pytest.mark.rfc("3963 §4.3")
    def test_names_count_whatever_option_carried_them(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        assert bench.pbu.mobile_network_prefixes == (MobileNetworkPrefix(prefix=MNP),)
        bench.refused(Status.INVALID_PREFIX)
        assert bench.pbu.home_network_prefixes == (ALL_ZERO_PREFIX,)
        assert bench.pbu.handoff_indicator == HandoffIndicator.HANDOFF_STATE_UNKNOWN
