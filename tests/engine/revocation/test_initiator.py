"""How indications are numbered, repeated and held back, whoever sends them."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    SequenceNumber,
)
from nf.engine.configuration import RevocationConfiguration
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import MessageReceived
from nf.engine.lma.records import LmaStatistics
from nf.engine.revocation.initiator import (
    MOST_SENT,
    NO_NUMBER,
    WINDOW,
    Initiator,
    SentRevocation,
)
from nf.engine.sequence_numbers import SEQUENCE_NUMBERS
from nf.engine.values import Instant, TimerKind

OURS = IPv6Address("2001:db8:f::1")
PEER = IPv6Address("2001:db8:f::11")
OTHER = IPv6Address("2001:db8:f::12")
NOW = Instant(at_ms=5_000, utc_us=7)
REPETITION = RevocationConfiguration()


def initiator() -> Initiator:
    return Initiator(TimerKind.REVOCATION_RETRANSMIT, LmaStatistics())


def revocation(peer: IPv6Address = PEER, trigger: int = 1) -> SentRevocation:
    message = BindingRevocationIndication(trigger=trigger, sequence_number=NO_NUMBER)
    return SentRevocation(message=message, source=OURS, peer=peer, begun_ms=NOW.at_ms)


def begin(sender: Initiator, one: SentRevocation) -> list[Effect]:
    return sender.begin(one, REPETITION, NOW)


def numbers(effects: list[Effect]) -> list[int]:
    sent = [each.message for each in effects if isinstance(each, SendMessage)]
    return [m.sequence_number for m in sent if isinstance(m, BindingRevocationIndication)]


def delays(effects: list[Effect]) -> list[int]:
    return [each.after_ms for each in effects if isinstance(each, StartTimer)]


@pytest.mark.rfc("5846 §5.1", "5846 §6.1")
class TestNumbers:
    def test_begin_where_nobody_foresees_and_follow_one_another(self) -> None:
        sender = initiator()
        assert [numbers(begin(sender, revocation())) for _ in range(3)] == [[7], [8], [9]]

    def test_that_wait_for_an_answer_are_left_out(self) -> None:
        sender = initiator()
        for _ in range(2):
            begin(sender, revocation())
        sender._last_number = SequenceNumber(0xFFFF)
        first = revocation(OTHER)
        assert numbers(begin(sender, first)) == [0]
        sender._last_number = SequenceNumber(6)
        assert numbers(begin(sender, revocation(OTHER))) == [9]

    def test_of_two_peers_do_not_collide(self) -> None:
        sender = initiator()
        assert numbers(begin(sender, revocation())) != numbers(begin(sender, revocation(OTHER)))


@pytest.mark.rfc("5846 §6.3", "5846 §11")
class TestRepetition:
    def test_says_the_same_and_waits_twice_as_long_until_the_longest_time(self) -> None:
        sender, one = initiator(), revocation()
        repetition = RevocationConfiguration(max_retries=4)
        first = sender.begin(one, repetition, NOW)
        repeated = [sender.repeat(one, repetition) for _ in range(4)]
        assert [numbers(each) for each in repeated] == [[7]] * 4
        assert [delays(each) for each in (first, *repeated)] == [[1_000], *[[2_000]] * 4]
        assert sender.repeat(one, repetition) == []

    def test_may_be_none_at_all(self) -> None:
        sender, one = initiator(), revocation()
        repetition = RevocationConfiguration(max_retries=0)
        assert delays(sender.begin(one, repetition, NOW)) == [1_000]
        assert sender.repeat(one, repetition) == []

    def test_as_often_as_a_configuration_can_say_counts_no_endless_delay(self) -> None:
        sender, one = initiator(), revocation()
        repetition = RevocationConfiguration(max_retries=255, max_delay_ms=2**32 - 1)
        sender.begin(one, repetition, NOW)
        longest = [delays(sender.repeat(one, repetition)) for _ in range(255)][-1]
        assert longest == [1_000 << 16]


@pytest.mark.rfc("5846 §6.2")
class TestAnswer:
    def test_is_matched_by_number_and_by_the_way_that_it_came(self) -> None:
        sender, one = initiator(), revocation()
        begin(sender, one)
        answer = BindingRevocationAcknowledgement(status=0, sequence_number=SequenceNumber(7))
        other = BindingRevocationAcknowledgement(status=0, sequence_number=SequenceNumber(8))
        for source, to, message, expected in (
            (PEER, OURS, answer, one),
            (PEER, OURS, other, None),
            (OTHER, OURS, answer, None),
            (PEER, OTHER, answer, None),
        ):
            event = MessageReceived(source=source, destination=to, message=message)
            assert sender.match(event, message) is expected


class TestManyAtATime:
    def test_one_peer_gets_as_many_as_it_can_answer_and_the_next_with_each_answer(self) -> None:
        sender = initiator()
        all_of_them = [revocation() for _ in range(WINDOW + 2)]
        sent = [effect for one in all_of_them for effect in begin(sender, one)]
        assert len(numbers(sent)) == WINDOW
        assert sender.is_busy(PEER)
        assert not sender.is_busy(OTHER)
        following = [sender.end(one, REPETITION, NOW) for one in all_of_them[:3]]
        assert [len(numbers(each)) for each in following] == [1, 1, 0]
        assert sender.waiting == {}

    def test_one_peer_that_is_silent_holds_up_no_other(self) -> None:
        sender = initiator()
        for _ in range(2 * WINDOW):
            begin(sender, revocation())
        assert numbers(begin(sender, revocation(OTHER))) == [7 + WINDOW]

    def test_nothing_waits_once_the_address_for_answers_is_gone(self) -> None:
        sender = initiator()
        for _ in range(WINDOW + 1):
            begin(sender, revocation())
        stopped = sender.abandon()
        assert [type(each) for each in stopped] == [StopTimer] * WINDOW
        assert (sender.sent, sender.waiting, sender.awaits(PEER)) == ({}, {}, False)
        assert len(numbers(begin(sender, revocation()))) == 1


class TestManyPeers:
    def test_leave_numbers_free_however_many_they_are(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nf.engine.revocation.initiator.MOST_SENT", 2)
        sender = initiator()
        first, second, third = (revocation(peer) for peer in (PEER, PEER, OTHER))
        assert [len(begin(sender, one)) for one in (first, second, third)] == [2, 2, 0]
        assert sender.is_busy(OTHER)
        assert numbers(sender.end(first, REPETITION, NOW)) == [9]
        assert sender.sent_to(OTHER) == [third]
        assert sender.waiting == {}

    def test_have_less_on_the_way_than_there_are_numbers(self) -> None:
        assert MOST_SENT < SEQUENCE_NUMBERS

    def test_of_which_one_has_its_own_measure_full_do_not_let_it_have_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nf.engine.revocation.initiator.MOST_SENT", WINDOW + 1)
        sender, last = initiator(), revocation(OTHER)
        for _ in range(WINDOW + 1):
            begin(sender, revocation())
        begin(sender, last)
        assert sender.end(last, REPETITION, NOW) == []
        assert len(sender.waiting[PEER]) == 1
