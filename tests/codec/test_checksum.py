from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nf.codec.checksum import upper_layer_checksum
from nf.codec.mobility import NEXT_HEADER, checksum
from tests.codec.strategies import ADDRESSES

SOURCE = IPv6Address("2001:db8::1")
DESTINATION = IPv6Address("2001:db8::2")
#: A PBU without options, and its checksum as added up by hand: words 2001 0db8 0001, 2001 0db8
#: 0002, 0010, 0087, 3b01 0500 0001 8200 0001 0102 make 0x11f11, folded 0x1f12.
PACKET = bytes.fromhex("3b01 0500 0000 0001 8200 0001 0102 0000")


def word_by_word(source: IPv6Address, destination: IPv6Address, kind: int, octets: bytes) -> int:
    """Add up 16-bit words with end-around carry, as RFC 1071 tells it."""
    pseudo = source.packed + destination.packed + len(octets).to_bytes(4) + kind.to_bytes(4)
    padded = pseudo + octets + b"\0" * (len(octets) % 2)
    total = 0
    for at in range(0, len(padded), 2):
        total += int.from_bytes(padded[at : at + 2])
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


@pytest.mark.rfc("6275 §6.1.1")
class TestMobilityHeader:
    def test_the_checksum_is_the_one_added_up_by_hand(self) -> None:
        assert checksum(SOURCE, DESTINATION, PACKET) == 0xFFFF ^ 0x1F12

    def test_what_stands_in_the_checksum_field_does_not_count(self) -> None:
        other = PACKET[:4] + b"\xab\xcd" + PACKET[6:]
        assert checksum(SOURCE, DESTINATION, other) == checksum(SOURCE, DESTINATION, PACKET)

    def test_a_right_checksum_verifies_and_a_wrong_one_does_not(self) -> None:
        value = checksum(SOURCE, DESTINATION, PACKET)
        right = PACKET[:4] + value.to_bytes(2) + PACKET[6:]
        wrong = PACKET[:4] + (value ^ 1).to_bytes(2) + PACKET[6:]
        other = IPv6Address("2001:db8::3")
        assert upper_layer_checksum(SOURCE, DESTINATION, NEXT_HEADER, right) == 0
        assert upper_layer_checksum(SOURCE, DESTINATION, NEXT_HEADER, wrong) != 0
        assert upper_layer_checksum(SOURCE, other, NEXT_HEADER, right) != 0


@given(ADDRESSES, ADDRESSES, st.sampled_from((58, 135)), st.binary(max_size=200))
def test_the_checksum_equals_a_sum_word_by_word(
    source: IPv6Address, destination: IPv6Address, kind: int, octets: bytes
) -> None:
    expected = word_by_word(source, destination, kind, octets)
    assert upper_layer_checksum(source, destination, kind, octets) == expected
