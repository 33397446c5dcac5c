"""What is sent of a configured subscription to one receiver, while that has a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from netconf_server.filters.filter import Filter
from netconf_server.notifications.configured_terms import replay_xml
from netconf_server.notifications.event_log import EventLog
from netconf_server.notifications.policies import PushPolicy, StreamPolicy
from netconf_server.notifications.push_starting import PushStarter
from netconf_server.notifications.push_subscription import PushSubscription
from netconf_server.notifications.stream_starting import StreamStarter
from netconf_server.notifications.stream_subscription import StreamSubscription
from netconf_server.notifications.subscription import Subscription
from netconf_server.protocol.sessions import SessionRecord

_OPERATION: Final = "establish-subscription"


class Deliveries:
    """Starts and changes deliveries, of whichever kind; terms have been checked before."""

    def __init__(self, streams: StreamStarter, pushes: PushStarter, log: EventLog) -> None:
        self._streams = streams
        self._pushes = pushes
        self._log = log
        self._boot_time = log.creation_time
        #: The number of the first event since the start: no replay begins before (§2.5.6).
        self.boot = log.next
        self.has_begun = False

    def begin(self) -> None:
        """Note that the server has been started now, and that the log has been opened."""
        self.boot, self._boot_time = self._log.next, self.now()
        self.has_begun = True

    def now(self) -> datetime:
        """Return the time."""
        return self._pushes.tools.now()

    def check(self, policy: StreamPolicy | PushPolicy) -> Filter | None:
        """Return the filter of terms that can be used; raises RpcError for others."""
        if isinstance(policy, PushPolicy):
            return self._pushes.check(policy)
        return self._streams.check(policy)

    def start(
        self,
        subscription_id: int,
        session: SessionRecord,
        policy: StreamPolicy | PushPolicy,
        when_over: Callable[[Subscription], None],
    ) -> Subscription:
        """Begin to send on a session."""
        if isinstance(policy, PushPolicy):
            return self._pushes.start(subscription_id, session, policy, _OPERATION, when_over)
        return self._streams.start(subscription_id, session, policy, _OPERATION, when_over)

    def is_renewable(self, delivery: Subscription, policy: StreamPolicy | PushPolicy) -> bool:
        """Tell whether a delivery can go on under terms: they must be of the same kind."""
        return isinstance(delivery, PushSubscription) is isinstance(policy, PushPolicy)

    def renew(self, delivery: Subscription, policy: StreamPolicy | PushPolicy) -> None:
        """Go on under other terms of the same kind."""
        if isinstance(delivery, PushSubscription) and isinstance(policy, PushPolicy):
            self._pushes.renew(delivery, policy)
        elif isinstance(delivery, StreamSubscription) and isinstance(policy, StreamPolicy):
            self._streams.renew(delivery, replace(policy, replay_from=delivery.policy.replay_from))

    def replay_terms(self, first: int) -> bytes:
        """Write what ``subscription-started`` says of a replay from a number on (§2.5.6)."""
        log = self._log
        first = max(first, log.first)
        previous = log[first - 1].event_time if first > log.first else log.aged_time
        times = [self._boot_time, log.creation_time]
        times += [log.aged_time] if log.aged_time is not None else []
        times += [previous] if previous is not None and first > self.boot else []
        return replay_xml(max(times), previous)
