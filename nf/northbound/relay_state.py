"""The relay agent's operational state as YANG data: whether servers answer, and what they gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv6Network
from typing import Final

from nf.engine.mag.mag import Mag
from nf.engine.mag.relay.records import RelayLease
from nf.engine.values import Instant
from nf.northbound.counters import without_empty
from nf.northbound.fragments import ContainerSource, ListSource, StateSource
from nf.northbound.json_values import JsonObject
from nf.northbound.words import hex_octets, seconds_left

RELAY: Final = ("mobile-access-gateway", "dhcpv6-relay")


def relay_sources(mag: Mag, now: Callable[[], Instant]) -> Iterator[StateSource]:
    """Yield the sources of the relay agent's state; none while nothing is relayed."""
    relay = mag.gateway.relay
    if relay.opened is None:
        return
    yield ContainerSource(path=(*RELAY, "answering"), value=lambda: relay.is_answering)
    yield ListSource(
        path=(*RELAY, "lease"),
        records=lambda: relay.leases,
        key=lambda keys: IPv6Network(keys["prefix"]),
        entry=lambda prefix, lease: lease_to_yang(prefix, lease, now()),
    )


def lease_to_yang(prefix: IPv6Network, lease: RelayLease, now: Instant) -> JsonObject:
    """Return an entry of ``lease``."""
    ends_at_ms = lease.ends_at_ms
    return without_empty(
        {
            "prefix": str(prefix),
            "mobile-node-identifier": lease.mobile_node_identifier,
            "iaid": lease.iaid,
            "client-duid": None if lease.client_duid is None else hex_octets(lease.client_duid),
            "server-duid": None if lease.server_duid is None else hex_octets(lease.server_duid),
            "remaining-lifetime": (
                None if ends_at_ms is None else seconds_left(ends_at_ms, now.at_ms)
            ),
        }
    )
