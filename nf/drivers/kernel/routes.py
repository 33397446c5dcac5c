"""Routes of the kernel as values.

There may be millions, so what tells one from others is a string of octets, its *place*, and what it
does is its *way*, which many share. A ``Route`` has both, and is for where there are few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from ipaddress import IPv6Address, IPv6Network
from socket import AF_INET6
from struct import Struct
from typing import Final, NamedTuple, NewType

from nf.codec.packed_prefix import octets_of
from nf.drivers.kernel.encapsulation import LightweightTunnel, parse_lightweight_tunnel
from nf.drivers.kernel.links import device_index, device_name
from nf.drivers.kernel.netlink import NLM_F_CREATE, NLM_F_REPLACE, OWNER, Changes, Netlink
from nf.drivers.kernel.octets import attribute, attributes, nested

MAIN_TABLE: Final = 254
EVERYTHING: Final = IPv6Network("::/0")
#: Preferred to what the kernel (256) or anybody else (1024) installs for the same prefix, and of
#: its own so that replacing ours never replaces theirs.
METRIC: Final = OWNER
#: Of what a prefix comes to where ours is gone: still preferred to what anybody else installs.
END_METRIC: Final = METRIC + 1

_RTM_NEWROUTE, _RTM_DELROUTE, _RTM_GETROUTE = 24, 25, 26
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY = 1, 2, 4, 5, 6
_RTA_TABLE, _RTA_ENCAP_TYPE, _RTA_ENCAP, _RTA_NH_ID = 15, 21, 22, 30
#: rtmsg: family, lengths of destination and source, class, table, protocol, scope, type, flags.
_ROUTE: Final = Struct("=BBBBBBBBI")
_WAY_ATTRIBUTES: Final = (_RTA_NH_ID, _RTA_OIF, _RTA_GATEWAY, _RTA_ENCAP_TYPE, _RTA_ENCAP)
#: Ways by nexthop objects that are kept.
_NEXTHOPS: Final = 65_536
_U32: Final = Struct("=I")
#: Lengths of destination and source, table, metric, destination; a source follows if it has length.
_PLACE: Final = Struct("=BBII16s")
_DESTINATION: Final = Struct("=HH16s")
_ADDRESS_ATTRIBUTE_LENGTH: Final = 20
_NOWHERE: Final = bytes(16)
#: The kernel tells a route's table first, then its destination.
_DESTINATION_HEADER: Final = Struct("=HH").pack(_ADDRESS_ATTRIBUTE_LENGTH, _RTA_DST)
_BEFORE_DESTINATION: Final = _ROUTE.size + 8 + len(_DESTINATION_HEADER)
_BEHIND_DESTINATION: Final = _BEFORE_DESTINATION + 16
#: Shapes that are kept while routes are read.
_SHAPES: Final = 4096

#: Destination, source, table and metric of a route: at most one route of ours has them.
Place = NewType("Place", bytes)


class RouteKind(IntEnum):
    """What the kernel does with a packet that meets a route."""

    UNICAST = 1
    #: Dropped in silence.
    BLACKHOLE = 6
    #: Dropped; the source is told.
    UNREACHABLE = 7
    #: Looked up in the next table.
    THROW = 9


class Way(NamedTuple):
    """What becomes of the packets of a route."""

    kind: RouteKind = RouteKind.UNICAST
    nexthop_id: int | None = None
    device: str | None = None
    gateway: IPv6Address | None = None
    tunnel: LightweightTunnel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of ours; at most one for each destination, source, table and metric.

    ``source`` other than everything makes it match only packets from there (IPV6_SUBTREES).
    """

    destination: IPv6Network
    table: int = MAIN_TABLE
    source: IPv6Network = EVERYTHING
    metric: int = METRIC
    kind: RouteKind = RouteKind.UNICAST
    nexthop_id: int | None = None
    device: str | None = None
    gateway: IPv6Address | None = None
    tunnel: LightweightTunnel | None = None

    @property
    def place(self) -> Place:
        """Return what tells it from other routes."""
        return place_of(self.destination, self.table, self.source, self.metric)

    @property
    def way(self) -> Way:
        """Return what it does."""
        return Way(self.kind, self.nexthop_id, self.device, self.gateway, self.tunnel)


def place_of(
    destination: IPv6Network,
    table: int = MAIN_TABLE,
    source: IPv6Network = EVERYTHING,
    metric: int = METRIC,
) -> Place:
    """Return where the route from a source to a destination stands."""
    lengths = destination.prefixlen, source.prefixlen
    place = _PLACE.pack(*lengths, table, metric, octets_of(destination)[1:])
    return Place(place + source.network_address.packed if source.prefixlen else place)


def install_route(changes: Changes, place: Place, way: Way) -> None:
    """Have exactly this route; where there was another at this place, in one step."""
    body = _header(place, way.kind) + _attributes(way)
    flags = NLM_F_CREATE | NLM_F_REPLACE
    changes.change(_RTM_NEWROUTE, flags, body, lambda: f"install {route_text(place)}")


