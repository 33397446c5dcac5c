"""The timers that run for nodes of this MAG: each is started, stopped and expires by name."""

from __future__ import annotations

from collections.abc import Iterable

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect, StartTimer, StopTimer
from nf.engine.values import Timer, TimerKind

#: The timers of a registration; they end with it.
REGISTRATION_TIMERS = (
    TimerKind.RETRANSMIT,
    TimerKind.REFRESH,
    TimerKind.REGISTRATION_LIFETIME,
    TimerKind.ROUTER_ADVERTISEMENT,
    TimerKind.DELEGATION_LIFETIME,
)
#: The timers of a node's stay on its link.
STAY_TIMERS = (
    TimerKind.DETACH_HOLD,
    TimerKind.PRESENCE_PROBE,
    TimerKind.RECONFIGURE,
    TimerKind.RELAY_RETRY,
)


class Timers:
    """Knows which timers run, so that none is stopped for nothing and none outlives its cause."""

    def __init__(self) -> None:
        self._running: set[Timer] = set()
        #: Nodes that have to do with what has happened since this was emptied: there is no change
        #: of a registration or of a stay that starts or stops no timer, but for those that say so.
        self.concerned: dict[MobileNodeIdentifier, None] = {}

    def concern(self, node: MobileNodeIdentifier) -> None:
        """Take note that something has changed with a node."""
        self.concerned[node] = None

    def start(self, kind: TimerKind, node: MobileNodeIdentifier, after_ms: int) -> Effect:
        """Start a timer of a node, or start it again."""
        timer = Timer(kind=kind, key=node)
        self.concern(node)
        self._running.add(timer)
        return StartTimer(timer=timer, after_ms=after_ms)

    def stop(self, kinds: Iterable[TimerKind], node: MobileNodeIdentifier) -> list[Effect]:
        """Stop those of a node's timers that run."""
        self.concern(node)
        timers = [Timer(kind=kind, key=node) for kind in kinds]
        stopped = [timer for timer in timers if timer in self._running]
        self._running.difference_update(stopped)
        return [StopTimer(timer=timer) for timer in stopped]

    def expire(self, timer: Timer) -> bool:
        """Take note that a timer ran out; False where it had not been started."""
        if timer not in self._running:
            return False
        self._running.remove(timer)
        return True

    def is_running(self, kind: TimerKind, node: MobileNodeIdentifier) -> bool:
        """Tell whether a timer of a node runs."""
        return Timer(kind=kind, key=node) in self._running

    def running(self) -> frozenset[Timer]:
        """Return the timers that run now."""
        return frozenset(self._running)
