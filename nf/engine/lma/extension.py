"""Accepted extensions of a session, also after a handoff (RFC 5213 §5.3.3, §5.3.4)."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import NamedTuple

from nf.codec.registry import Status
from nf.engine.configuration import MobileNode, PolicyProfile
from nf.engine.effects import Effect, Notify, StopTimer
from nf.engine.lma import multihoming
from nf.engine.lma.acknowledgement import acceptance
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.binding_cache import Cause, move
from nf.engine.lma.home_network import PrefixGrant
from nf.engine.lma.mobile_network import grant_mobile_network
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request
from nf.engine.lma.revocation_sent import tell_moved
from nf.engine.lma.sessions import (
    accept_order,
    assign,
    bind_prefixes,
    binding_timer,
    forward,
    link_local_address,
    prefixes_of,
    start_lifetime,
    stored,
    take_mobile_networks,
)
from nf.engine.notifications import BindingHandedOver, BindingUpdated, Notification
from nf.engine.store_effects import PersistBinding
from nf.engine.values import Instant, LinkLayerAddress, PrefixKind, TimerKind, Tunnel


class View(NamedTuple):
    """What of a session is worth storing: each registration changes the rest."""

    link_layer_identifier: LinkLayerAddress | None
    access_technology_type: int
    link_local_address: IPv6Address | None
    home_network_prefixes: tuple[IPv6Network, ...]
    mobile_network_prefixes: tuple[IPv6Network, ...]
    is_mobile_router: bool
    tunnel: Tunnel
    lifetime_s: int


def update(
    anchor: Anchor,
    entry: BindingCacheEntry,
    request: Request,
    node: MobileNode,
    profile: PolicyProfile,
    now: Instant,
) -> list[Effect] | Status:
    """Extend a session (RFC 5213 §5.3.3), from another MAG too (§5.3.4), or refuse the request."""
    mobile = grant_mobile_network(anchor.assignments, node, profile, request.update)
    if isinstance(mobile, Status):
        return mobile
    before = _view_of(entry)
    was_active = entry.state is BindingState.ACTIVE
    effects = _reactivate(entry)
    _accept(anchor, entry, request, profile, now)
    effects += _change_mobile_networks(anchor, entry, mobile, now)
    if not was_active or _view_of(entry) != before:
        effects.append(PersistBinding(binding=stored(entry)))
    effects += _forward(anchor, entry, before, is_anew=not was_active)
    effects.append(start_lifetime(entry, now))
    effects += (Notify(notification=each) for each in _news_of(entry, before))
    if was_active and entry.tunnel != before.tunnel:
        mag, technology = before.tunnel.remote, before.access_technology_type
        effects += tell_moved(anchor, entry, mag, technology, now)
    return [*effects, acceptance(anchor, request, entry, lifetime_s=entry.lifetime_s)]


def _accept(
    anchor: Anchor,
    entry: BindingCacheEntry,
    request: Request,
    profile: PolicyProfile,
    now: Instant,
) -> None:
    """Update an entry with the accepted values of a request (RFC 5213 §5.3.3, §5.3.6)."""
    pbu = request.update
    tunnel = anchor.routes.tunnel(request.destination, request.proxy_care_of_address)
    if tunnel == entry.tunnel:
        anchor.statistics.reregistrations += 1
    else:
        anchor.statistics.handovers += 1
        entry.handover_count += 1
    entry.tunnel = tunnel
    entry.access_technology_type = pbu.access_technology_type or 0
    entry.link_layer_identifier = request.link_layer_identifier
    entry.handoff_indicator = pbu.handoff_indicator or 0
    entry.link_local_address = link_local_address(
        pbu.link_local_address, entry.link_local_address, entry.binding_id
    )
    entry.lifetime_s = min(profile.registration_lifetime_s, pbu.lifetime_s)
    accept_order(anchor, entry, request, now)


def _reactivate(entry: BindingCacheEntry) -> list[Effect]:
    """RFC 5213 §5.3.5: a registration in time ends the wait before deletion."""
    was_deregistering = entry.state is BindingState.DEREGISTERING
    move(entry, Cause.REGISTERED)
    if not was_deregistering:
        return []
    return [StopTimer(timer=binding_timer(TimerKind.BCE_DELETE, entry.binding_id))]


def _change_mobile_networks(
    anchor: Anchor, entry: BindingCacheEntry, mobile: PrefixGrant, now: Instant
) -> list[Effect]:
    """Give a session the granted prefixes, and take from it what was left out (RFC 3963 §6.2)."""
    before = entry.mobile_network_prefixes
    if mobile.prefixes == before:
        return []
    added = tuple(each for each in mobile.prefixes if each not in before)
    dropped = tuple(each for each in before if each not in mobile.prefixes)
    effects = assign(anchor, entry, mobile, now)
    effects += bind_prefixes(anchor, entry, PrefixKind.MOBILE, added, now)
    effects += take_mobile_networks(anchor, entry, dropped, now)
    entry.mobile_network_prefixes = mobile.prefixes
    entry.is_mobile_router = bool(mobile.prefixes)
    return effects


def _forward(
    anchor: Anchor, entry: BindingCacheEntry, before: View, *, is_anew: bool
) -> list[Effect]:
    """Install what a session needs now, then remove the tunnel that it has left.

    A session that stays where it is leaves alone what is routed to a router's other session.
    """
    if entry.tunnel == before.tunnel:
        if not is_anew and entry.mobile_network_prefixes == before.mobile_network_prefixes:
            is_same = entry.access_technology_type == before.access_technology_type
            return [] if is_same else multihoming.align_session(anchor, entry)
        known = () if is_anew else before.mobile_network_prefixes
        home = entry.home_network_prefixes if is_anew else ()
        new = tuple(each for each in entry.mobile_network_prefixes if each not in known)
        return forward(anchor, entry, (*home, *new))
    return [
        *anchor.routes.use_tunnel(entry.tunnel, entry.binding_id),
        *forward(anchor, entry, prefixes_of(entry)),
        *anchor.routes.leave_tunnel(before.tunnel, entry.binding_id),
    ]


def _view_of(entry: BindingCacheEntry) -> View:
    return View(
        entry.link_layer_identifier,
        entry.access_technology_type,
        entry.link_local_address,
        entry.home_network_prefixes,
        entry.mobile_network_prefixes,
        entry.is_mobile_router,
        entry.tunnel,
        entry.lifetime_s,
    )


def _news_of(entry: BindingCacheEntry, before: View) -> list[Notification]:
    """Return what operators are told of an update."""
    news: list[Notification] = []
    if entry.proxy_care_of_address != before.tunnel.remote:
        handed_over = BindingHandedOver(
            binding_id=entry.binding_id,
            mobile_node_identifier=entry.mobile_node_identifier,
            previous_proxy_care_of_address=before.tunnel.remote,
            proxy_care_of_address=entry.proxy_care_of_address,
        )
        news.append(handed_over)
    is_same_order = entry.mobile_network_prefixes == before.mobile_network_prefixes
    if not is_same_order and set(entry.mobile_network_prefixes) != set(
        before.mobile_network_prefixes
    ):
        updated = BindingUpdated(
            binding_id=entry.binding_id,
            mobile_node_identifier=entry.mobile_node_identifier,
            mobile_network_prefixes=entry.mobile_network_prefixes,
        )
        news.append(updated)
    return news
