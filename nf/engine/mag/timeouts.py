"""What each timer of the MAG means when it runs out."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber
from nf.engine.effects import Effect
from nf.engine.mag import (
    advertisement,
    attachment,
    delegating_router,
    deregistration,
    dhcp_reconfigure,
    heartbeat,
    refresh,
    registration,
    reregistration,
    retransmission,
    revocation_sent,
)
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import RegistrationState
from nf.engine.mag.relay import silence, soliciting
from nf.engine.values import Instant, Timer, TimerKind


def on_expired(gateway: Gateway, timer: Timer, now: Instant) -> list[Effect]:
    """Act on a timer that had been started; any other is none of ours."""
    if timer.kind is TimerKind.LMA_HEARTBEAT:
        return heartbeat.on_due(gateway, IPv6Address(timer.key), now)
    if timer.kind is TimerKind.REREGISTRATION_PACE:
        return reregistration.on_due(gateway, IPv6Address(timer.key), now)
    if timer.kind is TimerKind.GATEWAY_REVOCATION_RETRANSMIT:
        return revocation_sent.on_due(gateway, SequenceNumber(int(timer.key)), now)
    if timer.kind is TimerKind.RELAY_SILENCE:
        return silence.on_due(gateway)
    if not gateway.timers.expire(timer):
        return []
    identifier = MobileNodeIdentifier(timer.key)
    if timer.kind is TimerKind.DETACH_HOLD:
        return deregistration.detach(gateway, identifier, now)
    if timer.kind is TimerKind.PRESENCE_PROBE:
        return attachment.on_silent(gateway, identifier, now)
    if timer.kind is TimerKind.ROUTER_ADVERTISEMENT:
        return advertisement.advertise(gateway, identifier, now)
    if timer.kind is TimerKind.REFRESH:
        return refresh.on_due(gateway, identifier, now)
    if timer.kind is TimerKind.REGISTRATION_LIFETIME:
        return refresh.on_expired(gateway, identifier, now)
    if timer.kind is TimerKind.RELAY_RETRY:
        return soliciting.on_due(gateway, identifier)
    if timer.kind is TimerKind.DELEGATION_LIFETIME:
        return delegating_router.on_delegation_ended(gateway, identifier, now)
    if timer.kind is TimerKind.RECONFIGURE:
        return dhcp_reconfigure.on_due(gateway, identifier, now)
    return _on_unanswered(gateway, identifier, now)


def _on_unanswered(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """Send again, or ask anew after a refusal, or give a de-registration up for done.

    RFC 5213 §6.9.1.4: after INITIAL_BINDACK_TIMEOUT the entry goes without an answer too.
    """
    entry = gateway.binding_update_list[identifier]
    if entry.state is RegistrationState.DEREGISTERING:
        return deregistration.forget(gateway, identifier)
    if entry.state is not RegistrationState.REFUSED:
        return retransmission.send_again(gateway, entry, now)
    if not gateway.is_present(identifier):
        return [retransmission.wait(gateway, entry)]
    return registration.register(gateway, identifier, now, attempt=entry.retransmissions)
