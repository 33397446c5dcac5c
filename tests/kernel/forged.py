"""Packets that nobody honest would send."""

from __future__ import annotations

import socket
from typing import Final

from tests.kernel.domain import Domain
from tests.kernel.wire import IPV6_IN_IPV6

FOREIGN: Final = "2001:db8:bad::1"
#: A header between the two that keeps rules from seeing the inner one (RFC 8200 §4.6).
DESTINATION_OPTIONS: Final = bytes([IPV6_IN_IPV6, 0, 1, 4, 0, 0, 0, 0])


def header(source: str, destination: str, next_header: int, payload: bytes) -> bytes:
    first = b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes([next_header, 64])
    addresses = socket.inet_pton(socket.AF_INET6, source)
    return first + addresses + socket.inet_pton(socket.AF_INET6, destination) + payload


def send(net: Domain, machine: str, packet: bytes, destination: str) -> None:
    """Send a packet from a machine, whatever its source."""
    with (
        net.inside(machine),
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw,
    ):
        raw.sendto(packet, socket.getaddrinfo(destination, 0)[0][4])


def datagram(source: str, destination: str) -> bytes:
    """Return a UDP packet to the discard port; its checksum is of no interest on the way."""
    return header(source, destination, socket.IPPROTO_UDP, bytes.fromhex("0009000900080001"))
