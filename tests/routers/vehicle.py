"""A vehicle: a host with a requesting router on it, whose radio is moved from cell to cell."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

from nf.cli.demo.domain import wait_for
from nf.cli.demo.namespaces import Namespace, connect_namespaces
from nf.cli.demo.router import first_address_in
from nf.cli.demo.topology import CORRESPONDENT_ADDRESS, HOME_POOL, MOBILE_POOL
from tests.routers.clients import RequestingRouter

#: Gives the host a /run of its own, and others that can be written to without a trace; /sys cannot,
#: as in a container: so nobody waits for a udev to say that the interfaces are ready.
_OWN_FILES: Final = """\
mount -t tmpfs none /run
mount -t sysfs -o ro none /sys
for tree in etc var/lib var/log; do
    mkdir -p /run/files/$tree/upper /run/files/$tree/work
    mount -t overlay -o \
        lowerdir=/$tree,upperdir=/run/files/$tree/upper,workdir=/run/files/$tree/work \
        overlay /$tree
done
echo ready
exec sleep infinity
"""


class Vehicle:
    """One client in a network namespace and a mount namespace of its own."""

    def __init__(self, label: str, air: Namespace, number: int, client: RequestingRouter) -> None:
        self.client = client
        self.link_layer_address = f"02:00:00:00:01:{number:02x}"
        self.identifier = f"{client.name}@operator.example"
        self._host = Namespace(f"{label}-v{number}")
        self._air = air
        self._radio = f"radio-{number}"
        self._files: subprocess.Popen[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def build(self) -> None:
        """Make the host and its files, its radio in no cell yet."""
        self._host.create()
        connect_namespaces(self._air, self._radio, self._host, "wan0")
        self._air.ip("link", "set", self._radio, "down")
        self._host.ip("link", "set", "wan0", "down")
        self._host.ip("link", "set", "wan0", "address", self.link_layer_address)
        self._host.ip("link", "set", "wan0", "up")
        self._host.ip("link", "add", "lan0", "type", "bridge")
        self._host.ip("link", "set", "lan0", "up")
        self._host.sysctl(net__ipv6__conf__all__forwarding="1")
        accept = "0" if self.client.reads_advertisements else "2"
        self._host.sysctl(net__ipv6__conf__wan0__accept_ra=accept)
        self._make_files()

    def remove(self) -> None:
        """Take the host away with everything that runs on it."""
        self._host.delete()
        for process in (self._files, self._process):
            if process is not None:
                process.wait()

    def start(self, logs: Path) -> None:
        """Start the client; what it says goes to a file of its name."""
        wait_for("a link-local address", lambda: self._is_ready)
        with (logs / f"{self.client.name}.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*self._inside, "sh", "-c", self.client.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def crash(self) -> None:
        """End the client and its helpers without a word."""
        self._end(lambda process: os.killpg(process.pid, signal.SIGKILL))

    def freeze(self) -> None:
        """Have the client say nothing, and hear nothing, until it thaws."""
        assert self._process is not None, "has been started"
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the client go on."""
        assert self._process is not None, "has been started"
        os.killpg(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End the client as its user does."""
        self._end(lambda process: process.terminate())

    def _end(self, end: Callable[[subprocess.Popen[bytes]], None]) -> None:
        assert self._process is not None, "has been started"
        end(self._process)
        self._process.wait(timeout=15)
        self._process = None

    def lose_addresses(self) -> None:
        """Forget the numbers inside, as a reboot does."""
        self._host.ip("-6", "address", "flush", "dev", "lan0", "scope", "global")

    def move(self, mag: str | None, *, keeps_carrier: bool = False) -> None:
        """Put the radio into a cell, or take it out of all."""
        if not keeps_carrier:
            self._air.ip("link", "set", self._radio, "down")
        if mag is None:
            self._air.ip("link", "set", self._radio, "nomaster")
            return
        self._air.ip("link", "set", self._radio, "master", f"cell-{mag}")
        self._air.ip("link", "set", self._radio, "up")

    @property
    def inside_address(self) -> IPv6Address | None:
        """The router's address in the mobile network, once it has one."""
        return first_address_in(self._host, "lan0", MOBILE_POOL)

    @property
    def mobile_network(self) -> IPv6Network | None:
        """The /56 that the inside is numbered from."""
        address = self.inside_address
        return None if address is None else IPv6Network((address, 56), strict=False)

    @property
    def home_address(self) -> IPv6Address | None:
        """The router's address in its home network prefix, once it has one."""
        return first_address_in(self._host, "wan0", HOME_POOL)

    def reaches_correspondent(self) -> bool:
        """Tell whether one ping from inside the mobile network comes back."""
        source = self.inside_address
        if source is None:
            return False
        options = ("-6", "-c", "1", "-W", "1", "-I", str(source), str(CORRESPONDENT_ADDRESS))
        command = [*self._host.prefix, "ping", *options]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    @property
    def _is_ready(self) -> bool:
        """Tell whether the radio has a link-local address that may be used."""
        shown = self._host.ip("-6", "address", "show", "dev", "wan0", "scope", "link")
        return "inet6" in shown and "tentative" not in shown

    @property
    def _inside(self) -> tuple[str, ...]:
        assert self._files is not None, "has been built"
        return ("nsenter", "--target", str(self._files.pid), "--mount", "--net")

    def _make_files(self) -> None:
        command = ("unshare", "--mount", "--propagation", "private", "sh", "-ec", _OWN_FILES)
        self._files = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self._host.name}", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._files.stdout is not None, "is a pipe"
        assert self._files.stdout.readline() == "ready\n", "the files are in place"
        for directory in self.client.directories:
            subprocess.run([*self._inside, "mkdir", "-p", directory], check=True)
        for path, content in self.client.files.items():
            writing = [*self._inside, "sh", "-c", f"cat >{path} && chmod 755 {path}"]
            subprocess.run(writing, input=content, text=True, check=True)
