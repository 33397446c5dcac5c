"""The raw sockets of one address: one for each kind of traffic, so that none takes another's room.

What strangers send is read at a pace that leaves room and time to the others.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Collection
from ipaddress import IPv6Address
from typing import Final, TypeAlias

from nf.drivers.mobility.filters import NOTHING, WORDS, Traffic, attach, program
from nf.paced_reader import IPV6_FREEBIND, PEERS, SO_RCVBUFFORCE, STRANGERS, Pace, PacedReader

log = logging.getLogger(__name__)

MOBILITY_HEADER: Final = 135
_MAX_PACKET: Final = 65535

#: Takes a packet and the text of its source.
Taker: TypeAlias = Callable[[bytes, str], None]

PACES: Final = {
    Traffic.HEARTBEATS: Pace(256 * 1024, 64),
    Traffic.PEERS: PEERS,
    Traffic.STRANGERS: STRANGERS,
}


class Receiver:
    """One socket; nothing reaches it before its filter lets it, or is read before it listens."""

    def __init__(self, address: IPv6Address, traffic: Traffic, take: Taker) -> None:
        """Open the socket; raises OSError."""
        self.traffic = traffic
        self._address = address
        self._take = take
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MOBILITY_HEADER)
        self._pace = PACES[traffic]
        where = f"at {address}"
        self._reader = PacedReader(self.socket, self._pace, self._take_one, where=where)
        try:
            self._prepare()
        except OSError:
            self.socket.close()
            raise

    def listen(self, *, is_admitted: bool) -> None:
        """Read what arrives, or let it wait in the kernel for now."""
        self._reader.admit(is_admitted=is_admitted)

    def close(self) -> None:
        """Receive and send nothing more."""
        self.listen(is_admitted=False)
        self.socket.close()

    def _prepare(self) -> None:
        attach(self.socket, NOTHING)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, self._pace.buffer_bytes)
        self.socket.bind((str(self._address), 0))

    def _take_one(self) -> None:
        packet, sender = self.socket.recvfrom(_MAX_PACKET)
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
