"""A MAG that watches its LMAs and is watched by them (RFC 5847)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.codec.messages import BindingError, Heartbeat, MobileNodeIdentifier
from nf.engine.configuration import MagRemoved
from nf.engine.effects import Effect, SendMessage, StopTimer
from nf.engine.events import RestartCounterRestored, Started
from nf.engine.mag import heartbeat
from nf.engine.notifications import PeerDown, PeerRestarted, PeerUp
from nf.engine.paths import PathState
from nf.engine.store_effects import PersistRestartCounter
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
from tests.engine.mag.bench import (
    LMA,
    MAG,
    NODE,
    OTHER_LMA,
    OTHER_MAC,
    OTHER_NODE,
    OTHER_ROUTER,
    ROLE,
    ROUTER,
    START_UTC_US,
    Bench,
    of,
    registered,
    waiting,
)

STRANGER = IPv6Address("2001:db8:bad::1")
WATCHING = replace(ROLE, heartbeat=HEARTBEAT)

OTHER_HNP = IPv6Network("2001:db8:1:1::/64")
OTHER_MNP = IPv6Network("2001:db8:2:100::/56")


def watching() -> Bench:
    """Return a MAG with one binding, whose LMA has answered the first request."""
    bench = registered(WATCHING)
    assert news_in(bench.receive(response(LMA, MAG, 1).message)) == [PeerUp(peer=LMA)]
    return bench


def next_turn(bench: Bench) -> list[Effect]:
    """Let the timer of the LMA's heartbeats run out."""
    node = MobileNodeIdentifier(str(LMA))
    return bench.expire(TimerKind.LMA_HEARTBEAT, after_ms=INTERVAL_MS, node=node)


@pytest.mark.rfc("5847 §3")
class TestRequestsOfOthers:
    @pytest.mark.parametrize("source", [LMA, STRANGER])
    def test_are_answered_without_a_binding_and_leave_nothing(self, source: IPv6Address) -> None:
        bench = Bench()
        (effect,) = bench.handle(request(source, MAG, 77))
        counter = bench.mag.gateway.watch.restart_counter
        assert effect == SendMessage(
            source=MAG,
            destination=source,
            message=Heartbeat(sequence_number=77, is_response=True, restart_counter=counter),
        )
        assert bench.mag.paths == {}
        assert bench.mag.statistics.heartbeats_received == 1

    def test_of_strangers_are_answered_now_and_then(self) -> None:
        bench = Bench()
        answers = [bench.handle(request(STRANGER, MAG, number)) for number in range(100)]
        assert sum(map(bool, answers)) == ANSWERS_TO_STRANGERS.burst
        assert bench.handle(request(LMA, MAG, 100)) != []
        assert bench.dropped() == {"rate-limited": 100 - ANSWERS_TO_STRANGERS.burst}

    def test_for_another_address_are_dropped(self) -> None:
        bench = Bench()
        assert bench.handle(request(LMA, STRANGER)) == []
        assert bench.dropped() == {"not-our-address": 1}

    def test_are_dropped_while_the_role_is_off(self) -> None:
        bench = Bench()
        bench.configure(MagRemoved())
        assert bench.handle(request(LMA, MAG)) == []

    def test_are_dropped_before_the_counter_is_known(self) -> None:
        bench = Bench(start=False)
        assert bench.handle(request(LMA, MAG)) == []


