"""Routes of the kernel as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, partial
from ipaddress import IPv6Address, IPv6Network
from socket import AF_INET6
from struct import Struct
from typing import Final

from nf.drivers.kernel.encapsulation import LightweightTunnel, parse_lightweight_tunnel
from nf.drivers.kernel.links import device_index, device_name
from nf.drivers.kernel.netlink import (
    NLM_F_CREATE,
    NLM_F_REPLACE,
    OWNER,
    Changes,
    Netlink,
    attribute,
    attributes,
    nested,
)

MAIN_TABLE: Final = 254
EVERYTHING: Final = IPv6Network("::/0")
#: Preferred to what the kernel (256) or anybody else (1024) installs for the same prefix, and of
#: its own so that replacing ours never replaces theirs.
METRIC: Final = OWNER

_RTM_NEWROUTE, _RTM_DELROUTE, _RTM_GETROUTE = 24, 25, 26
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY = 1, 2, 4, 5, 6
_RTA_TABLE, _RTA_ENCAP_TYPE, _RTA_ENCAP, _RTA_NH_ID = 15, 21, 22, 30
#: rtmsg: family, lengths of destination and source, class, table, protocol, scope, type, flags.
_ROUTE: Final = Struct("=BBBBBBBBI")
_U32: Final = Struct("=I")


class RouteKind(IntEnum):
    """What the kernel does with a packet that meets a route."""

    UNICAST = 1
    #: Dropped in silence.
    BLACKHOLE = 6
    #: Dropped; the source is told.
    UNREACHABLE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of ours; at most one for each destination, source and table.

    ``source`` other than everything makes it match only packets from there (IPV6_SUBTREES).
    """

    destination: IPv6Network
    table: int = MAIN_TABLE
    source: IPv6Network = EVERYTHING
    kind: RouteKind = RouteKind.UNICAST
    nexthop_id: int | None = None
    device: str | None = None
    gateway: IPv6Address | None = None
    tunnel: LightweightTunnel | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from other routes."""
        source = self.source if self.source.prefixlen else None
        return (Route, self.table, self.destination, source)

    def install(self, netlink: Changes) -> None:
        """Have exactly this route; where there was another of the same key, in one step."""
        body = self._header() + self._attributes()
        netlink.change(_RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body, lambda: f"install {self}")

    def remove(self, netlink: Changes) -> None:
        """Remove the route of this key, if it is ours."""
        netlink.change(_RTM_DELROUTE, 0, self._header(), lambda: f"remove {self}")

    def __str__(self) -> str:
        source = f" from {self.source}" if self.source != EVERYTHING else ""
        return f"route {self.destination}{source} table {self.table}"

    def _header(self) -> bytes:
        lengths = self.destination.prefixlen, self.source.prefixlen
        header = _ROUTE.pack(AF_INET6, *lengths, 0, 0, OWNER, 0, self.kind, 0)
        header += attribute(_RTA_DST, self.destination.network_address.packed)
        if self.source.prefixlen:
            header += attribute(_RTA_SRC, self.source.network_address.packed)
        return header + _place(self.table)

    def _attributes(self) -> bytes:
        packed = b""
        if self.nexthop_id is not None:
            packed += attribute(_RTA_NH_ID, _U32.pack(self.nexthop_id))
        if self.device is not None:
            packed += attribute(_RTA_OIF, _U32.pack(device_index(self.device)))
        if self.gateway is not None:
            packed += attribute(_RTA_GATEWAY, self.gateway.packed)
        if self.tunnel is not None:
            packed += attribute(_RTA_ENCAP_TYPE, self.tunnel.type)
            packed += nested(_RTA_ENCAP, self.tunnel.pack())
        return packed


@cache
def _place(table: int) -> bytes:
    """Return the attributes that are the same for all routes of a table."""
    metric = attribute(_RTA_PRIORITY, _U32.pack(METRIC))
    return attribute(_RTA_TABLE, _U32.pack(table)) + metric


def dump_routes(netlink: Netlink) -> Iterator[Route]:
    """Yield the routes that carry our number."""
    body = _ROUTE.pack(AF_INET6, 0, 0, 0, 0, OWNER, 0, 0, 0)
    for answer in netlink.dump(_RTM_GETROUTE, body, "list routes"):
        if answer[5] == OWNER:
            yield _parse_route(answer)


def _parse_route(data: bytes) -> Route:
    _, length, source_length, *_, kind, _ = _ROUTE.unpack_from(data)
    found = attributes(data[_ROUTE.size :])
    made = partial(
        Route,
        destination=_network(found.get(_RTA_DST), length),
        table=_number(found[_RTA_TABLE]),
        source=_network(found.get(_RTA_SRC), source_length),
    )
    if _RTA_NH_ID in found:
        return made(nexthop_id=_number(found[_RTA_NH_ID]))
    if kind != RouteKind.UNICAST:
        return made(kind=RouteKind(kind))
    gateway = found.get(_RTA_GATEWAY)
    return made(
        device=device_name(_number(found[_RTA_OIF])),
        gateway=IPv6Address(gateway) if gateway else None,
        tunnel=parse_lightweight_tunnel(
            found.get(_RTA_ENCAP_TYPE, b""), found.get(_RTA_ENCAP, b"")
        ),
    )


def _network(address: bytes | None, length: int) -> IPv6Network:
    return IPv6Network((address, length)) if address else EVERYTHING


def _number(data: bytes) -> int:
    return int(_U32.unpack(data)[0])
