"""The options area of a DHCPv6 message, and of an option that holds options: code, length, data.

What an option means stands in ``dhcpv6_options``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from nf.codec.dhcpv6_messages import RawDhcpOption
from nf.codec.errors import DecodeError, RejectReason
from nf.codec.fields import unsigned

T = TypeVar("T")

_HEADER = struct.Struct("!HH")


class DhcpOptionCode(IntEnum):
    """Options that have a field of their own in our values (RFC 8415 §21)."""

    CLIENTID = 1
    SERVERID = 2
    IA_NA = 3
    IAADDR = 5
    ORO = 6
    PREFERENCE = 7
    ELAPSED_TIME = 8
    STATUS_CODE = 13
    RAPID_COMMIT = 14
    RECONF_ACCEPT = 20
    IA_PD = 25
    IAPREFIX = 26
    SOL_MAX_RT = 82


class DhcpOptionReader:
    """The options between two offsets of a message, taken out by code.

    +--------------+--------------+-----------------------+
    |     code     |    length    |  data, length octets  |
    +--------------+--------------+-----------------------+

    Reading functions get the message and the two offsets between which an option's data stand, so
    that nothing is copied and errors tell offsets of the message at every depth.
    """

    __slots__ = ("_found", "_octets")

    def __init__(self, octets: bytes, start: int, end: int) -> None:
        self._octets = octets
        self._found: dict[int, list[tuple[int, int]]] = {}
        at = start
        while at < end:
            data_at = at + _HEADER.size
            if data_at > end:
                raise dhcp_error(RejectReason.TRUNCATED, end, "option-len", "21.1")
            code, length = _HEADER.unpack_from(octets, at)
            if data_at + length > end:
                raise dhcp_error(RejectReason.BAD_OPTION_LENGTH, at + 2, "option-len", "21.1")
            at = data_at + length
            self._found.setdefault(code, []).append((data_at, at))

    def single(self, code: int, read: Callable[[bytes, int, int], T]) -> T | None:
        """Take an option that may appear once, None where it is absent (RFC 8415 §21)."""
        found = self._found.pop(code, None)
        if found is None:
            return None
        if len(found) > 1:
            at = found[1][0] - _HEADER.size
            raise dhcp_error(RejectReason.DUPLICATE_OPTION, at, "option-code", "21")
        return read(self._octets, *found[0])

    def repeated(self, code: DhcpOptionCode, read: Callable[[bytes, int, int], T]) -> tuple[T, ...]:
        """Take an option that may appear often, in the order of the message."""
        return tuple([read(self._octets, *span) for span in self._found.pop(code, ())])

    def others(self) -> tuple[RawDhcpOption, ...]:
        """Return the options that were not taken, in the order of the message."""
        left = sorted((span, code) for code, spans in self._found.items() for span in spans)
        return tuple(
            [RawDhcpOption(code=code, data=self._octets[at:end]) for (at, end), code in left]
        )


def write_option(code: int, data: bytes) -> bytes:
    """Return an option's octets; EncodeError for more than 65535 octets of data."""
    return (
        _HEADER.pack(unsigned(code, 16, "option-code"), unsigned(len(data), 16, "option-len"))
        + data
    )


def dhcp_error(reason: RejectReason, offset: int, field: str, section: str) -> DecodeError:
    """Return the error of a broken rule of RFC 8415."""
    return DecodeError(reason, offset=offset, field=field, section=f"RFC 8415 §{section}")
