"""How much of each pool is in use: counted when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nf.engine.configuration import PrefixPool
from nf.engine.lma.lma import Lma
from nf.engine.values import PrefixKind
from nf.northbound.fragments import Keys
from nf.northbound.json_values import Json, JsonObject
from nf.northbound.words import long_number

#: How many assignments are counted at a stretch.
STRIDE: Final = 5_000


@dataclass(slots=True, kw_only=True)
class PoolUsage:
    """The count of one pool."""

    size: int
    used: int = 0
    held: int = 0


class PoolSource:
    """The use of all pools of one kind; counting lets others have their turn now and then."""

    def __init__(self, lma: Lma, kind: PrefixKind, pools: Sequence[PrefixPool]) -> None:
        self.path: tuple[str, ...] = ("local-mobility-anchor", f"{kind.value}-pool")
        self.within: tuple[str, ...] = ("usage",)
        self._lma = lma
        self._kind = kind
        self._pools = pools

    def render(self, keys: Keys) -> Iterator[Json]:
        """Yield empty pieces while counting, then the list of pools with their usage."""
        usages = {
            pool.name: PoolUsage(size=pool_size(pool))
            for pool in self._pools
            if not keys or pool.name == keys["name"]
        }
        if usages:
            yield from self._count(usages)
            yield [usage_to_yang(name, usage) for name, usage in usages.items()]

    def _count(self, usages: Mapping[str, PoolUsage]) -> Iterator[None]:
        assignments = tuple(self._lma.assignments.values())
        for number, assignment in enumerate(assignments, start=1):
            if assignment.kind is self._kind and assignment.pool in usages:
                usage = usages[assignment.pool]
                usage.used += 1
                usage.held += not assignment.bindings
            if number % STRIDE == 0:
                yield None


def pool_size(pool: PrefixPool) -> int:
    """Return how many prefixes can be cut from a pool."""
    lengths = (prefix.prefixlen for prefix in pool.prefixes)
    return sum(1 << (pool.assigned_length - length) for length in lengths)


def usage_to_yang(name: str, usage: PoolUsage) -> JsonObject:
    """Return the entry of a pool with nothing but its usage."""
    counts: JsonObject = {
        "size": long_number(usage.size),
        "used": long_number(usage.used),
        "held": long_number(usage.held),
    }
    return {"name": name, "usage": counts}
