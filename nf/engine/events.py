"""Everything that can happen to the engine, as values."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import TypeAlias

from nf.codec.dhcpv6_messages import DhcpMessage
from nf.codec.dhcpv6_relay_messages import RelayMessage
from nf.codec.errors import RejectReason
from nf.codec.messages import MobileNodeIdentifier, MobilityMessage
from nf.codec.unguarded import unguarded
from nf.engine.configuration import ConfigurationItem
from nf.engine.values import (
    AttachSource,
    BindingId,
    LinkLayerAddress,
    Role,
    StoredAssignment,
    StoredAttachment,
    StoredBinding,
    Timer,
    Tunnel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged:
    """A commit took effect."""

    items: tuple[ConfigurationItem, ...]


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """A Mobility Header message arrived at ``destination``, one of our addresses."""

    source: IPv6Address
    destination: IPv6Address
    message: MobilityMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRejected:
    """A packet arrived that the codec refused (RFC 6275 §9.2).

    ``offset`` is that of the faulty field; ``message_type`` the octet that named the type.
    """

    source: IPv6Address
    destination: IPv6Address
    reason: RejectReason
    offset: int
    message_type: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class TimerExpired:
    """A timer that the engine had started ran out."""

    timer: Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSeen:
    """A node showed itself on an access link; repeated for each sign of life that was asked for."""

    link: str
    link_layer_address: LinkLayerAddress
    source: AttachSource
    #: Its link-local address, where the sign carried it.
    link_local_address: IPv6Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLost:
    """A node is no longer on an access link."""

    link: str
    link_layer_address: LinkLayerAddress
    source: AttachSource


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLinkUp:
    """An access link can carry packets; nothing is said of who is on it."""

    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLinkDown:
    """An access link carries nothing: every node on it is gone."""

    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSolicited:
    """A valid Router Solicitation arrived (RFC 4861 §6.1.1); ``source`` may be unspecified."""

    link: str
    link_layer_address: LinkLayerAddress
    source: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpMessageReceived:
    """A DHCPv6 message arrived from a client on an access link."""

    link: str
    link_layer_address: LinkLayerAddress
    source: IPv6Address
    message: DhcpMessage
    #: What it was read from, where the link is one that is relayed.
    octets: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayMessageReceived:
    """A message of relay agent or server arrived at the relay port; anybody may have sent it."""

    source: IPv6Address
    #: Where it came in.
    interface: str
    message: RelayMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayMessageRejected:
    """What arrived at the relay port could not be read."""

    source: IPv6Address
    reason: RejectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessMessageRejected:
    """A DHCPv6 or neighbour discovery packet on an access link could not be read."""

    link: str
    link_layer_address: LinkLayerAddress
    reason: RejectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelFailed:
    """The kernel refused an effect; ``effect`` is its name and key in words."""

    effect: str
    errno: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelMtuChanged:
    """The largest packet that fits through a tunnel now: its path has changed (RFC 2473 §6.7)."""

    tunnel: Tunnel
    mtu: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRestored:
    """The store held this binding when the daemon started."""

    binding: StoredBinding


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRestored:
    """The store held this assignment when the daemon started."""

    assignment: StoredAssignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Configuration and stored state are complete: the engine may take up its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingClearRequested:
    """An operator wants a binding cache entry gone, without telling the MAG."""

    binding_id: BindingId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReregistrationRequested:
    """An operator wants a MAG to register a node anew at once."""

    mobile_node_identifier: MobileNodeIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartCounterRestored:
    """The store held this restart counter of a role when the daemon started (RFC 5847 §3.2)."""

    role: Role
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDetectionRestored:
    """The store held this number when the daemon started (RFC 8415 §20.3)."""

    number: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRestored:
    """The store held this attached node of the MAG when the daemon started."""

    attachment: StoredAttachment


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRevocationRequested:
    """An operator of the LMA wants a binding revoked (RFC 5846 §8.1)."""

    binding_id: BindingId
    trigger: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRevocationRequested:
    """An operator of the LMA wants all bindings of a node revoked (RFC 5846 §8.1)."""

    mobile_node_identifier: MobileNodeIdentifier
    trigger: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRevocationRequested:
    """An operator wants all bindings with a peer revoked.

    At the LMA those of a MAG (RFC 5846 §8.1), at the MAG those with an LMA (RFC 5846 §9.2).
    """

    role: Role
    peer: IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class RealmRevocationRequested:
    """An operator of the LMA wants all bindings of the nodes of a realm revoked (RFC 5846 §8.1)."""

    realm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingReregistrationRequested:
    """An operator of the LMA wants a MAG to register a session anew (RFC 7077 §5.1)."""

    binding_id: BindingId


Event: TypeAlias = (
    ConfigurationChanged
    | MessageReceived
    | MessageRejected
    | TimerExpired
    | NodeSeen
    | NodeLost
    | AccessLinkUp
    | AccessLinkDown
    | RouterSolicited
    | DhcpMessageReceived
    | RelayMessageReceived
    | RelayMessageRejected
    | AccessMessageRejected
    | KernelFailed
    | TunnelMtuChanged
    | BindingRestored
    | AssignmentRestored
    | Started
    | BindingClearRequested
    | ReregistrationRequested
    | RestartCounterRestored
    | ReplayDetectionRestored
    | AttachmentRestored
    | BindingRevocationRequested
    | NodeRevocationRequested
    | PeerRevocationRequested
    | RealmRevocationRequested
    | BindingReregistrationRequested
)
