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
    #: Heartbeat (RFC 5847 §3.3).
    HEARTBEAT = 13
    #: Binding Revocation: indication or acknowledgement (RFC 5846 §5).
    BINDING_REVOCATION = 16
    #: Update Notification (RFC 7077 §4.1).
    UPDATE_NOTIFICATION = 19
    #: Update Notification Acknowledgement (RFC 7077 §4.2).
    UPDATE_NOTIFICATION_ACKNOWLEDGEMENT = 20


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
    #: Restart Counter (RFC 5847 §3.4).
    RESTART_COUNTER = 28
    #: Redirect-Capability (RFC 6463 §4.1).
    REDIRECT_CAPABILITY = 46
    #: Redirect (RFC 6463 §4.2).
    REDIRECT = 47
    #: Load Information (RFC 6463 §4.3).
    LOAD_INFORMATION = 48
    #: Delegated Mobile Network Prefix (RFC 7148 §4.1).
    DELEGATED_MOBILE_NETWORK_PREFIX = 55
    #: LMA-Controlled MAG Parameters (RFC 8127 §3).
    LMA_CONTROLLED_PARAMETERS = 62


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


class RevocationType(IntEnum):
    """What a Binding Revocation message is (RFC 5846 §5)."""

    #: Binding Revocation Indication.
    INDICATION = 1
    #: Binding Revocation Acknowledgement.
    ACKNOWLEDGEMENT = 2


class RevocationTrigger(IntEnum):
    """Why bindings are revoked (RFC 5846 §5.1); from 128 on for many at once."""

    #: No reason given.
    UNSPECIFIED = 0
    #: An operator wants it.
    ADMINISTRATIVE_REASON = 1
    #: Moved to another MAG by the same access technology.
    INTER_MAG_HANDOVER_SAME_ACCESS_TYPE = 2
    #: Moved to another MAG by another access technology.
    INTER_MAG_HANDOVER_DIFFERENT_ACCESS_TYPE = 3
    #: Moved to another MAG, by what is not known.
    INTER_MAG_HANDOVER_UNKNOWN = 4
    #: The user ended it.
    USER_INITIATED_SESSION_TERMINATION = 5
    #: The access network ended it.
    ACCESS_NETWORK_SESSION_TERMINATION = 6
    #: The binding cache may be out of step.
    POSSIBLE_OUT_OF_SYNC_BCE_STATE = 7
    #: A policy for this peer.
    PER_PEER_POLICY = 128
    #: A policy of the node that revokes.
    REVOKING_MOBILITY_NODE_LOCAL_POLICY = 129


class RevocationStatus(IntEnum):
    """Status of a Binding Revocation Acknowledgement (RFC 5846 §5.2); 128 and above refuse."""

    #: Done.
    SUCCESS = 0
    #: Done for some of the bindings.
    PARTIAL_SUCCESS = 1
    #: There is no such binding.
    BINDING_DOES_NOT_EXIST = 128
    #: The IPv4 Home Address option is missing.
    IPV4_HOME_ADDRESS_OPTION_REQUIRED = 129
    #: The peer may not revoke many bindings at once.
    GLOBAL_REVOCATION_NOT_AUTHORIZED = 130
    #: The identity of the revoked mobile nodes is missing.
    REVOKED_MOBILE_NODES_IDENTITY_REQUIRED = 131
    #: The mobile node is attached.
    REVOCATION_FAILED_MN_IS_ATTACHED = 132
    #: The trigger is not known.
    REVOCATION_TRIGGER_NOT_SUPPORTED = 133
    #: Bindings cannot be revoked here.
    REVOCATION_FUNCTION_NOT_SUPPORTED = 134
    #: Proxy bindings cannot be revoked here.
    PROXY_BINDING_REVOCATION_NOT_SUPPORTED = 135


class NotificationReason(IntEnum):
    """Why an LMA sends an Update Notification (RFC 7077 §4.1)."""

    #: The MAG is to register the session anew.
    FORCE_REREGISTRATION = 1
    #: The MAG is to apply the parameters of the message.
    UPDATE_SESSION_PARAMETERS = 2
    #: Vendor-specific options tell.
    VENDOR_SPECIFIC_REASON = 3
    #: The MAG is to tell what it knows of the access network.
    ANI_PARAMS_REQUESTED = 4


class UpdateNotificationStatus(IntEnum):
    """Status of an Update Notification Acknowledgement (RFC 7077 §4.2)."""

    #: Done.
    SUCCESS = 0
    #: It could not be done.
    FAILED_TO_UPDATE_SESSION_PARAMETERS = 128
    #: A vendor-specific option is missing.
    MISSING_VENDOR_SPECIFIC_OPTION = 129
