"""The DHCPv6 options that have a field in our values: data to value and value to option.

Options inside an identity association that we do not know are skipped and not kept.
"""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from nf.codec.dhcpv6_messages import DhcpStatus, IaAddress, IaNa, IaPd, IaPrefix
from nf.codec.dhcpv6_option_area import (
    DhcpOptionCode,
    DhcpOptionReader,
    dhcp_error,
    write_option,
)
from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import ipv6_network, unsigned, utf8

_IA = struct.Struct("!III")
_ADDRESS = struct.Struct("!16sII")
_PREFIX = struct.Struct("!IIB16s")
#: Where the prefix length stands in an IA Prefix option.
_PREFIX_LENGTH_AT = 8
_STATUS_CODE_OCTETS = 2
#: A type code of 2 octets and an identifier of 1 to 128 (RFC 8415 §11.1).
_DUID_LENGTHS = range(3, 131)
#: What SOL_MAX_RT may say, in seconds (RFC 8415 §21.24).
_SOL_MAX_RT_S = range(60, 86401)


def read_duid(octets: bytes, start: int, end: int) -> bytes:
    """Read a DUID: RFC 8415 §11.1.

    +------------+--------------------------------+
    |  type, 2   |  identifier, 1 to 128 octets   |
    +------------+--------------------------------+
    """
    if end - start not in _DUID_LENGTHS:
        raise _bad_length(start, "11.1")
    return octets[start:end]


def write_duid(code: DhcpOptionCode, duid: bytes) -> bytes:
    """Return a Client or Server Identifier option (RFC 8415 §21.2, §21.3)."""
    if len(duid) not in _DUID_LENGTHS:
        raise EncodeError(f"a DUID has no {len(duid)} octets")
    return write_option(code, duid)


def read_ia_pd(octets: bytes, start: int, end: int) -> IaPd:
    """Read an IA_PD: RFC 8415 §21.21.

    +--------+------+------+------------------------+
    |  IAID  |  T1  |  T2  |  options: IA Prefix …  |
    +--------+------+------+------------------------+
    """
    options = _options_after(_IA, octets, start, end, "21.21")
    iaid, t1_s, t2_s = _IA.unpack_from(octets, start)
    return IaPd(
        iaid=iaid,
        t1_s=t1_s,
        t2_s=t2_s,
        prefixes=options.repeated(DhcpOptionCode.IAPREFIX, _read_prefix),
        status=options.single(DhcpOptionCode.STATUS_CODE, read_status),
    )


def write_ia_pd(ia: IaPd) -> bytes:
    """Return an IA_PD option."""
    inner = b"".join(_write_prefix(prefix) for prefix in ia.prefixes)
    return write_option(DhcpOptionCode.IA_PD, _ia_head(ia) + inner + write_status(ia.status))


def read_ia_na(octets: bytes, start: int, end: int) -> IaNa:
    """Read an IA_NA: RFC 8415 §21.4.

    +--------+------+------+-------------------------+
    |  IAID  |  T1  |  T2  |  options: IA Address …  |
    +--------+------+------+-------------------------+
    """
    options = _options_after(_IA, octets, start, end, "21.4")
    iaid, t1_s, t2_s = _IA.unpack_from(octets, start)
    return IaNa(
        iaid=iaid,
        t1_s=t1_s,
        t2_s=t2_s,
        addresses=options.repeated(DhcpOptionCode.IAADDR, _read_address),
        status=options.single(DhcpOptionCode.STATUS_CODE, read_status),
    )


def write_ia_na(ia: IaNa) -> bytes:
    """Return an IA_NA option."""
    inner = b"".join(_write_address(address) for address in ia.addresses)
    return write_option(DhcpOptionCode.IA_NA, _ia_head(ia) + inner + write_status(ia.status))


def read_status(octets: bytes, start: int, end: int) -> DhcpStatus:
    """Read a Status Code: RFC 8415 §21.13; octets that are no UTF-8 become U+FFFD.

    +-----------+------------------------------+
    |  code, 2  |  message for people, UTF-8   |
    +-----------+------------------------------+
    """
    message_at = start + _STATUS_CODE_OCTETS
    if message_at > end:
        raise _bad_length(start, "21.13")
    return DhcpStatus(
        code=int.from_bytes(octets[start:message_at]),
        message=octets[message_at:end].decode(errors="replace"),
    )


def write_status(status: DhcpStatus | None) -> bytes:
    """Return a Status Code option, nothing for None."""
    if status is None:
        return b""
    code = unsigned(status.code, 16, "status-code").to_bytes(_STATUS_CODE_OCTETS)
    return write_option(DhcpOptionCode.STATUS_CODE, code + utf8(status.message, "status-message"))


def read_option_request(octets: bytes, start: int, end: int) -> tuple[int, ...]:
    """Read the codes that a client asks for, two octets each: RFC 8415 §21.7."""
    if (end - start) % 2:
        raise _bad_length(start, "21.7")
    return struct.unpack_from(f"!{(end - start) // 2}H", octets, start)


def write_option_request(codes: tuple[int, ...]) -> bytes:
    """Return an Option Request option, nothing where nothing is asked for."""
    if not codes:
        return b""
    data = b"".join(unsigned(code, 16, "requested-option-code").to_bytes(2) for code in codes)
    return write_option(DhcpOptionCode.ORO, data)


