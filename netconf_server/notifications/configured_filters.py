"""The filters that have been configured for subscriptions to name them (RFC 8639 §3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.filters.filter import Filter, SubtreeFilter
from netconf_server.markup import SUBSCRIBED, YANG_PUSH
from netconf_server.notifications.policies import Selection
from netconf_server.notifications.policy_input import filter_in
from netconf_server.notifications.subscription_errors import subscription_error
from netconf_server.provider import (
    ChangeSet,
    ProviderError,
    StateFragment,
    StateSelection,
)


class FilterKind(Enum):
    """The two lists of filters: their name, key and namespace, and how their leafs begin."""

    STREAM = ("stream-filter", "name", SUBSCRIBED, "stream")
    SELECTION = ("selection-filter", "filter-id", YANG_PUSH, "datastore")


class ConfiguredFilters:
    """Looks filters up in running, so that their prefixes are those of the configuration."""

    def __init__(self, datastores: Datastores) -> None:
        self._datastores = datastores

    def resolve(self, kind: FilterKind, selection: Selection) -> Filter | None:
        """Return the filter of a selection, None for everything; RpcError for an unknown name."""
        if selection.name is None:
            return selection.filter
        found = self.find(kind, selection.name)
        if found is None:
            reason = f"there is no {kind.value[0]} {selection.name!r}"
            raise subscription_error("filter-unsupported", reason)
        return found

    def find(self, kind: FilterKind, name: str) -> Filter | None:
        """Return the filter with a name, None if there is none."""
        tag, key, namespace, target = kind.value
        wanted = etree.Element("filter")
        entry = etree.SubElement(wanted, f"{{{SUBSCRIBED}}}filters")
        entry = etree.SubElement(entry, f"{{{namespace}}}{tag}")
        etree.SubElement(entry, f"{{{namespace}}}{key}").text = name
        found = self._datastores.get_config(DatastoreName.RUNNING, SubtreeFilter(wanted))
        entries = (each for top in found for each in top.iterfind(f"{{{namespace}}}{tag}"))
        return next((filter_in(each, namespace, target) for each in entries), None)


class FiltersPart:
    """The container /filters: takes every filter, and tells that some have changed."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Accept: whether a filter can be used is found out when one wants to."""
        return ()

    def apply(self, changes: ChangeSet) -> None:
        """Tell of the change."""
        self._on_change()

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        """Yield nothing: there is configuration only."""
        return ()
