from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

import pytest

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_messages import (
    INFINITY,
    DhcpMessage,
    DhcpMessageType,
    DhcpStatus,
    DhcpStatusCode,
    IaAddress,
    IaNa,
    IaPd,
    IaPrefix,
    RawDhcpOption,
)
from nf.codec.errors import DecodeError, EncodeError, RejectReason

_R = RejectReason
CLIENT: Final = bytes.fromhex("00030001020000000001")
SERVER: Final = bytes.fromhex("0002000000090102")

SOLICIT: Final = DhcpMessage(
    message_type=DhcpMessageType.SOLICIT,
    transaction_id=0xABCDEF,
    client_duid=CLIENT,
    elapsed_time_cs=100,
    rapid_commit=True,
    reconfigure_accept=True,
    option_request=(23, 82),
    ia_nas=(IaNa(iaid=7),),
    ia_pds=(
        IaPd(
            iaid=1,
            prefixes=(
                IaPrefix(prefix=IPv6Network("::/56"), preferred_lifetime_s=0, valid_lifetime_s=0),
            ),
        ),
    ),
    other_options=(RawDhcpOption(code=16, data=bytes.fromhex("00000137000161")),),
)
SOLICIT_HEX: Final = (
    "01 abcdef"
    "0001 000a 00030001020000000001"
    "0008 0002 0064"
    "000e 0000"
    "0014 0000"
    "0006 0004 0017 0052"
    "0003 000c 00000007 00000000 00000000"
    "0019 0029 00000001 00000000 00000000"
    "001a 0019 00000000 00000000 38 00000000000000000000000000000000"
    "0010 0007 00000137000161"
)

REPLY: Final = DhcpMessage(
    message_type=DhcpMessageType.REPLY,
    transaction_id=1,
    client_duid=CLIENT,
    server_duid=SERVER,
    status=DhcpStatus(code=DhcpStatusCode.SUCCESS, message="für dich"),
    preference=255,
    ia_nas=(
        IaNa(
            iaid=7,
            t1_s=5,
            t2_s=8,
            addresses=(
                IaAddress(
                    address=IPv6Address("2001:db8::7"),
                    preferred_lifetime_s=10,
                    valid_lifetime_s=20,
                    status=DhcpStatus(code=4),
                ),
            ),
        ),
    ),
    ia_pds=(
        IaPd(
            iaid=1,
            t1_s=1800,
            t2_s=2880,
            prefixes=(
                IaPrefix(
                    prefix=IPv6Network("2001:db8:a100::/56"),
                    preferred_lifetime_s=3600,
                    valid_lifetime_s=INFINITY,
                    status=DhcpStatus(code=0),
                ),
            ),
        ),
        IaPd(iaid=2, status=DhcpStatus(code=DhcpStatusCode.NO_PREFIX_AVAIL, message="none")),
    ),
    sol_max_rt_s=86400,
)
REPLY_HEX: Final = (
    "07 000001"
    "0001 000a 00030001020000000001"
    "0002 0008 0002000000090102"
    "000d 000b 0000 66c3bc722064696368"
    "0007 0001 ff"
    "0003 002e 00000007 00000005 00000008"
    "0005 001e 20010db8000000000000000000000007 0000000a 00000014 000d 0002 0004"
    "0019 002f 00000001 00000708 00000b40"
    "001a 001f 00000e10 ffffffff 38 20010db8a10000000000000000000000 000d 0002 0000"
    "0019 0016 00000002 00000000 00000000 000d 0006 0006 6e6f6e65"
    "0052 0004 00015180"
)


@pytest.mark.rfc("8415 §21")
@pytest.mark.parametrize(
    ("octets", "message"), [(SOLICIT_HEX, SOLICIT), (REPLY_HEX, REPLY)], ids=["Solicit", "Reply"]
)
class TestHandMadeMessages:
    def test_octets_decode_to_the_value(self, octets: str, message: DhcpMessage) -> None:
        assert decode_dhcp_message(bytes.fromhex(octets)) == message

    def test_the_value_encodes_to_the_octets(self, octets: str, message: DhcpMessage) -> None:
        assert encode_dhcp_message(message).hex() == bytes.fromhex(octets).hex()


HEAD: Final = "01 000001"
PD: Final = "00000001 00000000 00000000"
NA: Final = PD

BARE: Final = DhcpMessage(message_type=DhcpMessageType.SOLICIT, transaction_id=1)

