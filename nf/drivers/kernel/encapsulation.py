"""Lightweight tunnels: what the kernel puts around a packet, or takes off, on its way by a route.

RFC 8986 §5.2 (H.Encaps.Red): with one segment the reduced encapsulation has no routing header, so
what is on the wire is plain IPv6-in-IPv6 (RFC 2473). RFC 8986 §4.6 (End.DT6) takes it apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address
from struct import Struct
from typing import ClassVar, Final, TypeAlias

from nf.drivers.kernel.octets import attribute, attributes

_SEG6_IPTUNNEL_SRH: Final = 1
_SEG6_LOCAL_ACTION: Final = 1
_SEG6_LOCAL_TABLE: Final = 3
_ACTION_END_DT6: Final = 7
_MODE_ENCAP_RED: Final = 3
#: Mode, then the Segment Routing Header (RFC 8754 §2): next header, length in 8 octets, routing
#: type 4, segments left, last entry, flags, tag, the one segment.
_SEG6: Final = Struct("=i BBBBBBH 16s")
_U16: Final = Struct("=H")
_U32: Final = Struct("=I")


@dataclass(frozen=True, slots=True)
class Encapsulation:
    """Wrap a packet into an IPv6 header to ``remote``, nothing between."""

    #: LWTUNNEL_ENCAP_SEG6
    type: ClassVar[bytes] = _U16.pack(5)

    remote: IPv6Address

    def pack(self) -> bytes:
        """Return the attributes that describe it."""
        packed = _SEG6.pack(_MODE_ENCAP_RED, 0, 2, 4, 0, 0, 0, 0, self.remote.packed)
        return attribute(_SEG6_IPTUNNEL_SRH, packed)


@dataclass(frozen=True, slots=True)
class Decapsulation:
    """Take the outer header off, then look the inner packet up in ``table``.

    Table 0 means all rules, the table ``local`` among them: a mobile node reaches the addresses
    of the tunnel's end too.
    """

    #: LWTUNNEL_ENCAP_SEG6_LOCAL
    type: ClassVar[bytes] = _U16.pack(7)

    table: int = 0

    def pack(self) -> bytes:
        """Return the attributes that describe it."""
        action = attribute(_SEG6_LOCAL_ACTION, _U32.pack(_ACTION_END_DT6))
        return action + attribute(_SEG6_LOCAL_TABLE, _U32.pack(self.table))


LightweightTunnel: TypeAlias = Encapsulation | Decapsulation


def parse_lightweight_tunnel(type_: bytes, data: bytes) -> LightweightTunnel | None:
    """Return the lightweight tunnel of a route or nexthop object; None if it has none of ours."""
    if type_ == Encapsulation.type:
        return _parse_encapsulation(attributes(data).get(_SEG6_IPTUNNEL_SRH, b""))
    if type_ == Decapsulation.type:
        return _parse_decapsulation(attributes(data))
    return None


def _parse_encapsulation(data: bytes) -> Encapsulation | None:
    if len(data) != _SEG6.size:
        return None
    mode, *_, segment = _SEG6.unpack(data)
    return Encapsulation(IPv6Address(segment)) if mode == _MODE_ENCAP_RED else None


def _parse_decapsulation(found: dict[int, bytes]) -> Decapsulation | None:
    if found.get(_SEG6_LOCAL_ACTION) != _U32.pack(_ACTION_END_DT6):
        return None
    return Decapsulation(_U32.unpack(found[_SEG6_LOCAL_TABLE])[0])
