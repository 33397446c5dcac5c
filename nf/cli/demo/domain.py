"""The running domain: hosts, daemons, router and traffic, and the questions one asks of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final, TypeVar

from nf.cli.demo.capture import Capture
from nf.cli.demo.configuration import lma_configuration, mag_configuration
from nf.cli.demo.daemons import Daemon
from nf.cli.demo.router import MobileRouter, first_address_in
from nf.cli.demo.topology import (
    CORE_INTERFACE,
    CORRESPONDENT_ADDRESS,
    DAEMONS,
    HOME_POOL,
    MAG_ADDRESSES,
    MOBILE_POOL,
    Topology,
)
from nf.cli.demo.traffic import Echo, read_echoes
from nf.cli.tables import Row, read_rows, table_named

TRAFFIC_PORT: Final = 7777
T = TypeVar("T")


class StepFailed(Exception):  # noqa: N818 - what happened, not what is wrong
    """What had to become true did not."""


def wait_for(what: str, look: Callable[[], T | None], limit_s: float = 20.0) -> T:
    """Return what ``look`` finds as soon as it is true; raises StepFailed after the limit."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise StepFailed(f"{what}: not within {limit_s:.0f} s")


class Domain:
    """One LMA, two MAGs, a mobile router with a node inside, and a correspondent node."""

    def __init__(self, directory: Path, label: str = "pmip6") -> None:
        self.directory = directory
        self.topology = Topology(label)
        self.daemons = {name: Daemon(name, self.topology, directory) for name in DAEMONS}
        self.router = MobileRouter(self.topology["router"], directory / "router")
        self.core_capture = Capture(self.topology["lma"], CORE_INTERFACE, directory / "core.pcap")
        self.access_capture = Capture(self.topology["router"], "wan0", directory / "access.pcap")
        self._traffic: list[subprocess.Popen[bytes]] = []

    def build(self) -> None:
        """Make the hosts; what an earlier run left goes first."""
        self.remove()
        self.directory.mkdir(parents=True)
        self.topology.build()

    def start_daemons(self) -> None:
        """Start LMA and MAGs and wait until their NETCONF servers listen."""
        for daemon in self.daemons.values():
            daemon.start()
        for daemon in self.daemons.values():
            daemon.wait_until_it_listens()

    def configure(self, name: str) -> None:
        """Commit one daemon's configuration over NETCONF."""
        address = MAG_ADDRESSES.get(name)
        config = lma_configuration() if address is None else mag_configuration(address)
        with self.daemons[name].connect() as client:
            client.configure(config)

    def rows(self, daemon: str, table: str) -> Sequence[Row]:
        """Ask a daemon for one of the tables of ``pmip6 show``."""
        wanted = table_named(table)
        assert wanted is not None
        with self.daemons[daemon].connect() as client:
            return read_rows(wanted, client)

    def binding(self) -> Row | None:
        """Return the router's binding cache entry at the LMA, if it has one."""
        return next(iter(self.rows("lma", "bindings")), None)

    def home_address(self) -> IPv6Address | None:
        """Return the router's address in its home network prefix, once it has one."""
        return first_address_in(self.topology["router"], "wan0", HOME_POOL)

    def inside_prefix(self) -> IPv6Network | None:
        """Return the /64 that the router numbered its inside with, once it has."""
        return self.router.delegated_prefix(MOBILE_POOL)

    def node_address(self) -> IPv6Address | None:
        """Return the address of the node inside the mobile network, once it has one."""
        return first_address_in(self.topology["node"], "eth0", MOBILE_POOL)

    def ping(self) -> str:
        """Ping the correspondent from inside the mobile network; raises CommandFailed."""
        return self.topology["node"].run(
            "ping", "-6", "-c", "3", "-i", "0.2", "-w", "10", str(CORRESPONDENT_ADDRESS)
        )

    def start_traffic(self) -> None:
        """Start the UDP flow and the TCP stream from the node to the correspondent and back."""
        module = (sys.executable, "-m", "nf.cli.demo.traffic")
        reflector = self.topology["correspondent"].start(
            *module, "reflect", str(TRAFFIC_PORT), log=self.directory / "reflector.log"
        )
        listening = ("ss", "-6", "--listening", "--tcp", "--no-header")
        wait_for(
            "the reflector listens",
            lambda: f":{TRAFFIC_PORT} " in self.topology["correspondent"].run(*listening),
        )
        probe = self.topology["node"].start(
            *(*module, "probe", str(CORRESPONDENT_ADDRESS), str(TRAFFIC_PORT)),
            str(self.traffic_file),
            log=self.traffic_log,
        )
        self._traffic = [probe, reflector]

    @property
    def traffic_file(self) -> Path:
        """Where the echoes are noted."""
        return self.directory / "traffic.txt"

    @property
    def traffic_log(self) -> Path:
        """Where the probe says why it ended."""
        return self.directory / "probe.log"

    def echoes(self, kind: str) -> list[Echo]:
        """Return the echoes so far of ``udp`` or ``tcp``; raises StepFailed if the stream broke."""
        if any(process.poll() is not None for process in self._traffic):
            raise StepFailed(f"the traffic ended: {self.traffic_log.read_text().strip()}")
        return read_echoes(self.traffic_file, kind) if self.traffic_file.exists() else []

    def wait_for_echo_after(self, moment_ns: int, kind: str, limit_s: float = 20.0) -> None:
        """Return when something that was sent after a moment has come back."""
        wait_for(
            f"{kind} traffic flows",
            lambda: any(echo.sent_ns > moment_ns for echo in self.echoes(kind)),
            limit_s,
        )

    def attach_ms(self, mag: str) -> int:
        """Return how long a MAG last took from its link's carrier to the LMA's acknowledgement.

        Read from the MAG's recording; raises StepFailed where it has none of the two.
        """
        begin: int | None = None
        taken: int | None = None
        path = self.directory / mag / "recording" / "events.jsonl"
        for event in map(json.loads, path.read_text().splitlines()):
            if event["event"] == "access-link-up":
                begin = event["at-ms"]
            elif event["event"] == "message-received" and begin is not None:
                taken, begin = int(event["at-ms"]) - begin, None
        if taken is None:
            raise StepFailed(f"{mag} recorded no attachment")
        return taken

    def stop_measuring(self) -> None:
        """Stop traffic and captures; daemons and router go on."""
        for process in self._traffic:
            process.terminate()
            process.wait(timeout=5)
        self._traffic = []
        self.core_capture.stop()
        self.access_capture.stop()

    def stop(self) -> None:
        """Stop traffic, router and daemons as their operators would."""
        self.stop_measuring()
        self.router.stop()
        for daemon in self.daemons.values():
            daemon.stop()

    def remove(self) -> None:
        """Remove hosts, processes and files."""
        self.topology.remove()
        shutil.rmtree(self.directory, ignore_errors=True)
