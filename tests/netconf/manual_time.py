"""Time that stands still until a test lets it go on."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count


@dataclass(order=True)
class ManualTimer:
    """A call that comes when time has got there."""

    due: datetime
    number: int
    callback: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Let it not come."""
        self.is_cancelled = True


class ManualTime:
    """A clock and a scheduler; ``advance`` makes the calls that fall due, in their order."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._numbers = count()
        self._timers: list[ManualTimer] = []

    def now(self) -> datetime:
        """Return the time."""
        return self._now

    def call_at(self, delay_s: float, callback: Callable[[], None]) -> ManualTimer:
        """Call back so many seconds from now."""
        timer = ManualTimer(self._now + timedelta(seconds=delay_s), next(self._numbers), callback)
        heapq.heappush(self._timers, timer)
        return timer

    def advance(self, seconds: float = 0) -> None:
        """Let time go on; 0 makes the calls that are due now."""
        end = self._now + timedelta(seconds=seconds)
        while self._timers and self._timers[0].due <= end:
            timer = heapq.heappop(self._timers)
            self._now = max(self._now, timer.due)
            if not timer.is_cancelled:
                timer.callback()
        self._now = end
