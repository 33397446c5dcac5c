"""What a flow meets while its prefix moves between two gateways, again and again."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from typing import Final

from nf.engine.configuration import DriverName
from nf.engine.kernel_effects import InstallRoute, InstallTunnel
from tests.kernel.domain import MNP, NODE_MNP, TO_MAG1, TO_MAG2, Agent, Domain, domain

HANDOVERS: Final = 100
PORT: Final = 5213
#: Between two handovers, and between two packets.
PAUSE_S: Final = 0.02
INTERVAL_S: Final = 0.0001


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent and arrived, and the gaps in seconds where another gateway took over."""

    sent: int
    lost: int
    gaps_s: list[float]


def measure(driver: DriverName) -> Outcome:
    """Move a prefix between two gateways while packets flow to it."""
    with domain(driver) as net:
        lma = net.start_lma()
        net.start_mag(1)
        net.start_mag(2)
        lma.perform(InstallTunnel(tunnel=TO_MAG2))
        return _Flow(net).run(lma)


class _Flow:
    """Numbered packets from the correspondent, and what each node has got of them."""

    def __init__(self, net: Domain) -> None:
        self._sender = _udp(net, "cn")
        self._nodes = [_udp(net, machine) for machine in ("node1", "node2")]
        for node in self._nodes:
            node.bind((NODE_MNP, PORT))
        #: When each packet arrived at which node, in the order of arrival.
        self._arrivals: list[tuple[float, int]] = []
        self._sent = 0

    def run(self, lma: Agent) -> Outcome:
        mover = threading.Thread(target=_move, args=(lma,))
        mover.start()
        while mover.is_alive():
            self._send_and_receive()
        end = time.perf_counter() + 0.2
        while time.perf_counter() < end:
            self._receive()
        changes = zip(self._arrivals, self._arrivals[1:], strict=False)
        gaps = [after[0] - before[0] for before, after in changes if before[1] != after[1]]
        return Outcome(self._sent, self._sent - len(self._arrivals), gaps)

    def _send_and_receive(self) -> None:
        due = time.perf_counter() + INTERVAL_S
        self._sender.sendto(b"", (NODE_MNP, PORT))
        self._sent += 1
        while time.perf_counter() < due:
            self._receive()

    def _receive(self) -> None:
        for number, node in enumerate(self._nodes):
            try:
                node.recv(64)
            except BlockingIOError:
                continue
            self._arrivals.append((time.perf_counter(), number))


def _move(lma: Agent) -> None:
    for number in range(HANDOVERS):
        time.sleep(PAUSE_S)
        tunnel = (TO_MAG2, TO_MAG1)[number % 2]
        lma.perform(InstallRoute(prefix=MNP, tunnel=tunnel))


def _udp(net: Domain, machine: str) -> socket.socket:
    with net.inside(machine):
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
