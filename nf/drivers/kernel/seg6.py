"""The outer source address of SRv6: one for the whole network namespace, set by generic netlink."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address
from struct import Struct
from typing import Final

from nf.drivers.kernel.netlink import Netlink
from nf.drivers.kernel.octets import attribute, attributes

_NETLINK_GENERIC: Final = 16
_GENL_ID_CTRL: Final = 16
_CTRL_CMD_GETFAMILY: Final = 3
_CTRL_ATTR_FAMILY_ID, _CTRL_ATTR_FAMILY_NAME = 1, 2
_SEG6_CMD_SET_TUNSRC, _SEG6_CMD_GET_TUNSRC = 3, 4
_SEG6_ATTR_DST: Final = 1
#: genlmsghdr: command, version, reserved.
_GENERIC: Final = Struct("=BBH")
_U16: Final = Struct("=H")


def tunnel_source() -> IPv6Address:
    """Return the outer source address; unspecified: the kernel chooses by destination."""
    with _seg6() as (netlink, family):
        body = _GENERIC.pack(_SEG6_CMD_GET_TUNSRC, 1, 0)
        (answer,) = netlink.ask(family, 0, body, "read the tunnel source")
        return IPv6Address(attributes(answer[_GENERIC.size :])[_SEG6_ATTR_DST])


def set_tunnel_source(address: IPv6Address) -> None:
    """Have this outer source address."""
    with _seg6() as (netlink, family):
        body = _GENERIC.pack(_SEG6_CMD_SET_TUNSRC, 1, 0)
        body += attribute(_SEG6_ATTR_DST, address.packed)
        netlink.change(family, 0, body, f"set the tunnel source to {address}")


@contextmanager
def _seg6() -> Iterator[tuple[Netlink, int]]:
    """Open a generic netlink socket and find the number of the family SEG6."""
    netlink = Netlink(_NETLINK_GENERIC)
    try:
        body = _GENERIC.pack(_CTRL_CMD_GETFAMILY, 1, 0)
        body += attribute(_CTRL_ATTR_FAMILY_NAME, b"SEG6\0")
        (answer,) = netlink.ask(_GENL_ID_CTRL, 0, body, "find SRv6 in this kernel")
        family = attributes(answer[_GENERIC.size :])[_CTRL_ATTR_FAMILY_ID]
        yield netlink, _U16.unpack(family)[0]
    finally:
        netlink.close()
