"""Time: the machine's two clocks, and timers on the event loop."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator
from math import inf
from time import CLOCK_BOOTTIME, CLOCK_REALTIME, clock_gettime_ns
from typing import Final

from nf.engine.effects import StartTimer, StopTimer, TimerEffect
from nf.engine.events import Event, TimerExpired
from nf.engine.values import Instant, Timer

#: Timers that may fire before others of the process have their turn.
BATCH: Final = 256
#: How long a slot is.
SLOT_S: Final = 1
#: So many places of timers that run no more are kept, besides as many as there are timers.
SLACK: Final = 1024


class Clock:
    """Reads CLOCK_BOOTTIME, which never jumps and counts suspension, and CLOCK_REALTIME."""

    def now(self) -> Instant:
        """Return this moment on both clocks."""
        at_ms = clock_gettime_ns(CLOCK_BOOTTIME) // 1_000_000
        return Instant(at_ms, clock_gettime_ns(CLOCK_REALTIME) // 1_000)


class TimerQueue:
    """Running timers, each with a place no later than it is due.

    Far ones lie in slots of a second, in no order: eight octets each. When its second has begun, a
    slot is opened: its timers move to a heap, or to another slot where they have been put off. So
    to put a timer off, as each refresh of a binding does, costs a look-up.
    """

    def __init__(self) -> None:
        #: When each running timer is due.
        self._due: dict[Timer, float] = {}
        #: Those of opened slots, by time; the number makes them unequal.
        self._near: list[tuple[float, int, Timer]] = []
        #: By slot, those that are further away.
        self._far: dict[int, list[Timer]] = {}
        #: A heap of the slots that there are.
        self._slots: list[int] = []
        #: What of the slot that is being opened is still to be moved, the last first.
        self._opening: list[Timer] = []
        #: The first slot that is not opened yet.
        self._horizon = 0
        self._places = 0
        self._last_number = 0

    def __len__(self) -> int:
        return len(self._due)

    def start(self, timer: Timer, due: float) -> None:
        """Start a timer, or start it anew."""
        known = self._due.get(timer)
        self._due[timer] = due
        if known is None or due < known:
            self._place(timer, due)
            if self._places > 2 * len(self._due) + SLACK:
                self._tidy_up()

    def stop(self, timer: Timer) -> None:
        """Stop a timer; no harm if it does not run."""
        self._due.pop(timer, None)

    def next_at(self) -> float:
        """Return when there may be something to take; infinity: never."""
        if self._opening:
            return -inf
        slot_at = self._slots[0] * SLOT_S if self._slots else inf
        return min(slot_at, self._near[0][0]) if self._near else slot_at

    def take(self, now: float, most: int) -> Iterator[Timer]:
        """Take timers that are due, the earliest first, each when the one before is dealt with.

        Moves or takes no more than ``most``: if there are others, ``next_at`` is not after ``now``.
        """
        for _ in range(most):
            if self._is_opening(now):
                self._move(self._opening.pop())
            elif self._near and self._near[0][0] <= now:
                at, _, timer = heapq.heappop(self._near)
                if self._due.get(timer) != at:
                    self._move(timer)
                    continue
                self._places -= 1
                del self._due[timer]
                yield timer
            else:
                return

    def clear(self) -> None:
        """Stop all timers."""
        self._due.clear()
        self._tidy_up()

    def _is_opening(self, now: float) -> bool:
        """Tell whether a timer is to be moved out of a slot; open the next one if it is time."""
        while not self._opening and self._slots and self._slots[0] * SLOT_S <= now:
            slot = heapq.heappop(self._slots)
            self._opening = self._far.pop(slot)
            self._opening.reverse()
            self._horizon = max(self._horizon, slot + 1)
        return bool(self._opening)

    def _move(self, timer: Timer) -> None:
        """Give a timer that has lost its place the one where it belongs, if it still runs."""
        self._places -= 1
        due = self._due.get(timer)
        if due is not None:
            self._place(timer, due)

    def _place(self, timer: Timer, due: float) -> None:
        self._places += 1
        slot = int(due // SLOT_S)
        if slot < self._horizon:
            self._last_number += 1
            heapq.heappush(self._near, (due, self._last_number, timer))
            return
        if slot not in self._far:
            self._far[slot] = []
            heapq.heappush(self._slots, slot)
        self._far[slot].append(timer)

    def _tidy_up(self) -> None:
        """Leave each timer one place."""
        self._near, self._far, self._slots, self._opening = [], {}, [], []
        self._places = 0
        for timer, due in self._due.items():
            self._place(timer, due)


class Timers:
    """Runs the engine's timers on one alarm of the event loop; what was stopped never fires."""

    def __init__(self, post: Callable[[Event], None], loop: asyncio.AbstractEventLoop) -> None:
        self._post = post
        self._loop = loop
        self._queue = TimerQueue()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = inf

    def perform(self, effect: TimerEffect) -> None:
        """Start or stop a timer; one that was replaced never fires."""
        match effect:
            case StartTimer():
                self._queue.start(effect.timer, self._loop.time() + effect.after_ms / 1000)
                if self._queue.next_at() < self._alarm_at:
                    self._set_alarm()
            case StopTimer():
                self._queue.stop(effect.timer)

    def close(self) -> None:
        """Stop all timers."""
        self._queue.clear()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = self._queue.next_at()
        is_wanted = self._alarm_at < inf
        self._alarm = self._loop.call_at(self._alarm_at, self._on_alarm) if is_wanted else None

    def _on_alarm(self) -> None:
        """Let fire what is due, some of it at a time."""
        for timer in self._queue.take(self._loop.time(), BATCH):
            self._post(TimerExpired(timer=timer))
        self._set_alarm()
