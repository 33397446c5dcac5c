"""Frames on an access link, read as far as the function needs: who sent what."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from nf.engine.values import AttachSource, LinkLayerAddress

ETHERNET_HEADER: Final = 14
IPV6_HEADER: Final = 40
_ETHERTYPE_IPV6: Final = 0x86DD
_HOP_BY_HOP, _ICMPV6, _UDP = 0, 58, 17
ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION = 133, 135
#: MLDv1 report and done, MLDv2 report (RFC 2710 §3.1, RFC 3810 §5.2).
_LISTENER_REPORTS: Final = frozenset({131, 132, 143})
DHCPV6_SERVER_PORT: Final = 547


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame: the node that sent it, and its ICMPv6 message or DHCPv6 message."""

    link_layer_address: LinkLayerAddress
    source: IPv6Address
    kind: AttachSource
    payload: bytes
    #: The node's link-local address, where the frame tells it.
    link_local_address: IPv6Address | None


def read_frame(frame: bytes) -> Frame | None:
    """Return what a frame says; None for one that says nothing of interest or is cut short."""
    if len(frame) < ETHERNET_HEADER + IPV6_HEADER:
        return None
    if int.from_bytes(frame[12:14]) != _ETHERTYPE_IPV6:
        return None
    packet = frame[ETHERNET_HEADER:]
    length = int.from_bytes(packet[4:6])
    payload = packet[IPV6_HEADER : IPV6_HEADER + length]
    if len(payload) != length:
        return None
    next_header = packet[6]
    if next_header == _HOP_BY_HOP:
        if len(payload) < 8 or len(payload) < 8 * (payload[1] + 1):
            return None
        next_header, payload = payload[0], payload[8 * (payload[1] + 1) :]
    kind, content = _classify(next_header, payload, packet[7])
    if kind is None:
        return None
    source = IPv6Address(packet[8:24])
    return Frame(
        link_layer_address=LinkLayerAddress(frame[6:12]),
        source=source,
        kind=kind,
        payload=content,
        link_local_address=_link_local(source, kind, content),
    )


def _classify(
    next_header: int, payload: bytes, hop_limit: int
) -> tuple[AttachSource | None, bytes]:
    if next_header == _UDP and len(payload) > 8:
        is_server = int.from_bytes(payload[2:4]) == DHCPV6_SERVER_PORT
        return (AttachSource.DHCPV6 if is_server else None), payload[8:]
    if next_header != _ICMPV6 or len(payload) < 4:
        return None, payload
    if payload[0] in _LISTENER_REPORTS:
        return AttachSource.MULTICAST_LISTENER_REPORT, payload
    if hop_limit != 255:  # RFC 4861 §6.1.1, §7.1.1: from beyond the link
        return None, payload
    if payload[0] == ROUTER_SOLICITATION:
        return AttachSource.ROUTER_SOLICITATION, payload
    if payload[0] == NEIGHBOUR_SOLICITATION and len(payload) >= 24:
        return AttachSource.NEIGHBOUR_SOLICITATION, payload
    return None, payload


def _link_local(source: IPv6Address, kind: AttachSource, payload: bytes) -> IPv6Address | None:
    """Return the sender's link-local address: its source, or the target of duplicate detection."""
    if source.is_link_local:
        return source
    if kind is AttachSource.NEIGHBOUR_SOLICITATION and source.is_unspecified:
        target = IPv6Address(payload[8:24])
        return target if target.is_link_local else None
    return None
