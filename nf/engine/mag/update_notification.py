"""Doing what an LMA notifies of (RFC 7077 §6): to register a session anew is all that we know."""

from __future__ import annotations

from nf.codec.messages import (
    MobileNodeIdentifier,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.registry import NotificationReason, UpdateNotificationStatus
from nf.engine.effects import Effect, SendMessage
from nf.engine.events import MessageReceived
from nf.engine.mag import refresh, registration
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState
from nf.engine.values import Instant, Tunnel


def on_notification(
    gateway: Gateway, event: MessageReceived, message: UpdateNotification, now: Instant
) -> list[Effect]:
    """Judge a notification, act on it once, and answer it where that is asked for.

    RFC 7077 §6.1: a copy, known by its sequence number, is no new request; it is answered again,
    and acted on again only where no answer is asked for.
    """
    fault = _fault_of(gateway, event, message)
    if fault is not None:
        gateway.drop(fault)
        return []
    gateway.statistics.update_notifications_received += 1
    identifier = MobileNodeIdentifier(message.mobile_node_identifier or "")
    entry = entry_at(gateway, identifier, event)
    status = _status_of(message, entry)
    effects: list[Effect] = []
    if entry is not None and status is UpdateNotificationStatus.SUCCESS:
        is_copy = entry.notification_number == message.sequence_number
        entry.notification_number = message.sequence_number
        if not is_copy or not message.acknowledge:
            effects = _register_anew(gateway, entry, now)
    if message.acknowledge:
        effects.append(_acknowledgement(event, message, status))
    elif status is not UpdateNotificationStatus.SUCCESS:
        gateway.drop(DropReason.NOTIFICATION_NOT_APPLICABLE)
    return effects


def _fault_of(
    gateway: Gateway, event: MessageReceived, message: UpdateNotification
) -> DropReason | None:
    """Tell why a notification is not even answered.

    RFC 7077 §6.1 trusts the peer's security association: who is no LMA of ours has none. §5, §6.2:
    each names its session by an MN-Identifier, and the answer copies it.
    """
    role = gateway.role
    if role is None or event.destination != role.proxy_care_of_address:
        return DropReason.NOT_OUR_ADDRESS
    if not is_lma(gateway, event):
        return DropReason.NOT_AN_LMA
    if not message.mobile_node_identifier:
        return DropReason.MISSING_MOBILE_NODE_IDENTIFIER
    return None


def is_lma(gateway: Gateway, event: MessageReceived) -> bool:
    """Tell whether the sender is an LMA that is configured, or one that has bindings of ours."""
    if event.source in gateway.configuration.named_anchors:
        return True
    return Tunnel(local=event.destination, remote=event.source) in gateway.tunnel_users


def entry_at(
    gateway: Gateway, identifier: MobileNodeIdentifier, event: MessageReceived
) -> BindingUpdateListEntry | None:
    """Return the node's entry if it is one at the LMA that speaks of it."""
    entry = gateway.binding_update_list.get(identifier)
    return entry if entry is not None and entry.tunnel.remote == event.source else None


def _status_of(
    message: UpdateNotification, entry: BindingUpdateListEntry | None
) -> UpdateNotificationStatus:
    """Tell what becomes of a notification (RFC 7077 §6.1).

    No vendor's option is known here, so each is missing. What is notified of in any other way
    than by a registration cannot be applied; neither can anything to a session that is not there
    or is about to end.
    """
    if message.reason == NotificationReason.VENDOR_SPECIFIC_REASON:
        return UpdateNotificationStatus.MISSING_VENDOR_SPECIFIC_OPTION
    if message.reason != NotificationReason.FORCE_REREGISTRATION or entry is None:
        return UpdateNotificationStatus.FAILED_TO_UPDATE_SESSION_PARAMETERS
    if entry.state in (RegistrationState.DEREGISTERING, RegistrationState.REVOKED):
        return UpdateNotificationStatus.FAILED_TO_UPDATE_SESSION_PARAMETERS
    return UpdateNotificationStatus.SUCCESS


def _register_anew(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> list[Effect]:
    """Obtain the parameters of a session by a PBU (RFC 7077 §6.1).

    One that is out for the first time will bring them. RFC 5213 §6.13: for a node that is merely
    held, the question is put off. A router asks for mobile network prefixes as well as naming
    those that it has, since there may be more now.
    """
    identifier = entry.mobile_node_identifier
    if not gateway.is_present(identifier):
        return refresh.on_due(gateway, identifier, now)
    if entry.state in SERVED:
        may_ask = entry.is_mobile_router and identifier not in gateway.released
        requests = max(1, registration.missing_prefixes(gateway, entry)) if may_ask else 0
        return registration.renew(gateway, identifier, now, requests=requests)
    if entry.state is RegistrationState.REGISTERING:
        return []
    gateway.denied.discard(identifier)
    return registration.register(gateway, identifier, now)


def _acknowledgement(
    event: MessageReceived, message: UpdateNotification, status: UpdateNotificationStatus
) -> SendMessage:
    """Return the answer: number and MN-Identifier copied, addresses swapped (RFC 7077 §6.2)."""
    answer = UpdateNotificationAcknowledgement(
        status=status,
        sequence_number=message.sequence_number,
        mobile_node_identifier=message.mobile_node_identifier,
        home_network_prefixes=message.home_network_prefixes,
    )
    return SendMessage(source=event.destination, destination=event.source, message=answer)
