"""Confirmed commits (RFC 6241 §8.4): what nobody confirms in time is taken back.

The way back is on the disk before the commit is, so that no crash leaves an unconfirmed commit in
force: the next start takes it back. To take back what had not been done yet changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from netconf_server.access import WriteGate
from netconf_server.datastores.committed import CommittedChange
from netconf_server.datastores.datastore import Datastores, Prepare
from netconf_server.datastores.locks import in_use
from netconf_server.datastores.proposals import Proposal
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.events import ConfirmedCommitChanged, ConfirmEvent, EventHub
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.scheduler import Scheduler, Timer
from netconf_server.storage.persistence import StoredConfigurationError
from netconf_server.storage.way_back import WayBack

_log = logging.getLogger(__name__)

#: How long a confirmed commit waits for its confirmation unless told otherwise (§8.4.5.1).
DEFAULT_TIMEOUT_S: Final = 600

#: When it is tried again to take back what the managed thing, or the disk, did not let go.
_RETRY_DELAY_S: Final = 60


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
    """What waits; ``owner`` is the session that may confirm, if no token was given to do so.

    When it has been taken back, what still waits is only that its file goes.
    """

    owner: SessionRecord
    persist: str | None
    changes: tuple[CommittedChange, ...]
    timer: Timer = field(repr=False)
    is_taken_back: bool = False


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
        self._way_back = WayBack(datastores.directory / "confirmed-commit.json")
        self._pending: _Pending | None = None

    def start(self) -> None:
        """Take back what was not confirmed before the server ended (RFC 6241 §8.4.1).

        Raises StoredConfigurationError.
        """
        changes = self._way_back.load()
        if changes is None:
            return
        try:
            self._take_back(changes)
            self._way_back.remove()
        except RpcError as error:
            raise StoredConfigurationError(self._way_back.path, str(error)) from error
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
        self._require_in_force(pending)
        before = () if pending is None else pending.changes

        def wait(changes: tuple[CommittedChange, ...]) -> None:
            if pending is not None:
                pending.timer.cancel()
            self._pending = _Pending(
                owner=session,
                persist=wanted.persist,
                changes=changes,
                timer=self._scheduler.call_at(wanted.timeout_s, self._on_timeout),
            )
            event = ConfirmEvent.START if pending is None else ConfirmEvent.EXTEND
            self._tell(event, session, wanted.timeout_s)

        self._commit_on_top(before, session, gate, wait)

    def confirm(self, session: SessionRecord, gate: WriteGate | None) -> None:
        """Commit for good, together with what waits (§8.4.1).

        Until the way back is gone all of it can be taken back, what is committed now as well.
        """
        pending = self._pending
        if pending is None:
            self._candidate.commit_candidate(session, gate)
            return
        self._require_in_force(pending)

        def remember(changes: tuple[CommittedChange, ...]) -> None:
            pending.changes = changes

        self._commit_on_top(pending.changes, session, gate, remember)
        self._forget(pending)
        self._tell(ConfirmEvent.COMPLETE, session)

    def _commit_on_top(
        self,
        before: tuple[CommittedChange, ...],
        session: SessionRecord,
        gate: WriteGate | None,
        on_committed: Callable[[tuple[CommittedChange, ...]], None],
    ) -> None:
        """Commit, with the way back over everything on the disk before.

        ``on_committed`` is told that way, also if the managed thing then fails: what is in force
        has to be taken back. A commit without changes waits as well; its way back has no steps.
        """
        in_force: tuple[CommittedChange, ...] | None = None

        def prepare(proposal: Proposal) -> None:
            nonlocal in_force
            changes = (*before, proposal.committed)
            self._way_back.save(changes)
            in_force = changes

        try:
            if not self._candidate.commit_candidate(session, gate, prepare):
                if not before:
                    self._way_back.save(before)
                in_force = before
        except RpcError:
            in_force = None
            self._restore(before)
            raise
        finally:
            if in_force is not None:
                on_committed(in_force)

    def _require_in_force(self, pending: _Pending | None) -> None:
        """Refuse to build on what has been taken back but for its file."""
        if pending is not None and pending.is_taken_back:
            raise in_use(f"it has been taken back, but {self._way_back.path.name} is still there")

    def cancel(self, session: SessionRecord) -> None:
        """Take back what waits (§8.4.4.1); raises RpcError if that fails, and it still waits."""
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
            self._revert_or_retry(pending, ConfirmEvent.CANCEL, session)

    def stop(self) -> None:
        """Let no time-out come; what waits is taken back at the next start."""
        if self._pending is not None:
            self._pending.timer.cancel()

    def _on_timeout(self) -> None:
        if self._pending is not None:
            self._revert_or_retry(self._pending, ConfirmEvent.TIMEOUT, None)

    def _revert_or_retry(
        self, pending: _Pending, event: ConfirmEvent, session: SessionRecord | None
    ) -> None:
        """Go back; if that fails nobody is there to be told, and it is tried again later."""
        try:
            self._revert(pending, event, session)
        except Exception:  # whatever ails the managed thing, it must not stay as it is for ever
            _log.exception("an unconfirmed commit cannot be taken back; it is tried again")
            pending.timer.cancel()
            pending.timer = self._scheduler.call_at(_RETRY_DELAY_S, self._on_timeout)

    def _revert(
        self, pending: _Pending, event: ConfirmEvent, session: SessionRecord | None
    ) -> None:
        """Go back; edits of candidate that nobody committed yet go too, for they build on it."""
        self._take_back(pending.changes)
        pending.is_taken_back = True
        self._forget(pending)
        self._tell(event, session)

    def _take_back(self, changes: tuple[CommittedChange, ...]) -> None:
        self._candidate.discard_candidate()
        try:
            for change in reversed(changes):
                self._datastores.revert(change)
            self._candidate.commit_candidate(None)
        finally:
            self._candidate.discard_candidate()

    def _forget(self, pending: _Pending) -> None:
        self._way_back.remove()
        pending.timer.cancel()
        self._pending = None

    def _restore(self, changes: tuple[CommittedChange, ...]) -> None:
        """Have the way back as it was before a commit that failed."""
        if self._pending is None:
            self._way_back.remove()
        else:
            self._way_back.save(changes)

    def _tell(
        self, event: ConfirmEvent, session: SessionRecord | None, timeout_s: int | None = None
    ) -> None:
        self._events.emit(ConfirmedCommitChanged(event=event, session=session, timeout_s=timeout_s))


def _invalid(message: str) -> RpcError:
    return RpcError(tag=ErrorTag.INVALID_VALUE, type=ErrorType.PROTOCOL, message=message)
