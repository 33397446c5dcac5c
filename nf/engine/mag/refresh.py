"""Renewing a registration in time, and what becomes of one that was not (RFC 5213 §6.9.1.3)."""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.mag import (
    advertisement,
    controlled_parameters,
    deregistration,
    forwarding,
    presence,
    registration,
)
from nf.engine.mag.binding_update_list import Cause, move
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, Matter, RegistrationState
from nf.engine.values import Instant, TimerKind


def watch_lifetime(gateway: Gateway, entry: BindingUpdateListEntry) -> list[Effect]:
    """Renew in time, and serve no longer than the lifetime lasts."""
    identifier = entry.mobile_node_identifier
    lifetime_ms = entry.granted_lifetime_s * 1000
    renewal_ms = controlled_parameters.renewal_ms(gateway, entry)
    return [
        gateway.timers.start(TimerKind.REFRESH, identifier, renewal_ms),
        gateway.timers.start(TimerKind.REGISTRATION_LIFETIME, identifier, lifetime_ms),
    ]


def on_due(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Renew a registration that is due for it.

    RFC 5213 §6.13: only for a node that is known to be attached; one that has not shown itself of
    late is asked first. While it is merely held, the matter is put off until the hold is over: then
    it is back, or de-registered.
    """
    entry = gateway.binding_update_list[identifier]
    if entry.state is not RegistrationState.REGISTERED:
        return []
    if not gateway.is_present(identifier):
        hold_ms = gateway.role.detach_hold_ms if gateway.role is not None else 0
        return [gateway.timers.start(TimerKind.REFRESH, identifier, max(1, hold_ms))]
    if not presence.is_certain(gateway, identifier, now):
        return presence.ask(gateway, identifier, Matter.RENEWAL)
    return registration.extend(gateway, identifier, now)


def on_expired(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Stop serving a binding that nobody renewed; register anew if the node is there.

    Where an unusable answer forbade to ask again (RFC 5213 §6.9.1.2), it stays refused.
    """
    entry = gateway.binding_update_list[identifier]
    if not gateway.is_present(identifier):
        return deregistration.forget(gateway, identifier)
    effects = advertisement.withdraw(gateway, identifier)
    if identifier in gateway.denied:
        return effects + end_service(gateway, entry)
    return effects + registration.register(gateway, identifier, now)


def end_service(
    gateway: Gateway, entry: BindingUpdateListEntry, cause: Cause = Cause.REFUSED
) -> list[Effect]:
    """Deny service after a refusal: no prefix, no route, no timer (RFC 5213 §6.9.1.2).

    After a revocation likewise (RFC 5846 §9.1).
    """
    identifier = entry.mobile_node_identifier
    move(entry, cause)
    entry.home_network_prefixes = entry.mobile_network_prefixes = ()
    entry.granted_lifetime_s = entry.expires_at_ms = 0
    effects = deregistration.stop_timers(gateway, entry)
    return effects + forwarding.align(gateway, identifier)
