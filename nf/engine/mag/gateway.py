"""What the rules of the MAG share: its records, and what it has asked of kernel and links."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber
from nf.engine.access_configuration import RadiusAccounting
from nf.engine.configuration import Configuration, MagConfiguration, MobileNode, PolicyProfile
from nf.engine.effects import OpenAccessLink
from nf.engine.errors import InvariantBroken
from nf.engine.events import DhcpMessageReceived
from nf.engine.heartbeat.watch import Watch
from nf.engine.kernel_effects import InstallAccessRoute, InstallUplinkRoute
from nf.engine.mag.drops import DropReason
from nf.engine.mag.ordering import MessageOrder
from nf.engine.mag.records import (
    AttachedNode,
    BindingUpdateListEntry,
    Lease,
    MagStatistics,
    Presence,
)
from nf.engine.mag.relay.records import Relay
from nf.engine.mag.replay_detection import ReplayDetection
from nf.engine.mag.timers import Timers
from nf.engine.revocation.initiator import Initiator
from nf.engine.token_bucket import TokenBucket
from nf.engine.values import Instant, LinkLayerAddress, StoredAttachment, TimerKind, Tunnel

#: Copies of one request whose answers are still recognised.
RECENT_COPIES = 8
#: Unknown nodes that are told of; more are counted only, until a node is configured.
UNKNOWN_NODES_TOLD = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """What is installed for one node."""

    tunnel: Tunnel
    routes: tuple[InstallUplinkRoute | InstallAccessRoute, ...]


@dataclass(slots=True)
class Gateway:
    """The state of one MAG; everything keyed by node is bounded by the configured nodes."""

    configuration: Configuration
    statistics: MagStatistics = field(default_factory=MagStatistics)
    binding_update_list: dict[MobileNodeIdentifier, BindingUpdateListEntry] = field(
        default_factory=dict
    )
    attached_nodes: dict[MobileNodeIdentifier, AttachedNode] = field(default_factory=dict)
    timers: Timers = field(default_factory=Timers)
    order: MessageOrder = field(default_factory=MessageOrder)
    is_started: bool = False
    #: How far the clock was ahead of Instant.at_ms when the MAG started.
    clock_offset_us: int = 0
    #: The role as it was last put into effect; None while it is off.
    role: MagConfiguration | None = None
    open_links: dict[str, OpenAccessLink] = field(default_factory=dict)
    #: Where accounting messages are received; None while they are not.
    accounting: RadiusAccounting | None = None
    nodes_on_link: dict[str, dict[MobileNodeIdentifier, None]] = field(default_factory=dict)
    forwarding: dict[MobileNodeIdentifier, Forwarding] = field(default_factory=dict)
    #: For which node each prefix is forwarded: never for two.
    forwarded_for: dict[IPv6Network, MobileNodeIdentifier] = field(default_factory=dict)
    #: Whether packets between nodes here go without their LMAs.
    is_routing_locally: bool = False
    tunnel_users: dict[Tunnel, set[MobileNodeIdentifier]] = field(default_factory=dict)
    #: Sequence numbers of the copies of each pending PBU.
    copies: dict[MobileNodeIdentifier, deque[SequenceNumber]] = field(default_factory=dict)
    #: The latest DHCPv6 message of a node that waits for the PBA (NEMO draft §3.3.2).
    waiting_messages: dict[MobileNodeIdentifier, DhcpMessageReceived] = field(default_factory=dict)
    #: Of nodes whose DHCPv6 client got a Reply to what it asked for.
    leases: dict[MobileNodeIdentifier, Lease] = field(default_factory=dict)
    #: Those of them whose routes have changed with this event.
    realigned: dict[MobileNodeIdentifier, None] = field(default_factory=dict)
    #: Nodes that gave mobile network prefixes back and have asked for none since.
    released: set[MobileNodeIdentifier] = field(default_factory=set)
    #: Nodes that are not registered again until an operator acts (RFC 5213 §6.9.1.2).
    denied: set[MobileNodeIdentifier] = field(default_factory=set)
    #: When an attached node last came from another link, on the clock of Instant.at_ms.
    moved_at_ms: dict[MobileNodeIdentifier, int] = field(default_factory=dict)
    #: Of each attached node.
    presence: dict[MobileNodeIdentifier, Presence] = field(default_factory=dict)
    #: What the store has of each node; at the start what it had when the MAG ended.
    stored: dict[MobileNodeIdentifier, StoredAttachment] = field(default_factory=dict)
    unknown_told: set[tuple[str, LinkLayerAddress]] = field(default_factory=set)
    #: Of the tunnels in use, as far as their paths are not the usual ones.
    tunnel_mtus: dict[Tunnel, int] = field(default_factory=dict)
    #: The configured MTU that nodes were told last; 0: that of the path.
    advertised_mtu: int = 0
    #: The numbers of authenticated DHCPv6 messages (RFC 8415 §20.3).
    replay_detection: ReplayDetection = field(default_factory=ReplayDetection)
    #: What is relayed to delegating routers elsewhere.
    relay: Relay = field(default_factory=Relay)
    #: The answers that there may be to those who are no LMA of ours.
    strangers: TokenBucket = field(default_factory=TokenBucket)
    #: The heartbeats to LMAs (RFC 5847).
    watch: Watch = field(init=False)
    #: Our restart counter as it was before this start.
    stored_restart_counter: int | None = None
    #: The LMAs that got their first binding, lost their last one, or want another rhythm.
    changed_lmas: dict[IPv6Address, None] = field(default_factory=dict)
    #: The bindings that wait to be renewed at an LMA that lost them (RFC 5847 §3).
    invalid_bindings: dict[IPv6Address, deque[MobileNodeIdentifier]] = field(default_factory=dict)

    #: The revocations that LMAs are told of (RFC 5846).
    initiator: Initiator = field(init=False)
    #: The LMAs that let us revoke no bindings at once (RFC 5846 §9.2).
    not_authorised_by: set[IPv6Address] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.watch = Watch(TimerKind.LMA_HEARTBEAT, self.statistics)
        self.initiator = Initiator(TimerKind.GATEWAY_REVOCATION_RETRANSMIT, self.statistics)

    def drop(self, reason: DropReason) -> None:
        """Count something that is left unanswered."""
        self.statistics.dropped[reason.value] += 1

    def node_and_profile(
        self, identifier: MobileNodeIdentifier
    ) -> tuple[MobileNode, PolicyProfile] | None:
        """Return what the configuration says of a node, None unless it may be served."""
        node = self.configuration.mobile_nodes.get(identifier)
        profile = self.configuration.profile_of(node) if node is not None else None
        if node is None or profile is None or not node.enabled:
            return None
        return node, profile

    @property
    def active_role(self) -> MagConfiguration:
        """The role, where it has been found to be on."""
        if self.role is None:
            raise InvariantBroken("the role is off")
        return self.role

    def is_present(self, identifier: MobileNodeIdentifier) -> bool:
        """Tell whether a node is known to be on its link now, and not only held.

        RFC 5213 §6.13: only then may its registration be extended or asked for again.
        """
        return identifier in self.attached_nodes and not self.timers.is_running(
            TimerKind.DETACH_HOLD, identifier
        )


def remaining_lifetime_s(entry: BindingUpdateListEntry, now: Instant) -> int:
    """Return what is left of the granted lifetime, in whole seconds.

    Prefixes are advertised and delegated for this long: never beyond the binding. It does not
    dwindle, since the binding is renewed before its lifetime ends while the node is attached.
    """
    return max(0, (entry.expires_at_ms - now.at_ms) // 1000)
