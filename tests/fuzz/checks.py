"""What must hold for any octets, decoder by decoder; a breach raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_relay import decode_relay_message, encode_relay_message
from nf.codec.errors import DecodeError, EncodeError
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from nf.codec.ndisc import (
    decode_router_advertisement,
    decode_router_solicitation,
    encode_router_advertisement,
)

T = TypeVar("T")


def check_mobility(octets: bytes) -> None:
    """Decode a Mobility Header; what comes out survives the wire."""
    message = _decoded(decode_mobility_message, octets)
    if message is not None:
        assert decode_mobility_message(encode_mobility_message(message)) == message


def check_dhcpv6(octets: bytes) -> None:
    """Decode a DHCPv6 message; what comes out survives the wire."""
    message = _decoded(decode_dhcp_message, octets)
    if message is not None:
        assert decode_dhcp_message(encode_dhcp_message(message)) == message


def check_dhcpv6_relay(octets: bytes) -> None:
    """Decode a relay agent's message; what comes out survives the wire."""
    message = _decoded(decode_relay_message, octets)
    if message is not None:
        assert decode_relay_message(encode_relay_message(message)) == message


def check_router_solicitation(octets: bytes) -> None:
    """Decode a Router Solicitation."""
    _decoded(decode_router_solicitation, octets)


def check_router_advertisement(octets: bytes) -> None:
    """Decode a Router Advertisement; what comes out survives the wire.

    Except where a prefix is preferred for longer than it is valid: we read that, but do not send
    it (RFC 4861 §4.6.2).
    """
    message = _decoded(decode_router_advertisement, octets)
    if message is None:
        return
    is_sendable = all(
        each.preferred_lifetime_s <= each.valid_lifetime_s for each in message.prefixes
    )
    try:
        sent = encode_router_advertisement(message)
    except EncodeError:
        assert not is_sendable
    else:
        assert decode_router_advertisement(sent) == message


def _decoded(decode: Callable[[bytes], T], octets: bytes) -> T | None:
    """Return the value of octets; None where they are refused at a place that exists."""
    try:
        return decode(octets)
    except DecodeError as refused:
        assert 0 <= refused.offset <= len(octets)
        return None


CHECKS: Final[dict[str, Callable[[bytes], None]]] = {
    "mobility": check_mobility,
    "dhcpv6": check_dhcpv6,
    "dhcpv6-relay": check_dhcpv6_relay,
    "router-solicitation": check_router_solicitation,
    "router-advertisement": check_router_advertisement,
}
