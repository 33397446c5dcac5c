"""Small values that events, effects and state share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, IPv6Network
from typing import Final, NewType

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber, Timestamp
from nf.codec.unguarded import unguarded

BindingId = NewType("BindingId", int)
#: The octets of a link-layer address or other link-layer identifier.
LinkLayerAddress = NewType("LinkLayerAddress", bytes)
#: An Ethernet path less the 40 octets of the tunnel's header (RFC 2473 §6.7).
USUAL_TUNNEL_MTU: Final = 1460


@unguarded
@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """One moment on two clocks.

    ``at_ms`` never jumps and is for durations; its zero is arbitrary. ``utc_us`` counts
    microseconds since 1970 UTC and is for the Timestamp option and for people.
    """

    at_ms: int
    utc_us: int


class TimerKind(Enum):
    """What a timer is for; LMA's first, then MAG's."""

    #: The registration lifetime of a binding ran out; key: binding id.
    BINDING_LIFETIME = "binding-lifetime"
    #: MinDelayBeforeBCEDelete is over (RFC 5213 §5.3.5); key: binding id.
    BCE_DELETE = "bce-delete"
    #: MaxDelayBeforeNewBCEAssign is over (RFC 5213 §5.4.1.2); key: mobile node identifier.
    BCE_ASSIGN = "bce-assign"
    #: A prefix without a binding is given back; key: mobile node identifier.
    ASSIGNMENT_HOLD = "assignment-hold"
    #: The next heartbeat to a MAG is due (RFC 5847 §3); key: the MAG's address.
    MAG_HEARTBEAT = "mag-heartbeat"
    #: The bindings of a failed MAG are to be removed; key: the MAG's address.
    MAG_FAILED = "mag-failed"
    #: No answer to a revocation by the LMA yet (RFC 5846 §6.3); key: sequence number.
    REVOCATION_RETRANSMIT = "revocation-retransmit"
    #: No answer to an update notification yet (RFC 7077 §5.2); key: sequence number.
    UPDATE_NOTIFICATION_RETRANSMIT = "update-notification-retransmit"
    #: No answer yet from the anchor to which a registration is redirected (RFC 6463 §5.3.2);
    #: key: mobile node identifier.
    REDIRECT_RETRANSMIT = "redirect-retransmit"
    #: No answer to a PBU yet (RFC 5213 §6.9.4); key: mobile node identifier.
    RETRANSMIT = "retransmit"
    #: A registration is due for renewal (RFC 5213 §6.9.1.3); key: mobile node identifier.
    REFRESH = "refresh"
    #: A granted registration lifetime ran out at the MAG; key: mobile node identifier.
    REGISTRATION_LIFETIME = "registration-lifetime"
    #: A node was lost and may come back before it is de-registered; key: mobile node identifier.
    DETACH_HOLD = "detach-hold"
    #: A node was asked whether it is there (RFC 5213 §6.13); key: mobile node identifier.
    PRESENCE_PROBE = "presence-probe"
    #: The next unsolicited router advertisement; key: mobile node identifier.
    ROUTER_ADVERTISEMENT = "router-advertisement"
    #: A router has not renewed the prefixes that it was delegated; key: mobile node identifier.
    DELEGATION_LIFETIME = "delegation-lifetime"
    #: A client has not answered a Reconfigure (RFC 8415 §18.3.11); key: mobile node identifier.
    RECONFIGURE = "reconfigure"
    #: A Solicit whose answer was another prefix is relayed again; key: mobile node identifier.
    RELAY_RETRY = "relay-retry"
    #: No server has answered what is relayed; key: the address that they answer to.
    RELAY_SILENCE = "relay-silence"
    #: The next heartbeat to an LMA is due (RFC 5847 §3); key: the LMA's address.
    LMA_HEARTBEAT = "lma-heartbeat"
    #: No answer to a revocation by the MAG yet (RFC 5846 §9.2); key: sequence number.
    GATEWAY_REVOCATION_RETRANSMIT = "gateway-revocation-retransmit"
    #: The next of many registrations anew with an LMA that lost its state; key: the LMA's address.
    REREGISTRATION_PACE = "reregistration-pace"


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """The name of a running timer; starting it again replaces it."""

    kind: TimerKind
    key: str

    def __hash__(self) -> int:
        """Return a hash that costs less than that of both fields: few timers share a key."""
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        """Compare both fields, without a tuple of each."""
        if not isinstance(other, Timer):
            return NotImplemented
        return self.key == other.key and self.kind is other.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """A bi-directional tunnel between LMAA and Proxy-CoA (RFC 5213 §5.6.1)."""

    local: IPv6Address
    remote: IPv6Address

    def __hash__(self) -> int:
        """Return a hash that costs less than that of both ends: few tunnels share the far one."""
        return hash(self.remote)


class AttachSource(Enum):
    """By what a node's presence or absence was noticed."""

    LINK_STATE = "link-state"
    ROUTER_SOLICITATION = "router-solicitation"
    NEIGHBOUR_SOLICITATION = "neighbour-solicitation"
    MULTICAST_LISTENER_REPORT = "multicast-listener-report"
    DHCPV6 = "dhcpv6"
    NEIGHBOUR_UNREACHABLE = "neighbour-unreachable"
    #: By the actions attach and detach.
    MANAGEMENT = "management"
    #: By the daemon of an access point.
    ACCESS_POINT = "access-point"
    #: By accounting messages of network access servers (RFC 2866).
    RADIUS_ACCOUNTING = "radius-accounting"


