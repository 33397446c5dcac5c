"""The server's own parts, with their configuration and state, beside the managed thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias, runtime_checkable

from netconf_server.provider import (
    Change,
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


class ServerPart(Protocol):
    """One top-level container that the server itself manages, as a provider would."""

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Return every reason to refuse the changes inside the container."""

    def apply(self, changes: ChangeSet) -> None:
        """Take the changes over; also called at start, with all of it as created."""

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        """Yield the state inside the container."""


@runtime_checkable
class Invokable(Protocol):
    """What a part has besides if there are actions in its container."""

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Carry out an action; raises InvocationError (see ``provider.Provider.invoke``)."""


class ReadOnlyPart:
    """A part of the server that has state and nothing else."""

    def __init__(self, source: StateSource) -> None:
        self._source = source

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Accept: there is nothing to configure."""
        return ()

    def apply(self, changes: ChangeSet) -> None:
        """Do nothing: there is nothing to configure."""

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield the container."""
        yield StateFragment(data=self._source())


class CompositeProvider:
    """Asks the parts of the server for their own containers, the real provider for all others."""

    def __init__(self, provider: Provider, parts: Mapping[DataPath, ServerPart]) -> None:
        """Take the parts by the path of the top-level container that each has for itself."""
        self._provider = provider
        self._parts = parts

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield the state of whoever owns the selected paths; of all where nothing is selected."""
        for root, part in self._parts.items():
            mine = tuple(path for path in selection.paths if _top_of(path) == root)
            if mine or not selection.paths:
                yield from part.read_state(StateSelection(paths=mine))
        others = tuple(path for path in selection.paths if _top_of(path) not in self._parts)
        if others or not selection.paths:
            yield from self._provider.read_state(StateSelection(paths=others))

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Gather the reasons of all that the change touches."""
        return [error for owner, share in self._shares(changes) for error in owner.validate(share)]

    def apply(self, changes: ChangeSet) -> None:
        """Hand each its share of the change; the fault of one keeps it from none of the others."""
        faults: list[Exception] = []
        for owner, share in self._shares(changes):
            try:
                owner.apply(share)
            except Exception as fault:
                faults.append(fault)
        if faults:
            raise faults[0]

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Hand the rpc or action to whoever owns it."""
        part = self._parts.get(_top_of(path))
        owner = part if isinstance(part, Invokable) else self._provider
        return owner.invoke(path, data)

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        """Hand the subscription to the provider."""
        self._provider.subscribe(sink)

    def _shares(self, changes: ChangeSet) -> Iterator[tuple[ServerPart | Provider, ChangeSet]]:
        """Divide a change; the provider gets what is left, and is asked even about nothing."""
        shares: dict[DataPath, list[Change]] = {}
        rest: list[Change] = []
        for change in changes.changes:
            top = _top_of(change.path)
            (shares.setdefault(top, []) if top in self._parts else rest).append(change)
        for top, mine in shares.items():
            yield self._parts[top], replace(changes, changes=tuple(mine))
        yield self._provider, replace(changes, changes=tuple(rest))


def _top_of(path: DataPath) -> DataPath:
    return "/" + path.removeprefix("/").partition("/")[0].partition("[")[0]
