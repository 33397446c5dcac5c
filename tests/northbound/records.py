"""An engine in the middle of its work, as a scene for the tests of state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import MobileNodeIdentifier, ProxyBindingUpdate, SequenceNumber, Timestamp
from nf.engine.configuration import (
    ConfigurationItem,
    LmaConfiguration,
    MagConfiguration,
    PrefixPool,
)
from nf.engine.engine import Engine
from nf.engine.lma.records import (
    BindingCacheEntry,
    BindingState,
    LmaStatistics,
    PeerStatistics,
    PrefixAssignment,
)
from nf.engine.mag.records import (
    AttachedNode,
    BindingUpdateListEntry,
    MagStatistics,
    RegistrationState,
)
from nf.engine.values import (
    AttachSource,
    BindingId,
    Instant,
    LinkLayerAddress,
    PrefixKind,
    Tunnel,
)

LMAA: Final = IPv6Address("2001:db8:ffff::1")
MAG1: Final = IPv6Address("2001:db8:ffff::11")
BUS_7: Final = MobileNodeIdentifier("bus-7@operator.example")
MAC_7: Final = LinkLayerAddress(bytes.fromhex("020000000007"))
HNP: Final = IPv6Network("2001:db8:1000::/64")
MNP: Final = IPv6Network("2001:db8:2000::/56")
#: 2026-11-23 06:00 UTC.
SIX: Final = 1_795_413_600_000_000
NOW: Final = Instant(at_ms=1_000_000, utc_us=SIX)

LMA: Final = LmaConfiguration(
    address=LMAA,
    home_network_prefix_pools=(
        PrefixPool(name="home", prefixes=(IPv6Network("2001:db8:1000::/40"),), assigned_length=64),
    ),
    mobile_network_prefix_pools=(
        PrefixPool(
            name="mobile", prefixes=(IPv6Network("2001:db8:2000::/40"),), assigned_length=56
        ),
    ),
)
MAG: Final = MagConfiguration(proxy_care_of_address=MAG1)

BINDING: Final = BindingCacheEntry(
    binding_id=BindingId(1),
    state=BindingState.ACTIVE,
    mobile_node_identifier=BUS_7,
    link_layer_identifier=MAC_7,
    link_local_address=IPv6Address("fe80::1"),
    access_technology_type=4,
    handoff_indicator=3,
    home_network_prefixes=(HNP,),
    mobile_network_prefixes=(MNP,),
    is_mobile_router=True,
    tunnel=Tunnel(local=LMAA, remote=MAG1),
    lifetime_s=3600,
    expires_at_ms=NOW.at_ms + 3_411_500,
    sequence_number=SequenceNumber(7),
    timestamp=Timestamp((SIX // 1_000_000) << 16 | 0x8000),
    accepted_utc_us=SIX + 600_000,
    created_utc_us=SIX - 1,
    handover_count=2,
)

REGISTRATION: Final = BindingUpdateListEntry(
    mobile_node_identifier=BUS_7,
    state=RegistrationState.REFRESHING,
    link="access0",
    link_layer_address=MAC_7,
    access_technology_type=4,
    tunnel=Tunnel(local=MAG1, remote=LMAA),
    is_mobile_router=True,
    home_network_prefixes=(HNP,),
    mobile_network_prefixes=(MNP,),
    sequence_number=SequenceNumber(8),
    pending=ProxyBindingUpdate(sequence_number=SequenceNumber(8), lifetime_s=3600),
    retransmissions=2,
    retransmit_delay_ms=4000,
    granted_lifetime_s=3600,
    expires_at_ms=NOW.at_ms + 1,
    last_status=0,
    last_accepted_utc_us=SIX,
)

NODE: Final = AttachedNode(
    mobile_node_identifier=BUS_7,
    link="access0",
    link_layer_address=MAC_7,
    link_local_address=IPv6Address("fe80::ff:fe00:7"),
    attached_utc_us=SIX,
    last_seen_utc_us=SIX + 1,
    last_source=AttachSource.DHCPV6,
)


@dataclass(frozen=True)
class FakeDataPlane:
    """A data plane with what the test wants."""

    driver_in_use: str | None = "srv6"
    ends: tuple[tuple[Tunnel, int], ...] = ((Tunnel(local=LMAA, remote=MAG1), 2),)

    def tunnels(self) -> Iterable[tuple[Tunnel, int]]:
        """Return the tunnels with their routes."""
        return self.ends

    def dropped(self) -> Mapping[str, int] | None:
        """Return how many packets were dropped by reason; None where nothing is in use."""
        return {"unregistered-source": 3} if self.driver_in_use else None


def engine_with(*items: ConfigurationItem) -> Engine:
    """Return an engine with a configuration and nothing else."""
    engine = Engine()
    for item in items:
        engine.configuration.take(item)
    return engine


def busy_engine() -> Engine:
    """Return an engine in both roles that has one of everything."""
    engine = engine_with(LMA, MAG)
    engine.lma.bindings[BINDING.binding_id] = BINDING
    engine.lma.assignments.update(
        {
            HNP: PrefixAssignment(
                prefix=HNP,
                kind=PrefixKind.HOME,
                mobile_node_identifier=BUS_7,
                pool="home",
                assigned_utc_us=SIX,
                bindings=(BINDING.binding_id,),
            ),
            MNP: PrefixAssignment(
                prefix=MNP,
                kind=PrefixKind.MOBILE,
                mobile_node_identifier=BUS_7,
                pool="mobile",
                assigned_utc_us=SIX,
                held_until_ms=NOW.at_ms + 60_000,
            ),
        }
    )
    engine.lma.statistics = LmaStatistics(
        since_utc_us=SIX,
        pbu_received=2**40,
        pba_by_status=Counter({0: 5, 130: 1, 200: 1}),
        registrations=1,
        reregistrations=2,
        handovers=3,
        deregistrations=4,
        expirations=5,
        dropped=Counter({"no-such-binding": 1}),
        rejected=Counter({"bad-checksum": 2}),
        peers={MAG1: PeerStatistics(pbu_received=7, pba_by_status=Counter({0: 5}))},
    )
    engine.mag.binding_update_list[BUS_7] = REGISTRATION
    engine.mag.attached_nodes[BUS_7] = NODE
    engine.mag.statistics = MagStatistics(
        since_utc_us=SIX,
        pbu_sent=9,
        pbu_retransmitted=1,
        pba_by_status=Counter({0: 5}),
        attachments=1,
        detachments=2,
        dropped=Counter({"echo-mismatch": 1}),
        rejected=Counter({"truncated": 2}),
        unknown_nodes=3,
        dhcpv6_received=Counter({"solicit": 1, "information-request": 1}),
        dhcpv6_sent=Counter({"reply": 2}),
        router_advertisements_sent=4,
    )
    return engine


def add_bindings(engine: Engine, count: int) -> None:
    """Fill the binding cache."""
    for number in range(1, count + 1):
        binding_id = BindingId(number)
        engine.lma.bindings[binding_id] = replace(BINDING, binding_id=binding_id)
