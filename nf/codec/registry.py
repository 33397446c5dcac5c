"""IANA's numbers for Mobile IPv6 parameters, as far as this function speaks of them."""

from __future__ import annotations

from enum import IntEnum


class MessageType(IntEnum):
    """Mobility Header types (RFC 6275 §6.1)."""

    #: Binding Update, and with the P flag Proxy Binding Update (RFC 5213 §8.1).
    BINDING_UPDATE = 5
    #: Binding Acknowledgement, with the P flag that of a proxy (RFC 5213 §8.2).
    BINDING_ACKNOWLEDGEMENT = 6
    #: Binding Error: the answer to an unknown type (RFC 6275 §6.1.9).
    BINDING_ERROR = 7


class OptionType(IntEnum):
    """Mobility option types."""

    #: One octet of padding (RFC 6275 §6.2.2).
    PAD1 = 0
    #: Two or more octets of padding (RFC 6275 §6.2.3).
    PADN = 1
    #: Alternate Care-of Address (RFC 6275 §6.2.5).
    ALTERNATE_CARE_OF_ADDRESS = 3
    #: Mobile Network Prefix (RFC 3963 §4.3, with the requesting bit of the NEMO draft §3.1).
    MOBILE_NETWORK_PREFIX = 6
    #: Mobile Node Identifier (RFC 4283 §3).
    MOBILE_NODE_IDENTIFIER = 8
    #: Home Network Prefix (RFC 5213 §8.3).
    HOME_NETWORK_PREFIX = 22
    #: Handoff Indicator (RFC 5213 §8.4).
    HANDOFF_INDICATOR = 23
    #: Access Technology Type (RFC 5213 §8.5).
    ACCESS_TECHNOLOGY_TYPE = 24
    #: Mobile Node Link-layer Identifier (RFC 5213 §8.6).
    MOBILE_NODE_LINK_LAYER_IDENTIFIER = 25
    #: Link-local Address (RFC 5213 §8.7).
    LINK_LOCAL_ADDRESS = 26
    #: Timestamp (RFC 5213 §8.8).
    TIMESTAMP = 27
    #: Delegated Mobile Network Prefix (RFC 7148 §4.1).
    DELEGATED_MOBILE_NETWORK_PREFIX = 55


class HandoffIndicator(IntEnum):
    """What the MAG knows of the attachment (RFC 5213 §8.4)."""

    #: Must not be sent.
    RESERVED = 0
    #: Attachment over a new interface.
    ATTACHMENT_OVER_NEW_INTERFACE = 1
    #: Handoff between two different interfaces of the mobile node.
    HANDOFF_BETWEEN_INTERFACES = 2
    #: Handoff between MAGs for the same interface.
    HANDOFF_BETWEEN_MAGS_SAME_INTERFACE = 3
    #: Handoff state unknown.
    HANDOFF_STATE_UNKNOWN = 4
    #: Handoff state not changed: a re-registration.
    HANDOFF_STATE_NOT_CHANGED = 5


class AccessTechnologyType(IntEnum):
    """The access technology by which the mobile node is attached (RFC 5213 §8.5)."""

    #: Must not be sent.
    RESERVED = 0
    #: A logical network interface.
    VIRTUAL = 1
    #: Point-to-Point Protocol.
    PPP = 2
    #: Ethernet.
    IEEE_802_3 = 3
    #: Wireless LAN.
    IEEE_802_11 = 4
    #: WiMAX.
    IEEE_802_16E = 5


class Status(IntEnum):
    """Status of a (Proxy) Binding Acknowledgement; 128 and above refuse."""

    #: Binding Update accepted (RFC 6275 §6.1.8).
    BINDING_UPDATE_ACCEPTED = 0
    #: Reason unspecified (RFC 6275 §6.1.8).
    REASON_UNSPECIFIED = 128
    #: Administratively prohibited (RFC 6275 §6.1.8).
    ADMINISTRATIVELY_PROHIBITED = 129
    #: Insufficient resources: no prefix left (RFC 5213 §5.3.2, NEMO draft §3.4.3).
    INSUFFICIENT_RESOURCES = 130
    #: Sequence number out of window (RFC 6275 §9.5.1).
    SEQUENCE_NUMBER_OUT_OF_WINDOW = 135
    #: Mobile router operation not permitted (RFC 3963 §4.2).
    MOBILE_ROUTER_OPERATION_NOT_PERMITTED = 140
    #: Invalid prefix (RFC 3963 §4.2).
    INVALID_PREFIX = 141
    #: Not authorized for prefix (RFC 3963 §4.2).
    NOT_AUTHORIZED_FOR_PREFIX = 142
    #: Forwarding setup failed (RFC 3963 §4.2).
    FORWARDING_SETUP_FAILED = 143
    #: Proxy registration not enabled for the mobile node (RFC 5213 §8.9).
    PROXY_REG_NOT_ENABLED = 152
    #: Not the local mobility anchor of this mobile node (RFC 5213 §8.9).
    NOT_LMA_FOR_THIS_MOBILE_NODE = 153
    #: The mobile access gateway is not authorised (RFC 5213 §8.9).
    MAG_NOT_AUTHORIZED_FOR_PROXY_REG = 154
    #: Not authorised for the home network prefix (RFC 5213 §8.9).
    NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX = 155
    #: Timestamp outside the validity window (RFC 5213 §8.9).
    TIMESTAMP_MISMATCH = 156
    #: Timestamp lower than one accepted before (RFC 5213 §8.9).
    TIMESTAMP_LOWER_THAN_PREV_ACCEPTED = 157
    #: No Home Network Prefix option (RFC 5213 §8.9).
    MISSING_HOME_NETWORK_PREFIX_OPTION = 158
    #: The prefixes of request and binding are not the same set (RFC 5213 §8.9).
    BCE_PBU_PREFIX_SET_DO_NOT_MATCH = 159
    #: No Mobile Node Identifier option (RFC 5213 §8.9).
    MISSING_MN_IDENTIFIER_OPTION = 160
    #: No Handoff Indicator option (RFC 5213 §8.9).
    MISSING_HANDOFF_INDICATOR_OPTION = 161
    #: No Access Technology Type option (RFC 5213 §8.9).
    MISSING_ACCESS_TECH_TYPE_OPTION = 162
    #: Not authorised for the delegated mobile network prefix (RFC 7148 §4.2).
    NOT_AUTHORIZED_FOR_DELEGATED_MNP = 177
    #: The requested delegated mobile network prefix is in use (RFC 7148 §4.2).
    REQUESTED_DMNP_IN_USE = 178
