"""The messages of the Mobility Header as values: every option is a typed field.

What stands here is what engine, journal and tests speak of; the octets are ``mobility``'s affair.
An absent option is None or an empty tuple. A number that no registry knows stays a plain int.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Final, NewType, TypeAlias

from nf.codec.unguarded import unguarded

MobileNodeIdentifier = NewType("MobileNodeIdentifier", str)
SequenceNumber = NewType("SequenceNumber", int)
#: Seconds since 1970 UTC in units of 1/65536 s, the 64 bits of RFC 5213 §8.8 read as one number.
Timestamp = NewType("Timestamp", int)

#: ALL_ZERO: "assign one" in a request (RFC 5213 §8.3, RFC 7148 §4.1).
ALL_ZERO_PREFIX: Final = IPv6Network("::/0")
UNSPECIFIED: Final = IPv6Address("::")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOption:
    """An option that is skipped, kept for the record (RFC 6275 §6.2.1)."""

    type: int
    data: bytes


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class MobileNetworkPrefix:
    """A Mobile Network Prefix option: RFC 3963 §4.3, NEMO draft §3.1.

    ``is_request`` is the draft's R bit, 0x80 of the octet that RFC 3963 reserves: the LMA ignores
    the prefix and answers with the one that it has assigned. We request with prefix ``::/0``.
    """

    prefix: IPv6Network
    is_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadInformation:
    """How busy an LMA is: RFC 6463 §4.3; the lower ``priority``, the sooner it is to be used."""

    priority: int
    sessions_in_use: int
    maximum_sessions: int
    #: Kilobytes per second.
    used_capacity: int = 0
    #: Kilobytes per second.
    maximum_capacity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingReregistrationControl:
    """When a MAG renews and repeats: RFC 8127 §3.1.1."""

    #: How long before the end of the lifetime a renewal starts; a multiple of 4.
    reregistration_start_s: int
    initial_retransmission_s: int
    maximum_retransmission_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatControl:
    """How a MAG watches its LMA: RFC 8127 §3.1.2."""

    interval_s: int
    retransmission_delay_s: int
    maximum_retransmissions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LmaControlledParameters:
    """What an LMA wants a MAG to go by: RFC 8127 §3; at least one of both on the wire."""

    reregistration: BindingReregistrationControl | None = None
    heartbeat: HeartbeatControl | None = None


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyBindingUpdate:
    """Proxy Binding Update, MAG to LMA: RFC 5213 §8.1.

    A Binding Update without the P flag decodes to the same type with ``proxy_registration`` False.
    ``lifetime_s`` is a multiple of 4; 0 asks for de-registration.
    """

    sequence_number: SequenceNumber
    lifetime_s: int
    acknowledge: bool = True
    home_registration: bool = False
    mobile_router: bool = False
    proxy_registration: bool = True
    mobile_node_identifier: MobileNodeIdentifier | None = None
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    mobile_network_prefixes: tuple[MobileNetworkPrefix, ...] = ()
    delegated_mobile_network_prefixes: tuple[IPv6Network | IPv4Network, ...] = ()
    handoff_indicator: int | None = None
    access_technology_type: int | None = None
    mobile_node_link_layer_identifier: bytes | None = None
    link_local_address: IPv6Address | None = None
    timestamp: Timestamp | None = None
    alternate_care_of_address: IPv6Address | None = None
    #: Whether the MAG lets itself be sent to another LMA (RFC 6463 §4.1).
    redirect_capability: bool = False
    unknown_options: tuple[UnknownOption, ...] = ()


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyBindingAcknowledgement:
    """Proxy Binding Acknowledgement, LMA to MAG: RFC 5213 §8.2; ``status`` is one of Status."""

    status: int
    sequence_number: SequenceNumber
    lifetime_s: int
    mobile_router: bool = False
    proxy_registration: bool = True
    mobile_node_identifier: MobileNodeIdentifier | None = None
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    mobile_network_prefixes: tuple[MobileNetworkPrefix, ...] = ()
    delegated_mobile_network_prefixes: tuple[IPv6Network | IPv4Network, ...] = ()
    handoff_indicator: int | None = None
    access_technology_type: int | None = None
    mobile_node_link_layer_identifier: bytes | None = None
    link_local_address: IPv6Address | None = None
    timestamp: Timestamp | None = None
    #: The LMA that anchors the session from now on (RFC 6463 §4.2).
    redirect: IPv6Address | None = None
    load_information: LoadInformation | None = None
    lma_controlled_parameters: LmaControlledParameters | None = None
    unknown_options: tuple[UnknownOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingError:
    """Binding Error: the answer to a Mobility Header type that we do not know (RFC 6275 §6.1.9).

    ``status`` 2 means an unknown type; ``home_address`` is unspecified then.
    """

    status: int
    home_address: IPv6Address = UNSPECIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A Heartbeat, request or response, in either direction: RFC 5847 §3.3.

    ``sequence_number`` has 32 bits; an unsolicited response tells of a restart, its number nothing.
    """

    sequence_number: int
    is_response: bool = False
    is_unsolicited: bool = False
    #: In responses only (RFC 5847 §3.4).
    restart_counter: int | None = None
    unknown_options: tuple[UnknownOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRevocationIndication:
    """Binding Revocation Indication, in either direction: RFC 5846 §5.1.

    ``is_global``: of all bindings that share what the options name.
    """

    trigger: int
    sequence_number: SequenceNumber
    proxy_binding: bool = True
    ipv4_home_address_only: bool = False
    is_global: bool = False
    mobile_node_identifier: MobileNodeIdentifier | None = None
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    alternate_care_of_address: IPv6Address | None = None
    unknown_options: tuple[UnknownOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingRevocationAcknowledgement:
    """Binding Revocation Acknowledgement: RFC 5846 §5.2; ``status`` is one of RevocationStatus."""

    status: int
    sequence_number: SequenceNumber
    proxy_binding: bool = True
    ipv4_home_address_only: bool = False
    is_global: bool = False
    mobile_node_identifier: MobileNodeIdentifier | None = None
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    unknown_options: tuple[UnknownOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateNotification:
    """Update Notification, LMA to MAG: RFC 7077 §4.1; ``reason`` is one of NotificationReason."""

    sequence_number: SequenceNumber
    reason: int
    acknowledge: bool = True
    is_retransmission: bool = False
    mobile_node_identifier: MobileNodeIdentifier | None = None
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    unknown_options: tuple[UnknownOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateNotificationAcknowledgement:
    """Update Notification Acknowledgement, MAG to LMA: RFC 7077 §4.2."""

    status: int
    sequence_number: SequenceNumber
    mobile_node_identifier: MobileNodeIdentifier | None = None
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    unknown_options: tuple[UnknownOption, ...] = ()


MobilityMessage: TypeAlias = (
    ProxyBindingUpdate
    | ProxyBindingAcknowledgement
    | BindingError
    | Heartbeat
    | BindingRevocationIndication
    | BindingRevocationAcknowledgement
    | UpdateNotification
    | UpdateNotificationAcknowledgement
)
