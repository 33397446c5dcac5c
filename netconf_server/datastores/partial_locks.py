"""Locks on parts of running (RFC 5717): nodes, each with all that is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from netconf_server.data_paths import prefixes_of
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.provider import Change, ChangeKind, DataPath

#: A session that wants more has forgotten to give some up.
MOST_PER_SESSION: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialLock:
    """One lock of one session; ``nodes`` is its scope, which only ever gets smaller."""

    lock_id: int
    session_id: int
    locked_time: datetime
    selections: tuple[str, ...]
    nodes: dict[DataPath, None]


class PartialLocks:
    """All partial locks, found by the paths that they protect: what it costs is a path's length."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = count(1)
        self._locks: dict[int, PartialLock] = {}
        #: The locks that have a node in their scope.
        self._at: dict[DataPath, set[int]] = {}
        #: How many nodes of each lock's scope are inside of a node.
        self._inside: dict[DataPath, Counter[int]] = {}

    def __iter__(self) -> Iterator[PartialLock]:
        return iter(self._locks.values())

    def acquire(
        self, session_id: int, selections: Iterable[str], nodes: Iterable[DataPath]
    ) -> PartialLock:
        """Lock all nodes or none; lock-denied names who holds a lock on one (RFC 5717 §2.4.1.1)."""
        scope = dict.fromkeys(nodes)
        self._require_room(session_id)
        for path in scope:
            held = self._held_by_another(session_id, path, with_inside=True)
            if held is not None:
                raise _denied(path, held)
        lock = PartialLock(
            lock_id=next(self._numbers),
            session_id=session_id,
            locked_time=self._now(),
            selections=tuple(selections),
            nodes=scope,
        )
        self._locks[lock.lock_id] = lock
        for path in scope:
            self._enter(lock.lock_id, path)
        return lock

    def release(self, session_id: int, lock_id: int) -> None:
        """Give one lock up; RFC 5717 §2.4.2: invalid-value if the session does not own it."""
        lock = self._locks.get(lock_id)
        if lock is None or lock.session_id != session_id:
            raise RpcError(
                tag=ErrorTag.INVALID_VALUE,
                type=ErrorType.PROTOCOL,
                message=f"this session has no partial lock {lock_id}",
            )
        self._remove(lock)

    def release_all(self, session_id: int) -> None:
        """Give up all locks of a session, which has ended."""
        for lock in [lock for lock in self if lock.session_id == session_id]:
            self._remove(lock)

    def require_access(self, session_id: int, changes: Iterable[Change]) -> None:
        """Refuse changes of running where another session has locked it (RFC 5717 §2.5)."""
        if not self._locks:
            return
        for change in changes:
            is_deleted = change.kind is ChangeKind.DELETED
            held = self._held_by_another(session_id, change.path, with_inside=is_deleted)
            if held is not None:
                raise _locked(change.path, held)

    def forget_deleted(self, changes: Iterable[Change]) -> None:
        """Take nodes that are gone out of every scope (RFC 5717 §2.4.1).

        So others may make them again.
        """
        if not self._at:
            return
        for change in changes:
            if change.kind is ChangeKind.DELETED:
                for lock_id in self._concerned(change.path):
                    lock = self._locks[lock_id]
                    for path in [path for path in lock.nodes if _is_within(path, change.path)]:
                        del lock.nodes[path]
                        self._leave(lock_id, path)

    def _require_room(self, session_id: int) -> None:
        if sum(lock.session_id == session_id for lock in self) >= MOST_PER_SESSION:
            raise RpcError(
                tag=ErrorTag.RESOURCE_DENIED,
                type=ErrorType.PROTOCOL,
                message=f"this session has {MOST_PER_SESSION} partial locks: give one up",
            )

    def _held_by_another(
        self, session_id: int, path: DataPath, *, with_inside: bool
    ) -> PartialLock | None:
        """Find another's lock on a node or around it; on what is inside of it if that counts."""
        for prefix in prefixes_of(path):
            for lock_id in self._at.get(prefix, ()):
                if self._locks[lock_id].session_id != session_id:
                    return self._locks[lock_id]
        for lock_id in self._inside.get(path, ()) if with_inside else ():
            if self._locks[lock_id].session_id != session_id:
                return self._locks[lock_id]
        return None

    def _concerned(self, path: DataPath) -> set[int]:
        """Return the locks with a node of their scope at a path or inside."""
        return {*self._at.get(path, ()), *self._inside.get(path, ())}

    def _remove(self, lock: PartialLock) -> None:
        del self._locks[lock.lock_id]
        for path in lock.nodes:
            self._leave(lock.lock_id, path)

    def _enter(self, lock_id: int, path: DataPath) -> None:
        self._at.setdefault(path, set()).add(lock_id)
        for prefix in prefixes_of(path):
            if prefix != path:
                self._inside.setdefault(prefix, Counter())[lock_id] += 1

    def _leave(self, lock_id: int, path: DataPath) -> None:
        self._at[path].discard(lock_id)
        if not self._at[path]:
            del self._at[path]
        for prefix in prefixes_of(path):
            if prefix != path:
                self._leave_inside(lock_id, prefix)

    def _leave_inside(self, lock_id: int, prefix: DataPath) -> None:
        inside = self._inside[prefix]
        inside[lock_id] -= 1
        if not inside[lock_id]:
            del inside[lock_id]
        if not inside:
            del self._inside[prefix]


def _is_within(path: DataPath, other: DataPath) -> bool:
    return path.startswith(other) and path[len(other) : len(other) + 1] in ("", "/")


def _denied(path: DataPath, held: PartialLock) -> RpcError:
    return RpcError(
        tag=ErrorTag.LOCK_DENIED,
        type=ErrorType.PROTOCOL,
        message=f"{path}: session {held.session_id} has a partial lock there",
        path=path,
        info={"session-id": str(held.session_id)},
    )


def _locked(path: DataPath, held: PartialLock) -> RpcError:
    return RpcError(
        tag=ErrorTag.IN_USE,
        type=ErrorType.PROTOCOL,
        app_tag="locked",
        message=f"{path}: locked by session {held.session_id} (partial lock {held.lock_id})",
        path=path,
    )
