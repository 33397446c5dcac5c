"""Taking mobile network prefixes out of a binding that its router has given up."""

from __future__ import annotations

from ipaddress import IPv6Network

from nf.engine.effects import Effect
from nf.engine.mag import dhcp_reconfigure, forwarding, registration
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.mag.relay import leases
from nf.engine.values import Instant, TimerKind


def give_back(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    given_back: tuple[IPv6Network, ...],
    now: Instant,
) -> list[Effect]:
    """Take prefixes out of the binding of a router, at the LMA too.

    NEMO draft §3.3.2 asks for a de-registration PBU, which would end the whole session: a
    re-registration that leaves the prefix out removes only this (RFC 3963 §6.2, RFC 7148
    §5.1.3.1). Without any prefix left it is that of a host, since R alone would mean implicit
    registration.
    """
    identifier, held = entry.mobile_node_identifier, entry.mobile_network_prefixes
    entry.mobile_network_prefixes = tuple(each for each in held if each not in given_back)
    entry.is_mobile_router = bool(entry.mobile_network_prefixes)
    gateway.released.add(identifier)
    dhcp_reconfigure.give_back(gateway, identifier, given_back)
    effects = leases.drop(gateway, identifier, given_back, now)
    if not entry.mobile_network_prefixes:
        effects += gateway.timers.stop((TimerKind.DELEGATION_LIFETIME,), identifier)
    effects += forwarding.align(gateway, identifier)
    return effects + registration.renew(gateway, identifier, now)
