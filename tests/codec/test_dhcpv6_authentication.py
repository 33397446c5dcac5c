"""What shows a client that a Reconfigure is from its server (RFC 8415 §20.4)."""

from __future__ import annotations

import hashlib

import pytest

from nf.codec.dhcpv6 import decode_dhcp_message
from nf.codec.dhcpv6_authentication import OPTION_AUTH, key_option, reconfigure_key, signed
from nf.codec.messages import MobileNodeIdentifier

KEY = bytes(range(16))
REPLAY = 0x0102030405060708
#: A Reconfigure, but for the Authentication option: client, server, message option.
MESSAGE = bytes.fromhex(
    "0a0000000001000a000300010200000000010002000a000300010200000000ff0013000105"
)


def md5_mac(key: bytes, text: bytes) -> bytes:
    """Return the HMAC-MD5 as RFC 2104 §2 spells it."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.md5(bytes(each ^ 0x36 for each in padded) + text).digest()
    return hashlib.md5(bytes(each ^ 0x5C for each in padded) + inner).digest()


@pytest.mark.rfc("8415 §20.4.1", "8415 §21.11")
def test_a_key_stands_in_an_option_of_its_own_kind() -> None:
    option = key_option(KEY, REPLAY)
    assert option.code == OPTION_AUTH == 11
    assert option.data == bytes.fromhex("030100010203040506070801") + KEY


@pytest.mark.rfc("8415 §20.4.2", "8415 §20.4.3")
def test_a_digest_is_over_the_whole_message_with_zeros_in_its_own_place() -> None:
    octets = signed(MESSAGE, KEY, REPLAY)
    assert octets[:-16] == MESSAGE + bytes.fromhex("000b001c030100010203040506070802")
    assert octets[-16:] == md5_mac(KEY, octets[:-16] + bytes(16))
    assert [each.code for each in decode_dhcp_message(octets).other_options] == [19, OPTION_AUTH]


@pytest.mark.rfc("8415 §20.4.2")
def test_keys_have_128_bits_and_differ_by_secret_node_and_client() -> None:
    whose = [
        (secret, MobileNodeIdentifier(node), duid)
        for secret in (b"1" * 16, b"2" * 16)
        for node, duid in (("a", b"b"), ("ab", b""), ("", b"ab"), ("a", b"c"))
    ]
    keys = [reconfigure_key(*each) for each in whose]
    assert len(set(keys)) == len(whose)
    assert {len(key) for key in keys} == {16}
    assert [reconfigure_key(*each) for each in whose] == keys
