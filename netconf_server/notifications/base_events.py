"""The server's own events as YANG notifications (RFC 6470)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from ipaddress import ip_address
from itertools import islice
from typing import Final

from netconf_server.events import (
    ConfigurationChanged,
    ConfirmedCommitChanged,
    ServerEvent,
    SessionEnded,
    SessionReady,
    SessionStarted,
)
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Change, ChangeKind, DataPath, Json, Notification

_MODULE: Final = "ietf-netconf-notifications"

#: A change of more nodes than this is told by the containers around them.
MOST_EDITS: Final = 100

#: So many changes are looked at before others have their turn.
_SLICE: Final = 1000

_OPERATIONS: Final = {
    ChangeKind.CREATED: "create",
    ChangeKind.MODIFIED: "replace",
    ChangeKind.DELETED: "delete",
}


def steps_of(event: ServerEvent, event_time: datetime) -> Iterator[Notification | None]:
    """Put an event into words, in steps (see ``Intake``)."""
    match event:
        case SessionReady():
            return
        case SessionStarted():
            name, content = "netconf-session-start", _session(event.session)
        case SessionEnded():
            name, content = "netconf-session-end", _session_end(event)
        case ConfirmedCommitChanged():
            name, content = "netconf-confirmed-commit", _confirmed_commit(event)
        case ConfigurationChanged():
            edits = yield from _edits(event.changes)
            name, content = "netconf-config-change", _config_change(event, edits)
    yield Notification(event_time=event_time, data={f"{_MODULE}:{name}": content})


def capability_change(
    before: Sequence[str], after: Sequence[str], event_time: datetime
) -> Notification | None:
    """Tell how the server's capabilities differ from what they were; None if they do not.

    RFC 6470 §2.2: one whose parameters only are different is modified.
    """
    old = {each.partition("?")[0] for each in before}
    new = {each.partition("?")[0] for each in after}
    added = [each for each in after if each.partition("?")[0] not in old]
    deleted = [each for each in before if each.partition("?")[0] not in new]
    modified = [each for each in after if each not in (*before, *added)]
    lists: dict[str, Json] = {
        "added-capability": [*added],
        "deleted-capability": [*deleted],
        "modified-capability": [*modified],
    }
    found = {name: capabilities for name, capabilities in lists.items() if capabilities}
    if not found:
        return None
    content: dict[str, Json] = {"changed-by": {"server": [None]}, **found}
    return Notification(
        event_time=event_time, data={f"{_MODULE}:netconf-capability-change": content}
    )


def _session(session: SessionRecord) -> dict[str, Json]:
    content: dict[str, Json] = {"username": session.username, "session-id": session.session_id}
    if _is_address(session.source_host):
        content["source-host"] = session.source_host
    return content


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _session_end(event: SessionEnded) -> dict[str, Json]:
    content = {**_session(event.session), "termination-reason": event.reason}
    if event.killed_by is not None:
        content["killed-by"] = event.killed_by
    return content


def _confirmed_commit(event: ConfirmedCommitChanged) -> dict[str, Json]:
    content: dict[str, Json] = {"confirm-event": event.event.value}
    if event.session is not None:
        content.update(_session(event.session))
    if event.timeout_s is not None:
        content["timeout"] = event.timeout_s
    return content


def _config_change(event: ConfigurationChanged, edits: list[Json]) -> dict[str, Json]:
    by: dict[str, Json] = {"server": [None]} if event.session is None else _session(event.session)
    content: dict[str, Json] = {"changed-by": by, "datastore": event.datastore}
    if edits:
        content["edit"] = edits
    return content


def _edits(changes: Sequence[Change]) -> Generator[None, None, list[Json]]:
    """Return the edits; RFC 6470 §2.2: an ancestor may stand for the nodes that were changed."""
    if len(changes) <= MOST_EDITS:
        return [_edit(change.path, _operation_of(change)) for change in changes]
    around: set[DataPath] = set()
    rest = iter(changes)
    while part := list(islice(rest, _SLICE)):
        around.update(_unkeyed_parent(change.path) for change in part)
        yield None
    return [_edit(path, "merge") for path in sorted(around)[:MOST_EDITS]]


def _operation_of(change: Change) -> str:
    """Name the edit operation; an entry that was moved is merged at another place."""
    is_moved = change.kind is ChangeKind.MODIFIED and change.path.endswith("]")
    return "merge" if is_moved else _OPERATIONS[change.kind]


def _unkeyed_parent(path: DataPath) -> DataPath:
    """Return the container around the outermost list on a path, or around a node in none."""
    return path.partition("[")[0].rpartition("/")[0]


def _edit(target: DataPath, operation: str) -> Json:
    """Describe an edit; a top-level list has no node around it to be named."""
    return {"target": target, "operation": operation} if target else {"operation": operation}
