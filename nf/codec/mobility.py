"""Mobility Header messages (RFC 6275 §6.1): octets to values and back.

Only the shape is judged here. Whether a message may be believed is the engine's affair; the
checksum is the kernel's, which fills it in and drops packets where it is wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final, TypeAlias

from nf.codec import mobility_notification as notification
from nf.codec import mobility_options as formats
from nf.codec import mobility_revocation as revocation
from nf.codec.checksum import upper_layer_checksum
from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import (
    BindingError,
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    Heartbeat,
    MobilityMessage,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
    UpdateNotification,
)
from nf.codec.mobility_controlled_parameters import LMA_CONTROLLED_PARAMETERS
from nf.codec.mobility_heartbeat import HEARTBEAT_SIZE, decode_heartbeat, encode_heartbeat
from nf.codec.mobility_option_area import OptionReader, OptionWriter
from nf.codec.mobility_option_fields import OptionField, OptionFields
from nf.codec.mobility_redirect_options import LOAD_INFORMATION, REDIRECT, REDIRECT_CAPABILITY
from nf.codec.registry import MessageType

#: The IPv6 Next Header value of the Mobility Header (RFC 6275 §6.1).
NEXT_HEADER: Final = 135
#: IPPROTO_NONE: nothing follows the Mobility Header (RFC 6275 §6.1.1).
NO_NEXT_HEADER: Final = 59
#: Lifetimes count units of 4 seconds (RFC 6275 §6.1.7).
LIFETIME_UNIT_S: Final = 4

# Flags of a Proxy Binding Update (RFC 5213 §8.1, RFC 3963 §4.1).
_UPDATE_ACKNOWLEDGE = 0x8000
_UPDATE_HOME_REGISTRATION = 0x4000
_UPDATE_MOBILE_ROUTER = 0x0400
_UPDATE_PROXY_REGISTRATION = 0x0200
# Flags of a Proxy Binding Acknowledgement (RFC 5213 §8.2, RFC 3963 §4.2).
_ACKNOWLEDGEMENT_MOBILE_ROUTER = 0x40
_ACKNOWLEDGEMENT_PROXY_REGISTRATION = 0x20

_HEADER = struct.Struct("!BBB3x")
_UPDATE = struct.Struct("!6xHHH")
_ACKNOWLEDGEMENT = struct.Struct("!6xBBHH")
_BINDING_ERROR = struct.Struct("!6xBx16s")
_CHECKSUM = slice(4, 6)
#: The unit of Header Len, which does not count the first of them.
_UNIT = 8

#: Takes a packet and where its options end.
_Decoder: TypeAlias = Callable[[bytes, int], MobilityMessage]


def decode_mobility_message(packet: bytes) -> MobilityMessage:
    """Return the message of a packet that begins at its Mobility Header.

    +-------+--------+------+---+----------+------------------+
    |  59   | length | type | 0 | checksum |  message data    |
    +-------+--------+------+---+----------+------------------+

    RFC 6275 §9.2: type, payload protocol and header length are checked in this order; the type
    comes first since it decides which length is too short. Octets after the header are ignored:
    nothing follows a header that names no next one (RFC 8200 §4.7).

    Raises DecodeError, whatever the octets are, and nothing else.
    """
    if len(packet) < _UNIT:
        raise _error(RejectReason.TRUNCATED, len(packet), "Mobility Header", "RFC 6275 §6.1.1")
    payload_protocol, length, message_type = packet[:3]
    known = _DECODERS.get(message_type)
    if known is None:
        raise _error(RejectReason.UNKNOWN_MESSAGE_TYPE, 2, "MH Type", "RFC 6275 §9.2")
    if payload_protocol != NO_NEXT_HEADER:
        raise _error(RejectReason.BAD_PAYLOAD_PROTOCOL, 0, "Payload Proto", "RFC 6275 §9.2")
    fixed_size, decode = known
    size = (length + 1) * _UNIT
    if size < fixed_size:
        raise _error(RejectReason.BAD_HEADER_LENGTH, 1, "Header Len", "RFC 6275 §9.2")
    if size > len(packet):
        raise _error(RejectReason.TRUNCATED, len(packet), "Message Data", "RFC 6275 §6.1.1")
    return decode(packet, size)


def encode_mobility_message(message: MobilityMessage) -> bytes:
    """Return a message's octets, its checksum zero for the kernel to fill in.

    Options stand in one order: identifier (RFC 4283 §3.2 wants it early), home network prefixes,
    handoff indicator, access technology, timestamp, link-layer identifier, link-local address,
    mobile network prefixes, delegated ones, alternate care-of address, those of RFC 6463 and of
    RFC 8127, then unknown ones.

    Raises EncodeError for a value that has no place on the wire.
    """
    return _with_header(*_encode(message))


def checksum(source: IPv6Address, destination: IPv6Address, packet: bytes) -> int:
    """Return the checksum of a Mobility Header, whatever stands in its checksum field.

    RFC 6275 §6.1.1: over the pseudo-header with next header 135 and the whole Mobility Header.
    """
    zeroed = packet[: _CHECKSUM.start] + bytes(2) + packet[_CHECKSUM.stop :]
    return upper_layer_checksum(source, destination, NEXT_HEADER, zeroed)


def _encode(message: MobilityMessage) -> tuple[MessageType, bytes]:
    """Return a message's type, and its octets with room for the header."""
    match message:
        case ProxyBindingUpdate():
            return MessageType.BINDING_UPDATE, _encode_update(message)
        case ProxyBindingAcknowledgement():
            return MessageType.BINDING_ACKNOWLEDGEMENT, _encode_acknowledgement(message)
        case BindingError():
            return MessageType.BINDING_ERROR, _encode_binding_error(message)
        case Heartbeat():
            return MessageType.HEARTBEAT, encode_heartbeat(message)
        case BindingRevocationIndication():
            return MessageType.BINDING_REVOCATION, revocation.encode_indication(message)
        case BindingRevocationAcknowledgement():
            return MessageType.BINDING_REVOCATION, revocation.encode_acknowledgement(message)
        case UpdateNotification():
            return MessageType.UPDATE_NOTIFICATION, notification.encode_notification(message)
    octets = notification.encode_acknowledgement(message)
    return MessageType.UPDATE_NOTIFICATION_ACKNOWLEDGEMENT, octets


