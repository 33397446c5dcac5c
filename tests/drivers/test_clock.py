"""Timers: what was stopped or replaced never fires."""

from __future__ import annotations

import asyncio

from nf.drivers.clock import Clock, Timers
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
