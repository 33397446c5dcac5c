"""Nexthop objects of the kernel as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address
from socket import AF_INET6
from struct import Struct
from typing import Final

from nf.drivers.kernel.encapsulation import LightweightTunnel, parse_lightweight_tunnel
from nf.drivers.kernel.links import device_index, device_name
from nf.drivers.kernel.netlink import NLM_F_CREATE, NLM_F_REPLACE, OWNER, Netlink
from nf.drivers.kernel.octets import attribute, attributes, nested

_RTM_NEWNEXTHOP, _RTM_DELNEXTHOP, _RTM_GETNEXTHOP = 104, 105, 106
_NHA_ID, _NHA_OIF, _NHA_GATEWAY, _NHA_ENCAP_TYPE, _NHA_ENCAP = 1, 5, 6, 7, 8
#: nhmsg: family, scope, protocol, reserved, flags.
_NEXTHOP: Final = Struct("=BBBBI")
_U32: Final = Struct("=I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nexthop:
    """A nexthop object: one way out that any number of routes share."""

    id: int
    device: str
    gateway: IPv6Address | None = None
    tunnel: LightweightTunnel | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from other nexthop objects."""
        return (Nexthop, self.id)

    def install(self, netlink: Netlink) -> None:
        """Have exactly this nexthop object; routes that use it follow in the same step."""
        body = _NEXTHOP.pack(AF_INET6, 0, OWNER, 0, 0) + attribute(_NHA_ID, _U32.pack(self.id))
        body += attribute(_NHA_OIF, _U32.pack(device_index(self.device)))
        if self.gateway is not None:
            body += attribute(_NHA_GATEWAY, self.gateway.packed)
        if self.tunnel is not None:
            body += attribute(_NHA_ENCAP_TYPE, self.tunnel.type)
            body += nested(_NHA_ENCAP, self.tunnel.pack())
        netlink.change(_RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, body, f"install {self}")

    def remove(self, netlink: Netlink) -> None:
        """Remove the nexthop object, and with it the routes that use it."""
        body = _NEXTHOP.pack(0, 0, 0, 0, 0) + attribute(_NHA_ID, _U32.pack(self.id))
        netlink.change(_RTM_DELNEXTHOP, 0, body, f"remove {self}")

    def __str__(self) -> str:
        return f"nexthop {self.id}"


def highest_nexthop_id(netlink: Netlink) -> int:
    """Return the highest number that is in use, by whomever."""
    return max((_U32.unpack(found[_NHA_ID])[0] for _, found in _dump(netlink)), default=0)


def dump_nexthops(netlink: Netlink) -> Iterator[Nexthop]:
    """Yield the nexthop objects that carry our number."""
    for protocol, found in _dump(netlink):
        if protocol == OWNER and _NHA_OIF in found:
            gateway = found.get(_NHA_GATEWAY)
            yield Nexthop(
                id=_U32.unpack(found[_NHA_ID])[0],
                device=device_name(_U32.unpack(found[_NHA_OIF])[0]),
                gateway=IPv6Address(gateway) if gateway else None,
                tunnel=parse_lightweight_tunnel(
                    found.get(_NHA_ENCAP_TYPE, b""), found.get(_NHA_ENCAP, b"")
                ),
            )


def _dump(netlink: Netlink) -> Iterator[tuple[int, dict[int, bytes]]]:
    """Yield the protocol and the attributes of each nexthop object."""
    body = _NEXTHOP.pack(0, 0, 0, 0, 0)
    for answer in netlink.dump(_RTM_GETNEXTHOP, body, "list nexthop objects"):
        yield answer[2], attributes(answer[_NEXTHOP.size :])
