"""Values of every message type, as Hypothesis draws them; all of them can be encoded."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar

from hypothesis import strategies as st

from nf.codec.dhcpv6_messages import (
    DhcpMessage,
    DhcpMessageType,
    DhcpStatus,
    IaAddress,
    IaNa,
    IaPd,
    IaPrefix,
    RawDhcpOption,
)
from nf.codec.messages import (
    BindingError,
    BindingReregistrationControl,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    Heartbeat,
    HeartbeatControl,
    LmaControlledParameters,
    LoadInformation,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityMessage,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
    Timestamp,
    UnknownOption,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement

U8 = st.integers(0, 0xFF)
U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFFFFFF)
ADDRESSES = st.integers(0, 2**128 - 1).map(IPv6Address)
NETWORKS = st.builds(
    lambda address, length: IPv6Network((address, length), strict=False),
    st.integers(0, 2**128 - 1),
    st.integers(0, 128),
)
IPV4_NETWORKS = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False), U32, st.integers(0, 32)
)


T = TypeVar("T")


def tuples(values: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Return tuples of up to three."""
    return st.lists(values, max_size=3).map(tuple)


def optional(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | values


IDENTIFIERS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x7f\ufffe\uffff", min_codepoint=0x20),
    max_size=63,
).map(MobileNodeIdentifier)
#: Types that no message of ours reads, and identifiers of another subtype than NAI.
UNKNOWN_OPTIONS = st.builds(
    UnknownOption, type=st.sampled_from((2, 4, 9, 19, 49, 63, 255)), data=st.binary(max_size=40)
) | st.builds(
    UnknownOption, type=st.just(8), data=st.binary(max_size=20).map(lambda tail: b"\x02" + tail)
)
MOBILE_NETWORK_PREFIXES = st.builds(MobileNetworkPrefix, prefix=NETWORKS, is_request=st.booleans())
LIFETIMES_S = U16.map(lambda units: 4 * units)
SEQUENCE_NUMBERS = U16.map(SequenceNumber)
TIMESTAMPS = st.integers(0, 2**64 - 1).map(Timestamp)
LINK_LAYER_IDENTIFIERS = st.binary(max_size=20)
LOADS = st.builds(
    LoadInformation,
    priority=U16,
    sessions_in_use=U32,
    maximum_sessions=U32,
    used_capacity=U32,
    maximum_capacity=U32,
)
REREGISTRATIONS = st.builds(
    BindingReregistrationControl,
    reregistration_start_s=LIFETIMES_S,
    initial_retransmission_s=U16,
    maximum_retransmission_s=U16,
)
HEARTBEAT_CONTROLS = st.builds(
    HeartbeatControl, interval_s=U16, retransmission_delay_s=U16, maximum_retransmissions=U16
)
PARAMETERS = st.builds(
    LmaControlledParameters, reregistration=REREGISTRATIONS, heartbeat=optional(HEARTBEAT_CONTROLS)
) | st.builds(LmaControlledParameters, heartbeat=HEARTBEAT_CONTROLS)

