"""Ending registrations: on the wire, and in everything that they left behind (§6.9.1.4)."""

from __future__ import annotations

from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.mag import advertisement, forwarding, registration, retransmission
from nf.engine.mag.binding_update_list import Cause, move
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState
from nf.engine.mag.timers import REGISTRATION_TIMERS, STAY_TIMERS
from nf.engine.values import Instant

#: Nothing stands at the LMA, or it has been told already.
ENDED: Final = frozenset(
    {RegistrationState.REFUSED, RegistrationState.DEREGISTERING, RegistrationState.REVOKED}
)


def deregister(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Tell the LMA that a node has gone and wait INITIAL_BINDACK_TIMEOUT for the answer.

    RFC 5213 §6.9.1.4. A registration that was refused or revoked has nothing to end at the LMA.
    """
    gateway.waiting_messages.pop(identifier, None)
    entry = gateway.binding_update_list.get(identifier)
    if entry is None or entry.state is RegistrationState.DEREGISTERING:
        return []
    if entry.state in ENDED:
        return forget(gateway, identifier)
    update = registration.deregistration_update(gateway, entry)
    move(entry, Cause.DEREGISTER)
    effects = gateway.timers.stop(REGISTRATION_TIMERS, identifier)
    return effects + retransmission.send_request(gateway, entry, update, now)


def forget(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Remove the entry, its routes, and the tunnel if nobody else uses it (RFC 5213 §6.9.1.4)."""
    entry = gateway.binding_update_list.pop(identifier)
    gateway.timers.concern(identifier)
    gateway.released.discard(identifier)
    return stop_timers(gateway, entry) + forwarding.align(gateway, identifier)


def stop_timers(gateway: Gateway, entry: BindingUpdateListEntry) -> list[Effect]:
    """Let no timer of a registration run on, and no answer be waited for."""
    stopped = retransmission.stop(gateway, entry)
    return stopped + gateway.timers.stop(REGISTRATION_TIMERS, entry.mobile_node_identifier)


def part(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """De-register without waiting for the answer: the LMA or our own address is about to change."""
    effects = advertisement.withdraw(gateway, identifier)
    entry = gateway.binding_update_list[identifier]
    if entry.state not in ENDED:
        update = registration.deregistration_update(gateway, entry)
        effects.append(retransmission.send_once(gateway, entry, update, now))
    return effects + forget(gateway, identifier)


def detach(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Take a node for gone and de-register it."""
    return _leave(gateway, identifier) + deregister(gateway, identifier, now)


def let_go(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Forget a registration that its LMA has ended, and take its node for gone (RFC 5846 §9.1)."""
    left = _leave(gateway, identifier) if identifier in gateway.attached_nodes else []
    gateway.waiting_messages.pop(identifier, None)
    return left + forget(gateway, identifier)


def _leave(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    attached = gateway.attached_nodes.pop(identifier)
    gateway.statistics.detachments += 1
    del gateway.nodes_on_link[attached.link][identifier]
    gateway.moved_at_ms.pop(identifier, None)
    gateway.relay.forget(identifier)
    gateway.leases.pop(identifier, None)
    del gateway.presence[identifier]
    return gateway.timers.stop(STAY_TIMERS, identifier)


def dismiss(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """De-register a node that is still there, because the configuration wants it so."""
    return advertisement.withdraw(gateway, identifier) + detach(gateway, identifier, now)
