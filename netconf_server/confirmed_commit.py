"""Confirmed commits (RFC 6241 §8.4): what nobody confirms in time is taken back.

The way back is on the disk before the commit is, so that no crash leaves an unconfirmed commit in
force: the next start takes it back. To take back what had not been done yet changes nothing.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from netconf_server.access import WriteGate
from netconf_server.committed import CommittedChange
from netconf_server.datastore import Datastores, Prepare
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.events import ConfirmedCommitChanged, ConfirmEvent, EventHub
from netconf_server.locks import in_use
from netconf_server.persistence import StoredConfigurationError
from netconf_server.scheduler import Scheduler, Timer
from netconf_server.sessions import SessionRecord
from netconf_server.stored_files import replace_durably

_log = logging.getLogger(__name__)

#: How long a confirmed commit waits for its confirmation unless told otherwise (§8.4.5.1).
DEFAULT_TIMEOUT_S: Final = 600


class Candidate(Protocol):
    """The shared candidate."""

    def commit_candidate(
        self,
        session: SessionRecord | None,
        gate: WriteGate | None = None,
        prepare: Prepare | None = None,
    ) -> bool:
        """Make candidate running; False if there was nothing to do."""

    def discard_candidate(self) -> None:
        """Reset candidate to running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a confirmed commit asks for: who may confirm it, and until when."""

    timeout_s: int = DEFAULT_TIMEOUT_S
    persist: str | None = None


@dataclass(slots=True, kw_only=True)
class _Pending:
    """What waits; ``owner`` is the session that may confirm, if no token was given to do so."""

    owner: SessionRecord
    persist: str | None
    changes: tuple[CommittedChange, ...]
    timer: Timer = field(repr=False)


class ConfirmedCommits:
    """The one confirmed commit that may wait at a time, with its follow-ups."""

    def __init__(
        self,
        candidate: Candidate,
        datastores: Datastores,
        scheduler: Scheduler,
        events: EventHub,
    ) -> None:
        self._candidate = candidate
        self._datastores = datastores
        self._scheduler = scheduler
        self._events = events
        self._file = _WayBack(datastores.directory / "confirmed-commit.json")
        self._pending: _Pending | None = None

    def start(self) -> None:
        """Take back what was not confirmed before the server ended (RFC 6241 §8.4.1).

        Raises StoredConfigurationError.
        """
        changes = self._file.load()
        if changes is None:
            return
        try:
            self._take_back(changes)
        except RpcError as error:
            raise StoredConfigurationError(self._file.path, str(error)) from error
        _log.warning("a confirmed commit that nobody had confirmed was taken back")

    @property
    def owner(self) -> SessionRecord | None:
        """The session that has a confirmed commit waiting."""
        return None if self._pending is None else self._pending.owner

    def require_access(self, session: SessionRecord, persist_id: str | None) -> None:
        """Refuse a session that must not confirm, follow up or cancel what waits (§8.4.1)."""
        pending = self._pending
        if pending is None:
            if persist_id is not None:
                raise _invalid(f"no confirmed commit waits for persist-id {persist_id!r}")
        elif pending.persist is None:
            if persist_id is not None:
                raise _invalid("the confirmed commit that waits has no <persist>")
            if session is not pending.owner:
                raise in_use(f"session {pending.owner.session_id} has to confirm its commit first")
        elif persist_id is None:
            raise in_use("a confirmed commit waits: its persist-id is needed")
        elif persist_id != pending.persist:
            raise _invalid(f"persist-id {persist_id!r} is not that of the commit that waits")

    def begin(self, session: SessionRecord, wanted: Confirmation, gate: WriteGate | None) -> None:
        """Commit until somebody confirms; a follow-up goes back to before the first (§8.4.1)."""
        pending = self._pending
        before = () if pending is None else pending.changes
        changes = list(before)

        def prepare(change: CommittedChange) -> None:
            changes.append(change)
            self._save(changes)

        try:
            if not self._candidate.commit_candidate(session, gate, prepare):
                self._save(changes)
        except RpcError:
            self._restore(before)
            raise
        if pending is not None:
            pending.timer.cancel()
        self._pending = _Pending(
            owner=session,
            persist=wanted.persist,
            changes=tuple(changes),
            timer=self._scheduler.call_at(wanted.timeout_s, self._on_timeout),
        )
        event = ConfirmEvent.START if pending is None else ConfirmEvent.EXTEND
        self._tell(event, session, wanted.timeout_s)

    def confirm(self, session: SessionRecord, gate: WriteGate | None) -> None:
        """Commit for good, together with what waits (§8.4.1)."""
        pending = self._pending
        if pending is None:
            self._candidate.commit_candidate(session, gate)
            return
        try:
            self._candidate.commit_candidate(session, gate, lambda _change: self._file.remove())
        except RpcError:
            self._restore(pending.changes)
            raise
        self._forget(pending)
        self._tell(ConfirmEvent.COMPLETE, session)

    def cancel(self, session: SessionRecord) -> None:
        """Take back what waits (§8.4.4.1)."""
        if self._pending is None:
            raise RpcError(
                tag=ErrorTag.OPERATION_FAILED,
                type=ErrorType.PROTOCOL,
                message="no confirmed commit waits to be cancelled",
            )
        self._revert(self._pending, ConfirmEvent.CANCEL, session)

    def on_session_end(self, session: SessionRecord) -> None:
        """Take back what nobody can confirm any more (§8.4.1)."""
        pending = self._pending
        if pending is not None and pending.owner is session and pending.persist is None:
            self._revert(pending, ConfirmEvent.CANCEL, session)

    def stop(self) -> None:
        """Let no time-out come; what waits is taken back at the next start."""
        if self._pending is not None:
            self._pending.timer.cancel()

    def _on_timeout(self) -> None:
        if self._pending is not None:
            self._revert(self._pending, ConfirmEvent.TIMEOUT, None)

    def _revert(
        self, pending: _Pending, event: ConfirmEvent, session: SessionRecord | None
    ) -> None:
        """Go back; edits of candidate that nobody committed yet go too, for they build on it."""
        try:
            self._take_back(pending.changes)
        except RpcError:
            _log.exception("an unconfirmed commit cannot be taken back; the next start tries again")
            pending.timer.cancel()
            self._pending = None
            return
        self._forget(pending)
        self._tell(event, session)

    def _take_back(self, changes: tuple[CommittedChange, ...]) -> None:
        self._candidate.discard_candidate()
        for change in reversed(changes):
            self._datastores.revert(change)
        self._candidate.commit_candidate(None)
        self._file.remove()

    def _forget(self, pending: _Pending) -> None:
        pending.timer.cancel()
        self._pending = None
        self._file.remove()

    def _restore(self, changes: tuple[CommittedChange, ...]) -> None:
        """Have the way back as it was before a commit that failed."""
        if self._pending is None:
            self._file.remove()
        else:
            self._save(changes)

    def _save(self, changes: list[CommittedChange] | tuple[CommittedChange, ...]) -> None:
        try:
            self._file.save(changes)
        except OSError as fault:
            reason = f"{self._file.path} cannot be written: {fault.strerror}"
            raise RpcError(tag=ErrorTag.OPERATION_FAILED, message=reason) from fault

    def _tell(
        self, event: ConfirmEvent, session: SessionRecord | None, timeout_s: int | None = None
    ) -> None:
        self._events.emit(ConfirmedCommitChanged(event=event, session=session, timeout_s=timeout_s))


class _WayBack:
    """The commits that wait for confirmation, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> tuple[CommittedChange, ...] | None:
        """Return what is there, None without a file; raises StoredConfigurationError."""
        try:
            lines = json.loads(self.path.read_bytes())
            return tuple(CommittedChange.from_json(line.encode()) for line in lines)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise StoredConfigurationError(self.path, f"damaged: {fault}") from fault

    def save(self, changes: list[CommittedChange] | tuple[CommittedChange, ...]) -> None:
        """Write all, durably; raises OSError."""
        lines = [change.to_json().decode() for change in changes]
        replace_durably(self.path, json.dumps(lines).encode())

    def remove(self) -> None:
        """Remove the file, if there is one."""
        self.path.unlink(missing_ok=True)


def _invalid(message: str) -> RpcError:
    return RpcError(tag=ErrorTag.INVALID_VALUE, type=ErrorType.PROTOCOL, message=message)
