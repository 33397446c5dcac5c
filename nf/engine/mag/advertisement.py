"""Router advertisements: each node is told of its own home network only (RFC 5213 §6.9.2).

All are unicast: on a shared link a multicast one would give one node's prefix to all.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement
from nf.engine.effects import Effect, SendRouterAdvertisement
from nf.engine.events import TunnelMtuChanged
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.drops import DropReason
from nf.engine.mag.gateway import Gateway, remaining_lifetime_s
from nf.engine.mag.records import AttachedNode, BindingUpdateListEntry
from nf.engine.values import USUAL_TUNNEL_MTU, Instant, TimerKind, Tunnel

#: AdvDefaultLifetime must not exceed it (RFC 4861 §6.2.1).
LONGEST_ROUTER_LIFETIME_S: Final = 9000
#: Default of MaxRtrAdvInterval (RFC 4861 §6.2.1).
LONGEST_INTERVAL_S: Final = 600
#: MinRtrAdvInterval must not be less (RFC 4861 §6.2.1).
SHORTEST_INTERVAL_S: Final = 3


def tunnel_mtu(gateway: Gateway, tunnel: Tunnel) -> int:
    """Return the MTU that nodes are told: the tunnel's (RFC 5213 §6.9.5)."""
    path_mtu = gateway.tunnel_mtus.get(tunnel, USUAL_TUNNEL_MTU)
    return gateway.configuration.data_plane.mtu or path_mtu


def on_mtu_changed(gateway: Gateway, event: TunnelMtuChanged, now: Instant) -> list[Effect]:
    """Tell the nodes that a tunnel serves what fits through it now (RFC 5213 §6.9.5)."""
    users = gateway.tunnel_users.get(event.tunnel)
    if users is None:
        return []
    before = tunnel_mtu(gateway, event.tunnel)
    gateway.tunnel_mtus[event.tunnel] = event.mtu
    effects: list[Effect] = []
    for identifier in sorted(users) if before != tunnel_mtu(gateway, event.tunnel) else ():
        effects += advertise(gateway, identifier, now)
    return effects


def advertise(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    now: Instant,
    *,
    withdrawn: Iterable[IPv6Network] = (),
) -> list[Effect]:
    """Tell a served node its prefixes, and again before router or prefixes run out.

    Lifetimes end with the binding. ``withdrawn`` prefixes were the node's until now: RFC 5213
    §6.12 wants them advertised with lifetime 0.
    """
    attached = gateway.attached_nodes.get(identifier)
    entry = gateway.binding_update_list.get(identifier)
    if attached is None or entry is None or entry.state not in SERVED:
        return []
    lifetime_s = remaining_lifetime_s(entry, now)
    router_lifetime_s = min(lifetime_s, LONGEST_ROUTER_LIFETIME_S)
    prefixes = (
        *_information(withdrawn, 0),
        *_information(entry.home_network_prefixes, lifetime_s),
    )
    interval_s = max(SHORTEST_INTERVAL_S, min(LONGEST_INTERVAL_S, entry.granted_lifetime_s // 3))
    return [
        _send(gateway, attached, entry.tunnel, router_lifetime_s, prefixes),
        gateway.timers.start(TimerKind.ROUTER_ADVERTISEMENT, identifier, interval_s * 1000),
    ]


def withdraw(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Tell a node that was served that it no longer is: router and prefix lifetimes 0.

    A host keeps an address for up to two hours all the same (RFC 4862 §5.5.3), but prefers it
    no more and has no default router here.
    """
    attached = gateway.attached_nodes.get(identifier)
    entry = gateway.binding_update_list.get(identifier)
    if attached is None or entry is None or entry.state not in SERVED:
        return []
    prefixes = tuple(_information(entry.home_network_prefixes, 0))
    stopped = gateway.timers.stop((TimerKind.ROUTER_ADVERTISEMENT,), identifier)
    return [_send(gateway, attached, entry.tunnel, 0, prefixes), *stopped]


def on_solicitation(
    gateway: Gateway, identifier: MobileNodeIdentifier, now: Instant
) -> list[Effect]:
    """Answer a Router Solicitation.

    RFC 5213 §6.9.2: not before the registration is complete; the acknowledgement sends one then.
    RFC 4861 §6.2.6 wants a random delay below half a second: no other router can answer on this
    link, so the delay is 0.
    """
    entry: BindingUpdateListEntry | None = gateway.binding_update_list.get(identifier)
    if entry is None or entry.state not in SERVED:
        gateway.drop(DropReason.NOT_REGISTERED)
    return advertise(gateway, identifier, now)


def _information(prefixes: Iterable[IPv6Network], lifetime_s: int) -> list[PrefixInformation]:
    return [
        PrefixInformation(
            prefix=prefix, valid_lifetime_s=lifetime_s, preferred_lifetime_s=lifetime_s
        )
        for prefix in prefixes
    ]


def _send(
    gateway: Gateway,
    attached: AttachedNode,
    tunnel: Tunnel,
    router_lifetime_s: int,
    prefixes: tuple[PrefixInformation, ...],
) -> Effect:
    gateway.statistics.router_advertisements_sent += 1
    destination: IPv6Address | None = attached.link_local_address
    source_address = gateway.configuration.domain.fixed_mag_link_layer_address
    return SendRouterAdvertisement(
        link=attached.link,
        link_layer_destination=attached.link_layer_address,
        destination=destination,
        advertisement=RouterAdvertisement(
            router_lifetime_s=router_lifetime_s,
            source_link_layer_address=source_address or None,
            mtu=tunnel_mtu(gateway, tunnel),
            prefixes=prefixes,
        ),
    )
