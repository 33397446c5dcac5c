"""What was on a wire: IPv6 headers as tcpdump took them, read octet by octet."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from struct import Struct
from typing import Final

from tests.kernel.domain import Domain

_FILE_HEADER_SIZE: Final = 24
_RECORD: Final = Struct("=IIII")
_ETHERNET_SIZE: Final = 14
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
    """A tcpdump that runs."""

    def __init__(self, domain: Domain, machine: str, device: str) -> None:
        command = [
            *domain.enter(machine),
            "tcpdump",
            "-p",
            "-Z",
            "root",
            "-i",
            device,
            "--immediate-mode",
            "-U",
            "-w",
            "-",
        ]
        self._process = subprocess.Popen(
            [*command, "ip6"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self._process.stderr is not None
        started = self._process.stderr.readline()
        while started and b"listening on" not in started:
            started = self._process.stderr.readline()

    def octets(self) -> bytes:
        """Stop and return the capture as a pcap file."""
        self._process.send_signal(signal.SIGINT)
        return self._process.communicate(timeout=20)[0]

    def packets(self) -> list[Packet]:
        """Stop and return what was seen."""
        return list(_packets(self.octets()))

    def abandon(self) -> None:
        """Leave no process behind."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def capture(domain: Domain, machine: str, device: str) -> Iterator[Capture]:
    """Look at what passes a device."""
    running = Capture(domain, machine, device)
    try:
        yield running
    finally:
        running.abandon()


def _packets(octets: bytes) -> Iterator[Packet]:
    octets = octets[_FILE_HEADER_SIZE:]
    while octets:
        _, _, captured, _ = _RECORD.unpack_from(octets)
        yield _packet(octets[_RECORD.size + _ETHERNET_SIZE : _RECORD.size + captured])
        octets = octets[_RECORD.size + captured :]


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
