"""Traffic between the mobile network and its correspondent, and what became of it.

``python -m nf.cli.demo.traffic reflect PORT`` echoes what comes by UDP and TCP.
``python -m nf.cli.demo.traffic probe ADDRESS PORT FILE`` sends numbered UDP datagrams and one
numbered TCP stream, and appends to FILE a line ``kind number sent received`` for every echo, times
in nanoseconds of the machine's monotonic clock; a TCP line out of order ends it with an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO, cast

UDP_INTERVAL_S: Final = 0.005
TCP_INTERVAL_S: Final = 0.01


class Reflector(asyncio.DatagramProtocol):
    """Sends every datagram back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what sends."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Send it back where it came from."""
        self._transport.sendto(data, addr)


class Probe(asyncio.DatagramProtocol):
    """Notes the echo of every datagram."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Note number, time of sending and time of arrival."""
        self._output.write(f"udp {data.decode()} {time.monotonic_ns()}\n")

    def error_received(self, exc: Exception) -> None:
        """Unreachable for a moment is what this is here to find: the missing echo tells."""


async def reflect(port: int) -> None:
    """Echo until the process is ended."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Reflector, local_addr=("::", port))
    server = await asyncio.start_server(echo, "::", port)
    await server.serve_forever()


async def probe(address: str, port: int, path: Path) -> None:
    """Send until the process is ended; raises if the TCP connection breaks or mixes its data."""
    with path.open("a", buffering=1) as output:
        await asyncio.gather(
            _probe_datagrams(address, port, output), _probe_stream(address, port, output)
        )


async def _probe_datagrams(address: str, port: int, output: TextIO) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Probe(output), remote_addr=(address, port)
    )
    number = 0
    while True:
        transport.sendto(f"{number} {time.monotonic_ns()}".encode())
        number += 1
        await asyncio.sleep(UDP_INTERVAL_S)


async def _probe_stream(address: str, port: int, output: TextIO) -> None:
    reader, writer = await asyncio.open_connection(address, port)

    async def send() -> None:
        number = 0
        while True:
            writer.write(f"{number} {time.monotonic_ns()}\n".encode())
            await writer.drain()
            number += 1
            await asyncio.sleep(TCP_INTERVAL_S)

    async def receive() -> None:
        expected = 0
        while line := await reader.readline():
            number, sent = line.decode().split()
            if int(number) != expected:
                raise RuntimeError(f"the stream brought {number} where {expected} was due")
            expected += 1
            output.write(f"tcp {number} {sent} {time.monotonic_ns()}\n")
        raise RuntimeError("the stream ended")

    await asyncio.gather(send(), receive())


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """One echo: its number, and when it was sent and came back, in nanoseconds."""

    number: int
    sent_ns: int
    received_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What a disturbance did to a flow: the longest silence, and what never came back."""

    gap_ms: float
    sent: int
    lost: int


def read_echoes(path: Path, kind: str) -> list[Echo]:
    """Return the echoes of one kind, ``udp`` or ``tcp``, in the order in which they came."""
    echoes = []
    for line in path.read_text().splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[0] == kind:
            number, sent, received = (int(field) for field in fields[1:])
            echoes.append(Echo(number=number, sent_ns=sent, received_ns=received))
    return echoes


def outage(echoes: Sequence[Echo], begin_ns: int, end_ns: int) -> Outage:
    """Return what happened to what was sent between two moments.

    Raises ValueError where fewer than two echoes frame the time: nothing can be said then.
    """
    window = [echo for echo in echoes if begin_ns <= echo.sent_ns <= end_ns]
    if len(window) < 2:
        raise ValueError("no echo came back")
    arrivals = sorted(echo.received_ns for echo in window)
    gap = max(late - early for early, late in itertools.pairwise(arrivals))
    numbers = {echo.number for echo in window}
    sent = max(numbers) - min(numbers) + 1
    return Outage(gap_ms=gap / 1e6, sent=sent, lost=sent - len(numbers))


def main(arguments: Sequence[str]) -> None:
    """Reflect or probe, as the arguments say."""
    match list(arguments):
        case ["reflect", port]:
            asyncio.run(reflect(int(port)))
        case ["probe", address, port, path]:
            asyncio.run(probe(address, int(port), Path(path)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
