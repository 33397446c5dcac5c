"""Turning the terms of a subscription to a datastore into one that runs, or into an error."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from netconf_server.errors import RpcError
from netconf_server.filters.filter import Filter, XPathFilter
from netconf_server.filters.xpath import with_module_names
from netconf_server.notifications.configured_filters import ConfiguredFilters, FilterKind
from netconf_server.notifications.policies import (
    OnChange,
    Periodic,
    PushedDatastore,
    PushPolicy,
    Selection,
    Trigger,
)
from netconf_server.notifications.policy_input import (
    datastore_in,
    push_selection,
    stop_in,
    trigger_in,
)
from netconf_server.notifications.push_drivers import OnChangeDriver, PeriodicDriver
from netconf_server.notifications.push_scope import Scope, UnsupportedFilterError
from netconf_server.notifications.push_subscription import Driver, PushSubscription, PushTools
from netconf_server.notifications.rpc_input import Input
from netconf_server.notifications.subscription import Subscription
from netconf_server.notifications.subscription_errors import hints, subscription_error
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import DataPath


class PushStarter:
    """Starts subscriptions to datastores, and modifies them.

    ``reported`` are the paths of operational state of which the provider tells every change.
    """

    def __init__(self, tools: PushTools, filters: ConfiguredFilters) -> None:
        self.tools = tools
        self.reported: Collection[DataPath] = ()
        self._filters = filters

    def start(
        self,
        subscription_id: int,
        session: SessionRecord,
        policy: PushPolicy,
        operation: str,
        when_over: Callable[[Subscription], None],
    ) -> PushSubscription:
        """Start a subscription; raises RpcError."""
        subscription = PushSubscription(subscription_id, session, policy, self.tools, when_over)
        self._drive(subscription, policy, operation)
        return subscription

    def modify(self, subscription: PushSubscription, request: Input) -> None:
        """Change the terms; what is not given stays as it is. Raises RpcError."""
        before = subscription.policy
        selection = push_selection(request)
        is_elsewhere = _has_datastore(request) and datastore_in(request) is not before.datastore
        if is_elsewhere:
            raise request.invalid("datastore", "cannot be modified")
        policy = replace(
            before,
            selection=before.selection if selection == Selection() else selection,
            trigger=_modified(before.trigger, trigger_in(request)),
            stop_time=stop_in(request, self.tools.now()) or before.stop_time,
            shown=request.shown_over(before.shown),
        )
        self._drive(subscription, policy, request.operation)

    def check(self, policy: PushPolicy) -> Filter | None:
        """Return the filter of terms that can be used; raises RpcError for others."""
        operation = "establish-subscription"
        selection = self._resolve(policy.selection, operation)
        if isinstance(policy.trigger, OnChange):
            self._scope(policy, selection, operation)
        return selection

    def renew(self, subscription: PushSubscription, policy: PushPolicy) -> None:
        """Go on under other terms, which have been checked."""
        self._drive(subscription, policy, "modify-subscription")

    def review(self, subscription: PushSubscription) -> None:
        """Take over the filter that the terms name, as it is now; raises RpcError."""
        self._drive(subscription, subscription.policy, "modify-subscription")
        subscription.tell_of_modification(subscription.selection)

    def _drive(self, subscription: PushSubscription, policy: PushPolicy, operation: str) -> None:
        """Let a subscription run under terms; after an error it is as it was."""
        selection = self._resolve(policy.selection, operation)
        driver = self._driver(subscription, policy, selection, operation)
        subscription.drive(policy, selection, driver)

    def _driver(
        self,
        subscription: PushSubscription,
        policy: PushPolicy,
        selection: Filter | None,
        operation: str,
    ) -> Driver:
        trigger: Trigger = policy.trigger
        if isinstance(trigger, Periodic):
            return PeriodicDriver(subscription, trigger)
        return OnChangeDriver(subscription, trigger, self._scope(policy, selection, operation))

    def _scope(self, policy: PushPolicy, selection: Filter | None, operation: str) -> Scope:
        """Find out which changes are meant; RpcError if they cannot be followed."""
        try:
            scope = Scope(self.tools.reader.schema, selection)
        except UnsupportedFilterError as fault:
            raise _unsupported(operation, str(fault)) from fault
        if policy.datastore is PushedDatastore.OPERATIONAL and not scope.is_within(self.reported):
            raise self._on_change_unsupported(operation)
        return scope

    def _on_change_unsupported(self, operation: str) -> RpcError:
        """RFC 8641 §3.10: a client must be able to learn what on-change is supported for."""
        known = " ".join(sorted(self.reported)) or "nothing"
        return subscription_error(
            "on-change-unsupported",
            f"of operational state changes can be followed of: {known}",
            hints(operation, is_push=True, filter_failure_hint=known),
        )

    def _resolve(self, selection: Selection, operation: str) -> Filter | None:
        """Find the filter; one that can never be evaluated is an error now."""
        try:
            found = self._filters.resolve(FilterKind.SELECTION, selection)
            if isinstance(found, XPathFilter):
                with_module_names(self.tools.reader.schema, found.expression, found.namespaces)
        except RpcError as error:
            raise _unsupported(operation, error.message) from error
        return found


def _has_datastore(request: Input) -> bool:
    return "ietf-yang-push:datastore" in request.leafs


def _modified(before: Trigger, given: Trigger | None) -> Trigger:
    """Return the trigger to go on with; of on-change only the dampening can be modified."""
    if isinstance(given, OnChange) and isinstance(before, OnChange):
        return replace(before, dampening_s=given.dampening_s)
    return given or before


def _unsupported(operation: str, reason: str) -> RpcError:
    details = hints(operation, is_push=True, filter_failure_hint=reason)
    return subscription_error("filter-unsupported", reason, details)
