"""The way in with each client, as most of its users go; the servers differ by their port only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Protocol

from ncclient import manager
from pyNetX import NetconfClient
from scrapli_netconf.driver import NetconfDriver

from tests.clients.served import HOST, PASSWORD, USER, Client


class Listening(Protocol):
    """A server that listens on loopback."""

    @property
    def port(self) -> int: ...


def ncclient_session(server: Listening, **options: object) -> Client:
    """Connect with ncclient; a context manager."""
    defaults: dict[str, object] = {
        "host": HOST,
        "port": server.port,
        "username": USER,
        "password": PASSWORD,
        "hostkey_verify": False,
        "look_for_keys": False,
        "allow_agent": False,
    }
    return manager.connect(**{**defaults, **options})


def console_command(server: Listening, *arguments: str) -> list[str]:
    """Write a command line of netconf-console2."""
    program = Path(sys.executable).with_name("netconf-console2")
    way_in = (f"--host={HOST}", f"--port={server.port}", f"--user={USER}", f"--password={PASSWORD}")
    return [str(program), *way_in, *arguments]


def run_console(server: Listening, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run netconf-console2 to its end."""
    command = console_command(server, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def ask_console(server: Listening, *arguments: str) -> str:
    """Run netconf-console2, which must succeed, and return what it prints."""
    finished = run_console(server, *arguments)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return finished.stdout


def pynetx_client(server: Listening, password: str = PASSWORD) -> NetconfClient:
    """Make a client of pyNetX, to be connected."""
    return NetconfClient(HOST, port=server.port, username=USER, password=password, read_timeout=30)


def scrapli_driver(server: Listening, password: str = PASSWORD) -> NetconfDriver:
    """Make a driver of scrapli-netconf, to be opened."""
    return NetconfDriver(
        host=HOST,
        port=server.port,
        auth_username=USER,
        auth_password=password,
        auth_strict_key=False,
        transport="paramiko",
    )
