"""The server's own operational state merged with that of the managed thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from netconf_server.provider import (
    ChangeSet,
    DataPath,
    Json,
    Notification,
    Provider,
    ProviderError,
    StateFragment,
    StateSelection,
)

#: Builds the instance data of one top-level container.
StateSource: TypeAlias = Callable[[], dict[str, Json]]


class CompositeProvider:
    """Answers for the server's own containers, hands everything else to the real provider."""

    def __init__(self, provider: Provider, sources: Mapping[DataPath, StateSource]) -> None:
        """Take what builds each top-level container of the server, by its path."""
        self._provider = provider
        self._sources = sources

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield the state of whoever owns the selected paths; of both where nothing is selected."""
        own = {self._owner_of(path) for path in selection.paths}
        for root, source in self._sources.items():
            if not selection.paths or root in own:
                yield StateFragment(data=source())
        others = tuple(path for path in selection.paths if self._owner_of(path) is None)
        if others or not selection.paths:
            yield from self._provider.read_state(StateSelection(paths=others))

    def _owner_of(self, path: DataPath) -> DataPath | None:
        """Return the own container that the path is in, None if it is the provider's."""
        top = "/" + path.removeprefix("/").partition("/")[0]
        return top if top in self._sources else None

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Let the provider decide: the server has no configuration of its own."""
        return self._provider.validate(changes)

    def apply(self, changes: ChangeSet) -> None:
        """Hand the change to the provider."""
        self._provider.apply(changes)

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Hand the rpc or action to the provider."""
        return self._provider.invoke(path, data)

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        """Hand the subscription to the provider."""
        self._provider.subscribe(sink)
