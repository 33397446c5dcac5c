"""What a managed thing implements to be served over NETCONF; the only door between the two.

Nothing here knows XML. Configuration, operational state, input, output and notifications cross as
RFC 7951 JSON values: dicts with namespace-qualified top-level names, 64-bit numbers as strings.

Paths are data paths in libyang's style, which is RFC 7950's instance-identifier with a module name
in front of the first node and of every node whose module differs from its parent's:
``/pmip6:pmip6/mobile-node[identifier='bus-7@example.net']/enabled``.

A commit has two phases. ``validate`` may refuse and does nothing; then running is swapped;
``apply`` is told the same change set and cannot refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias, runtime_checkable

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
DataPath: TypeAlias = str


class ChangeKind(Enum):
    """What became of one data node between the old and the new running configuration."""

    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed data node.

    A created or deleted subtree is one change, named by its topmost node; a modified leaf is named
    by the leaf. A moved entry of a user-ordered list is MODIFIED.
    """

    kind: ChangeKind
    path: DataPath


class ConfigurationView(Protocol):
    """Reads one configuration, that before or that after a change; valid during the call only."""

    def read(self, path: DataPath) -> Json | None:
        """Return the JSON value at a container, list entry or leaf; None if there is no such node.

        Defaults are included. A container or list entry comes as a dict of its children, names
        unqualified unless the child's module differs from its parent's. Costs a look-up by key
        plus the size of what is returned.
        """

    def keys(self, path: DataPath) -> Iterable[DataPath]:
        """Return the paths of all entries of the list (or values of the leaf-list) at ``path``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """What an edit changes: the nodes, and how the tree looks on both sides of it."""

    changes: tuple[Change, ...]
    before: ConfigurationView
    after: ConfigurationView


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderError:
    """A reason why the provider refuses a configuration, an action or an rpc."""

    path: DataPath
    message: str
    app_tag: str | None = None


class InvocationError(Exception):
    """An rpc or action that could not be carried out; becomes an ``operation-failed`` rpc-error."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSelection:
    """Which operational state a client asked for; lets the provider build no more than that.

    Each path is a data path in which a list may be named without keys (all entries) or with all
    its keys (one entry): ``/pmip6:pmip6/local-mobility-anchor/binding-cache/entry[id='7']``. An
    empty tuple means everything. The provider may return more: the server filters once more.
    """

    paths: tuple[DataPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFragment:
    """A piece of operational state as instance data from the root: ``{"module:top": {...}}``.

    Fragments are merged: containers by name, list entries by key (which must be present). Small
    pieces keep the event loop free, since the server may yield between them; fifty entries are a
    good measure. An entry of a ``config false`` list comes whole, in one fragment: it is sent on
    before the next is asked for. Names have their module only where RFC 7951 §4 wants it, and
    values are canonical (RFC 7950 §9).
    """

    data: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A YANG notification as it happened.

    ``data`` has the one member ``"module:name": {...}``, or for a notification inside the tree the
    instance data from the root down to it. ``changes`` is what has become of operational state with
    the event, for those who follow that (see ``ReportsChanges``).
    """

    event_time: datetime
    data: dict[str, Json]
    changes: tuple[Change, ...] = ()


@runtime_checkable
class ReportsChanges(Protocol):
    """What a provider has besides if its notifications tell how operational state changes."""

    @property
    def reported_paths(self) -> Collection[DataPath]:
        """The lists and containers, without keys, of which every change that matters is told.

        A change names an entry of such a list, or anything inside. What merely counts need not be
        told: it is sent along with the next change.
        """


class Provider(Protocol):
    """The managed thing. All calls come from the event loop's thread and must not block."""

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Return every reason to refuse; YANG's own constraints have been checked before."""

    def apply(self, changes: ChangeSet) -> None:
        """Take the change over. Also called once at start, with all of running as created."""

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        """Yield the ``config false`` data that the selection names (keys of its lists included)."""

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        """Carry out an rpc (``/module:name``) or an action (path of its node); return its output.

        ``data`` are the input's children. Raises InvocationError.
        """

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        """Hand every later notification to ``sink``."""
