"""What all sessions share: datastores, locks, the session table; and how a session ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from netconf_server.access import AccessControl, Unrestricted, WriteGate
from netconf_server.datastores.committed import CommittedChange
from netconf_server.datastores.confirmed_commit import ConfirmedCommits
from netconf_server.datastores.datastore import DatastoreName, Datastores, Prepare, PresetName
from netconf_server.datastores.locks import DatastoreLocks, in_use, lock_denied
from netconf_server.datastores.partial_locks import PartialLock
from netconf_server.datastores.proposals import Proposal
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.events import (
    ConfigurationChanged,
    EventHub,
    SessionEnded,
    SessionStarted,
)
from netconf_server.notifications.service import Notifications
from netconf_server.protocol.sessions import SessionRecord, SessionTable
from netconf_server.provider import Change, DataPath
from netconf_server.scheduler import LoopScheduler, Scheduler
from netconf_server.schema.schema import Schema
from netconf_server.storage.url_files import UrlFiles
from netconf_server.transport.kind import TransportKind


class SessionEnd(Enum):
    """Why a session ended."""

    CLOSED = "closed"  #: by its client's close-session
    KILLED = "killed"  #: by another's kill-session
    DROPPED = "dropped"  #: by the loss of its transport, or for breaking the protocol
    TIMEOUT = "timeout"  #: by the server, since the client was silent for too long
    BAD_HELLO = "bad-hello"  #: by a hello with which there can be no session
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
    is_running_writable: bool = False
    call_home_clients: frozenset[str] = frozenset()
    events: EventHub = field(default_factory=EventHub)
    scheduler: Scheduler = field(default_factory=LoopScheduler)
    notifications: Notifications = field(init=False)
    confirmed: ConfirmedCommits = field(init=False)
    files: UrlFiles = field(init=False)
    namespaces: Mapping[str, str] = field(init=False)
    _candidate_editors: set[int] = field(default_factory=set)
    _committer: SessionRecord | None = None

    def __post_init__(self) -> None:
        self.namespaces = {module.name: module.namespace for module in self.schema.modules()}
        self.notifications = Notifications(self)
        self.confirmed = ConfirmedCommits(self, self.datastores, self.scheduler, self.events)
        self.files = UrlFiles(self.datastores.directory / "files")
        self.datastores.on_commit(self._on_commit)

    def lock(self, session_id: int, name: DatastoreName) -> None:
        """Lock a datastore (RFC 6241 §7.5).

        Not a candidate that holds uncommitted changes, nor running while another session's commit
        waits for its confirmation.
        """
        owner = self.confirmed.owner
        if name is DatastoreName.RUNNING and owner is not None and owner.session_id != session_id:
            is_there = self.sessions.find(owner.session_id) is not None
            reason = f"a confirmed commit of session {owner.session_id} waits"
            raise lock_denied(reason, owner.session_id if is_there else 0)
        if name is DatastoreName.CANDIDATE and self.locks.get(name) is None:
            self._require_clean_candidate()
        self.locks.acquire(name, session_id)

    def _require_clean_candidate(self) -> None:
        if self.datastores.candidate_modified:
            raise lock_denied(
                "candidate has uncommitted changes: commit or discard them before it is locked", 0
            )

    def partial_lock(
        self, session_id: int, selections: Iterable[str], nodes: Collection[DataPath]
    ) -> PartialLock:
        """Lock nodes of running; not while it may be rolled back (RFC 5717 §2.4.1.1, §2.6.2)."""
        if not nodes:
            raise RpcError(
                tag=ErrorTag.OPERATION_FAILED,
                type=ErrorType.PROTOCOL,
                app_tag="no-matches",
                message="there is nothing in running that <select> matches",
            )
        if self.confirmed.owner is not None:
            raise in_use("a confirmed commit waits", "outstanding-confirmed-commit")
        held = self.locks.get(DatastoreName.RUNNING)
        if held is not None:
            reason = f"running is locked by session {held.session_id}"
            raise lock_denied(reason, held.session_id)
        return self.locks.partial.acquire(session_id, selections, nodes)

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

    def commit_candidate(
        self,
        session: SessionRecord | None,
        gate: WriteGate | None = None,
        prepare: Prepare | None = None,
    ) -> bool:
        """Make candidate running; nobody has uncommitted changes afterwards.

        False if there was nothing to do. ``session`` is None where the server itself commits.
        """

        def permit(proposal: Proposal) -> None:
            if session is not None:
                self.locks.partial.require_access(session.session_id, proposal.changes)
            if prepare is not None:
                prepare(proposal)

        self._committer = session
        try:
            return self.datastores.commit(gate, permit)
        finally:
            if not self.datastores.candidate_modified:
                self._candidate_editors.clear()

    def change_running(
        self, session: SessionRecord, change: Callable[[], None], gate: WriteGate | None
    ) -> None:
        """Change running at one stroke, by way of a candidate that nobody else is changing.

        RFC 6241 §8.2: what running is to become is held against all constraints first.
        """
        if not self.is_running_writable:
            raise _running_not_writable()
        self.locks.require_access(
            session.session_id, DatastoreName.RUNNING, DatastoreName.CANDIDATE
        )
        if self.confirmed.owner is not None:
            raise in_use("a confirmed commit waits: confirm or cancel it first")
        if self.datastores.candidate_modified:
            raise in_use("candidate has uncommitted changes: commit or discard them first")
        try:
            change()
            self.commit_candidate(session, gate)
        finally:
            self.discard_candidate()

    def reset_to_factory_default(self, session: SessionRecord) -> None:
        """Give running, candidate and startup the factory default, and remove all files by URL.

        RFC 8808 §2. What others hold is not taken from them.
        """
        self.locks.require_access(session.session_id, *DatastoreName)
        if self.confirmed.owner is not None:
            raise in_use("a confirmed commit waits: confirm or cancel it first")
        self.discard_candidate()
        try:
            self.datastores.copy(PresetName.FACTORY_DEFAULT, DatastoreName.CANDIDATE)
            if not self.commit_candidate(session, prepare=lambda _proposal: self._clear_storage()):
                self._clear_storage()
        finally:
            self.discard_candidate()
        self.tell_changed(DatastoreName.STARTUP, session)

    def _clear_storage(self) -> None:
        """Reset what is stored besides running, which is last: it shows that all has been done."""
        self.datastores.copy(PresetName.FACTORY_DEFAULT, DatastoreName.STARTUP)
        self.files.delete_all()

    def _on_commit(self, _change: CommittedChange, changes: tuple[Change, ...]) -> None:
        self.locks.partial.forget_deleted(changes)
        running = DatastoreName.RUNNING.value
        self.events.emit(
            ConfigurationChanged(datastore=running, session=self._committer, changes=changes)
        )

    def tell_changed(self, name: DatastoreName, session: SessionRecord) -> None:
        """Tell that a session has replaced or deleted a datastore as a whole."""
        self.events.emit(ConfigurationChanged(datastore=name.value, session=session, changes=()))

    def discard_candidate(self) -> None:
        """Reset candidate to running."""
        self.datastores.discard_changes()
        self._candidate_editors.clear()

    def open_session(
        self,
        username: str,
        source_host: str,
        disconnect: Callable[[], None],
        groups: frozenset[str] = frozenset(),
        transport: TransportKind = TransportKind.SSH,
    ) -> SessionRecord:
        """Enter a new session; ``groups`` are those that the transport knows (RFC 8341 §3.4.2)."""
        record = self.sessions.open(username, source_host, disconnect, groups, transport)
        self.events.emit(SessionStarted(session=record))
        return record

    def drop_session(self, record: SessionRecord) -> None:
        """End a session that misbehaves, and close its connection."""
        self.end_session(record, SessionEnd.DROPPED)
        record.disconnect()

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
        if end is not SessionEnd.CLOSED:
            if self._candidate_editors == {record.session_id}:
                self.discard_candidate()
            self._candidate_editors.discard(record.session_id)
        self.locks.partial.release_all(record.session_id)
        self.confirmed.on_session_end(record)
        if end in (SessionEnd.DROPPED, SessionEnd.TIMEOUT, SessionEnd.BAD_HELLO):
            self.sessions.totals.dropped_sessions += 1
        self.events.emit(SessionEnded(session=record, reason=end.value, killed_by=killed_by))


def _running_not_writable() -> RpcError:
    return RpcError(
        tag=ErrorTag.OPERATION_NOT_SUPPORTED,
        type=ErrorType.PROTOCOL,
        message="running is not writable here (no :writable-running): change candidate and commit",
    )