@pytest.mark.rfc("5847 §3")
class TestOwnRequests:
    def test_begin_when_the_first_binding_is_accepted(self) -> None:
        bench = waiting(WATCHING)
        assert bench.mag.statistics.heartbeats_sent == 0
        assert requests_in(bench.accepted()) == [1]
        assert requests_in(next_turn(bench)) == [2]

    def test_are_not_sent_where_none_are_configured(self) -> None:
        assert requests_in(waiting().accepted()) == []

    def test_end_with_the_last_binding(self) -> None:
        bench = watching()
        bench.lost()
        effects = bench.receive(bench.answer())
        assert TimerKind.LMA_HEARTBEAT in {each.timer.kind for each in of(StopTimer, effects)}
        assert next_turn(bench) == []
        assert set(bench.mag.paths) == {LMA}

    def test_go_to_each_lma_that_holds_a_binding(self) -> None:
        bench = watching()
        bench.configure(replace(OTHER_ROUTER, local_mobility_anchor=OTHER_LMA))
        bench.seen(OTHER_MAC)
        answer = bench.answer(hnps=(OTHER_HNP,), mnps=(OTHER_MNP,))
        effects = bench.receive(answer, source=OTHER_LMA)
        (asked,) = of(SendMessage, effects)
        assert asked.destination == OTHER_LMA
        assert set(bench.mag.gateway.watch.rhythms) == {LMA, OTHER_LMA}

    def test_are_one_an_interval_for_many_bindings(self) -> None:
        bench = watching()
        bench.seen(OTHER_MAC)
        assert requests_in(bench.accepted()) == []


@pytest.mark.rfc("5847 §3.1")
class TestFailure:
    def test_is_told_once_and_ends_with_an_answer(self) -> None:
        bench = watching()
        news = [news_in(next_turn(bench)) for _ in range(6)]
        assert news == [[], [], [], [], [PeerDown(peer=LMA)], []]
        assert bench.mag.paths[LMA].state is PathState.DOWN
        number = bench.mag.paths[LMA].sequence_number
        assert news_in(bench.handle(response(LMA, MAG, number))) == [PeerUp(peer=LMA)]

    def test_is_not_ended_by_an_answer_that_nothing_waits_for(self) -> None:
        bench = watching()
        assert bench.handle(response(LMA, MAG, 1)) == []
        assert bench.handle(response(STRANGER, MAG, 1)) == []
        assert bench.dropped() == {"unmatched-heartbeat": 2}
        assert set(bench.mag.paths) == {LMA}


@pytest.mark.rfc("5847 §3")
class TestLmaWithoutHeartbeats:
    def refused(self) -> Bench:
        bench = registered(WATCHING)
        bench.receive(BindingError(status=2))
        assert bench.mag.paths[LMA].state is PathState.UNSUPPORTED
        return bench

    def test_gets_none_again(self) -> None:
        bench = self.refused()
        assert next_turn(bench) == []
        bench.seen(OTHER_MAC)
        assert requests_in(bench.accepted()) == []

    def test_gets_some_again_once_it_sends_one(self) -> None:
        bench = self.refused()
        bench.at_ms += INTERVAL_MS
        assert requests_in(bench.handle(request(LMA, MAG))) == [2]

    def test_gets_some_again_after_a_commit_of_the_role_but_not_of_a_node(self) -> None:
        bench = self.refused()
        bench.at_ms += INTERVAL_MS
        assert requests_in(bench.configure(ROUTER)) == []
        assert requests_in(bench.configure(WATCHING)) == [2]

    def test_is_not_believed_when_nothing_was_asked(self) -> None:
        bench = watching()
        assert bench.receive(BindingError(status=2)) == []
        assert bench.dropped() == {"binding-error": 1}
        assert bench.mag.paths[LMA].state is PathState.UP