#: Intent, options, value.
ACCEPTED: Final = (
    ("no options", "", BARE),
    ("an empty option request", "0006 0000", BARE),
    ("SOL_MAX_RT below its range is ignored", "0052 0004 0000003b", BARE),
    ("SOL_MAX_RT above its range is ignored", "0052 0004 00015181", BARE),
    (
        "an IA Prefix outside an IA_PD is passed on unread",
        "001a 0001 00",
        replace(BARE, other_options=(RawDhcpOption(code=26, data=b"\0"),)),
    ),
    (
        "unknown options keep their order among each other",
        "0063 0001 01 0038 0000 0063 0001 02",
        replace(
            BARE,
            other_options=(
                RawDhcpOption(code=99, data=b"\1"),
                RawDhcpOption(code=56, data=b""),
                RawDhcpOption(code=99, data=b"\2"),
            ),
        ),
    ),
    (
        "an unknown option inside an IA_PD is skipped",
        f"0019 0011 {PD} 0063 0001 ff",
        replace(BARE, ia_pds=(IaPd(iaid=1),)),
    ),
    (
        "a status message that is no UTF-8",
        "000d 0003 0001 ff",
        replace(BARE, status=DhcpStatus(code=1, message="\ufffd")),
    ),
    (
        "host bits after the prefix length",
        f"0019 0029 {PD} 001a 0019 00000000 00000000 38 20010db8a10000ff0000000000000000",
        replace(
            BARE,
            ia_pds=(
                IaPd(
                    iaid=1,
                    prefixes=(
                        IaPrefix(
                            prefix=IPv6Network("2001:db8:a100::/56"),
                            preferred_lifetime_s=0,
                            valid_lifetime_s=0,
                        ),
                    ),
                ),
            ),
        ),
    ),
    (
        "one IAID for an IA_NA and an IA_PD",
        f"0003 000c {NA} 0019 000c {PD}",
        replace(BARE, ia_nas=(IaNa(iaid=1),), ia_pds=(IaPd(iaid=1),)),
    ),
)


