from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_messages import RawDhcpOption
from nf.codec.dhcpv6_relay import decode_relay_message, encode_relay_message
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.codec.errors import DecodeError, EncodeError, RejectReason
from tests.codec.strategies import ADDRESSES, DHCP_MESSAGES, U8, optional, tuples
from tests.codec.test_dhcpv6 import SOLICIT, SOLICIT_HEX

_R = RejectReason
FORWARD: Final = RelayMessage(
    message_type=RelayMessageType.RELAY_FORWARD,
    link_address=IPv6Address("2001:db8:1::1"),
    peer_address=IPv6Address("fe80::2"),
    relayed=bytes.fromhex(SOLICIT_HEX),
    interface_id=b"access0",
    subscriber_id=b"mn1@example.net",
    other_options=(RawDhcpOption(code=79, data=bytes.fromhex("0001020000000001")),),
)
HEAD_HEX: Final = (
    "0c 00 20010db8000100000000000000000001 fe800000000000000000000000000002"
    "0012 0007 61636365737330"
    "0026 000f 6d6e31406578616d706c652e6e6574"
    "004f 0008 0001020000000001"
)
FORWARD_HEX: Final = f"{HEAD_HEX} 0009 0070 {SOLICIT_HEX}"
REPLY: Final = RelayMessage(
    message_type=RelayMessageType.RELAY_REPLY,
    hop_count=1,
    link_address=IPv6Address("::"),
    peer_address=IPv6Address("2001:db8:f::11"),
    relayed=b"",
)
REPLY_HEAD_HEX: Final = "0d 01" + "00" * 16 + "20010db8000f00000000000000000011"
RELAYED_HEX: Final = "0009 0000"

RELAY_MESSAGES: Final = st.builds(
    RelayMessage,
    message_type=st.sampled_from(RelayMessageType),
    hop_count=U8,
    link_address=ADDRESSES,
    peer_address=ADDRESSES,
    relayed=st.binary(max_size=60) | DHCP_MESSAGES.map(encode_dhcp_message),
    interface_id=optional(st.binary(max_size=20)),
    subscriber_id=optional(st.binary(min_size=1, max_size=20)),
    other_options=tuples(
        st.builds(
            RawDhcpOption,
            code=st.sampled_from((1, 2, 25, 37, 79, 65535)),
            data=st.binary(max_size=30),
        )
    ),
)


@pytest.mark.rfc("8415 §9.1", "8415 §9.2")
@pytest.mark.parametrize(
    ("octets", "message"),
    [(FORWARD_HEX, FORWARD), (REPLY_HEAD_HEX + RELAYED_HEX, REPLY)],
    ids=["Relay-forward", "Relay-reply"],
)
class TestHandMadeMessages:
    def test_octets_decode_to_the_value(self, octets: str, message: RelayMessage) -> None:
        assert decode_relay_message(bytes.fromhex(octets)) == message

    def test_the_value_encodes_to_the_octets(self, octets: str, message: RelayMessage) -> None:
        assert encode_relay_message(message).hex() == bytes.fromhex(octets).hex()


@pytest.mark.rfc("8415 §21.10")
class TestWhatIsRelayed:
    def test_comes_out_as_the_message_that_went_in(self) -> None:
        forward = decode_relay_message(encode_relay_message(FORWARD))
        assert decode_dhcp_message(forward.relayed) == SOLICIT

    def test_is_kept_octet_by_octet_even_where_it_is_malformed(self) -> None:
        broken = replace(FORWARD, relayed=b"\x01\x00\xff")
        assert decode_relay_message(encode_relay_message(broken)) == broken

    def test_may_be_the_message_of_another_relay_agent(self) -> None:
        outer = replace(FORWARD, hop_count=1, relayed=encode_relay_message(FORWARD))
        inner = decode_relay_message(encode_relay_message(outer)).relayed
        assert decode_relay_message(inner) == FORWARD

    def test_may_stand_before_the_other_options(self) -> None:
        octets = bytes.fromhex(REPLY_HEAD_HEX + RELAYED_HEX + "0012 0001 61")
        assert decode_relay_message(octets) == replace(REPLY, interface_id=b"a")


#: Intent, octets, reason, offset.
MALFORMED: Final = (
    ("nothing", "", _R.TRUNCATED, 0),
    ("33 octets", REPLY_HEAD_HEX[:-2], _R.TRUNCATED, 33),
    ("a message of a client", "01 000001", _R.UNKNOWN_MESSAGE_TYPE, 0),
    ("type 14", "0e" + REPLY_HEAD_HEX[2:] + RELAYED_HEX, _R.UNKNOWN_MESSAGE_TYPE, 0),
    ("no relayed message", REPLY_HEAD_HEX, _R.BAD_VALUE, 34),
    ("two relayed messages", REPLY_HEAD_HEX + RELAYED_HEX * 2, _R.DUPLICATE_OPTION, 38),
    ("two interface identifiers", FORWARD_HEX + "0012 0001 61", _R.DUPLICATE_OPTION, 192),
    ("an empty subscriber", REPLY_HEAD_HEX + "0026 0000" + RELAYED_HEX, _R.BAD_OPTION_LENGTH, 36),
    ("half an option header", REPLY_HEAD_HEX + "0009 00", _R.TRUNCATED, 37),
    ("an option longer than the message", REPLY_HEAD_HEX + "0009 0001", _R.BAD_OPTION_LENGTH, 36),
)


@pytest.mark.rfc("8415 §9.1", "8415 §9.2", "8415 §21.18", "4580 §2")
@pytest.mark.parametrize(
    ("octets", "reason", "offset"),
    [row[1:] for row in MALFORMED],
    ids=[row[0] for row in MALFORMED],
)
def test_a_malformed_message_is_refused_with_reason_and_place(
    octets: str, reason: RejectReason, offset: int
) -> None:
    with pytest.raises(DecodeError) as refused:
        decode_relay_message(bytes.fromhex(octets))
    assert (refused.value.reason, refused.value.offset) == (reason, offset)


@pytest.mark.parametrize(
    "message",
    [
        replace(REPLY, hop_count=256),
        replace(REPLY, subscriber_id=b""),
        replace(REPLY, relayed=bytes(65536)),
        replace(REPLY, other_options=(RawDhcpOption(code=9, data=b""),)),
    ],
    ids=["hop count 256", "an empty subscriber", "too long", "an option that has a field"],
)
def test_what_has_no_place_on_the_wire_is_refused(message: RelayMessage) -> None:
    with pytest.raises(EncodeError):
        encode_relay_message(message)


@given(RELAY_MESSAGES)
def test_a_relay_message_survives_the_wire(message: RelayMessage) -> None:
    assert decode_relay_message(encode_relay_message(message)) == message


@settings(max_examples=300)
@given(st.binary(max_size=80), st.sampled_from((b"", bytes.fromhex(REPLY_HEAD_HEX + RELAYED_HEX))))
def test_any_octets_decode_or_are_refused(octets: bytes, head: bytes) -> None:
    data = head + octets
    try:
        message = decode_relay_message(data)
    except DecodeError as refused:
        assert 0 <= refused.offset <= len(data)
    else:
        assert decode_relay_message(encode_relay_message(message)) == message
