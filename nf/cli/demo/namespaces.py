"""Network namespaces and the processes in them; everything made here can be taken away again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyroute2 import netns

NETNS_DIRECTORY = Path("/run/netns")


class CommandFailed(Exception):  # noqa: N818 - what happened, not what is wrong
    """A command that had to succeed did not."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{' '.join(command)}: {output.strip()}")


def run(*command: str, timeout_s: float = 30) -> str:
    """Run a command to its end and return its standard output; raises CommandFailed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    if done.returncode != 0:
        raise CommandFailed(command, done.stderr or done.stdout)
    return done.stdout


class Namespace:
    """One network namespace, a host of the demonstration."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands before a command to run it in here."""
        return ("ip", "netns", "exec", self.name)

    @property
    def exists(self) -> bool:
        """True while the namespace is there."""
        return (NETNS_DIRECTORY / self.name).exists()

    def create(self) -> None:
        """Make the namespace, with its loopback up."""
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments: str) -> str:
        """Run ``ip`` in here."""
        return run("ip", "-n", self.name, *arguments)

    def sysctl(self, **settings: str) -> None:
        """Set kernel variables in here; dots are written as two underscores."""
        for key, value in settings.items():
            run(*self.prefix, "sysctl", "-qw", f"{key.replace('__', '.')}={value}")

    def run(self, *command: str, timeout_s: float = 30) -> str:
        """Run a command in here to its end."""
        return run(*self.prefix, *command, timeout_s=timeout_s)

    def start(self, *command: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a process in here, in a session of its own, that writes to ``log``."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [*self.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def delete(self) -> None:
        """End every process in here and remove the namespace; no harm if there is none."""
        if not self.exists:
            return
        with contextlib.suppress(CommandFailed):
            pids = run("ip", "netns", "pids", self.name).split()
            for pid in pids:
                if int(pid) != os.getpid():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "delete", self.name)


@contextlib.contextmanager
def entered(namespace: Namespace) -> Iterator[None]:
    """Put the calling thread into a namespace for a while; sockets opened meanwhile stay in it."""
    netns.pushns(namespace.name)
    try:
        yield
    finally:
        netns.popns()


def connect_namespaces(
    left: Namespace, left_name: str, right: Namespace, right_name: str, mtu: int = 1500
) -> None:
    """Join two namespaces by a virtual Ethernet cable and bring both ends up."""
    run(
        *("ip", "-n", left.name, "link", "add", left_name, "mtu", str(mtu), "type", "veth"),
        *("peer", "name", right_name, "mtu", str(mtu), "netns", right.name),
    )
    left.ip("link", "set", left_name, "up")
    right.ip("link", "set", right_name, "up")
