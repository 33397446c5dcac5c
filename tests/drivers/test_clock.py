"""Timers: what was stopped or replaced never fires."""

from __future__ import annotations

import asyncio
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from nf.drivers.clock import BATCH, SLACK, SLOT_S, Clock, TimerQueue, Timers
from nf.engine.effects import StartTimer, StopTimer
from nf.engine.events import Event, TimerExpired
from nf.engine.values import Timer, TimerKind

REFRESH = Timer(kind=TimerKind.REFRESH, key="bus")
RETRANSMIT = Timer(kind=TimerKind.RETRANSMIT, key="bus")


def fired(*effects: StartTimer | StopTimer, wanted: int) -> list[Event]:
    async def scene() -> list[Event]:
        posted: list[Event] = []
        done = asyncio.Event()

        def post(event: Event) -> None:
            posted.append(event)
            if len(posted) >= wanted:
                done.set()

        timers = Timers(post, asyncio.get_running_loop())
        for effect in effects:
            timers.perform(effect)
        await asyncio.wait_for(done.wait(), 10)
        timers.close()
        return posted

    return asyncio.run(scene())


def test_timers_fire_in_the_order_of_their_delays() -> None:
    assert fired(
        StartTimer(timer=REFRESH, after_ms=20), StartTimer(timer=RETRANSMIT, after_ms=1), wanted=2
    ) == [TimerExpired(timer=RETRANSMIT), TimerExpired(timer=REFRESH)]


def test_a_stopped_timer_never_fires() -> None:
    assert fired(
        StartTimer(timer=REFRESH, after_ms=0),
        StartTimer(timer=RETRANSMIT, after_ms=10),
        StopTimer(timer=REFRESH),
        wanted=1,
    ) == [TimerExpired(timer=RETRANSMIT)]


def test_a_replaced_timer_fires_once() -> None:
    assert fired(
        StartTimer(timer=REFRESH, after_ms=0),
        StartTimer(timer=REFRESH, after_ms=5),
        StartTimer(timer=RETRANSMIT, after_ms=15),
        wanted=2,
    ) == [TimerExpired(timer=REFRESH), TimerExpired(timer=RETRANSMIT)]


def test_neither_clock_goes_backwards() -> None:
    clock = Clock()
    first, second = clock.now(), clock.now()
    assert first.at_ms <= second.at_ms
    assert first.utc_us <= second.utc_us


def test_a_timer_that_is_put_off_again_and_again_fires_once_and_last() -> None:
    assert fired(
        StartTimer(timer=REFRESH, after_ms=0),
        *(StartTimer(timer=REFRESH, after_ms=each) for each in (5, 10, 15)),
        StartTimer(timer=RETRANSMIT, after_ms=10),
        wanted=2,
    ) == [TimerExpired(timer=RETRANSMIT), TimerExpired(timer=REFRESH)]


def test_a_timer_that_is_brought_forward_fires_once_and_first() -> None:
    assert fired(
        StartTimer(timer=REFRESH, after_ms=60_000),
        StartTimer(timer=RETRANSMIT, after_ms=10),
        StartTimer(timer=REFRESH, after_ms=1),
        wanted=2,
    ) == [TimerExpired(timer=REFRESH), TimerExpired(timer=RETRANSMIT)]


def test_many_more_than_fire_at_a_time_all_fire_in_order() -> None:
    timers = [Timer(kind=TimerKind.BCE_DELETE, key=str(number)) for number in range(3 * BATCH)]
    starts = [StartTimer(timer=timer, after_ms=0) for timer in timers]
    assert fired(*starts, wanted=len(timers)) == [TimerExpired(timer=each) for each in timers]


def test_timers_that_are_stopped_leave_nothing_behind() -> None:
    keys = [str(number) for number in range(4 * SLACK)]
    timers = [Timer(kind=TimerKind.BCE_DELETE, key=key) for key in keys]
    started = (StartTimer(timer=timer, after_ms=60_000) for timer in timers)
    stopped = (StopTimer(timer=timer) for timer in timers)
    effects = (each for pair in zip(started, stopped, strict=True) for each in pair)
    last = StartTimer(timer=REFRESH, after_ms=0)
    assert fired(*effects, last, wanted=1) == [TimerExpired(timer=REFRESH)]


def test_an_expired_timer_may_be_started_anew_by_whoever_hears_of_it() -> None:
    async def scene() -> int:
        done, count = asyncio.Event(), 0

        def post(event: Event) -> None:
            nonlocal count
            count += 1
            if count == 3:
                done.set()
            else:
                timers.perform(StartTimer(timer=REFRESH, after_ms=0))

        timers = Timers(post, asyncio.get_running_loop())
        timers.perform(StartTimer(timer=REFRESH, after_ms=0))
        await asyncio.wait_for(done.wait(), 10)
        return count

    assert asyncio.run(scene()) == 3


NAMES = [Timer(kind=TimerKind.BCE_DELETE, key=str(number)) for number in range(6)]
#: Quarters of a slot are exact in floating point.
QUARTERS = st.integers(0, 40)
STEPS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from(NAMES), QUARTERS),
    st.tuples(st.just("stop"), st.sampled_from(NAMES), st.just(0)),
    st.tuples(st.just("pass"), st.none(), QUARTERS),
)


class Model:
    """What a queue of timers is to do, without any thought for many of them."""

    def __init__(self) -> None:
        self.due: dict[Timer, float] = {}

    def take(self, now: float) -> list[tuple[float, Timer]]:
        taken = [(at, timer) for timer, at in self.due.items() if at <= now]
        for _, timer in taken:
            del self.due[timer]
        return taken


class TestTimerQueue:
    @settings(max_examples=300)
    @given(st.lists(STEPS, max_size=40), st.integers(1, 5))
    def test_takes_every_timer_once_when_it_is_due_and_in_order(
        self, steps: list[tuple[str, Timer, int]], most: int
    ) -> None:
        queue, model, now = TimerQueue(), Model(), 100.0
        for what, timer, quarters in steps:
            span = quarters * SLOT_S / 4
            if what == "start":
                queue.start(timer, now + span)
                model.due[timer] = now + span
            elif what == "stop":
                queue.stop(timer)
                model.due.pop(timer, None)
            else:
                now += span
                expected = {timer: at for at, timer in model.take(now)}
                taken: list[Timer] = []
                while queue.next_at() <= now:
                    taken += queue.take(now, most)
                assert sorted(expected, key=NAMES.index) == sorted(taken, key=NAMES.index)
                ends = [expected[each] for each in taken]
                assert ends == sorted(ends)
            assert len(queue) == len(model.due)
            assert queue.next_at() <= min(model.due.values(), default=inf)

    def test_forgets_the_places_of_timers_that_run_no_more(self) -> None:
        queue = TimerQueue()
        for number in range(4 * SLACK):
            timer = Timer(kind=TimerKind.BCE_DELETE, key=str(number))
            queue.start(timer, 60)
            queue.stop(timer)
        queue.start(REFRESH, 70)
        steps = 0
        while queue.next_at() <= 80:
            assert len(list(queue.take(80, 1))) <= 1
            steps += 1
        assert steps <= 2 * SLACK

    def test_that_is_cleared_has_nothing_to_take(self) -> None:
        queue = TimerQueue()
        queue.start(REFRESH, 60)
        queue.start(RETRANSMIT, 0)
        queue.clear()
        assert queue.next_at() == inf
        assert not list(queue.take(100, 10))
