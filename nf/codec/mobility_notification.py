"""Update Notification and its acknowledgement (RFC 7077 §4): octets to values and back."""

from __future__ import annotations

import struct
from typing import Final

from nf.codec import mobility_options as formats
from nf.codec.fields import unsigned
from nf.codec.messages import (
    SequenceNumber,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.mobility_option_area import OptionReader, OptionWriter

_ACKNOWLEDGE = 0x8000
_RETRANSMISSION = 0x4000

_NOTIFICATION = struct.Struct("!6xHHH")
_ACKNOWLEDGEMENT = struct.Struct("!6xHB3x")

#: The octets before the options.
NOTIFICATION_SIZE: Final = _NOTIFICATION.size
ACKNOWLEDGEMENT_SIZE: Final = _ACKNOWLEDGEMENT.size


def decode_notification(packet: bytes, options: OptionReader) -> UpdateNotification:
    """Read an Update Notification: RFC 7077 §4.1.

    +----------+----------+-+-+-----+---------+
    | sequence |  reason  |A|D|  0  | options |
    +----------+----------+-+-+-----+---------+
    """
    sequence_number, reason, flags = _NOTIFICATION.unpack_from(packet)
    return UpdateNotification(
        sequence_number=SequenceNumber(sequence_number),
        reason=reason,
        acknowledge=bool(flags & _ACKNOWLEDGE),
        is_retransmission=bool(flags & _RETRANSMISSION),
        mobile_node_identifier=options.single(formats.MOBILE_NODE_IDENTIFIER),
        home_network_prefixes=options.repeated(formats.HOME_NETWORK_PREFIX),
        unknown_options=options.unknown(),
    )


def encode_notification(message: UpdateNotification) -> bytes:
    """Return an Update Notification with room for its header."""
    sequence_number = unsigned(message.sequence_number, 16, "Sequence #")
    reason = unsigned(message.reason, 16, "Notification Reason")
    flags = message.acknowledge * _ACKNOWLEDGE | message.is_retransmission * _RETRANSMISSION
    return _with_options(_NOTIFICATION.pack(sequence_number, reason, flags), message)


def decode_acknowledgement(
    packet: bytes, options: OptionReader
) -> UpdateNotificationAcknowledgement:
    """Read an Update Notification Acknowledgement: RFC 7077 §4.2.

    +----------+--------+-------------+---------+
    | sequence | status | 0, 3 octets | options |
    +----------+--------+-------------+---------+
    """
    sequence_number, status = _ACKNOWLEDGEMENT.unpack_from(packet)
    return UpdateNotificationAcknowledgement(
        status=status,
        sequence_number=SequenceNumber(sequence_number),
        mobile_node_identifier=options.single(formats.MOBILE_NODE_IDENTIFIER),
        home_network_prefixes=options.repeated(formats.HOME_NETWORK_PREFIX),
        unknown_options=options.unknown(),
    )


def encode_acknowledgement(message: UpdateNotificationAcknowledgement) -> bytes:
    """Return an Update Notification Acknowledgement with room for its header."""
    sequence_number = unsigned(message.sequence_number, 16, "Sequence #")
    status = unsigned(message.status, 8, "Status Code")
    return _with_options(_ACKNOWLEDGEMENT.pack(sequence_number, status), message)


def _with_options(
    fixed_part: bytes, message: UpdateNotification | UpdateNotificationAcknowledgement
) -> bytes:
    """Append the options that both have: those that name a session."""
    writer = OptionWriter(fixed_part)
    writer.single(formats.MOBILE_NODE_IDENTIFIER, message.mobile_node_identifier)
    writer.repeated(formats.HOME_NETWORK_PREFIX, message.home_network_prefixes)
    writer.unknown(message.unknown_options)
    return writer.octets()
