"""The sockets of one access link: a packet socket that listens, and those that speak."""

from __future__ import annotations

import ctypes
import fcntl
import socket
from ipaddress import IPv6Address
from struct import Struct, pack
from typing import Final

from nf.drivers.access.frames import DHCPV6_SERVER_PORT
from nf.engine.values import LinkLayerAddress

ETHERTYPE_IPV6: Final = 0x86DD
DHCPV6_CLIENT_PORT: Final = 546
ALL_DHCP_AGENTS: Final = IPv6Address("ff02::1:2")
ALL_NODES: Final = IPv6Address("ff02::1")
#: Where MLDv2 reports go (RFC 3810 §5.2.14).
ALL_MLDV2_ROUTERS: Final = IPv6Address("ff02::16")

_ATTACH_FILTER: Final = 26
_SIOCGIFHWADDR, _SIOCSIFHWADDR = 0x8927, 0x8924
_PACKET_ADD_MEMBERSHIP, _PACKET_MR_ALLMULTI = 1, 2
_SOL_PACKET: Final = 263
_PACKET_OUTGOING: Final = 4
_INSTRUCTION: Final = Struct("=HBBI")
_MEMBERSHIP: Final = Struct("=iHH8s")
_IFREQ_ADDRESS: Final = Struct("=16sH6s8x")
_ARPHRD_ETHER: Final = 1

#: Classic BPF over an Ethernet frame, as (operation, then, else, value): lets router and neighbour
#: solicitations, listener reports and DHCPv6 to servers pass, and what stands behind a hop-by-hop
#: header. Loads are of IPv6 next header (20), first octet behind the header (54), UDP port (56).
_LOAD_OCTET, _LOAD_HALF, _IF_EQUAL, _RETURN = 0x30, 0x28, 0x15, 0x06
_FILTER: Final = (
    (_LOAD_OCTET, 0, 0, 20),
    (_IF_EQUAL, 2, 0, 58),
    (_IF_EQUAL, 7, 0, 17),
    (_IF_EQUAL, 8, 10, 0),
    (_LOAD_OCTET, 0, 0, 54),
    (_IF_EQUAL, 9, 0, 133),
    (_IF_EQUAL, 8, 0, 135),
    (_IF_EQUAL, 7, 0, 131),
    (_IF_EQUAL, 6, 0, 132),
    (_IF_EQUAL, 5, 4, 143),
    (_LOAD_HALF, 0, 0, 56),
    (_IF_EQUAL, 3, 2, DHCPV6_SERVER_PORT),
    (_LOAD_OCTET, 0, 0, 54),
    (_IF_EQUAL, 1, 0, 58),
    (_RETURN, 0, 0, 0),
    (_RETURN, 0, 0, 0x40000),
)


def listening_socket(interface: str, index: int) -> socket.socket:
    """Return a packet socket that gets the frames of interest on an interface; raises OSError."""
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        _attach_filter(listener)
        listener.setblocking(False)
        listener.bind((interface, ETHERTYPE_IPV6))
        membership = _MEMBERSHIP.pack(index, _PACKET_MR_ALLMULTI, 0, b"")
        listener.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    except OSError:
        listener.close()
        raise
    return listener


def is_own(sender: tuple[object, ...]) -> bool:
    """Return whether a frame is one that this machine sent."""
    return sender[2] == _PACKET_OUTGOING


def dhcp_socket(interface: str, index: int) -> socket.socket:
    """Return the socket that DHCPv6 leaves by, and that keeps the port for us; raises OSError.

    Nothing is read from it: the packet socket sees the same messages with their sender.
    """
    sender = _bound_socket(socket.SOCK_DGRAM, 0, interface)
    try:
        sender.bind(("::", DHCPV6_SERVER_PORT))
        for group in (ALL_DHCP_AGENTS, ALL_MLDV2_ROUTERS):
            _join(sender, group, index)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
    except OSError:
        sender.close()
        raise
    return sender


def advertising_socket(interface: str) -> socket.socket:
    """Return the socket that router advertisements leave by, hop limit 255; raises OSError."""
    sender = _bound_socket(socket.SOCK_RAW, socket.IPPROTO_ICMPV6, interface)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
    return sender


def link_layer_address(interface: str) -> LinkLayerAddress:
    """Return an interface's link-layer address; raises OSError."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asker:
        request = _IFREQ_ADDRESS.pack(interface.encode(), 0, b"")
        answer = fcntl.ioctl(asker, _SIOCGIFHWADDR, request)
    _, _, address = _IFREQ_ADDRESS.unpack(answer)
    return LinkLayerAddress(address)


def set_link_layer_address(interface: str, address: LinkLayerAddress) -> None:
    """Give an interface a link-layer address; raises OSError."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asker:
        request = _IFREQ_ADDRESS.pack(interface.encode(), _ARPHRD_ETHER, address)
        fcntl.ioctl(asker, _SIOCSIFHWADDR, request)


def _bound_socket(kind: int, protocol: int, interface: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6, kind, protocol)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    except OSError:
        made.close()
        raise
    return made


def _join(member: socket.socket, group: IPv6Address, index: int) -> None:
    request = group.packed + pack("=I", index)
    member.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)


def _attach_filter(listener: socket.socket) -> None:
    program = b"".join(_INSTRUCTION.pack(*instruction) for instruction in _FILTER)
    buffer = ctypes.create_string_buffer(program)
    header = pack("@HP", len(_FILTER), ctypes.addressof(buffer))
    listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, header)
