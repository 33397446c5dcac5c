"""The sockets at the relay port: one for each server, one for everybody else.

Others can fill only the buffer of theirs, of which little is read at a time; so they cost a server
neither room nor time. It also gets what a server sends from another port than the relay port, and
all of a server to which there was no way when it was opened.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final, NamedTuple, TypeAlias

log = logging.getLogger(__name__)

#: Where relay agents and servers listen (RFC 8415 §7.2).
PORT: Final = 547
_MAX_MESSAGE: Final = 65535
#: Lets an address be used before it is configured (linux/in6.h); Python has no name for it.
_IPV6_FREEBIND: Final = 78
#: Like SO_RCVBUF, and not capped by net.core.rmem_max (asm/socket.h).
_SO_RCVBUFFORCE: Final = 33
#: struct in6_pktinfo: the destination, then the interface's index.
_PKTINFO_SIZE: Final = 20
_INDEX: Final = slice(16, 20)


class Arrival(NamedTuple):
    """A message as a socket gives it."""

    octets: bytes
    source: IPv6Address
    #: The name of the interface; empty for one that is gone again.
    interface: str


class Pace(NamedTuple):
    """How much may wait, and how much is read before others get a turn."""

    buffer_bytes: int
    batch: int
    #: For how long nothing is read after a turn.
    pause_s: float = 0


SERVERS: Final = Pace(4 * 1024 * 1024, 64)
STRANGERS: Final = Pace(128 * 1024, 16, 0.02)

Taker: TypeAlias = Callable[[Arrival], None]


class Receiver:
    """One socket; what it gets is read while it is admitted."""

    def __init__(self, source: IPv6Address, server: IPv6Address | None, take: Taker) -> None:
        """Open a socket for a server, or for everybody else; raises OSError."""
        self._pace = STRANGERS if server is None else SERVERS
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._is_admitted = False
        self._pause: asyncio.TimerHandle | None = None
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            self._prepare(source, server)
        except OSError:
            self.socket.close()
            raise

    def admit(self, *, is_admitted: bool) -> None:
        """Read what arrives, or let it wait in the kernel for now."""
        self._is_admitted = is_admitted
        if self._pause is not None:
            self._pause.cancel()
        self._go_on()

    def close(self) -> None:
        """Receive and send nothing more."""
        self.admit(is_admitted=False)
        self.socket.close()

    def _prepare(self, source: IPv6Address, server: IPv6Address | None) -> None:
        made = self.socket
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, self._pace.buffer_bytes)
        made.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        made.bind((str(source), PORT))
        if server is not None:
            made.connect((str(server), PORT))

    def _go_on(self) -> None:
        if self._is_admitted:
            self._loop.add_reader(self.socket, self._on_readable)
        else:
            self._loop.remove_reader(self.socket)

    def _on_readable(self) -> None:
        self._read()
        if self._is_admitted and self._pace.pause_s:
            self._loop.remove_reader(self.socket)
            self._pause = self._loop.call_later(self._pace.pause_s, self._go_on)

    def _read(self) -> None:
        for _ in range(self._pace.batch):
            try:
                arrival = _receive(self.socket)
            except BlockingIOError:
                return
            except OSError as fault:  # as when a server's host says that nobody listens there
                log.info("receiving from a delegating router: %s", fault)
                return
            self._take(arrival)


def _receive(receiver: socket.socket) -> Arrival:
    octets, notes, _, sender = receiver.recvmsg(_MAX_MESSAGE, socket.CMSG_SPACE(_PKTINFO_SIZE))
    index = next((int.from_bytes(data[_INDEX], sys.byteorder) for _, _, data in notes), 0)
    source = IPv6Address(sender[0].partition("%")[0])
    return Arrival(octets=octets, source=source, interface=_name_of(index))


def _name_of(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return ""
