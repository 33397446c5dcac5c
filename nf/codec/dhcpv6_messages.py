"""DHCPv6 messages between client and server as values (RFC 8415 §8, §21); octets are ``dhcpv6``'s.

An absent option is None or an empty tuple; options without a field of their own are kept raw, so
that a relay can pass them on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv6Address, IPv6Network
from typing import Final

#: A lifetime that never ends (RFC 8415 §7.7).
INFINITY: Final = 0xFFFFFFFF


class DhcpMessageType(IntEnum):
    """Message types of RFC 8415 §7.3."""

    SOLICIT = 1
    ADVERTISE = 2
    REQUEST = 3
    CONFIRM = 4
    RENEW = 5
    REBIND = 6
    REPLY = 7
    RELEASE = 8
    DECLINE = 9
    RECONFIGURE = 10
    INFORMATION_REQUEST = 11


class DhcpStatusCode(IntEnum):
    """Status codes of RFC 8415 §21.13."""

    SUCCESS = 0
    UNSPEC_FAIL = 1
    NO_ADDRS_AVAIL = 2
    NO_BINDING = 3
    NOT_ON_LINK = 4
    USE_MULTICAST = 5
    NO_PREFIX_AVAIL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpStatus:
    """A Status Code option (RFC 8415 §21.13); ``code`` is one of DhcpStatusCode."""

    code: int
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDhcpOption:
    """An option that passes through unread."""

    code: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IaPrefix:
    """An IA Prefix option (RFC 8415 §21.22); ``::/N`` is a wish for a length."""

    prefix: IPv6Network
    preferred_lifetime_s: int
    valid_lifetime_s: int
    status: DhcpStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IaPd:
    """An Identity Association for Prefix Delegation (RFC 8415 §21.21)."""

    iaid: int
    t1_s: int = 0
    t2_s: int = 0
    prefixes: tuple[IaPrefix, ...] = ()
    status: DhcpStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IaAddress:
    """An IA Address option (RFC 8415 §21.6)."""

    address: IPv6Address
    preferred_lifetime_s: int
    valid_lifetime_s: int
    status: DhcpStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IaNa:
    """An Identity Association for Non-temporary Addresses (RFC 8415 §21.4)."""

    iaid: int
    t1_s: int = 0
    t2_s: int = 0
    addresses: tuple[IaAddress, ...] = ()
    status: DhcpStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpMessage:
    """A client or server message (RFC 8415 §8)."""

    message_type: DhcpMessageType
    transaction_id: int
    client_duid: bytes | None = None
    server_duid: bytes | None = None
    ia_pds: tuple[IaPd, ...] = ()
    ia_nas: tuple[IaNa, ...] = ()
    option_request: tuple[int, ...] = ()
    elapsed_time_cs: int | None = None
    preference: int | None = None
    status: DhcpStatus | None = None
    rapid_commit: bool = False
    reconfigure_accept: bool = False
    #: SOL_MAX_RT, in seconds (RFC 8415 §21.24).
    sol_max_rt_s: int | None = None
    other_options: tuple[RawDhcpOption, ...] = ()
