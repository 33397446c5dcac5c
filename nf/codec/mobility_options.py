"""The mobility options that the function speaks: one OptionFormat each.

Reserved octets are sent as zero and ignored on receipt, and so are the bits of a prefix after its
length, as the RFCs say of each.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Final

from nf.codec.errors import DecodeError, EncodeError, RejectReason
from nf.codec.fields import ipv6_network, unsigned, utf8
from nf.codec.messages import MobileNetworkPrefix, MobileNodeIdentifier, Timestamp
from nf.codec.mobility_option_area import Alignment, OptionFormat
from nf.codec.packed_prefix import octets_of
from nf.codec.registry import OptionType

#: The draft's R: "assign me one" (NEMO draft §3.1).
REQUESTING_FLAG: Final = 0x80
#: RFC 7148's V: the prefix is one of IPv4.
IPV4_FLAG: Final = 0x80
#: Subtype of an identifier that is a Network Access Identifier (RFC 4283 §3.1).
NAI_SUBTYPE: Final = b"\x01"

_IPV4_LENGTH = 6
_IPV6_LENGTH = 18
_IPV4_BITS = 32
_TIMESTAMP_OCTETS = 8
#: What no identifier contains: RFC 7542 §2.2 has no control characters, and text that people and
#: XML are to read has no U+FFFE and U+FFFF. Of what is printable none is among these.
_NOT_IN_NAI = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")
_RESERVED = bytes(1)
_REQUESTING = bytes((REQUESTING_FLAG,))
_RESERVED_LINK_LAYER = bytes(2)


def _read_home_network_prefix(data: bytes, at: int) -> IPv6Network:
    """Read reserved octet, prefix length and prefix.

    +-------+-------+---------------------+
    |   0   | bits  |  prefix, 16 octets  |
    +-------+-------+---------------------+
    """
    return ipv6_network(data[1:], offset=at + 1, section="RFC 5213 §8.3")


def _write_home_network_prefix(prefix: IPv6Network) -> bytes:
    return _RESERVED + octets_of(prefix)


def _read_mobile_network_prefix(data: bytes, at: int) -> MobileNetworkPrefix:
    """Read what RFC 3963 §4.3 lays out and the R bit that the draft adds.

    +-+-----+-------+---------------------+
    |R|  0  | bits  |  prefix, 16 octets  |
    +-+-----+-------+---------------------+
    """
    prefix = ipv6_network(data[1:], offset=at + 1, section="RFC 3963 §4.3")
    return MobileNetworkPrefix(prefix=prefix, is_request=bool(data[0] & REQUESTING_FLAG))


def _write_mobile_network_prefix(option: MobileNetworkPrefix) -> bytes:
    flags = _REQUESTING if option.is_request else _RESERVED
    return flags + octets_of(option.prefix)


def _read_delegated_prefix(data: bytes, at: int) -> IPv6Network | IPv4Network:
    """Read a prefix of the family that V tells; the option's length must agree with it.

    +-+-----+-------+--------------------------+
    |V|  0  | bits  |  prefix, 4 or 16 octets  |
    +-+-----+-------+--------------------------+
    """
    section = "RFC 7148 §4.1"
    is_ipv4 = bool(data[0] & IPV4_FLAG)
    if is_ipv4 != (len(data) == _IPV4_LENGTH):
        reason = RejectReason.BAD_OPTION_LENGTH
        raise DecodeError(reason, offset=at - 1, field="Length", section=section)
    if not is_ipv4:
        return ipv6_network(data[1:], offset=at + 1, section=section)
    if data[1] > _IPV4_BITS:
        reason = RejectReason.BAD_VALUE
        raise DecodeError(reason, offset=at + 1, field="Prefix Length", section=section)
    return IPv4Network((data[2:], data[1]), strict=False)


def _write_delegated_prefix(prefix: IPv6Network | IPv4Network) -> bytes:
    if isinstance(prefix, IPv4Network):
        return bytes((IPV4_FLAG, prefix.prefixlen)) + prefix.network_address.packed
    return _RESERVED + octets_of(prefix)


def _is_nai(data: bytes) -> bool:
    """Tell a Network Access Identifier from identifiers of other subtypes (RFC 4283 §3)."""
    return data.startswith(NAI_SUBTYPE)


def _read_identifier(data: bytes, at: int) -> MobileNodeIdentifier:
    """Read a Network Access Identifier, which may be empty (RFC 5213 §5.3.6).

    +-----------+----------------------+
    |  subtype  |  identifier, UTF-8   |
    +-----------+----------------------+
    """
    try:
        identifier = data[1:].decode()
    except UnicodeDecodeError as error:
        raise _bad_identifier(at + 1 + error.start) from None
    found = None if identifier.isprintable() else _NOT_IN_NAI.search(identifier)
    if found:
        raise _bad_identifier(at + 1 + len(identifier[: found.start()].encode()))
    return MobileNodeIdentifier(identifier)


def _bad_identifier(offset: int) -> DecodeError:
    return DecodeError(
        RejectReason.BAD_VALUE, offset=offset, field="Identifier", section="RFC 7542 §2.2"
    )


def _write_identifier(identifier: MobileNodeIdentifier) -> bytes:
    if not identifier.isprintable() and _NOT_IN_NAI.search(identifier):
        raise EncodeError(f"Identifier {identifier!r} holds a control character")
    return NAI_SUBTYPE + utf8(identifier, "Identifier")


def _read_second_octet(data: bytes, _at: int) -> int:
    """Read a number after a reserved octet.

    +-------+--------+
    |   0   | number |
    +-------+--------+
    """
    return data[1]


def _write_handoff_indicator(indicator: int) -> bytes:
    return bytes((0, unsigned(indicator, 8, "Handoff Indicator")))


def _write_access_technology_type(technology: int) -> bytes:
    return bytes((0, unsigned(technology, 8, "Access Technology Type")))


def _read_link_layer_identifier(data: bytes, _at: int) -> bytes:
    """Read an identifier after two reserved octets.

    +-------+-------+----------------+
    |   0   |   0   |   identifier   |
    +-------+-------+----------------+
    """
    return data[len(_RESERVED_LINK_LAYER) :]


def _write_link_layer_identifier(identifier: bytes) -> bytes:
    return _RESERVED_LINK_LAYER + identifier


def _align_link_layer_identifier(length: int) -> Alignment:
    """Return the alignment that puts the identifier on the boundary natural to its size.

    RFC 5213 §8.6 leaves it to the size. The identifier begins four octets after the type: 8n+4
    for a multiple of 8 octets, 4n for one of 4, 2n for one of 2 such as an EUI-48.
    """
    size = length - len(_RESERVED_LINK_LAYER)
    unit = next(unit for unit in (8, 4, 2, 1) if size % unit == 0)
    return Alignment(unit, -4 % unit)


def _read_address(data: bytes, _at: int) -> IPv6Address:
    """Read an address: 16 octets and nothing else."""
    return IPv6Address(data)


def _write_address(address: IPv6Address) -> bytes:
    return address.packed


def _read_timestamp(data: bytes, _at: int) -> Timestamp:
    """Read seconds and their fraction as one number.

    +---------------------+-----------------------+
    |  seconds, 6 octets  |  1/65536 s, 2 octets  |
    +---------------------+-----------------------+
    """
    return Timestamp(int.from_bytes(data))


def _write_timestamp(timestamp: Timestamp) -> bytes:
    return unsigned(timestamp, 64, "Timestamp").to_bytes(_TIMESTAMP_OCTETS)


ALTERNATE_CARE_OF_ADDRESS: Final[OptionFormat[IPv6Address]] = OptionFormat(
    type=OptionType.ALTERNATE_CARE_OF_ADDRESS,
    section="RFC 6275 §6.2.5",
    lengths=(16,),
    alignment=Alignment(8, 6),
    read=_read_address,
    write=_write_address,
)
MOBILE_NETWORK_PREFIX: Final[OptionFormat[MobileNetworkPrefix]] = OptionFormat(
    type=OptionType.MOBILE_NETWORK_PREFIX,
    section="RFC 3963 §4.3",
    lengths=(_IPV6_LENGTH,),
    alignment=Alignment(8, 4),
    read=_read_mobile_network_prefix,
    write=_write_mobile_network_prefix,
)
MOBILE_NODE_IDENTIFIER: Final[OptionFormat[MobileNodeIdentifier]] = OptionFormat(
    type=OptionType.MOBILE_NODE_IDENTIFIER,
    section="RFC 4283 §3",
    lengths=range(1, 256),
    alignment=Alignment(1, 0),
    read=_read_identifier,
    write=_write_identifier,
    is_ours=_is_nai,
)
HOME_NETWORK_PREFIX: Final[OptionFormat[IPv6Network]] = OptionFormat(
    type=OptionType.HOME_NETWORK_PREFIX,
    section="RFC 5213 §8.3",
    lengths=(_IPV6_LENGTH,),
    alignment=Alignment(8, 4),
    read=_read_home_network_prefix,
    write=_write_home_network_prefix,
)
HANDOFF_INDICATOR: Final[OptionFormat[int]] = OptionFormat(
    type=OptionType.HANDOFF_INDICATOR,
    section="RFC 5213 §8.4",
    lengths=(2,),
    alignment=Alignment(1, 0),
    read=_read_second_octet,
    write=_write_handoff_indicator,
)
ACCESS_TECHNOLOGY_TYPE: Final[OptionFormat[int]] = OptionFormat(
    type=OptionType.ACCESS_TECHNOLOGY_TYPE,
    section="RFC 5213 §8.5",
    lengths=(2,),
    alignment=Alignment(1, 0),
    read=_read_second_octet,
    write=_write_access_technology_type,
)
MOBILE_NODE_LINK_LAYER_IDENTIFIER: Final[OptionFormat[bytes]] = OptionFormat(
    type=OptionType.MOBILE_NODE_LINK_LAYER_IDENTIFIER,
    section="RFC 5213 §8.6",
    lengths=range(2, 256),
    alignment=_align_link_layer_identifier,
    read=_read_link_layer_identifier,
    write=_write_link_layer_identifier,
)
LINK_LOCAL_ADDRESS: Final[OptionFormat[IPv6Address]] = OptionFormat(
    type=OptionType.LINK_LOCAL_ADDRESS,
    section="RFC 5213 §8.7",
    lengths=(16,),
    alignment=Alignment(8, 6),
    read=_read_address,
    write=_write_address,
)
TIMESTAMP: Final[OptionFormat[Timestamp]] = OptionFormat(
    type=OptionType.TIMESTAMP,
    section="RFC 5213 §8.8",
    lengths=(_TIMESTAMP_OCTETS,),
    alignment=Alignment(8, 2),
    read=_read_timestamp,
    write=_write_timestamp,
)
DELEGATED_MOBILE_NETWORK_PREFIX: Final[OptionFormat[IPv6Network | IPv4Network]] = OptionFormat(
    type=OptionType.DELEGATED_MOBILE_NETWORK_PREFIX,
    section="RFC 7148 §4.1",
    lengths=(_IPV4_LENGTH, _IPV6_LENGTH),
    alignment=Alignment(8, 2),
    read=_read_delegated_prefix,
    write=_write_delegated_prefix,
)
