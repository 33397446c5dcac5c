"""Who may change which datastore: global locks, and whose edits are in the shared candidate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.datastores.partial_locks import PartialLocks
from netconf_server.errors import ErrorTag, ErrorType, RpcError


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A global lock on one datastore, held by one session."""

    session_id: int
    locked_time: datetime


class DatastoreLocks:
    """The locks of RFC 6241 §7.5; a table without rules of its own but these.

    ``partial`` are those of RFC 5717. Of running there are either those or a global one.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._locks: dict[DatastoreName, Lock] = {}
        self.partial = PartialLocks(now)

    def get(self, name: DatastoreName) -> Lock | None:
        """Return the lock on the datastore, if there is one."""
        return self._locks.get(name)

    def acquire(self, name: DatastoreName, session_id: int) -> None:
        """Lock for the session; lock-denied names the holder, whoever that is."""
        held = self._locks.get(name)
        if held is not None:
            raise lock_denied(
                f"{name.value} is already locked by session {held.session_id}", held.session_id
            )
        part = next(iter(self.partial), None) if name is DatastoreName.RUNNING else None
        if part is not None:
            reason = f"session {part.session_id} has a partial lock ({part.lock_id})"
            raise lock_denied(reason, part.session_id)
        self._locks[name] = Lock(session_id=session_id, locked_time=self._now())

    def release(self, name: DatastoreName, session_id: int) -> None:
        """Give up a lock; RFC 6241 §7.6: only its holder can."""
        held = self._locks.get(name)
        if held is None:
            raise RpcError(
                tag=ErrorTag.OPERATION_FAILED,
                type=ErrorType.PROTOCOL,
                message=f"{name.value} is not locked",
            )
        if held.session_id != session_id:
            raise lock_denied(
                f"{name.value} is locked by session {held.session_id}, not by this one",
                held.session_id,
            )
        del self._locks[name]

    def held_by(self, session_id: int) -> tuple[DatastoreName, ...]:
        """Return the datastores that the session has locked."""
        return tuple(name for name, lock in self._locks.items() if lock.session_id == session_id)

    def require_access(self, session_id: int, *names: DatastoreName) -> None:
        """Refuse a change while another session holds a lock on what it changes."""
        for name in names:
            held = self._locks.get(name)
            if held is not None and held.session_id != session_id:
                raise in_use(f"{name.value} is locked by session {held.session_id}")


def in_use(message: str, app_tag: str | None = None) -> RpcError:
    """Make the error for what others hold or wait for."""
    return RpcError(tag=ErrorTag.IN_USE, type=ErrorType.PROTOCOL, message=message, app_tag=app_tag)


def lock_denied(message: str, holder: int) -> RpcError:
    """Make the lock-denied error of RFC 6241 §7.5; holder 0 is no NETCONF session."""
    return RpcError(
        tag=ErrorTag.LOCK_DENIED,
        type=ErrorType.PROTOCOL,
        message=message,
        info={"session-id": str(holder)},
    )
