"""All subscriptions of the server, and the life of dynamic ones (RFC 8639 §2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Final

from netconf_server.errors import RpcError
from netconf_server.notifications.configured import ConfiguredSubscriptions
from netconf_server.notifications.policies import PushedDatastore, PushPolicy, StreamPolicy
from netconf_server.notifications.policy_input import new_policy
from netconf_server.notifications.push_drivers import OnChangeDriver
from netconf_server.notifications.push_starting import PushStarter
from netconf_server.notifications.push_subscription import PushSubscription
from netconf_server.notifications.rpc_input import Input
from netconf_server.notifications.stream_starting import StreamStarter
from netconf_server.notifications.stream_subscription import StreamSubscription
from netconf_server.notifications.subscription import Subscription
from netconf_server.notifications.subscription_errors import subscription_error
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Change, Json, StateFragment

#: The upper half of the numbers; RFC 8639 §5.1 leaves the lower one to configured subscriptions.
FIRST_DYNAMIC_ID: Final = 2**31

#: One session may have so many subscriptions.
_MOST_IN_SESSION: Final = 64

#: So many changes are looked at before others have their turn.
_SLICE: Final = 20


class Subscriptions:
    """The table of dynamic subscriptions, with that of the configured ones beside it."""

    def __init__(
        self, streams: StreamStarter, pushes: PushStarter, configured: ConfiguredSubscriptions
    ) -> None:
        self._streams = streams
        self._pushes = pushes
        self.configured = configured
        self._open: dict[int, Subscription] = {}
        self._next_id = FIRST_DYNAMIC_ID

    def has_any(self, session: SessionRecord) -> bool:
        """Tell whether a session has subscriptions of RFC 8639."""
        delivered = self.configured.open_deliveries()
        return any(self._of(session)) or any(each.session is session for each in delivered)

    def establish(self, session: SessionRecord, request: Input) -> Subscription:
        """Begin a subscription; raises RpcError."""
        if sum(1 for _ in self._of(session)) >= _MOST_IN_SESSION:
            reason = f"a session can have {_MOST_IN_SESSION} subscriptions"
            raise subscription_error("insufficient-resources", reason)
        subscription = self._start(session, request)
        self._open[subscription.id] = subscription
        self._next_id += 1
        return subscription

    def _start(self, session: SessionRecord, request: Input) -> Subscription:
        policy = new_policy(request, self._pushes.tools.now())
        number, operation = self._next_id, request.operation
        if isinstance(policy, PushPolicy):
            return self._pushes.start(number, session, policy, operation, self._forget)
        return self._streams.start(number, session, policy, operation, self._forget)

    def revised_start(self, subscription: Subscription) -> datetime | None:
        """Return when a replay really begins, if later than was asked for (§2.4.2.1)."""
        policy = subscription.policy
        return self._streams.revised_start(policy) if isinstance(policy, StreamPolicy) else None

    def modify(self, session: SessionRecord, request: Input) -> None:
        """Change the terms of a subscription of the session (§2.4.3)."""
        subscription = self._find(session, request.subscription_id, "no-such-subscription")
        if isinstance(subscription, StreamSubscription):
            self._streams.modify(subscription, request)
        elif isinstance(subscription, PushSubscription):
            self._pushes.modify(subscription, request)

    def resync(self, session: SessionRecord, subscription_id: int) -> None:
        """Have everything pushed that an on-change subscription selects (RFC 8641 §4.4.4)."""
        subscription = self._find(session, subscription_id, "no-such-subscription-resync")
        driver = subscription.driver if isinstance(subscription, PushSubscription) else None
        if not isinstance(driver, OnChangeDriver) or not driver.can_resync:
            raise subscription_error(
                "on-change-sync-unsupported",
                "only an on-change subscription with sync-on-start is synchronized",
            )
        driver.resync()

    def delete(self, session: SessionRecord, subscription_id: int) -> None:
        """End a subscription of the session (§2.4.4)."""
        subscription = self._find(session, subscription_id, "no-such-subscription")
        self._forget(subscription)
        subscription.close()

    def kill(self, subscription_id: int) -> None:
        """End a subscription of any session, which is told (§2.4.5, §2.7.3)."""
        subscription = self._open.get(subscription_id)
        if subscription is None:
            raise _unknown(subscription_id, "no-such-subscription")
        self._end(subscription, "no-such-subscription")

    def end_session(self, session: SessionRecord) -> None:
        """End what a session has established (RFC 8640 §5), and what it was sent."""
        for subscription in tuple(self._of(session)):
            self._forget(subscription)
            subscription.close()
        self.configured.session_ended(session)

    def review_filters(self) -> None:
        """Look at the configured filters again, some of which may have changed (§2.7.2)."""
        for subscription in tuple(self._open.values()):
            name = subscription.policy.selection.name
            if name is None:
                continue
            try:
                self._review(subscription, name)
            except RpcError:
                self._end(subscription, "filter-unavailable")
        self.configured.review()

    def _review(self, subscription: Subscription, name: str) -> None:
        if isinstance(subscription, StreamSubscription):
            self._streams.review(subscription, name)
        elif isinstance(subscription, PushSubscription):
            self._pushes.review(subscription)

    def follow(self, datastore: PushedDatastore, changes: Sequence[Change]) -> Iterator[None]:
        """Tell those who follow changes of these, in steps."""
        for start in range(0, len(changes), _SLICE):
            for subscription in self._pushed:
                subscription.driver.note(datastore, changes[start : start + _SLICE])
            yield None
        for subscription in self._pushed:
            subscription.driver.flush()

    @property
    def _pushed(self) -> list[PushSubscription]:
        everything = chain(self._open.values(), self.configured.open_deliveries())
        return [each for each in everything if isinstance(each, PushSubscription)]

    def state(self) -> Iterator[StateFragment]:
        """Yield /subscriptions, one subscription after the other (§2.8)."""
        for subscription in tuple(self._open.values()):
            content: dict[str, Json] = {"subscription": [subscription.state()]}
            yield StateFragment(data={"ietf-subscribed-notifications:subscriptions": content})
        yield from self.configured.state()

    def _of(self, session: SessionRecord) -> Iterator[Subscription]:
        return (each for each in self._open.values() if each.session is session)

    def _find(self, session: SessionRecord, subscription_id: int, identity: str) -> Subscription:
        """Find a subscription; RFC 8640 §5: only the session that has established it can."""
        subscription = self._open.get(subscription_id)
        if subscription is None or subscription.session is not session:
            raise _unknown(subscription_id, identity)
        return subscription

    def _end(self, subscription: Subscription, reason: str) -> None:
        self._forget(subscription)
        subscription.terminate(reason)

    def _forget(self, subscription: Subscription) -> None:
        self._open.pop(subscription.id, None)


def _unknown(subscription_id: int, identity: str) -> RpcError:
    return subscription_error(identity, f"there is no subscription {subscription_id} here")
