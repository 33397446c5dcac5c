"""What operators are told without asking; each is one YANG notification."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, IPv6Network
from typing import TypeAlias

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.unguarded import unguarded
from nf.engine.values import BindingId, LinkLayerAddress, PrefixKind


class RemovalReason(Enum):
    """Why a binding is gone."""

    DEREGISTERED = "deregistered"
    EXPIRED = "expired"
    CLEARED = "cleared"
    CONFIGURATION = "configuration"
    REVOKED = "revoked"
    PEER_FAILED = "peer-failed"


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class BindingCreated:
    """An LMA accepted a new mobility session."""

    binding_id: BindingId
    mobile_node_identifier: MobileNodeIdentifier
    proxy_care_of_address: IPv6Address
    home_network_prefixes: tuple[IPv6Network, ...]
    mobile_network_prefixes: tuple[IPv6Network, ...]


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class BindingUpdated:
    """The prefixes of a session changed while it stayed where it is."""

    binding_id: BindingId
    mobile_node_identifier: MobileNodeIdentifier
    mobile_network_prefixes: tuple[IPv6Network, ...]


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class BindingHandedOver:
    """A session moved to another MAG."""

    binding_id: BindingId
    mobile_node_identifier: MobileNodeIdentifier
    previous_proxy_care_of_address: IPv6Address
    proxy_care_of_address: IPv6Address


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRemoved:
    """A session ended at the LMA."""

    binding_id: BindingId
    mobile_node_identifier: MobileNodeIdentifier
    reason: RemovalReason


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRefused:
    """A registration was refused: at the LMA that refused it, and at the MAG that was told."""

    mobile_node_identifier: MobileNodeIdentifier | None
    peer: IPv6Address
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolThresholdCrossed:
    """The use of a pool reached its threshold, or fell below it again."""

    pool: str
    kind: PrefixKind
    used: int
    size: int
    is_above: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNodeSeen:
    """A node without a policy profile asked for service."""

    link: str
    link_layer_address: LinkLayerAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerUp:
    """A peer answers heartbeats, for the first time or again (RFC 5847 §3.1)."""

    peer: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDown:
    """A peer no longer answers heartbeats (RFC 5847 §3.1)."""

    peer: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRestarted:
    """A peer restarted and lost its bindings (RFC 5847 §3.2)."""

    peer: IPv6Address
    restart_counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationUnanswered:
    """A peer did not acknowledge a revocation (RFC 5846 §6.3); no node: it was of all bindings."""

    peer: IPv6Address
    mobile_node_identifier: MobileNodeIdentifier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRefused:
    """A peer would not carry out a revocation (RFC 5846 §6.2.2, §9.2)."""

    peer: IPv6Address
    mobile_node_identifier: MobileNodeIdentifier | None
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixNotDelegated:
    """A delegating router gave a router other prefixes than its binding has, or none."""

    mobile_node_identifier: MobileNodeIdentifier
    server: IPv6Address
    #: Those that it wanted to give.
    prefixes: tuple[IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatingRoutersSilent:
    """No server answers what is relayed to it."""

    servers: tuple[IPv6Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatingRouterAnswers:
    """A server answers again, after none did."""

    server: IPv6Address


Notification: TypeAlias = (
    BindingCreated
    | BindingUpdated
    | BindingHandedOver
    | BindingRemoved
    | RegistrationRefused
    | PoolThresholdCrossed
    | UnknownNodeSeen
    | PeerUp
    | PeerDown
    | PeerRestarted
    | RevocationUnanswered
    | RevocationRefused
    | PrefixNotDelegated
    | DelegatingRoutersSilent
    | DelegatingRouterAnswers
)
