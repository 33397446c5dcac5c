"""A server in a process of its own, and the way in that all clients share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import asyncssh
from netconf_client.connect import connect_ssh  # type: ignore[import-untyped]
from netconf_client.ncclient import Manager  # type: ignore[import-untyped]

HOST: Final = "127.0.0.1"
USER: Final = "admin"
GUEST: Final = "guest"
PASSWORD: Final = "correct horse"

#: The clients have no types of their own.
Client: TypeAlias = Any


class Served:
    """Starts the depot's server on entry, with its files in ``directory``; ends it on exit.

    ``USER`` may log in by ``PASSWORD`` or by the key in ``key_file``, and no access control binds
    it; ``GUEST`` may log in by ``PASSWORD``.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[str]
        self.key_file = directory / "client_key"
        self.log = directory / "server.log"
        self.port = 0

    def __enter__(self) -> Self:
        self._directory.mkdir(exist_ok=True)
        self._write_users()
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.clients.depot_process", str(self._directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the server did not start: {self.log.read_text()}"
        self.port = int(line)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=20)

    def _write_users(self) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(self.key_file)
        self.key_file.chmod(0o600)
        users = self._directory / "users.toml"
        users.touch(mode=0o600)
        line = key.export_public_key().decode().strip()
        users.write_text(
            f'[users.{USER}]\npassword = "{PASSWORD}"\nauthorized-keys = ["{line}"]\n'
            f'[users.{GUEST}]\npassword = "{PASSWORD}"\n'
        )


def connect(port: int) -> Client:
    """Open a session with netconf-client, which does not poll; a context manager."""
    return Manager(connect_ssh(HOST, port, USER, PASSWORD), timeout=30)
