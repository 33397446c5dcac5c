"""Asking MAGs to register sessions anew: what the folders do not show."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

import pytest

from nf.codec.messages import (
    BindingError,
    Heartbeat,
    MobileNodeIdentifier,
    SequenceNumber,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.registry import NotificationReason, UpdateNotificationStatus
from nf.engine.configuration import (
    HeartbeatConfiguration,
    PolicyProfile,
    UpdateNotificationConfiguration,
)
from nf.engine.effects import Effect, SendMessage, StopTimer
from nf.engine.engine import Engine
from nf.engine.events import BindingReregistrationRequested, MessageReceived
from nf.engine.lma.update_notification import WINDOW
from nf.engine.values import BindingId, Instant, TimerKind
from tests.engine.lma.bench import (
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    NODE,
    ROUTER,
    START_UTC_US,
    Bench,
    node,
    of,
)

THREE_COPIES: Final = replace(
    CONFIGURATION,
    update_notification=UpdateNotificationConfiguration(max_retransmit_count=2, min_delay_ms=500),
)


def bound(*, lma: Bench | None = None) -> Bench:
    bench = lma or Bench()
    bench.send(MAG1)
    return bench


def ask(bench: Bench, binding: int = 1) -> list[Effect]:
    return bench.handle(BindingReregistrationRequested(binding_id=BindingId(binding)))


def notifications_in(effects: list[Effect]) -> list[UpdateNotification]:
    messages = [each.message for each in of(SendMessage, effects)]
    return [each for each in messages if isinstance(each, UpdateNotification)]


def answer(
    bench: Bench,
    number: int,
    *,
    mag: IPv6Address = MAG1,
    status: int = UpdateNotificationStatus.SUCCESS,
    to: IPv6Address = LMA,
) -> list[Effect]:
    message = UpdateNotificationAcknowledgement(
        status=status, sequence_number=SequenceNumber(number), mobile_node_identifier=NODE
    )
    return bench.handle(MessageReceived(source=mag, destination=to, message=message))


@pytest.mark.rfc("7077 §5.1")
class TestNotification:
    def test_names_the_session_and_wants_an_answer(self) -> None:
        bench = bound()
        (sent,) = of(SendMessage, ask(bench))
        assert (sent.source, sent.destination) == (LMA, MAG1)
        assert isinstance(sent.message, UpdateNotification)
        assert sent.message.reason == NotificationReason.FORCE_REREGISTRATION
        assert sent.message.mobile_node_identifier == NODE
        assert (
            sent.message.home_network_prefixes
            == bench.lma.bindings[BindingId(1)].home_network_prefixes
        )
        assert (sent.message.acknowledge, sent.message.is_retransmission) == (True, False)

    def test_is_not_sent_for_a_session_that_is_not_there(self) -> None:
        assert ask(Bench()) == []

    def test_is_not_sent_for_a_session_that_is_about_to_end(self) -> None:
        bench = bound()
        bench.send(MAG1, lifetime_s=0)
        assert ask(bench) == []

    def test_numbers_follow_one_another_and_wrap_around(self) -> None:
        bench = bound()
        bench.lma.anchor.notifications.last_number = SequenceNumber(65_534)
        numbers = [each.sequence_number for _ in range(2) for each in notifications_in(ask(bench))]
        assert numbers == [65_535, 0]

    def test_numbers_that_wait_for_an_answer_are_left_out(self) -> None:
        bench = bound()
        (first,) = notifications_in(ask(bench))
        bench.lma.anchor.notifications.last_number = SequenceNumber(first.sequence_number - 1)
        (second,) = notifications_in(ask(bench))
        assert second.sequence_number == first.sequence_number + 1


@pytest.mark.rfc("7077 §5.2")
class TestRetransmission:
    def test_says_the_same_again_with_the_d_flag(self) -> None:
        bench = bound()
        (first,) = notifications_in(ask(bench))
        (again,) = notifications_in(bench.pass_time(bench.now_ms + 1_000))
        assert again == replace(first, is_retransmission=True)
        assert bench.lma.statistics.update_notifications_sent == 2

    def test_ends_after_the_configured_number(self) -> None:
        bench = bound(lma=Bench(THREE_COPIES, ROUTER, node()))
        ask(bench)
        assert len(notifications_in(bench.pass_time(bench.now_ms + 10_000))) == 2
        assert bench.lma.anchor.notifications.sent == {}
        assert bench.lma.statistics.dropped == {"update-notification-unanswered": 1}

    def test_ends_with_the_answer(self) -> None:
        bench = bound()
        (sent,) = notifications_in(ask(bench))
        effects = answer(bench, sent.sequence_number, status=128)
        assert [each.timer.kind for each in of(StopTimer, effects)] == [
            TimerKind.UPDATE_NOTIFICATION_RETRANSMIT
        ]
        assert bench.lma.statistics.update_notification_acknowledgements == {128: 1}
        assert bench.pass_time(bench.now_ms + 10_000) == []

    def test_ends_when_the_session_has_moved(self) -> None:
        bench = bound()
        ask(bench)
        bench.send(MAG2, handoff_indicator=3)
        assert notifications_in(bench.pass_time(bench.now_ms + 10_000)) == []
        assert bench.lma.statistics.dropped == {}

    def test_of_a_number_that_is_not_out_is_nothing(self) -> None:
        assert bound().expire(TimerKind.UPDATE_NOTIFICATION_RETRANSMIT, "7") == []


@pytest.mark.rfc("7077 §5.2")
class TestAcknowledgement:
    def test_of_a_number_that_is_not_out_is_dropped(self) -> None:
        bench = bound()
        (sent,) = notifications_in(ask(bench))
        assert answer(bench, sent.sequence_number + 1) == []
        assert bench.lma.statistics.dropped == {"unmatched-update-notification": 1}

    def test_of_another_mag_is_dropped(self) -> None:
        bench = bound()
        (sent,) = notifications_in(ask(bench))
        assert answer(bench, sent.sequence_number, mag=MAG2) == []
        assert bench.lma.statistics.dropped == {"unmatched-update-notification": 1}

    def test_to_another_address_is_dropped(self) -> None:
        bench = bound()
        (sent,) = notifications_in(ask(bench))
        assert answer(bench, sent.sequence_number, to=MAG2) == []
        assert bench.lma.statistics.dropped == {"not-our-address": 1}


@pytest.mark.rfc("7077 §5.2")
class TestBindingError:
    def error(self, bench: Bench, *, mag: IPv6Address = MAG1, status: int = 2) -> list[Effect]:
        message = BindingError(status=status)
        return bench.handle(MessageReceived(source=mag, destination=LMA, message=message))

    def test_ends_notifications_to_this_mag(self) -> None:
        bench = bound()
        ask(bench)
        assert [each.timer.kind for each in of(StopTimer, self.error(bench))] == [
            TimerKind.UPDATE_NOTIFICATION_RETRANSMIT
        ]
        assert ask(bench) == []

    def test_is_forgotten_by_a_commit(self) -> None:
        bench = bound()
        ask(bench)
        self.error(bench)
        bench.configure(replace(CONFIGURATION, timestamp_validity_window_ms=301))
        assert len(notifications_in(ask(bench))) == 1

    def test_of_another_mag_or_status_changes_nothing(self) -> None:
        bench = bound()
        ask(bench)
        assert self.error(bench, mag=MAG2) == []
        assert self.error(bench, status=1) == []
        assert bench.lma.statistics.dropped == {"binding-error": 2}

    def test_is_the_heartbeats_until_the_mag_has_answered_one(self) -> None:
        watching = replace(CONFIGURATION, heartbeat=HeartbeatConfiguration())
        bench = bound(lma=Bench(watching, ROUTER, node()))
        ask(bench)
        self.error(bench)
        assert bench.lma.anchor.notifications.unsupported == set()
        assert len(bench.lma.anchor.notifications.sent) == 1

    def test_is_ours_where_heartbeats_are_answered(self) -> None:
        watching = replace(CONFIGURATION, heartbeat=HeartbeatConfiguration())
        bench = bound(lma=Bench(watching, ROUTER, node()))
        response = Heartbeat(sequence_number=1, is_response=True, restart_counter=1)
        bench.handle(MessageReceived(source=MAG1, destination=LMA, message=response))
        bench.pass_time(60_001)
        ask(bench)
        self.error(bench)
        assert bench.lma.anchor.notifications.unsupported == {MAG1}


class TestConfiguration:
    OWN: Final = IPv6Network("2001:db8:5a00::/56")

    def test_of_another_mobile_network_makes_the_mag_ask(self) -> None:
        bench = bound()
        effects = bench.configure(node(mobile_network_prefixes=(self.OWN,)))
        assert [each.mobile_node_identifier for each in notifications_in(effects)] == [NODE]

    def test_of_a_profile_with_more_prefixes_makes_the_mag_ask(self) -> None:
        bench = bound()
        more = PolicyProfile(name="more", network_mobility=True, mobile_network_prefix_count=2)
        effects = bench.configure(more, node(policy_profile="more"))
        assert len(notifications_in(effects)) == 1

    def test_of_a_session_without_network_mobility_asks_for_nothing(self) -> None:
        bench = Bench(CONFIGURATION, PolicyProfile(name="router"), node())
        bench.send(mobile_router=False, mobile_network_prefixes=())
        assert bench.configure(node(link_layer_identifiers=())) == []

    def test_that_gives_nothing_more_asks_for_nothing(self) -> None:
        bench = bound()
        host = PolicyProfile(name="host")
        assert notifications_in(bench.configure(node(link_layer_identifiers=()))) == []
        assert notifications_in(bench.configure(host, node(policy_profile="host"))) == []

    def test_of_many_nodes_asks_for_some_at_a_time(self) -> None:
        names = [MobileNodeIdentifier(f"mn{number}@example.net") for number in range(WINDOW + 1)]
        bench = Bench(CONFIGURATION, ROUTER, *(node(name) for name in names))
        for number, name in enumerate(names):
            identifier = number.to_bytes(6)
            bench.send(
                MAG1, mobile_node_identifier=name, mobile_node_link_layer_identifier=identifier
            )
        more = PolicyProfile(name="more", network_mobility=True, mobile_network_prefix_count=2)
        nodes = [node(name, policy_profile="more") for name in names]
        sent = notifications_in(bench.configure(more, *nodes))
        assert len(sent) == WINDOW
        last = notifications_in(answer(bench, sent[0].sequence_number))
        assert [each.mobile_node_identifier for each in last] == [names[-1]]


class TestBothRolesAtOneAddress:
    def test_notifications_are_the_mags_and_their_answers_the_lmas(self) -> None:
        engine = Engine()
        engine.configuration.take(CONFIGURATION)
        now = Instant(0, START_UTC_US)
        number = SequenceNumber(1)
        for message in (
            UpdateNotification(sequence_number=number, reason=1),
            UpdateNotificationAcknowledgement(sequence_number=number, status=0),
        ):
            engine.handle(MessageReceived(source=MAG1, destination=LMA, message=message), now)
        assert engine.mag.statistics.dropped == {"not-our-address": 1}
        assert engine.lma.statistics.dropped == {"not-our-address": 1}

    def test_an_error_is_the_lmas_that_has_notified(self) -> None:
        bench = bound()
        event = MessageReceived(source=MAG1, destination=LMA, message=BindingError(status=2))
        assert not bench.lma.is_concerned(event)
        ask(bench)
        assert bench.lma.is_concerned(event)


def test_a_notification_to_us_is_no_matter_since_it_is_for_mags() -> None:
    message = UpdateNotification(sequence_number=SequenceNumber(1), reason=1)
    bench = Bench()
    assert bench.handle(MessageReceived(source=MAG1, destination=LMA, message=message)) == []
