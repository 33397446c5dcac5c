"""The nexthop groups of prefixes that go by several tunnels: one for each, and no two share one.

What happens to one router's ways so moves no flow of another router, and where one of three ways
is lost, the flows of the other two stay where they are: the group changes and not the route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv6Network

from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.nexthops import NexthopGroup
from nf.drivers.kernel.paths import tell_flows_apart
from nf.drivers.kernel.routes import Place, Route


class Groups:
    """The groups by the places of the routes that use them."""

    def __init__(self, ledger: Ledger, new_id: Callable[[], int]) -> None:
        self._ledger = ledger
        self._new_id = new_id
        self._ids: dict[Place, int] = {}

    def spread(self, prefix: IPv6Network, table: int, members: Iterable[int]) -> None:
        """Route a prefix by several nexthop objects."""
        if not self._ids:
            tell_flows_apart()
        route = Route(destination=prefix, table=table)
        identifier = self._ids.get(route.place) or self._of_former_run(route.place)
        identifier = self._ids[route.place] = identifier or self._new_id()
        self._ledger.install(
            NexthopGroup(id=identifier, members=tuple(sorted(members))),
            Route(destination=prefix, table=table, nexthop_id=identifier),
        )

    def remove(self, place: Place) -> None:
        """Have the group of a route no longer, if there is one; the route goes another way by now.

        It would go along with the group.
        """
        identifier = self._ids.pop(place, None)
        if identifier is not None:
            self._ledger.remove((NexthopGroup, identifier))

    def _of_former_run(self, place: Place) -> int | None:
        """Return the group that a former run left: its flows keep their ways."""
        way = self._ledger.left_over.get(place)
        if way is None or (NexthopGroup, way.nexthop_id) not in self._ledger.objects_left_over:
            return None
        return way.nexthop_id
