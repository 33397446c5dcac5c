"""DHCPv6 messages between relay agent and server: octets to values and back (RFC 8415 §9).

Only the shape is judged here: whom to believe and how far a message may travel is a relay agent's
affair. What is relayed is not looked into, so depth of nesting costs nothing.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv6Address
from typing import Final

from nf.codec.dhcpv6_option_area import DhcpOptionReader, dhcp_error, write_option
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import unsigned

_HEADER: Final = struct.Struct("!BB16s16s")
_TYPES: Final = {int(message_type): message_type for message_type in RelayMessageType}


class RelayOptionCode(IntEnum):
    """Options that have a field of their own in a relay agent's message."""

    #: The message inside (RFC 8415 §21.10).
    RELAY_MSG = 9
    #: The link of the client (RFC 8415 §21.18).
    INTERFACE_ID = 18
    #: The subscriber (RFC 4580 §2).
    SUBSCRIBER_ID = 38


_CODE = RelayOptionCode
_FIELD_CODES: Final = frozenset(RelayOptionCode)


def decode_relay_message(data: bytes) -> RelayMessage:
    """Return the relay agent's message of a UDP payload.

    +--------+-----------+----------------+----------------+-----------+
    |  type  | hop count | link addr., 16 | peer addr., 16 |  options  |
    +--------+-----------+----------------+----------------+-----------+

    RFC 8415 §9.1, §9.2: there must be a Relay Message option; others that we do not know stay in
    ``other_options``.

    Raises DecodeError, whatever the octets are, and nothing else.
    """
    if not data:
        raise dhcp_error(RejectReason.TRUNCATED, 0, "msg-type", "9")
    message_type = _TYPES.get(data[0])
    if message_type is None:
        raise dhcp_error(RejectReason.UNKNOWN_MESSAGE_TYPE, 0, "msg-type", "9")
    if len(data) < _HEADER.size:
        raise dhcp_error(RejectReason.TRUNCATED, len(data), "peer-address", "9")
    _, hop_count, link_address, peer_address = _HEADER.unpack_from(data)
    found = DhcpOptionReader(data, _HEADER.size, len(data))
    relayed = found.single(_CODE.RELAY_MSG, _octets_between)
    if relayed is None:
        raise dhcp_error(RejectReason.BAD_VALUE, len(data), "relay-message", "9")
    return RelayMessage(
        message_type=message_type,
        hop_count=hop_count,
        link_address=IPv6Address(link_address),
        peer_address=IPv6Address(peer_address),
        relayed=relayed,
        interface_id=found.single(_CODE.INTERFACE_ID, _octets_between),
        subscriber_id=found.single(_CODE.SUBSCRIBER_ID, _read_subscriber_id),
        other_options=found.others(),
    )


def encode_relay_message(message: RelayMessage) -> bytes:
    """Return a message's octets, the relayed message last.

    Raises EncodeError for a value that has no place on the wire, and for an option among
    ``other_options`` that has a field of its own.
    """
    return b"".join(
        (
            _HEADER.pack(
                message.message_type,
                unsigned(message.hop_count, 8, "hop-count"),
                message.link_address.packed,
                message.peer_address.packed,
            ),
            _write_octets(_CODE.INTERFACE_ID, message.interface_id),
            _write_subscriber_id(message.subscriber_id),
            _write_others(message),
            _write_octets(_CODE.RELAY_MSG, message.relayed),
        )
    )


def _octets_between(octets: bytes, start: int, end: int) -> bytes:
    return octets[start:end]


def _read_subscriber_id(octets: bytes, start: int, end: int) -> bytes:
    """Read a Subscriber-ID, of at least one octet: RFC 4580 §2."""
    if start == end:
        raise DecodeError(
            RejectReason.BAD_OPTION_LENGTH,
            offset=start - 2,
            field="option-len",
            section="RFC 4580 §2",
        )
    return octets[start:end]


def _write_subscriber_id(data: bytes | None) -> bytes:
    if data == b"":
        raise EncodeError("a Subscriber-ID has at least one octet")
    return _write_octets(_CODE.SUBSCRIBER_ID, data)


def _write_octets(code: RelayOptionCode, data: bytes | None) -> bytes:
    return b"" if data is None else write_option(code, data)


def _write_others(message: RelayMessage) -> bytes:
    for option in message.other_options:
        if option.code in _FIELD_CODES:
            raise EncodeError(f"option {option.code} has a field of its own")
    return b"".join(write_option(option.code, option.data) for option in message.other_options)
