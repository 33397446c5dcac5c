"""Carries one session over a byte stream, whatever the transport; keeps the event loop free."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Protocol

from netconf_server.management import SessionEnd
from netconf_server.memory import release_memory
from netconf_server.protocol.framing import PIECE_BYTES
from netconf_server.protocol.replies import BrokenReplyError
from netconf_server.protocol.session import Session

_log = logging.getLogger(__name__)

#: So much is read at a time.
READ_BYTES: Final = 65536

#: After replies of more than this, memory is given back.
_LARGE_BYTES: Final = 1 << 20


class ByteStream(Protocol):
    """The transport's side; both methods raise OSError when the peer is gone."""

    async def read(self, max_bytes: int) -> bytes:
        """Return what has arrived, the empty bytes at the end."""

    async def write(self, data: bytes) -> None:
        """Send, waiting while the peer does not take it; of nothing, only see whether it could."""


async def serve_session(
    session: Session, stream: ByteStream, hello_timeout_s: float, idle_timeout_s: float = 0
) -> None:
    """Run a session until it is closed from either side; its locks are gone afterwards.

    A client that has sent no good hello in time is dropped; so is one that then asks nothing for
    the idle time-out, if there is one, unless the session has subscriptions.
    """
    deadline = asyncio.get_running_loop().time() + hello_timeout_s
    turn = asyncio.Lock()
    notifier = asyncio.create_task(_send_notifications(session, stream, turn))
    try:
        await stream.write(session.hello())
        while session.is_open and (data := await _read(session, stream, deadline, idle_timeout_s)):
            session.receive(data)
            await _send_replies(session, stream, turn)
            if len(data) == READ_BYTES:
                await asyncio.sleep(0)  # reading need not wait if there is more
    except TimeoutError:
        session.end(SessionEnd.TIMEOUT)
    except (OSError, BrokenReplyError) as fault:
        _log.info("session lost: %r", fault)
    finally:
        session.end(SessionEnd.DROPPED)
        notifier.cancel()


async def _read(
    session: Session, stream: ByteStream, hello_deadline: float, idle_timeout_s: float
) -> bytes:
    """Wait for something to read; raises TimeoutError when the client was silent for too long."""
    if not session.has_greeted:
        async with asyncio.timeout_at(hello_deadline):
            return await stream.read(READ_BYTES)
    if not idle_timeout_s:
        return await stream.read(READ_BYTES)
    while True:
        try:
            async with asyncio.timeout(idle_timeout_s):
                return await stream.read(READ_BYTES)
        except TimeoutError:
            if not session.is_subscribed:
                raise


async def _send_replies(session: Session, stream: ByteStream, turn: asyncio.Lock) -> None:
    """Answer what has arrived, letting others run between two requests."""
    is_first = True
    while True:
        async with turn:
            reply = session.next_reply()
            if reply is None:
                return
            if not is_first:
                await asyncio.sleep(0)
            await _send(session, stream, reply)
        is_first = False


async def _send_notifications(session: Session, stream: ByteStream, turn: asyncio.Lock) -> None:
    """Send what is no reply whenever there is some, one message at a time, until cancelled."""
    is_ready = asyncio.Event()
    session.on_notification(is_ready.set)
    is_ready.set()  # there may be some already
    try:
        while await is_ready.wait():
            async with turn:
                message = session.next_notification()
                if message is None:
                    is_ready.clear()
                else:
                    await _send(session, stream, message)
            await asyncio.sleep(0)
    except OSError as fault:
        _log.info("session lost: %r", fault)
        session.abort()
    except Exception:  # the session loop: a fault of ours ends one session, not the server
        _log.exception("a notification could not be sent")
        session.abort()


async def _send(session: Session, stream: ByteStream, message: Iterable[bytes]) -> None:
    """Send one whole message, letting others run between its pieces.

    A short piece is the last, or a pause comes next: most messages cost no turn of the event loop.
    """
    sent_bytes = 0
    for piece in session.frame(message):
        await stream.write(piece)  # of nothing as well, for then it shows that the client has gone
        sent_bytes += len(piece)
        if not 0 < len(piece) < PIECE_BYTES:
            await asyncio.sleep(0)  # making a piece and encrypting it take time
    if sent_bytes > _LARGE_BYTES:
        await asyncio.to_thread(release_memory)
