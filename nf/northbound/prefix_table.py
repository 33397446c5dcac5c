"""All prefixes that the configuration gives to somebody, and who would get one twice."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence, Set
from ipaddress import IPv6Network
from operator import attrgetter
from typing import Final, NamedTuple

#: From this many arrivals on, one pass over the table is cheaper than a search for each.
BULK: Final = 256

_first = attrgetter("first")


class PrefixClaim(NamedTuple):
    """The addresses of one prefix, and where the configuration gives them away."""

    first: int
    last: int
    prefix: IPv6Network
    #: Path of the leaf-list that holds the prefix.
    holder: str
    #: Path of the configuration object that the leaf-list is part of.
    owner: str


def claim(prefix: IPv6Network, *, holder: str, owner: str) -> PrefixClaim:
    """Return the claim that a leaf-list's value makes."""
    first, last = int(prefix.network_address), int(prefix.broadcast_address)
    return PrefixClaim(first, last, prefix, holder, owner)


class PrefixTable:
    """The claims of the running configuration, none of which overlaps another one.

    A search costs the logarithm of their number.
    """

    def __init__(self) -> None:
        self._claims: list[PrefixClaim] = []

    def __len__(self) -> int:
        return len(self._claims)

    def replace(self, removed: Sequence[PrefixClaim], added: Sequence[PrefixClaim]) -> None:
        """Forget some claims, then take some others."""
        if len(removed) + len(added) > BULK:
            gone = set(removed)
            kept = (known for known in self._claims if known not in gone)
            self._claims = sorted([*kept, *added])
            return
        for known in removed:
            del self._claims[self._index(known)]
        for new in added:
            insort(self._claims, new)

    def overlaps(
        self, arrivals: Sequence[PrefixClaim], replaced_owners: Set[str]
    ) -> Iterator[tuple[PrefixClaim, PrefixClaim]]:
        """Yield each arrival that overlaps another claim, once, with the first that it overlaps.

        Claims of ``replaced_owners`` do not count: the arrivals stand in their stead.
        """
        if len(arrivals) > BULK:
            known = {one for one in self._claims if one.owner not in replaced_owners}
        else:
            known = set(self._neighbours(arrivals, replaced_owners))
        told: set[PrefixClaim] = set()
        for left, right in _overlapping(sorted([*known, *arrivals], key=_widest_first)):
            arrival, other = (left, right) if right in known else (right, left)
            if arrival not in told:
                told.add(arrival)
                yield arrival, other

    def _neighbours(
        self, arrivals: Iterable[PrefixClaim], replaced_owners: Set[str]
    ) -> Iterator[PrefixClaim]:
        """Yield the nearest claims left and right of each arrival's first address."""
        for arrival in arrivals:
            middle = bisect_right(self._claims, arrival.first, key=_first)
            sides = range(middle - 1, -1, -1), range(middle, len(self._claims))
            for side in sides:
                near = (self._claims[i] for i in side)
                nearest = next((one for one in near if one.owner not in replaced_owners), None)
                if nearest is not None:
                    yield nearest

    def _index(self, known: PrefixClaim) -> int:
        return bisect_left(self._claims, known)


def _widest_first(one: PrefixClaim) -> tuple[int, int]:
    """Order claims by first address; of those that share it, what holds others comes first."""
    return one.first, -one.last


def _overlapping(claims: Iterable[PrefixClaim]) -> Iterator[tuple[PrefixClaim, PrefixClaim]]:
    """Yield overlapping pairs of claims that come in order of their first address."""
    widest: PrefixClaim | None = None
    for one in claims:
        if widest is not None and one.first <= widest.last:
            yield widest, one
        if widest is None or one.last > widest.last:
            widest = one
