"""Subscriptions to the event stream (RFC 8639 §2.1, §2.4)."""

from __future__ import annotations

from collections.abc import Callable

from netconf_server.notifications import state_notices
from netconf_server.notifications.event_filters import EventFilter
from netconf_server.notifications.policies import StreamPolicy
from netconf_server.notifications.stream import EventStream, Receiver, StreamTerms
from netconf_server.notifications.subscription import Subscription
from netconf_server.protocol.sessions import SessionRecord


class StreamSubscription(Subscription):
    """One subscription to the event stream."""

    def __init__(
        self,
        subscription_id: int,
        stream: EventStream,
        session: SessionRecord,
        policy: StreamPolicy,
        selection: EventFilter | None,
        when_over: Callable[[Subscription], None],
    ) -> None:
        super().__init__(subscription_id, session, stream.now)
        self._policy = policy
        self._when_over = when_over
        self._receiver = Receiver(stream, session, _terms(policy, selection), self)
        self._receiver.start()

    @property
    def policy(self) -> StreamPolicy:
        """The terms."""
        return self._policy

    @property
    def counts(self) -> tuple[int, int]:
        """How many records have been sent, and how many kept back by filter or access."""
        return self._receiver.sent, self._receiver.excluded

    @property
    def reached(self) -> int:
        """The number in the log behind the last event that has left for the client."""
        return self._receiver.reached

    def modify(self, policy: StreamPolicy, selection: EventFilter | None) -> None:
        """Go on under other terms; RFC 8639 §2.4.3: a suspended subscription is active again."""
        self._policy = policy
        self.is_suspended = False
        self._receiver.modify(_terms(policy, selection))

    def close(self) -> None:
        """End without a word."""
        super().close()
        self._receiver.close()

    def go_on(self) -> None:
        """Send again, after a suspension."""
        super().go_on()
        self._receiver.is_suspended = False

    # What the receiver reports.

    def replay_completed(self) -> None:
        """Say that the replay is over (RFC 8639 §2.7.7)."""
        self.say(state_notices.replay_completed(self.id))

    def completed(self) -> None:
        """End at the stop time; whoever has started it says so, if anybody does."""
        self.is_open = False
        self._when_over(self)

    def overflowed(self) -> None:
        """Be suspended."""
        self._receiver.is_suspended = True
        self.suspend()


def _terms(policy: StreamPolicy, selection: EventFilter | None) -> StreamTerms:
    return StreamTerms(
        selection=selection,
        replay_start=policy.replay_start,
        replay_from=policy.replay_from,
        stop_time=policy.stop_time,
    )
