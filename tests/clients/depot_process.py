"""The depot's server as a program of its own: ``python -m tests.clients.depot_process DIRECTORY``.

Prints the port once it listens and ends at the end of its input, so it never outlives a test run.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from netconf_server.schema.schema import Schema
from netconf_server.server import NetconfServer
from netconf_server.users.users import load_users
from tests.clients.served import USER
from tests.netconf.protocol.depot import YANG_DIRECTORY, DepotProvider
from tests.netconf.protocol.running import settings_in


async def serve(directory: Path) -> None:
    """Serve until nobody holds our input open any more."""
    schema = Schema([YANG_DIRECTORY], {"example-depot": (), "example-legacy": ("notes",)})
    users = load_users(directory / "users.toml")
    settings = settings_in(directory, *users, recovery_users=frozenset({USER}))
    server = NetconfServer(schema, DepotProvider(), settings)
    await server.start()
    print(server.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
