"""The configuration as the engine sees it; names and defaults are those of the YANG module."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv6Address, IPv6Network
from typing import Final, TypeAlias

from nf.codec.messages import LmaControlledParameters, MobileNodeIdentifier
from nf.engine.access_configuration import AccessLink, Dhcpv6Relay, RadiusAccounting
from nf.engine.values import LinkLayerAddress, RateLimit

#: The MAG's address on every access link (RFC 6543 §3).
FIXED_MAG_LINK_LOCAL_ADDRESS: Final = IPv6Address("fe80::200:5eff:fe00:5213")
#: The MAG's link-layer address on every access link (RFC 6543 §3).
FIXED_MAG_LINK_LAYER_ADDRESS: Final = LinkLayerAddress(bytes.fromhex("00005e005213"))


class PrefixDelegationSignalling(Enum):
    """How a MAG asks for a mobile network prefix; an LMA understands both."""

    #: Mobile Network Prefix option with the requesting bit (NEMO draft §3.1).
    NEMO_DRAFT = "nemo-draft"
    #: Delegated Mobile Network Prefix option (RFC 7148 §4.1).
    RFC_7148 = "rfc-7148"


class MnpFailurePolicy(Enum):
    """What becomes of a registration for which no mobile network prefix can be had."""

    #: Refuse with status 130 (NEMO draft §3.4.3).
    REJECT = "reject"
    #: Accept without network mobility.
    HOST_ONLY = "host-only"


class MultihomingPolicy(Enum):
    """By which sessions of its router a mobile network is reached (NEMO draft §3.2, §3.4.1)."""

    #: By the one that was registered or handed over last.
    MOST_RECENT = "most-recent"
    #: By all of them, each flow by one.
    EQUAL_COST = "equal-cost"
    #: By the preferred one; by another one only while that is gone.
    PRIMARY_BACKUP = "primary-backup"


class DriverName(Enum):
    """The ways to get IPv6-in-IPv6 out of the kernel."""

    AUTO = "auto"
    SRV6 = "srv6"
    IP6TNL = "ip6tnl"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainConfiguration:
    """What all LMAs and MAGs of one domain share (RFC 5213 §9.3)."""

    timestamp_based_approach_in_use: bool = True
    mobile_node_generated_timestamp_in_use: bool = False
    fixed_mag_link_local_address: IPv6Address = FIXED_MAG_LINK_LOCAL_ADDRESS
    fixed_mag_link_layer_address: LinkLayerAddress = FIXED_MAG_LINK_LAYER_ADDRESS
    prefix_delegation_signalling: PrefixDelegationSignalling = PrefixDelegationSignalling.NEMO_DRAFT
    #: One server DUID for all MAGs, so that a Renew is understood wherever it arrives; DUID-LL of
    #: RFC 6543's link-layer address unless configured.
    server_duid: bytes = bytes.fromhex("00030001") + FIXED_MAG_LINK_LAYER_ADDRESS
    #: The path of the file with the secret of DHCPv6 Reconfigure messages; None: there are none.
    reconfigure_secret_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProfile:
    """A policy profile that mobile nodes share (RFC 5213 §6.2)."""

    name: str
    network_mobility: bool = False
    mobile_network_prefix_count: int = 1
    #: None: as the pool assigns.
    mobile_network_prefix_length: int | None = None
    mnp_failure_policy: MnpFailurePolicy = MnpFailurePolicy.REJECT
    #: Lifetime that the MAG asks for and the LMA grants at most; a multiple of 4.
    registration_lifetime_s: int = 3600
    multihoming_policy: MultihomingPolicy = MultihomingPolicy.MOST_RECENT
    #: Which session is the primary: access technologies, the best first; any other is worse.
    access_technology_preference: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileNode:
    """One mobile node or router that may be served."""

    identifier: MobileNodeIdentifier
    policy_profile: str
    enabled: bool = True
    link_layer_identifiers: tuple[LinkLayerAddress, ...] = ()
    #: Where its MAG registers it; needed at a MAG only.
    local_mobility_anchor: IPv6Address | None = None
    #: Prefixes that are this node's own and come from no pool.
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    mobile_network_prefixes: tuple[IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixPool:
    """Prefixes of one kind that are cut into pieces of ``assigned_length`` and handed out."""

    name: str
    prefixes: tuple[IPv6Network, ...]
    assigned_length: int
    #: Percent in use at which a notification is sent; None: never.
    high_threshold: int | None = None
    #: How long a prefix stays reserved for its node after its last binding has gone.
    hold_time_s: int = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedMag:
    """A MAG that may register mobile nodes (RFC 5213 §5.3.1)."""

    proxy_care_of_address: IPv6Address
    name: str = ""
    enabled: bool = True
    #: Whether it may revoke all its bindings at once (RFC 5846 §8.2, §13).
    may_revoke_globally: bool = False
    #: How it names itself then; None: by its Proxy-CoA in text.
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatConfiguration:
    """How peers are watched (RFC 5847 §5)."""

    interval_s: int = 60
    missing_heartbeats_allowed: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationConfiguration:
    """How an indication that bindings are revoked is repeated (RFC 5846 §11)."""

    #: BRIMaxRetriesNumber.
    max_retries: int = 1
    #: InitMINDelayBRIs.
    initial_delay_ms: int = 1_000
    #: MAX_BRACK_TIMEOUT.
    max_delay_ms: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateNotificationConfiguration:
    """How an LMA repeats update notifications (RFC 7077 §7)."""

    max_retransmit_count: int = 1
    min_delay_ms: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectAnchor:
    """Another LMA to which registrations may be sent (RFC 6463 §5.3.2)."""

    address: IPv6Address
    #: The lower, the sooner it is used; equals share by weight.
    priority: int = 100
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectConfiguration:
    """Runtime LMA assignment: EnableLMARedirectFunction is on while this is (RFC 6463 §7)."""

    anchors: tuple[RedirectAnchor, ...] = ()
    #: Share of new sessions that this LMA keeps, against the weights of the anchors.
    own_weight: int = 0
    #: Another address of this LMA, anycast perhaps, at which MAGs ask for sessions (§5.3.1).
    assignment_address: IPv6Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LmaLimits:
    """What peers may use up of an LMA."""

    #: Entries of the binding cache; None: bounded by the configured nodes and their sessions.
    maximum_bindings: int | None = None
    maximum_sessions_per_node: int = 16
    #: New sessions and handovers that one MAG may ask for; None: as many as it likes.
    #: Renewals and de-registrations of its own bindings are never limited by it.
    registrations_per_mag: RateLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LmaConfiguration:
    """The LMA role (RFC 5213 §9.1)."""

    address: IPv6Address
    enabled: bool = True
    mobile_access_gateways: tuple[AuthorisedMag, ...] = ()
    home_network_prefix_pools: tuple[PrefixPool, ...] = ()
    mobile_network_prefix_pools: tuple[PrefixPool, ...] = ()
    min_delay_before_bce_delete_ms: int = 10_000
    max_delay_before_new_bce_assign_ms: int = 1_500
    timestamp_validity_window_ms: int = 300
    #: Install an unreachable route for each pool prefix, so that unassigned space never loops.
    aggregate_routes: bool = True
    #: None: peers are not watched; their requests are answered all the same.
    heartbeat: HeartbeatConfiguration | None = None
    #: How long after a MAG failed, or restarted without its bindings, its bindings are removed
    #: unless it registers them anew (RFC 5847 §3); None: they stay until they expire.
    failed_mag_delay_s: int | None = None
    revocation: RevocationConfiguration = RevocationConfiguration()
    #: Ask the MAG that a node has left, or may have left (RFC 5846 §3.4.1, §8.1).
    revoke_on_handover: bool = False
    #: Tell the MAG of each binding that a commit ends (RFC 5846 §3.4.1).
    revoke_on_removal: bool = True
    update_notification: UpdateNotificationConfiguration = UpdateNotificationConfiguration()
    #: What MAGs are told to go by (RFC 8127); None: nothing.
    lma_controlled_parameters: LmaControlledParameters | None = None
    #: None: registrations are not sent elsewhere.
    redirect: RedirectConfiguration | None = None
    #: EnableLMARedirectAcceptFunction (RFC 6463 §7).
    redirect_accept: bool = False
    #: Priority of this LMA in the Load Information option (RFC 6463 §4.3); None: no option.
    load_priority: int | None = None
    limits: LmaLimits = LmaLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class MagConfiguration:
    """The MAG role (RFC 5213 §9.2, RFC 6275 §12)."""

    proxy_care_of_address: IPv6Address
    enabled: bool = True
    access_links: tuple[AccessLink, ...] = ()
    initial_bindack_timeout_ms: int = 1_000
    max_bindack_timeout_ms: int = 32_000
    #: How long a node may be gone before it is de-registered.
    detach_hold_ms: int = 0
    #: None: anchors are not watched; their requests are answered all the same.
    heartbeat: HeartbeatConfiguration | None = None
    #: Whether what an LMA wants of retransmissions and heartbeats is followed (RFC 8127 §5.2).
    lma_controlled_parameters: bool = True
    #: EnableLMARedirectFunction (RFC 6463 §7).
    redirect: bool = False
    revocation: RevocationConfiguration = RevocationConfiguration()
    #: How this MAG names itself to an LMA (RFC 5846 §9.2); None: by its Proxy-CoA in text.
    identity: str | None = None
    #: None: nobody accounts for stations.
    radius_accounting: RadiusAccounting | None = None
    #: EnableMAGLocalRouting: nodes of this MAG reach each other without their LMAs.
    local_routing: bool = False
    #: None: this MAG is the only delegating router of its links.
    dhcpv6_relay: Dhcpv6Relay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlaneConfiguration:
    """How packets get into the tunnel; ``mtu`` 0: path MTU less the tunnel's 40 octets."""

    driver: DriverName = DriverName.AUTO
    mtu: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProfileRemoved:
    """A policy profile was deleted."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileNodeRemoved:
    """A mobile node was deleted."""

    identifier: MobileNodeIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class LmaRemoved:
    """The LMA role was deconfigured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MagRemoved:
    """The MAG role was deconfigured."""


