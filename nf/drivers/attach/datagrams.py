"""A UDP socket whose answers come from the address that was asked, whichever of ours that is."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Any, Final, NamedTuple

from nf.paced_reader import IPV6_FREEBIND

_MAX_DATAGRAM: Final = 8192
#: Options that Python does not name (linux/in.h): use an address before it is configured, and tell
#: to which address an IPv4 packet was sent.
_IP_FREEBIND, _IP_PKTINFO = 15, 8
#: struct in_pktinfo: interface, address to speak from, address that was spoken to.
_PACKET_INFO_4: Final = Struct("=i4s4s")
#: struct in6_pktinfo.
_PACKET_INFO_6: Final = Struct("=16si")


class Datagram(NamedTuple):
    """What was received, from whom, and what it takes to answer from where it was sent to."""

    octets: bytes
    sender: tuple[Any, ...]
    way_back: list[tuple[int, int, bytes]]


def listening_socket(address: IPv6Address | IPv4Address, port: int) -> socket.socket:
    """Return a socket at an address, which need not be configured yet; raises OSError."""
    is_4 = address.version == 4
    listener = socket.socket(socket.AF_INET if is_4 else socket.AF_INET6, socket.SOCK_DGRAM)
    level = socket.IPPROTO_IP if is_4 else socket.IPPROTO_IPV6
    try:
        listener.setblocking(False)
        listener.setsockopt(level, _IP_FREEBIND if is_4 else IPV6_FREEBIND, 1)
        listener.setsockopt(level, _IP_PKTINFO if is_4 else socket.IPV6_RECVPKTINFO, 1)
        listener.bind((str(address), port))
    except OSError:
        listener.close()
        raise
    return listener


def receive(listener: socket.socket) -> Datagram:
    """Return the next datagram; raises OSError, BlockingIOError where there is none."""
    room = socket.CMSG_SPACE(_PACKET_INFO_6.size)
    octets, notes, _, sender = listener.recvmsg(_MAX_DATAGRAM, room)
    return Datagram(octets, sender, [_turned(*note) for note in notes])


def answer(listener: socket.socket, datagram: Datagram, octets: bytes) -> None:
    """Answer a datagram; raises OSError."""
    listener.sendmsg([octets], datagram.way_back, 0, datagram.sender)


def _turned(level: int, kind: int, data: bytes) -> tuple[int, int, bytes]:
    """Return what says to speak from where a packet was sent to, by whatever interface."""
    if level == socket.IPPROTO_IP:
        _, ours, _ = _PACKET_INFO_4.unpack(data)
        return level, kind, _PACKET_INFO_4.pack(0, ours, bytes(4))
    ours, interface = _PACKET_INFO_6.unpack(data)
    is_of_link = IPv6Address(ours).is_link_local
    return level, kind, _PACKET_INFO_6.pack(ours, interface if is_of_link else 0)
