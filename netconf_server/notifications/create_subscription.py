"""The subscriptions of RFC 5277: at most one in a session, for as long as the session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from netconf_server.notifications.event_records import message_around
from netconf_server.notifications.outbox import Message
from netconf_server.notifications.stream import EventStream, Receiver, StreamTerms
from netconf_server.protocol.sessions import SessionRecord

_log = logging.getLogger(__name__)

_REPLAY_COMPLETE: Final = b'<replayComplete xmlns="urn:ietf:params:xml:ns:netmod:notification"/>'
_NOTIFICATION_COMPLETE: Final = (
    b'<notificationComplete xmlns="urn:ietf:params:xml:ns:netmod:notification"/>'
)


class CreatedSubscription:
    """What one create-subscription has begun.

    The RFC has no way to tell a client that something is missing. So a client that takes less than
    comes loses its session: it notices, and can ask for a replay in the next one.
    """

    def __init__(
        self,
        stream: EventStream,
        session: SessionRecord,
        terms: StreamTerms,
        drop: Callable[[SessionRecord], None],
        when_over: Callable[[SessionRecord], None],
    ) -> None:
        self._stream = stream
        self._session = session
        self._drop = drop
        self._when_over = when_over
        self._receiver = Receiver(stream, session, terms, self)
        self._receiver.start()

    def close(self) -> None:
        """End it without a word."""
        self._receiver.close()

    def replay_completed(self) -> None:
        """Send replayComplete, which cannot be filtered out (RFC 5277 §3.3.2)."""
        self._say(_REPLAY_COMPLETE)

    def completed(self) -> None:
        """Send notificationComplete; the session goes on without a subscription (§2.3)."""
        self._say(_NOTIFICATION_COMPLETE)
        self._when_over(self._session)

    def overflowed(self) -> None:
        """Drop the session."""
        _log.warning("session %d reads notifications too slowly", self._session.session_id)
        self._drop(self._session)

    def _say(self, content: bytes) -> None:
        message = message_around(self._stream.now(), content)
        self._session.outbox.post_anyway(Message(lambda: iter((message,)), len(message), self))
