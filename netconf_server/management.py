"""What all sessions share: datastores, locks, the session table; and how a session ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from netconf_server.access import AccessControl, Unrestricted
from netconf_server.datastore import DatastoreName, Datastores
from netconf_server.events import EventHub, SessionEnded, SessionStarted
from netconf_server.locks import DatastoreLocks, lock_denied
from netconf_server.schema import Schema
from netconf_server.sessions import SessionRecord, SessionTable


class SessionEnd(Enum):
    """Why a session ended."""

    CLOSED = "closed"  #: by its client's close-session
    KILLED = "killed"  #: by another's kill-session
    DROPPED = "dropped"  #: by the loss of its transport, or for breaking the protocol
    TIMEOUT = "timeout"  #: by the server, since the client was silent for too long
    STOPPED = "other"  #: by the server's own end


@dataclass(slots=True, kw_only=True)
class Management:
    """The one view of configuration that every session works on."""

    schema: Schema
    datastores: Datastores
    locks: DatastoreLocks
    sessions: SessionTable
    capabilities: tuple[str, ...]
    access: AccessControl = field(default_factory=Unrestricted)
    events: EventHub = field(default_factory=EventHub)
    namespaces: Mapping[str, str] = field(init=False)
    _candidate_editors: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.namespaces = {module.name: module.namespace for module in self.schema.modules()}

    def lock(self, session_id: int, name: DatastoreName) -> None:
        """Lock a datastore; RFC 6241 §7.5: not a candidate that holds uncommitted changes."""
        if name is DatastoreName.CANDIDATE and self.locks.get(name) is None:
            self._require_clean_candidate()
        self.locks.acquire(name, session_id)

    def _require_clean_candidate(self) -> None:
        if self.datastores.candidate_modified:
            raise lock_denied(
                "candidate has uncommitted changes: commit or discard them before it is locked", 0
            )

    def unlock(self, session_id: int, name: DatastoreName) -> None:
        """Give a lock up; RFC 6241 §8.3.5.2: uncommitted changes to candidate are discarded."""
        self.locks.release(name, session_id)
        if name is DatastoreName.CANDIDATE:
            self.discard_candidate()

    def change_candidate(self, session_id: int, change: Callable[[], None]) -> None:
        """Let a session change candidate, and remember that it did."""
        self.locks.require_access(session_id, DatastoreName.CANDIDATE)
        change()
        if self.datastores.candidate_modified:
            self._candidate_editors.add(session_id)

    def commit_candidate(self) -> None:
        """Make candidate running; nobody has uncommitted changes afterwards."""
        self.datastores.commit()
        self._candidate_editors.clear()

    def discard_candidate(self) -> None:
        """Reset candidate to running."""
        self.datastores.discard_changes()
        self._candidate_editors.clear()

    def open_session(
        self, username: str, source_host: str, disconnect: Callable[[], None]
    ) -> SessionRecord:
        """Enter a new session."""
        record = self.sessions.open(username, source_host, disconnect)
        self.events.emit(SessionStarted(session=record))
        return record

    def end_session(
        self, record: SessionRecord, end: SessionEnd, *, killed_by: int | None = None
    ) -> None:
        """Release what a session holds; harmless when it has ended already.

        RFC 6241 §7.5, §8.3.5.2: its locks go, and with the lock on candidate the changes made
        under it. Changes without a lock go as well when their session was lost and nobody else's
        are among them; a session that closes properly leaves them in the shared candidate.
        """
        if not record.is_open:
            return
        self.sessions.remove(record)
        for name in self.locks.held_by(record.session_id):
            self.unlock(record.session_id, name)
        if end is not SessionEnd.CLOSED and self._candidate_editors == {record.session_id}:
            self.discard_candidate()
        self._candidate_editors.discard(record.session_id)
        if end in (SessionEnd.DROPPED, SessionEnd.TIMEOUT):
            self.sessions.totals.dropped_sessions += 1
        self.events.emit(SessionEnded(session=record, reason=end.value, killed_by=killed_by))
