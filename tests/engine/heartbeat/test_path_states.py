"""A path walked through every order of events that a peer and its silence can make."""

from __future__ import annotations

from ipaddress import IPv6Address
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nf.codec.messages import Heartbeat
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.heartbeat.path_states import TRANSITIONS, Cause, move
from nf.engine.heartbeat.rhythm import Rhythm
from nf.engine.heartbeat.watch import News, Watch
from nf.engine.notifications import PeerDown, PeerRestarted, PeerUp
from nf.engine.paths import Path, PathState
from nf.engine.values import Instant, TimerKind

PEER = IPv6Address("2001:db8:f::11")
OURS = IPv6Address("2001:db8:f::1")
PLAIN = Rhythm(interval_ms=60_000, retransmission_delay_ms=60_000, missing_heartbeats_allowed=2)
CONTROLLED = Rhythm(interval_ms=60_000, retransmission_delay_ms=5_000, missing_heartbeats_allowed=2)


@pytest.mark.parametrize(
    ("state", "cause"), list(product(PathState, Cause)), ids=lambda each: each.value
)
def test_each_pair_moves_as_the_table_says_or_is_a_bug(state: PathState, cause: Cause) -> None:
    path = Path(state=state)
    if (state, cause) in TRANSITIONS:
        assert move(path, cause) is (TRANSITIONS[state, cause] is not state)
        assert path.state is TRANSITIONS[state, cause]
    else:
        with pytest.raises(KeyError):
            move(path, cause)
        assert path.state is state


def test_only_a_peer_that_is_left_alone_has_pairs_that_cannot_happen() -> None:
    missing = set(product(PathState, Cause)) - TRANSITIONS.keys()
    assert {state for state, _ in missing} == {PathState.UNSUPPORTED}


class PathMachine(RuleBasedStateMachine):
    """One peer, watched or not; a model that counts what RFC 5847 §3.1 counts."""

    def __init__(self) -> None:
        super().__init__()
        self.statistics = SimpleNamespace(heartbeats_sent=0, heartbeats_received=0)
        self.watch = Watch(TimerKind.MAG_HEARTBEAT, self.statistics)
        self.now_ms = 0
        self.due_ms: int | None = None
        self.asked = 0
        self.missing = 0
        self.is_open = False
        self.counter: int | None = None
        self.up: bool | None = None

    @property
    def path(self) -> Path:
        return self.watch.paths.get(PEER, Path())

    @property
    def is_watched(self) -> bool:
        return PEER in self.watch.rhythms

    def perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, StartTimer):
                assert effect.after_ms > 0
                self.due_ms = self.now_ms + effect.after_ms
            elif isinstance(effect, StopTimer):
                self.due_ms = None
            elif isinstance(effect, SendMessage):
                assert isinstance(effect.message, Heartbeat)
                self.asked += 1
                self.is_open = True
                assert effect.message.sequence_number == self.asked

    def at(self) -> Instant:
        return Instant(self.now_ms, self.now_ms * 1000)

    def compare(self, news: list[News], *, counter: int | None = None) -> None:
        expected: list[News] = []
        if counter is not None and self.counter is not None and counter != self.counter:
            expected.append(PeerRestarted(peer=PEER, restart_counter=counter))
        self.counter = self.counter if counter is None else counter
        assert [each for each in news if isinstance(each, PeerRestarted)] == expected

    @rule(rhythm=st.sampled_from([PLAIN, CONTROLLED]))
    def watch_it(self, rhythm: Rhythm) -> None:
        was_watched = self.is_watched
        effects = self.watch.start(PEER, rhythm, OURS, self.at())
        assert not (was_watched and any(isinstance(each, SendMessage) for each in effects))
        self.perform(effects)

    @rule(passing_ms=st.integers(0, 100_000))
    def let_time_pass(self, passing_ms: int) -> None:
        until_ms = self.now_ms + passing_ms
        self.now_ms = until_ms if self.due_ms is None else min(until_ms, self.due_ms)

    @rule()
    def stop_it(self) -> None:
        self.perform(self.watch.stop(PEER))
        self.is_open, self.missing = False, 0

    @precondition(lambda self: self.is_watched)
    @rule()
    def wait_in_vain_or_for_the_next_turn(self) -> None:
        assert self.due_ms is not None
        self.now_ms = self.due_ms
        self.missing += self.is_open
        effects, news = self.watch.ask(PEER, OURS, self.at())
        self.perform(effects)
        is_down_now = self.missing > PLAIN.missing_heartbeats_allowed and self.up is not False
        assert news == ([PeerDown(peer=PEER)] if is_down_now else [])
        self.up = False if is_down_now else self.up

    @precondition(lambda self: self.watch.awaits(PEER))
    @rule(counter=st.none() | st.integers(0, 2), delay_ms=st.integers(0, 4_000))
    def answer(self, counter: int | None, delay_ms: int) -> None:
        assert self.due_ms is not None
        self.now_ms = min(self.now_ms + delay_ms, self.due_ms)
        assert self.watch.awaits(PEER, self.asked)
        assert not self.watch.awaits(PEER, self.asked - 1)
        message = Heartbeat(sequence_number=self.asked, is_response=True, restart_counter=counter)
        other = Heartbeat(sequence_number=self.asked - 1, is_response=True)
        assert self.watch.on_answer(PEER, other, self.at(), is_known=True) is None
        taken = self.watch.on_answer(PEER, message, self.at(), is_known=True)
        assert taken is not None
        effects, news = taken
        self.perform(effects)
        self.compare(news, counter=counter)
        assert (PeerUp(peer=PEER) in news) is (self.up is not True)
        self.is_open, self.missing, self.up = False, 0, True

    @rule(counter=st.integers(0, 2))
    def tell_of_a_restart(self, counter: int) -> None:
        message = Heartbeat(
            sequence_number=9, is_response=True, is_unsolicited=True, restart_counter=counter
        )
        assert self.watch.on_answer(PEER, message, self.at(), is_known=False) is None
        taken = self.watch.on_answer(PEER, message, self.at(), is_known=True)
        assert taken is not None
        effects, news = taken
        assert effects == []
        self.compare(news, counter=counter)

    @precondition(lambda self: self.watch.awaits(PEER))
    @rule()
    def refuse(self) -> None:
        self.perform(self.watch.on_refused(PEER))
        self.is_open, self.missing = False, 0
        assert self.watch.start(PEER, PLAIN, OURS, self.at()) == []
        self.up = None

    @rule()
    def ask_us(self) -> None:
        self.watch.on_request(PEER, self.at())
        assert self.path.state is not PathState.UNSUPPORTED

    @invariant()
    def it_is_asked_only_while_it_is_watched(self) -> None:
        assert (self.due_ms is not None) is self.is_watched
        assert self.is_watched or not self.watch.awaits(PEER)
        assert not (self.is_watched and self.path.state is PathState.UNSUPPORTED)

    @invariant()
    def what_is_counted_is_what_happened(self) -> None:
        assert self.path.missing_heartbeats == self.missing
        assert self.path.restart_counter == self.counter
        assert self.statistics.heartbeats_sent == self.asked
        assert (self.path.state is PathState.UP) is (self.up is True)
        assert (self.path.state is PathState.DOWN) is (self.up is False)


TestPathMachine = PathMachine.TestCase
