"""Our own server as a process of its own: ``python -m benchmarks.netconf.served DIRECTORY``."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.netconf.data import MODULE, YANG_DIRECTORY
from netconf_server.provider import (
    ChangeSet,
    DataPath,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.schema import Schema
from netconf_server.server import NetconfServer
from netconf_server.settings import ServerSettings
from netconf_server.users import User


class OnlyStored:
    """A provider that manages nothing."""

    def validate(self, _changes: ChangeSet) -> Sequence[ProviderError]:
        """Accept."""
        return ()

    def apply(self, _changes: ChangeSet) -> None:
        """Do nothing."""

    def read_state(self, _selection: StateSelection) -> Iterable[StateFragment]:
        """Have none."""
        return ()

    def invoke(self, _path: DataPath, _data: dict[str, Json]) -> dict[str, Json]:
        """Answer with nothing."""
        return {}

    def subscribe(self, _sink: Callable[[Notification], None]) -> None:
        """Never notify."""


async def serve(directory: Path) -> None:
    """Serve from a directory with the key of its user; print the port when listening."""
    key = (directory / "id.pub").read_text()
    settings = ServerSettings(
        host="127.0.0.1",
        port=0,
        data_directory=directory,
        users=(User(name="bench", authorized_keys=(key,)),),
        host_key=directory / "ssh_host_ed25519_key",
    )
    schema = Schema([YANG_DIRECTORY], {MODULE: []})
    server = NetconfServer(schema, OnlyStored(), settings)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await server.start()
    print(server.port, flush=True)
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
