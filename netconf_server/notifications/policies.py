"""What a subscriber asks for, once it has been understood (RFC 8639 §2.4.2, RFC 8641 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from netconf_server.filters.filter import Filter
from netconf_server.provider import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which events or nodes are wanted: by a filter, or by the name of one in /filters."""

    filter: Filter | None = None
    name: str | None = None


class PushedDatastore(Enum):
    """The datastores that can be subscribed to, as identities of ietf-datastores."""

    RUNNING = "running"
    OPERATIONAL = "operational"


class ChangeType(Enum):
    """The kinds of changes that a subscriber can exclude (RFC 8641, ``change-type``)."""

    CREATE = "create"
    DELETE = "delete"
    INSERT = "insert"
    MOVE = "move"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """Updates at fixed intervals, counted from an anchor or from the start."""

    period_s: float
    anchor: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChange:
    """Updates of what has changed, at least the dampening period apart."""

    dampening_s: float = 0
    sync_on_start: bool = True
    excluded: frozenset[ChangeType] = frozenset()


Trigger: TypeAlias = Periodic | OnChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The terms of a subscription.

    ``shown`` is what the operational state has of them: the input as RFC 7951 JSON, since
    /subscriptions uses the same groupings.
    """

    selection: Selection = field(default_factory=Selection)
    stop_time: datetime | None = None
    shown: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolicy(Policy):
    """The terms of a subscription to the event stream.

    Of a dynamic one a replay begins at a time, of a configured one with a number of the log.
    """

    replay_start: datetime | None = None
    replay_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPolicy(Policy):
    """The terms of a subscription to a datastore."""

    datastore: PushedDatastore
    trigger: Trigger
