"""What the MAG does to a binding that is revoked, whoever began it (RFC 5846 §9)."""

from __future__ import annotations

from ipaddress import IPv6Address

from nf.engine.effects import Effect
from nf.engine.mag import (
    advertisement,
    delegating_router,
    deregistration,
    refresh,
    registration,
    retransmission,
)
from nf.engine.mag.binding_update_list import Cause
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState
from nf.engine.values import Instant


def entries_at(gateway: Gateway, lma: IPv6Address) -> list[BindingUpdateListEntry]:
    """Return the bindings that stand at an LMA, or are about to end there."""
    users = (
        sorted(users) for tunnel, users in gateway.tunnel_users.items() if tunnel.remote == lma
    )
    return [gateway.binding_update_list[each] for nodes in users for each in nodes]


def end(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> list[Effect]:
    """End service without a word to the LMA: nothing stays enabled for the node.

    RFC 5213 §6.12 and RFC 4861: the node is told that prefix and router are no more; what its
    DHCPv6 client asks from now on is answered with no prefix. The entry stays while the node does,
    so that it is not registered again.
    """
    identifier = entry.mobile_node_identifier
    if entry.state is RegistrationState.DEREGISTERING:
        return deregistration.forget(gateway, identifier)
    effects = advertisement.withdraw(gateway, identifier)
    effects += refresh.end_service(gateway, entry, Cause.REVOKED)
    return effects + delegating_router.answer_waiting(gateway, identifier, now)


def deregister(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> list[Effect]:
    """End service, and the binding at an LMA that cannot be told of all of them at once."""
    if entry.state is RegistrationState.DEREGISTERING:
        return end(gateway, entry, now)
    update = registration.deregistration_update(gateway, entry)
    ended = end(gateway, entry, now)
    return [*ended, retransmission.send_once(gateway, entry, update, now)]
