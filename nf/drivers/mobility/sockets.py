"""The raw sockets of one address: one for each kind of traffic, so that none takes another's room.

What peers send has a large buffer. Whatever others send has a small one, from which little is read
at a time: a flood of it fills that buffer, and everything else arrives as if there were none.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Collection
from ipaddress import IPv6Address
from typing import Final, NamedTuple, TypeAlias

from nf.drivers.mobility.filters import NOTHING, WORDS, Traffic, attach, program

log = logging.getLogger(__name__)

MOBILITY_HEADER: Final = 135
_MAX_PACKET: Final = 65535
#: Lets an address be used before it is configured (linux/in6.h); Python has no name for it.
_IPV6_FREEBIND: Final = 78
#: Like SO_RCVBUF, and not capped by net.core.rmem_max (asm/socket.h).
_SO_RCVBUFFORCE: Final = 33

#: Takes a packet and the text of its source.
Taker: TypeAlias = Callable[[bytes, str], None]


class Pace(NamedTuple):
    """How much of one kind of traffic may wait, and how much is read before others get a turn."""

    buffer_bytes: int
    batch: int
    #: For how long nothing is read after a turn.
    pause_s: float = 0


PACES: Final = {
    Traffic.HEARTBEATS: Pace(256 * 1024, 64),
    Traffic.PEERS: Pace(4 * 1024 * 1024, 64),
    Traffic.STRANGERS: Pace(128 * 1024, 16, 0.02),
}


class Receiver:
    """One socket; nothing reaches it before its filter lets it, or is read before it listens."""

    def __init__(self, address: IPv6Address, traffic: Traffic, take: Taker) -> None:
        """Open the socket; raises OSError."""
        self.traffic = traffic
        self._address = address
        self._take = take
        self._pace = PACES[traffic]
        self._loop = asyncio.get_running_loop()
        self._is_admitted = False
        self._pause: asyncio.TimerHandle | None = None
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MOBILITY_HEADER)
        try:
            self._prepare()
        except OSError:
            self.socket.close()
            raise

    def listen(self, *, is_admitted: bool) -> None:
        """Read what arrives, or let it wait in the kernel for now."""
        self._is_admitted = is_admitted
        if self._pause is not None:
            self._pause.cancel()
        self._go_on()

    def close(self) -> None:
        """Receive and send nothing more."""
        self.listen(is_admitted=False)
        self.socket.close()

    def _prepare(self) -> None:
        attach(self.socket, NOTHING)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, self._pace.buffer_bytes)
        self.socket.bind((str(self._address), 0))

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
                packet, sender = self.socket.recvfrom(_MAX_PACKET)
            except BlockingIOError:
                return
            except OSError as fault:
                log.warning("receiving at %s: %s", self._address, fault)
                return
            self._take(packet, sender[0])


class Receivers:
    """The sockets of one address, each with its kind of traffic; what is sent leaves by one."""

    def __init__(self, address: IPv6Address, peers: Collection[IPv6Address], take: Taker) -> None:
        """Open the sockets; raises OSError."""
        self._all: list[Receiver] = []
        try:
            for traffic in Traffic:
                self._all.append(Receiver(address, traffic, take))
            self.know(peers)
        except OSError:
            self.close()
            raise

    def know(self, peers: Collection[IPv6Address]) -> None:
        """Take other addresses for those of peers; raises OSError.

        What arrives between one socket's filter and the next may be received twice or never, as
        on any network.
        """
        for words in range(WORDS, -1, -1):
            try:
                for each in self._all:
                    attach(each.socket, program(each.traffic, peers, words))
            except OSError as fault:
                if not words:
                    raise
                log.info("%d peers, compared by %d words: %s", len(peers), words, fault)
            else:
                return

    def admit(self, *, is_admitted: bool) -> None:
        """Read what arrives, or let it wait in the kernel for now; heartbeats never wait."""
        for each in self._all:
            each.listen(is_admitted=is_admitted or each.traffic is Traffic.HEARTBEATS)

    def send(self, packet: bytes, destination: str) -> None:
        """Send a packet, checksummed by the kernel; raises OSError."""
        self._all[0].socket.sendto(packet, (destination, 0))

    def close(self) -> None:
        """Receive and send nothing more."""
        for each in self._all:
            each.close()
