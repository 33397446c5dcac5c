"""The options by which an LMA sends a MAG to another one and tells its load: RFC 6463 §4."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address
from typing import Final

from nf.codec.errors import DecodeError, RejectReason
from nf.codec.fields import unsigned
from nf.codec.messages import LoadInformation
from nf.codec.mobility_option_area import Alignment, OptionFormat
from nf.codec.registry import OptionType

#: RFC 6463's K: an IPv6 address follows.
IPV6_FLAG: Final = 0x80
#: RFC 6463's N: an IPv4 address follows.
IPV4_FLAG: Final = 0x40

_CAPABILITY_LENGTH = 2
_REDIRECT = struct.Struct("!Bx16s")
_IPV4_LENGTH = 6
_LOAD = struct.Struct("!HLLLL")


def _read_capability(_data: bytes, _at: int) -> bool:
    """Read an option that says all by being there: its two octets are reserved."""
    return True


def _write_capability(_capability: bool) -> bytes:
    return bytes(_CAPABILITY_LENGTH)


def _is_no_ipv4_redirect(data: bytes) -> bool:
    """Tell whether an option is no redirect to an IPv4 address, which concerns other transports.

    RFC 6463 §4.2: the address is of the family by which MAG and LMA speak; ours is IPv6.
    """
    return len(data) != _IPV4_LENGTH or data[0] & (IPV6_FLAG | IPV4_FLAG) != IPV4_FLAG


def _read_redirect(data: bytes, at: int) -> IPv6Address:
    """Read the address of another LMA: exactly one of K and N is set, and agrees with the length.

    +-+-+-------+---------------------------+
    |K|N|   0   |  address, 4 or 16 octets  |
    +-+-+-------+---------------------------+
    """
    flags = data[0] & (IPV6_FLAG | IPV4_FLAG)
    if flags != IPV6_FLAG or len(data) != _REDIRECT.size:
        reason = RejectReason.BAD_OPTION_LENGTH
        raise DecodeError(reason, offset=at - 1, field="Option Length", section="RFC 6463 §4.2")
    _, address = _REDIRECT.unpack(data)
    return IPv6Address(address)


def _write_redirect(address: IPv6Address) -> bytes:
    return _REDIRECT.pack(IPV6_FLAG, address.packed)


def _read_load_information(data: bytes, _at: int) -> LoadInformation:
    """Read how much of an LMA is in use.

    +----------+---------------+--------------+---------------+------------------+
    | priority | sessions used | sessions max | capacity used | capacity maximum |
    +----------+---------------+--------------+---------------+------------------+
    """
    priority, sessions_in_use, maximum_sessions, used, maximum = _LOAD.unpack(data)
    return LoadInformation(
        priority=priority,
        sessions_in_use=sessions_in_use,
        maximum_sessions=maximum_sessions,
        used_capacity=used,
        maximum_capacity=maximum,
    )


def _write_load_information(load: LoadInformation) -> bytes:
    return _LOAD.pack(
        unsigned(load.priority, 16, "Priority"),
        unsigned(load.sessions_in_use, 32, "Sessions in Use"),
        unsigned(load.maximum_sessions, 32, "Maximum Sessions"),
        unsigned(load.used_capacity, 32, "Used Capacity"),
        unsigned(load.maximum_capacity, 32, "Maximum Capacity"),
    )


REDIRECT_CAPABILITY: Final[OptionFormat[bool]] = OptionFormat(
    type=OptionType.REDIRECT_CAPABILITY,
    section="RFC 6463 §4.1",
    lengths=(_CAPABILITY_LENGTH,),
    alignment=Alignment(4, 0),
    read=_read_capability,
    write=_write_capability,
)
REDIRECT: Final[OptionFormat[IPv6Address]] = OptionFormat(
    type=OptionType.REDIRECT,
    section="RFC 6463 §4.2",
    lengths=(_IPV4_LENGTH, _REDIRECT.size),
    alignment=Alignment(4, 0),
    read=_read_redirect,
    write=_write_redirect,
    is_ours=_is_no_ipv4_redirect,
)
LOAD_INFORMATION: Final[OptionFormat[LoadInformation]] = OptionFormat(
    type=OptionType.LOAD_INFORMATION,
    section="RFC 6463 §4.3",
    lengths=(_LOAD.size,),
    alignment=Alignment(4, 0),
    read=_read_load_information,
    write=_write_load_information,
)
