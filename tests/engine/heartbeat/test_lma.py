"""An LMA that watches its MAGs and is watched by them (RFC 5847)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.messages import BindingError, Heartbeat
from nf.engine.configuration import (
    AuthorisedMag,
    HeartbeatConfiguration,
    LmaConfiguration,
    LmaRemoved,
)
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import (
    AssignmentRestored,
    BindingRestored,
    MessageReceived,
    RestartCounterRestored,
    Started,
)
from nf.engine.notifications import PeerDown, PeerRestarted, PeerUp
from nf.engine.paths import PathState
from nf.engine.store_effects import PersistAssignment, PersistBinding, PersistRestartCounter
from nf.engine.token_bucket import ANSWERS_TO_STRANGERS
from nf.engine.values import Role, TimerKind
from tests.engine.heartbeat.talk import (
    HEARTBEAT,
    INTERVAL_MS,
    heartbeats_in,
    news_in,
    request,
    requests_in,
    response,
    unsolicited,
)
from tests.engine.lma.bench import (
    CONFIGURATION,
    LMA,
    MAG1,
    MAG2,
    OTHER,
    ROUTER,
    START_UTC_US,
    Bench,
    node,
    of,
)

STRANGER = IPv6Address("2001:db8:bad::1")
WATCHING = replace(CONFIGURATION, heartbeat=HEARTBEAT)


def bench(configuration: LmaConfiguration = WATCHING) -> Bench:
    """Return an LMA that kept its state over the restart."""
    made = Bench(configuration, ROUTER, node(), node(OTHER), start=False)
    made.handle(RestartCounterRestored(role=Role.LMA, counter=7))
    made.handle(Started())
    return made


def watching() -> Bench:
    """Return an LMA with one session of MAG 1, which has answered the first request."""
    made = bench()
    assert requests_in(made.send(MAG1)) == [1]
    assert news_in(made.handle(response(MAG1, LMA, 1))) == [PeerUp(peer=MAG1)]
    return made


def error(source: IPv6Address, status: int = 2) -> MessageReceived:
    return MessageReceived(source=source, destination=LMA, message=BindingError(status=status))


@pytest.mark.rfc("5847 §3")
class TestRequestsOfOthers:
    @pytest.mark.parametrize("source", [MAG1, STRANGER])
    def test_are_answered_without_a_binding_and_leave_nothing(self, source: IPv6Address) -> None:
        lma = bench(CONFIGURATION)
        (effect,) = lma.handle(request(source, LMA, 77))
        assert effect == SendMessage(
            source=LMA,
            destination=source,
            message=Heartbeat(sequence_number=77, is_response=True, restart_counter=7),
        )
        assert lma.lma.paths == {}
        assert lma.lma.statistics.heartbeats_received == 1

    def test_of_strangers_are_answered_now_and_then(self) -> None:
        lma = bench(CONFIGURATION)
        answers = [lma.handle(request(STRANGER, LMA, number)) for number in range(100)]
        assert sum(map(bool, answers)) == ANSWERS_TO_STRANGERS.burst
        assert lma.handle(request(MAG1, LMA, 100)) != []
        assert lma.lma.statistics.dropped == {"rate-limited": 100 - ANSWERS_TO_STRANGERS.burst}

    def test_for_another_address_are_dropped(self) -> None:
        lma = bench()
        assert lma.handle(request(MAG1, MAG2)) == []
        assert lma.lma.statistics.dropped == {"not-our-address": 1}

    def test_are_dropped_while_the_role_is_off(self) -> None:
        lma = bench()
        lma.configure(replace(WATCHING, enabled=False))
        assert lma.handle(request(MAG1, LMA)) == []


@pytest.mark.rfc("5847 §3")
class TestOwnRequests:
    def test_begin_with_the_first_binding_and_go_on_each_interval(self) -> None:
        lma = watching()
        assert requests_in(lma.pass_time(INTERVAL_MS)) == []
        assert requests_in(lma.pass_time(INTERVAL_MS + 1)) == [2]
        lma.handle(response(MAG1, LMA, 2))
        assert requests_in(lma.pass_time(2 * INTERVAL_MS + 1)) == [3]
        assert lma.lma.statistics.heartbeats_sent == 3

    def test_are_not_sent_where_none_are_configured(self) -> None:
        assert requests_in(bench(CONFIGURATION).send(MAG1)) == []

    def test_go_to_each_mag_that_has_a_binding_and_to_no_other(self) -> None:
        lma = watching()
        identifier = {"mobile_node_identifier": OTHER}
        effects = lma.send(MAG2, **identifier)
        assert [each.destination for each in of(SendMessage, effects)] == [MAG2, MAG2]
        assert set(lma.lma.paths) == {MAG1, MAG2}

    def test_pause_while_all_bindings_are_about_to_be_deleted(self) -> None:
        lma = watching()
        lma.now_ms = INTERVAL_MS - 1_000
        lma.send(MAG1, lifetime_s=0)
        assert requests_in(lma.pass_time(INTERVAL_MS + 1)) == []
        effects = lma.pass_time(INTERVAL_MS + 20_000)
        assert TimerKind.MAG_HEARTBEAT in {each.timer.kind for each in of(StopTimer, effects)}
        assert requests_in(lma.pass_time(10 * INTERVAL_MS)) == []

    def test_follow_a_node_that_is_handed_over(self) -> None:
        lma = watching()
        lma.send(MAG2, handoff_indicator=3)
        assert requests_in(lma.pass_time(INTERVAL_MS + 10)) == [2]
        assert set(lma.lma.anchor.watch.rhythms) == {MAG2}

    def test_are_not_sent_more_often_because_bindings_come_and_go(self) -> None:
        lma = watching()
        lma.send(MAG1, lifetime_s=0)
        lma.pass_time(20_000)
        assert MAG1 not in lma.lma.anchor.watch.rhythms
        assert requests_in(lma.send(MAG1)) == []
        assert requests_in(lma.pass_time(INTERVAL_MS + 1)) == [2]

    def test_begin_for_bindings_that_the_store_held(self) -> None:
        effects = bench().send(MAG1)
        lma = Bench(WATCHING, ROUTER, node(), start=False)
        for each in of(PersistAssignment, effects):
            lma.handle(AssignmentRestored(assignment=each.assignment))
        for stored in of(PersistBinding, effects):
            lma.handle(BindingRestored(binding=stored.binding))
        assert requests_in(lma.handle(Started())) == [1]


@pytest.mark.rfc("5847 §3.1")
class TestFailure:
    def test_is_told_once_when_more_answers_are_missing_than_allowed(self) -> None:
        lma = watching()
        assert news_in(lma.pass_time(4 * INTERVAL_MS + 1)) == []
        assert lma.lma.paths[MAG1].missing_heartbeats == 3
        assert news_in(lma.pass_time(5 * INTERVAL_MS + 1)) == [PeerDown(peer=MAG1)]
        assert lma.lma.paths[MAG1].state is PathState.DOWN
        assert news_in(lma.pass_time(9 * INTERVAL_MS)) == []

    def test_ends_with_the_next_answer(self) -> None:
        lma = watching()
        lma.pass_time(5 * INTERVAL_MS + 1)
        number = lma.lma.paths[MAG1].sequence_number
        assert news_in(lma.handle(response(MAG1, LMA, number))) == [PeerUp(peer=MAG1)]
        assert lma.lma.paths[MAG1].missing_heartbeats == 0

    def test_is_not_ended_by_an_answer_to_an_older_request(self) -> None:
        lma = watching()
        lma.pass_time(5 * INTERVAL_MS + 1)
        number = lma.lma.paths[MAG1].sequence_number
        assert lma.handle(response(MAG1, LMA, number - 1)) == []
        assert lma.lma.paths[MAG1].state is PathState.DOWN
        assert lma.lma.statistics.dropped == {"unmatched-heartbeat": 1}

    def test_is_not_hidden_by_a_stranger_who_answers(self) -> None:
        lma = bench()
        lma.send(MAG1)
        assert lma.handle(response(STRANGER, LMA, 1)) == []
        assert lma.lma.paths[MAG1].is_answered is False
        assert STRANGER not in lma.lma.paths


@pytest.mark.rfc("5847 §3")
class TestPeerWithoutHeartbeats:
    def refused(self) -> Bench:
        lma = bench()
        lma.send(MAG1)
        assert of(StopTimer, lma.handle(error(MAG1))) != []
        assert lma.lma.paths[MAG1].state is PathState.UNSUPPORTED
        return lma

    def test_gets_none_again(self) -> None:
        lma = self.refused()
        assert requests_in(lma.send(MAG1, mobile_node_identifier=OTHER)) == []
        assert requests_in(lma.pass_time(10 * INTERVAL_MS)) == []

    def test_gets_some_again_once_it_sends_one(self) -> None:
        lma = self.refused()
        effects = lma.handle(request(MAG1, LMA)) + lma.pass_time(INTERVAL_MS + 1)
        assert requests_in(effects) == [2]

    def test_gets_some_again_after_a_commit(self) -> None:
        lma = self.refused()
        lma.configure(replace(WATCHING, heartbeat=HeartbeatConfiguration(interval_s=30)))
        assert requests_in(lma.pass_time(INTERVAL_MS // 2 + 1)) == [2]

    def test_is_not_believed_when_nothing_was_asked(self) -> None:
        lma = watching()
        assert lma.handle(error(MAG1)) == []
        assert lma.lma.paths[MAG1].state is PathState.UP
        assert lma.lma.statistics.dropped == {"binding-error": 1}

    def test_is_not_meant_by_another_error(self) -> None:
        lma = bench()
        lma.send(MAG1)
        assert lma.handle(error(MAG1, status=1)) == []
        assert lma.lma.paths[MAG1].state is PathState.UNKNOWN


@pytest.mark.rfc("5847 §3.2")
class TestRestartOfAPeer:
    def test_shows_by_another_counter_in_an_answer(self) -> None:
        lma = watching()
        lma.pass_time(INTERVAL_MS + 1)
        news = news_in(lma.handle(response(MAG1, LMA, 2, counter=2)))
        assert news == [PeerRestarted(peer=MAG1, restart_counter=2)]
        assert lma.lma.paths[MAG1].restart_counter == 2

    def test_shows_by_an_unsolicited_response_whatever_its_number(self) -> None:
        lma = watching()
        news = news_in(lma.handle(unsolicited(MAG1, LMA, 5)))
        assert news == [PeerRestarted(peer=MAG1, restart_counter=5)]
        assert news_in(lma.handle(unsolicited(MAG1, LMA, 5))) == []

    def test_is_not_known_where_no_counter_was_stored(self) -> None:
        lma = bench()
        assert lma.handle(unsolicited(MAG1, LMA, 5)) == []
        assert lma.lma.paths[MAG1].restart_counter == 5

    def test_of_a_stranger_is_no_news(self) -> None:
        lma = bench()
        assert lma.handle(unsolicited(STRANGER, LMA, 5)) == []
        assert lma.lma.paths == {}
        assert lma.lma.statistics.dropped == {"unmatched-heartbeat": 1}

    def test_is_not_seen_in_an_answer_without_a_counter(self) -> None:
        lma = watching()
        lma.pass_time(INTERVAL_MS + 1)
        assert news_in(lma.handle(response(MAG1, LMA, 2, counter=None))) == []
        assert lma.lma.paths[MAG1].restart_counter == 1


@pytest.mark.rfc("5847 §3.2")
class TestOwnCounter:
    def test_stands_when_the_sessions_were_kept(self) -> None:
        lma = Bench(WATCHING, ROUTER, start=False)
        lma.handle(RestartCounterRestored(role=Role.LMA, counter=7))
        effects = lma.handle(Started())
        assert of(PersistRestartCounter, effects) == []
        assert heartbeats_in(effects) == []

    def test_begins_with_the_time_of_day_and_is_told_to_all_mags(self) -> None:
        mags = (
            *WATCHING.mobile_access_gateways,
            AuthorisedMag(proxy_care_of_address=STRANGER, enabled=False),
        )
        lma = Bench(replace(WATCHING, mobile_access_gateways=mags), ROUTER, start=False)
        effects = lma.handle(Started())
        counter = START_UTC_US // 1_000_000
        assert of(PersistRestartCounter, effects) == [
            PersistRestartCounter(role=Role.LMA, counter=counter)
        ]
        told = Heartbeat(
            sequence_number=0, is_response=True, is_unsolicited=True, restart_counter=counter
        )
        assert of(SendMessage, effects) == [
            SendMessage(source=LMA, destination=mag, message=told) for mag in (MAG1, MAG2)
        ]

    def test_is_taken_up_when_the_role_comes_later(self) -> None:
        lma = Bench(ROUTER)
        assert of(PersistRestartCounter, lma.configure(WATCHING)) != []
        assert of(PersistRestartCounter, lma.configure(CONFIGURATION)) == []


class TestConfiguration:
    def test_off_stops_the_requests_and_leaves_no_judgement(self) -> None:
        lma = watching()
        assert of(StopTimer, lma.configure(CONFIGURATION)) != []
        assert lma.pass_time(10 * INTERVAL_MS) == []
        assert lma.lma.paths[MAG1].state is PathState.UNKNOWN

    def test_on_begins_with_the_bindings_that_are_there(self) -> None:
        lma = bench(CONFIGURATION)
        lma.send(MAG1)
        assert requests_in(lma.configure(WATCHING)) == [1]

    def test_another_interval_counts_from_the_last_request(self) -> None:
        lma = watching()
        lma.now_ms = 20_000
        effects = lma.configure(replace(WATCHING, heartbeat=HeartbeatConfiguration(interval_s=30)))
        assert [each.after_ms for each in of(StartTimer, effects)] == [10_001]

    def test_the_same_again_changes_nothing(self) -> None:
        lma = watching()
        effects: list[Effect] = lma.configure(WATCHING)
        assert effects == []
        assert lma.lma.paths[MAG1].state is PathState.UP

    def test_a_mag_that_is_withdrawn_is_forgotten(self) -> None:
        lma = watching()
        mags = CONFIGURATION.mobile_access_gateways[1:]
        lma.configure(replace(WATCHING, mobile_access_gateways=mags))
        assert lma.lma.paths == {}
        assert lma.expire(TimerKind.MAG_HEARTBEAT, str(MAG1)) == []

    def test_without_the_role_nobody_is_watched(self) -> None:
        lma = watching()
        lma.lma.configuration.take(LmaRemoved())
        lma.configure(LmaRemoved())
        assert lma.lma.paths == {}
        assert not [each for each in lma.due_at_ms if each.kind is TimerKind.MAG_HEARTBEAT]
