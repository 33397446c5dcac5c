"""The mobile router: plain IPv6, an unmodified dhcpcd and radvd, and no idea that it moves."""

from __future__ import annotations

import signal
import subprocess
from ipaddress import IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path
from typing import Final

from nf.cli.demo.namespaces import Namespace

DHCPCD_CONFIGURATION: Final = """\
# Prefix delegation on the way out, the prefix numbers the network inside.
nodev
allowinterfaces wan0 lan0
duid
ipv6only
noipv6rs
nohook resolv.conf, hostname, timesyncd, yp
interface wan0
    ipv6rs
    ia_pd 1 lan0/0/64
"""

RADVD_CONFIGURATION: Final = """\
interface lan0 {
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 10;
    prefix ::/64 { };
};
"""


class MobileRouter:
    """The programs of the router, in the namespace of the router."""

    def __init__(self, namespace: Namespace, directory: Path) -> None:
        self._namespace = namespace
        self._directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start dhcpcd and radvd, with files of their own so that the host's stay as they are."""
        self._directory.mkdir(parents=True, exist_ok=True)
        dhcpcd = self._directory / "dhcpcd.conf"
        dhcpcd.write_text(DHCPCD_CONFIGURATION)
        radvd = self._directory / "radvd.conf"
        radvd.write_text(RADVD_CONFIGURATION)
        self._start("dhcpcd", f"dhcpcd --nobackground --debug --config {dhcpcd}")
        self._start("radvd", f"radvd --nodaemon --config {radvd} --pidfile /run/radvd-demo.pid")

    def stop(self) -> None:
        """End both programs."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def addresses(self, interface: str) -> list[IPv6Interface]:
        """Return the router's usable global addresses on an interface."""
        return global_addresses(self._namespace, interface)

    def delegated_prefix(self, pool: IPv6Network) -> IPv6Network | None:
        """Return the /64 that the router took for its inside out of ``pool``, if it has one."""
        for address in self.addresses("lan0"):
            if address.network.subnet_of(pool):
                return address.network
        return None

    def _start(self, name: str, command: str) -> None:
        mounts = "for d in /var/lib/dhcpcd /run; do mkdir -p $d; mount -t tmpfs none $d; done"
        script = f"{mounts} && exec {command}"
        process = self._namespace.start(
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", script),
            log=self._directory / f"{name}.log",
        )
        self._processes.append(process)


def global_addresses(namespace: Namespace, interface: str) -> list[IPv6Interface]:
    """Return the global addresses of an interface that have passed duplicate detection."""
    listing = namespace.ip("-6", "-oneline", "address", "show", "dev", interface, "scope", "global")
    lines = (line.split() for line in listing.splitlines() if "tentative" not in line)
    return [IPv6Interface(fields[3]) for fields in lines]


def first_address_in(namespace: Namespace, interface: str, pool: IPv6Network) -> IPv6Address | None:
    """Return an address of the interface that lies in ``pool``, if there is one."""
    for address in global_addresses(namespace, interface):
        if address.ip in pool:
            return address.ip
    return None
