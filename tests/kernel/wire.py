"""What was on a wire: IPv6 headers, read octet by octet."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from struct import Struct
from typing import Final

from tests.kernel.domain import Domain

#: Magic number, version 2.4, two fields of no use, largest record, Ethernet.
_FILE_HEADER: Final = Struct("=IHHIIII").pack(0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, 1)
_RECORD: Final = Struct("=IIII")
_EVERY_PROTOCOL: Final = 3
_SO_RCVBUFFORCE: Final = 33
_BUFFER_SIZE: Final = 1 << 24
_LARGEST_FRAME: Final = 1 << 16
_ETHERNET_SIZE: Final = 14
_IPV6_FRAME: Final = b"\x86\xdd"
_IPV6: Final = Struct("!IHBB16s16s")
IPV6_IN_IPV6: Final = 41
ICMPV6: Final = 58


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """An IPv6 header, and the one right behind it where that is what it announces."""

    source: IPv6Address
    destination: IPv6Address
    next_header: int
    hop_limit: int
    inner: Packet | None


class Capture:
    """A socket that sees every IPv6 packet of a device, in both directions."""

    def __init__(self, domain: Domain, machine: str, device: str) -> None:
        with domain.inside(machine):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_SIZE)
        self._socket.bind((device, _EVERY_PROTOCOL))

    def frames(self) -> Iterator[bytes]:
        """Yield what was seen since the last time."""
        with contextlib.suppress(BlockingIOError):
            while frame := self._socket.recv(_LARGEST_FRAME):
                if frame[_ETHERNET_SIZE - 2 : _ETHERNET_SIZE] == _IPV6_FRAME:
                    yield frame

    def packets(self) -> list[Packet]:
        """Return what was seen since the last time."""
        return [_packet(frame[_ETHERNET_SIZE:]) for frame in self.frames()]

    def file(self) -> bytes:
        """Return what was seen since the last time in the form of a pcap file."""
        records = (_RECORD.pack(0, 0, len(each), len(each)) + each for each in self.frames())
        return _FILE_HEADER + b"".join(records)

    def close(self) -> None:
        """Look no longer."""
        self._socket.close()


@contextmanager
def capture(domain: Domain, machine: str, device: str) -> Iterator[Capture]:
    """Look at what passes a device."""
    running = Capture(domain, machine, device)
    try:
        yield running
    finally:
        running.close()


def _packet(octets: bytes) -> Packet:
    _, _, next_header, hop_limit, source, destination = _IPV6.unpack_from(octets)
    is_tunnelled = next_header == IPV6_IN_IPV6
    return Packet(
        source=IPv6Address(source),
        destination=IPv6Address(destination),
        next_header=next_header,
        hop_limit=hop_limit,
        inner=_packet(octets[_IPV6.size :]) if is_tunnelled else None,
    )
