"""What holds for all values and all octets."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_messages import DhcpMessage
from nf.codec.errors import DecodeError
from nf.codec.messages import MobilityMessage, ProxyBindingUpdate
from nf.codec.mobility import (
    ACKNOWLEDGEMENT_OPTIONS,
    UPDATE_OPTIONS,
    decode_mobility_message,
    encode_mobility_message,
)
from nf.codec.mobility_option_area import OptionReader
from nf.codec.mobility_option_fields import OptionFields
from nf.codec.ndisc import (
    decode_router_advertisement,
    decode_router_solicitation,
    encode_router_advertisement,
)
from nf.codec.ndisc_messages import RouterAdvertisement
from tests.codec.strategies import ADVERTISEMENTS, DHCP_MESSAGES, MOBILITY_MESSAGES, UPDATES

#: Where each option type wants to stand: multiple, remainder.
ALIGNMENTS = {
    3: (8, 6),
    6: (8, 4),
    22: (8, 4),
    26: (8, 6),
    27: (8, 2),
    55: (8, 2),
    28: (4, 2),
    46: (4, 0),
    47: (4, 0),
    48: (4, 0),
    62: (4, 2),
}

#: What a message without a repeated or unknown option has in its fields.
_NO_OPTIONS = dict.fromkeys(
    (
        "home_network_prefixes",
        "mobile_network_prefixes",
        "delegated_mobile_network_prefixes",
        "unknown_options",
    ),
    (),
)
#: Short type-length-value strings with types and lengths that decoders care for.
_MOBILITY_TLVS = st.lists(
    st.builds(
        lambda kind, length, data: bytes((kind, length)) + data,
        st.sampled_from((0, 1, 3, 6, 8, 22, 23, 24, 25, 26, 27, 28, 46, 47, 48, 55, 62, 99)),
        st.sampled_from((0, 1, 2, 3, 4, 6, 8, 16, 18, 255)),
        st.binary(max_size=18),
    ),
    max_size=8,
).map(b"".join)
_DHCP_TLVS = st.recursive(
    st.binary(max_size=30),
    lambda inner: st.lists(
        st.builds(
            lambda code, skew, head, data: (
                struct.pack("!HH", code, max(0, len(head + data) + skew)) + head + data
            ),
            st.sampled_from((1, 2, 3, 5, 6, 7, 8, 13, 14, 20, 25, 26, 82, 99)),
            st.sampled_from((0, 0, 0, 0, 1, -1)),
            st.sampled_from((b"", bytes(12), bytes(24), bytes(25))),
            inner,
        ),
        max_size=4,
    ).map(b"".join),
    max_leaves=8,
)


@given(MOBILITY_MESSAGES)
def test_a_mobility_message_survives_the_wire(message: MobilityMessage) -> None:
    assert decode_mobility_message(encode_mobility_message(message)) == message


@given(MOBILITY_MESSAGES)
def test_a_mobility_message_fills_its_header_and_aligns_its_options(
    message: MobilityMessage,
) -> None:
    packet = encode_mobility_message(message)
    assert len(packet) == 8 * (packet[1] + 1)
    at = 24 if packet[2] == 7 else 12
    while at < len(packet):
        if packet[at] == 0:
            at += 1
            continue
        multiple, remainder = ALIGNMENTS.get(packet[at], (1, 0))
        assert at % multiple == remainder
        at += 2 + packet[at + 1]
    assert at == len(packet)


@given(DHCP_MESSAGES)
def test_a_dhcp_message_survives_the_wire(message: DhcpMessage) -> None:
    assert decode_dhcp_message(encode_dhcp_message(message)) == message


@given(ADVERTISEMENTS)
def test_a_router_advertisement_survives_the_wire(message: RouterAdvertisement) -> None:
    assert decode_router_advertisement(encode_router_advertisement(message)) == message


@settings(max_examples=500)
@given(
    st.binary(max_size=80) | _MOBILITY_TLVS,
    st.sampled_from((5, 6, 7, 13, 16, 19, 20)),
    st.booleans(),
)
def test_any_mobility_octets_decode_or_are_refused(octets: bytes, kind: int, raw: bool) -> None:
    padded = octets + bytes(-(len(octets) + 12) % 8)
    header = bytes((59, (len(padded) + 12) // 8 - 1, kind)) + bytes(9)
    try:
        message = decode_mobility_message(octets if raw else header + padded)
    except DecodeError as refused:
        assert 0 <= refused.offset <= len(padded) + 12
    else:
        assert decode_mobility_message(encode_mobility_message(message)) == message


@settings(max_examples=300)
@given(
    UPDATES.map(lambda message: encode_mobility_message(message)[12:]) | _MOBILITY_TLVS,
    st.binary(max_size=4),
    st.sampled_from((UPDATE_OPTIONS, ACKNOWLEDGEMENT_OPTIONS)),
)
def test_options_read_in_one_go_are_those_read_one_by_one(
    octets: bytes, rest: bytes, fields: OptionFields
) -> None:
    packet = octets + rest
    plain = fields.read_plain(packet, 0, len(packet))
    if plain is not None:
        assert {**_NO_OPTIONS, **plain} == {
            **_NO_OPTIONS,
            **fields.read_any(OptionReader(packet, 0, len(packet))),
        }


@given(UPDATES)
def test_options_of_an_ordinary_message_are_read_in_one_go(message: MobilityMessage) -> None:
    packet = encode_mobility_message(message)
    has_unknown = isinstance(message, ProxyBindingUpdate) and bool(message.unknown_options)
    assert (UPDATE_OPTIONS.read_plain(packet, 12, len(packet)) is None) is has_unknown


@settings(max_examples=500)
@given(st.binary(max_size=80) | _DHCP_TLVS, st.booleans())
def test_any_dhcp_octets_decode_or_are_refused(octets: bytes, raw: bool) -> None:
    data = octets if raw else b"\x01\x00\x00\x01" + octets
    try:
        message = decode_dhcp_message(data)
    except DecodeError as refused:
        assert 0 <= refused.offset <= len(data)
    else:
        assert decode_dhcp_message(encode_dhcp_message(message)) == message


@settings(max_examples=300)
@given(st.binary(max_size=80), st.sampled_from((b"", b"\x85\x00", b"\x86\x00")))
def test_any_router_discovery_octets_decode_or_are_refused(octets: bytes, head: bytes) -> None:
    for decode in (decode_router_solicitation, decode_router_advertisement):
        try:
            decode(head + octets)
        except DecodeError as refused:
            assert 0 <= refused.offset <= len(head + octets)
