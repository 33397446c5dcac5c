"""What all subscriptions have in common, as far as one receiver goes (RFC 8639 §2.4, §2.5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Final

from netconf_server.filters.filter import Filter
from netconf_server.notifications import state_notices
from netconf_server.notifications.event_records import message_around
from netconf_server.notifications.outbox import Message
from netconf_server.notifications.policies import Policy
from netconf_server.notifications.terms_xml import terms_of
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Json

_UNSUPPORTABLE: Final = "unsupportable-volume"


class Subscription(ABC):
    """One subscription to one receiver, a session.

    When the session takes less than comes, the subscription is suspended until half of what waits
    has been sent (RFC 8639 §2.7.4, §2.7.5): its client is told that something is missing. A
    modification that has to wait for that is ``deferred`` (§2.5.3), and said instead.
    """

    def __init__(
        self, subscription_id: int, session: SessionRecord, now: Callable[[], datetime]
    ) -> None:
        self.id = subscription_id
        self.session = session
        self.is_suspended = False
        self.is_open = True
        self.deferred: Callable[[], None] | None = None
        self._now = now

    @property
    @abstractmethod
    def policy(self) -> Policy:
        """The terms."""

    @property
    @abstractmethod
    def counts(self) -> tuple[int, int]:
        """How many records have been sent, and how many kept back by filter or access."""

    def close(self) -> None:
        """End without a word; what waits to be sent is not sent any more (RFC 8639 §2.4.4)."""
        self.is_open = False
        self.session.outbox.withdraw(self)

    def terminate(self, reason: str) -> None:
        """End unexpectedly, and say why (RFC 8639 §2.7.3)."""
        self.close()
        self.say(state_notices.terminated(self.id, reason))

    def suspend(self) -> None:
        """Stop sending until there is room again."""
        if self.is_suspended:
            return
        self.is_suspended = True
        self.say(state_notices.suspended(self.id, _UNSUPPORTABLE))
        self.session.outbox.when_room(self._resume)

    def _resume(self) -> None:
        if not self.is_open or not self.is_suspended:
            return
        deferred, self.deferred = self.deferred, None
        if deferred is None:
            self.say(state_notices.resumed(self.id))
        else:
            deferred()
        self.go_on()

    def go_on(self) -> None:
        """Send again, after a suspension."""
        self.is_suspended = False

    def tell_of_modification(self, selection: Filter | None) -> None:
        """Say that the content of the filter has changed, which the terms name (§2.7.2)."""
        if selection is not None:
            self.say(state_notices.modified(self.id, terms_of(self.policy, selection)))

    def say(self, content: bytes) -> None:
        """Send a state change notification, which is never dropped (RFC 8639 §2.7)."""
        message = message_around(self._now(), content)
        self.session.outbox.post_anyway(Message(lambda: iter((message,)), len(message), self))

    def state(self) -> dict[str, Json]:
        """Return the entry of /subscriptions/subscription."""
        sent, excluded = self.counts
        receiver: dict[str, Json] = {
            "name": f"session {self.session.session_id}",
            "sent-event-records": str(sent),
            "excluded-event-records": str(excluded),
            "state": "suspended" if self.is_suspended else "active",
        }
        return {
            **self.policy.shown,
            "id": self.id,
            "encoding": "ietf-subscribed-notifications:encode-xml",
            "receivers": {"receiver": [receiver]},
        }
