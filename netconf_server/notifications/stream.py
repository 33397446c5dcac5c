"""The event stream and its receivers: history from the log, then what happens, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from netconf_server.access import AccessControl
from netconf_server.notifications.event_filters import EventFilter
from netconf_server.notifications.event_log import EventLog
from netconf_server.notifications.event_records import EventRecord
from netconf_server.notifications.outbox import Message
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.scheduler import Scheduler, Timer

#: The one stream there is; RFC 5277 §3.2.3 wants it to be called so.
NETCONF: Final = "NETCONF"

#: So many logged events are looked at before others have their turn.
_SLICE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTerms:
    """Which events a receiver wants.

    A replay begins with the first event since ``replay_start``, or with the number ``replay_from``
    of the log.
    """

    selection: EventFilter | None = None
    replay_start: datetime | None = None
    replay_from: int | None = None
    stop_time: datetime | None = None

    @property
    def is_replay(self) -> bool:
        """True if events are wanted that have taken place already."""
        return self.replay_start is not None or self.replay_from is not None


class Voice(Protocol):
    """How a kind of subscription tells its client what becomes of it."""

    def replay_completed(self) -> None:
        """Say that all that was in the log has been sent."""

    def completed(self) -> None:
        """Say that the stop time has been reached and nothing more will come."""

    def overflowed(self) -> None:
        """Deal with an event that was not sent, since the client takes less than comes."""


class EventStream:
    """Hands every event to the log and to all receivers."""

    def __init__(
        self,
        log: EventLog,
        access: Callable[[], AccessControl],
        scheduler: Scheduler,
        now: Callable[[], datetime],
    ) -> None:
        self.log = log
        self.scheduler = scheduler
        self.now = now
        self._access = access
        self._receivers: dict[Receiver, None] = {}

    def publish(self, event: EventRecord) -> None:
        """Let an event take place."""
        self.log.append(event)
        for receiver in tuple(self._receivers):
            receiver.take(event)

    def join(self, receiver: Receiver) -> None:
        """Have a receiver told of all events from now on."""
        self._receivers[receiver] = None
        receiver.session.subscriptions += 1

    def leave(self, receiver: Receiver) -> None:
        """Forget a receiver."""
        if receiver in self._receivers:
            del self._receivers[receiver]
            receiver.session.subscriptions -= 1

    def may_receive(self, session: SessionRecord, event: EventRecord) -> bool:
        """Ask whether a session gets an event (RFC 8341 §3.4.6)."""
        rendered = event.rendered
        if rendered is None:
            return False
        return self._access().may_receive(session, rendered.node, rendered.path)


class Receiver:
    """Brings one subscription its events.

    One that asks for a replay reads the log until it has caught up with what happens, as fast as
    its client takes it, so a long replay costs no memory.
    """

    def __init__(
        self, stream: EventStream, session: SessionRecord, terms: StreamTerms, voice: Voice
    ) -> None:
        self._stream = stream
        self._session = session
        self._voice = voice
        self._terms = terms
        self._position = self._replay_end = stream.log.next
        self._is_live = not terms.is_replay
        self._is_replay_announced = self._is_live
        self._is_open = True
        self._stop_timer: Timer | None = None
        #: The number behind the last event that has left for the client.
        self.reached = stream.log.next if terms.replay_from is None else terms.replay_from
        #: What ``sent-event-records`` and ``excluded-event-records`` count (RFC 8639 §2.8).
        self.sent = 0
        self.excluded = 0
        #: True while nothing is sent, since the client takes less than comes.
        self.is_suspended = False

    @property
    def session(self) -> SessionRecord:
        """The session whose subscription it is."""
        return self._session

    def start(self) -> None:
        """Begin; nothing is sent before the caller has returned to the event loop."""
        self._stream.join(self)
        if self._terms.replay_from is not None:
            self._position = self._terms.replay_from
        elif self._terms.replay_start is not None:
            self._position = self._stream.log.find(self._terms.replay_start)
        if self._terms.is_replay:
            self._replay_soon()
        self._wait_for_stop()

    def modify(self, terms: StreamTerms) -> None:
        """Go on under other terms; what has been replayed is not replayed again."""
        self._terms = terms
        self.is_suspended = False
        self._wait_for_stop()

    def close(self) -> None:
        """End it; what waits to be sent is not sent any more."""
        self._leave()
        self._session.outbox.withdraw(self)

    def _leave(self) -> None:
        self._is_open = False
        self._stream.leave(self)
        if self._stop_timer is not None:
            self._stop_timer.cancel()

    # Events.

    def take(self, event: EventRecord) -> None:
        """Hear of an event; during a replay it will be found in the log."""
        if self._is_live:
            self._offer(event, self._stream.log.next)

    def _offer(self, event: EventRecord, behind: int) -> None:
        if self.is_suspended:
            return
        if not self._wants(event):
            self.excluded += 1
            return
        send = partial(self._send, event.message, behind)
        message = Message(send, len(event.message), self)
        if self._session.outbox.post(message):
            self.sent += 1
        else:
            self._voice.overflowed()

    def _send(self, message: bytes, behind: int) -> Iterator[bytes]:
        self.reached = behind
        return iter((message,))

    def _wants(self, event: EventRecord) -> bool:
        stop, start = self._terms.stop_time, self._terms.replay_start
        if (stop and event.event_time > stop) or (start and event.event_time < start):
            return False
        if not self._stream.may_receive(self._session, event):
            return False
        return self._terms.selection is None or self._terms.selection.accepts(event.element)

    # Replay.

    def _replay_soon(self) -> None:
        self._stream.scheduler.call_at(0, self._replay)

    def _replay(self) -> None:
        """Send a slice of the log, if the client keeps up; RFC 5277 §3.3.2 has the order."""
        for _ in range(_SLICE):
            if not self._is_open:
                return
            self._skip_forgotten()
            if self._position >= self._replay_end:
                self._announce_end_of_replay()
            if self._position == self._stream.log.next:
                self._is_live = True
                self._complete_if_over()
                return
            if not self._session.outbox.has_room:
                self._session.outbox.when_room(self._replay_soon)
                return
            self._position += 1
            self._offer(self._stream.log[self._position - 1], self._position)
        self._replay_soon()

    def _skip_forgotten(self) -> None:
        """Go on with the oldest event that is left; new ones that are gone are a loss."""
        first = self._stream.log.first
        if self._position < first:
            is_loss = first > self._replay_end
            self._position = first
            if is_loss:
                self._voice.overflowed()

    def _announce_end_of_replay(self) -> None:
        if not self._is_replay_announced:
            self._is_replay_announced = True
            self._voice.replay_completed()

    # The end.

    def _wait_for_stop(self) -> None:
        if self._stop_timer is not None:
            self._stop_timer.cancel()
            self._stop_timer = None
        stop = self._terms.stop_time
        if stop is not None:
            delay_s = (stop - self._stream.now()).total_seconds()
            self._stop_timer = self._stream.scheduler.call_at(max(delay_s, 0), self._on_stop)

    def _on_stop(self) -> None:
        self._stop_timer = None
        if self._is_over():
            self._complete_if_over()
        else:
            self._wait_for_stop()

    def _is_over(self) -> bool:
        return self._terms.stop_time is not None and self._stream.now() >= self._terms.stop_time

    def _complete_if_over(self) -> None:
        if self._is_live and self._is_open and self._is_over():
            self._leave()
            self._voice.completed()