#: What one commit may say: an object as it is now, or that one is gone.
ConfigurationItem: TypeAlias = (
    DomainConfiguration
    | PolicyProfile
    | PolicyProfileRemoved
    | MobileNode
    | MobileNodeRemoved
    | LmaConfiguration
    | LmaRemoved
    | MagConfiguration
    | MagRemoved
    | DataPlaneConfiguration
)


@dataclass(slots=True)
class Configuration:
    """The whole configuration with the indexes that signalling needs; only ``take`` writes it."""

    domain: DomainConfiguration = field(default_factory=DomainConfiguration)
    data_plane: DataPlaneConfiguration = field(default_factory=DataPlaneConfiguration)
    policy_profiles: dict[str, PolicyProfile] = field(default_factory=dict)
    mobile_nodes: dict[MobileNodeIdentifier, MobileNode] = field(default_factory=dict)
    node_by_link_layer_address: dict[LinkLayerAddress, MobileNodeIdentifier] = field(
        default_factory=dict
    )
    #: The LMAs at which a MAG registers nodes, with how many nodes name each.
    named_anchors: Counter[IPv6Address] = field(default_factory=Counter)
    local_mobility_anchor: LmaConfiguration | None = None
    mobile_access_gateway: MagConfiguration | None = None

    def take(self, item: ConfigurationItem) -> None:
        """Make one item the truth; costs the item, never the number of nodes."""
        match item:
            case DomainConfiguration():
                self.domain = item
            case DataPlaneConfiguration():
                self.data_plane = item
            case PolicyProfile():
                self.policy_profiles[item.name] = item
            case PolicyProfileRemoved():
                self.policy_profiles.pop(item.name, None)
            case MobileNode():
                self._forget_node(item.identifier)
                self._index_node(item)
            case MobileNodeRemoved():
                self._forget_node(item.identifier)
            case LmaConfiguration():
                self.local_mobility_anchor = item
            case LmaRemoved():
                self.local_mobility_anchor = None
            case MagConfiguration():
                self.mobile_access_gateway = item
            case MagRemoved():
                self.mobile_access_gateway = None

    def profile_of(self, node: MobileNode) -> PolicyProfile | None:
        """Return the node's policy profile, None where it names one that is not there."""
        return self.policy_profiles.get(node.policy_profile)

    def _index_node(self, node: MobileNode) -> None:
        self.mobile_nodes[node.identifier] = node
        if node.local_mobility_anchor is not None:
            self.named_anchors[node.local_mobility_anchor] += 1
        for address in node.link_layer_identifiers:
            self.node_by_link_layer_address[address] = node.identifier

    def _forget_node(self, identifier: MobileNodeIdentifier) -> None:
        node = self.mobile_nodes.pop(identifier, None)
        for address in node.link_layer_identifiers if node else ():
            if self.node_by_link_layer_address.get(address) == identifier:
                del self.node_by_link_layer_address[address]
        if node is not None and node.local_mobility_anchor is not None:
            self._forget_anchor(node.local_mobility_anchor)

    def _forget_anchor(self, address: IPv6Address) -> None:
        self.named_anchors[address] -= 1
        if not self.named_anchors[address]:
            del self.named_anchors[address]