@pytest.mark.rfc("5847 §3.2")
class TestOwnCounter:
    def test_is_one_more_at_each_start_and_is_told_to_the_lmas(self) -> None:
        bench = Bench(start=False)
        assert bench.handle(RestartCounterRestored(role=Role.MAG, counter=7)) == []
        effects = bench.handle(Started())
        assert effects[0] == PersistRestartCounter(role=Role.MAG, counter=8)
        told = Heartbeat(
            sequence_number=0, is_response=True, is_unsolicited=True, restart_counter=8
        )
        assert of(SendMessage, effects) == [SendMessage(source=MAG, destination=LMA, message=told)]

    def test_begins_with_the_time_of_day(self) -> None:
        bench = Bench(start=False)
        effects = bench.handle(Started())
        counter = (START_UTC_US + bench.at_ms * 1000) // 1_000_000
        assert effects[0] == PersistRestartCounter(role=Role.MAG, counter=counter)

    def test_comes_round_after_the_last_one(self) -> None:
        bench = Bench(start=False)
        bench.handle(RestartCounterRestored(role=Role.MAG, counter=0xFFFF_FFFF))
        bench.handle(Started())
        assert bench.mag.gateway.watch.restart_counter == 0

    def test_is_told_to_a_bounded_number_of_lmas(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(heartbeat, "LMAS_TOLD", 1)
        bench = Bench(replace(OTHER_ROUTER, local_mobility_anchor=OTHER_LMA), start=False)
        assert len(heartbeats_in(bench.handle(Started()))) == 1

    def test_is_taken_up_when_the_role_comes_later(self) -> None:
        bench = Bench(MagRemoved(), start=False)
        assert of(PersistRestartCounter, bench.handle(Started())) == []
        assert len(of(PersistRestartCounter, bench.configure(ROLE))) == 1
        assert of(PersistRestartCounter, bench.configure(WATCHING)) == []


@pytest.mark.rfc("5847 §3.2")
class TestRestartOfAnLma:
    def test_is_not_known_where_no_counter_was_stored(self) -> None:
        bench = registered()
        assert bench.handle(unsolicited(LMA, MAG, 5)) == []
        assert bench.mag.paths[LMA].restart_counter == 5

    def test_of_a_stranger_is_no_news(self) -> None:
        bench = watching()
        assert bench.handle(unsolicited(STRANGER, MAG, 5)) == []
        assert set(bench.mag.paths) == {LMA}
        assert bench.dropped() == {"unmatched-heartbeat": 1}

    def test_shows_without_heartbeats_of_our_own(self) -> None:
        bench = registered()
        bench.handle(unsolicited(LMA, MAG, 5))
        news = news_in(bench.handle(unsolicited(LMA, MAG, 6)))
        assert news == [PeerRestarted(peer=LMA, restart_counter=6)]


class TestConfiguration:
    def test_off_stops_the_requests_and_leaves_no_judgement(self) -> None:
        bench = watching()
        assert of(StopTimer, bench.configure(ROLE)) != []
        assert next_turn(bench) == []
        assert bench.mag.paths[LMA].state is PathState.UNKNOWN

    def test_on_begins_with_the_bindings_that_are_there(self) -> None:
        assert requests_in(registered().configure(WATCHING)) == [1]

    def test_an_lma_that_no_node_names_any_more_is_forgotten(self) -> None:
        bench = watching()
        assert bench.configure(replace(OTHER_ROUTER, local_mobility_anchor=OTHER_LMA)) == []
        effects = bench.configure(replace(ROUTER, local_mobility_anchor=OTHER_LMA))
        assert TimerKind.LMA_HEARTBEAT in {each.timer.kind for each in of(StopTimer, effects)}
        assert bench.mag.paths == {}
        assert dict(bench.configuration.named_anchors) == {OTHER_LMA: 2}

    def test_an_lma_without_bindings_is_forgotten_with_its_last_node(self) -> None:
        bench = Bench(WATCHING)
        bench.handle(unsolicited(LMA, MAG, 5))
        assert set(bench.mag.paths) == {LMA}
        for each in (ROUTER, OTHER_ROUTER):
            bench.configure(replace(each, local_mobility_anchor=None))
        assert bench.mag.paths == {}

    def test_a_commit_of_everything_at_once_forgets_it_too(self) -> None:
        bench = Bench(WATCHING)
        bench.handle(unsolicited(LMA, MAG, 5))
        nodes = [replace(each, local_mobility_anchor=None) for each in (ROUTER, OTHER_ROUTER)]
        bench.configure(ROLE, *nodes)
        assert bench.mag.paths == {}

    def test_another_address_of_ours_begins_anew(self) -> None:
        bench = watching()
        bench.configure(replace(WATCHING, proxy_care_of_address=STRANGER))
        assert LMA not in bench.mag.gateway.watch.rhythms
        assert bench.mag.binding_update_list[NODE].tunnel.local == STRANGER
        assert OTHER_NODE not in bench.mag.binding_update_list
