"""What the rules of the LMA share: its records and indexes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from nf.codec.messages import MobileNodeIdentifier, Timestamp
from nf.engine.configuration import (
    AuthorisedMag,
    Configuration,
    LmaConfiguration,
    MobileNode,
    PolicyProfile,
)
from nf.engine.errors import InvariantBroken
from nf.engine.heartbeat.watch import Watch
from nf.engine.lma.assignments import Assignments
from nf.engine.lma.binding_cache import BindingCache
from nf.engine.lma.drops import DropReason
from nf.engine.lma.pending import Notifications, Redirection
from nf.engine.lma.pool_changes import PoolKeeper
from nf.engine.lma.records import FailedMag, LmaStatistics, PeerStatistics
from nf.engine.lma.request import Request
from nf.engine.lma.routes import Routes
from nf.engine.revocation.initiator import Initiator
from nf.engine.token_bucket import TokenBucket
from nf.engine.values import BindingId, StoredAssignment, StoredBinding, TimerKind


@dataclass(slots=True)
class Anchor:
    """The state of one LMA; what peers can make it grow by is bounded by the configured nodes."""

    configuration: Configuration
    statistics: LmaStatistics = field(default_factory=LmaStatistics)
    cache: BindingCache = field(default_factory=BindingCache)
    assignments: Assignments = field(default_factory=Assignments)
    pool_keeper: PoolKeeper = field(init=False)
    routes: Routes = field(default_factory=Routes)
    is_started: bool = False
    #: The role as it was last put into effect; None while it is off.
    role: LmaConfiguration | None = None
    #: The MAGs that may register nodes now, by Proxy-CoA.
    mags: dict[IPv6Address, AuthorisedMag] = field(default_factory=dict)
    #: The policy profiles as they were last put into effect.
    profiles: dict[str, PolicyProfile] = field(default_factory=dict)
    #: The greatest timestamp that was accepted for each node (RFC 5213 §5.5).
    last_timestamps: dict[MobileNodeIdentifier, Timestamp] = field(default_factory=dict)
    #: PBUs that wait for the de-registration of their node's session (RFC 5213 §5.4.1.2).
    waiting: dict[MobileNodeIdentifier, Request] = field(default_factory=dict)
    #: What the store held, until it is taken up.
    stored_assignments: list[StoredAssignment] = field(default_factory=list)
    stored_bindings: list[StoredBinding] = field(default_factory=list)
    #: The heartbeats to MAGs (RFC 5847).
    watch: Watch = field(init=False)
    failed_mags: dict[IPv6Address, FailedMag] = field(default_factory=dict)
    #: The update notifications to MAGs (RFC 7077).
    notifications: Notifications = field(default_factory=Notifications)
    #: The revocations that MAGs are told of (RFC 5846).
    initiator: Initiator = field(init=False)
    #: The sessions whose revocation the last stop interrupted, until it is taken up.
    interrupted_revocations: deque[BindingId] = field(default_factory=deque)
    #: The registrations that other anchors are asked to take (RFC 6463).
    redirections: dict[MobileNodeIdentifier, Redirection] = field(default_factory=dict)
    #: Of the last PBU of our own to another anchor.
    sent_number: int = 0
    #: What is left of the rate at which each MAG may register.
    buckets: dict[IPv6Address, TokenBucket] = field(default_factory=dict)
    #: The answers that there may be to those who are no MAG of ours.
    strangers: TokenBucket = field(default_factory=TokenBucket)

    def __post_init__(self) -> None:
        self.watch = Watch(TimerKind.MAG_HEARTBEAT, self.statistics)
        self.initiator = Initiator(TimerKind.REVOCATION_RETRANSMIT, self.statistics)
        self.pool_keeper = PoolKeeper(self.assignments)

    def drop(self, reason: DropReason) -> None:
        """Count a message that is left unanswered."""
        self.statistics.dropped[reason.value] += 1

    def peer(self, address: IPv6Address) -> PeerStatistics | None:
        """Return the counters of a MAG, None for anybody else."""
        known = self.statistics.peers.get(address)
        if known is None and address in self.mags:
            known = self.statistics.peers[address] = PeerStatistics()
        return known

    def node_and_profile(
        self, identifier: MobileNodeIdentifier
    ) -> tuple[MobileNode, PolicyProfile] | None:
        """Return what the configuration says of a node, None unless it may be served."""
        node = self.configuration.mobile_nodes.get(identifier)
        profile = self.configuration.profile_of(node) if node is not None else None
        if node is None or profile is None or not node.enabled:
            return None
        return node, profile

    def served(self, identifier: MobileNodeIdentifier) -> tuple[MobileNode, PolicyProfile]:
        """Return what the configuration says of a node that has been found to be served."""
        node_and_profile = self.node_and_profile(identifier)
        if node_and_profile is None:
            raise InvariantBroken(f"{identifier} is not served")
        return node_and_profile

    @property
    def active_role(self) -> LmaConfiguration:
        """The role, where it has been found to be on."""
        if self.role is None:
            raise InvariantBroken("the role is off")
        return self.role
