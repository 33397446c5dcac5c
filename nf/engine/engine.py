"""The one door in: every event goes through ``Engine.handle``, every wish comes out of it."""

from __future__ import annotations

from typing import assert_never

from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    Heartbeat,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.engine.configuration import Configuration, DataPlaneConfiguration
from nf.engine.effects import Effect
from nf.engine.events import (
    AccessLinkDown,
    AccessLinkUp,
    AccessMessageRejected,
    AssignmentRestored,
    AttachmentRestored,
    BindingClearRequested,
    BindingReregistrationRequested,
    BindingRestored,
    BindingRevocationRequested,
    ConfigurationChanged,
    DhcpMessageReceived,
    Event,
    KernelFailed,
    MessageReceived,
    MessageRejected,
    NodeLost,
    NodeRevocationRequested,
    NodeSeen,
    PeerRevocationRequested,
    RealmRevocationRequested,
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
from nf.engine.kernel_effects import ConfigureDataPlane, ReconcileKernel
from nf.engine.lma.lma import Lma
from nf.engine.mag.mag import Mag
from nf.engine.values import Instant, Role, TimerKind

#: The timers that are the LMA's; all others are the MAG's.
LMA_TIMERS = frozenset(
    {
        TimerKind.BINDING_LIFETIME,
        TimerKind.BCE_DELETE,
        TimerKind.BCE_ASSIGN,
        TimerKind.ASSIGNMENT_HOLD,
        TimerKind.MAG_HEARTBEAT,
        TimerKind.MAG_FAILED,
        TimerKind.REVOCATION_RETRANSMIT,
        TimerKind.UPDATE_NOTIFICATION_RETRANSMIT,
        TimerKind.REDIRECT_RETRANSMIT,
    }
)


class Engine:
    """LMA and MAG of one node over one configuration; deterministic and free of I/O."""

    def __init__(self) -> None:
        self.configuration = Configuration()
        self.lma = Lma(self.configuration)
        self.mag = Mag(self.configuration)

    def handle(self, event: Event, now: Instant) -> list[Effect]:
        """Return the complete ordered list of what the event makes the engine want."""
        match event:
            case MessageReceived() | MessageRejected() | TimerExpired():
                return self._role_of(event).handle(event, now)
            case ConfigurationChanged():
                return self._on_configuration_changed(event, now)
            case Started():
                started = [*self.lma.handle(event, now), *self.mag.handle(event, now)]
                return [*started, ReconcileKernel()]
            case KernelFailed():
                return [*self.lma.handle(event, now), *self.mag.handle(event, now)]
            case (
                BindingRestored()
                | AssignmentRestored()
                | BindingClearRequested()
                | BindingRevocationRequested()
                | NodeRevocationRequested()
                | RealmRevocationRequested()
                | BindingReregistrationRequested()
            ):
                return self.lma.handle(event, now)
            case RestartCounterRestored() | PeerRevocationRequested():
                role = self.lma if event.role is Role.LMA else self.mag
                return role.handle(event, now)
            case (
                NodeSeen()
                | NodeLost()
                | AccessLinkUp()
                | AccessLinkDown()
                | RouterSolicited()
                | DhcpMessageReceived()
                | RelayMessageReceived()
                | RelayMessageRejected()
                | AccessMessageRejected()
                | TunnelMtuChanged()
                | ReregistrationRequested()
                | ReplayDetectionRestored()
                | AttachmentRestored()
            ):
                return self.mag.handle(event, now)
            case _:
                assert_never(event)

    def _role_of(self, event: MessageReceived | MessageRejected | TimerExpired) -> Lma | Mag:
        match event:
            case MessageReceived(
                message=ProxyBindingUpdate() | UpdateNotificationAcknowledgement()
            ):
                return self.lma
            case TimerExpired():
                return self.lma if event.timer.kind in LMA_TIMERS else self.mag
            case MessageReceived(message=UpdateNotification()):
                return self.mag
            case MessageReceived(
                message=ProxyBindingAcknowledgement()
                | Heartbeat()
                | BindingRevocationIndication()
                | BindingRevocationAcknowledgement()
                | BindingError()
            ) if self._is_shared(event):
                return self.lma if self.lma.is_concerned(event) else self.mag
        lma = self.configuration.local_mobility_anchor
        return self.lma if lma is not None and lma.address == event.destination else self.mag

    def _is_shared(self, event: MessageReceived) -> bool:
        """Tell whether a message is for an address at which both roles are."""
        lma = self.configuration.local_mobility_anchor
        mag = self.configuration.mobile_access_gateway
        if lma is None or mag is None or not (lma.enabled and mag.enabled):
            return False
        return lma.address == event.destination == mag.proxy_care_of_address

    def _on_configuration_changed(self, event: ConfigurationChanged, now: Instant) -> list[Effect]:
        effects: list[Effect] = []
        for item in event.items:
            if isinstance(item, DataPlaneConfiguration) and item != self.configuration.data_plane:
                effects.append(ConfigureDataPlane(data_plane=item))
        for item in event.items:
            self.configuration.take(item)
        effects += self.lma.handle(event, now)
        effects += self.mag.handle(event, now)
        return effects
