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
_NHA_ID, _NHA_GROUP, _NHA_GROUP_TYPE = 1, 2, 3
_NHA_OIF, _NHA_GATEWAY, _NHA_ENCAP_TYPE, _NHA_ENCAP = 5, 6, 7, 8
_NHA_RES_GROUP: Final = 12
_RES_GROUP_BUCKETS, _RES_GROUP_IDLE_TIMER, _RES_GROUP_UNBALANCED_TIMER = 1, 2, 3
_RESILIENT: Final = 1
#: nexthop_grp: number, weight less one, reserved.
_MEMBER: Final = Struct("=IBBH")
#: How many parts the flows of a group are put into, each of which has one member at a time.
_BUCKETS: Final = 64
#: Of a part without a packet for so long nothing is under way any more: it may change its member.
_IDLE_S: Final = 10
#: And after so long it must, or a new member would wait for its share while there is traffic.
_UNBALANCED_S: Final = 60
#: The kernel counts both in hundredths of a second (USER_HZ).
_CLOCK: Final = 100
#: nhmsg: family, scope, protocol, reserved, flags.
_NEXTHOP: Final = Struct("=BBBBI")
_U16: Final = Struct("=H")
_U32: Final = Struct("=I")
#: Below are the numbers that people give.
_FIRST_ID: Final = 223_000_000

_RESILIENCE: Final = (
    attribute(_RES_GROUP_BUCKETS, _U16.pack(_BUCKETS))
    + attribute(_RES_GROUP_IDLE_TIMER, _U32.pack(_IDLE_S * _CLOCK))
    + attribute(_RES_GROUP_UNBALANCED_TIMER, _U32.pack(_UNBALANCED_S * _CLOCK))
)


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
        _remove(netlink, self.id, f"remove {self}")

    def __str__(self) -> str:
        return f"nexthop {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NexthopGroup:
    """Nexthop objects of which each flow uses one; of no use without a member.

    It is a resilient one: a flow keeps its member for as long as that is in the group, whoever
    else comes or goes; those of a member that goes are taken over by the others at once.
    """

    id: int
    #: In ascending order.
    members: tuple[int, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from others."""
        return (NexthopGroup, self.id)

    def install(self, netlink: Netlink) -> None:
        """Have exactly these members; routes that use the group follow in the same step."""
        body = _NEXTHOP.pack(0, 0, OWNER, 0, 0) + attribute(_NHA_ID, _U32.pack(self.id))
        body += attribute(
            _NHA_GROUP, b"".join(_MEMBER.pack(each, 0, 0, 0) for each in self.members)
        )
        body += attribute(_NHA_GROUP_TYPE, _U16.pack(_RESILIENT))
        body += nested(_NHA_RES_GROUP, _RESILIENCE)
        netlink.change(_RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, body, f"install {self}")

    def remove(self, netlink: Netlink) -> None:
        """Remove the group, and with it the routes that use it; its members stay."""
        _remove(netlink, self.id, f"remove {self}")

    def __str__(self) -> str:
        return f"nexthop group {self.id}"


class NexthopNumbers:
    """Hands out numbers for nexthop objects that nobody uses."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._last = 0

    def new(self) -> int:
        """Return the next number."""
        self._last = self._last or max(_FIRST_ID, highest_nexthop_id(self._netlink))
        self._last += 1
        return self._last


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


def dump_groups(netlink: Netlink) -> Iterator[NexthopGroup]:
    """Yield the nexthop groups that carry our number."""
    for protocol, found in _dump(netlink):
        if protocol == OWNER and _NHA_GROUP in found:
            members = tuple(sorted(each[0] for each in _MEMBER.iter_unpack(found[_NHA_GROUP])))
            yield NexthopGroup(id=_U32.unpack(found[_NHA_ID])[0], members=members)


def _remove(netlink: Netlink, identifier: int, operation: str) -> None:
    body = _NEXTHOP.pack(0, 0, 0, 0, 0) + attribute(_NHA_ID, _U32.pack(identifier))
    netlink.change(_RTM_DELNEXTHOP, 0, body, operation)


def _dump(netlink: Netlink) -> Iterator[tuple[int, dict[int, bytes]]]:
    """Yield the protocol and the attributes of each nexthop object."""
    body = _NEXTHOP.pack(0, 0, 0, 0, 0)
    for answer in netlink.dump(_RTM_GETNEXTHOP, body, "list nexthop objects"):
        yield answer[2], attributes(answer[_NEXTHOP.size :])
