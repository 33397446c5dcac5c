"""The sockets at the relay port: one for each server, one for everybody else.

Others can fill only the buffer of theirs, of which little is read at a time; so they cost a server
neither room nor time. It also gets what a server sends from another port than the relay port, and
all of a server to which there was no way when it was opened.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final, NamedTuple, TypeAlias

from nf.paced_reader import IPV6_FREEBIND, PEERS, SO_RCVBUFFORCE, STRANGERS, PacedReader

#: Where relay agents and servers listen (RFC 8415 §7.2).
PORT: Final = 547
_MAX_MESSAGE: Final = 65535
#: struct in6_pktinfo: the destination, then the interface's index.
_PKTINFO_SIZE: Final = 20
_INDEX: Final = slice(16, 20)


class Arrival(NamedTuple):
    """A message as a socket gives it."""

    octets: bytes
    source: IPv6Address
    #: The name of the interface; empty for one that is gone again.
    interface: str


Taker: TypeAlias = Callable[[Arrival], None]


class Receiver:
    """One socket; what it gets is read while it is admitted."""

    def __init__(self, source: IPv6Address, server: IPv6Address | None, take: Taker) -> None:
        """Open a socket for a server, or for everybody else; raises OSError."""
        self._pace = STRANGERS if server is None else PEERS
        self._take = take
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        where = "from delegating routers"
        self._reader = PacedReader(self.socket, self._pace, self._take_one, where=where)
        try:
            self._prepare(source, server)
        except OSError:
            self.socket.close()
            raise

    def admit(self, *, is_admitted: bool) -> None:
        """Read what arrives, or let it wait in the kernel for now."""
        self._reader.admit(is_admitted=is_admitted)

    def close(self) -> None:
        """Receive and send nothing more."""
        self.admit(is_admitted=False)
        self.socket.close()

    def _prepare(self, source: IPv6Address, server: IPv6Address | None) -> None:
        made = self.socket
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, self._pace.buffer_bytes)
        made.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        made.bind((str(source), PORT))
        if server is not None:
            made.connect((str(server), PORT))

    def _take_one(self) -> None:
        self._take(_receive(self.socket))


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
