"""How a session's prefixes, routes and tunnel are taken and given up, whatever the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import MobileNodeIdentifier, Timestamp
from nf.engine.effects import Effect, Notify, StartTimer, StopTimer
from nf.engine.lma import multihoming
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.home_network import PrefixGrant
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request
from nf.engine.notifications import BindingRemoved, BindingUpdated, RemovalReason
from nf.engine.store_effects import ForgetBinding, PersistBinding
from nf.engine.values import BindingId, Instant, PrefixKind, StoredBinding, Timer, TimerKind

#: What generated link-local addresses are counted from (RFC 5213 §5.3.6).
FIRST_LINK_LOCAL_ADDRESS: Final = int(IPv6Address("fe80::5213:0:0:0"))
#: The states in which a session outlives a restart.
STORED: Final = frozenset({BindingState.ACTIVE, BindingState.REVOKING})
#: What runs for a session itself in each state; for one that is revoked its message is timed.
TIMERS: Final[Mapping[BindingState, TimerKind]] = {
    BindingState.ACTIVE: TimerKind.BINDING_LIFETIME,
    BindingState.DEREGISTERING: TimerKind.BCE_DELETE,
}


def stored(entry: BindingCacheEntry) -> StoredBinding:
    """Return what of an entry survives a restart."""
    return StoredBinding(
        binding_id=entry.binding_id,
        mobile_node_identifier=entry.mobile_node_identifier,
        link_layer_identifier=entry.link_layer_identifier,
        access_technology_type=entry.access_technology_type,
        handoff_indicator=entry.handoff_indicator,
        link_local_address=entry.link_local_address,
        home_network_prefixes=entry.home_network_prefixes,
        mobile_network_prefixes=entry.mobile_network_prefixes,
        is_mobile_router=entry.is_mobile_router,
        proxy_care_of_address=entry.proxy_care_of_address,
        lifetime_s=0 if entry.state is BindingState.REVOKING else entry.lifetime_s,
        sequence_number=entry.sequence_number,
        timestamp=entry.timestamp,
    )


def prefixes_of(entry: BindingCacheEntry) -> tuple[IPv6Network, ...]:
    """Return all prefixes of a session."""
    return (*entry.home_network_prefixes, *entry.mobile_network_prefixes)


def binding_timer(kind: TimerKind, binding_id: BindingId) -> Timer:
    """Return the name of a session's timer."""
    return Timer(kind=kind, key=str(binding_id))


def start_lifetime(entry: BindingCacheEntry, now: Instant) -> StartTimer:
    """Let the lifetime of a session begin anew."""
    after_ms = entry.lifetime_s * 1000
    entry.expires_at_ms = now.at_ms + after_ms
    timer = binding_timer(TimerKind.BINDING_LIFETIME, entry.binding_id)
    return StartTimer(timer=timer, after_ms=after_ms)


def note_timestamp(
    anchor: Anchor, node: MobileNodeIdentifier, request: Request
) -> Timestamp | None:
    """Take note of a node's accepted timestamp; return it.

    A request that waited may be older than what was accepted meanwhile: the greatest one counts.
    """
    timestamp = request.update.timestamp
    if timestamp is not None:
        last = anchor.last_timestamps.get(node, timestamp)
        anchor.last_timestamps[node] = max(last, timestamp)
    return timestamp


def accept_order(anchor: Anchor, entry: BindingCacheEntry, request: Request, now: Instant) -> None:
    """Write down what the next PBU of a session is compared with (RFC 5213 §5.5)."""
    entry.timestamp = note_timestamp(anchor, entry.mobile_node_identifier, request)
    entry.sequence_number = request.update.sequence_number
    entry.accepted_utc_us = now.utc_us


def link_local_address(
    asked: IPv6Address | None, known: IPv6Address | None, binding_id: BindingId
) -> IPv6Address | None:
    """RFC 5213 §5.3.6: what the request says; for ALL_ZERO what is known, or a generated one."""
    if asked is None:
        return known
    if not asked.is_unspecified:
        return asked
    return known or IPv6Address(FIRST_LINK_LOCAL_ADDRESS + binding_id)


def assign(
    anchor: Anchor, entry: BindingCacheEntry, grant: PrefixGrant, now: Instant
) -> list[Effect]:
    """Make what was drawn for a session its node's."""
    effects: list[Effect] = []
    for draw in grant.draws:
        effects += anchor.assignments.assign(draw, entry.mobile_node_identifier, now)
    return effects


