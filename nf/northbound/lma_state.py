"""The LMA's operational state as YANG data: binding cache, assignments, pools, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.registry import AccessTechnologyType, HandoffIndicator
from nf.engine.lma.lma import Lma
from nf.engine.lma.records import (
    BindingCacheEntry,
    BindingState,
    LmaStatistics,
    PeerStatistics,
    PrefixAssignment,
)
from nf.engine.paths import Path
from nf.engine.values import BindingId, Instant, PrefixKind, Tunnel
from nf.northbound.counters import (
    by_number,
    by_revocation_status,
    by_status,
    by_word,
    without_empty,
)
from nf.northbound.fragments import ContainerSource, ListSource, StateSource
from nf.northbound.json_values import JsonObject
from nf.northbound.path_state import path_to_yang
from nf.northbound.pool_state import PoolSource
from nf.northbound.words import (
    date_and_time,
    hex_octets,
    long_number,
    seconds_left,
    timestamp_as_date_and_time,
    word,
)

LMA: Final = "local-mobility-anchor"


def lma_sources(lma: Lma, now: Callable[[], Instant]) -> Iterator[StateSource]:
    """Yield the sources of the LMA's state; none while this node is no LMA."""
    configuration = lma.configuration.local_mobility_anchor
    if configuration is None:
        return
    yield ListSource(
        path=(LMA, "binding-cache", "entry"),
        records=lambda: lma.bindings,
        key=lambda keys: BindingId(int(keys["binding-id"])),
        entry=lambda _, binding: binding_to_yang(binding, now()),
    )
    yield ListSource(
        path=(LMA, "prefix-assignment"),
        records=lambda: lma.assignments,
        key=lambda keys: IPv6Network(keys["prefix"]),
        entry=lambda _, assignment: assignment_to_yang(
            assignment, lma.routes.tunnels_of(assignment.prefix), now()
        ),
    )
    yield ListSource(
        path=(LMA, "mobile-access-gateway"),
        records=lambda: lma.paths,
        key=lambda keys: IPv6Address(keys["proxy-care-of-address"]),
        entry=mag_to_yang,
        within=("path",),
    )
    yield PoolSource(lma, PrefixKind.HOME, configuration.home_network_prefix_pools)
    yield PoolSource(lma, PrefixKind.MOBILE, configuration.mobile_network_prefix_pools)
    yield ContainerSource(
        path=(LMA, "statistics"), value=lambda: statistics_to_yang(lma.statistics)
    )
    yield ListSource(
        path=(LMA, "statistics", "peer"),
        records=lambda: lma.statistics.peers,
        key=lambda keys: IPv6Address(keys["proxy-care-of-address"]),
        entry=peer_to_yang,
    )


def binding_to_yang(entry: BindingCacheEntry, now: Instant) -> JsonObject:
    """Return an entry of ``binding-cache``."""
    is_active = entry.state is BindingState.ACTIVE
    is_kept = entry.state is BindingState.DEREGISTERING
    identifier, address = entry.link_layer_identifier, entry.link_local_address
    timestamp = entry.timestamp
    return without_empty(
        {
            "binding-id": long_number(entry.binding_id),
            "state": entry.state.value,
            "mobile-node-identifier": entry.mobile_node_identifier,
            "access-technology-type": word(AccessTechnologyType, entry.access_technology_type),
            "local-mobility-anchor-address": str(entry.tunnel.local),
            "proxy-care-of-address": str(entry.proxy_care_of_address),
            "is-mobile-router": entry.is_mobile_router,
            "home-network-prefix": [str(prefix) for prefix in entry.home_network_prefixes],
            "mobile-network-prefix": [str(prefix) for prefix in entry.mobile_network_prefixes],
            "sequence-number": entry.sequence_number,
            "lifetime": entry.lifetime_s,
            "remaining-lifetime": seconds_left(entry.expires_at_ms, now.at_ms) if is_active else 0,
            "remaining-delete-delay": (
                max(0, entry.expires_at_ms - now.at_ms) if is_kept else None
            ),
            "link-layer-identifier": None if identifier is None else hex_octets(identifier),
            "link-local-address": None if address is None else str(address),
            "handoff-indicator": word(HandoffIndicator, entry.handoff_indicator),
            "timestamp": None if timestamp is None else timestamp_as_date_and_time(timestamp),
            "accepted": date_and_time(entry.accepted_utc_us),
            "created": date_and_time(entry.created_utc_us),
            "handover-count": entry.handover_count,
        }
    )


def assignment_to_yang(
    assignment: PrefixAssignment, tunnels: Sequence[Tunnel], now: Instant
) -> JsonObject:
    """Return an entry of ``prefix-assignment``; ``tunnels``: those that it is routed into."""
    until_ms = assignment.held_until_ms
    return without_empty(
        {
            "prefix": str(assignment.prefix),
            "kind": assignment.kind.value,
            "mobile-node-identifier": assignment.mobile_node_identifier,
            "pool": assignment.pool or None,
            "assigned": date_and_time(assignment.assigned_utc_us),
            "binding": [long_number(binding) for binding in sorted(assignment.bindings)],
            "proxy-care-of-address": [str(tunnel.remote) for tunnel in tunnels],
            "remaining-hold-time": (
                None if until_ms is None else seconds_left(until_ms, now.at_ms)
            ),
        }
    )


def mag_to_yang(address: IPv6Address, path: Path) -> JsonObject:
    """Return the state of an entry of ``mobile-access-gateway``."""
    return {"proxy-care-of-address": str(address), "path": path_to_yang(path)}


def statistics_to_yang(statistics: LmaStatistics) -> JsonObject:
    """Return ``statistics`` without its peers."""
    return without_empty(
        {
            "discontinuity-time": date_and_time(statistics.since_utc_us),
            "pbu-received": long_number(statistics.pbu_received),
            "registrations": long_number(statistics.registrations),
            "reregistrations": long_number(statistics.reregistrations),
            "handovers": long_number(statistics.handovers),
            "deregistrations": long_number(statistics.deregistrations),
            "expirations": long_number(statistics.expirations),
            "heartbeats-sent": long_number(statistics.heartbeats_sent),
            "heartbeats-received": long_number(statistics.heartbeats_received),
            "revocations-sent": long_number(statistics.revocations_sent),
            "revocations-received": long_number(statistics.revocations_received),
            "revocation-acknowledgements": by_revocation_status(
                statistics.revocation_acknowledgements
            ),
            "update-notifications-sent": long_number(statistics.update_notifications_sent),
            "update-notification-acknowledgements": by_number(
                statistics.update_notification_acknowledgements
            ),
            "redirections": long_number(statistics.redirections),
            "pba-by-status": by_status(statistics.pba_by_status),
            "dropped": by_word("reason", statistics.dropped),
            "rejected": by_word("reason", statistics.rejected),
        }
    )


def peer_to_yang(address: IPv6Address, peer: PeerStatistics) -> JsonObject:
    """Return an entry of ``statistics/peer``."""
    return without_empty(
        {
            "proxy-care-of-address": str(address),
            "pbu-received": long_number(peer.pbu_received),
            "pba-by-status": by_status(peer.pba_by_status),
        }
    )