class Role(Enum):
    """What a node can be in a domain."""

    LMA = "local-mobility-anchor"
    MAG = "mobile-access-gateway"


class PrefixKind(Enum):
    """What a pool's prefixes are assigned as."""

    HOME = "home-network-prefix"
    MOBILE = "mobile-network-prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconfigureAuthentication:
    """How a DHCPv6 message is authenticated (RFC 8415 §20.4).

    Each node has keys of its own: a DUID is what anybody may pretend to have.
    """

    mobile_node_identifier: MobileNodeIdentifier
    #: Greater than that of any message before (RFC 8415 §20.3).
    replay_detection: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBinding:
    """What of a binding cache entry must survive a restart (RFC 5213 §5.1, NEMO draft §3.4.1).

    A restored binding gets ``lifetime_s`` anew, counted from the restart: so a refresh that
    changes nothing else need not be stored. ``lifetime_s`` 0: its revocation has not come to its
    end (RFC 5846 §8.1).
    """

    binding_id: BindingId
    mobile_node_identifier: MobileNodeIdentifier
    link_layer_identifier: LinkLayerAddress | None
    access_technology_type: int
    handoff_indicator: int
    link_local_address: IPv6Address | None
    home_network_prefixes: tuple[IPv6Network, ...]
    mobile_network_prefixes: tuple[IPv6Network, ...]
    is_mobile_router: bool
    proxy_care_of_address: IPv6Address
    lifetime_s: int
    sequence_number: SequenceNumber
    timestamp: Timestamp | None


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAssignment:
    """A prefix that belongs to a mobile node, bound or not (NEMO draft §3.4.2)."""

    prefix: IPv6Network
    kind: PrefixKind
    mobile_node_identifier: MobileNodeIdentifier
    pool: str
    assigned_utc_us: int
    #: When it is given back unless it is bound again; None: it is bound.
    held_until_utc_us: int | None = None


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRegistration:
    """What of a binding update list entry must survive a restart (RFC 5213 §6.1).

    As with the LMA's, a restored one gets ``lifetime_s`` anew, until it is renewed.
    """

    tunnel: Tunnel
    redirected_by: IPv6Address | None
    access_technology_type: int
    is_mobile_router: bool
    home_network_prefixes: tuple[IPv6Network, ...]
    mobile_network_prefixes: tuple[IPv6Network, ...]
    lifetime_s: int
    #: Whether the node gave prefixes back and has asked for none since.
    has_released: bool


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLease:
    """What a DHCPv6 client was told last, and until when it may use it."""

    client_duid: bytes
    client_address: IPv6Address
    prefixes: tuple[IPv6Network, ...]
    is_reconfigurable: bool
    ends_utc_us: int


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRelayedLease:
    """A prefix that a delegating router elsewhere gave to a node (RFC 8987 §4.3, S-1)."""

    prefix: IPv6Network
    iaid: int
    client_duid: bytes | None
    server_duid: bytes | None
    #: None: it never ends.
    ends_utc_us: int | None


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttachment:
    """A node on an access link of the MAG, or one that has left and whose LMA does not know yet."""

    mobile_node_identifier: MobileNodeIdentifier
    link: str
    link_layer_address: LinkLayerAddress
    link_local_address: IPv6Address | None
    attached_utc_us: int
    #: Both as they were when anything else was stored.
    last_seen_utc_us: int
    last_source: AttachSource
    #: When it is let go unless it shows itself before; None: it is there.
    held_until_utc_us: int | None = None
    registration: StoredRegistration | None = None
    lease: StoredLease | None = None
    relayed_leases: tuple[StoredRelayedLease, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A token bucket."""

    messages_per_s: int
    burst: int
