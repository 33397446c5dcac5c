"""The standalone server as a process, started and ended by a test."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

from netconf_client.connect import connect_ssh  # type: ignore[import-untyped]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

YANG_DIRECTORY: Final = Path(__file__).parents[1] / "yang"
USER: Final = "admin"
PASSWORD: Final = "correct horse"

#: netconf-client has no types of its own.
Client: TypeAlias = Any

_LISTENING: Final = re.compile(
    r"NETCONF over SSH on (?P<host>\S+) port (?P<port>\d+), host key (?P<key>SHA256:\S+)\n"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it had said."""

    status: int
    output: str
    errors: str


def run(*arguments: str | Path) -> Ended:
    """Run the server with arguments that end it at once."""
    ended = subprocess.run(
        [sys.executable, "-m", "netconf_server", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


class Standalone:
    """Starts the server on a free port on entry; kills it on exit unless it has ended."""

    def __init__(self, directory: Path, *arguments: str | Path) -> None:
        self._password_file = directory / "password"
        self._password_file.write_text(f"{PASSWORD}\n")
        self._arguments = arguments
        self._process: subprocess.Popen[str]
        self.port = 0
        self.fingerprint = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "netconf_server", "--port", "0"),
                *("--user", USER, "--password-file", self._password_file),
                *self._arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        listening = _LISTENING.fullmatch(self._process.stdout.readline())
        assert listening is not None, self.end(signal.SIGKILL).errors
        self.port = int(listening["port"])
        self.fingerprint = listening["key"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.end(signal.SIGKILL)

    def end(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """End the process by a signal; tells what it said after its first line."""
        self._process.send_signal(number)
        output, errors = self._process.communicate(timeout=20)
        return Ended(self._process.returncode, output, errors)

    def connect(self) -> Client:
        """Open a session as the user by the password; a context manager."""
        return Manager(connect_ssh("127.0.0.1", self.port, USER, PASSWORD), timeout=30)
