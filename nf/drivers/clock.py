"""Time: the machine's two clocks, and timers on the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from nf.engine.effects import StartTimer, StopTimer, TimerEffect
from nf.engine.events import Event, TimerExpired
from nf.engine.values import Instant, Timer


class Clock:
    """Reads CLOCK_BOOTTIME, which never jumps and counts suspension, and CLOCK_REALTIME."""

    def now(self) -> Instant:
        """Return this moment on both clocks."""
        at_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return Instant(at_ms, time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000)


class Timers:
    """Runs the engine's timers; one that was stopped or replaced never fires."""

    def __init__(self, post: Callable[[Event], None], loop: asyncio.AbstractEventLoop) -> None:
        self._post = post
        self._loop = loop
        self._running: dict[Timer, asyncio.TimerHandle] = {}

    def perform(self, effect: TimerEffect) -> None:
        """Start or stop a timer."""
        match effect:
            case StartTimer():
                self._stop(effect.timer)
                self._running[effect.timer] = self._loop.call_later(
                    effect.after_ms / 1000, self._expire, effect.timer
                )
            case StopTimer():
                self._stop(effect.timer)

    def close(self) -> None:
        """Stop all timers."""
        for timer in list(self._running):
            self._stop(timer)

    def _stop(self, timer: Timer) -> None:
        handle = self._running.pop(timer, None)
        if handle is not None:
            handle.cancel()

    def _expire(self, timer: Timer) -> None:
        del self._running[timer]
        self._post(TimerExpired(timer=timer))