def _decode_update(packet: bytes, end: int) -> ProxyBindingUpdate:
    """Read a (Proxy) Binding Update: RFC 5213 §8.1.

    +----------+-------+----------------+---------+
    | sequence | flags | lifetime / 4 s | options |
    +----------+-------+----------------+---------+
    """
    sequence_number, flags, lifetime = _UPDATE.unpack_from(packet)
    return ProxyBindingUpdate(
        sequence_number=SequenceNumber(sequence_number),
        lifetime_s=lifetime * LIFETIME_UNIT_S,
        acknowledge=bool(flags & _UPDATE_ACKNOWLEDGE),
        home_registration=bool(flags & _UPDATE_HOME_REGISTRATION),
        mobile_router=bool(flags & _UPDATE_MOBILE_ROUTER),
        proxy_registration=bool(flags & _UPDATE_PROXY_REGISTRATION),
        **UPDATE_OPTIONS.read(packet, _UPDATE.size, end),
    )


def _encode_update(message: ProxyBindingUpdate) -> bytes:
    flags = (
        message.acknowledge * _UPDATE_ACKNOWLEDGE
        | message.home_registration * _UPDATE_HOME_REGISTRATION
        | message.mobile_router * _UPDATE_MOBILE_ROUTER
        | message.proxy_registration * _UPDATE_PROXY_REGISTRATION
    )
    sequence_number = unsigned(message.sequence_number, 16, "Sequence #")
    writer = OptionWriter(_UPDATE.pack(sequence_number, flags, _lifetime_units(message)))
    UPDATE_OPTIONS.write(writer, message)
    return writer.octets()


def _decode_acknowledgement(packet: bytes, end: int) -> ProxyBindingAcknowledgement:
    """Read a (Proxy) Binding Acknowledgement: RFC 5213 §8.2.

    +--------+-------+----------+----------------+---------+
    | status | flags | sequence | lifetime / 4 s | options |
    +--------+-------+----------+----------------+---------+
    """
    status, flags, sequence_number, lifetime = _ACKNOWLEDGEMENT.unpack_from(packet)
    return ProxyBindingAcknowledgement(
        status=status,
        sequence_number=SequenceNumber(sequence_number),
        lifetime_s=lifetime * LIFETIME_UNIT_S,
        mobile_router=bool(flags & _ACKNOWLEDGEMENT_MOBILE_ROUTER),
        proxy_registration=bool(flags & _ACKNOWLEDGEMENT_PROXY_REGISTRATION),
        **ACKNOWLEDGEMENT_OPTIONS.read(packet, _ACKNOWLEDGEMENT.size, end),
    )


def _encode_acknowledgement(message: ProxyBindingAcknowledgement) -> bytes:
    flags = (
        message.mobile_router * _ACKNOWLEDGEMENT_MOBILE_ROUTER
        | message.proxy_registration * _ACKNOWLEDGEMENT_PROXY_REGISTRATION
    )
    status = unsigned(message.status, 8, "Status")
    sequence_number = unsigned(message.sequence_number, 16, "Sequence #")
    fixed = _ACKNOWLEDGEMENT.pack(status, flags, sequence_number, _lifetime_units(message))
    writer = OptionWriter(fixed)
    ACKNOWLEDGEMENT_OPTIONS.write(writer, message)
    return writer.octets()


