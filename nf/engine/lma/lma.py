"""The LMA role: hands each event to the rule that it concerns."""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier, ProxyBindingUpdate
from nf.engine.configuration import Configuration
from nf.engine.effects import Effect
from nf.engine.events import (
    AssignmentRestored,
    BindingClearRequested,
    BindingRestored,
    ConfigurationChanged,
    Event,
    MessageReceived,
    MessageRejected,
    Started,
    TimerExpired,
)
from nf.engine.lma import deregistration, processing, reconfiguration
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.request import request_of
from nf.engine.rejection import on_rejected
from nf.engine.values import Instant, Timer, TimerKind


class Lma:
    """One local mobility anchor (RFC 5213 §5, NEMO draft §3.4)."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.anchor = Anchor(configuration)
        self.statistics = self.anchor.statistics
        self.bindings = self.anchor.cache.entries
        self.assignments = self.anchor.assignments.by_prefix

    def bindings_of(self, node: MobileNodeIdentifier) -> tuple[BindingCacheEntry, ...]:
        """Return the node's entries, oldest first."""
        return self.anchor.cache.of_node(node)

    def handle(self, event: Event, now: Instant) -> list[Effect]:
        """Return everything that the event makes the LMA want, in order.

        Events that are the MAG's alone want nothing here. Nor does a kernel failure: the driver
        keeps what it was refused and tries it again, and the runtime tells of it.
        """
        if self.configuration.local_mobility_anchor is not None:
            self.statistics.since_utc_us = self.statistics.since_utc_us or now.utc_us
        match event:
            case ConfigurationChanged():
                return reconfiguration.on_changed(self.anchor, event.items, now)
            case AssignmentRestored():
                self.anchor.stored_assignments.append(event.assignment)
            case BindingRestored():
                self.anchor.stored_bindings.append(event.binding)
            case Started():
                self.anchor.is_started = True
                return reconfiguration.align_role(self.anchor, now)
            case MessageReceived(message=ProxyBindingUpdate() as update):
                return processing.on_request(self.anchor, request_of(event, update), now)
            case MessageRejected():
                return on_rejected(self.statistics.rejected, event)
            case TimerExpired():
                return self._on_timer(event.timer, now)
            case BindingClearRequested():
                return deregistration.clear(self.anchor, event.binding_id, now)
        return []

    def _on_timer(self, timer: Timer, now: Instant) -> list[Effect]:
        node = MobileNodeIdentifier(timer.key)
        if timer.kind is TimerKind.ASSIGNMENT_HOLD:
            return self.anchor.assignments.on_hold_expired(node, now)
        if timer.kind is TimerKind.BCE_ASSIGN:
            return processing.on_wait_over(self.anchor, node, now)
        return deregistration.on_expired(self.anchor, timer, now)
