"""Messages that manage bindings, made by hand from RFC 5846, 5847, 6463, 7077 and 8127."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.messages import (
    BindingReregistrationControl,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    Heartbeat,
    HeartbeatControl,
    LmaControlledParameters,
    LoadInformation,
    MobileNodeIdentifier,
    SequenceNumber,
    UnknownOption,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.registry import (
    NotificationReason,
    RevocationStatus,
    RevocationTrigger,
    UpdateNotificationStatus,
)
from tests.codec.vectors import ACKNOWLEDGEMENT, UPDATE, Vector, acknowledgement, update

REQUEST: Final = Heartbeat(sequence_number=1)
RESPONSE: Final = Heartbeat(sequence_number=1, is_response=True)
INDICATION: Final = BindingRevocationIndication(
    trigger=RevocationTrigger.ADMINISTRATIVE_REASON, sequence_number=SequenceNumber(1)
)
REVOKED: Final = BindingRevocationAcknowledgement(
    status=RevocationStatus.SUCCESS, sequence_number=SequenceNumber(1)
)
NOTIFICATION: Final = UpdateNotification(
    sequence_number=SequenceNumber(1), reason=NotificationReason.FORCE_REREGISTRATION
)
NOTIFIED: Final = UpdateNotificationAcknowledgement(
    status=UpdateNotificationStatus.SUCCESS, sequence_number=SequenceNumber(1)
)
LOAD: Final = LoadInformation(
    priority=2,
    sessions_in_use=0x10,
    maximum_sessions=0x1000,
    used_capacity=0x20,
    maximum_capacity=0x2000,
)
REREGISTRATION: Final = BindingReregistrationControl(
    reregistration_start_s=40, initial_retransmission_s=1, maximum_retransmission_s=32
)
HEARTBEAT_CONTROL: Final = HeartbeatControl(
    interval_s=60, retransmission_delay_s=5, maximum_retransmissions=3
)
NODE: Final = MobileNodeIdentifier("mn1")
PREFIXES: Final = (IPv6Network("2001:db8:1::/64"),)
#: NODE, padding, and PREFIXES at 8n+4, where a fixed part of 12 octets has gone before.
NODE_AND_PREFIXES: Final = "0804 01 6d6e31  0100  1612 0040 2001 0db8 0001 0000 0000 0000 0000 0000"


def heartbeat(length: int, flags: str, options: str) -> str:
    """Return a Heartbeat with sequence number 1 in hex."""
    return f"3b{length:02x} 0d00 0000 {flags} 0000 0001 {options}"


def revocation(length: int, type_and_value: str, options: str) -> str:
    """Return a Binding Revocation with sequence number 1 and the P flag in hex."""
    return f"3b{length:02x} 1000 0000 {type_and_value} 0001 8000 {options}"


#: Octets that decode to the value and to which the value encodes.
HEARTBEAT_VECTORS: Final = (
    Vector(
        "a Heartbeat request: 32 bits of sequence number, no flag",
        "3b01 0d00 0000 0000 0102 0304 0102 0000",
        Heartbeat(sequence_number=0x01020304),
    ),
    Vector(
        "a Heartbeat response without restart counter",
        heartbeat(1, "0001", "0102 0000"),
        RESPONSE,
    ),
    Vector(
        "option 28 stands at 4n+2",
        heartbeat(2, "0001", "0100  1c04 0000 0007  0102 0000"),
        replace(RESPONSE, restart_counter=7),
    ),
    Vector(
        "an unsolicited response tells the greatest restart counter",
        heartbeat(2, "0003", "0100  1c04 ffff ffff  0102 0000"),
        replace(RESPONSE, is_unsolicited=True, restart_counter=0xFFFFFFFF),
    ),
    Vector(
        "option 28 means nothing in a request and is kept as it is",
        heartbeat(2, "0000", "1c04 0000 0007  0104 0000 0000"),
        replace(REQUEST, unknown_options=(UnknownOption(type=28, data=bytes((0, 0, 0, 7))),)),
    ),
)
REVOCATION_VECTORS: Final = (
    Vector(
        "a BRI without options: 4 octets of padding, Header Len 1",
        revocation(1, "01 01", "0102 0000"),
        INDICATION,
    ),
    Vector(
        "a BRI of a home agent for the IPv4 home address: V alone",
        "3b01 1000 0000 0100 1234 4000 0102 0000",
        BindingRevocationIndication(
            trigger=RevocationTrigger.UNSPECIFIED,
            sequence_number=SequenceNumber(0x1234),
            proxy_binding=False,
            ipv4_home_address_only=True,
        ),
    ),
    Vector(
        "a BRI for one proxy binding",
        revocation(4, "01 02", NODE_AND_PREFIXES),
        replace(
            INDICATION,
            trigger=RevocationTrigger.INTER_MAG_HANDOVER_SAME_ACCESS_TYPE,
            mobile_node_identifier=NODE,
            home_network_prefixes=PREFIXES,
        ),
    ),
    Vector(
        "a BRI of a MAG for all its bindings: P and G, option 3 at 8n+6",
        "3b04 1000 0000 0180 0001 a000"
        "0805 01 6d616731  0101 00  0310 2001 0db8 000f 0000 0000 0000 0000 0011",
        replace(
            INDICATION,
            trigger=RevocationTrigger.PER_PEER_POLICY,
            is_global=True,
            mobile_node_identifier=MobileNodeIdentifier("mag1"),
            alternate_care_of_address=IPv6Address("2001:db8:f::11"),
        ),
    ),
    Vector(
        "a BRA without options: 4 octets of padding, Header Len 1",
        "3b01 1000 0000 0284 1234 8000 0102 0000",
        BindingRevocationAcknowledgement(
            status=RevocationStatus.REVOCATION_FAILED_MN_IS_ATTACHED,
            sequence_number=SequenceNumber(0x1234),
        ),
    ),
    Vector(
        "a BRA with all flags",
        "3b01 1000 0000 0200 0001 e000 0102 0000",
        replace(REVOKED, ipv4_home_address_only=True, is_global=True),
    ),
    Vector(
        "a BRA that is no proxy's",
        "3b01 1000 0000 0200 0001 0000 0102 0000",
        replace(REVOKED, proxy_binding=False),
    ),
    Vector(
        "a BRA that names what could not be revoked",
        revocation(4, "02 01", NODE_AND_PREFIXES),
        replace(
            REVOKED,
            status=RevocationStatus.PARTIAL_SUCCESS,
            mobile_node_identifier=NODE,
            home_network_prefixes=PREFIXES,
        ),
    ),
    Vector(
        "option 3 means nothing in a BRA and is kept as it is",
        revocation(3, "02 00", "0310 2001 0db8 000f 0000 0000 0000 0000 0011  0100"),
        replace(
            REVOKED,
            unknown_options=(UnknownOption(type=3, data=IPv6Address("2001:db8:f::11").packed),),
        ),
    ),
)
NOTIFICATION_VECTORS: Final = (
    Vector(
        "a UPN without options, flag A",
        "3b01 1300 0000 1234 0001 8000 0102 0000",
        replace(NOTIFICATION, sequence_number=SequenceNumber(0x1234)),
    ),
    Vector(
        "a UPN sent again that wants no answer: flag D alone, 16 bits of reason",
        "3b01 1300 0000 0001 0104 4000 0102 0000",
        replace(NOTIFICATION, reason=0x0104, acknowledge=False, is_retransmission=True),
    ),
    Vector(
        "a UPN for one session",
        f"3b04 1300 0000 0001 0002 8000 {NODE_AND_PREFIXES}",
        replace(
            NOTIFICATION,
            reason=NotificationReason.UPDATE_SESSION_PARAMETERS,
            mobile_node_identifier=NODE,
            home_network_prefixes=PREFIXES,
        ),
    ),
    Vector(
        "a UPA without options",
        "3b01 1400 0000 1234 80 000000 0102 0000",
        UpdateNotificationAcknowledgement(
            status=UpdateNotificationStatus.FAILED_TO_UPDATE_SESSION_PARAMETERS,
            sequence_number=SequenceNumber(0x1234),
        ),
    ),
    Vector(
        "a UPA for one session",
        f"3b04 1400 0000 0001 00 000000 {NODE_AND_PREFIXES}",
        replace(NOTIFIED, mobile_node_identifier=NODE, home_network_prefixes=PREFIXES),
    ),
)
OPTION_VECTORS: Final = (
    Vector(
        "option 46 says by its presence that the MAG can be redirected",
        update(1, "2e02 0000"),
        replace(UPDATE, redirect_capability=True),
    ),
    Vector(
        "option 46 stands at 4n",
        update(2, "1903 0000 31  0101 00  2e02 0000"),
        replace(UPDATE, mobile_node_link_layer_identifier=b"1", redirect_capability=True),
    ),
    Vector(
        "option 47 with the K flag names an LMA by its IPv6 address",
        acknowledgement(3, "2f12 8000 2001 0db8 000f 0000 0000 0000 0000 0002"),
        replace(ACKNOWLEDGEMENT, redirect=IPv6Address("2001:db8:f::2")),
    ),
    Vector(
        "option 47 with the N flag is for IPv4 transport and unknown here",
        acknowledgement(2, "2f06 4000 c000 0201  0102 0000"),
        replace(
            ACKNOWLEDGEMENT,
            unknown_options=(UnknownOption(type=47, data=bytes.fromhex("4000c0000201")),),
        ),
    ),
    Vector(
        "option 48: priority, sessions in use and at most, capacity used and at most",
        acknowledgement(3, "3012 0002 0000 0010 0000 1000 0000 0020 0000 2000"),
        replace(ACKNOWLEDGEMENT, load_information=LOAD),
    ),
    Vector(
        "option 62 stands at 4n+2, its sub-options 1 and 2 at 4n; start counts units of 4 s",
        acknowledgement(3, "0100  3e10  0106 000a 0001 0020  0206 003c 0005 0003"),
        replace(
            ACKNOWLEDGEMENT,
            lma_controlled_parameters=LmaControlledParameters(
                reregistration=REREGISTRATION, heartbeat=HEARTBEAT_CONTROL
            ),
        ),
    ),
    Vector(
        "option 62 with sub-option 2 alone",
        acknowledgement(2, "0100  3e08  0206 003c 0005 0003"),
        replace(
            ACKNOWLEDGEMENT,
            lma_controlled_parameters=LmaControlledParameters(heartbeat=HEARTBEAT_CONTROL),
        ),
    ),
    Vector(
        "the order of options: 8 47 48 62",
        acknowledgement(
            8,
            "0804 01 6d6e31  0100"
            "2f12 8000 2001 0db8 000f 0000 0000 0000 0000 0002"
            "3012 0002 0000 0010 0000 1000 0000 0020 0000 2000  0100"
            "3e08 0106 000a 0001 0020",
        ),
        replace(
            ACKNOWLEDGEMENT,
            mobile_node_identifier=NODE,
            redirect=IPv6Address("2001:db8:f::2"),
            load_information=LOAD,
            lma_controlled_parameters=LmaControlledParameters(reregistration=REREGISTRATION),
        ),
    ),
)
SIGNALLING_VECTORS: Final = (
    HEARTBEAT_VECTORS + REVOCATION_VECTORS + NOTIFICATION_VECTORS + OPTION_VECTORS
)

#: Octets that we would not send but must understand.
SIGNALLING_ACCEPTED: Final = (
    Vector(
        "reserved bits of a Heartbeat, option 28 at an alignment that it does not ask for",
        heartbeat(2, "fffd", "1c04 0000 0007  0104 0000 0000"),
        replace(RESPONSE, restart_counter=7),
    ),
    Vector(
        "reserved bits of a BRI, options in another order",
        "3b04 1000 0000 0101 0001 9fff"
        "1612 0040 2001 0db8 0001 0000 0000 0000 0000 0000  0804 01 6d6e31  0100",
        replace(INDICATION, mobile_node_identifier=NODE, home_network_prefixes=PREFIXES),
    ),
    Vector("reserved bits of a BRA", "3b01 1000 0000 0200 0001 9fff 0102 0000", REVOKED),
    Vector("reserved bits of a UPN", "3b01 1300 0000 0001 0001 bfff 0102 0000", NOTIFICATION),
    Vector("reserved octets of a UPA", "3b01 1400 0000 0001 00 ffffff 0102 0000", NOTIFIED),
    Vector(
        "reserved octets of option 46",
        update(1, "2e02 ffff"),
        replace(UPDATE, redirect_capability=True),
    ),
    Vector(
        "reserved bits beside the K flag, option 47 at an odd octet",
        acknowledgement(
            4, "00 2f12 bfff 2001 0db8 000f 0000 0000 0000 0000 0002  0105 00000000 00"
        ),
        replace(ACKNOWLEDGEMENT, redirect=IPv6Address("2001:db8:f::2")),
    ),
    Vector(
        "sub-options in another order, unknown ones with and without data between",
        acknowledgement(
            4, "3e16  0206 003c 0005 0003  0902 abcd  0900  0106 000a 0001 0020  0102 0000"
        ),
        replace(
            ACKNOWLEDGEMENT,
            lma_controlled_parameters=LmaControlledParameters(
                reregistration=REREGISTRATION, heartbeat=HEARTBEAT_CONTROL
            ),
        ),
    ),
    Vector(
        "option 62 with nothing but a sub-option that we do not know",
        acknowledgement(2, "0100  3e08  0906 003c 0005 0003"),
        ACKNOWLEDGEMENT,
    ),
)
