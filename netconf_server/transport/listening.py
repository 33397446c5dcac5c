"""Accepting connections for a transport, no more at a time than can log in decently."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Iterable
from typing import Final

from netconf_server.transport.transport import Transport

_log = logging.getLogger(__name__)

#: How many connections may wait to be accepted.
_BACKLOG: Final = 128

#: How long to wait after a failure that may last, such as too many open files.
_PAUSE_S: Final = 0.5


class Listener:
    """Listens on one port for one transport."""

    def __init__(self, transport: Transport, max_unauthenticated: int) -> None:
        self._transport = transport
        self._max_unauthenticated = max_unauthenticated
        self._unauthenticated: set[socket.socket] = set()
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, host: str, port: int) -> None:
        """Begin to listen, in the running event loop; raises OSError."""
        self._socket = listening_socket(host, port)
        self._accepting = asyncio.create_task(self._accept_all(self._socket))

    @property
    def port(self) -> int:
        """The port that is listened on."""
        if self._socket is None:
            raise RuntimeError("the listener has not been started")
        return int(self._socket.getsockname()[1])

    async def stop(self) -> None:
        """Stop to listen, and end all that came of it."""
        if self._socket is None or self._accepting is None:
            return
        self._accepting.cancel()
        await asyncio.wait((self._accepting,))
        self._socket.close()
        self._socket = None
        await self._transport.stop()
        await cancelled(self._tasks)

    async def _accept_all(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError as fault:
                if fault.errno != errno.ECONNABORTED:
                    _log.warning("no connection can be accepted: %s", fault.strerror)
                    await asyncio.sleep(_PAUSE_S)
            else:
                self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        """Have a connection served, or close it if too many have not logged in yet."""
        if len(self._unauthenticated) >= self._max_unauthenticated:
            _log.warning("refused a connection: too many have not logged in yet")
            connection.close()
            return
        self._unauthenticated.add(connection)
        task = asyncio.create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        def forget() -> None:
            self._unauthenticated.discard(connection)

        try:
            await self._transport.serve(connection, forget)
        except Exception:  # a fault with one connection is nobody else's
            _log.exception("a connection failed")
            connection.close()
        finally:
            forget()


async def cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended, whatever they end with."""
    ending = tuple(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


def listening_socket(host: str, port: int) -> socket.socket:
    """Listen on one address, or on all of both families for an empty host; raises OSError.

    One socket serves both families, so that port 0 is one free port and not one of each.
    """
    is_dual = not host and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if is_dual else _family_of(host)
    try:
        listening = socket.create_server(
            (host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=is_dual
        )
    except OSError as fault:
        reason = os.strerror(fault.errno or 0).lower()
        where = f"{host or '*'} port {port}"
        raise OSError(fault.errno, f"cannot listen on {where}: {reason}") from fault
    listening.setblocking(False)
    return listening


def _family_of(host: str) -> socket.AddressFamily:
    try:
        found = socket.getaddrinfo(
            host or None, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as fault:
        raise OSError(fault.errno, f"{host}: {fault.strerror}") from fault
    return found[0][0]
