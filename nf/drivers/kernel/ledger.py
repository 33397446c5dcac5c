"""What we want in the kernel, and asking for it.

Everything that is installed is remembered, so that mending can tell what a former run left behind
and what somebody took away. What does not carry our number is never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv6Network
from typing import Final, Protocol

from nf.drivers.kernel.links import dump_links
from nf.drivers.kernel.netlink import GONE, KernelError, Later, Netlink
from nf.drivers.kernel.nexthops import dump_groups, dump_nexthops
from nf.drivers.kernel.routes import (
    EVERYTHING,
    MAIN_TABLE,
    Place,
    Route,
    Way,
    dump_routes,
    install_route,
    place_of,
    remove_route,
)
from nf.drivers.kernel.rules import dump_rules


class KernelObject(Protocol):
    """A link, nexthop object or rule of ours."""

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from others; its first element is its class."""

    def install(self, netlink: Netlink) -> None:
        """Have it in the kernel; no harm if it is there."""

    def remove(self, netlink: Netlink) -> None:
        """Take it out of the kernel."""


_DUMPS: Final[tuple[Callable[[Netlink], Iterable[KernelObject]], ...]] = (
    dump_links,
    dump_nexthops,
    dump_groups,
    dump_rules,
)


def dump_objects(netlink: Netlink) -> dict[tuple[object, ...], KernelObject]:
    """Return what is in the kernel of ours but routes, by key, what others rest upon first."""
    return {each.key: each for dump in _DUMPS for each in dump(netlink)}


class Ledger:
    """The objects that are wanted by key, and the routes by place."""

    def __init__(self, netlink: Netlink) -> None:
        self.netlink = netlink
        self.objects: dict[tuple[object, ...], KernelObject] = {}
        self.routes: dict[Place, Way] = {}
        #: What a former run left and nobody has wanted since it was looked for.
        self.left_over: dict[Place, Way] = {}
        self.objects_left_over: dict[tuple[object, ...], KernelObject] = {}
        #: Whether the kernel may hold something that is unknown, or lack something that is wanted.
        self.is_doubtful = True
        #: Whether routes may change later, together, and what is refused of them be told then.
        self.is_deferring = False
        self._later = Later(netlink)
        self._later_or_gone = Later(netlink, GONE)

    def look(self) -> None:
        """Find what a former run left: whatever is wanted as it is need not be installed."""
        self.objects_left_over = {
            key: each for key, each in dump_objects(self.netlink).items() if key not in self.objects
        }
        self.left_over = {
            place: way for place, way in dump_routes(self.netlink) if place not in self.routes
        }
        self.is_doubtful = False

    def doubt(self) -> None:
        """Take nothing in the kernel to be as it was found."""
        self.objects_left_over.clear()
        self.left_over.clear()
        self.is_doubtful = True

    def install(self, *objects: KernelObject | Route) -> None:
        """Want objects and install them; they stay wanted if the kernel refuses one now."""
        for wanted in objects:
            if isinstance(wanted, Route):
                self.routes[wanted.place] = wanted.way
            else:
                self.objects[wanted.key] = wanted
        for wanted in objects:
            if isinstance(wanted, Route):
                self.install_route(wanted.place, wanted.way)
            elif self.objects_left_over.pop(wanted.key, None) != wanted:
                self._ask(wanted.install)

    def install_route(self, place: Place, way: Way) -> None:
        """Want a route and install it, unless a former run did."""
        self.routes[place] = way
        if self.left_over and self.left_over.pop(place, None) == way:
            return
        if self.is_deferring:
            install_route(self._later, place, way)
        else:
            self._ask(lambda netlink: install_route(netlink, place, way))

    def remove(self, key: tuple[object, ...]) -> None:
        """Want an object no longer and remove it; it may have gone along with another."""
        unwanted = self.objects.pop(key, None)
        if unwanted is not None:
            self._withdraw(unwanted.remove)

    def remove_route(
        self, destination: IPv6Network, table: int = MAIN_TABLE, source: IPv6Network = EVERYTHING
    ) -> None:
        """Want a route no longer and remove it."""
        self.remove_route_at(place_of(destination, table, source))

    def remove_route_at(self, place: Place) -> None:
        """Want what is at this place no longer and remove it."""
        way = self.routes.pop(place, None)
        if way is None:
            return
        if self.is_deferring:
            remove_route(self._later_or_gone, place, way)
        else:
            self._withdraw(lambda netlink: remove_route(netlink, place, way))

    def install_later(self, place: Place, way: Way) -> None:
        """Have a route with the next flush."""
        install_route(self._later, place, way)

    def remove_later(self, place: Place, way: Way) -> None:
        """Take a route away with the next flush, if it is there."""
        remove_route(self._later_or_gone, place, way)

    def flush(self) -> list[KernelError]:
        """Have in the kernel what was deferred; return what it refused."""
        refusals = self.netlink.flush()
        self.is_doubtful = self.is_doubtful or bool(refusals)
        return refusals

    def wants(self, key: tuple[object, ...]) -> bool:
        """Tell whether an object of this key is wanted."""
        return key in self.objects

    def forget(self) -> None:
        """Want nothing; what is in the kernel stays until it is mended."""
        self.objects.clear()
        self.routes.clear()
        self.doubt()

    def _ask(self, operation: Callable[[Netlink], None]) -> None:
        try:
            operation(self.netlink)
        except KernelError:
            self.is_doubtful = True
            raise

    def _withdraw(self, operation: Callable[[Netlink], None]) -> None:
        try:
            operation(self.netlink)
        except KernelError as refusal:
            if refusal.errno not in GONE:
                raise
