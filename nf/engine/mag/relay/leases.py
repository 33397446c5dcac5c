"""What servers delegated to routers here, and when it ends (RFC 8987 §4.1)."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Network

from nf.codec.dhcpv6_messages import INFINITY, DhcpMessage
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.mag.relay.records import RelayLease
from nf.engine.values import Instant, TimerKind


def note(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    reply: DhcpMessage,
    now: Instant,
) -> list[Effect]:
    """Take note of the leases of the binding's prefixes that a Reply gives or extends.

    RFC 8987 §4.1, G-8: their ends are those of the Replies that were passed on.
    """
    identifier = entry.mobile_node_identifier
    for ia in reply.ia_pds:
        for each in ia.prefixes:
            if each.prefix not in entry.mobile_network_prefixes or not each.valid_lifetime_s:
                continue
            is_endless = each.valid_lifetime_s == INFINITY
            lease = RelayLease(
                mobile_node_identifier=identifier,
                iaid=ia.iaid,
                client_duid=reply.client_duid,
                server_duid=reply.server_duid,
                ends_at_ms=None if is_endless else now.at_ms + each.valid_lifetime_s * 1000,
            )
            gateway.relay.take_lease(each.prefix, lease)
    return watch(gateway, identifier, now)


def watch(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Be there when the next lease of a node ends."""
    ends = [at_ms for at_ms in _ends(gateway, identifier).values() if at_ms is not None]
    if not ends:
        return gateway.timers.stop((TimerKind.DELEGATION_LIFETIME,), identifier)
    after_ms = max(1, min(ends) - now.at_ms)
    return [gateway.timers.start(TimerKind.DELEGATION_LIFETIME, identifier, after_ms)]


def resume(gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant) -> list[Effect]:
    """Watch the leases of a node again whose registration was made anew."""
    if gateway.timers.is_running(TimerKind.DELEGATION_LIFETIME, identifier):
        return []
    return watch(gateway, identifier, now)


def drop(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    prefixes: Collection[IPv6Network],
    now: Instant,
) -> list[Effect]:
    """Take note that leases have ended."""
    if identifier not in gateway.relay.nodes:
        return []
    for prefix in prefixes:
        gateway.relay.drop_lease(identifier, prefix)
    return watch(gateway, identifier, now)


def ended(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> tuple[IPv6Network, ...]:
    """Return the mobile network prefixes of a node whose leases have ended.

    Without a lease from anybody else, what ran out was that of our own delegating router.
    """
    ends = _ends(gateway, entry.mobile_node_identifier)
    if not ends:
        return entry.mobile_network_prefixes
    return tuple(
        prefix
        for prefix in entry.mobile_network_prefixes
        if (at_ms := ends.get(prefix)) is not None and at_ms <= now.at_ms
    )


def _ends(gateway: Gateway, identifier: MobileNodeIdentifier) -> dict[IPv6Network, int | None]:
    """Return when the leases of a node end; None: never."""
    node = gateway.relay.nodes.get(identifier)
    leased = node.leased if node is not None else ()
    return {prefix: gateway.relay.leases[prefix].ends_at_ms for prefix in leased}
