"""One NETCONF session as a state machine: bytes in, replies out; no transport, no clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from netconf_server.events import SessionReady
from netconf_server.management import Management, SessionEnd
from netconf_server.markup import MalformedMessageError
from netconf_server.protocol.capabilities import ProtocolVersion
from netconf_server.protocol.framing import (
    FrameDecoder,
    Framing,
    FramingError,
    encode,
    encode_slices,
)
from netconf_server.protocol.hello import HelloError, read_client_hello, server_hello
from netconf_server.protocol.replies import Reply
from netconf_server.protocol.rpc import answer, answer_malformed
from netconf_server.protocol.sessions import SessionRecord

_log = logging.getLogger(__name__)


class Session:
    """Speaks the protocol with one client.

    The transport sends ``hello()`` at once, feeds what it receives, and asks for replies until
    there is none; each reply is sent to its end before the next is asked for. So requests of
    one session are carried out one after the other and answered in order (RFC 6241 §4.5).
    """

    def __init__(
        self, record: SessionRecord, management: Management, max_message_bytes: int
    ) -> None:
        self._record = record
        self._management = management
        self._decoder = FrameDecoder(max_message_bytes)
        self._version: ProtocolVersion | None = None

    @property
    def is_open(self) -> bool:
        """False once the session was closed, killed or dropped: nothing more is answered."""
        return self._record.is_open

    @property
    def has_greeted(self) -> bool:
        """True once the client's hello has come and was good."""
        return self._version is not None

    @property
    def is_subscribed(self) -> bool:
        """True while the client may be silent because it waits for notifications."""
        return self._record.subscriptions > 0

    def hello(self) -> bytes:
        """Return the framed hello, to be sent without waiting for the client's (§8.1)."""
        message = server_hello(self._management.capabilities, self._record.session_id)
        return b"".join(encode(message, Framing.END_OF_MESSAGE))

    def receive(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._decoder.feed(data)

    def next_reply(self) -> Reply | None:
        """Carry out the next request that has arrived whole; None if there is none."""
        while self.is_open:
            message = self._next_message()
            if message is None:
                return None
            reply = self._handle(message)
            if reply is not None:
                return reply
        return None

    def frame(self, slices: Iterable[bytes]) -> Iterator[bytes]:
        """Yield one message as it goes over the transport, in pieces; an empty one is a pause."""
        is_chunked = self._version is ProtocolVersion.V1_1
        return encode_slices(slices, Framing.CHUNKED if is_chunked else Framing.END_OF_MESSAGE)

    def on_notification(self, listener: Callable[[], None]) -> None:
        """Have a listener told whenever there may be a notification to send."""
        self._record.outbox.on_ready = listener

    def next_notification(self) -> Iterator[bytes] | None:
        """Return the next message that is no reply, None if there is none."""
        message = self._record.outbox.take() if self.is_open else None
        if message is None:
            return None
        self._record.count_notification()
        return message.slices()

    def abort(self) -> None:
        """End the session and its connection: a message that was begun cannot be completed."""
        self._management.drop_session(self._record)

    def end(self, end: SessionEnd) -> None:
        """End the session, if it has not ended: locks and uncommitted changes go."""
        self._management.end_session(self._record, end)

    def _next_message(self) -> bytes | None:
        """Take a message; RFC 6242 §4.2: a framing error closes the session."""
        try:
            return self._decoder.next_message()
        except FramingError as fault:
            if self._version is None:
                self._management.sessions.totals.in_bad_hellos += 1
            self._drop(str(fault))
            return None

    def _handle(self, message: bytes) -> Reply | None:
        if self._version is None:
            self._greet(message)
            return None
        try:
            return answer(message, self._record, self._management)
        except MalformedMessageError as fault:
            return self._handle_malformed(fault)

    def _greet(self, message: bytes) -> None:
        """Take the client's hello, and with it the framing of all that follows."""
        try:
            self._version = read_client_hello(message)
        except HelloError as fault:
            self._management.sessions.totals.in_bad_hellos += 1
            self._drop(str(fault), SessionEnd.BAD_HELLO)
            return
        if self._version is ProtocolVersion.V1_1:
            self._decoder.switch_to_chunked()
        self._management.events.emit(SessionReady(session=self._record))

    def _handle_malformed(self, fault: MalformedMessageError) -> Reply | None:
        """Answer what is not XML; a :base:1.0 client knows no such error and is disconnected."""
        if self._version is ProtocolVersion.V1_1:
            return answer_malformed(fault, self._record, self._management)
        self._drop(str(fault))
        return None

    def _drop(self, reason: str, end: SessionEnd = SessionEnd.DROPPED) -> None:
        _log.warning("session %d dropped: %s", self._record.session_id, reason)
        self.end(end)
