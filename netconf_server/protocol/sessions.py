"""The open sessions and what was counted about them (the data of RFC 6022 §2.1.4, §2.1.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from netconf_server.notifications.outbox import Outbox, OutboxBounds
from netconf_server.transport.kind import TransportKind


@dataclass(slots=True)
class Counters:
    """The counters that exist for each session and for the server as a whole."""

    in_rpcs: int = 0
    in_bad_rpcs: int = 0
    out_rpc_errors: int = 0
    out_notifications: int = 0


@dataclass(slots=True)
class ServerCounters(Counters):
    """What is counted for the server only."""

    in_bad_hellos: int = 0
    in_sessions: int = 0
    dropped_sessions: int = 0


@dataclass(slots=True, kw_only=True)
class SessionRecord:
    """One session as others see it; ``disconnect`` closes its transport.

    ``subscriptions`` is the number of those that are open: they exempt from the idle time-out.
    ``call_home`` is the name of the client that was called home, if it has one.
    """

    session_id: int
    username: str
    source_host: str
    login_time: datetime
    disconnect: Callable[[], None]
    totals: ServerCounters
    groups: frozenset[str] = frozenset()
    transport: TransportKind = TransportKind.SSH
    counters: Counters = field(default_factory=Counters)
    outbox: Outbox = field(default_factory=Outbox)
    subscriptions: int = 0
    call_home: str | None = None
    is_open: bool = True

    def count_rpc(self) -> None:
        """Count a correct request."""
        self.counters.in_rpcs += 1
        self.totals.in_rpcs += 1

    def count_bad_rpc(self) -> None:
        """Count a message that was not a correct request."""
        self.counters.in_bad_rpcs += 1
        self.totals.in_bad_rpcs += 1

    def count_rpc_error(self) -> None:
        """Count a reply with an error."""
        self.counters.out_rpc_errors += 1
        self.totals.out_rpc_errors += 1

    def count_notification(self) -> None:
        """Count a notification that is sent."""
        self.counters.out_notifications += 1
        self.totals.out_notifications += 1


class SessionTable:
    """Gives out session-ids and knows every open session."""

    def __init__(
        self, now: Callable[[], datetime], outbox_bounds: OutboxBounds | None = None
    ) -> None:
        self.now = now
        self._outbox_bounds = outbox_bounds
        self._open: dict[int, SessionRecord] = {}
        self._last_id = 0
        self.totals = ServerCounters()
        self.start_time = now()

    def open(
        self,
        username: str,
        source_host: str,
        disconnect: Callable[[], None],
        groups: frozenset[str] = frozenset(),
        transport: TransportKind = TransportKind.SSH,
    ) -> SessionRecord:
        """Enter a new session; its id is never zero and not used again while the server runs."""
        self._last_id += 1
        record = SessionRecord(
            session_id=self._last_id,
            username=username,
            source_host=source_host,
            login_time=self.now(),
            disconnect=disconnect,
            totals=self.totals,
            groups=groups,
            transport=transport,
            outbox=Outbox(self._outbox_bounds),
        )
        self._open[record.session_id] = record
        self.totals.in_sessions += 1
        return record

    def remove(self, record: SessionRecord) -> None:
        """Take a session that has ended off the table."""
        record.is_open = False
        self._open.pop(record.session_id, None)

    def find(self, session_id: int) -> SessionRecord | None:
        """Return the open session with this id."""
        return self._open.get(session_id)

    def __iter__(self) -> Iterator[SessionRecord]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)
