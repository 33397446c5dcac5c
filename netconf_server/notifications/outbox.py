"""What a session has to be sent besides its replies: in order, and never more than a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxBounds:
    """How much may wait for a client that reads slowly."""

    messages: int = 1000
    octets: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way to a client.

    ``slices`` is called when the message's turn has come; an empty slice is only a pause. ``size``
    counts against the bound, so it is 0 where nothing is made before. ``owner`` is what the
    message belongs to, for ``withdraw``.
    """

    slices: Callable[[], Iterator[bytes]]
    size: int = 0
    owner: object = None


class Outbox:
    """The queue of one session; who fills it is told when there is no room, and when there is."""

    def __init__(self, bounds: OutboxBounds | None = None) -> None:
        self._bounds = bounds or OutboxBounds()
        #: Each message with whether it counts against the bound.
        self._waiting: deque[tuple[Message, bool]] = deque()
        self._messages = self._octets = 0
        self._on_room: list[Callable[[], None]] = []
        #: Called when there is something to send.
        self.on_ready: Callable[[], None] = _nothing

    def post(self, message: Message) -> bool:
        """Queue a message; False, and it is not queued, if there is no room for it."""
        is_full = self._messages >= self._bounds.messages
        if is_full or self._octets + message.size > self._bounds.octets:
            return False
        self._count(message, 1)
        self._queue(message, is_counted=True)
        return True

    def post_anyway(self, message: Message) -> None:
        """Queue a message beside the bound: of those that are few and must not be lost."""
        self._queue(message, is_counted=False)

    def _queue(self, message: Message, *, is_counted: bool) -> None:
        self._waiting.append((message, is_counted))
        self.on_ready()

    def _count(self, message: Message, sign: int) -> None:
        self._messages += sign
        self._octets += sign * message.size

    def take(self) -> Message | None:
        """Return the next message to be sent."""
        if not self._waiting:
            return None
        message, is_counted = self._waiting.popleft()
        if is_counted:
            self._count(message, -1)
            self._tell_of_room()
        return message

    def withdraw(self, owner: object) -> None:
        """Forget what has not been sent of an owner's messages."""
        before, self._waiting = self._waiting, deque()
        for message, is_counted in before:
            if message.owner is not owner:
                self._waiting.append((message, is_counted))
            elif is_counted:
                self._count(message, -1)
        self._tell_of_room()

    @property
    def has_room(self) -> bool:
        """True while at most half of the bound is used."""
        is_short = self._messages * 2 <= self._bounds.messages
        return is_short and self._octets * 2 <= self._bounds.octets

    def when_room(self, callback: Callable[[], None]) -> None:
        """Have a callback called once, the next time that a message goes and leaves room."""
        self._on_room.append(callback)

    def _tell_of_room(self) -> None:
        if not self._on_room or not self.has_room:
            return
        callbacks, self._on_room = self._on_room, []
        for callback in callbacks:
            callback()


def _nothing() -> None:
    """Be the listener while nobody listens."""
