"""Prefixes in use that no pool has any more: their nodes keep them until their bindings end."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from ipaddress import IPv6Network


class Orphans:
    """A set of prefixes, none of which overlaps another, that tells quickly what one overlaps."""

    def __init__(self) -> None:
        self._in_order: list[IPv6Network] = []

    def __iter__(self) -> Iterator[IPv6Network]:
        return iter(tuple(self._in_order))

    def __contains__(self, prefix: IPv6Network) -> bool:
        at = bisect_left(self._in_order, prefix)
        return self._in_order[at : at + 1] == [prefix]

    def add(self, prefix: IPv6Network) -> None:
        """Take up a prefix; no harm if it is there."""
        if prefix not in self:
            insort(self._in_order, prefix)

    def discard(self, prefix: IPv6Network) -> None:
        """Forget a prefix; no harm if it is not there."""
        if prefix in self:
            del self._in_order[bisect_left(self._in_order, prefix)]

    def has_overlap(self, prefix: IPv6Network) -> bool:
        """Tell whether any overlaps a prefix: only its neighbours in the order can."""
        at = bisect_left(self._in_order, prefix)
        neighbours = self._in_order[max(0, at - 1) : at + 1]
        return any(each.overlaps(prefix) for each in neighbours)