UPDATES: st.SearchStrategy[MobilityMessage] = st.builds(
    ProxyBindingUpdate,
    sequence_number=SEQUENCE_NUMBERS,
    lifetime_s=LIFETIMES_S,
    acknowledge=st.booleans(),
    home_registration=st.booleans(),
    mobile_router=st.booleans(),
    proxy_registration=st.booleans(),
    mobile_node_identifier=optional(IDENTIFIERS),
    home_network_prefixes=tuples(NETWORKS),
    mobile_network_prefixes=tuples(MOBILE_NETWORK_PREFIXES),
    delegated_mobile_network_prefixes=tuples(NETWORKS | IPV4_NETWORKS),
    handoff_indicator=optional(U8),
    access_technology_type=optional(U8),
    mobile_node_link_layer_identifier=optional(LINK_LAYER_IDENTIFIERS),
    link_local_address=optional(ADDRESSES),
    timestamp=optional(TIMESTAMPS),
    alternate_care_of_address=optional(ADDRESSES),
    redirect_capability=st.booleans(),
    unknown_options=tuples(UNKNOWN_OPTIONS),
)
ACKNOWLEDGEMENTS: st.SearchStrategy[MobilityMessage] = st.builds(
    ProxyBindingAcknowledgement,
    status=U8,
    sequence_number=SEQUENCE_NUMBERS,
    lifetime_s=LIFETIMES_S,
    mobile_router=st.booleans(),
    proxy_registration=st.booleans(),
    mobile_node_identifier=optional(IDENTIFIERS),
    home_network_prefixes=tuples(NETWORKS),
    mobile_network_prefixes=tuples(MOBILE_NETWORK_PREFIXES),
    delegated_mobile_network_prefixes=tuples(NETWORKS | IPV4_NETWORKS),
    handoff_indicator=optional(U8),
    access_technology_type=optional(U8),
    mobile_node_link_layer_identifier=optional(LINK_LAYER_IDENTIFIERS),
    link_local_address=optional(ADDRESSES),
    timestamp=optional(TIMESTAMPS),
    redirect=optional(ADDRESSES),
    load_information=optional(LOADS),
    lma_controlled_parameters=optional(PARAMETERS),
    unknown_options=tuples(UNKNOWN_OPTIONS),
)
MOBILITY_MESSAGES = (
    UPDATES
    | ACKNOWLEDGEMENTS
    | st.builds(BindingError, status=U8, home_address=ADDRESSES)
    | st.builds(
        Heartbeat,
        sequence_number=U32,
        is_response=st.just(False),
        is_unsolicited=st.booleans(),
        unknown_options=tuples(UNKNOWN_OPTIONS),
    )
    | st.builds(
        Heartbeat,
        sequence_number=U32,
        is_response=st.just(True),
        is_unsolicited=st.booleans(),
        restart_counter=optional(U32),
        unknown_options=tuples(UNKNOWN_OPTIONS),
    )
    | st.builds(
        BindingRevocationIndication,
        trigger=U8,
        sequence_number=SEQUENCE_NUMBERS,
        proxy_binding=st.booleans(),
        ipv4_home_address_only=st.booleans(),
        is_global=st.booleans(),
        mobile_node_identifier=optional(IDENTIFIERS),
        home_network_prefixes=tuples(NETWORKS),
        alternate_care_of_address=optional(ADDRESSES),
        unknown_options=tuples(UNKNOWN_OPTIONS),
    )
    | st.builds(
        BindingRevocationAcknowledgement,
        status=U8,
        sequence_number=SEQUENCE_NUMBERS,
        proxy_binding=st.booleans(),
        ipv4_home_address_only=st.booleans(),
        is_global=st.booleans(),
        mobile_node_identifier=optional(IDENTIFIERS),
        home_network_prefixes=tuples(NETWORKS),
        unknown_options=tuples(UNKNOWN_OPTIONS),
    )
    | st.builds(
        UpdateNotification,
        sequence_number=SEQUENCE_NUMBERS,
        reason=U16,
        acknowledge=st.booleans(),
        is_retransmission=st.booleans(),
        mobile_node_identifier=optional(IDENTIFIERS),
        home_network_prefixes=tuples(NETWORKS),
        unknown_options=tuples(UNKNOWN_OPTIONS),
    )
    | st.builds(
        UpdateNotificationAcknowledgement,
        status=U8,
        sequence_number=SEQUENCE_NUMBERS,
        mobile_node_identifier=optional(IDENTIFIERS),
        home_network_prefixes=tuples(NETWORKS),
        unknown_options=tuples(UNKNOWN_OPTIONS),
    )
)

STATUSES = optional(
    st.builds(DhcpStatus, code=U16, message=st.text(st.characters(codec="utf-8"), max_size=20))
)
DUIDS = st.binary(min_size=3, max_size=130)
IA_PDS = st.builds(
    IaPd,
    iaid=U32,
    t1_s=U32,
    t2_s=U32,
    prefixes=tuples(
        st.builds(
            IaPrefix,
            prefix=NETWORKS,
            preferred_lifetime_s=U32,
            valid_lifetime_s=U32,
            status=STATUSES,
        )
    ),
    status=STATUSES,
)
IA_NAS = st.builds(
    IaNa,
    iaid=U32,
    t1_s=U32,
    t2_s=U32,
    addresses=tuples(
        st.builds(
            IaAddress,
            address=ADDRESSES,
            preferred_lifetime_s=U32,
            valid_lifetime_s=U32,
            status=STATUSES,
        )
    ),
    status=STATUSES,
)
DHCP_MESSAGES = st.builds(
    DhcpMessage,
    message_type=st.sampled_from(DhcpMessageType),
    transaction_id=st.integers(0, 2**24 - 1),
    client_duid=optional(DUIDS),
    server_duid=optional(DUIDS),
    ia_pds=st.lists(IA_PDS, max_size=3, unique_by=lambda ia: ia.iaid).map(tuple),
    ia_nas=st.lists(IA_NAS, max_size=3, unique_by=lambda ia: ia.iaid).map(tuple),
    option_request=tuples(U16),
    elapsed_time_cs=optional(U16),
    preference=optional(U8),
    status=STATUSES,
    rapid_commit=st.booleans(),
    reconfigure_accept=st.booleans(),
    sol_max_rt_s=optional(st.integers(60, 86400)),
    other_options=tuples(
        st.builds(
            RawDhcpOption,
            code=st.sampled_from((4, 5, 11, 16, 26, 39, 56, 65535)),
            data=st.binary(max_size=30),
        )
    ),
)

ADVERTISEMENTS = st.builds(
    RouterAdvertisement,
    router_lifetime_s=U16,
    current_hop_limit=U8,
    managed=st.booleans(),
    other_configuration=st.booleans(),
    reachable_time_ms=U32,
    retransmit_timer_ms=U32,
    source_link_layer_address=st.none()
    | st.binary(min_size=6, max_size=6)
    | st.binary(min_size=14, max_size=14),
    mtu=optional(U32),
    prefixes=tuples(
        st.builds(
            PrefixInformation,
            prefix=NETWORKS,
            valid_lifetime_s=st.just(0xFFFFFFFF),
            preferred_lifetime_s=U32,
            on_link=st.booleans(),
            autonomous=st.booleans(),
        )
    ),
)
