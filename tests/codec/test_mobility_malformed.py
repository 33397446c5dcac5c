"""Octets that are no message: the reason and where it lies."""

from __future__ import annotations

from typing import Final

import pytest

from nf.codec.errors import DecodeError, RejectReason
from nf.codec.mobility import decode_mobility_message
from tests.codec.vectors import update

_R = RejectReason
PREFIX: Final = "20010db8000100000000000000000000"

#: Intent, octets, reason, offset, field.
MALFORMED: Final = (
    ("nothing at all", "", _R.TRUNCATED, 0, "Mobility Header"),
    ("seven octets", "3b000500000000", _R.TRUNCATED, 7, "Mobility Header"),
    (
        "handover initiate, a type not spoken",
        "3b01 0e00" + "00" * 12,
        _R.UNKNOWN_MESSAGE_TYPE,
        2,
        "MH Type",
    ),
    ("type 255", "3b00 ff00 0000 0000", _R.UNKNOWN_MESSAGE_TYPE, 2, "MH Type"),
    (
        "unknown type before bad protocol",
        "0600 ff00" + "00" * 4,
        _R.UNKNOWN_MESSAGE_TYPE,
        2,
        "MH Type",
    ),
    ("TCP follows", "0601 0500" + "00" * 12, _R.BAD_PAYLOAD_PROTOCOL, 0, "Payload Proto"),
    (
        "bad protocol before bad length",
        "0600 0500" + "00" * 4,
        _R.BAD_PAYLOAD_PROTOCOL,
        0,
        "Payload Proto",
    ),
    ("header too short for a PBU", "3b00 0500" + "00" * 12, _R.BAD_HEADER_LENGTH, 1, "Header Len"),
    ("header too short for a PBA", "3b00 0600" + "00" * 12, _R.BAD_HEADER_LENGTH, 1, "Header Len"),
    ("header too short for a BE", "3b01 0700" + "00" * 12, _R.BAD_HEADER_LENGTH, 1, "Header Len"),
    ("header longer than the packet", "3b02 0500" + "00" * 12, _R.TRUNCATED, 16, "Message Data"),
    ("a packet cut inside its fixed part", "3b01 0500 0000 0000", _R.TRUNCATED, 8, "Message Data"),
    ("a type octet at the very end", update(1, "000000 08"), _R.TRUNCATED, 16, "Option Length"),
    (
        "an option that ends after the header",
        update(1, "0803 016d 6e"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "PadN that ends after the header",
        update(1, "0103 0000 00"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    ("option 8 without subtype", update(1, "0800 0100"), _R.BAD_OPTION_LENGTH, 13, "Option Length"),
    ("option 23 of one octet", update(1, "1701 0400"), _R.BAD_OPTION_LENGTH, 13, "Option Length"),
    (
        "option 24 of three octets",
        update(2, "1803 0004 00 0105 0000000000"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 25 without reserved octets",
        update(1, "1901 0000"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 22 of 17 octets",
        update(3, "1611 0040" + PREFIX[2:] + "00"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 6 of 17 octets",
        update(3, "0611 0040" + PREFIX[2:] + "00"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 26 of 8 octets",
        update(2, "1a08 fe80000000000000 0100"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 27 of 4 octets",
        update(2, "1b04 6553f100 0104 00000000"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 3 of 4 octets",
        update(2, "0304 c0000201 0104 00000000"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 55 of 10 octets",
        update(2, "370a 0040" + PREFIX[:16]),
        _R.BAD_OPTION_LENGTH,
        13,
        "Option Length",
    ),
    (
        "option 55, V and 18 octets",
        update(3, "3712 8018" + PREFIX),
        _R.BAD_OPTION_LENGTH,
        13,
        "Length",
    ),
    (
        "option 55, no V and 6 octets",
        update(2, "3706 0018 c6336400 01020000"),
        _R.BAD_OPTION_LENGTH,
        13,
        "Length",
    ),
    ("option 22 with 129 bits", update(3, "1612 0081" + PREFIX), _R.BAD_VALUE, 15, "Prefix Length"),
    ("option 6 with 255 bits", update(3, "0612 00ff" + PREFIX), _R.BAD_VALUE, 15, "Prefix Length"),
    ("option 55 with 129 bits", update(3, "3712 0081" + PREFIX), _R.BAD_VALUE, 15, "Prefix Length"),
    (
        "option 55, IPv4 with 33 bits",
        update(2, "3706 8021 c6336400 01020000"),
        _R.BAD_VALUE,
        15,
        "Prefix Length",
    ),
    (
        "an identifier that is no UTF-8",
        update(2, "0806 01 c3bc ff 6d6e 01020000"),
        _R.BAD_VALUE,
        17,
        "Identifier",
    ),
    (
        "an identifier with a NUL",
        update(2, "0806 01 c3bc 00 6d6e 01020000"),
        _R.BAD_VALUE,
        17,
        "Identifier",
    ),
    (
        "an identifier with U+FFFF",
        update(2, "0806 01 6d efbfbf 6e 01020000"),
        _R.BAD_VALUE,
        16,
        "Identifier",
    ),
    (
        "option 8 twice",
        update(2, "0803 01 6d31 0803 01 6d31 0100"),
        _R.DUPLICATE_OPTION,
        17,
        "Option Type",
    ),
    (
        "option 23 twice",
        update(2, "1702 0004 1702 0004 01020000"),
        _R.DUPLICATE_OPTION,
        16,
        "Option Type",
    ),
    (
        "option 24 twice",
        update(2, "1802 0004 1802 0003 01020000"),
        _R.DUPLICATE_OPTION,
        16,
        "Option Type",
    ),
    (
        "option 25 twice",
        update(2, "1903 0000 31 1903 0000 32 0100"),
        _R.DUPLICATE_OPTION,
        17,
        "Option Type",
    ),
    ("option 26 twice", update(5, ("1a10" + PREFIX) * 2), _R.DUPLICATE_OPTION, 30, "Option Type"),
    (
        "option 27 twice",
        update(3, "1b08 0000000000000000" * 2),
        _R.DUPLICATE_OPTION,
        22,
        "Option Type",
    ),
    ("option 3 twice", update(5, ("0310" + PREFIX) * 2), _R.DUPLICATE_OPTION, 30, "Option Type"),
)


@pytest.mark.rfc("6275 §9.2")
@pytest.mark.parametrize(
    ("octets", "reason", "offset", "field"),
    [row[1:] for row in MALFORMED],
    ids=[row[0] for row in MALFORMED],
)
def test_a_malformed_message_is_refused_with_reason_and_place(
    octets: str, reason: RejectReason, offset: int, field: str
) -> None:
    with pytest.raises(DecodeError) as refused:
        decode_mobility_message(bytes.fromhex(octets))
    error = refused.value
    assert (error.reason, error.offset, error.field) == (reason, offset, field)
    assert error.section.startswith("RFC ")


def test_no_case_of_the_table_stands_twice() -> None:
    assert (
        len({row[0] for row in MALFORMED}) == len({row[1] for row in MALFORMED}) == len(MALFORMED)
    )


@pytest.mark.parametrize("character", [0x07, 0x7F, 0x0A, 0x00])
def test_control_characters_are_no_part_of_an_identifier(character: int) -> None:
    with pytest.raises(DecodeError, match="Identifier"):
        decode_mobility_message(bytes.fromhex(update(1, f"0802 01 {character:02x}")))
