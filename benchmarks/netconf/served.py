"""Our own server as a process of its own: ``python -m … .served DIRECTORY BINDINGS``."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from benchmarks.netconf.data import MODULE, RECOVERY_USER, USER, YANG_DIRECTORY, binding
from netconf_server.provider import (
    ChangeSet,
    DataPath,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.schema.schema import Schema
from netconf_server.server import NetconfServer
from netconf_server.settings import ServerSettings
from netconf_server.users.users import User

_PIECE: Final = 50


class Registrar:
    """A provider that manages nothing and has many bindings."""

    def __init__(self, bindings: int) -> None:
        self._bindings = bindings

    def validate(self, _changes: ChangeSet) -> Sequence[ProviderError]:
        """Accept."""
        return ()

    def apply(self, _changes: ChangeSet) -> None:
        """Do nothing."""

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield bindings in small pieces, as the network function does."""
        if any(path.startswith(f"/{MODULE}:bindings") for path in selection.paths):
            for start in range(0, self._bindings, _PIECE):
                numbers = range(start, min(start + _PIECE, self._bindings))
                entries: list[Json] = [binding(number) for number in numbers]
                yield StateFragment(data={f"{MODULE}:bindings": {"binding": entries}})

    def invoke(self, _path: DataPath, _data: dict[str, Json]) -> dict[str, Json]:
        """Answer with nothing."""
        return {}

    def subscribe(self, _sink: Callable[[Notification], None]) -> None:
        """Never notify."""


class Echo(asyncio.DatagramProtocol):
    """Answers packets, as signalling would be answered in the same event loop."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._socket = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Send it back."""
        self._socket.sendto(data, addr)


async def serve(directory: Path, bindings: int) -> None:
    """Serve from a directory with the key of its user; print the ports when listening."""
    key = (directory / "id.pub").read_text()
    settings = ServerSettings(
        host="127.0.0.1",
        port=0,
        data_directory=directory,
        users=tuple(User(name=name, authorized_keys=(key,)) for name in (USER, RECOVERY_USER)),
        recovery_users=frozenset({RECOVERY_USER}),
        host_key=directory / "ssh_host_ed25519_key",
    )
    schema = Schema([YANG_DIRECTORY], {MODULE: []})
    server = NetconfServer(schema, Registrar(bindings), settings)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await server.start()
    loop = asyncio.get_running_loop()
    socket, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    print(server.port, socket.get_extra_info("sockname")[1], flush=True)
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
