"""The three daemons: started, killed, stopped; each in its own namespace with its own files."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from nf.cli.client import Client, Target
from nf.cli.demo.namespaces import Namespace, entered
from nf.cli.demo.topology import MANAGEMENT, Topology

USER: Final = "admin"
PASSWORD: Final = "demo-only"
PORT: Final = 830
START_LIMIT_S: Final = 20.0


class DaemonFailed(Exception):  # noqa: N818 - what happened, not what is wrong
    """A daemon does not run; says where its log is."""


class Daemon:
    """One ``pmip6 run`` in a namespace."""

    def __init__(self, name: str, topology: Topology, directory: Path) -> None:
        self.name = name
        self.directory = directory / name
        self.log = directory / f"{name}.log"
        self._namespace = topology[name]
        self._operator = topology["operator"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def target(self) -> Target:
        """Where its NETCONF server is, as seen from the operator's host."""
        return Target(host=MANAGEMENT[self.name], port=PORT, user=USER, password=PASSWORD)

    def start(self) -> None:
        """Start the daemon; returns at once."""
        self.directory.mkdir(parents=True, exist_ok=True)
        users = self.directory / "users.toml"
        users.touch(mode=0o600)
        users.write_text(f'[users.{USER}]\npassword = "{PASSWORD}"\n')
        self._process = self._namespace.start(
            *(sys.executable, "-m", "nf", "run", "--listen", MANAGEMENT[self.name]),
            *("--port", str(PORT), "--users", str(users)),
            *("--data-directory", str(self.directory / "data")),
            *("--record", str(self.directory / "recording")),
            log=self.log,
        )

    def wait_until_it_listens(self) -> None:
        """Return when the NETCONF port accepts connections; raises DaemonFailed."""
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise DaemonFailed(f"{self.name} ended at once; see {self.log}")
            if self._accepts_connections():
                return
            time.sleep(0.05)
        raise DaemonFailed(f"{self.name} does not listen; see {self.log}")

    def kill(self) -> None:
        """End the daemon as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the daemon as an operator does; raises DaemonFailed if it does not end well."""
        status = self._end(signal.SIGTERM)
        if status not in (None, 0):
            raise DaemonFailed(f"{self.name} ended with status {status}; see {self.log}")

    def connect(self) -> Client:
        """Open a NETCONF session from the operator's host."""
        return InNamespaceClient(self.target, self._operator)

    def _end(self, number: signal.Signals) -> int | None:
        if self._process is None:
            return None
        self._process.send_signal(number)
        status = self._process.wait(timeout=15)
        self._process = None
        return status

    def _accepts_connections(self) -> bool:
        with entered(self._operator), socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((self.target.host, PORT)) == 0


class InNamespaceClient(Client):
    """A client whose connection starts in a namespace."""

    def __init__(self, target: Target, namespace: Namespace) -> None:
        super().__init__(target)
        self._namespace = namespace

    def __enter__(self) -> InNamespaceClient:
        with entered(self._namespace):
            super().__enter__()
        return self
