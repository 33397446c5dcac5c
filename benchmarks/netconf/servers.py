"""The servers under test: each starts with a number of entries, and says what it costs."""

from __future__ import annotations

import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.netconf.client import Client
from benchmarks.netconf.data import BASE, USER, YANG_DIRECTORY, access_rules, configuration

_NETCONFD_PORT = "18300"

#: netconfd never answers a request that comes together with the client's hello.
_HELLO_PAUSE_S = 0.5


class Server(ABC):
    """A server process with a configuration."""

    process: subprocess.Popen[str]

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @abstractmethod
    def start(self, entries: int) -> float:
        """Start with so many entries; return how long it took, in ms."""

    @abstractmethod
    def connect(self) -> Client:
        """Open a session."""

    @property
    def memory_mib(self) -> float:
        """The resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait()


class Ours(Server):
    """netconf_server, over SSH."""

    def start(self, entries: int) -> float:
        """Start with the entries as startup."""
        config = access_rules() + configuration(range(entries))
        startup = f'<config xmlns="{BASE}">{config}</config>\n'
        (self.directory / "startup.xml").write_text(startup)
        _make_key(self.directory / "id")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.netconf.served", str(self.directory), str(entries)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._port, self.echo_port = self.process.stdout.readline().split()
        return (time.perf_counter() - began) * 1000

    def connect(self, user: str = USER) -> Client:
        """Open a session with OpenSSH; access control binds this user."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        command = ["ssh", "-s", "-p", self._port, "-i", str(self.directory / "id")]
        command += [word for option in options for word in ("-o", option)]
        return Client([*command, f"{user}@127.0.0.1", "netconf"], {})


class Netconfd(Server):
    """netconfd of yuma123; without SSH, which it leaves to sshd."""

    def start(self, entries: int) -> float:
        """Start with the entries as startup configuration."""
        config = f'<config xmlns="{BASE}">{configuration(range(entries))}</config>\n'
        startup = self.directory / "startup-cfg.xml"
        startup.write_text(config)
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [
                "netconfd",
                "--module=subscribers",
                f"--modpath={YANG_DIRECTORY}:/usr/share/yuma/modules",
                f"--startup={startup}",
                "--target=candidate",
                "--superuser=root",
                f"--port={_NETCONFD_PORT}",
                "--log-level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with self._first_session():
            return (time.perf_counter() - began) * 1000

    def _first_session(self) -> Client:
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.connect()
            except ConnectionError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def connect(self) -> Client:
        """Open a session through its own subsystem program."""
        connection = f"127.0.0.1 1024 127.0.0.1 {_NETCONFD_PORT}"
        environment = {"SSH_CONNECTION": connection, "USER": "root", "LOGNAME": "root"}
        client = Client(["netconf-subsystem"], environment)
        time.sleep(_HELLO_PAUSE_S)
        return client


@contextmanager
def running(kind: type[Server], entries: int) -> Iterator[tuple[Server, float]]:
    """Run a server; yields it and the time that its start took."""
    with TemporaryDirectory() as directory:
        server = kind(Path(directory))
        took_ms = server.start(entries)
        try:
            yield server, took_ms
        finally:
            server.stop()


def _make_key(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)
