"""Time: the machine's two clocks, and timers on the event loop."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from typing import Final

from nf.engine.effects import StartTimer, StopTimer, TimerEffect
from nf.engine.events import Event, TimerExpired
from nf.engine.values import Instant, Timer

#: Timers that may fire before others of the process have their turn.
BATCH: Final = 256
#: So many entries of timers that run no more are kept, besides as many as there are timers.
SLACK: Final = 1024


class Clock:
    """Reads CLOCK_BOOTTIME, which never jumps and counts suspension, and CLOCK_REALTIME."""

    def now(self) -> Instant:
        """Return this moment on both clocks."""
        at_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return Instant(at_ms, time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000)


class Timers:
    """Runs the engine's timers; one that was stopped or replaced never fires.

    All of them share one alarm of the event loop, set for the entry of a heap that is due first.
    A timer that is put off keeps its entry, which is put back when its time has come: so each
    refresh of a binding costs a look-up, and a million bindings have a million entries.
    """

    def __init__(self, post: Callable[[Event], None], loop: asyncio.AbstractEventLoop) -> None:
        self._post = post
        self._loop = loop
        #: When each running timer is due.
        self._due: dict[Timer, float] = {}
        #: By time, no later than it is due, at least one for each; the number makes them unequal.
        self._entries: list[tuple[float, int, Timer]] = []
        self._last_number = 0
        self._alarm: asyncio.TimerHandle | None = None

    def perform(self, effect: TimerEffect) -> None:
        """Start or stop a timer."""
        match effect:
            case StartTimer():
                self._start(effect.timer, self._loop.time() + effect.after_ms / 1000)
            case StopTimer():
                self._due.pop(effect.timer, None)

    def close(self) -> None:
        """Stop all timers."""
        self._due.clear()
        self._entries.clear()
        self._set_alarm()

    def _start(self, timer: Timer, due: float) -> None:
        known = self._due.get(timer)
        self._due[timer] = due
        if known is None or due < known:
            self._enter(timer, due)
            if self._entries[0][2] is timer:
                self._set_alarm()

    def _enter(self, timer: Timer, due: float) -> None:
        self._last_number += 1
        heapq.heappush(self._entries, (due, self._last_number, timer))
        if len(self._entries) > 2 * len(self._due) + SLACK:
            first = self._last_number - len(self._due)
            self._entries = [
                (at, number, each) for number, (each, at) in enumerate(self._due.items(), first)
            ]
            heapq.heapify(self._entries)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        first = self._entries[0][0] if self._entries else None
        self._alarm = None if first is None else self._loop.call_at(first, self._on_alarm)

    def _on_alarm(self) -> None:
        """Let fire what is due, some of it at a time."""
        now = self._loop.time()
        for _ in range(BATCH):
            if not self._entries or self._entries[0][0] > now:
                break
            _, number, timer = heapq.heappop(self._entries)
            due = self._due.get(timer)
            if due is not None and due > now:
                heapq.heappush(self._entries, (due, number, timer))
            elif due is not None:
                del self._due[timer]
                self._post(TimerExpired(timer=timer))
        self._set_alarm()
