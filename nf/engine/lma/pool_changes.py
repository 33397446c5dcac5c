"""What a commit does to the pools: ranges come and go, live prefixes keep their nodes.

The cost goes with the ranges that come or go, and with what is assigned out of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import LmaConfiguration, PrefixPool
from nf.engine.effects import Effect
from nf.engine.lma.assignments import Assignments, check_threshold, persisted
from nf.engine.lma.prefix_pool import PoolSpace, PrefixRange
from nf.engine.lma.records import PrefixAssignment
from nf.engine.values import Instant, PrefixKind


class PoolKeeper:
    """Keeps the pools of the assignments as they are configured."""

    def __init__(self, assignments: Assignments) -> None:
        self._assignments = assignments
        #: Prefixes that are nodes' own: no pool hands out anything that overlaps one.
        self._own: dict[MobileNodeIdentifier, tuple[IPv6Network, ...]] = {}

    def set_own(self, node: MobileNodeIdentifier, prefixes: tuple[IPv6Network, ...]) -> None:
        """Reserve a node's own prefixes, instead of those that it had."""
        before = self._own.pop(node, ())
        if prefixes:
            self._own[node] = prefixes
        for each in self._ranges() if before != prefixes else ():
            for prefix in before:
                each.unreserve(prefix)
            for prefix in prefixes:
                each.reserve(prefix)

    def configure(self, lma: LmaConfiguration | None, now: Instant) -> list[Effect]:
        """Bring the pools into line with the configuration.

        What is bound out of a range that goes stays bound until it ends, what is only held is
        released; both stay what they are where another range takes them over.
        """
        wanted = _configured_pools(lma)
        withdrawn = self._withdraw(wanted)
        added = self._add(wanted)
        effects = self._adopt(added, withdrawn, now)
        for pool in self._assignments.pools.values():
            effects += check_threshold(pool)
        for assignment in withdrawn:
            if self._is_homeless(assignment):
                effects += self._abandon(assignment, now)
        return effects

    def _withdraw(
        self, wanted: Mapping[tuple[PrefixKind, str], PrefixPool]
    ) -> list[PrefixAssignment]:
        """Remove ranges that are wanted no more; return what was assigned out of them."""
        withdrawn: list[PrefixAssignment] = []
        for key, pool in tuple(self._assignments.pools.items()):
            configuration = wanted.get(key)
            for prefix, pieces in tuple(pool.ranges.items()):
                if configuration is None or not _has(configuration, pieces):
                    withdrawn += (self._assignments.by_prefix[each] for each in pieces.pieces())
                    del pool.ranges[prefix]
            if configuration is None:
                del self._assignments.pools[key]
        return withdrawn

    def _add(
        self, wanted: Mapping[tuple[PrefixKind, str], PrefixPool]
    ) -> list[tuple[PoolSpace, PrefixRange]]:
        """Add pools and ranges that are new; pools stand in the order of the configuration."""
        added: list[tuple[PoolSpace, PrefixRange]] = []
        known, self._assignments.pools = self._assignments.pools, {}
        for key, configuration in wanted.items():
            pool = known.get(key) or PoolSpace(key[0], configuration)
            pool.configuration = configuration
            self._assignments.pools[key] = pool
            for prefix in configuration.prefixes:
                if prefix not in pool.ranges:
                    pool.ranges[prefix] = PrefixRange(prefix, configuration.assigned_length)
                    added.append((pool, pool.ranges[prefix]))
        return added

    def _adopt(
        self,
        added: Iterable[tuple[PoolSpace, PrefixRange]],
        withdrawn: Iterable[PrefixAssignment],
        now: Instant,
    ) -> list[Effect]:
        """Let new ranges take over what lies in them already, and keep clear of the rest."""
        orphans = self._assignments.orphans
        live = [*withdrawn, *(self._assignments.by_prefix[each] for each in orphans)]
        effects: list[Effect] = []
        for pool, pieces in added:
            for assignment in live:
                if assignment.kind is pool.kind and pieces.take_this(assignment.prefix):
                    orphans.discard(assignment.prefix)
                    effects += _rename_pool(assignment, pool.configuration.name, now)
            for prefix in (*orphans, *(each for own in self._own.values() for each in own)):
                pieces.reserve(prefix)
        return effects

    def _is_homeless(self, assignment: PrefixAssignment) -> bool:
        pool = self._assignments.pools.get((assignment.kind, assignment.pool))
        return pool is None or pool.range_of(assignment.prefix) is None

    def _abandon(self, assignment: PrefixAssignment, now: Instant) -> list[Effect]:
        """Release what no range took over, or keep pools clear of it while it is bound."""
        if assignment.bindings:
            self.make_orphan(assignment.prefix)
            return []
        node = assignment.mobile_node_identifier
        released = self._assignments.release(assignment)
        return released + self._assignments.align_hold(node, now)

    def make_orphan(self, prefix: IPv6Network) -> None:
        """Keep all pools clear of a prefix that is in use and none of theirs."""
        self._assignments.orphans.add(prefix)
        for each in self._ranges():
            each.reserve(prefix)

    def _ranges(self) -> list[PrefixRange]:
        pools = self._assignments.pools.values()
        return [pieces for pool in pools for pieces in pool.ranges.values()]


def _configured_pools(
    lma: LmaConfiguration | None,
) -> dict[tuple[PrefixKind, str], PrefixPool]:
    if lma is None:
        return {}
    home, mobile = lma.home_network_prefix_pools, lma.mobile_network_prefix_pools
    return {(PrefixKind.HOME, pool.name): pool for pool in home} | {
        (PrefixKind.MOBILE, pool.name): pool for pool in mobile
    }


def _rename_pool(assignment: PrefixAssignment, name: str, now: Instant) -> list[Effect]:
    """Write down from which pool an assignment is, durably if that is another one now."""
    if assignment.pool == name:
        return []
    assignment.pool = name
    return [persisted(assignment, now)]


def _has(configuration: PrefixPool, pieces: PrefixRange) -> bool:
    """Tell whether a configured pool still has a range."""
    is_same_cut = pieces.piece_length == configuration.assigned_length
    return is_same_cut and pieces.prefix in configuration.prefixes
