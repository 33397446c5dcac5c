"""Frames on an access link, read as far as the function needs: who sent what.

A packet socket sees frames before the kernel has checked them: the checks are made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final, NamedTuple

from nf.codec.checksum import upper_layer_checksum
from nf.codec.errors import DecodeError, RejectReason
from nf.engine.values import AttachSource, LinkLayerAddress

ETHERTYPE_IPV6: Final = 0x86DD
ICMPV6: Final = 58
ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION = 133, 135
#: MLDv1 report and done, MLDv2 report (RFC 2710 §3.1, RFC 3810 §5.2).
LISTENER_REPORTS: Final = frozenset({131, 132, 143})
DHCPV6_SERVER_PORT: Final = 547
#: Where clients send to (RFC 8415 §7.1).
ALL_DHCP_AGENTS: Final = IPv6Address("ff02::1:2")

_ETHERNET_HEADER: Final = 14
_IPV6_HEADER: Final = 40
_UDP_HEADER: Final = 8
HOP_BY_HOP: Final = 0
UDP: Final = 17
#: Hop limit of what cannot come from beyond the link (RFC 4861 §6.1.1, §7.1.1).
_ON_LINK_HOP_LIMIT: Final = 255
_NEIGHBOUR_SOLICITATION_SIZE: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame: the node that sent it, and its ICMPv6 message or DHCPv6 message."""

    link_layer_address: LinkLayerAddress
    source: IPv6Address
    kind: AttachSource
    payload: bytes
    #: The node's link-local address, where the frame tells it.
    link_local_address: IPv6Address | None


class _Packet(NamedTuple):
    """An upper-layer packet and what of its IPv6 header counts."""

    source: IPv6Address
    destination: IPv6Address
    hop_limit: int
    protocol: int
    octets: bytes


def sender_of(frame: bytes) -> LinkLayerAddress:
    """Return the link-layer address that a frame came from."""
    return LinkLayerAddress(frame[6:12])


def read_frame(frame: bytes, *, is_checksum_pending: bool = False) -> Frame | None:
    """Return what a frame says; None for one that says nothing of interest.

    ``is_checksum_pending``: the sender left the checksum to hardware that the frame never met, as
    between virtual interfaces, so there is none to verify.

    Raises DecodeError for a frame that is cut short or whose checksum is wrong.
    """
    packet = _open_ipv6(frame)
    if packet is None:
        return None
    kind = _kind_of(packet)
    if kind is None:
        return None
    if not is_checksum_pending:
        _verify_checksum(packet)
    return Frame(
        link_layer_address=sender_of(frame),
        source=packet.source,
        kind=kind,
        payload=_datagram(packet.octets) if kind is AttachSource.DHCPV6 else packet.octets,
        link_local_address=_link_local(packet, kind),
    )


def _open_ipv6(frame: bytes) -> _Packet | None:
    """Return the packet behind a frame's IPv6 header and, where there is one, hop-by-hop header."""
    if int.from_bytes(frame[12:_ETHERNET_HEADER]) != ETHERTYPE_IPV6:
        return None
    packet = frame[_ETHERNET_HEADER:]
    if len(packet) < _IPV6_HEADER:
        raise _truncated(len(packet), "IPv6 header", "RFC 8200 §3")
    length = int.from_bytes(packet[4:6])
    octets = packet[_IPV6_HEADER : _IPV6_HEADER + length]
    if len(octets) < length:
        raise _truncated(len(packet), "Payload Length", "RFC 8200 §3")
    protocol, octets = _skip_hop_by_hop(packet[6], octets)
    source, destination = IPv6Address(packet[8:24]), IPv6Address(packet[24:_IPV6_HEADER])
    return _Packet(source, destination, packet[7], protocol, octets)


def _skip_hop_by_hop(protocol: int, octets: bytes) -> tuple[int, bytes]:
    """Return protocol and packet behind the hop-by-hop header that listener reports have."""
    if protocol != HOP_BY_HOP:
        return protocol, octets
    size = 8 * (octets[1] + 1) if len(octets) > 1 else 8
    if len(octets) < size:
        raise _truncated(len(octets), "Hdr Ext Len", "RFC 8200 §4.3")
    return octets[0], octets[size:]


def _kind_of(packet: _Packet) -> AttachSource | None:
    """Return as what sign of life a packet counts.

    RFC 4861 §6.1.1, §7.1.1: solicitations from beyond the link, or too short, are none. DHCPv6
    counts where it is for us: the group of all agents or a link-local address, never what a
    client sends to a server elsewhere by way of us.
    """
    if packet.protocol == UDP:
        return AttachSource.DHCPV6 if _is_dhcp_for_us(packet) else None
    if packet.protocol != ICMPV6 or not packet.octets:
        return None
    message_type = packet.octets[0]
    if message_type in LISTENER_REPORTS:
        return AttachSource.MULTICAST_LISTENER_REPORT
    if packet.hop_limit != _ON_LINK_HOP_LIMIT:
        return None
    if message_type == ROUTER_SOLICITATION:
        return AttachSource.ROUTER_SOLICITATION
    is_long_enough = len(packet.octets) >= _NEIGHBOUR_SOLICITATION_SIZE
    if message_type == NEIGHBOUR_SOLICITATION and is_long_enough:
        return AttachSource.NEIGHBOUR_SOLICITATION
    return None


def _is_dhcp_for_us(packet: _Packet) -> bool:
    is_ours = packet.destination == ALL_DHCP_AGENTS or packet.destination.is_link_local
    return is_ours and int.from_bytes(packet.octets[2:4]) == DHCPV6_SERVER_PORT


def _verify_checksum(packet: _Packet) -> None:
    source, destination, _, protocol, octets = packet
    if upper_layer_checksum(source, destination, protocol, octets):
        at = 6 if protocol == UDP else 2
        reason = RejectReason.BAD_CHECKSUM
        raise DecodeError(reason, offset=at, field="Checksum", section="RFC 8200 §8.1")


def _datagram(octets: bytes) -> bytes:
    """Return what a UDP packet carries."""
    length = int.from_bytes(octets[4:6])
    if not _UDP_HEADER <= length <= len(octets):
        raise _truncated(len(octets), "UDP Length", "RFC 768")
    return octets[_UDP_HEADER:length]


def _link_local(packet: _Packet, kind: AttachSource) -> IPv6Address | None:
    """Return the sender's link-local address: its source, or the target of duplicate detection."""
    if packet.source.is_link_local:
        return packet.source
    if kind is AttachSource.NEIGHBOUR_SOLICITATION and packet.source.is_unspecified:
        target = IPv6Address(packet.octets[8:_NEIGHBOUR_SOLICITATION_SIZE])
        return target if target.is_link_local else None
    return None


def _truncated(offset: int, field: str, section: str) -> DecodeError:
    return DecodeError(RejectReason.TRUNCATED, offset=offset, field=field, section=section)