def remove_route(changes: Changes, place: Place, way: Way) -> None:
    """Remove the route at this place, if it is ours."""
    body = _header(place, way.kind)
    changes.change(_RTM_DELROUTE, 0, body, lambda: f"remove {route_text(place)}")


def route_text(place: Place) -> str:
    """Return a route in words."""
    length, source_length, table, _, destination = _PLACE.unpack_from(place)
    source = IPv6Network((place[_PLACE.size :], source_length)) if source_length else None
    origin = f" from {source}" if source else ""
    return f"route {IPv6Network((destination, length))}{origin} table {table}"


def dump_routes(netlink: Netlink) -> Iterator[tuple[Place, Way]]:
    """Yield the routes that carry our number."""
    body = _ROUTE.pack(AF_INET6, 0, 0, 0, 0, OWNER, 0, 0, 0)
    parser = _Parser()
    for answer in netlink.dump_each(_RTM_GETROUTE, body, "list routes"):
        if answer[5] == OWNER:
            yield parser.route(answer)


class _Parser:
    """Makes routes of what the kernel says, of most by a look at what differs: their destination.

    Those that do the same share one way.
    """

    def __init__(self) -> None:
        self._ways: dict[tuple[object, ...], Way] = {}
        #: By the octets before the destination and behind it: what comes before it in a place.
        self._shapes: dict[tuple[bytes, bytes], tuple[bytes, Way]] = {}

    def route(self, data: bytes) -> tuple[Place, Way]:
        """Return one route."""
        shape = data[:_BEFORE_DESTINATION], data[_BEHIND_DESTINATION:]
        known = self._shapes.get(shape)
        if known is not None:
            return Place(known[0] + data[_BEHIND_DESTINATION - 16 : _BEHIND_DESTINATION]), known[1]
        place, way = self._parse(data)
        is_usual = shape[0].endswith(_DESTINATION_HEADER) and len(place) == _PLACE.size
        if is_usual and len(self._shapes) < _SHAPES:
            self._shapes[shape] = place[:-16], way
        return place, way

    def _parse(self, data: bytes) -> tuple[Place, Way]:
        _, length, source_length, *_, kind, _ = _ROUTE.unpack_from(data)
        found = attributes(data, _ROUTE.size)
        table, metric = _number(found[_RTA_TABLE]), _number(found[_RTA_PRIORITY])
        place = _PLACE.pack(length, source_length, table, metric, found.get(_RTA_DST, _NOWHERE))
        if source_length:
            place += found[_RTA_SRC]
        return Place(place), self._way(kind, found)

    def _way(self, kind: int, found: dict[int, bytes]) -> Way:
        said = (kind, *[found.get(each) for each in _WAY_ATTRIBUTES])
        way = self._ways.get(said)
        if way is None:
            way = self._ways[said] = _parse_way(kind, found)
        return way


def _parse_way(kind: int, found: dict[int, bytes]) -> Way:
    if _RTA_NH_ID in found:
        return to_nexthop(_number(found[_RTA_NH_ID]))
    if kind != RouteKind.UNICAST:
        return Way(RouteKind(kind))
    gateway = found.get(_RTA_GATEWAY)
    return Way(
        device=device_name(_number(found[_RTA_OIF])),
        gateway=IPv6Address(gateway) if gateway else None,
        tunnel=parse_lightweight_tunnel(
            found.get(_RTA_ENCAP_TYPE, b""), found.get(_RTA_ENCAP, b"")
        ),
    )


@lru_cache(maxsize=_NEXTHOPS)
def to_nexthop(identifier: int) -> Way:
    """Return the way by a nexthop object, the same one to all who ask."""
    return Way(nexthop_id=identifier)


def _header(place: Place, kind: RouteKind) -> bytes:
    length, source_length, table, metric, destination = _PLACE.unpack_from(place)
    header = _ROUTE.pack(AF_INET6, length, source_length, 0, 0, OWNER, 0, kind, 0)
    header += _DESTINATION.pack(_ADDRESS_ATTRIBUTE_LENGTH, _RTA_DST, destination)
    if source_length:
        header += attribute(_RTA_SRC, place[_PLACE.size :])
    return header + _table_and_metric(table, metric)


@cache
def _table_and_metric(table: int, metric: int) -> bytes:
    """Return the attributes that most routes of a table have in common."""
    packed = attribute(_RTA_TABLE, _U32.pack(table))
    return packed + attribute(_RTA_PRIORITY, _U32.pack(metric))


def _attributes(way: Way) -> bytes:
    if way.nexthop_id is not None:
        return attribute(_RTA_NH_ID, _U32.pack(way.nexthop_id))
    packed = b""
    if way.device is not None:
        packed += attribute(_RTA_OIF, _U32.pack(device_index(way.device)))
    if way.gateway is not None:
        packed += attribute(_RTA_GATEWAY, way.gateway.packed)
    if way.tunnel is not None:
        packed += attribute(_RTA_ENCAP_TYPE, way.tunnel.type)
        packed += nested(_RTA_ENCAP, way.tunnel.pack())
    return packed


def _number(data: bytes) -> int:
    return int(_U32.unpack(data)[0])
