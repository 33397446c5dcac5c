"""What the MAG remembers; only this package writes it, the northbound reads it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import (
    LmaControlledParameters,
    MobileNodeIdentifier,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.engine.values import AttachSource, LinkLayerAddress, Tunnel


class RegistrationState(Enum):
    """The states of a binding update list entry."""

    #: The first PBU is out, no answer yet.
    REGISTERING = "registering"
    #: Accepted by the LMA; forwarding is on.
    REGISTERED = "registered"
    #: Accepted earlier, a renewal is out; forwarding is on.
    REFRESHING = "refreshing"
    #: Refused; what happens next depends on the status (RFC 5213 §6.9.1.2).
    REFUSED = "refused"
    #: The PBU with lifetime 0 is out (RFC 5213 §6.9.1.4).
    DEREGISTERING = "deregistering"
    #: Revoked; its node is not registered before it attaches anew or an operator acts (RFC 5846).
    REVOKED = "revoked"


class Matter(Enum):
    """What is done for a node only if it is certain that it is there."""

    #: To extend its registration.
    RENEWAL = "renewal"
    #: To take prefixes from its binding that it did not renew.
    DELEGATION = "delegation"
    #: To keep its binding, of which the LMA says that it has moved (RFC 5846 §9.1).
    HANDOVER = "handover"


@dataclass(slots=True, kw_only=True)
class Presence:
    """How certain it is that an attached node is there."""

    #: Both on the clock of Instant.at_ms.
    came_ms: int
    last_seen_ms: int
    #: How often it was asked since it was seen, and what waits for its answer.
    questions: int = 0
    pending_matters: dict[Matter, None] = field(default_factory=dict)
    #: When it is let go unless it shows itself before; None while it is not held.
    held_until_utc_us: int | None = None


@dataclass(slots=True, kw_only=True)
class Lease:
    """What a DHCPv6 client was told last."""

    client_duid: bytes
    #: Where it can be reached.
    address: IPv6Address
    prefixes: tuple[IPv6Network, ...]
    #: Whether it accepts Reconfigure messages (RFC 8415 §18.3.11).
    is_reconfigurable: bool
    #: Until when it may use the prefixes.
    ends_utc_us: int
    #: How often it was told that they have changed since.
    attempts: int = 0


@dataclass(slots=True, kw_only=True)
class AttachedNode:
    """A known node that is on an access link now."""

    mobile_node_identifier: MobileNodeIdentifier
    link: str
    link_layer_address: LinkLayerAddress
    #: None until a packet showed it; the next hop to the mobile network.
    link_local_address: IPv6Address | None
    attached_utc_us: int
    last_seen_utc_us: int
    last_source: AttachSource


@dataclass(slots=True, kw_only=True)
class BindingUpdateListEntry:
    """One registration: RFC 5213 §6.1, with the prefix information of NEMO draft §3.3.1."""

    mobile_node_identifier: MobileNodeIdentifier
    state: RegistrationState
    link: str
    link_layer_address: LinkLayerAddress
    access_technology_type: int
    #: The MAG's end and the LMA's: ``tunnel.local`` is the Proxy-CoA.
    tunnel: Tunnel
    is_mobile_router: bool
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    mobile_network_prefixes: tuple[IPv6Network, ...] = ()
    #: Of the last PBU sent.
    sequence_number: SequenceNumber
    #: The PBU that awaits its answer, None when none does.
    pending: ProxyBindingUpdate | None = None
    retransmissions: int = 0
    retransmit_delay_ms: int = 0
    granted_lifetime_s: int = 0
    #: On the clock of Instant.at_ms; 0 before the first acceptance.
    expires_at_ms: int = 0
    last_status: int | None = None
    last_accepted_utc_us: int = 0
    #: What the LMA wants this binding to be kept by (RFC 8127 §5).
    lma_controlled_parameters: LmaControlledParameters | None = None
    #: Of the last update notification that was acted on (RFC 7077 §6.1).
    notification_number: SequenceNumber | None = None
    #: The LMA that sent this registration to the tunnel's end (RFC 6463 §5.2).
    redirected_by: IPv6Address | None = None


@dataclass(slots=True, kw_only=True)
class MagStatistics:
    """Counters of the MAG, counted from ``since_utc_us``."""

    since_utc_us: int = 0
    pbu_sent: int = 0
    pbu_retransmitted: int = 0
    pba_by_status: Counter[int] = field(default_factory=Counter)
    attachments: int = 0
    detachments: int = 0
    #: Answers that matched no request, and other drops, by DropReason's word.
    dropped: Counter[str] = field(default_factory=Counter)
    #: Packets that the codec refused, by RejectReason's word.
    rejected: Counter[str] = field(default_factory=Counter)
    #: Signs of nodes that no mobile-node entry names.
    unknown_nodes: int = 0
    dhcpv6_received: Counter[str] = field(default_factory=Counter)
    dhcpv6_sent: Counter[str] = field(default_factory=Counter)
    #: To delegating routers elsewhere, copies for several of them counted once.
    dhcpv6_relayed: Counter[str] = field(default_factory=Counter)
    #: What they said, passed on or not.
    dhcpv6_answered: Counter[str] = field(default_factory=Counter)
    router_advertisements_sent: int = 0
    #: Requests of ours to LMAs (RFC 5847 §3).
    heartbeats_sent: int = 0
    #: Requests of others, all of which are answered.
    heartbeats_received: int = 0
    #: Indications of ours that bindings are revoked, repetitions included (RFC 5846).
    revocations_sent: int = 0
    revocations_received: int = 0
    #: What peers said to ours, by RevocationStatus.
    revocation_acknowledgements: Counter[int] = field(default_factory=Counter)
    update_notifications_received: int = 0
    #: Registrations that an LMA sent to another one.
    redirections: int = 0
