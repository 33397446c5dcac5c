"""What an LMA wants of renewals, retransmissions and heartbeats is followed (RFC 8127 §5.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.messages import (
    BindingReregistrationControl,
    Heartbeat,
    HeartbeatControl,
    LmaControlledParameters,
    MobileNodeIdentifier,
)
from nf.engine.configuration import HeartbeatConfiguration
from nf.engine.effects import Effect, Notify, SendMessage, StartTimer
from nf.engine.notifications import PeerDown, PeerUp
from nf.engine.values import TimerKind
from tests.engine.mag.bench import LMA, ROLE, Bench, of, registered, waiting

RENEWAL = BindingReregistrationControl(
    reregistration_start_s=40, initial_retransmission_s=3, maximum_retransmission_s=8
)
CONTROL = HeartbeatControl(interval_s=100, retransmission_delay_s=5, maximum_retransmissions=2)
DEAF = replace(ROLE, lma_controlled_parameters=False)
LMA_KEY = MobileNodeIdentifier(str(LMA))

pytestmark = pytest.mark.rfc("8127 §5.2")


def accept(
    bench: Bench,
    renewal: BindingReregistrationControl | None = RENEWAL,
    control: HeartbeatControl | None = None,
) -> list[Effect]:
    """Let the LMA accept with these parameters; the lifetime is 400 s."""
    parameters = LmaControlledParameters(reregistration=renewal, heartbeat=control)
    return bench.receive(replace(bench.answer(), lma_controlled_parameters=parameters))


def wait_ms(effects: list[Effect], kind: TimerKind) -> int:
    """Return for how long the one timer of a kind is started."""
    (after_ms,) = [each.after_ms for each in of(StartTimer, effects) if each.timer.kind is kind]
    return after_ms


class TestRenewal:
    @pytest.mark.parametrize(
        ("start_s", "renewal_s"),
        [(40, 360), (4, 396), (200, 200), (368, 32), (372, 30), (396, 30), (400, 200), (999, 200)],
    )
    def test_starts_before_the_end_and_never_in_a_storm(self, start_s: int, renewal_s: int) -> None:
        effects = accept(waiting(), replace(RENEWAL, reregistration_start_s=start_s))
        assert wait_ms(effects, TimerKind.REFRESH) == renewal_s * 1000

    def test_of_a_short_lifetime_is_at_half_of_it_at_the_soonest(self) -> None:
        bench = waiting()
        parameters = LmaControlledParameters(
            reregistration=replace(RENEWAL, reregistration_start_s=16)
        )
        answer = replace(bench.answer(lifetime_s=20), lma_controlled_parameters=parameters)
        assert wait_ms(bench.receive(answer), TimerKind.REFRESH) == 10_000

    def test_is_at_half_of_the_lifetime_where_the_lma_says_nothing_or_nobody_listens(self) -> None:
        assert wait_ms(waiting().accepted(), TimerKind.REFRESH) == 200_000
        assert wait_ms(accept(waiting(), None, CONTROL), TimerKind.REFRESH) == 200_000
        assert wait_ms(accept(waiting(DEAF)), TimerKind.REFRESH) == 200_000


class TestRetransmission:
    def test_backs_off_between_the_times_of_the_lma(self) -> None:
        bench = waiting()
        accept(bench)
        effects = bench.expire(TimerKind.REFRESH)
        waits = [wait_ms(effects, TimerKind.RETRANSMIT)]
        for _ in range(3):
            waits.append(wait_ms(bench.expire(TimerKind.RETRANSMIT), TimerKind.RETRANSMIT))
        assert waits == [3_000, 6_000, 8_000, 8_000]

    def test_of_the_deregistration_waits_as_long_as_the_lma_wants(self) -> None:
        bench = waiting()
        accept(bench)
        assert wait_ms(bench.lost(), TimerKind.RETRANSMIT) == 3_000

    def test_is_as_configured_again_once_the_lma_says_nothing(self) -> None:
        bench = waiting()
        accept(bench)
        bench.expire(TimerKind.REFRESH)
        bench.accepted()
        assert wait_ms(bench.expire(TimerKind.REFRESH), TimerKind.RETRANSMIT) == 1_000

    def test_is_as_configured_once_a_commit_says_so(self) -> None:
        bench = waiting()
        accept(bench)
        bench.configure(DEAF)
        assert wait_ms(bench.expire(TimerKind.REFRESH), TimerKind.RETRANSMIT) == 1_000

    def test_of_a_new_registration_is_as_configured(self) -> None:
        bench = waiting()
        accept(bench)
        effects = bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert wait_ms(effects, TimerKind.RETRANSMIT) == 1_000


class TestHeartbeats:
    def ask_again(self, bench: Bench) -> list[Effect]:
        return bench.expire(TimerKind.LMA_HEARTBEAT, node=LMA_KEY)

    def answer(self, bench: Bench) -> list[Effect]:
        number = bench.mag.paths[LMA].sequence_number
        message = Heartbeat(sequence_number=number, is_response=True, restart_counter=1)
        return bench.receive(message)

    def test_are_switched_on_for_the_lma_that_wants_them(self) -> None:
        bench = waiting()
        effects = accept(bench, control=CONTROL)
        (sent,) = of(SendMessage, effects)
        assert sent.message == Heartbeat(sequence_number=1)
        assert wait_ms(effects, TimerKind.LMA_HEARTBEAT) == 5_000
        assert bench.mag.paths[LMA].control == CONTROL

    def test_wait_an_interval_after_an_answer(self) -> None:
        bench = waiting()
        accept(bench, control=CONTROL)
        effects = self.answer(bench)
        assert wait_ms(effects, TimerKind.LMA_HEARTBEAT) == 100_000
        assert Notify(notification=PeerUp(peer=LMA)) in effects

    def test_are_repeated_soon_until_the_lma_is_down_and_then_each_interval(self) -> None:
        bench = waiting()
        accept(bench, control=CONTROL)
        turns = [self.ask_again(bench) for _ in range(4)]
        waits = [wait_ms(each, TimerKind.LMA_HEARTBEAT) for each in turns]
        assert waits == [5_000, 5_000, 100_000, 100_000]
        down = Notify(notification=PeerDown(peer=LMA))
        assert [down in each for each in turns] == [False, False, True, False]

    @pytest.mark.parametrize("delay_s", [0, 100, 101])
    def test_are_repeated_each_interval_where_no_shorter_delay_is_given(self, delay_s: int) -> None:
        bench = waiting()
        effects = accept(bench, control=replace(CONTROL, retransmission_delay_s=delay_s))
        assert wait_ms(effects, TimerKind.LMA_HEARTBEAT) == 100_000
        assert of(StartTimer, self.answer(bench)) == []

    def test_go_by_the_lma_and_not_by_the_configuration(self) -> None:
        bench = waiting(replace(ROLE, heartbeat=HeartbeatConfiguration(interval_s=60)))
        assert wait_ms(accept(bench, control=CONTROL), TimerKind.LMA_HEARTBEAT) == 5_000

    def test_go_by_the_configuration_again_once_the_lma_says_nothing(self) -> None:
        bench = waiting(replace(ROLE, heartbeat=HeartbeatConfiguration(interval_s=60)))
        accept(bench, control=CONTROL)
        bench.expire(TimerKind.REFRESH)
        assert wait_ms(bench.accepted(), TimerKind.LMA_HEARTBEAT) == 60_000

    def test_end_once_the_lma_wants_none(self) -> None:
        bench = waiting()
        accept(bench, control=CONTROL)
        bench.expire(TimerKind.REFRESH)
        bench.accepted()
        assert self.ask_again(bench) == []
        assert bench.mag.gateway.watch.rhythms == {}

    def test_are_not_switched_on_where_nobody_listens(self) -> None:
        bench = waiting(DEAF)
        assert of(SendMessage, accept(bench, control=CONTROL)) == []

    def test_end_when_nobody_listens_any_more(self) -> None:
        bench = waiting()
        accept(bench, control=CONTROL)
        bench.configure(DEAF)
        assert self.ask_again(bench) == []


class TestZero:
    @pytest.mark.parametrize(
        ("renewal", "control"),
        [
            (replace(RENEWAL, reregistration_start_s=0), None),
            (replace(RENEWAL, initial_retransmission_s=0), None),
            (replace(RENEWAL, maximum_retransmission_s=0), CONTROL),
            (RENEWAL, replace(CONTROL, interval_s=0)),
            (None, replace(CONTROL, maximum_retransmissions=0)),
        ],
    )
    def test_makes_the_answer_one_that_never_came(
        self,
        renewal: BindingReregistrationControl | None,
        control: HeartbeatControl | None,
    ) -> None:
        bench = waiting()
        assert accept(bench, renewal, control) == []
        assert bench.dropped() == {"unusable-controlled-parameters": 1}
        assert bench.entry.pending is not None

    def test_is_nothing_to_one_who_does_not_listen(self) -> None:
        bench = waiting(DEAF)
        assert accept(bench, replace(RENEWAL, reregistration_start_s=0)) != []
        assert bench.dropped() == {}

    def test_in_a_renewal_leaves_the_binding_as_it_stands(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        assert accept(bench, replace(RENEWAL, initial_retransmission_s=0)) == []
        assert bench.entry.home_network_prefixes != ()
