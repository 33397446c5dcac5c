"""The LMA role: hands each event to the rule that it concerns."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    Heartbeat,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
    UpdateNotificationAcknowledgement,
)
from nf.engine.configuration import Configuration
from nf.engine.effects import Effect
from nf.engine.events import (
    AssignmentRestored,
    BindingClearRequested,
    BindingReregistrationRequested,
    BindingRestored,
    BindingRevocationRequested,
    ConfigurationChanged,
    Event,
    MessageReceived,
    MessageRejected,
    NodeRevocationRequested,
    PeerRevocationRequested,
    RealmRevocationRequested,
    RestartCounterRestored,
    Started,
    TimerExpired,
)
from nf.engine.lma import (
    deregistration,
    failed_mags,
    heartbeat,
    processing,
    reconfiguration,
    redirection,
    revocation_received,
    revocation_sent,
    revocation_settled,
    update_notification,
)
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
        self.routes = self.anchor.routes
        self.paths = self.anchor.watch.paths

    def bindings_of(self, node: MobileNodeIdentifier) -> tuple[BindingCacheEntry, ...]:
        """Return the node's entries, oldest first."""
        return self.anchor.cache.of_node(node)

    def is_concerned(self, event: MessageReceived) -> bool:
        """Tell whether a message that both roles understand is ours."""
        if isinstance(event.message, ProxyBindingAcknowledgement):
            return redirection.awaits(self.anchor, event, event.message)
        if isinstance(event.message, BindingRevocationAcknowledgement):
            return self.anchor.initiator.match(event, event.message) is not None
        is_error = isinstance(event.message, BindingError)
        is_asked = update_notification.is_asked(self.anchor, event.source)
        if is_error and (is_asked or self.anchor.initiator.awaits(event.source)):
            return True
        return heartbeat.concerns(self.anchor, event)

    def handle(self, event: Event, now: Instant) -> list[Effect]:
        """Return everything that the event makes the LMA want, in order.

        Events that are the MAG's alone want nothing here. Nor does a kernel failure: the driver
        keeps what it was refused and tries it again, and the runtime tells of it.
        """
        if self.configuration.local_mobility_anchor is not None:
            self.statistics.since_utc_us = self.statistics.since_utc_us or now.utc_us
        effects = self._on_event(event, now)
        if self.anchor.routes.changed_peers:
            effects = effects + heartbeat.follow(self.anchor, now)
        return effects

    def _on_event(self, event: Event, now: Instant) -> list[Effect]:
        match event:
            case MessageReceived():
                return self._on_message(event, now)
            case ConfigurationChanged():
                return reconfiguration.on_changed(self.anchor, event.items, now)
            case AssignmentRestored():
                self.anchor.stored_assignments.append(event.assignment)
            case BindingRestored():
                self.anchor.stored_bindings.append(event.binding)
            case RestartCounterRestored():
                self.anchor.watch.restart_counter = event.counter
            case Started():
                self.anchor.is_started = True
                return reconfiguration.align_role(self.anchor, now)
            case MessageRejected():
                return on_rejected(self.statistics.rejected, event)
            case TimerExpired():
                return self._on_timer(event.timer, now)
            case _:
                return self._on_request(event, now)
        return []

    def _on_message(self, event: MessageReceived, now: Instant) -> list[Effect]:
        match event.message:
            case ProxyBindingUpdate() as update:
                return processing.on_request(self.anchor, request_of(event, update), now)
            case ProxyBindingAcknowledgement() as message:
                return processing.on_redirection_answered(self.anchor, event, message, now)
            case Heartbeat() as message:
                return heartbeat.on_heartbeat(self.anchor, event, message, now)
            case UpdateNotificationAcknowledgement() as message:
                return update_notification.on_acknowledgement(self.anchor, event, message, now)
            case BindingRevocationIndication() as message:
                return revocation_received.on_indication(self.anchor, event, message, now)
            case BindingRevocationAcknowledgement() as message:
                return processing.on_revocation_acknowledged(self.anchor, event, message, now)
            case BindingError() as error:
                return self._on_binding_error(event, error, now)
        return []

    def _on_binding_error(
        self, event: MessageReceived, error: BindingError, now: Instant
    ) -> list[Effect]:
        """Find out which of our messages an error is about: it does not name the type."""
        if update_notification.refuses(self.anchor, event, error):
            return update_notification.on_unsupported(self.anchor, event.source, now)
        if revocation_settled.refuses(self.anchor, event, error):
            return processing.on_revocation_unsupported(self.anchor, event, now)
        return heartbeat.on_binding_error(self.anchor, event, error)

    def _on_request(self, event: Event, now: Instant) -> list[Effect]:
        """Do what an operator asks for."""
        match event:
            case BindingClearRequested():
                return deregistration.clear(self.anchor, event.binding_id, now)
            case BindingReregistrationRequested():
                return update_notification.request(self.anchor, event.binding_id, now)
            case BindingRevocationRequested():
                trigger = event.trigger
                return revocation_sent.revoke_binding(self.anchor, event.binding_id, trigger, now)
            case NodeRevocationRequested():
                node, trigger = event.mobile_node_identifier, event.trigger
                return revocation_sent.revoke_node(self.anchor, node, trigger, now)
            case PeerRevocationRequested():
                return revocation_sent.revoke_mag(self.anchor, event.peer, now)
            case RealmRevocationRequested():
                return revocation_sent.revoke_realm(self.anchor, event.realm, now)
        return []

    def _on_timer(self, timer: Timer, now: Instant) -> list[Effect]:
        node = MobileNodeIdentifier(timer.key)
        if timer.kind is TimerKind.ASSIGNMENT_HOLD:
            return self.anchor.assignments.on_hold_expired(node, now)
        if timer.kind is TimerKind.BCE_ASSIGN:
            return processing.on_wait_over(self.anchor, node, now)
        if timer.kind is TimerKind.MAG_HEARTBEAT:
            return heartbeat.on_due(self.anchor, IPv6Address(timer.key), now)
        if timer.kind is TimerKind.REDIRECT_RETRANSMIT:
            return processing.on_redirection_unanswered(self.anchor, node, now)
        if timer.kind is TimerKind.UPDATE_NOTIFICATION_RETRANSMIT:
            return update_notification.on_due(self.anchor, SequenceNumber(int(timer.key)), now)
        if timer.kind is TimerKind.REVOCATION_RETRANSMIT:
            return processing.on_revocation_due(self.anchor, SequenceNumber(int(timer.key)), now)
        if timer.kind is TimerKind.MAG_FAILED:
            return failed_mags.on_due(self.anchor, IPv6Address(timer.key), now)
        return deregistration.on_expired(self.anchor, timer, now)
