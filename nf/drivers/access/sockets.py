"""The sockets of one access link: a packet socket that listens, and one that speaks DHCPv6."""

from __future__ import annotations

import ctypes
import socket
import sys
from ipaddress import IPv6Address
from struct import Struct, pack
from typing import Final, NamedTuple

from nf.drivers.access.frames import ALL_DHCP_AGENTS, DHCPV6_SERVER_PORT, ETHERTYPE_IPV6
from nf.paced_reader import SO_RCVBUFFORCE

#: Where MLDv2 reports go (RFC 3810 §5.2.14).
ALL_MLDV2_ROUTERS: Final = IPv6Address("ff02::16")

_MAX_FRAME: Final = 65535
#: Room for what some thousand nodes say at once, when they are asked whether they are there.
_BUFFER: Final = 4 * 1024 * 1024
_ATTACH_FILTER: Final = 26
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP, _PACKET_AUXDATA, _PACKET_MR_ALLMULTI = 1, 8, 2
_MEMBERSHIP: Final = Struct("=iHH8s")
#: struct tpacket_auxdata, of which the first word counts: its status bits.
_AUXDATA_SIZE: Final = 20
_CHECKSUM_NOT_READY: Final = 0x8
#: Frames for us, for all and for groups; not those for others, nor those that we sent.
_PACKETS_FOR_US: Final = (socket.PACKET_HOST, socket.PACKET_BROADCAST, socket.PACKET_MULTICAST)
_INSTRUCTION: Final = Struct("=HBBI")

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


class Arrival(NamedTuple):
    """A frame as the packet socket gives it."""

    frame: bytes
    is_for_us: bool
    is_checksum_pending: bool


def listening_socket(interface: str, index: int) -> socket.socket:
    """Return a packet socket that gets the frames of interest on an interface; raises OSError."""
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        _attach_filter(listener)
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, _BUFFER)
        listener.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        listener.bind((interface, ETHERTYPE_IPV6))
        membership = _MEMBERSHIP.pack(index, _PACKET_MR_ALLMULTI, 0, b"")
        listener.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    except OSError:
        listener.close()
        raise
    return listener


def receive_frame(listener: socket.socket) -> Arrival:
    """Return the next frame; raises OSError, BlockingIOError where there is none."""
    frame, notes, _, sender = listener.recvmsg(_MAX_FRAME, socket.CMSG_SPACE(_AUXDATA_SIZE))
    status = next((int.from_bytes(data[:4], sys.byteorder) for _, _, data in notes), 0)
    return Arrival(frame, sender[2] in _PACKETS_FOR_US, bool(status & _CHECKSUM_NOT_READY))


def dhcp_socket(interface: str, index: int) -> socket.socket:
    """Return the socket that DHCPv6 leaves by, and that keeps the port for us; raises OSError.

    Nothing is read from it: the packet socket sees the same messages with their sender. The port is
    shared with the relay agent, which has it at one address of this machine.
    """
    sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sender.bind(("::", DHCPV6_SERVER_PORT))
        for group in (ALL_DHCP_AGENTS, ALL_MLDV2_ROUTERS):
            request = group.packed + pack("=I", index)
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
    except OSError:
        sender.close()
        raise
    return sender


def send_datagram(
    sender: socket.socket, data: bytes, source: IPv6Address, to: tuple[str, int, int, int]
) -> None:
    """Send from a source address, any of the interface's where unspecified; raises OSError."""
    source_and_index = source.packed + pack("=I", to[3])
    sender.sendmsg([data], [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, source_and_index)], 0, to)


def _attach_filter(listener: socket.socket) -> None:
    program = b"".join(_INSTRUCTION.pack(*instruction) for instruction in _FILTER)
    buffer = ctypes.create_string_buffer(program)
    header = pack("@HP", len(_FILTER), ctypes.addressof(buffer))
    listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, header)
