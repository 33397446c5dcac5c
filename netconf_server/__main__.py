"""``python -m netconf_server``: serves any YANG modules; what is configured is only stored."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from netconf_server.arguments import Arguments, read_arguments
from netconf_server.schema.schema import Schema, SchemaError
from netconf_server.server import NetconfServer
from netconf_server.settings import ServerSettings, SettingsError
from netconf_server.settings_file import with_file
from netconf_server.storage.persistence import StoredConfigurationError
from netconf_server.storing_provider import StoringProvider
from netconf_server.transport.ssh_keys import SshKeyError
from netconf_server.transport.tls_context import TlsFilesError
from netconf_server.users.users import User

#: What keeps the server from running, in words that whoever starts it understands.
_FAULTS: Final = (
    SchemaError,
    SettingsError,
    SshKeyError,
    StoredConfigurationError,
    TlsFilesError,
    OSError,
)

_HOST_KEY: Final = "ssh_host_ed25519_key"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status, 2 if that is not possible."""
    wanted = read_arguments(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    try:
        with _data_directory(wanted.data_directory) as directory:
            asyncio.run(_serve(wanted, directory))
    except _FAULTS as fault:
        print(f"netconf_server: {_reason(fault)}", file=sys.stderr)
        return 2
    return 0


def _reason(fault: Exception) -> str:
    if isinstance(fault, OSError) and fault.filename:
        return f"{fault.filename}: {fault.strerror}"
    return str(fault.strerror if isinstance(fault, OSError) else fault)


@contextmanager
def _data_directory(chosen: Path | None) -> Iterator[Path]:
    """Give the chosen folder, or one that is gone afterwards."""
    if chosen is None:
        with tempfile.TemporaryDirectory(prefix="netconf_server-") as name:
            yield Path(name)
        return
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _claimed(chosen):
        yield chosen


@contextmanager
def _claimed(directory: Path) -> Iterator[None]:
    """Keep other servers out of a folder; the kernel lets them in with the end of this one."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as fault:
        raise OSError(errno.EBUSY, f"{directory} is used by another server") from fault
    finally:
        os.close(descriptor)


async def _serve(wanted: Arguments, directory: Path) -> None:
    is_told_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, is_told_to_end.set)
    schema = Schema(
        wanted.yang_directories, wanted.modules, is_running_writable=wanted.is_running_writable
    )
    server = NetconfServer(schema, StoringProvider(), _settings(wanted, directory))
    try:
        await server.start()
        where = f"{wanted.host or '*'} port {server.port}"
        print(f"NETCONF over SSH on {where}, host key {server.endpoints.fingerprint}", flush=True)
        await is_told_to_end.wait()
    finally:
        await server.stop()


def _settings(wanted: Arguments, directory: Path) -> ServerSettings:
    user = User(name=wanted.user, password=wanted.password, authorized_keys=wanted.authorized_keys)
    settings = ServerSettings(
        host=wanted.host,
        port=wanted.port,
        data_directory=directory,
        users=(user,),
        recovery_users=frozenset({user.name}),
        host_key=wanted.host_key or directory / _HOST_KEY,
        writable_running=wanted.is_running_writable,
        factory_default=wanted.factory_default,
    )
    return with_file(settings, wanted.settings_file) if wanted.settings_file else settings


if __name__ == "__main__":
    sys.exit(main())