def _decode_binding_error(packet: bytes, _options: OptionReader) -> BindingError:
    """Read a Binding Error, which has no options of its own: RFC 6275 §6.1.9.

    +--------+---+--------------------------+---------+
    | status | 0 | home address, 16 octets  | options |
    +--------+---+--------------------------+---------+
    """
    status, home_address = _BINDING_ERROR.unpack_from(packet)
    return BindingError(status=status, home_address=IPv6Address(home_address))


def _encode_binding_error(message: BindingError) -> bytes:
    return _BINDING_ERROR.pack(unsigned(message.status, 8, "Status"), message.home_address.packed)


def _lifetime_units(message: ProxyBindingUpdate | ProxyBindingAcknowledgement) -> int:
    units, rest = divmod(message.lifetime_s, LIFETIME_UNIT_S)
    if rest:
        raise EncodeError(f"Lifetime {message.lifetime_s} s is no multiple of 4 s")
    return unsigned(units, 16, "Lifetime")


def _with_header(message_type: MessageType, octets: bytes) -> bytes:
    """Return a message with its header filled in; ``octets`` leave room for it."""
    length = unsigned(len(octets) // _UNIT - 1, 8, "Header Len")
    return _HEADER.pack(NO_NEXT_HEADER, length, message_type) + octets[_HEADER.size :]


def _error(reason: RejectReason, offset: int, field: str, section: str) -> DecodeError:
    return DecodeError(reason, offset=offset, field=field, section=section)


_COMMON_FIELDS: Final = (
    OptionField("mobile_node_identifier", formats.MOBILE_NODE_IDENTIFIER),
    OptionField("home_network_prefixes", formats.HOME_NETWORK_PREFIX, is_repeated=True),
    OptionField("handoff_indicator", formats.HANDOFF_INDICATOR),
    OptionField("access_technology_type", formats.ACCESS_TECHNOLOGY_TYPE),
    OptionField("timestamp", formats.TIMESTAMP),
    OptionField("mobile_node_link_layer_identifier", formats.MOBILE_NODE_LINK_LAYER_IDENTIFIER),
    OptionField("link_local_address", formats.LINK_LOCAL_ADDRESS),
    OptionField("mobile_network_prefixes", formats.MOBILE_NETWORK_PREFIX, is_repeated=True),
    OptionField(
        "delegated_mobile_network_prefixes",
        formats.DELEGATED_MOBILE_NETWORK_PREFIX,
        is_repeated=True,
    ),
)
UPDATE_OPTIONS: Final = OptionFields(
    *_COMMON_FIELDS,
    OptionField("alternate_care_of_address", formats.ALTERNATE_CARE_OF_ADDRESS),
    OptionField("redirect_capability", REDIRECT_CAPABILITY),
)
ACKNOWLEDGEMENT_OPTIONS: Final = OptionFields(
    *_COMMON_FIELDS,
    OptionField("redirect", REDIRECT),
    OptionField("load_information", LOAD_INFORMATION),
    OptionField("lma_controlled_parameters", LMA_CONTROLLED_PARAMETERS),
)


def _by_reader(
    fixed_size: int, decode: Callable[[bytes, OptionReader], MobilityMessage]
) -> tuple[int, _Decoder]:
    """Return a row of the table below for a message that takes its options out one by one."""
    return fixed_size, lambda packet, end: decode(packet, OptionReader(packet, fixed_size, end))


#: By type: the size of the fixed part, which is the least that Header Len must tell, and the rest.
_DECODERS: Final[dict[int, tuple[int, _Decoder]]] = {
    MessageType.BINDING_UPDATE: (_UPDATE.size, _decode_update),
    MessageType.BINDING_ACKNOWLEDGEMENT: (_ACKNOWLEDGEMENT.size, _decode_acknowledgement),
    MessageType.BINDING_ERROR: _by_reader(_BINDING_ERROR.size, _decode_binding_error),
    MessageType.HEARTBEAT: _by_reader(HEARTBEAT_SIZE, decode_heartbeat),
    MessageType.BINDING_REVOCATION: _by_reader(
        revocation.REVOCATION_SIZE, revocation.decode_revocation
    ),
    MessageType.UPDATE_NOTIFICATION: _by_reader(
        notification.NOTIFICATION_SIZE, notification.decode_notification
    ),
    MessageType.UPDATE_NOTIFICATION_ACKNOWLEDGEMENT: _by_reader(
        notification.ACKNOWLEDGEMENT_SIZE, notification.decode_acknowledgement
    ),
}
