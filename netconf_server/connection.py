"""Carries one session over a byte stream, whatever the transport; keeps the event loop free."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from lxml import etree

from netconf_server.management import SessionEnd
from netconf_server.markup import serialize
from netconf_server.memory import release_memory
from netconf_server.session import Session

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 65536

#: A reply with this many elements is rendered in a thread; lxml works there without the GIL.
_is_large = etree.XPath("boolean(descendant::*[1000])")


class ByteStream(Protocol):
    """The transport's side; both methods raise OSError when the peer is gone."""

    async def read(self, max_bytes: int) -> bytes:
        """Return what has arrived, the empty bytes at the end."""

    async def write(self, data: bytes) -> None:
        """Send, waiting while the peer does not take it."""


async def serve_session(session: Session, stream: ByteStream, hello_timeout_s: float) -> None:
    """Run a session until it is closed from either side; its locks are gone afterwards.

    A client that has sent no good hello in time is dropped.
    """
    deadline = asyncio.get_running_loop().time() + hello_timeout_s
    try:
        await stream.write(session.hello())
        while session.is_open and (data := await _read(session, stream, deadline)):
            session.receive(data)
            await _send_replies(session, stream)
    except (OSError, TimeoutError) as fault:
        _log.info("session lost: %r", fault)
    finally:
        session.end(SessionEnd.DROPPED)


async def _read(session: Session, stream: ByteStream, deadline: float) -> bytes:
    async with asyncio.timeout_at(None if session.has_greeted else deadline):
        return await stream.read(_READ_BYTES)


async def _send_replies(session: Session, stream: ByteStream) -> None:
    was_large = False
    while (reply := session.next_reply()) is not None:
        was_large = was_large or bool(_is_large(reply))
        for piece in session.frame(await _render(reply)):
            await stream.write(piece)
            await asyncio.sleep(0)  # let others run: writing encrypts
    if was_large:
        await asyncio.to_thread(release_memory)


async def _render(reply: etree._Element) -> bytes:
    if _is_large(reply):
        return await asyncio.to_thread(serialize, reply)
    return serialize(reply)
