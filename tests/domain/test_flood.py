"""A router that comes in the middle of a flood of Solicits does not have to ask anything twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.namespaces import connect_namespaces, run

pytestmark = pytest.mark.kernel

#: Solicits in one round of the flood, each of another node with another DUID.
ROUND = 100_000
#: Room that the caches of a daemon may take for strangers. A list of those that flood would take
#: more: each costs 80 octets at least, for its address and DUID alone.
MOST_ROOM = 8 << 20


class Cell(Domain):
    """A domain of which MAG1's cell is in use, as that of an access point: by stations apart."""

    def join(self, station: str) -> None:
        air = self.topology["air"]
        air.ip("link", "set", station, "master", "cell-mag1")
        air.ip("link", "set", station, "type", "bridge_slave", "isolated", "on")
        air.ip("link", "set", station, "up")
        air.ip("link", "set", "to-mag1", "up")


class Flood:
    """A station in MAG1's cell that sends without end."""

    def __init__(self, domain: Cell) -> None:
        self._domain = domain
        self._process: subprocess.Popen[str] | None = None

    def build(self) -> None:
        air = self._domain.topology["air"]
        connect_namespaces(air, "flood", air, "flooder")
        self._domain.join("flood")

    def start(self) -> None:
        command = (sys.executable, "-m", "tests.drivers.solicits", "flooder", str(ROUND))
        self._process = subprocess.Popen(
            [*self._domain.topology["air"].prefix, *command], stdout=subprocess.PIPE, text=True
        )

    def wait_for_a_round(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        assert self._process.stdout.readline() == f"{ROUND}\n"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def domain(tmp_path: Path) -> Iterator[Cell]:
    """Yield a domain whose router is switched off."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    domain = Cell(tmp_path / "files", label=f"pm6f{os.getpid()}")
    try:
        domain.build()
        domain.start_daemons()
        for name in ("lma", "mag1"):
            domain.configure(name)
        yield domain
    finally:
        domain.topology.remove()


@pytest.fixture
def flood(domain: Cell) -> Iterator[Flood]:
    flood = Flood(domain)
    try:
        flood.build()
        yield flood
    finally:
        flood.stop()


def room_of(domain: Domain, daemon: str) -> int:
    """Return how many octets of memory a daemon has."""
    (pid,) = [
        pid
        for pid in run("ip", "netns", "pids", domain.topology[daemon].name).split()
        if b"\0run\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    status = Path(f"/proc/{pid}/status").read_text()
    (size,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(size) * 1024


def dropped(domain: Domain) -> dict[str, int]:
    (row,) = domain.rows("mag1", "access-links")
    reasons, counts = (row[f"frames/dropped/{leaf}"].split() for leaf in ("reason", "count"))
    return dict(zip(reasons, map(int, counts), strict=True))


def questions(domain: Domain) -> Counter[str]:
    """Return how often the router sent each of its DHCPv6 messages."""
    fields = ("dhcpv6.msgtype", "dhcpv6.xid")
    listing = run(
        *("tshark", "-n", "-r", str(domain.access_capture.path), "-Y", "udp.dstport == 547"),
        *("-T", "fields", *(each for name in fields for each in ("-e", name))),
    )
    return Counter(listing.splitlines())


@pytest.mark.rfc("8415 §15")
def test_a_real_client_repeats_nothing_beside_a_flood_of_solicits(
    domain: Cell, flood: Flood
) -> None:
    flood.start()
    flood.wait_for_a_round()
    before = room_of(domain, "mag1")
    domain.access_capture.start()
    domain.join("radio")
    domain.router.start()
    wait_for("a prefix for the inside", domain.inside_prefix)
    flood.wait_for_a_round()
    domain.access_capture.stop()
    assert dropped(domain).keys() == {"stranger-over-rate"}
    assert sum(dropped(domain).values()) > ROUND
    assert room_of(domain, "mag1") - before < MOST_ROOM
    asked = questions(domain)
    assert len(asked) >= 2
    assert set(asked.values()) == {1}
