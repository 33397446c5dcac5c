"""Router discovery messages: ICMPv6 octets to values and back (RFC 4861 §4.1, §4.2).

Checks of the IP header (hop limit, addresses) and of the checksum belong to those who see them:
driver and kernel. The checksum is sent as zero for the kernel to fill in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import ipv6_network, unsigned
from nf.codec.ndisc_messages import PrefixInformation, RouterAdvertisement, RouterSolicitation

#: ICMPv6 types (RFC 4861 §4.1, §4.2).
ROUTER_SOLICITATION: Final = 133
ROUTER_ADVERTISEMENT: Final = 134

_SOURCE_LINK_LAYER_ADDRESS = 1
_PREFIX_INFORMATION = 3
_MTU = 5

_MANAGED = 0x80
_OTHER_CONFIGURATION = 0x40
_ON_LINK = 0x80
_AUTONOMOUS = 0x40

_SOLICITATION_SIZE = 8
_ADVERTISEMENT = struct.Struct("!BBxxBBHII")
_PREFIX_OPTION = struct.Struct("!BBBBII4x16s")
_PREFIX_LENGTH_AT = 2
_MTU_OPTION = struct.Struct("!BBxxI")
#: The unit of an option's length, which counts type and length too.
_UNIT = 8
_OPTION_HEADER_SIZE = 2


def decode_router_solicitation(icmpv6: bytes) -> RouterSolicitation:
    """Return the Router Solicitation of an ICMPv6 message.

    +-------+-------+------------+-------------+-----------+
    |  133  |   0   |  checksum  |  reserved   |  options  |
    +-------+-------+------------+-------------+-----------+

    RFC 4861 §6.1.1: length, code and option lengths are checked; options that do not belong here
    are ignored. Of several source link-layer addresses the first counts.

    Raises DecodeError, whatever the octets are, and nothing else.
    """
    _check_header(icmpv6, ROUTER_SOLICITATION, _SOLICITATION_SIZE, "RFC 4861 §6.1.1")
    options = list(_options(icmpv6, _SOLICITATION_SIZE))
    return RouterSolicitation(source_link_layer_address=_link_layer_address(options))


def decode_router_advertisement(icmpv6: bytes) -> RouterAdvertisement:
    """Return the Router Advertisement of an ICMPv6 message.

    +-------+-------+------------+-----+-----+---+--------+-----------+---------+---------+
    |  134  |   0   |  checksum  | hop | M O | 0 | router | reachable | retrans | options |
    +-------+-------+------------+-----+-----+---+--------+-----------+---------+---------+

    RFC 4861 §6.1.2: length, code and option lengths are checked; options that do not belong here
    are ignored. Of several source link-layer addresses or MTUs the first counts.

    Raises DecodeError, whatever the octets are, and nothing else.
    """
    _check_header(icmpv6, ROUTER_ADVERTISEMENT, _ADVERTISEMENT.size, "RFC 4861 §6.1.2")
    _, _, hop_limit, flags, lifetime, reachable, retransmit = _ADVERTISEMENT.unpack_from(icmpv6)
    options = list(_options(icmpv6, _ADVERTISEMENT.size))
    mtus = [_read_mtu(at, data) for at, kind, data in options if kind == _MTU]
    return RouterAdvertisement(
        router_lifetime_s=lifetime,
        current_hop_limit=hop_limit,
        managed=bool(flags & _MANAGED),
        other_configuration=bool(flags & _OTHER_CONFIGURATION),
        reachable_time_ms=reachable,
        retransmit_timer_ms=retransmit,
        source_link_layer_address=_link_layer_address(options),
        mtu=mtus[0] if mtus else None,
        prefixes=tuple(
            [_read_prefix(at, data) for at, kind, data in options if kind == _PREFIX_INFORMATION]
        ),
    )


def encode_router_advertisement(ra: RouterAdvertisement) -> bytes:
    """Return an advertisement's ICMPv6 octets, its checksum zero.

    Raises EncodeError for a value that has no place on the wire, among them a link-layer address
    that does not fill its option to a multiple of 8 octets, and a preferred lifetime that exceeds
    the valid one (RFC 4861 §4.6.2).
    """
    flags = ra.managed * _MANAGED | ra.other_configuration * _OTHER_CONFIGURATION
    fixed = _ADVERTISEMENT.pack(
        ROUTER_ADVERTISEMENT,
        0,
        unsigned(ra.current_hop_limit, 8, "Cur Hop Limit"),
        flags,
        unsigned(ra.router_lifetime_s, 16, "Router Lifetime"),
        unsigned(ra.reachable_time_ms, 32, "Reachable Time"),
        unsigned(ra.retransmit_timer_ms, 32, "Retrans Timer"),
    )
    return b"".join(
        (
            fixed,
            _write_link_layer_address(ra.source_link_layer_address),
            _write_mtu(ra.mtu),
            *(_write_prefix(prefix) for prefix in ra.prefixes),
        )
    )


def _check_header(icmpv6: bytes, icmp_type: int, size: int, section: str) -> None:
    if not icmpv6:
        raise _error(RejectReason.TRUNCATED, 0, "Type", section)
    if icmpv6[0] != icmp_type:
        raise _error(RejectReason.UNKNOWN_MESSAGE_TYPE, 0, "Type", section)
    if len(icmpv6) < size:
        raise _error(RejectReason.TRUNCATED, len(icmpv6), "ICMP length", section)
    if icmpv6[1]:
        raise _error(RejectReason.BAD_VALUE, 1, "Code", section)


def _options(icmpv6: bytes, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset, type and all octets of each option.

    +--------+-----------------+------------+
    |  type  | length / 8      |  data      |
    +--------+-----------------+------------+
    """
    at = start
    while at < len(icmpv6):
        if at + _OPTION_HEADER_SIZE > len(icmpv6):
            raise _error(RejectReason.TRUNCATED, len(icmpv6), "Length", "RFC 4861 §4.6")
        after = at + icmpv6[at + 1] * _UNIT
        if after == at or after > len(icmpv6):
            raise _error(RejectReason.BAD_OPTION_LENGTH, at + 1, "Length", "RFC 4861 §4.6")
        yield at, icmpv6[at], icmpv6[at:after]
        at = after


