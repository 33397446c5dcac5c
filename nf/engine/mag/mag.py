"""The MAG role: hands each event to the rule that it concerns."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    Heartbeat,
    ProxyBindingAcknowledgement,
    UpdateNotification,
)
from nf.engine.configuration import Configuration
from nf.engine.effects import Effect
from nf.engine.events import (
    AccessLinkDown,
    AccessMessageRejected,
    AttachmentRestored,
    ConfigurationChanged,
    DhcpMessageReceived,
    Event,
    MessageReceived,
    MessageRejected,
    NodeLost,
    NodeSeen,
    PeerRevocationRequested,
    RelayMessageReceived,
    RelayMessageRejected,
    ReplayDetectionRestored,
    ReregistrationRequested,
    RestartCounterRestored,
    RouterSolicited,
    Started,
    TimerExpired,
    TunnelMtuChanged,
)
from nf.engine.mag import (
    advertisement,
    attachment,
    delegating_router,
    dhcp_reconfigure,
    heartbeat,
    reconfiguration,
    revocation_received,
    revocation_sent,
    stored,
    timeouts,
    update_notification,
)
from nf.engine.mag.acknowledgement import on_acknowledgement
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.relay import answers
from nf.engine.paths import Path
from nf.engine.rejection import on_rejected
from nf.engine.values import Instant


class Mag:
    """One mobile access gateway (RFC 5213 §6, NEMO draft §3.3)."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.gateway = Gateway(configuration=configuration)
        self.statistics = self.gateway.statistics
        self.binding_update_list = self.gateway.binding_update_list
        self.attached_nodes = self.gateway.attached_nodes
        self.paths = self.gateway.watch.paths

    def anchors(self) -> dict[IPv6Address, Path | None]:
        """Return the LMAs with which we have bindings, with what heartbeats tell of each."""
        served_by = {tunnel.remote: None for tunnel in self.gateway.tunnel_users}
        return {**served_by, **self.paths}

    def handle(self, event: Event, now: Instant) -> list[Effect]:
        """Return everything that the event makes the MAG want, in order.

        Events that are the LMA's alone, and those that change nothing here, want nothing: that a
        link is up says of no node that it is there, and what the kernel refused the runtime tells.
        """
        self.statistics.since_utc_us = self.statistics.since_utc_us or now.utc_us
        effects = self._on_event(event, now)
        if self.gateway.realigned:
            effects = effects + dhcp_reconfigure.follow(self.gateway, now)
        if self.gateway.changed_lmas:
            effects = effects + heartbeat.follow(self.gateway, now)
        if self.gateway.timers.concerned:
            effects = effects + stored.follow(self.gateway)
        return effects

    def _on_event(self, event: Event, now: Instant) -> list[Effect]:
        match event:
            case ConfigurationChanged():
                return reconfiguration.on_changed(self.gateway, event.items, now)
            case RestartCounterRestored():
                self.gateway.stored_restart_counter = event.counter
            case AttachmentRestored():
                node = event.attachment.mobile_node_identifier
                self.gateway.stored[node] = event.attachment
            case ReplayDetectionRestored():
                self.gateway.replay_detection.restore(event.number)
            case Started():
                return reconfiguration.on_started(self.gateway, now)
            case ReregistrationRequested():
                node = event.mobile_node_identifier
                return reconfiguration.on_reregistration_requested(self.gateway, node, now)
            case PeerRevocationRequested():
                return revocation_sent.revoke_all(self.gateway, event.peer, now)
            case TimerExpired():
                return timeouts.on_expired(self.gateway, event.timer, now)
            case MessageReceived() | MessageRejected():
                return self._on_mobility(event, now)
            case TunnelMtuChanged():
                return advertisement.on_mtu_changed(self.gateway, event, now)
            case RelayMessageReceived():
                return answers.on_received(self.gateway, event, now)
            case AccessMessageRejected() | RelayMessageRejected():
                self.statistics.rejected[event.reason.value] += 1
                return []
            case NodeSeen() | NodeLost() | AccessLinkDown():
                return self._on_presence(event, now)
            case RouterSolicited() | DhcpMessageReceived():
                return self._on_packet(event, now)
        return []

    def _on_mobility(self, event: MessageReceived | MessageRejected, now: Instant) -> list[Effect]:
        if isinstance(event, MessageRejected):
            return on_rejected(self.statistics.rejected, event)
        match event.message:
            case ProxyBindingAcknowledgement() as message:
                return on_acknowledgement(self.gateway, event, message, now)
            case Heartbeat() as message:
                return heartbeat.on_heartbeat(self.gateway, event, message, now)
            case UpdateNotification() as message:
                return update_notification.on_notification(self.gateway, event, message, now)
            case BindingRevocationIndication() as message:
                return revocation_received.on_indication(self.gateway, event, message, now)
            case BindingRevocationAcknowledgement() as message:
                return revocation_sent.on_acknowledgement(self.gateway, event, message, now)
            case BindingError() as error:
                return self._on_binding_error(event, error, now)
        return []

    def _on_binding_error(
        self, event: MessageReceived, error: BindingError, now: Instant
    ) -> list[Effect]:
        """Find out which of our messages an error is about: it does not name the type."""
        if revocation_sent.refuses(self.gateway, event, error):
            return revocation_sent.on_unsupported(self.gateway, event, now)
        return heartbeat.on_binding_error(self.gateway, event, error)

    def _on_presence(
        self, event: NodeSeen | NodeLost | AccessLinkDown, now: Instant
    ) -> list[Effect]:
        if isinstance(event, NodeSeen):
            return attachment.on_seen(self.gateway, event, now)
        if isinstance(event, NodeLost):
            return attachment.on_lost(self.gateway, event, now)
        return attachment.on_link_down(self.gateway, event.link, now)

    def _on_packet(
        self, event: RouterSolicited | DhcpMessageReceived, now: Instant
    ) -> list[Effect]:
        """Take a packet for a sign of its sender's life, then answer it."""
        if isinstance(event, DhcpMessageReceived):
            self.statistics.dhcpv6_received[delegating_router.word_of(event.message)] += 1
            fault = delegating_router.fault(self.gateway, event)
            if fault is not None:
                self.gateway.drop(fault)
                return []
        node, effects = attachment.sender_of(self.gateway, event, now)
        if node is None:
            return effects
        if isinstance(event, RouterSolicited):
            return effects + advertisement.on_solicitation(self.gateway, node, now)
        return effects + delegating_router.on_message(self.gateway, node, event, now)
