"""The one loop: take an event, let the engine handle it, perform its effects in order.

An event is handled the moment it is posted, so whoever asks the engine next sees its outcome. Its
effects wait in one queue: what must be durable is committed to the store first, in a worker thread
and for all events that came in meanwhile at once; only then the rest is performed. So no
acknowledgement leaves before its binding is safe, and one disk sync serves many bindings.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from nf.engine.effects import (
    AccessEffect,
    Effect,
    KernelEffect,
    MobilityEffect,
    Notify,
    StoreEffect,
    TimerEffect,
)
from nf.engine.engine import Engine
from nf.engine.events import (
    AccessMessageRejected,
    DhcpMessageReceived,
    Event,
    KernelFailed,
    MessageRejected,
    NodeSeen,
    RouterSolicited,
)
from nf.engine.notifications import Notification
from nf.engine.values import Instant
from nf.journal import effect_to_json, event_to_json, words

log = logging.getLogger("pmip6")

#: What anybody can send in floods; not told of when it changes nothing, but counted.
QUIET_EVENTS = (
    NodeSeen,
    RouterSolicited,
    DhcpMessageReceived,
    AccessMessageRejected,
    MessageRejected,
)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Instant:
        """Return this moment."""


class Store(Protocol):
    """Keeps what must survive a crash."""

    def commit(self, effects: Sequence[StoreEffect]) -> None:
        """Make the effects durable, all or none; may take milliseconds."""


class Recorder(Protocol):
    """Writes down what happens, for replay."""

    def record(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        """Take one event and everything that it caused."""


class Drivers(Protocol):
    """Performs effects; raises OSError where the system refuses one."""

    def start_or_stop_timer(self, effect: TimerEffect) -> None:
        """Start or stop a timer."""

    def program_kernel(self, effect: KernelEffect) -> None:
        """Change tunnels and routes."""

    def signal(self, effect: MobilityEffect) -> None:
        """Open, close or use a mobility socket."""

    def serve_access(self, effect: AccessEffect) -> None:
        """Open, close or use an access link."""

    def notify(self, notification: Notification) -> None:
        """Tell whoever subscribed."""


class Runtime:
    """Joins engine, store and drivers; ends at the first fault that it must not survive."""

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Clock,
        store: Store,
        recorder: Recorder | None = None,
    ) -> None:
        self.engine = engine
        self._clock = clock
        self._store = store
        self._recorder = recorder
        self._drivers: Drivers | None = None
        self._outbox: list[Effect] = []
        self._work = asyncio.Event()
        self._fault: BaseException | None = None
        self._stopping = False

    def attach(self, drivers: Drivers) -> None:
        """Perform effects with these drivers from now on."""
        self._drivers = drivers

    def now(self) -> Instant:
        """Return this moment on the runtime's clock."""
        return self._clock.now()

    def post(self, event: Event) -> None:
        """Let the engine handle an event now; its effects follow in order.

        A fault of the engine is a bug: it ends ``run`` instead of reaching the caller.
        """
        if self._fault is not None:
            return
        now = self._clock.now()
        try:
            effects = self.engine.handle(event, now)
            self._tell(event, now, effects)
            self._take(effects)
        except Exception as fault:  # the engine's state is no longer to be trusted
            log.exception("the engine failed on %r", event)
            self._end(fault)

    async def run(self) -> None:
        """Perform effects until ``stop``; raises the fault that ended it, if one did."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.settle()
            if self._fault is not None:
                raise self._fault
            if self._stopping and not self._outbox:
                return

    async def settle(self) -> None:
        """Perform everything that waits, and what comes in meanwhile."""
        while self._outbox and self._fault is None:
            batch, self._outbox = self._outbox, []
            stored = [effect for effect in batch if isinstance(effect, StoreEffect)]
            if stored:
                await asyncio.to_thread(self._store.commit, stored)
            for effect in batch:
                self._perform(effect)

    def stop(self) -> None:
        """Make ``run`` return when nothing waits any more."""
        self._stopping = True
        self._work.set()

    def _end(self, fault: BaseException) -> None:
        self._fault = fault
        self._work.set()

    def _take(self, effects: Sequence[Effect]) -> None:
        """Perform timers at once, queue the rest: a stopped timer must never fire."""
        for effect in effects:
            if self._drivers is not None and isinstance(effect, TimerEffect):
                self._drivers.start_or_stop_timer(effect)
            else:
                self._outbox.append(effect)
        if self._outbox:
            self._work.set()

    def _perform(self, effect: Effect) -> None:
        if self._drivers is None or isinstance(effect, StoreEffect):
            return
        try:
            self._dispatch(effect, self._drivers)
        except OSError as refusal:
            text = words("effect", effect_to_json(effect))
            log.error("%s: %s", text, refusal)
            number = refusal.errno or 0
            self.post(KernelFailed(effect=text, errno=number, detail=str(refusal)))

    @staticmethod
    def _dispatch(effect: Effect, drivers: Drivers) -> None:
        if isinstance(effect, Notify):
            drivers.notify(effect.notification)
        elif isinstance(effect, KernelEffect):
            drivers.program_kernel(effect)
        elif isinstance(effect, MobilityEffect):
            drivers.signal(effect)
        elif isinstance(effect, AccessEffect):
            drivers.serve_access(effect)

    def _record(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        """Write the event down; a recording that cannot go on ends, and nothing else does."""
        if self._recorder is None:
            return
        try:
            self._recorder.record(event, now, effects)
        except OSError as fault:
            log.error("the recording ends here: %s", fault)
            self._recorder = None

    def _tell(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        self._record(event, now, effects)
        level = logging.DEBUG if isinstance(event, QUIET_EVENTS) and not effects else logging.INFO
        if log.isEnabledFor(level):
            causes = words("event", event_to_json(event))
            log.log(level, "%s -> %s", causes, _names(effects))
        if log.isEnabledFor(logging.DEBUG):
            for effect in effects:
                log.debug("  %s", words("effect", effect_to_json(effect)))


def _names(effects: Sequence[Effect]) -> str:
    return ", ".join(str(effect_to_json(effect)["effect"]) for effect in effects) or "nothing"
