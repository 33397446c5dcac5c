"""The data plane's operational state as YANG data: the driver in use, its tunnels, drops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv6Address
from typing import Final, Protocol, TypeAlias

from nf.engine.values import Tunnel
from nf.northbound.fragments import ContainerSource, Keys, ListSource, StateSource
from nf.northbound.json_values import JsonObject
from nf.northbound.words import long_number

DATA_PLANE: Final = "data-plane"
#: Local and remote end.
Ends: TypeAlias = tuple[IPv6Address, IPv6Address]


class DataPlane(Protocol):
    """What the kernel's driver tells about itself."""

    @property
    def driver_in_use(self) -> str | None:
        """The driver's word, never ``auto``; None while none is in use."""

    def tunnels(self) -> Iterable[tuple[Tunnel, int]]:
        """Return each tunnel with the number of routes into it."""

    def dropped(self) -> Mapping[str, int] | None:
        """Return how many packets were dropped, by reason; None while nobody looks."""


def data_plane_sources(data_plane: DataPlane) -> Iterator[StateSource]:
    """Yield the sources of the data plane's state."""
    yield ContainerSource(
        path=(DATA_PLANE, "driver-in-use"), value=lambda: data_plane.driver_in_use
    )
    yield ListSource(
        path=(DATA_PLANE, "tunnel"),
        records=lambda: _routes_by_ends(data_plane),
        key=_ends,
        entry=tunnel_to_yang,
    )
    yield ContainerSource(
        path=(DATA_PLANE, "source-filter"),
        value=lambda: (
            None if data_plane.driver_in_use is None else data_plane.dropped() is not None
        ),
    )
    yield ListSource(
        path=(DATA_PLANE, "dropped"),
        records=lambda: data_plane.dropped() or {},
        key=lambda keys: keys["reason"],
        entry=dropped_to_yang,
    )


def tunnel_to_yang(ends: Ends, routes: int) -> JsonObject:
    """Return an entry of ``tunnel``."""
    local, remote = ends
    return {"local": str(local), "remote": str(remote), "routes": routes}


def dropped_to_yang(reason: str, count: int) -> JsonObject:
    """Return an entry of ``dropped``."""
    return {"reason": reason, "count": long_number(count)}


def _routes_by_ends(data_plane: DataPlane) -> Mapping[Ends, int]:
    return {(tunnel.local, tunnel.remote): routes for tunnel, routes in data_plane.tunnels()}


def _ends(keys: Keys) -> Ends:
    return IPv6Address(keys["local"]), IPv6Address(keys["remote"])
