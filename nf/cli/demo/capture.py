"""What was really on the wire between MAGs and LMA: tcpdump records it, tshark reads it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final

from nf.cli.demo.namespaces import Namespace, run

FIELDS: Final = (
    "ipv6.src",
    "ipv6.dst",
    "ipv6.nxt",
    "mip6.mhtype",
    "mip6.bu.lifetime",
    "mip6.ba.status",
    "mip6.nemo.mnp.mnp",
    "ipv6.routing.type",
    "_ws.malformed",
    "_ws.expert.message",
)
MESSAGE_NAMES: Final = {"5": "PBU", "6": "PBA"}
TUNNELLED: Final = "41"


@dataclass(slots=True)
class WireReport:
    """What tshark read: signalling in order, tunnelled packets counted, faults in words."""

    signalling: list[str] = field(default_factory=list)
    tunnelled: Counter[tuple[IPv6Address, IPv6Address]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Capture:
    """tcpdump on the core interface of one host."""

    def __init__(self, namespace: Namespace, interface: str, path: Path) -> None:
        self._namespace = namespace
        self._interface = interface
        self.path = path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Record from now on; returns when tcpdump listens."""
        log = self.path.with_suffix(".log")
        self._process = self._namespace.start(
            *("tcpdump", "--interface", self._interface, "--immediate-mode", "-Z", "root"),
            *("-U", "-w", str(self.path), "ip6"),
            log=log,
        )
        while "listening on" not in log.read_text():
            if self._process.poll() is not None:
                raise RuntimeError(f"tcpdump does not start: {log.read_text().strip()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Record no more."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=10)
            self._process = None


def read_capture(path: Path, *, inside: tuple[str, ...]) -> WireReport:
    """Read a capture of the core; no address that starts like ``inside`` may stand outermost.

    A fault is a packet that tshark calls malformed, one with a routing header, or one of a mobile
    node that is not encapsulated.
    """
    report = WireReport()
    chosen = [argument for name in FIELDS for argument in ("-e", name)]
    listing = run(
        *("tshark", "-n", "-r", str(path), "-Y", "mipv6 || ipv6.nxt == 41 || ipv6.routing.type"),
        *("-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-E", "aggregator= "),
        *chosen,
        timeout_s=120,
    )
    for line in listing.splitlines():
        _read_packet(dict(zip(FIELDS, line.split("|"), strict=False)), report)
    leaks = run(
        *("tshark", "-n", "-r", str(path), "-Y", "ipv6 && !(ipv6.nxt == 41)"),
        *("-T", "fields", "-E", "separator=|", "-e", "ipv6.src", "-e", "ipv6.dst"),
        timeout_s=120,
    )
    report.faults += [
        f"not encapsulated: {line}"
        for line in leaks.splitlines()
        if any(address.startswith(inside) for address in line.split("|"))
    ]
    return report


def _read_packet(packet: dict[str, str], report: WireReport) -> None:
    source, destination = packet["ipv6.src"].split()[0], packet["ipv6.dst"].split()[0]
    if packet["ipv6.routing.type"]:
        report.faults.append(f"routing header from {source} to {destination}")
    if packet["_ws.malformed"]:
        report.faults.append(f"malformed packet from {source}: {packet['_ws.expert.message']}")
    if packet["ipv6.nxt"].split()[0] == TUNNELLED:
        report.tunnelled[(IPv6Address(source), IPv6Address(destination))] += 1
    elif packet["mip6.mhtype"]:
        report.signalling.append(_signalling_words(packet, source, destination))


def _signalling_words(packet: dict[str, str], source: str, destination: str) -> str:
    name = MESSAGE_NAMES.get(packet["mip6.mhtype"], f"type {packet['mip6.mhtype']}")
    detail = ""
    if packet["mip6.bu.lifetime"]:
        detail = f" lifetime {int(packet['mip6.bu.lifetime'], 0) * 4} s"
    if packet["mip6.ba.status"]:
        detail = f" status {packet['mip6.ba.status']}"
    return f"{name} {source} → {destination}{detail}  prefixes {packet['mip6.nemo.mnp.mnp']}"


def dhcpv6_exchange_ms(path: Path) -> str:
    """Return the time from the first Solicit to the first Reply in a capture, in words."""
    listing = run(
        *("tshark", "-n", "-r", str(path), "-Y", "dhcpv6", "-T", "fields"),
        *("-E", "separator=|", "-e", "dhcpv6.msgtype", "-e", "frame.time_epoch"),
        timeout_s=60,
    )
    first: dict[str, float] = {}
    for line in listing.splitlines():
        kind, moment = line.split("|")
        first.setdefault(kind, float(moment))
    if not {"1", "7"} <= first.keys():
        return "not seen"
    return f"{(first['7'] - first['1']) * 1000:.0f} ms"
