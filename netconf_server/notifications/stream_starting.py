"""Turning the terms of a subscription to events into one that runs, or into an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter
from netconf_server.notifications.configured_filters import ConfiguredFilters, FilterKind
from netconf_server.notifications.event_filters import EventFilter, event_filter
from netconf_server.notifications.policies import Selection, StreamPolicy
from netconf_server.notifications.policy_input import stop_in, stream_selection
from netconf_server.notifications.rpc_input import Input
from netconf_server.notifications.stream import EventStream
from netconf_server.notifications.stream_subscription import StreamSubscription
from netconf_server.notifications.subscription import Subscription
from netconf_server.notifications.subscription_errors import hints, subscription_error
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.schema.schema import Schema


class StreamStarter:
    """Starts subscriptions to the event stream, and modifies them."""

    def __init__(self, schema: Schema, stream: EventStream, filters: ConfiguredFilters) -> None:
        self._schema = schema
        self._stream = stream
        self._filters = filters

    def start(
        self,
        subscription_id: int,
        session: SessionRecord,
        policy: StreamPolicy,
        operation: str,
        when_over: Callable[[Subscription], None],
    ) -> StreamSubscription:
        """Start a subscription; raises RpcError."""
        selection = self._event_filter(policy.selection, operation)
        return StreamSubscription(
            subscription_id, self._stream, session, policy, selection, when_over
        )

    def revised_start(self, policy: StreamPolicy) -> datetime | None:
        """Return when a replay really begins, if later than was asked for (RFC 8639 §2.4.2.1)."""
        log = self._stream.log
        start = log.aged_time or log.creation_time
        is_revised = policy.replay_start is not None and start > policy.replay_start
        return start if is_revised else None

    def modify(self, subscription: StreamSubscription, request: Input) -> None:
        """Change the terms (RFC 8639 §2.4.3); what is not given stays as it is."""
        before = subscription.policy
        selection = stream_selection(request)
        policy = replace(
            before,
            selection=before.selection if selection == Selection() else selection,
            stop_time=stop_in(request, self._stream.now()) or before.stop_time,
            shown=request.shown_over(before.shown),
        )
        subscription.modify(policy, self._event_filter(policy.selection, request.operation))

    def check(self, policy: StreamPolicy) -> Filter | None:
        """Return the filter of terms that can be used; raises RpcError for others."""
        self._event_filter(policy.selection, "establish-subscription")
        return self._filters.resolve(FilterKind.STREAM, policy.selection)

    def renew(self, subscription: StreamSubscription, policy: StreamPolicy) -> None:
        """Go on under other terms, which have been checked."""
        subscription.modify(policy, self._event_filter(policy.selection, "modify-subscription"))

    def review(self, subscription: StreamSubscription, name: str) -> None:
        """Take over the filter that the terms name, as it is now; raises RpcError."""
        found = self._filters.resolve(FilterKind.STREAM, Selection(name=name))
        subscription.modify(subscription.policy, event_filter(self._schema, found))
        subscription.tell_of_modification(found)

    def _event_filter(self, selection: Selection, operation: str) -> EventFilter | None:
        try:
            return event_filter(self._schema, self._filters.resolve(FilterKind.STREAM, selection))
        except RpcError as error:
            details = hints(operation, is_push=False, filter_failure_hint=error.message)
            raise subscription_error("filter-unsupported", error.message, details) from error
