"""The MAG's operational state as YANG data: binding update list, attached nodes, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from typing import Final

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import AccessTechnologyType, Status
from nf.engine.mag.mag import Mag
from nf.engine.mag.records import AttachedNode, BindingUpdateListEntry, MagStatistics
from nf.engine.paths import Path
from nf.engine.values import Instant
from nf.northbound.counters import by_revocation_status, by_status, by_word, without_empty
from nf.northbound.fragments import ContainerSource, Keys, ListSource, StateSource
from nf.northbound.json_values import JsonObject
from nf.northbound.path_state import path_to_yang
from nf.northbound.relay_state import relay_sources
from nf.northbound.words import date_and_time, hex_octets, long_number, seconds_left, word

MAG: Final = "mobile-access-gateway"


def mag_sources(mag: Mag, now: Callable[[], Instant]) -> Iterator[StateSource]:
    """Yield the sources of the MAG's state; none while this node is no MAG."""
    if mag.configuration.mobile_access_gateway is None:
        return
    yield ListSource(
        path=(MAG, "binding-update-list", "entry"),
        records=lambda: mag.binding_update_list,
        key=_identifier,
        entry=lambda _, entry: registration_to_yang(entry, now()),
    )
    yield ListSource(
        path=(MAG, "attached-node"),
        records=lambda: mag.attached_nodes,
        key=_identifier,
        entry=lambda _, node: attached_node_to_yang(node),
    )
    yield ListSource(
        path=(MAG, "local-mobility-anchor"),
        records=mag.anchors,
        key=lambda keys: IPv6Address(keys["address"]),
        entry=anchor_to_yang,
    )
    yield from relay_sources(mag, now)
    yield ContainerSource(
        path=(MAG, "statistics"), value=lambda: statistics_to_yang(mag.statistics)
    )


def registration_to_yang(entry: BindingUpdateListEntry, now: Instant) -> JsonObject:
    """Return an entry of ``binding-update-list``."""
    is_granted = entry.granted_lifetime_s > 0
    status, accepted_utc_us = entry.last_status, entry.last_accepted_utc_us
    return without_empty(
        {
            "mobile-node-identifier": entry.mobile_node_identifier,
            "access-technology-type": word(AccessTechnologyType, entry.access_technology_type),
            "local-mobility-anchor-address": str(entry.tunnel.remote),
            "proxy-care-of-address": str(entry.tunnel.local),
            "is-mobile-router": entry.is_mobile_router,
            "home-network-prefix": [str(prefix) for prefix in entry.home_network_prefixes],
            "mobile-network-prefix": [str(prefix) for prefix in entry.mobile_network_prefixes],
            "sequence-number": entry.sequence_number,
            "remaining-lifetime": (
                seconds_left(entry.expires_at_ms, now.at_ms) if is_granted else None
            ),
            "state": entry.state.value,
            "link": entry.link,
            "link-layer-address": hex_octets(entry.link_layer_address),
            "pending": entry.pending is not None,
            "retransmissions": entry.retransmissions,
            "retransmit-delay": entry.retransmit_delay_ms,
            "granted-lifetime": entry.granted_lifetime_s,
            "last-status": None if status is None else word(Status, status),
            "last-accepted": date_and_time(accepted_utc_us) if accepted_utc_us else None,
            "redirected-by": None if entry.redirected_by is None else str(entry.redirected_by),
        }
    )


def attached_node_to_yang(node: AttachedNode) -> JsonObject:
    """Return an entry of ``attached-node``."""
    address = node.link_local_address
    return without_empty(
        {
            "mobile-node-identifier": node.mobile_node_identifier,
            "link": node.link,
            "link-layer-address": hex_octets(node.link_layer_address),
            "link-local-address": None if address is None else str(address),
            "attached": date_and_time(node.attached_utc_us),
            "last-seen": date_and_time(node.last_seen_utc_us),
            "last-source": node.last_source.value,
        }
    )


def anchor_to_yang(address: IPv6Address, path: Path | None) -> JsonObject:
    """Return an entry of ``local-mobility-anchor``."""
    shown = None if path is None else path_to_yang(path)
    return without_empty({"address": str(address), "path": shown})


def statistics_to_yang(statistics: MagStatistics) -> JsonObject:
    """Return ``statistics``."""
    return without_empty(
        {
            "discontinuity-time": date_and_time(statistics.since_utc_us),
            "pbu-sent": long_number(statistics.pbu_sent),
            "pbu-retransmitted": long_number(statistics.pbu_retransmitted),
            "attachments": long_number(statistics.attachments),
            "detachments": long_number(statistics.detachments),
            "unknown-nodes": long_number(statistics.unknown_nodes),
            "router-advertisements-sent": long_number(statistics.router_advertisements_sent),
            "heartbeats-sent": long_number(statistics.heartbeats_sent),
            "heartbeats-received": long_number(statistics.heartbeats_received),
            "revocations-sent": long_number(statistics.revocations_sent),
            "revocations-received": long_number(statistics.revocations_received),
            "revocation-acknowledgements": by_revocation_status(
                statistics.revocation_acknowledgements
            ),
            "update-notifications-received": long_number(statistics.update_notifications_received),
            "redirections": long_number(statistics.redirections),
            "dhcpv6-received": by_word("message-type", statistics.dhcpv6_received),
            "dhcpv6-sent": by_word("message-type", statistics.dhcpv6_sent),
            "dhcpv6-relayed": by_word("message-type", statistics.dhcpv6_relayed),
            "dhcpv6-answered": by_word("message-type", statistics.dhcpv6_answered),
            "pba-by-status": by_status(statistics.pba_by_status),
            "dropped": by_word("reason", statistics.dropped),
            "rejected": by_word("reason", statistics.rejected),
        }
    )


def _identifier(keys: Keys) -> MobileNodeIdentifier:
    return MobileNodeIdentifier(keys["mobile-node-identifier"])
