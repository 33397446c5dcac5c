"""Network devices of the kernel as values: the veth pair and the tunnel devices."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address
from struct import Struct
from typing import Final

from nf.drivers.kernel.netlink import NLM_F_CREATE, NLM_F_EXCL, OWNER, KernelError, Netlink
from nf.drivers.kernel.octets import Message, attribute, attributes, nested
from nf.engine.values import Tunnel

_RTM_NEWLINK, _RTM_DELLINK, _RTM_GETLINK = 16, 17, 18
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK = 1, 3, 4, 5
_IFLA_LINKINFO, _IFLA_AF_SPEC, _IFLA_GROUP = 18, 26, 27
_INFO_KIND, _INFO_DATA, _VETH_INFO_PEER = 1, 2, 1
_IPTUN_LOCAL, _IPTUN_REMOTE, _IPTUN_TTL, _IPTUN_FLAGS, _IPTUN_PROTO = 2, 3, 4, 8, 9
_INET6_ADDR_GEN_MODE, _ADDR_GEN_NONE = 8, b"\1"
_IFF_UP, _IFF_NOARP = 0x01, 0x80
#: What is said to have changed of a device that is made.
_EVERYTHING: Final = 0xFFFF_FFFF
#: No Tunnel Encapsulation Limit option (RFC 2473 §4.1.1), so nothing stands between the headers.
_IGNORE_ENCAPSULATION_LIMIT: Final = 1
#: RFC 2473 §6.3: the tunnel's own hop limit.
_HOP_LIMIT: Final = 64
#: ifinfomsg: family, padding, hardware type, index, flags, mask of changed flags.
_LINK: Final = Struct("=BBHiII")
_U32: Final = Struct("=I")
#: Both ends have it, so that with NOARP each takes what the other sends.
_PAIR_ADDRESS: Final = bytes.fromhex("020000005213")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A device of ours: one end of a veth pair (``peer``), or the end of a ``tunnel``."""

    name: str
    mtu: int
    peer: str | None = None
    tunnel: Tunnel | None = None
    is_up: bool = True

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from other devices."""
        return (Link, self.name)

    def install(self, netlink: Netlink) -> None:
        """Have this device, up, without addresses of its own."""
        try:
            self._create(netlink)
        except KernelError as refusal:
            if refusal.errno != errno.EEXIST:
                raise
        self._configure(netlink)

    def remove(self, netlink: Netlink) -> None:
        """Remove the device."""
        body = _LINK.pack(0, 0, 0, 0, 0, 0) + attribute(_IFLA_IFNAME, _text(self.name))
        netlink.change(_RTM_DELLINK, 0, body, f"remove {self}")

    def __str__(self) -> str:
        return f"device {self.name}"

    def _create(self, netlink: Netlink) -> None:
        if self.tunnel is not None:
            body = _LINK.pack(0, 0, 0, 0, 0, 0) + _named(self.name) + _tunnel_info(self.tunnel)
        else:
            body = _veth_end(self.name) + _veth_info(self.peer or "")
        netlink.change(_RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body, f"install {self}")

    def _configure(self, netlink: Netlink) -> None:
        """Set the device up only when it is told to make no address: the kernel would at once."""
        mode = attribute(_INET6_ADDR_GEN_MODE, _ADDR_GEN_NONE)
        body = _LINK.pack(0, 0, 0, device_index(self.name), 0, 0)
        body += attribute(_IFLA_MTU, _U32.pack(self.mtu))
        body += nested(_IFLA_AF_SPEC, nested(socket.AF_INET6, mode))
        netlink.change(_RTM_NEWLINK, 0, body, f"configure {self}")
        body = _LINK.pack(0, 0, 0, device_index(self.name), _IFF_UP, _IFF_UP)
        netlink.change(_RTM_NEWLINK, 0, body, f"set up {self}")


def dump_links(netlink: Netlink) -> Iterator[Link]:
    """Yield the devices that carry our number."""
    for answer in netlink.dump(_RTM_GETLINK, _LINK.pack(0, 0, 0, 0, 0, 0), "list devices"):
        found = attributes(answer[_LINK.size :])
        if found.get(_IFLA_GROUP) == _U32.pack(OWNER):
            yield _parse_link(_LINK.unpack_from(answer)[4], found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """A device was made, changed or deleted (then it is not up)."""

    name: str
    is_up: bool
    #: Whether it was there and up before, and is not any more: the kernel took its routes along.
    is_lost: bool = False


def parse_link_change(message: Message) -> LinkChange | None:
    """Return what a message of the link group tells; None for one that is about no device."""
    if message.kind not in (_RTM_NEWLINK, _RTM_DELLINK):
        return None
    name = attributes(message.body[_LINK.size :])[_IFLA_IFNAME].rstrip(b"\0").decode()
    *_, flags, changed = _LINK.unpack_from(message.body)
    is_there = message.kind == _RTM_NEWLINK
    is_up = is_there and bool(flags & _IFF_UP)
    went_down = not is_up and bool(changed & _IFF_UP) and changed != _EVERYTHING
    return LinkChange(name=name, is_up=is_up, is_lost=went_down or not is_there)


def link_mtu(netlink: Netlink, index: int) -> int:
    """Return the MTU of a device."""
    body = _LINK.pack(0, 0, 0, index, 0, 0)
    (answer,) = netlink.ask(_RTM_GETLINK, 0, body, f"look at device {index}")
    return int(_U32.unpack(attributes(answer[_LINK.size :])[_IFLA_MTU])[0])


def device_index(name: str) -> int:
    """Return the index of a device; raises KernelError where there is none of this name."""
    try:
        return socket.if_nametoindex(name)
    except OSError as absence:
        raise KernelError(errno.ENODEV, f"find device {name}") from absence


def device_name(index: int) -> str:
    """Return the name of a device, empty if it went away meanwhile."""
    try:
        return socket.if_indextoname(index)
    except OSError:
        return ""


def _parse_link(flags: int, found: dict[int, bytes]) -> Link:
    info = attributes(found.get(_IFLA_LINKINFO, b""))
    data = attributes(info.get(_INFO_DATA, b""))
    tunnel, peer = None, None
    if _IPTUN_LOCAL in data and _IPTUN_REMOTE in data:
        local, remote = IPv6Address(data[_IPTUN_LOCAL]), IPv6Address(data[_IPTUN_REMOTE])
        tunnel = Tunnel(local=local, remote=remote)
    elif _IFLA_LINK in found:
        peer = device_name(_U32.unpack(found[_IFLA_LINK])[0])
    return Link(
        name=found[_IFLA_IFNAME].rstrip(b"\0").decode(),
        mtu=_U32.unpack(found[_IFLA_MTU])[0],
        peer=peer,
        tunnel=tunnel,
        is_up=bool(flags & _IFF_UP),
    )


def _named(name: str) -> bytes:
    return attribute(_IFLA_IFNAME, _text(name)) + attribute(_IFLA_GROUP, _U32.pack(OWNER))


def _veth_end(name: str) -> bytes:
    header = _LINK.pack(0, 0, 0, 0, _IFF_NOARP, _IFF_NOARP)
    return header + _named(name) + attribute(_IFLA_ADDRESS, _PAIR_ADDRESS)


def _veth_info(peer: str) -> bytes:
    data = nested(_INFO_DATA, nested(_VETH_INFO_PEER, _veth_end(peer)))
    return nested(_IFLA_LINKINFO, attribute(_INFO_KIND, b"veth"), data)


def _tunnel_info(tunnel: Tunnel) -> bytes:
    data = nested(
        _INFO_DATA,
        attribute(_IPTUN_LOCAL, tunnel.local.packed),
        attribute(_IPTUN_REMOTE, tunnel.remote.packed),
        attribute(_IPTUN_TTL, bytes([_HOP_LIMIT])),
        attribute(_IPTUN_FLAGS, _U32.pack(_IGNORE_ENCAPSULATION_LIMIT)),
        attribute(_IPTUN_PROTO, bytes([socket.IPPROTO_IPV6])),
    )
    return nested(_IFLA_LINKINFO, attribute(_INFO_KIND, b"ip6tnl"), data)


def _text(name: str) -> bytes:
    return name.encode() + b"\0"
