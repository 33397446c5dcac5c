"""A node that has not shown itself of late is asked before more is done for it (RFC 5213 §6.13)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.engine.effects import ProbeNode, SendMessage, StartTimer, StopTimer
from nf.engine.mag.drops import DropReason
from nf.engine.mag.presence import ANSWER_TIME_MS, FRESH_MS, QUESTIONS
from nf.engine.mag.records import RegistrationState
from nf.engine.values import AttachSource, TimerKind
from tests.engine.mag.bench import (
    LINK,
    MAC,
    MNP,
    NODE,
    ROLE,
    SERVER,
    Bench,
    ia_pd,
    message,
    of,
    registered,
)

#: A link on which a node is attached by its router solicitations alone.
SOLICITED_ONLY = replace(LINK, attach_sources=(AttachSource.ROUTER_SOLICITATION,))
QUESTION = ProbeNode(link="access0", link_layer_address=MAC)


def asked() -> Bench:
    """Return a MAG that has just asked its node, since its registration is due for renewal."""
    bench = registered()
    bench.expire(TimerKind.REFRESH, after_ms=200_000)
    return bench


def unanswered(bench: Bench, times: int) -> None:
    for _ in range(times):
        bench.expire(TimerKind.PRESENCE_PROBE, after_ms=ANSWER_TIME_MS)


@pytest.mark.rfc("5213 §6.13")
class TestRenewal:
    def test_of_a_node_that_was_silent_asks_it_first(self) -> None:
        bench = registered()
        question, start = bench.expire(TimerKind.REFRESH, after_ms=FRESH_MS + 1)
        assert question == QUESTION
        assert isinstance(start, StartTimer)
        assert (start.timer.kind, start.after_ms) == (TimerKind.PRESENCE_PROBE, ANSWER_TIME_MS)
        assert bench.state() is RegistrationState.REGISTERED

    def test_of_a_node_that_has_just_been_seen_asks_nothing(self) -> None:
        bench = registered()
        effects = bench.expire(TimerKind.REFRESH, after_ms=FRESH_MS)
        assert of(ProbeNode, effects) == []
        assert bench.state() is RegistrationState.REFRESHING

    def test_goes_on_with_the_answer(self) -> None:
        bench = asked()
        effects = bench.seen()
        assert [each.timer.kind for each in of(StopTimer, effects)] == [TimerKind.PRESENCE_PROBE]
        assert bench.state() is RegistrationState.REFRESHING
        assert bench.pbu.lifetime_s > 0

    def test_goes_on_with_any_sign_even_one_that_attaches_nobody_here(self) -> None:
        bench = Bench(replace(ROLE, access_links=(SOLICITED_ONLY,)))
        bench.seen(source=AttachSource.ROUTER_SOLICITATION)
        bench.accepted()
        bench.expire(TimerKind.REFRESH, after_ms=200_000)
        bench.seen(source=AttachSource.MULTICAST_LISTENER_REPORT)
        assert bench.state() is RegistrationState.REFRESHING
        bench.seen(source=AttachSource.MULTICAST_LISTENER_REPORT)
        assert bench.dropped() == {DropReason.SOURCE_NOT_IN_USE.value: 1}

    def test_is_asked_for_again_by_each_silent_second(self) -> None:
        bench = asked()
        for _ in range(QUESTIONS - 1):
            question, _start = bench.expire(TimerKind.PRESENCE_PROBE, after_ms=ANSWER_TIME_MS)
            assert question == QUESTION

    def test_turns_into_the_end_when_no_question_is_answered(self) -> None:
        bench = asked()
        unanswered(bench, QUESTIONS)
        assert bench.pbu.lifetime_s == 0
        assert NODE not in bench.mag.attached_nodes
        assert not bench.is_running(TimerKind.PRESENCE_PROBE)

    def test_that_was_answered_late_begins_to_count_anew(self) -> None:
        bench = asked()
        unanswered(bench, QUESTIONS - 1)
        bench.seen()
        bench.accepted()
        bench.expire(TimerKind.REFRESH, after_ms=200_000)
        unanswered(bench, QUESTIONS - 1)
        assert NODE in bench.mag.attached_nodes

    def test_is_put_off_while_the_node_is_held(self) -> None:
        bench = registered(replace(ROLE, detach_hold_ms=3_000))
        bench.lost()
        effects = bench.expire(TimerKind.REFRESH, after_ms=200_000)
        assert of(ProbeNode, effects) == []

    def test_ends_its_question_with_the_attachment(self) -> None:
        bench = asked()
        bench.lost()
        assert not bench.is_running(TimerKind.PRESENCE_PROBE)


@pytest.mark.rfc("5213 §6.13")
class TestDelegation:
    def delegated(self) -> Bench:
        bench = registered()
        bench.dhcp(message(DhcpMessageType.REQUEST, ia_pd(MNP), server=SERVER))
        bench.expire(TimerKind.DELEGATION_LIFETIME, after_ms=300_000)
        return bench

    def test_that_a_silent_router_did_not_renew_waits_for_a_sign_of_it(self) -> None:
        bench = self.delegated()
        assert bench.is_running(TimerKind.PRESENCE_PROBE)
        assert MNP in bench.entry.mobile_network_prefixes
        bench.seen()
        assert MNP not in bench.entry.mobile_network_prefixes
        assert bench.pbu.mobile_network_prefixes == ()

    def test_is_not_given_back_by_a_mag_that_the_router_has_left(self) -> None:
        """It may renew its prefixes elsewhere: the MAG that it left says nothing but goodbye."""
        bench = self.delegated()
        sent = len(bench.sent)
        unanswered(bench, QUESTIONS)
        assert [each.lifetime_s for each in bench.sent[sent:]] == [0]

    def test_and_renewal_wait_for_the_same_answer(self) -> None:
        bench = self.delegated()
        assert bench.expire(TimerKind.REFRESH) == []
        assert of(SendMessage, bench.seen()) != []
