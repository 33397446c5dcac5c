"""What the kernel knows of the way to a peer, and the switches of this system."""

from __future__ import annotations

import logging
from pathlib import Path
from socket import AF_INET6
from struct import Struct
from typing import Final

from nf.drivers.kernel.links import link_mtu
from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.octets import attribute, attributes
from nf.drivers.kernel.tunnel import MINIMUM_MTU, TUNNEL_OVERHEAD
from nf.engine.values import USUAL_TUNNEL_MTU, Tunnel

log = logging.getLogger(__name__)

_FORWARDING: Final = Path("/proc/sys/net/ipv6/conf/all/forwarding")
_HASH_POLICY: Final = Path("/proc/sys/net/ipv6/fib_multipath_hash_policy")
_RTM_GETROUTE: Final = 26
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_METRICS = 1, 2, 4, 8
_RTAX_MTU: Final = 2
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


def tell_flows_apart() -> None:
    """Have packets with the same addresses, protocol and ports go the same way among several.

    That is policy 1 of the kernel. Its first policy, 0, looks at the flow label instead of ports,
    which many senders leave at zero. Whatever else an administrator has chosen stays; like
    forwarding, what is set here outlives us, since it cannot be told later who set it. Where it may
    not be set, flows are what the kernel takes for them.
    """
    try:
        if _HASH_POLICY.read_text().strip() == "0":
            _HASH_POLICY.write_text("1")
    except OSError as refusal:
        log.warning("flows are told apart by their flow labels, and not by ports: %s", refusal)


def inner_mtu(netlink: Netlink, tunnel: Tunnel) -> int:
    """Return the size of the largest packet that fits through a tunnel.

    Never less than what IPv6 needs: a path of less than 1320 octets cannot carry the tunnel,
    since neither kernel driver fragments the outer packet (RFC 2473 §7.1).
    """
    known = known_inner_mtu(netlink, tunnel)
    return USUAL_TUNNEL_MTU if known is None else known


def known_inner_mtu(netlink: Netlink, tunnel: Tunnel) -> int | None:
    """Return what ``inner_mtu`` does, None while there is no way to the peer."""
    try:
        return max(_path_mtu(netlink, tunnel) - TUNNEL_OVERHEAD, MINIMUM_MTU)
    except KernelError:
        return None


def _path_mtu(netlink: Netlink, tunnel: Tunnel) -> int:
    """Return the path MTU to the peer; raises KernelError while there is no route to it."""
    body = _ROUTE.pack(AF_INET6, 128, 128, 0, 0, 0, 0, 0, 0)
    body += attribute(_RTA_DST, tunnel.remote.packed) + attribute(_RTA_SRC, tunnel.local.packed)
    (answer,) = netlink.ask(_RTM_GETROUTE, 0, body, f"find the way to {tunnel.remote}")
    found = attributes(answer[_ROUTE.size :])
    metrics = attributes(found.get(_RTA_METRICS, b""))
    if _RTAX_MTU in metrics:
        return int(_U32.unpack(metrics[_RTAX_MTU])[0])
    return link_mtu(netlink, _U32.unpack(found[_RTA_OIF])[0])
