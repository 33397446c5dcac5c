"""OpenSSH's ``ssh -s`` where a limit is met: what its user is told."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from netconf_server.settings import Limits
from netconf_server.users.users import User
from tests.netconf.protocol.fakes import Bench
from tests.netconf.protocol.running import ADMIN, Running, settings_in
from tests.netconf.transport.raw_ssh import HELLO_1_0, serve


@pytest.fixture
def user(tmp_path: Path) -> User:
    """Give the user a key, in the file ``id``."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "id").touch(mode=0o600)
    key.write_private_key(tmp_path / "id")
    return User(name=ADMIN.name, authorized_keys=(key.export_public_key().decode(),))


@contextlib.contextmanager
def ssh(running: Running, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``ssh -s`` with its input held open."""
    trust = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
    quiet = ("-F", "none", "-o", "BatchMode=yes", "-o", "LogLevel=INFO")
    where = ("-i", str(directory / "id"), "-p", str(running.port), f"{ADMIN.name}@127.0.0.1")
    process = subprocess.Popen(
        ["ssh", "-s", *trust, *quiet, *where, "netconf"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def greet(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(HELLO_1_0 + b"]]>]]>")
    process.stdin.flush()


@pytest.mark.parametrize(
    ("limits", "says_hello"),
    [(Limits(hello_timeout_s=1), False), (Limits(idle_timeout_s=1), True)],
)
def test_it_ends_when_the_server_has_waited_too_long(
    tmp_path: Path, user: User, limits: Limits, says_hello: bool
) -> None:
    settings = settings_in(tmp_path, user, limits=limits)
    with serve(Bench(), settings) as running, ssh(running, tmp_path) as process:
        if says_hello:
            greet(process)
        assert process.wait(timeout=30) == 0


def test_its_user_reads_why_there_is_no_further_session(tmp_path: Path, user: User) -> None:
    settings = settings_in(tmp_path, user, limits=Limits(max_sessions_per_user=1))
    with serve(Bench(), settings) as running, ssh(running, tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith(b"<?xml")
        with ssh(running, tmp_path) as second:
            _, errors = second.communicate(timeout=30)
    assert b"user admin has 1 sessions already" in errors
