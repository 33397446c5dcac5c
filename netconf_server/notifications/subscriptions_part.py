"""The container /subscriptions as a part of the server: configuration, state and one action."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, cast

from netconf_server.editing.payload import quote
from netconf_server.notifications.configured_terms import CALL_HOME, clients_of
from netconf_server.notifications.subscriptions import FIRST_DYNAMIC_ID, Subscriptions
from netconf_server.notifications.times import write_time
from netconf_server.provider import (
    ChangeSet,
    ConfigurationView,
    DataPath,
    InvocationError,
    Json,
    ProviderError,
    StateFragment,
    StateSelection,
)

_LIST: Final = "/ietf-subscribed-notifications:subscriptions/subscription"
_RESET: Final = re.compile(
    r"""/subscription\[id='(?P<id>\d+)'\]/receivers/receiver\[name=(['"])(?P<name>.*)\2\]/reset$"""
)


class SubscriptionsPart:
    """What can be asked and told of subscriptions as data."""

    def __init__(
        self, subscriptions: Callable[[], Subscriptions], review_soon: Callable[[], None]
    ) -> None:
        self._subscriptions = subscriptions
        self._review_soon = review_soon

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Refuse what could never be sent to anybody (RFC 8639 §2.5, §5.1).

        A client that is called no more does not keep the server from starting: what was accepted
        once is taken, and the receiver is disconnected.
        """
        configured = self._subscriptions().configured
        known = configured.known_clients if configured.deliveries.has_begun else None
        return [
            fault
            for path, leafs in _entries(changes.after).items()
            if any(_is_about(change.path, path) for change in changes.changes)
            for fault in _faults(path, leafs, known)
        ]

    def apply(self, changes: ChangeSet) -> None:
        """Take the entries over, and act on them once running is what it will be."""
        entries = _entries(changes.after).values()
        self._subscriptions().configured.take({cast("int", each["id"]): each for each in entries})
        self._review_soon()

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield one fragment for each subscription."""
        return self._subscriptions().state()

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Reset a receiver of a configured subscription (RFC 8639 §2.5.5)."""
        configured = self._subscriptions().configured
        named = _RESET.search(path)
        if named is None or not configured.reset(int(named["id"]), named["name"]):
            reason = "only a receiver of a configured subscription can be reset"
            raise InvocationError(ProviderError(path=path, message=reason))
        return {"time": write_time(configured.deliveries.now())}


def _entries(view: ConfigurationView) -> dict[DataPath, dict[str, Json]]:
    return {path: cast("dict[str, Json]", view.read(path)) for path in view.keys(_LIST)}


def _is_about(changed: DataPath, entry: DataPath) -> bool:
    """Tell whether a change is of an entry, inside or around it."""
    return changed.startswith(entry) or entry.startswith(changed)


def _faults(
    path: DataPath, leafs: Mapping[str, Json], known: frozenset[str] | None
) -> Iterator[ProviderError]:
    if cast("int", leafs["id"]) >= FIRST_DYNAMIC_ID:
        reason = f"ids from {FIRST_DYNAMIC_ID} on are those of dynamic subscriptions"
        yield ProviderError(path=f"{path}/id", message=reason)
    if "transport" not in leafs:
        reason = f"a configured subscription needs a transport: {CALL_HOME}:netconf-call-home"
        yield ProviderError(path=path, message=reason)
    elif known is not None:
        yield from _unknown_clients(path, clients_of(leafs), known)


def _unknown_clients(
    path: DataPath, clients: Mapping[str, str], known: frozenset[str]
) -> Iterator[ProviderError]:
    names = ", ".join(sorted(known)) or "none has a name"
    for name, client in clients.items():
        if client not in known:
            yield ProviderError(
                path=f"{path}/receivers/receiver[name={quote(name)}]/{CALL_HOME}:client",
                message=f"{client!r} is no client that is called home ({names})",
            )
