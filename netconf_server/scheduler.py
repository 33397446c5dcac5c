"""Calling something later: the only clock-driven thing that the rules of the server see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Let it not come; harmless when it has been."""


class Scheduler(Protocol):
    """Makes calls in the event loop's thread."""

    def call_at(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back so many seconds from now; 0 is as soon as others have had their turn."""


class LoopScheduler:
    """The scheduler of the running event loop."""

    def call_at(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back so many seconds from now."""
        loop = asyncio.get_running_loop()
        return loop.call_later(delay_s, callback) if delay_s > 0 else loop.call_soon(callback)
