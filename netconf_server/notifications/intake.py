"""Events between happening and being rendered: whoever causes one must not wait for it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from netconf_server.provider import Notification
from netconf_server.scheduler import Scheduler

_log = logging.getLogger(__name__)

#: So many steps are made before others have their turn.
_SLICE: Final = 5

#: So many events may wait; more than that come only when nothing else can run any more.
_MOST_WAITING: Final = 10_000


class Intake:
    """Takes what has happened at once, and hands it on a little later, in order."""

    def __init__(self, scheduler: Scheduler, publish: Callable[[Notification], None]) -> None:
        self._scheduler = scheduler
        self._publish = publish
        self._waiting: deque[Iterator[Notification | None]] = deque()
        self._is_scheduled = False
        self._is_dropping = False

    def put(self, steps: Iterator[Notification | None]) -> None:
        """Take an event, with the steps in which it is put into words; None is only a pause."""
        if len(self._waiting) >= _MOST_WAITING:
            if not self._is_dropping:
                _log.warning("events come faster than they can be rendered: some are lost")
            self._is_dropping = True
            return
        self._waiting.append(steps)
        self._schedule()

    def flush(self) -> None:
        """Hand on everything now."""
        while self._waiting:
            self._step()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._scheduler.call_at(0, self._work)

    def _work(self) -> None:
        self._is_scheduled = False
        for _ in range(_SLICE):
            if not self._waiting:
                self._is_dropping = False
                return
            self._step()
        self._schedule()

    def _step(self) -> None:
        steps = self._waiting[0]
        try:
            notification = next(steps)
            if notification is not None:
                self._publish(notification)
        except StopIteration:
            self._waiting.popleft()
        except Exception:  # the loop of events: a fault of ours costs one of them, not the rest
            _log.exception("an event could not be dealt with")
            self._waiting.popleft()
