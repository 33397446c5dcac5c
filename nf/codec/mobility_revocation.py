"""The two Binding Revocation messages (RFC 5846 §5): octets to values and back."""

from __future__ import annotations

import struct
from typing import Final

from nf.codec import mobility_options as formats
from nf.codec.errors import DecodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    SequenceNumber,
)
from nf.codec.mobility_option_area import OptionReader, OptionWriter
from nf.codec.registry import RevocationType

_PROXY_BINDING = 0x8000
_IPV4_HOME_ADDRESS_ONLY = 0x4000
_GLOBAL = 0x2000

_REVOCATION = struct.Struct("!6xBBHH")
_TYPE_AT = 6

#: The octets before the options.
REVOCATION_SIZE: Final = _REVOCATION.size

BindingRevocation = BindingRevocationIndication | BindingRevocationAcknowledgement


def decode_revocation(packet: bytes, options: OptionReader) -> BindingRevocation:
    """Read the Binding Revocation message that the type octet tells: RFC 5846 §5.

    +--------+-------------------+----------+-+-+-+-----+---------+
    |  type  | trigger or status | sequence |P|V|G|  0  | options |
    +--------+-------------------+----------+-+-+-+-----+---------+
    """
    if packet[_TYPE_AT] == RevocationType.INDICATION:
        return _decode_indication(packet, options)
    if packet[_TYPE_AT] == RevocationType.ACKNOWLEDGEMENT:
        return _decode_acknowledgement(packet, options)
    raise DecodeError(
        RejectReason.BAD_VALUE, offset=_TYPE_AT, field="B.R. Type", section="RFC 5846 §5"
    )


def encode_indication(message: BindingRevocationIndication) -> bytes:
    """Return a Binding Revocation Indication with room for its header: RFC 5846 §5.1."""
    trigger = unsigned(message.trigger, 8, "Revocation Trigger")
    writer = _writer(RevocationType.INDICATION, trigger, message)
    writer.single(formats.ALTERNATE_CARE_OF_ADDRESS, message.alternate_care_of_address)
    writer.unknown(message.unknown_options)
    return writer.octets()


def encode_acknowledgement(message: BindingRevocationAcknowledgement) -> bytes:
    """Return a Binding Revocation Acknowledgement with room for its header: RFC 5846 §5.2."""
    status = unsigned(message.status, 8, "Status")
    writer = _writer(RevocationType.ACKNOWLEDGEMENT, status, message)
    writer.unknown(message.unknown_options)
    return writer.octets()


def _decode_indication(packet: bytes, options: OptionReader) -> BindingRevocationIndication:
    _, trigger, sequence_number, flags = _REVOCATION.unpack_from(packet)
    return BindingRevocationIndication(
        trigger=trigger,
        sequence_number=SequenceNumber(sequence_number),
        proxy_binding=bool(flags & _PROXY_BINDING),
        ipv4_home_address_only=bool(flags & _IPV4_HOME_ADDRESS_ONLY),
        is_global=bool(flags & _GLOBAL),
        mobile_node_identifier=options.single(formats.MOBILE_NODE_IDENTIFIER),
        home_network_prefixes=options.repeated(formats.HOME_NETWORK_PREFIX),
        alternate_care_of_address=options.single(formats.ALTERNATE_CARE_OF_ADDRESS),
        unknown_options=options.unknown(),
    )


def _decode_acknowledgement(
    packet: bytes, options: OptionReader
) -> BindingRevocationAcknowledgement:
    _, status, sequence_number, flags = _REVOCATION.unpack_from(packet)
    return BindingRevocationAcknowledgement(
        status=status,
        sequence_number=SequenceNumber(sequence_number),
        proxy_binding=bool(flags & _PROXY_BINDING),
        ipv4_home_address_only=bool(flags & _IPV4_HOME_ADDRESS_ONLY),
        is_global=bool(flags & _GLOBAL),
        mobile_node_identifier=options.single(formats.MOBILE_NODE_IDENTIFIER),
        home_network_prefixes=options.repeated(formats.HOME_NETWORK_PREFIX),
        unknown_options=options.unknown(),
    )


def _writer(
    kind: RevocationType, trigger_or_status: int, message: BindingRevocation
) -> OptionWriter:
    """Begin a message with what both have: the fixed part and the options that name bindings."""
    flags = (
        message.proxy_binding * _PROXY_BINDING
        | message.ipv4_home_address_only * _IPV4_HOME_ADDRESS_ONLY
        | message.is_global * _GLOBAL
    )
    sequence_number = unsigned(message.sequence_number, 16, "Sequence #")
    writer = OptionWriter(_REVOCATION.pack(kind, trigger_or_status, sequence_number, flags))
    writer.single(formats.MOBILE_NODE_IDENTIFIER, message.mobile_node_identifier)
    writer.repeated(formats.HOME_NETWORK_PREFIX, message.home_network_prefixes)
    return writer
