"""A bus depot: a real schema and a small provider behind a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from netconf_server.provider import (
    ChangeSet,
    InvocationError,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.schema.schema import Schema
from netconf_server.server import NetconfServer
from netconf_server.users.users import User
from tests.netconf.protocol.running import Running, settings_in

NAMESPACE = "urn:example:depot"
YANG_DIRECTORY = Path(__file__).with_name("yang")


class DepotProvider:
    """Takes every configuration but one; its gates are always open."""

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        if changes.after.read("/example-depot:depot/name") == "closed":
            return [
                ProviderError(path="/example-depot:depot/name", message="a depot is never closed")
            ]
        return []

    def apply(self, changes: ChangeSet) -> None: ...

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        yield StateFragment(data={"example-depot:depot": {"status": {"gates": "open"}}})

    def invoke(self, path: str, data: dict[str, Json]) -> dict[str, Json]:
        if path == "/example-depot:open-gates":
            return {"opened": data.get("how-many", 1)}
        if path == "/example-depot:sweep":
            return {}
        if data.get("bay") == 13:
            raise InvocationError(ProviderError(path=path, message="there is no bay 13"))
        return {"slot": f"bay {data['bay']}"}

    def subscribe(self, sink: Callable[[Notification], None]) -> None: ...


def depot_server(directory: Path, *users: User) -> Running:
    """Serve the depot on loopback, with its files in the directory."""
    schema = Schema([YANG_DIRECTORY], {"example-depot": (), "example-legacy": ("notes",)})
    settings = settings_in(directory, *users)
    return Running(lambda: NetconfServer(schema, DepotProvider(), settings))
