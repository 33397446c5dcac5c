from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Network
from typing import Final

import pytest

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.ndisc import (
    decode_router_advertisement,
    decode_router_solicitation,
    encode_router_advertisement,
)
from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement, RouterSolicitation

_R = RejectReason
MAC: Final = bytes.fromhex("00005e005213")
HNP: Final = PrefixInformation(
    prefix=IPv6Network("2001:db8:1::/64"), valid_lifetime_s=7200, preferred_lifetime_s=3600
)
ADVERTISEMENT: Final = RouterAdvertisement(
    router_lifetime_s=1800,
    managed=True,
    other_configuration=True,
    reachable_time_ms=30000,
    retransmit_timer_ms=1000,
    source_link_layer_address=MAC,
    mtu=1460,
    prefixes=(HNP,),
)
ADVERTISEMENT_HEX: Final = (
    "8600 0000 40c0 0708 0000 7530 0000 03e8"
    "0101 00005e005213"
    "0501 0000 0000 05b4"
    "0304 40c0 0000 1c20 0000 0e10 0000 0000 2001 0db8 0001 0000 0000 0000 0000 0000"
)
#: An advertisement's fixed part.
HEAD: Final = "8600 0000 4000 0000 0000 0000 0000 0000"


@pytest.mark.rfc("4861 §4.1")
class TestRouterSolicitation:
    @pytest.mark.parametrize(
        ("octets", "address"),
        [
            ("8500 0000 0000 0000", None),
            ("8500 beef ffff ffff 0101 00005e005213", MAC),
            ("8500 0000 0000 0000 fd01 000000000000 0101 00005e005213", MAC),
            ("8500 0000 0000 0000 0101 00005e005213 0101 000000000001", MAC),
            ("8500 0000 0000 0000 0301 000000000000", None),
        ],
        ids=["bare", "with address", "unknown option", "two addresses", "strange option"],
    )
    def test_the_first_source_link_layer_address_counts(
        self, octets: str, address: bytes | None
    ) -> None:
        expected = RouterSolicitation(source_link_layer_address=address)
        assert decode_router_solicitation(bytes.fromhex(octets)) == expected

    @pytest.mark.rfc("4861 §6.1.1")
    @pytest.mark.parametrize(
        ("octets", "reason", "offset"),
        [
            ("", _R.TRUNCATED, 0),
            ("8500 0000 0000 00", _R.TRUNCATED, 7),
            ("8600 0000 0000 0000", _R.UNKNOWN_MESSAGE_TYPE, 0),
            ("8501 0000 0000 0000", _R.BAD_VALUE, 1),
            ("8500 0000 0000 0000 0100 00005e005213", _R.BAD_OPTION_LENGTH, 9),
            ("8500 0000 0000 0000 0102 00005e005213", _R.BAD_OPTION_LENGTH, 9),
            ("8500 0000 0000 0000 01", _R.TRUNCATED, 9),
        ],
        ids=["empty", "short", "type", "code", "length 0", "too long", "no length"],
    )
    def test_one_that_is_not_valid_is_refused(
        self, octets: str, reason: RejectReason, offset: int
    ) -> None:
        with pytest.raises(DecodeError) as refused:
            decode_router_solicitation(bytes.fromhex(octets))
        assert (refused.value.reason, refused.value.offset) == (reason, offset)


@pytest.mark.rfc("4861 §4.2")
class TestRouterAdvertisement:
    def test_the_value_encodes_to_the_octets_of_the_figure(self) -> None:
        expected = bytes.fromhex(ADVERTISEMENT_HEX).hex()
        assert encode_router_advertisement(ADVERTISEMENT).hex() == expected

    def test_the_octets_of_the_figure_decode_to_the_value(self) -> None:
        assert decode_router_advertisement(bytes.fromhex(ADVERTISEMENT_HEX)) == ADVERTISEMENT

    def test_a_prefix_that_is_neither_on_link_nor_autonomous_has_no_flag(self) -> None:
        bare = replace(HNP, on_link=False, autonomous=False)
        message = RouterAdvertisement(router_lifetime_s=0, prefixes=(bare,))
        assert encode_router_advertisement(message)[16 + 3] == 0

    def test_bits_after_the_prefix_length_and_a_second_mtu_are_ignored(self) -> None:
        octets = HEAD + (
            "0501 0000 0000 05b4  0501 0000 0000 0500"
            "0304 40c0 0000 1c20 0000 0e10 ffff ffff 2001 0db8 0001 0000 0000 0000 0000 0001"
        )
        expected = RouterAdvertisement(router_lifetime_s=0, mtu=1460, prefixes=(HNP,))
        assert decode_router_advertisement(bytes.fromhex(octets)) == expected

    @pytest.mark.rfc("4861 §6.1.2")
    @pytest.mark.parametrize(
        ("octets", "reason", "offset"),
        [
            (HEAD[:-2], _R.TRUNCATED, 15),
            (HEAD + "0502" + "00" * 14, _R.BAD_OPTION_LENGTH, 17),
            (HEAD + "0301" + "00" * 6, _R.BAD_OPTION_LENGTH, 17),
            (HEAD + "0304 81" + "00" * 29, _R.BAD_VALUE, 18),
        ],
        ids=["short", "MTU of 16 octets", "prefix of 8 octets", "129 bits"],
    )
    def test_one_that_is_not_valid_is_refused(
        self, octets: str, reason: RejectReason, offset: int
    ) -> None:
        with pytest.raises(DecodeError) as refused:
            decode_router_advertisement(bytes.fromhex(octets))
        assert (refused.value.reason, refused.value.offset) == (reason, offset)

    @pytest.mark.parametrize(
        ("message", "words"),
        [
            (replace(ADVERTISEMENT, router_lifetime_s=1 << 16), "Router Lifetime"),
            (replace(ADVERTISEMENT, current_hop_limit=256), "Cur Hop Limit"),
            (replace(ADVERTISEMENT, reachable_time_ms=-1), "Reachable Time"),
            (replace(ADVERTISEMENT, retransmit_timer_ms=1 << 32), "Retrans Timer"),
            (replace(ADVERTISEMENT, mtu=1 << 32), "MTU"),
            (replace(ADVERTISEMENT, source_link_layer_address=bytes(8)), "8 octets"),
            (replace(ADVERTISEMENT, source_link_layer_address=bytes(2046)), "Length"),
            (
                replace(ADVERTISEMENT, prefixes=(replace(HNP, valid_lifetime_s=3599),)),
                "exceeds Valid Lifetime",
            ),
            (
                replace(ADVERTISEMENT, prefixes=(replace(HNP, valid_lifetime_s=1 << 32),)),
                "Valid Lifetime",
            ),
            (
                replace(ADVERTISEMENT, prefixes=(replace(HNP, preferred_lifetime_s=-1),)),
                "Preferred Lifetime",
            ),
        ],
    )
    def test_a_value_without_place_on_the_wire_is_refused(
        self, message: RouterAdvertisement, words: str
    ) -> None:
        with pytest.raises(EncodeError, match=words):
            encode_router_advertisement(message)