def _link_layer_address(options: list[tuple[int, int, bytes]]) -> bytes | None:
    """Return the first source link-layer address: RFC 4861 §4.6.1."""
    for _, kind, data in options:
        if kind == _SOURCE_LINK_LAYER_ADDRESS:
            return data[_OPTION_HEADER_SIZE:]
    return None


def _write_link_layer_address(address: bytes | None) -> bytes:
    if address is None:
        return b""
    units, rest = divmod(_OPTION_HEADER_SIZE + len(address), _UNIT)
    if rest:
        raise EncodeError(f"a link-layer address of {len(address)} octets fills no option")
    return bytes((_SOURCE_LINK_LAYER_ADDRESS, unsigned(units, 8, "Length"))) + address


def _read_mtu(at: int, data: bytes) -> int:
    """Read an MTU option: RFC 4861 §4.6.4.

    +-----+-----+---------+----------+
    |  5  |  1  |  0, 0   |  MTU, 4  |
    +-----+-----+---------+----------+
    """
    _check_size(_MTU_OPTION, at, data, "RFC 4861 §4.6.4")
    return int(_MTU_OPTION.unpack(data)[2])


def _write_mtu(mtu: int | None) -> bytes:
    if mtu is None:
        return b""
    return _MTU_OPTION.pack(_MTU, _MTU_OPTION.size // _UNIT, unsigned(mtu, 32, "MTU"))


def _read_prefix(at: int, data: bytes) -> PrefixInformation:
    """Read a Prefix Information option: RFC 4861 §4.6.2; bits after the length are ignored.

    +-----+-----+------+-----+---------+-------------+---+--------------+
    |  3  |  4  | bits | L A |  valid  |  preferred  | 0 |  prefix, 16  |
    +-----+-----+------+-----+---------+-------------+---+--------------+
    """
    section = "RFC 4861 §4.6.2"
    _check_size(_PREFIX_OPTION, at, data, section)
    _, _, length, flags, valid, preferred, prefix = _PREFIX_OPTION.unpack(data)
    return PrefixInformation(
        prefix=ipv6_network(
            bytes((length,)) + prefix, offset=at + _PREFIX_LENGTH_AT, section=section
        ),
        valid_lifetime_s=valid,
        preferred_lifetime_s=preferred,
        on_link=bool(flags & _ON_LINK),
        autonomous=bool(flags & _AUTONOMOUS),
    )


def _write_prefix(option: PrefixInformation) -> bytes:
    if option.preferred_lifetime_s > option.valid_lifetime_s:
        raise EncodeError(f"{option.prefix}: Preferred Lifetime exceeds Valid Lifetime")
    return _PREFIX_OPTION.pack(
        _PREFIX_INFORMATION,
        _PREFIX_OPTION.size // _UNIT,
        option.prefix.prefixlen,
        option.on_link * _ON_LINK | option.autonomous * _AUTONOMOUS,
        unsigned(option.valid_lifetime_s, 32, "Valid Lifetime"),
        unsigned(option.preferred_lifetime_s, 32, "Preferred Lifetime"),
        option.prefix.network_address.packed,
    )


def _check_size(form: struct.Struct, at: int, data: bytes, section: str) -> None:
    if len(data) != form.size:
        raise _error(RejectReason.BAD_OPTION_LENGTH, at + 1, "Length", section)


def _error(reason: RejectReason, offset: int, field: str, section: str) -> DecodeError:
    return DecodeError(reason, offset=offset, field=field, section=section)