@pytest.mark.rfc("8415 §16")
@pytest.mark.parametrize(
    ("options", "message"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
def test_what_we_would_not_send_is_understood(options: str, message: DhcpMessage) -> None:
    assert decode_dhcp_message(bytes.fromhex(HEAD + options)) == message


#: Intent, octets, reason, offset.
MALFORMED: Final = (
    ("nothing", "", _R.TRUNCATED, 0),
    ("three octets", "010000", _R.TRUNCATED, 3),
    ("a relay's message", "0c000000", _R.UNKNOWN_MESSAGE_TYPE, 0),
    ("type 0", "00000000", _R.UNKNOWN_MESSAGE_TYPE, 0),
    ("half an option header", HEAD + "0001 00", _R.TRUNCATED, 7),
    ("an option longer than the message", HEAD + "0063 0002 00", _R.BAD_OPTION_LENGTH, 6),
    ("a DUID of 2 octets", HEAD + "0001 0002 0003", _R.BAD_OPTION_LENGTH, 6),
    ("a DUID of 131 octets", HEAD + "0002 0083" + "00" * 131, _R.BAD_OPTION_LENGTH, 6),
    ("two client identifiers", HEAD + "0001 0003 000301" * 2, _R.DUPLICATE_OPTION, 11),
    ("an option request of 3 octets", HEAD + "0006 0003 000001", _R.BAD_OPTION_LENGTH, 6),
    ("a preference of 2 octets", HEAD + "0007 0002 0000", _R.BAD_OPTION_LENGTH, 6),
    ("an elapsed time of 1 octet", HEAD + "0008 0001 00", _R.BAD_OPTION_LENGTH, 6),
    ("a status of 1 octet", HEAD + "000d 0001 00", _R.BAD_OPTION_LENGTH, 6),
    ("a rapid commit with data", HEAD + "000e 0001 00", _R.BAD_OPTION_LENGTH, 6),
    ("a reconfigure accept with data", HEAD + "0014 0001 00", _R.BAD_OPTION_LENGTH, 6),
    ("a SOL_MAX_RT of 2 octets", HEAD + "0052 0002 0e10", _R.BAD_OPTION_LENGTH, 6),
    ("an IA_PD of 11 octets", HEAD + "0019 000b" + "00" * 11, _R.BAD_OPTION_LENGTH, 6),
    ("an IA_NA of 4 octets", HEAD + "0003 0004 00000001", _R.BAD_OPTION_LENGTH, 6),
    (
        "an IA Prefix of 4 octets",
        HEAD + f"0019 0014 {PD} 001a 0004 00000000",
        _R.BAD_OPTION_LENGTH,
        22,
    ),
    (
        "an IA Address of 4 octets",
        HEAD + f"0003 0014 {NA} 0005 0004 00000000",
        _R.BAD_OPTION_LENGTH,
        22,
    ),
    (
        "an inner option longer than its IA_PD",
        HEAD + f"0019 0010 {PD} 001a 0019 00000000",
        _R.BAD_OPTION_LENGTH,
        22,
    ),
    ("an inner option without length", HEAD + f"0019 000e {PD} 001a 00000000", _R.TRUNCATED, 22),
    (
        "a prefix of 129 bits",
        HEAD + f"0019 0029 {PD} 001a 0019 00000000 00000000 81" + "00" * 16,
        _R.BAD_VALUE,
        32,
    ),
    (
        "a status longer than what its IA Prefix has left",
        HEAD + f"0019 002d {PD} 001a 001d 00000000 00000000 38" + "00" * 16 + "000d 0002",
        _R.BAD_OPTION_LENGTH,
        51,
    ),
    ("two IA_PDs of one IAID", HEAD + f"0019 000c {PD}" * 2, _R.DUPLICATE_OPTION, 24),
    ("two IA_NAs of one IAID", HEAD + f"0003 000c {NA}" * 2, _R.DUPLICATE_OPTION, 24),
    (
        "two statuses in an IA_PD",
        HEAD + f"0019 0018 {PD}" + "000d 0002 0000" * 2,
        _R.DUPLICATE_OPTION,
        26,
    ),
)


@pytest.mark.rfc("8415 §21")
@pytest.mark.parametrize(
    ("octets", "reason", "offset"),
    [row[1:] for row in MALFORMED],
    ids=[row[0] for row in MALFORMED],
)
def test_a_malformed_message_is_refused_with_reason_and_place(
    octets: str, reason: RejectReason, offset: int
) -> None:
    with pytest.raises(DecodeError) as refused:
        decode_dhcp_message(bytes.fromhex(octets))
    assert (refused.value.reason, refused.value.offset) == (reason, offset)
    assert refused.value.section.startswith("RFC 8415 §")


PREFIX: Final = REPLY.ia_pds[0].prefixes[0]
ADDRESS: Final = REPLY.ia_nas[0].addresses[0]

#: The message, what the error says.
UNSENDABLE: Final = (
    (replace(REPLY, transaction_id=1 << 24), "transaction-id"),
    (replace(REPLY, client_duid=b"\0\3"), "DUID"),
    (replace(REPLY, server_duid=bytes(131)), "DUID"),
    (replace(REPLY, preference=256), "PREFERENCE"),
    (replace(REPLY, elapsed_time_cs=1 << 16), "ELAPSED_TIME"),
    (replace(REPLY, option_request=(1 << 16,)), "requested-option-code"),
    (replace(REPLY, sol_max_rt_s=59), "SOL_MAX_RT"),
    (replace(REPLY, status=DhcpStatus(code=1 << 16)), "status-code"),
    (replace(REPLY, status=DhcpStatus(code=0, message="\ud800")), "UTF-8"),
    (replace(REPLY, status=DhcpStatus(code=0, message="m" * 65534)), "option-len"),
    (replace(REPLY, ia_pds=(IaPd(iaid=1 << 32),)), "IAID"),
    (replace(REPLY, ia_pds=(IaPd(iaid=1, t1_s=-1),)), "T1"),
    (replace(REPLY, ia_nas=(IaNa(iaid=1, t2_s=1 << 32),)), "T2"),
    (replace(REPLY, ia_pds=(IaPd(iaid=1), IaPd(iaid=1))), "one IAID"),
    (replace(REPLY, ia_nas=(IaNa(iaid=1), IaNa(iaid=1))), "one IAID"),
    (
        replace(REPLY, ia_pds=(IaPd(iaid=1, prefixes=(replace(PREFIX, valid_lifetime_s=-1),)),)),
        "valid-lifetime",
    ),
    (
        replace(
            REPLY,
            ia_nas=(IaNa(iaid=1, addresses=(replace(ADDRESS, preferred_lifetime_s=1 << 32),)),),
        ),
        "preferred-lifetime",
    ),
    (replace(REPLY, other_options=(RawDhcpOption(code=25, data=b""),)), "field of its own"),
    (replace(REPLY, other_options=(RawDhcpOption(code=1 << 16, data=b""),)), "option-code"),
)


@pytest.mark.parametrize(("message", "words"), UNSENDABLE)
def test_a_value_without_place_on_the_wire_is_refused(message: DhcpMessage, words: str) -> None:
    with pytest.raises(EncodeError, match=words):
        encode_dhcp_message(message)


def test_nesting_ends_where_values_end() -> None:
    inner = b""
    for _ in range(5000):
        inner = b"\x00\x19" + (12 + len(inner)).to_bytes(2) + b"\0\0\0\1" + bytes(8) + inner
        if len(inner) > 65000:
            break
    message = decode_dhcp_message(b"\x01\0\0\1" + inner)
    assert message.ia_pds == (IaPd(iaid=1),)
