"""One configured subscription: its state, and that of its receivers (RFC 8639 §2.5.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import Final

from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter
from netconf_server.notifications import state_notices
from netconf_server.notifications.configured_terms import ConfiguredTerms
from netconf_server.notifications.deliveries import Deliveries
from netconf_server.notifications.event_records import message_around
from netconf_server.notifications.outbox import Message
from netconf_server.notifications.policies import PushPolicy, StreamPolicy
from netconf_server.notifications.stream_subscription import StreamSubscription
from netconf_server.notifications.subscription import Subscription
from netconf_server.notifications.terms_xml import terms_of
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Json

_log = logging.getLogger(__name__)

_DELETED: Final = "no-such-subscription"


class ConfiguredState(Enum):
    """The states of a configured subscription, in the words of its module."""

    VALID = "valid"
    INVALID = "invalid"
    CONCLUDED = "concluded"


@dataclass(slots=True, kw_only=True)
class ConfiguredReceiver:
    """One receiver; ``delivery`` is there while its client has a session that is used for it."""

    client: str
    replay_from: int
    delivery: Subscription | None = None
    _before: tuple[int, int] = field(default=(0, 0), init=False)

    @property
    def counts(self) -> tuple[int, int]:
        """How many records have been sent, and how many kept back, on all sessions."""
        if self.delivery is None:
            return self._before
        (sent, excluded), (sent_now, excluded_now) = self._before, self.delivery.counts
        return sent + sent_now, excluded + excluded_now

    def lose(self) -> Subscription | None:
        """Send no more, and remember where to go on."""
        delivery = self.delivery
        self._before, self.delivery = self.counts, None
        if isinstance(delivery, StreamSubscription):
            self.replay_from = delivery.reached
        return delivery

    def reset_counts(self) -> None:
        """Count anew, as the subscription has been found valid (RFC 8639 §2.8)."""
        sent, excluded = (0, 0) if self.delivery is None else self.delivery.counts
        self._before = (-sent, -excluded)


class ConfiguredSubscription:
    """What becomes of one entry of running.

    ``session_of`` finds the session on which a client is sent something, if it has one.
    """

    def __init__(
        self,
        subscription_id: int,
        deliveries: Deliveries,
        session_of: Callable[[str], SessionRecord | None],
    ) -> None:
        self._id = subscription_id
        self._deliveries = deliveries
        self._session_of = session_of
        self.receivers: dict[str, ConfiguredReceiver] = {}
        self._terms: ConfiguredTerms
        self._policy: StreamPolicy | PushPolicy | None = None
        self._selection: Filter | None = None
        self._evaluated = b""

    @property
    def state(self) -> ConfiguredState:
        """Tell whether anything is sent under these terms."""
        if self._policy is None:
            return ConfiguredState.INVALID
        stop = self._policy.stop_time
        is_over = stop is not None and stop <= self._deliveries.now()
        return ConfiguredState.CONCLUDED if is_over else ConfiguredState.VALID

    def update(self, terms: ConfiguredTerms) -> None:
        """Take terms over, the first or others (§2.5.2, §2.5.3)."""
        self._terms = terms
        self._update_receivers()
        policy, selection = self._evaluate()
        evaluated = terms.text + (b"" if policy is None else terms_of(policy, selection))
        if evaluated != self._evaluated or policy is None:
            self._policy, self._selection, self._evaluated = policy, selection, evaluated
            self._tell_of_modification()
        self.settle()

    def _evaluate(self) -> tuple[StreamPolicy | PushPolicy | None, Filter | None]:
        try:
            policy = self._terms.policy()
            return policy, self._deliveries.check(policy)
        except RpcError as error:
            _log.warning("configured subscription %d is invalid: %s", self._id, error)
            return None, None

    def _update_receivers(self) -> None:
        for name, receiver in tuple(self.receivers.items()):
            if self._terms.receivers.get(name) != receiver.client:
                _terminate(self.receivers.pop(name), _DELETED)
        for name, client in self._terms.receivers.items():
            if name not in self.receivers:
                first = self._deliveries.boot
                self.receivers[name] = ConfiguredReceiver(client=client, replay_from=first)

    def _tell_of_modification(self) -> None:
        for receiver in self.receivers.values():
            receiver.reset_counts()
            delivery = receiver.delivery
            if delivery is None:
                continue
            if self._policy is None:
                _terminate(receiver, self._terms.fault)
            elif delivery.is_suspended:
                delivery.deferred = partial(self._modify, receiver)
            else:
                self._modify(receiver)

    def _modify(self, receiver: ConfiguredReceiver) -> None:
        """Say what the terms are now, and go on under them (§2.7.2)."""
        delivery = receiver.delivery
        if delivery is None or self._policy is None:
            return
        is_renewable = self._deliveries.is_renewable(delivery, self._policy)
        if not is_renewable:
            receiver.lose()
            delivery.close()
        self._say(delivery.session, state_notices.modified(self._id, self._terms_xml()))
        if is_renewable:
            self._deliveries.renew(delivery, self._policy)
        else:
            receiver.delivery = self._start(delivery.session, self._policy)

    def _terms_xml(self) -> bytes:
        assert self._policy is not None, "the subscription is valid"
        return terms_of(self._policy, self._selection) + self._terms.extra_xml()

    def settle(self) -> None:
        """Begin on sessions that have come, and end on those that have gone (§2.5.1)."""
        for receiver in self.receivers.values():
            delivery = receiver.delivery
            if delivery is not None and not delivery.session.is_open:
                receiver.lose()
                delivery.close()
            if receiver.delivery is None and self.state is ConfiguredState.VALID:
                self._connect(receiver)

    def _connect(self, receiver: ConfiguredReceiver) -> None:
        session = self._session_of(receiver.client)
        if session is None or self._policy is None:
            return
        policy, terms = self._policy, self._terms_xml()
        if isinstance(policy, StreamPolicy) and self._terms.is_replayed:
            policy = replace(policy, replay_from=receiver.replay_from)
            terms += self._deliveries.replay_terms(receiver.replay_from)
        self._say(session, state_notices.started(self._id, terms))
        receiver.delivery = self._start(session, policy)

    def _say(self, session: SessionRecord, content: bytes) -> None:
        """Send a notice that is sent even if its delivery ends at once."""
        notice = message_around(self._deliveries.now(), content)
        session.outbox.post_anyway(Message(lambda: iter((notice,)), len(notice)))

    def _start(self, session: SessionRecord, policy: StreamPolicy | PushPolicy) -> Subscription:
        return self._deliveries.start(self._id, session, policy, self._on_over)

    def _on_over(self, delivery: Subscription) -> None:
        """Say that the stop time has been reached (§2.7.6)."""
        for receiver in self.receivers.values():
            if receiver.delivery is delivery:
                receiver.lose()
                delivery.say(state_notices.completed(self._id))

    def reset(self, name: str) -> None:
        """Begin anew with a receiver (§2.5.5)."""
        receiver = self.receivers[name]
        delivery = receiver.lose()
        if delivery is not None:
            delivery.close()
        self.settle()

    def delete(self) -> None:
        """End, and tell all receivers (§2.5.4)."""
        for receiver in self.receivers.values():
            _terminate(receiver, _DELETED)

    def deliveries(self) -> Iterator[Subscription]:
        """Yield what is being sent."""
        return (each.delivery for each in self.receivers.values() if each.delivery is not None)

    def show(self, known_clients: frozenset[str]) -> dict[str, Json]:
        """Return the state in the entry of /subscriptions/subscription (§2.8)."""
        is_valid = self.state is ConfiguredState.VALID
        receivers: list[Json] = [
            _show(name, receiver, is_connecting=is_valid and receiver.client in known_clients)
            for name, receiver in self.receivers.items()
        ]
        return {
            "id": self._id,
            "configured-subscription-state": self.state.value,
            "receivers": {"receiver": receivers},
        }


def _terminate(receiver: ConfiguredReceiver, reason: str) -> None:
    delivery = receiver.lose()
    if delivery is not None:
        delivery.terminate(reason)


def _show(name: str, receiver: ConfiguredReceiver, *, is_connecting: bool) -> Json:
    sent, excluded = receiver.counts
    if receiver.delivery is not None:
        state = "suspended" if receiver.delivery.is_suspended else "active"
    else:
        state = "connecting" if is_connecting else "disconnected"
    return {
        "name": name,
        "sent-event-records": str(sent),
        "excluded-event-records": str(excluded),
        "state": state,
    }
