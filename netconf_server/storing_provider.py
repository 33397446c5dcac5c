"""A managed thing that does nothing: what is configured is stored and that is all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from netconf_server.provider import (
    ChangeSet,
    DataPath,
    InvocationError,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)


class StoringProvider:
    """Accepts every valid configuration, has no state, carries nothing out, tells nothing."""

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Accept."""
        return ()

    def apply(self, changes: ChangeSet) -> None:
        """Do nothing: the datastores keep it."""

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        """Return nothing."""
        return ()

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Refuse, since an output would be made up."""
        message = "this server stores configuration only: it carries out no rpc or action of it"
        raise InvocationError(ProviderError(path=path, message=message))

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        """Do nothing: there will be no notification."""
