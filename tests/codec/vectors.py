"""Mobility Header messages made by hand from the RFCs' figures: (intent, hex, value)."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Final, NamedTuple

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    BindingError,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityMessage,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
    Timestamp,
    UnknownOption,
)
from nf.codec.registry import AccessTechnologyType, HandoffIndicator, Status


class Vector(NamedTuple):
    """What the octets mean, the octets, and the value that they are."""

    intent: str
    hex: str
    value: MobilityMessage

    @property
    def octets(self) -> bytes:
        return bytes.fromhex(self.hex)


#: Sequence number 1, lifetime 4 s, A and P set: what most vectors begin with.
UPDATE: Final = ProxyBindingUpdate(sequence_number=SequenceNumber(1), lifetime_s=4)
ACKNOWLEDGEMENT: Final = ProxyBindingAcknowledgement(
    status=0, sequence_number=SequenceNumber(1), lifetime_s=4
)


def update(length: int, options: str) -> str:
    """Return UPDATE in hex, with a header length and options."""
    return f"3b{length:02x} 0500 0000 0001 8200 0001 {options}"


def acknowledgement(length: int, options: str) -> str:
    """Return ACKNOWLEDGEMENT in hex, with a header length and options."""
    return f"3b{length:02x} 0600 0000 0020 0001 0001 {options}"


#: Octets that decode to the value and to which the value encodes.
VECTORS: Final = (
    Vector(
        "a PBU without options is padded to 16 octets by one PadN",
        "3b01 0500 0000 1234 8200 0000 0102 0000",
        ProxyBindingUpdate(sequence_number=SequenceNumber(0x1234), lifetime_s=0),
    ),
    Vector(
        "flags A H R P, the longest lifetime of 0xFFFF units",
        "3b01 0500 0000 0001 c600 ffff 0102 0000",
        replace(UPDATE, lifetime_s=262140, home_registration=True, mobile_router=True),
    ),
    Vector(
        "a Binding Update that asks for no acknowledgement and is no proxy's",
        "3b01 0500 0000 0001 0000 0001 0102 0000",
        replace(UPDATE, acknowledge=False, proxy_registration=False),
    ),
    Vector(
        "a PBA that accepts, flags R and P",
        "3b01 0600 0000 0060 1234 000f 0102 0000",
        ProxyBindingAcknowledgement(
            status=Status.BINDING_UPDATE_ACCEPTED,
            sequence_number=SequenceNumber(0x1234),
            lifetime_s=60,
            mobile_router=True,
        ),
    ),
    Vector(
        "a Binding Acknowledgement that is no proxy's, status 135",
        "3b01 0600 0000 8700 1234 0000 0102 0000",
        ProxyBindingAcknowledgement(
            status=Status.SEQUENCE_NUMBER_OUT_OF_WINDOW,
            sequence_number=SequenceNumber(0x1234),
            lifetime_s=0,
            proxy_registration=False,
        ),
    ),
    Vector(
        "the PBA to a PBU without identifier: MN-ID of length zero, HNP ALL_ZERO",
        "3b04 0600 0000 a020 0001 0000"
        "0801 01  0103 000000"
        "1612 0000 0000 0000 0000 0000 0000 0000 0000 0000",
        ProxyBindingAcknowledgement(
            status=Status.MISSING_MN_IDENTIFIER_OPTION,
            sequence_number=SequenceNumber(1),
            lifetime_s=0,
            mobile_node_identifier=MobileNodeIdentifier(""),
            home_network_prefixes=(ALL_ZERO_PREFIX,),
        ),
    ),
    Vector(
        "a Binding Error for an unknown type needs no padding",
        "3b02 0700 0000 0200 0000 0000 0000 0000 0000 0000 0000 0000",
        BindingError(status=2),
    ),
    Vector(
        "a Binding Error that names a home address",
        "3b02 0700 0000 0100 2001 0db8 0000 0000 0000 0000 0000 0001",
        BindingError(status=1, home_address=IPv6Address("2001:db8::1")),
    ),
    Vector(
        "option 8: subtype 1 and an identifier in UTF-8",
        update(2, "0808 01 6d6e c3bc 40 6e31  0100"),
        replace(UPDATE, mobile_node_identifier=MobileNodeIdentifier("mnü@n1")),
    ),
    Vector(
        "option 22 at 8n+4 needs no padding before it",
        update(3, "1612 0040 2001 0db8 0001 0000 0000 0000 0000 0000"),
        replace(UPDATE, home_network_prefixes=(IPv6Network("2001:db8:1::/64"),)),
    ),
    Vector(
        "option 22 twice: four octets of padding between, the order kept",
        update(
            6,
            "1612 0040 2001 0db8 0002 0000 0000 0000 0000 0000  0102 0000"
            "1612 0040 2001 0db8 0001 0000 0000 0000 0000 0000",
        ),
        replace(
            UPDATE,
            home_network_prefixes=(IPv6Network("2001:db8:2::/64"), IPv6Network("2001:db8:1::/64")),
        ),
    ),
    Vector(
        "option 23: reserved octet and handoff indicator",
        update(1, "1702 0004"),
        replace(UPDATE, handoff_indicator=HandoffIndicator.HANDOFF_STATE_UNKNOWN),
    ),
    Vector(
        "option 24: reserved octet and access technology",
        update(1, "1802 0003"),
        replace(UPDATE, access_technology_type=AccessTechnologyType.IEEE_802_3),
    ),
    Vector(
        "option 25 with an EUI-48 stands at 2n",
        update(2, "1908 0000 0200 0000 0001  0100"),
        replace(UPDATE, mobile_node_link_layer_identifier=bytes.fromhex("020000000001")),
    ),
    Vector(
        "option 25 with an EUI-64 stands at 8n+4",
        update(2, "190a 0000 0200 00ff fe00 0001"),
        replace(UPDATE, mobile_node_link_layer_identifier=bytes.fromhex("020000fffe000001")),
    ),
    Vector(
        "option 25 with four octets stands at 4n",
        update(2, "1906 0000 0a00 0001  0102 0000"),
        replace(UPDATE, mobile_node_link_layer_identifier=bytes.fromhex("0a000001")),
    ),
    Vector(
        "option 25 with five octets stands anywhere",
        update(2, "1907 0000 01 0203 0405  0101 00"),
        replace(UPDATE, mobile_node_link_layer_identifier=bytes.fromhex("0102030405")),
    ),
    Vector(
        "option 26 stands at 8n+6",
        update(3, "0100  1a10 fe80 0000 0000 0000 0200 5eff fe00 5213"),
        replace(UPDATE, link_local_address=IPv6Address("fe80::200:5eff:fe00:5213")),
    ),
    Vector(
        "option 27 stands at 8n+2: 48 bits of seconds, 16 of their fraction",
        update(3, "0104 0000 0000  1b08 0000 6553 f100 8000  0102 0000"),
        replace(UPDATE, timestamp=Timestamp((1_700_000_000 << 16) + (1 << 15))),
    ),
    Vector(
        "option 6 with the R bit asks for a prefix",
        update(3, "0612 8000 0000 0000 0000 0000 0000 0000 0000 0000"),
        replace(
            UPDATE,
            mobile_network_prefixes=(MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True),),
        ),
    ),
    Vector(
        "option 6 without the R bit names a prefix",
        acknowledgement(3, "0612 0038 2001 0db8 a100 0000 0000 0000 0000 0000"),
        replace(
            ACKNOWLEDGEMENT,
            mobile_network_prefixes=(
                MobileNetworkPrefix(prefix=IPv6Network("2001:db8:a100::/56")),
            ),
        ),
    ),
    Vector(
        "option 55 with an IPv6 prefix stands at 8n+2",
        update(4, "0104 0000 0000  3712 0038 2001 0db8 a100 0000 0000 0000 0000 0000  0100"),
        replace(UPDATE, delegated_mobile_network_prefixes=(IPv6Network("2001:db8:a100::/56"),)),
    ),
    Vector(
        "option 55 with the V bit holds an IPv4 prefix",
        acknowledgement(3, "0104 0000 0000  3706 8018 c633 6400  0104 0000 0000"),
        replace(
            ACKNOWLEDGEMENT, delegated_mobile_network_prefixes=(IPv4Network("198.51.100.0/24"),)
        ),
    ),
    Vector(
        "option 3 stands at 8n+6",
        update(3, "0100  0310 2001 0db8 000f 0000 0000 0000 0000 0011"),
        replace(UPDATE, alternate_care_of_address=IPv6Address("2001:db8:f::11")),
    ),
    Vector(
        "option 3 means nothing in a PBA and is kept as it is",
        acknowledgement(3, "0310 2001 0db8 000f 0000 0000 0000 0000 0011  0100"),
        replace(
            ACKNOWLEDGEMENT,
            unknown_options=(UnknownOption(type=3, data=IPv6Address("2001:db8:f::11").packed),),
        ),
    ),
    Vector(
        "options that no field knows are kept in their order",
        update(2, "c803 aabb cc  c900  c800  0101 00"),
        replace(
            UPDATE,
            unknown_options=(
                UnknownOption(type=200, data=bytes.fromhex("aabbcc")),
                UnknownOption(type=201, data=b""),
                UnknownOption(type=200, data=b""),
            ),
        ),
    ),
    Vector(
        "an identifier of a subtype that is no NAI is unknown, one that is a NAI stands beside it",
        update(2, "0804 01 6d6e31  0803 02 aabb  00"),
        replace(
            UPDATE,
            mobile_node_identifier=MobileNodeIdentifier("mn1"),
            unknown_options=(UnknownOption(type=8, data=bytes.fromhex("02aabb")),),
        ),
    ),
    Vector(
        "ALL_ZERO with a prefix length is a prefix of that length",
        update(3, "1612 0040 0000 0000 0000 0000 0000 0000 0000 0000"),
        replace(UPDATE, home_network_prefixes=(IPv6Network("::/64"),)),
    ),
    Vector(
        "an empty link-layer identifier",
        update(1, "1902 0000"),
        replace(UPDATE, mobile_node_link_layer_identifier=b""),
    ),
    Vector(
        "the order of options: 8 22 23 24 27 25 26 6 55 3",
        update(
            18,
            "0804 01 6d6e31  0100"
            "1612 0040 2001 0db8 0001 0000 0000 0000 0000 0000"
            "1702 0005  1802 0004  0100"
            "1b08 0000 6553 f100 0000"
            "1908 0000 0200 0000 0001"
            "1a10 fe80 0000 0000 0000 0000 0000 0000 0001  0102 0000"
            "0612 0038 2001 0db8 a100 0000 0000 0000 0000 0000  0100"
            "3712 0038 2001 0db8 a200 0000 0000 0000 0000 0000"
            "0310 2001 0db8 000f 0000 0000 0000 0000 0011",
        ),
        replace(
            UPDATE,
            mobile_node_identifier=MobileNodeIdentifier("mn1"),
            home_network_prefixes=(IPv6Network("2001:db8:1::/64"),),
            handoff_indicator=HandoffIndicator.HANDOFF_STATE_NOT_CHANGED,
            access_technology_type=AccessTechnologyType.IEEE_802_11,
            timestamp=Timestamp(1_700_000_000 << 16),
            mobile_node_link_layer_identifier=bytes.fromhex("020000000001"),
            link_local_address=IPv6Address("fe80::1"),
            mobile_network_prefixes=(
                MobileNetworkPrefix(prefix=IPv6Network("2001:db8:a100::/56")),
            ),
            delegated_mobile_network_prefixes=(IPv6Network("2001:db8:a200::/56"),),
            alternate_care_of_address=IPv6Address("2001:db8:f::11"),
        ),
    ),
)

#: Octets that we would not send but must understand.
ACCEPTED: Final = (
    Vector(
        "reserved octet, checksum and flags that we do not know",
        "3b01 05ff abcd 0001 bbff 0001 0102 0000",
        replace(UPDATE, proxy_registration=True),
    ),
    Vector(
        "octets after the header (RFC 8200 §4.7)",
        update(1, "0102 0000  dead beef"),
        UPDATE,
    ),
    Vector(
        "an option at an alignment that it does not ask for, after Pad1 twice",
        update(4, "0000  1612 0040 2001 0db8 0001 0000 0000 0000 0000 0000  0104 0000 0000"),
        replace(UPDATE, home_network_prefixes=(IPv6Network("2001:db8:1::/64"),)),
    ),
    Vector(
        "options in another order, with PadN that is not zero",
        update(2, "1802 0004  1702 0001  0102 ffff"),
        replace(
            UPDATE,
            handoff_indicator=HandoffIndicator.ATTACHMENT_OVER_NEW_INTERFACE,
            access_technology_type=AccessTechnologyType.IEEE_802_11,
        ),
    ),
    Vector(
        "reserved octets of options 22, 23, 24 and 25",
        update(
            6,
            "1612 ff40 2001 0db8 0001 0000 0000 0000 0000 0000"
            "1702 ff04  1802 ff04  1908 ffff 0200 0000 0001  0104 0000 0000",
        ),
        replace(
            UPDATE,
            home_network_prefixes=(IPv6Network("2001:db8:1::/64"),),
            handoff_indicator=HandoffIndicator.HANDOFF_STATE_UNKNOWN,
            access_technology_type=AccessTechnologyType.IEEE_802_11,
            mobile_node_link_layer_identifier=bytes.fromhex("020000000001"),
        ),
    ),
    Vector(
        "reserved bits beside the R bit",
        update(3, "0612 7f38 2001 0db8 a100 0000 0000 0000 0000 0000"),
        replace(
            UPDATE,
            mobile_network_prefixes=(
                MobileNetworkPrefix(prefix=IPv6Network("2001:db8:a100::/56")),
            ),
        ),
    ),
    Vector(
        "reserved bits beside the V bit, host bits in an IPv4 prefix",
        update(2, "3706 ff18 c633 6407  0102 0000"),
        replace(UPDATE, delegated_mobile_network_prefixes=(IPv4Network("198.51.100.0/24"),)),
    ),
    Vector(
        "host bits in a home network prefix are masked off",
        update(3, "1612 0040 2001 0db8 0001 0000 0000 0000 0000 0001"),
        replace(UPDATE, home_network_prefixes=(IPv6Network("2001:db8:1::/64"),)),
    ),
    Vector(
        "options in a Binding Error are skipped",
        "3b03 0700 0000 0200 0000 0000 0000 0000 0000 0000 0000 0000 1302 0000 0102 0000",
        BindingError(status=2),
    ),
)
