"""The codec's faults: what could not be read, and what must not be written."""

from __future__ import annotations

from enum import Enum


class RejectReason(Enum):
    """Why a packet was refused; the words of statistics, journal and YANG."""

    TRUNCATED = "truncated"
    BAD_CHECKSUM = "bad-checksum"
    BAD_PAYLOAD_PROTOCOL = "bad-payload-protocol"
    BAD_HEADER_LENGTH = "bad-header-length"
    UNKNOWN_MESSAGE_TYPE = "unknown-message-type"
    BAD_OPTION_LENGTH = "bad-option-length"
    DUPLICATE_OPTION = "duplicate-option"
    BAD_VALUE = "bad-value"


class CodecError(Exception):
    """Anything that the codec refuses."""


class DecodeError(CodecError):
    """Bytes that are no valid message.

    ``offset`` counts octets from the start of the message; ``field`` is the field's name in the
    RFC's figure; ``section`` names the RFC and section whose rule is broken.
    """

    def __init__(self, reason: RejectReason, *, offset: int, field: str, section: str) -> None:
        super().__init__(f"{reason.value} at octet {offset}, {field} ({section})")
        self.reason = reason
        self.offset = offset
        self.field = field
        self.section = section


class EncodeError(CodecError):
    """A value that has no place on the wire, such as a lifetime that is no multiple of its unit."""
