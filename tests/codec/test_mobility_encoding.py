from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network
from typing import Final

import pytest

from nf.codec.errors import EncodeError
from nf.codec.messages import (
    BindingError,
    MobileNodeIdentifier,
    MobilityMessage,
    SequenceNumber,
    Timestamp,
    UnknownOption,
)
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from tests.codec.vectors import ACKNOWLEDGEMENT, UPDATE


def with_option(option_type: int, data: bytes) -> MobilityMessage:
    return replace(UPDATE, unknown_options=(UnknownOption(type=option_type, data=data),))


#: Intent, message, what the error says.
UNSENDABLE: Final[tuple[tuple[str, MobilityMessage, str], ...]] = (
    ("a lifetime of 3 s", replace(UPDATE, lifetime_s=3), "no multiple of 4"),
    ("a PBA lifetime of 5 s", replace(ACKNOWLEDGEMENT, lifetime_s=5), "no multiple of 4"),
    ("a lifetime of 0x10000 units", replace(UPDATE, lifetime_s=4 << 16), "Lifetime"),
    ("a lifetime before zero", replace(UPDATE, lifetime_s=-4), "Lifetime"),
    ("sequence 65536", replace(UPDATE, sequence_number=SequenceNumber(1 << 16)), "Sequence"),
    ("sequence -1", replace(ACKNOWLEDGEMENT, sequence_number=SequenceNumber(-1)), "Sequence"),
    ("status 256", replace(ACKNOWLEDGEMENT, status=256), "Status"),
    ("a Binding Error of status 256", BindingError(status=256), "Status"),
    ("handoff indicator 256", replace(UPDATE, handoff_indicator=256), "Handoff Indicator"),
    ("technology -1", replace(UPDATE, access_technology_type=-1), "Access Technology Type"),
    ("a timestamp of 65 bits", replace(UPDATE, timestamp=Timestamp(1 << 64)), "Timestamp"),
    (
        "an identifier of 255 octets",
        replace(UPDATE, mobile_node_identifier=MobileNodeIdentifier("m" * 255)),
        "Option Length",
    ),
    (
        "an identifier with a line end",
        replace(UPDATE, mobile_node_identifier=MobileNodeIdentifier("mn\n")),
        "control character",
    ),
    (
        "an identifier with half a character",
        replace(UPDATE, mobile_node_identifier=MobileNodeIdentifier("mn\ud800")),
        "UTF-8",
    ),
    (
        "a link-layer identifier of 254 octets",
        replace(UPDATE, mobile_node_link_layer_identifier=bytes(254)),
        "Option Length",
    ),
    (
        "more than 2048 octets",
        replace(UPDATE, home_network_prefixes=(IPv6Network("2001:db8::/64"),) * 86),
        "Header Len",
    ),
    ("Pad1 among the unknown", with_option(0, b""), "not unknown"),
    ("PadN among the unknown", with_option(1, b""), "not unknown"),
    ("a NAI among the unknown", with_option(8, b"\x01mn"), "not unknown"),
    ("an option with a field among the unknown", with_option(22, bytes(18)), "not unknown"),
    ("an option type of 9 bits", with_option(256, b""), "Option Type"),
    ("an unknown option of 256 octets", with_option(19, bytes(256)), "Option Length"),
)


@pytest.mark.parametrize(
    ("message", "words"), [row[1:] for row in UNSENDABLE], ids=[row[0] for row in UNSENDABLE]
)
def test_a_value_without_place_on_the_wire_is_refused(message: MobilityMessage, words: str) -> None:
    with pytest.raises(EncodeError, match=words):
        encode_mobility_message(message)


@pytest.mark.rfc("4283 §3")
def test_the_longest_identifier_has_254_octets() -> None:
    message = replace(UPDATE, mobile_node_identifier=MobileNodeIdentifier("ü" * 127))
    assert decode_mobility_message(encode_mobility_message(message)) == message


@pytest.mark.rfc("6275 §6.1.1")
def test_the_longest_message_has_2048_octets() -> None:
    message = replace(UPDATE, home_network_prefixes=(IPv6Network("2001:db8::/64"),) * 85)
    packet = encode_mobility_message(message)
    assert (len(packet), packet[1]) == (2048, 255)
    assert decode_mobility_message(packet) == message


@pytest.mark.rfc("6275 §6.1.1")
def test_the_checksum_is_left_to_the_kernel() -> None:
    assert encode_mobility_message(UPDATE)[4:6] == bytes(2)
