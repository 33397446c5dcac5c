"""Proposing the mobile network prefix to servers until they offer it, or for long enough.

NEMO draft §3.3.2: the offer of another prefix is discarded and the Solicit relayed again, a few
times. What a server holds for the client from earlier would be offered every time: so it is
released on behalf of the client, which by soliciting says that it has no such lease.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.dhcpv6_hints import with_hints
from nf.codec.dhcpv6_messages import DhcpMessage
from nf.codec.errors import CodecError
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.events import DhcpMessageReceived
from nf.engine.mag import forwarding
from nf.engine.mag.dhcp_replies import share_out
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.mag.relay import forward, repair
from nf.engine.mag.relay.records import RelayedNode
from nf.engine.values import Instant, TimerKind

#: The first pause before a Solicit is relayed again; each is twice as long as the one before.
FIRST_PAUSE_MS: Final = 1_000
LONGEST_PAUSE_MS: Final = 32_000
#: How long a router's Solicits are left alone after the last attempt.
REST_MS: Final = 120_000


def take(
    gateway: Gateway, entry: BindingUpdateListEntry, event: DhcpMessageReceived, now: Instant
) -> list[Effect]:
    """Relay a Solicit for a prefix, or let it wait for its turn.

    A client repeats itself: during a pause its latest copy is kept, and begins nothing anew. One
    that asks again after it was offered nothing will not get anything by itself.
    """
    identifier = entry.mobile_node_identifier
    node = gateway.relay.node(identifier, event.link, event.source)
    if now.at_ms < node.resumes_at_ms:
        gateway.drop(DropReason.RELAY_GIVEN_UP)
        return []
    node.solicit = event
    if gateway.timers.is_running(TimerKind.RELAY_RETRY, identifier):
        return []
    server = node.empty_handed
    told = repair.tell(entry, node, server, ()) if server is not None else []
    return told + _propose(gateway, entry, event)


def on_due(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Relay the latest Solicit of a node again, if it is still of use."""
    entry = forward.served_entry(gateway, identifier)
    node = gateway.relay.nodes.get(identifier)
    if entry is None or node is None or node.solicit is None:
        return []
    if forward.fault_of(entry, node.solicit.message) is not None:
        return []
    return _propose(gateway, entry, node.solicit)


def on_other_prefix(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    node: RelayedNode,
    server: IPv6Address,
    offer: DhcpMessage,
    foreign: Collection[IPv6Network],
    now: Instant,
) -> list[Effect]:
    """Release what a server would rather give, and propose again after a pause; rest in the end."""
    identifier = entry.mobile_node_identifier
    effects = [repair.release(gateway, entry, node, server, offer, foreign)]
    effects += repair.release_former(gateway, entry, node, server, offer)
    if gateway.timers.is_running(TimerKind.RELAY_RETRY, identifier):
        return effects
    relay = gateway.active_role.dhcpv6_relay
    if relay is not None and node.mismatches < relay.max_attempts:
        pause_ms = min(FIRST_PAUSE_MS << node.mismatches, LONGEST_PAUSE_MS)
        node.mismatches += 1
        return [*effects, gateway.timers.start(TimerKind.RELAY_RETRY, identifier, pause_ms)]
    node.mismatches, node.resumes_at_ms = 0, now.at_ms + REST_MS
    node.is_without_lease = True
    effects += repair.tell(entry, node, server, foreign)
    return effects + forwarding.align(gateway, identifier)


def on_right_prefix(
    gateway: Gateway, node: RelayedNode, identifier: MobileNodeIdentifier
) -> list[Effect]:
    """Take note that a server offers what was proposed."""
    node.mismatches, node.empty_handed = 0, None
    return gateway.timers.stop((TimerKind.RELAY_RETRY,), identifier)


def on_delegated(
    gateway: Gateway, node: RelayedNode, identifier: MobileNodeIdentifier
) -> list[Effect]:
    """Take note that a router has its prefix; if it was known to have none, it is routed again."""
    was_without, node.is_without_lease = node.is_without_lease, False
    node.is_told, node.solicit, node.resumes_at_ms = False, None, 0
    effects = on_right_prefix(gateway, node, identifier)
    return effects + (forwarding.align(gateway, identifier) if was_without else [])


def _propose(
    gateway: Gateway, entry: BindingUpdateListEntry, event: DhcpMessageReceived
) -> list[Effect]:
    """Relay a Solicit with the binding's prefixes in it (NEMO draft §3.2)."""
    hints = share_out(event.message.ia_pds, entry.mobile_network_prefixes)
    try:
        octets = with_hints(forward.octets_of(event), hints)
    except CodecError:
        gateway.drop(DropReason.DHCPV6_INVALID)
        return []
    return forward.send(gateway, entry, event, octets)
