"""Just enough rtnetlink to watch links and neighbours and to give an interface an address.

pyroute2 0.9.7 cannot be called from a running event loop; four message types are packed here.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from struct import Struct, pack
from typing import Final, TypeAlias

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR, RTM_NEWNEIGH = 20, 21, 28
_GROUPS: Final = 0x1 | 0x4  # links and neighbours
_REQUEST_ACK: Final = 0x1 | 0x4
_REPLACE_OR_CREATE: Final = 0x100 | 0x400
_DUMP_REQUEST: Final = 0x1 | 0x300
_LOWER_UP: Final = 0x10000
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_NODAD: Final = 0x02
_SCOPE_LINK: Final = 253
_NUD_FAILED: Final = 0x20
_IFLA_IFNAME, _NDA_DST = 3, 1

_MESSAGE: Final = Struct("=IHHII")
_LINK: Final = Struct("=BxHiII")
_ADDRESS: Final = Struct("=BBBBI")
_NEIGHBOUR: Final = Struct("=BxxxiHBB")
_ATTRIBUTE: Final = Struct("=HH")
_NUMBER: Final = Struct("=i")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """An interface is there or gone; ``is_up``: it can carry packets."""

    name: str
    index: int
    is_present: bool
    is_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourFailed:
    """Nobody answers for an address any more (RFC 4861 §7.3.3)."""

    index: int
    address: IPv6Address


Change: TypeAlias = LinkChanged | NeighbourFailed


class Monitor:
    """A socket that tells of links and neighbours; not blocking."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((0, _GROUPS))

    def request_links(self) -> None:
        """Have the kernel tell of every link there is."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        header = _MESSAGE.pack(_MESSAGE.size + len(body), RTM_GETLINK, _DUMP_REQUEST, 1, 0)
        self.socket.send(header + body)

    def read(self) -> Iterator[Change]:
        """Yield what the kernel told; has it tell of all links anew where it lost some (ENOBUFS).

        Asked only when everything is read: the kernel refuses a second dump during the first.
        """
        is_complete = True
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                is_complete = False
                continue
            yield from _changes(data)
        if not is_complete:
            self.request_links()

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def add_address(index: int, address: IPv6Address) -> None:
    """Give an interface a link-local address without duplicate detection; raises OSError.

    RFC 6543 §3 reserves the address for MAGs, so no node on the link can have it.
    """
    flags = _attribute(_IFA_FLAGS, pack("=I", _NODAD))
    _request(RTM_NEWADDR, _REPLACE_OR_CREATE, _address_body(index, address) + flags)


def remove_address(index: int, address: IPv6Address) -> None:
    """Take a link-local address from an interface, if it is there; raises OSError."""
    try:
        _request(RTM_DELADDR, 0, _address_body(index, address))
    except OSError as fault:
        if fault.errno != errno.EADDRNOTAVAIL:
            raise


def _address_body(index: int, address: IPv6Address) -> bytes:
    body = _ADDRESS.pack(socket.AF_INET6, 64, 0, _SCOPE_LINK, index)
    return body + b"".join(_attribute(kind, address.packed) for kind in (_IFA_LOCAL, _IFA_ADDRESS))


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value


def _request(kind: int, flags: int, body: bytes) -> None:
    """Have the kernel do something, and wait for its answer; raises OSError."""
    header = _MESSAGE.pack(_MESSAGE.size + len(body), kind, _REQUEST_ACK | flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sender:
        sender.send(header + body)
        answer = sender.recv(1 << 16)
    (number,) = _NUMBER.unpack_from(answer, _MESSAGE.size)
    if number:
        raise OSError(-number, os.strerror(-number))


def _changes(data: bytes) -> Iterator[Change]:
    offset = 0
    while offset + _MESSAGE.size <= len(data):
        length, kind, _, _, _ = _MESSAGE.unpack_from(data, offset)
        body = data[offset + _MESSAGE.size : offset + length]
        if kind in (RTM_NEWLINK, RTM_DELLINK):
            yield from _link(kind, body)
        elif kind == RTM_NEWNEIGH:
            yield from _neighbour(body)
        offset += max((length + 3) & ~3, _MESSAGE.size)


def _link(kind: int, body: bytes) -> Iterator[LinkChanged]:
    """Yield a change of an interface; an interface that leaves a bridge has not vanished."""
    family, _, index, flags, _ = _LINK.unpack_from(body)
    if family != socket.AF_UNSPEC:
        return
    name = _attributes(body[_LINK.size :]).get(_IFLA_IFNAME, b"").rstrip(b"\0")
    is_present = kind == RTM_NEWLINK
    is_up = is_present and bool(flags & _LOWER_UP)
    yield LinkChanged(name=os.fsdecode(name), index=index, is_present=is_present, is_up=is_up)


def _neighbour(body: bytes) -> Iterator[NeighbourFailed]:
    family, index, state, _, _ = _NEIGHBOUR.unpack_from(body)
    address = _attributes(body[_NEIGHBOUR.size :]).get(_NDA_DST, b"")
    if family == socket.AF_INET6 and state & _NUD_FAILED and len(address) == 16:
        yield NeighbourFailed(index=index, address=IPv6Address(address))


def _attributes(data: bytes) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size:
            break
        found[kind & 0x3FFF] = data[offset + _ATTRIBUTE.size : offset + length]
        offset += (length + 3) & ~3
    return found