def bind_prefixes(
    anchor: Anchor,
    entry: BindingCacheEntry,
    kind: PrefixKind,
    prefixes: Iterable[IPv6Network],
    now: Instant,
) -> list[Effect]:
    """Put prefixes on record as used by a session."""
    effects: list[Effect] = []
    node, binding_id = entry.mobile_node_identifier, entry.binding_id
    for prefix in prefixes:
        effects += anchor.assignments.bind(prefix, kind, node, binding_id, now)
    return effects


def forward(
    anchor: Anchor,
    entry: BindingCacheEntry,
    prefixes: Iterable[IPv6Network],
    *,
    is_news: bool = True,
) -> list[Effect]:
    """Route prefixes for a session, and let in what comes from them by its tunnel.

    ``is_news``: it was registered or handed over just now; a restored one was not.
    """
    prefixes = tuple(prefixes)
    shared = [each for each in prefixes if multihoming.is_shared(anchor, each)]
    if not shared:
        return anchor.routes.claim(entry, prefixes)
    effects = anchor.routes.claim(entry, [each for each in prefixes if each not in shared])
    for prefix in shared:
        effects += multihoming.align(anchor, prefix, newcomer=entry if is_news else None)
    return effects


def stop_forwarding(
    anchor: Anchor, entry: BindingCacheEntry, prefixes: Iterable[IPv6Network]
) -> list[Effect]:
    """Route prefixes no longer for a session; a shared one goes by its node's other sessions."""
    effects: list[Effect] = []
    for prefix in prefixes:
        if multihoming.is_shared(anchor, prefix):
            effects += multihoming.align(anchor, prefix, leaving=entry)
        else:
            effects += anchor.routes.abandon(prefix)
    return effects


def take_mobile_networks(
    anchor: Anchor, entry: BindingCacheEntry, prefixes: tuple[IPv6Network, ...], now: Instant
) -> list[Effect]:
    """Take some of a session's mobile network prefixes from it."""
    entry.mobile_network_prefixes = tuple(
        each for each in entry.mobile_network_prefixes if each not in prefixes
    )
    effects = stop_forwarding(anchor, entry, prefixes)
    for prefix in prefixes:
        effects += anchor.assignments.unbind(prefix, entry.binding_id, now)
    return effects


def end_network_mobility(anchor: Anchor, entry: BindingCacheEntry, now: Instant) -> list[Effect]:
    """Make a router's session that of a host, since the configuration wants it."""
    entry.is_mobile_router = False
    effects = take_mobile_networks(anchor, entry, entry.mobile_network_prefixes, now)
    if entry.state in STORED:
        effects.append(PersistBinding(binding=stored(entry)))
    updated = BindingUpdated(
        binding_id=entry.binding_id,
        mobile_node_identifier=entry.mobile_node_identifier,
        mobile_network_prefixes=(),
    )
    return [*effects, Notify(notification=updated)]


def remove(
    anchor: Anchor, entry: BindingCacheEntry, reason: RemovalReason, now: Instant
) -> list[Effect]:
    """End a session: nothing of it stays but the prefixes that are held for its node."""
    effects = _stop_timers(entry, reason)
    effects += stop_forwarding(anchor, entry, prefixes_of(entry))
    effects += anchor.routes.leave_tunnel(entry.tunnel, entry.binding_id)
    if entry.state in STORED:
        effects.append(ForgetBinding(binding_id=entry.binding_id))
    anchor.cache.remove(entry)
    for prefix in prefixes_of(entry):
        effects += anchor.assignments.unbind(prefix, entry.binding_id, now)
    removed = BindingRemoved(
        binding_id=entry.binding_id,
        mobile_node_identifier=entry.mobile_node_identifier,
        reason=reason,
    )
    return [*effects, Notify(notification=removed)]


def _stop_timers(entry: BindingCacheEntry, reason: RemovalReason) -> list[Effect]:
    """Stop the timer of a session, unless it is what ended the session."""
    kind = TIMERS.get(entry.state)
    if kind is None or reason in (RemovalReason.DEREGISTERED, RemovalReason.EXPIRED):
        return []
    return [StopTimer(timer=binding_timer(kind, entry.binding_id))]
