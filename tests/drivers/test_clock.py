"""Timers: what was stopped or replaced never fires."""

from __future__ import annotations

import asyncio

from nf.drivers.clock import BATCH, SLACK, Clock, Timers
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
