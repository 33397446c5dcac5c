"""What keeps a command from its work is told in one line, with exit status 1 and no traceback."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nf.cli.demo.namespaces import Namespace, entered


@pytest.fixture(scope="module", autouse=True)
def network() -> Iterator[None]:
    """Run in a network namespace of no other use: a daemon elsewhere is not in the way."""
    namespace = Namespace(f"pm6f{os.getpid()}")
    namespace.create()
    try:
        with entered(namespace):
            yield
    finally:
        namespace.delete()


@contextlib.contextmanager
def server_that_hangs_up() -> Iterator[int]:
    """Accept one connection and close it at once; yields the port."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:

        def hang_up() -> None:
            listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def fault_of(*arguments: str) -> str:
    """Run the command, which must fail, and return the one line that it says."""
    command = [sys.executable, "-m", "nf", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.toml"
    path.touch(mode=0o600)
    path.write_text('[users.admin]\npassword = "secret"\n')
    return path


class TestShow:
    def test_where_nobody_listens(self) -> None:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
            port = str(taken.getsockname()[1])
        assert "Could not open socket" in fault_of("show", "--port", port)

    def test_where_somebody_else_listens(self, tmp_path: Path) -> None:
        password = tmp_path / "password"
        password.write_text("secret")
        with server_that_hangs_up() as port:
            said = fault_of("show", "--port", str(port), "--password-file", str(password))
        assert said.startswith("pmip6: no session with admin@::1")

    def test_with_a_password_file_that_is_none(self, tmp_path: Path) -> None:
        password = tmp_path / "password"
        password.write_bytes(b"\xff\xfe")
        assert "no password" in fault_of("show", "--password-file", str(password))

    def test_of_a_table_that_there_is_not(self) -> None:
        assert "there is no table 'bindigns'" in fault_of("show", "bindigns")


class TestRun:
    def test_without_users(self, tmp_path: Path) -> None:
        assert "none.toml" in self._fault(tmp_path, tmp_path / "none.toml")

    def test_with_a_users_file_that_others_may_read(self, tmp_path: Path, users: Path) -> None:
        users.chmod(0o644)
        assert "must be 0600" in self._fault(tmp_path, users)

    def test_with_a_damaged_store(self, tmp_path: Path, users: Path) -> None:
        (tmp_path / "bindings.sqlite").write_text("this is no database, and long enough to tell")
        assert "not a database" in self._fault(tmp_path, users)

    def test_with_a_damaged_configuration(self, tmp_path: Path, users: Path) -> None:
        (tmp_path / "netconf").mkdir()
        (tmp_path / "netconf" / "running.xml").write_text("<data")
        assert "running.xml: damaged" in self._fault(tmp_path, users)

    def test_on_a_port_in_use(self, tmp_path: Path, users: Path) -> None:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
            said = self._fault(tmp_path, users, taken.getsockname()[1])
        assert "address already in use" in said

    @staticmethod
    def _fault(directory: Path, users: Path, port: int = 0) -> str:
        options = ["--data-directory", str(directory), "--users", str(users)]
        return fault_of("run", *options, "--listen", "::1", "--port", str(port))
