"""What the LMA remembers; only this package writes it, the northbound reads it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber, Timestamp
from nf.engine.values import BindingId, LinkLayerAddress, PrefixKind, Tunnel


class BindingState(Enum):
    """The states of a binding cache entry; RFC 5213 gives no machine, these are ours."""

    #: Registered and forwarded.
    ACTIVE = "active"
    #: De-registered, kept for MinDelayBeforeBCEDelete, not forwarded (RFC 5213 §5.3.5).
    DEREGISTERING = "deregistering"
    #: Not forwarded; its MAG is told, and it ends with the answer (RFC 5846 §8.1).
    REVOKING = "revoking"


@dataclass(slots=True, kw_only=True)
class BindingCacheEntry:
    """One mobility session: RFC 5213 §5.1, with the prefix information of NEMO draft §3.4.1."""

    binding_id: BindingId
    state: BindingState
    mobile_node_identifier: MobileNodeIdentifier
    link_layer_identifier: LinkLayerAddress | None
    link_local_address: IPv6Address | None
    access_technology_type: int
    handoff_indicator: int
    home_network_prefixes: tuple[IPv6Network, ...]
    mobile_network_prefixes: tuple[IPv6Network, ...]
    is_mobile_router: bool
    #: The LMA's end and the MAG's: ``tunnel.remote`` is the Proxy-CoA.
    tunnel: Tunnel
    lifetime_s: int
    #: On the clock of Instant.at_ms: end of lifetime, or of the delay before deletion.
    expires_at_ms: int
    sequence_number: SequenceNumber
    #: Of the last accepted PBU, None if it had none; what §5.5 compares.
    timestamp: Timestamp | None
    #: When the LMA accepted it last, microseconds UTC; what §5.1 shows.
    accepted_utc_us: int
    created_utc_us: int
    handover_count: int = 0

    @property
    def proxy_care_of_address(self) -> IPv6Address:
        """The MAG's address, the tunnel's far end."""
        return self.tunnel.remote

    @property
    def registered_ms(self) -> int:
        """When an active session was accepted last, on the clock of Instant.at_ms."""
        return self.expires_at_ms - self.lifetime_s * 1000


@dataclass(slots=True, kw_only=True)
class PrefixAssignment:
    """A prefix that belongs to a node, from a pool or by configuration (NEMO draft §3.4.2)."""

    prefix: IPv6Network
    kind: PrefixKind
    mobile_node_identifier: MobileNodeIdentifier
    #: Name of the pool; empty for a prefix of the node's own.
    pool: str
    assigned_utc_us: int
    #: Bindings that use it now; none while it is only held for its node.
    bindings: tuple[BindingId, ...] = ()
    #: On the clock of Instant.at_ms: when an unused prefix is given back; None while used.
    held_until_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class FailedMag:
    """A MAG that failed or lost its sessions (RFC 5847 §3), on the clock of Instant.at_ms."""

    #: When it was found to be down; None: it is not.
    down_ms: int | None = None
    #: After this moment it restarted without its sessions; None: it did not.
    lost_ms: int | None = None
    #: The sessions that are yet to be looked at; None until its time is up.
    suspects: deque[BindingId] | None = None


@dataclass(slots=True, kw_only=True)
class PeerStatistics:
    """Counters of one MAG."""

    pbu_received: int = 0
    pba_by_status: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class LmaStatistics:
    """Counters of the LMA, counted from ``since_utc_us``."""

    since_utc_us: int = 0
    pbu_received: int = 0
    pba_by_status: Counter[int] = field(default_factory=Counter)
    registrations: int = 0
    reregistrations: int = 0
    handovers: int = 0
    deregistrations: int = 0
    expirations: int = 0
    #: PBUs dropped without an answer, by DropReason's word.
    dropped: Counter[str] = field(default_factory=Counter)
    #: Packets that the codec refused, by RejectReason's word.
    rejected: Counter[str] = field(default_factory=Counter)
    peers: dict[IPv6Address, PeerStatistics] = field(default_factory=dict)
    #: Requests of ours to MAGs (RFC 5847 §3).
    heartbeats_sent: int = 0
    #: Requests of others, all of which are answered.
    heartbeats_received: int = 0
    #: Indications of ours that bindings are revoked, repetitions included (RFC 5846).
    revocations_sent: int = 0
    revocations_received: int = 0
    #: What peers said to ours, by RevocationStatus.
    revocation_acknowledgements: Counter[int] = field(default_factory=Counter)
    update_notifications_sent: int = 0
    #: Acknowledgements of update notifications, by UpdateNotificationStatus.
    update_notification_acknowledgements: Counter[int] = field(default_factory=Counter)
    #: Registrations that were sent to another LMA.
    redirections: int = 0