def read_flag(_octets: bytes, start: int, end: int) -> bool:
    """Read an option that says all by being there: RFC 8415 §21.14, §21.20."""
    if start != end:
        raise _bad_length(start, "21.14, §21.20")
    return True


def write_flag(code: DhcpOptionCode, is_set: bool) -> bytes:
    """Return an option without data, nothing where it is not set."""
    return write_option(code, b"") if is_set else b""


def read_preference(octets: bytes, start: int, end: int) -> int:
    """Read the one octet of a Preference option: RFC 8415 §21.8."""
    return _read_number(octets, start, end, 1, "21.8")


def read_elapsed_time(octets: bytes, start: int, end: int) -> int:
    """Read two octets of hundredths of a second: RFC 8415 §21.9."""
    return _read_number(octets, start, end, 2, "21.9")


def read_sol_max_rt(octets: bytes, start: int, end: int) -> int | None:
    """Read four octets of seconds; a value out of range must be ignored: RFC 8415 §21.24."""
    seconds = _read_number(octets, start, end, 4, "21.24")
    return seconds if seconds in _SOL_MAX_RT_S else None


def write_sol_max_rt(seconds: int | None) -> bytes:
    """Return a SOL_MAX_RT option, nothing for None."""
    if seconds is not None and seconds not in _SOL_MAX_RT_S:
        raise EncodeError(f"SOL_MAX_RT {seconds} s is not from 60 to 86400 s")
    return write_number(DhcpOptionCode.SOL_MAX_RT, seconds, 4)


def write_number(code: DhcpOptionCode, value: int | None, size: int) -> bytes:
    """Return an option that is one number of ``size`` octets, nothing for None."""
    if value is None:
        return b""
    return write_option(code, unsigned(value, 8 * size, code.name).to_bytes(size))


def _read_prefix(octets: bytes, start: int, end: int) -> IaPrefix:
    """Read an IA Prefix: RFC 8415 §21.22.

    +-------------+---------+---------+--------------+-----------+
    |  preferred  |  valid  | bits, 1 |  prefix, 16  |  options  |
    +-------------+---------+---------+--------------+-----------+
    """
    section = "21.22"
    options = _options_after(_PREFIX, octets, start, end, section)
    preferred_lifetime_s, valid_lifetime_s, length, prefix = _PREFIX.unpack_from(octets, start)
    length_at = start + _PREFIX_LENGTH_AT
    return IaPrefix(
        prefix=ipv6_network(
            bytes((length,)) + prefix, offset=length_at, section=f"RFC 8415 §{section}"
        ),
        preferred_lifetime_s=preferred_lifetime_s,
        valid_lifetime_s=valid_lifetime_s,
        status=options.single(DhcpOptionCode.STATUS_CODE, read_status),
    )


def _write_prefix(option: IaPrefix) -> bytes:
    head = _PREFIX.pack(
        unsigned(option.preferred_lifetime_s, 32, "preferred-lifetime"),
        unsigned(option.valid_lifetime_s, 32, "valid-lifetime"),
        option.prefix.prefixlen,
        option.prefix.network_address.packed,
    )
    return write_option(DhcpOptionCode.IAPREFIX, head + write_status(option.status))


def _read_address(octets: bytes, start: int, end: int) -> IaAddress:
    """Read an IA Address: RFC 8415 §21.6.

    +---------------+-------------+---------+-----------+
    |  address, 16  |  preferred  |  valid  |  options  |
    +---------------+-------------+---------+-----------+
    """
    options = _options_after(_ADDRESS, octets, start, end, "21.6")
    address, preferred_lifetime_s, valid_lifetime_s = _ADDRESS.unpack_from(octets, start)
    return IaAddress(
        address=IPv6Address(address),
        preferred_lifetime_s=preferred_lifetime_s,
        valid_lifetime_s=valid_lifetime_s,
        status=options.single(DhcpOptionCode.STATUS_CODE, read_status),
    )


def _write_address(option: IaAddress) -> bytes:
    head = _ADDRESS.pack(
        option.address.packed,
        unsigned(option.preferred_lifetime_s, 32, "preferred-lifetime"),
        unsigned(option.valid_lifetime_s, 32, "valid-lifetime"),
    )
    return write_option(DhcpOptionCode.IAADDR, head + write_status(option.status))


def _options_after(
    head: struct.Struct, octets: bytes, start: int, end: int, section: str
) -> DhcpOptionReader:
    """Return the options that follow a fixed part, which must be there."""
    if start + head.size > end:
        raise _bad_length(start, section)
    return DhcpOptionReader(octets, start + head.size, end)


def _ia_head(ia: IaPd | IaNa) -> bytes:
    return _IA.pack(
        unsigned(ia.iaid, 32, "IAID"), unsigned(ia.t1_s, 32, "T1"), unsigned(ia.t2_s, 32, "T2")
    )


def _read_number(octets: bytes, start: int, end: int, size: int, section: str) -> int:
    if end - start != size:
        raise _bad_length(start, section)
    return int.from_bytes(octets[start:end])


def _bad_length(data_at: int, section: str) -> DecodeError:
    """Return the error of an option whose data begin at ``data_at``."""
    return dhcp_error(RejectReason.BAD_OPTION_LENGTH, data_at - 2, "option-len", section)
