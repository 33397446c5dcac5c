"""The one loop: take an event, let the engine handle it, perform its effects in order.

An event is handled the moment it is posted, so whoever asks the engine next sees its outcome. Its
effects wait in one queue: what must be durable is committed to the store first, in a worker thread
and for all events that came in meanwhile at once; only then the rest is performed. So no
acknowledgement leaves before its binding is safe, and one disk sync serves many bindings. Timers
and heartbeats wait for nothing: a disk that is slow makes no peer believe that we are gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, cast, get_args

from nf.engine.effects import AccessEffect, Effect, MobilityEffect, Notify, SendMessage, TimerEffect
from nf.engine.engine import Engine
from nf.engine.events import Event, KernelFailed, MessageReceived, TimerExpired
from nf.engine.kernel_effects import KernelEffect
from nf.engine.notifications import Notification
from nf.engine.store_effects import StoreEffect
from nf.engine.values import Instant
from nf.journal import effect_to_json, words
from nf.telling import Teller

log = logging.getLogger("pmip6")

#: Effects that are performed before others of the process have their turn.
SLICE: Final = 256
#: Effects that may wait before no more packets are taken. What peers send meanwhile waits in the
#: kernel, whose buffers are bounded: so a slow disk costs no more memory under a flood.
BACKLOG: Final = 20_000

_STORE_EFFECTS: Final = frozenset(get_args(StoreEffect))
_TIMER_EFFECTS: Final = frozenset(get_args(TimerEffect))
_KERNEL_EFFECTS: Final = frozenset(get_args(KernelEffect))
_MOBILITY_EFFECTS: Final = frozenset(get_args(MobilityEffect))
_ACCESS_EFFECTS: Final = frozenset(get_args(AccessEffect))
#: What heartbeats come of when their socket is open; any other may just be about to open it.
_HEARTBEAT_EVENTS: Final = frozenset({MessageReceived, TimerExpired})


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

    def admit_packets(self, *, is_admitted: bool) -> None:
        """Take packets from peers and nodes, or leave them in the kernel for now."""


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
        self._teller = Teller()
        self._drivers: Drivers | None = None
        #: What performs each kind of effect; the others need nothing but the store.
        self._performers: dict[type, Callable[[Any], None]] = {}
        self._outbox: list[Effect] = []
        #: How many effects have left the outbox and are not performed yet.
        self._under_way = 0
        self._is_admitting = True
        self._work = asyncio.Event()
        self._fault: BaseException | None = None
        self._stopping = False

    def attach(self, drivers: Drivers) -> None:
        """Perform effects with these drivers from now on."""
        self._drivers = drivers
        self._performers = {
            **dict.fromkeys(_MOBILITY_EFFECTS, drivers.signal),
            **dict.fromkeys(_KERNEL_EFFECTS, drivers.program_kernel),
            **dict.fromkeys(_ACCESS_EFFECTS, drivers.serve_access),
            Notify: lambda effect: drivers.notify(effect.notification),
        }

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
            self._record(event, now, effects)
            self._teller.tell(event, now, effects)
            self._take(event, effects)
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
            self._under_way = len(batch)
            stored = [effect for effect in batch if type(effect) in _STORE_EFFECTS]
            if stored:
                await asyncio.to_thread(self._store.commit, cast(list[StoreEffect], stored))
            for begin in range(0, len(batch), SLICE):
                self._perform_all(batch[begin : begin + SLICE])
                if len(batch) > SLICE:
                    await asyncio.sleep(0)
            self._under_way = 0
            self._balance()

    def stop(self) -> None:
        """Make ``run`` return when nothing waits any more."""
        self._stopping = True
        self._work.set()

    def _end(self, fault: BaseException) -> None:
        self._fault = fault
        self._work.set()

    def _take(self, event: Event, effects: Sequence[Effect]) -> None:
        """Perform what waits for nothing, and queue the rest."""
        drivers, outbox = self._drivers, self._outbox
        is_heartbeat = type(event) in _HEARTBEAT_EVENTS and _are_heartbeats(effects)
        for effect in effects:
            if drivers is not None and type(effect) in _TIMER_EFFECTS:
                drivers.start_or_stop_timer(cast(TimerEffect, effect))
            elif drivers is not None and is_heartbeat:
                self._perform(effect)
            else:
                outbox.append(effect)
        if outbox:
            self._work.set()
            self._balance()

    def _balance(self) -> None:
        """Take packets as long as what they cause can be kept up with."""
        is_admitting = len(self._outbox) + self._under_way <= BACKLOG
        if self._drivers is not None and is_admitting != self._is_admitting:
            self._is_admitting = is_admitting
            self._drivers.admit_packets(is_admitted=is_admitting)

    def _perform_all(self, effects: Sequence[Effect]) -> None:
        """Perform effects in order, but say things after they are done.

        So what several events want of the kernel comes together, and no message goes out before
        what it speaks of.
        """
        messages: list[Effect] = []
        for effect in effects:
            kind = type(effect)
            if kind is SendMessage:
                messages.append(effect)
                continue
            if kind in _MOBILITY_EFFECTS:
                for message in messages:
                    self._perform(message)
                messages = []
            self._perform(effect)
        for message in messages:
            self._perform(message)

    def _perform(self, effect: Effect) -> None:
        perform = self._performers.get(type(effect))
        if perform is None:
            return
        try:
            perform(effect)
        except OSError as refusal:
            text = words("effect", effect_to_json(effect))
            log.error("%s: %s", text, refusal)
            number = refusal.errno or 0
            self.post(KernelFailed(effect=text, errno=number, detail=str(refusal)))

    def _record(self, event: Event, now: Instant, effects: Sequence[Effect]) -> None:
        """Write the event down; a recording that cannot go on ends, and nothing else does."""
        if self._recorder is None:
            return
        try:
            self._recorder.record(event, now, effects)
        except OSError as fault:
            log.error("the recording ends here: %s", fault)
            self._recorder = None


def _are_heartbeats(effects: Sequence[Effect]) -> bool:
    """Tell whether nothing is said but that we are there, and nothing done but to timers.

    What says anything else mostly says it last.
    """
    for effect in reversed(effects):
        if type(effect) in _TIMER_EFFECTS:
            continue
        if not isinstance(effect, SendMessage) or not effect.is_heartbeat:
            return False
    return True
