"""What the kernel knows of the way to a peer, and the switch that makes it a router."""

from __future__ import annotations

from pathlib import Path
from socket import AF_INET6
from struct import Struct
from typing import Final

from nf.drivers.kernel.links import link_mtu
from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.octets import attribute, attributes
from nf.drivers.kernel.tunnel import MINIMUM_MTU, TUNNEL_OVERHEAD
from nf.engine.values import Tunnel

_FORWARDING: Final = Path("/proc/sys/net/ipv6/conf/all/forwarding")
_RTM_GETROUTE: Final = 26
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_METRICS = 1, 2, 4, 8
_RTAX_MTU: Final = 2
_ETHERNET_MTU: Final = 1500
_ROUTE: Final = Struct("=BBBBBBBBI")
_U32: Final = Struct("=I")


def enable_forwarding() -> None:
    """Make this system a router.

    It stays one after us. Interfaces that learn their routes from router advertisements need
    ``accept_ra = 2`` on a router: that is the administrator's to set.
    """
    try:
        if _FORWARDING.read_text().strip() == "0":
            _FORWARDING.write_text("1")
    except OSError as refusal:
        raise KernelError(refusal.errno or 0, "enable forwarding") from refusal


def inner_mtu(netlink: Netlink, tunnel: Tunnel) -> int:
    """Return the size of the largest packet that fits through a tunnel.

    Never less than what IPv6 needs: a path of less than 1320 octets cannot carry the tunnel,
    since neither kernel driver fragments the outer packet (RFC 2473 §7.1).
    """
    return max(_path_mtu(netlink, tunnel) - TUNNEL_OVERHEAD, MINIMUM_MTU)


def _path_mtu(netlink: Netlink, tunnel: Tunnel) -> int:
    """Return the path MTU to the peer, that of Ethernet while there is no route to it."""
    body = _ROUTE.pack(AF_INET6, 128, 128, 0, 0, 0, 0, 0, 0)
    body += attribute(_RTA_DST, tunnel.remote.packed) + attribute(_RTA_SRC, tunnel.local.packed)
    try:
        (answer,) = netlink.ask(_RTM_GETROUTE, 0, body, f"find the way to {tunnel.remote}")
    except KernelError:
        return _ETHERNET_MTU
    found = attributes(answer[_ROUTE.size :])
    metrics = attributes(found.get(_RTA_METRICS, b""))
    if _RTAX_MTU in metrics:
        return int(_U32.unpack(metrics[_RTAX_MTU])[0])
    return link_mtu(netlink, _U32.unpack(found[_RTA_OIF])[0])
