"""What happens in the server that others may want to know; the matter of RFC 6470 notifications."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Change

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A session has been opened."""

    session: SessionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReady:
    """Both sides of a session have said hello: from now on it can carry messages."""

    session: SessionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """A session has ended; ``reason`` and ``killed_by`` are those of netconf-session-end.

    ``reason`` is one of closed, killed, dropped, timeout, other.
    """

    session: SessionRecord
    reason: str
    killed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged:
    """Running or startup has been changed; ``session`` is None where the server itself did it."""

    datastore: str
    session: SessionRecord | None
    changes: tuple[Change, ...]


class ConfirmEvent(Enum):
    """What became of a confirmed commit, in the words of RFC 6470 §2.2."""

    START = "start"
    CANCEL = "cancel"
    TIMEOUT = "timeout"
    EXTEND = "extend"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedCommitChanged:
    """A confirmed commit began, went on or ended; ``timeout_s`` for START and EXTEND."""

    event: ConfirmEvent
    session: SessionRecord | None
    timeout_s: int | None = None


ServerEvent: TypeAlias = (
    SessionStarted | SessionReady | SessionEnded | ConfigurationChanged | ConfirmedCommitChanged
)


class EventHub:
    """Tells listeners what happens, in the order in which it happens."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[ServerEvent], None]] = []

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> None:
        """Have a listener told of everything from now on."""
        self._listeners.append(listener)

    def emit(self, event: ServerEvent) -> None:
        """Tell every listener; one that fails does not keep the others from hearing it."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                _log.exception("a listener failed on %s", type(event).__name__)
