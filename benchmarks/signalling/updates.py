"""The proxy binding updates of every stage of a session, prepared for the load generator."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import Enum
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingUpdate,
    SequenceNumber,
    Timestamp,
)
from nf.codec.mobility import encode_mobility_message
from nf.codec.registry import HandoffIndicator
from nf.engine.configuration import (
    AuthorisedMag,
    ConfigurationItem,
    LmaConfiguration,
    MobileNode,
    PolicyProfile,
    PrefixPool,
)
from nf.engine.lma.lma import Lma

LMA: Final = IPv6Address("2001:db8:f::1")
MAGS: Final = (IPv6Address("2001:db8:f::11"), IPv6Address("2001:db8:f::12"))
LIFETIME_S: Final = 3600
#: What stands where the load generator writes the time: no other octets are like it.
_MARK: Final = Timestamp(0x5213_7148_3963_6275)
_HEADER: Final = struct.Struct("=III")
_ASK: Final = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)


class Stage(Enum):
    """What happens to each session in turn."""

    REGISTRATION = "registration"
    REFRESH = "refresh"
    HANDOVER = "handover"
    DEREGISTRATION = "de-registration"

    @property
    def mag(self) -> IPv6Address:
        """The gateway that sends the updates of this stage."""
        return MAGS[self in (Stage.HANDOVER, Stage.DEREGISTRATION)]


def configuration(nodes: int) -> tuple[ConfigurationItem, ...]:
    """Return an LMA with two MAGs and so many mobile routers."""
    lma = LmaConfiguration(
        address=LMA,
        mobile_access_gateways=tuple(AuthorisedMag(proxy_care_of_address=mag) for mag in MAGS),
        home_network_prefix_pools=(_pool("homes", "2001:db8:1000::/40", 64),),
        mobile_network_prefix_pools=(_pool("buses", "2001:d00::/32", 56),),
    )
    profile = PolicyProfile(name="buses", network_mobility=True, registration_lifetime_s=LIFETIME_S)
    routers = (MobileNode(identifier=each, policy_profile="buses") for each in identifiers(nodes))
    return (profile, *routers, lma)


def identifiers(nodes: int) -> Iterator[MobileNodeIdentifier]:
    """Yield identifiers that are all of one length."""
    return (MobileNodeIdentifier(f"bus-{number:07}@operator.example") for number in range(nodes))


def write_updates(path: Path, lma: Lma, stage: Stage, nodes: int) -> None:
    """Write one update of every router, as its gateway would send it to this LMA now."""
    packets = (_update(lma, node, stage) for node in identifiers(nodes))
    _write(path, packets, nodes)


def _write(path: Path, packets: Iterable[bytes], count: int) -> None:
    with path.open("wb") as file:
        for number, packet in enumerate(packets):
            if number == 0:
                at = packet.index(_MARK.to_bytes(8))
                file.write(_HEADER.pack(len(packet), count, at))
            file.write(packet)


def _update(lma: Lma, node: MobileNodeIdentifier, stage: Stage) -> bytes:
    """Return a packet; a gateway that is new to a router does not know its prefixes."""
    home: tuple[IPv6Network, ...] = (ALL_ZERO_PREFIX,)
    mobile: tuple[MobileNetworkPrefix, ...] = (_ASK,)
    if stage in (Stage.REFRESH, Stage.DEREGISTRATION):
        for binding in lma.bindings_of(node):
            home = binding.home_network_prefixes
            mobile = tuple(MobileNetworkPrefix(prefix=p) for p in binding.mobile_network_prefixes)
    update = ProxyBindingUpdate(
        sequence_number=SequenceNumber(0),
        lifetime_s=0 if stage is Stage.DEREGISTRATION else LIFETIME_S,
        home_registration=True,
        mobile_router=True,
        mobile_node_identifier=node,
        home_network_prefixes=home,
        mobile_network_prefixes=mobile,
        handoff_indicator=_INDICATORS[stage],
        access_technology_type=4,
        mobile_node_link_layer_identifier=node.encode()[5:11],
        timestamp=_MARK,
    )
    return encode_mobility_message(update)


def _pool(name: str, prefix: str, length: int) -> PrefixPool:
    return PrefixPool(name=name, prefixes=(IPv6Network(prefix),), assigned_length=length)


_INDICATORS: Final = {
    Stage.REGISTRATION: HandoffIndicator.ATTACHMENT_OVER_NEW_INTERFACE,
    Stage.REFRESH: HandoffIndicator.HANDOFF_STATE_NOT_CHANGED,
    Stage.HANDOVER: HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE,
    Stage.DEREGISTRATION: HandoffIndicator.HANDOFF_STATE_UNKNOWN,
}
