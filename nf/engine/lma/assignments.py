"""Which prefix belongs to which mobile node (NEMO draft §3.4.2).

A prefix stays its node's for as long as a binding uses it, and for the pool's hold time after the
last one: a node that comes back finds it again. Prefixes of a node's own come from no pool; they
are on record only while a binding uses them, and never stored, since the configuration knows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.unguarded import unguarded
from nf.engine.effects import Effect, Notify, StartTimer, StopTimer
from nf.engine.errors import InvariantBroken
from nf.engine.lma.orphans import Orphans
from nf.engine.lma.prefix_pool import PoolSpace
from nf.engine.lma.records import PrefixAssignment
from nf.engine.notifications import PoolThresholdCrossed
from nf.engine.store_effects import ForgetAssignment, PersistAssignment
from nf.engine.values import (
    BindingId,
    Instant,
    PrefixKind,
    StoredAssignment,
    Timer,
    TimerKind,
)


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A prefix taken out of a pool that is nobody's yet: assign it or put it back."""

    prefix: IPv6Network
    pool: PoolSpace


class Assignments:
    """The prefixes of all nodes; every change that must survive a restart is an effect."""

    def __init__(self) -> None:
        self.by_prefix: dict[IPv6Network, PrefixAssignment] = {}
        self.pools: dict[tuple[PrefixKind, str], PoolSpace] = {}
        #: Used prefixes whose pool is gone: bindings keep theirs until they end.
        self.orphans = Orphans()
        self._of_node: dict[MobileNodeIdentifier, tuple[PrefixAssignment, ...]] = {}
        self._hold_ends_ms: dict[MobileNodeIdentifier, int] = {}

    def of_node(self, node: MobileNodeIdentifier, kind: PrefixKind) -> tuple[PrefixAssignment, ...]:
        """Return what is assigned to a node, oldest first."""
        return tuple([each for each in self._of_node.get(node, ()) if each.kind is kind])

    def is_clear(self, prefix: IPv6Network, kind: PrefixKind, node: MobileNodeIdentifier) -> bool:
        """Tell whether a node may use a prefix of its own.

        Whoever had it from a pool that is gone keeps it until the end, and so it is with all that
        overlaps it; with the pools that there are, and with other nodes' own, nothing does.
        """
        known = self.by_prefix.get(prefix)
        if known is None:
            return not self.orphans.has_overlap(prefix)
        return known.mobile_node_identifier == node and known.kind is kind

    def draw(self, kind: PrefixKind, length: int | None = None) -> Draw | None:
        """Take a prefix out of the first pool of this kind that has one of this length."""
        for pool in self.pools.values():
            fits = length is None or pool.configuration.assigned_length == length
            prefix = pool.take() if pool.kind is kind and fits else None
            if prefix is not None:
                return Draw(prefix=prefix, pool=pool)
        return None

    def put_back(self, draws: Iterable[Draw]) -> None:
        """Undo draws that came to nothing."""
        for each in draws:
            self._give_back(each.pool, each.prefix)

    def assign(self, draw: Draw, node: MobileNodeIdentifier, now: Instant) -> list[Effect]:
        """Make a drawn prefix a node's."""
        assignment = PrefixAssignment(
            prefix=draw.prefix,
            kind=draw.pool.kind,
            mobile_node_identifier=node,
            pool=draw.pool.configuration.name,
            assigned_utc_us=now.utc_us,
        )
        self.record(assignment)
        return [persisted(assignment, now), *check_threshold(draw.pool)]

    def record(self, assignment: PrefixAssignment) -> None:
        """Write down an assignment that is new here."""
        if assignment.prefix in self.by_prefix:
            raise InvariantBroken(f"{assignment.prefix} is assigned already")
        self.by_prefix[assignment.prefix] = assignment
        node = assignment.mobile_node_identifier
        self._of_node[node] = (*self._of_node.get(node, ()), assignment)

    def bind(
        self,
        prefix: IPv6Network,
        kind: PrefixKind,
        node: MobileNodeIdentifier,
        binding: BindingId,
        now: Instant,
    ) -> list[Effect]:
        """Let a binding use a prefix that is its node's, by assignment or by configuration."""
        assignment = self.by_prefix.get(prefix)
        if assignment is None:
            assignment = PrefixAssignment(
                prefix=prefix,
                kind=kind,
                mobile_node_identifier=node,
                pool="",
                assigned_utc_us=now.utc_us,
            )
            self.record(assignment)
        if assignment.mobile_node_identifier != node or assignment.kind is not kind:
            raise InvariantBroken(f"{prefix} is bound to two nodes, or twice to one")
        if binding not in assignment.bindings:
            assignment.bindings = (*assignment.bindings, binding)
        if assignment.held_until_ms is None:
            return []
        assignment.held_until_ms = None
        return [persisted(assignment, now), *self.align_hold(node, now)]

    def unbind(self, prefix: IPv6Network, binding: BindingId, now: Instant) -> list[Effect]:
        """Take a prefix from a binding; with the last one begins the time that it is held."""
        assignment = self.by_prefix[prefix]
        assignment.bindings = tuple(each for each in assignment.bindings if each != binding)
        return [] if assignment.bindings else self.hold(assignment, now)

    def hold(self, assignment: PrefixAssignment, now: Instant) -> list[Effect]:
        """Keep an unused prefix for its node, or release it where nothing is to be kept."""
        hold_ms = self._hold_ms(assignment)
        if hold_ms == 0:
            return self.release(assignment)
        assignment.held_until_ms = now.at_ms + hold_ms
        held = self.align_hold(assignment.mobile_node_identifier, now)
        return [persisted(assignment, now), *held]

    def resume_hold(
        self, assignment: PrefixAssignment, until_ms: int, now: Instant
    ) -> list[Effect]:
        """Go on holding a prefix after a restart, no longer than its pool would hold it."""
        hold_ms = self._hold_ms(assignment)
        if hold_ms == 0:
            return self.release(assignment)
        assignment.held_until_ms = min(until_ms, now.at_ms + hold_ms)
        return self.align_hold(assignment.mobile_node_identifier, now)

    def on_hold_expired(self, node: MobileNodeIdentifier, now: Instant) -> list[Effect]:
        """Release the prefixes of a node that were held long enough."""
        self._hold_ends_ms.pop(node, None)
        effects: list[Effect] = []
        for assignment in self._of_node.get(node, ()):
            if assignment.held_until_ms is not None and assignment.held_until_ms <= now.at_ms:
                effects += self.release(assignment)
        return effects + self.align_hold(node, now)

    def release(self, assignment: PrefixAssignment) -> list[Effect]:
        """Make an unused prefix nobody's."""
        node, prefix = assignment.mobile_node_identifier, assignment.prefix
        del self.by_prefix[prefix]
        rest = tuple(each for each in self._of_node.pop(node) if each is not assignment)
        if rest:
            self._of_node[node] = rest
        if not assignment.pool:
            return []
        effects: list[Effect] = [ForgetAssignment(prefix=prefix)]
        pool = self.pools.get((assignment.kind, assignment.pool))
        if prefix in self.orphans:
            self._release_orphan(prefix)
        elif pool is not None and pool.range_of(prefix) is not None:
            self._give_back(pool, prefix)
            effects += check_threshold(pool)
        return effects

    def align_hold(self, node: MobileNodeIdentifier, now: Instant) -> list[Effect]:
        """Bring the one hold timer of a node into line with what is to be released next."""
        held = (each.held_until_ms for each in self._of_node.get(node, ()))
        wanted = min((until_ms for until_ms in held if until_ms is not None), default=None)
        if wanted == self._hold_ends_ms.get(node):
            return []
        timer = Timer(kind=TimerKind.ASSIGNMENT_HOLD, key=node)
        if wanted is None:
            del self._hold_ends_ms[node]
            return [StopTimer(timer=timer)]
        self._hold_ends_ms[node] = wanted
        return [StartTimer(timer=timer, after_ms=max(0, wanted - now.at_ms))]

    def _hold_ms(self, assignment: PrefixAssignment) -> int:
        """Return how long a pool holds a prefix: not at all if it is not the pool's any more."""
        pool = self.pools.get((assignment.kind, assignment.pool))
        if pool is None or pool.range_of(assignment.prefix) is None:
            return 0
        return pool.configuration.hold_time_s * 1000

    def _release_orphan(self, prefix: IPv6Network) -> None:
        self.orphans.discard(prefix)
        for pool in self.pools.values():
            for each in pool.ranges.values():
                each.unreserve(prefix)

    @staticmethod
    def _give_back(pool: PoolSpace, prefix: IPv6Network) -> None:
        pieces = pool.range_of(prefix)
        if pieces is None:
            raise InvariantBroken(f"{prefix} is no piece of {pool.configuration.name}")
        pieces.give_back(prefix)


def persisted(assignment: PrefixAssignment, now: Instant) -> PersistAssignment:
    """Return the effect that makes an assignment durable, with the end of its hold if it has one.

    That end is told by the time of day: our other clock does not outlive us.
    """
    until_ms = assignment.held_until_ms
    return PersistAssignment(
        assignment=StoredAssignment(
            prefix=assignment.prefix,
            kind=assignment.kind,
            mobile_node_identifier=assignment.mobile_node_identifier,
            pool=assignment.pool,
            assigned_utc_us=assignment.assigned_utc_us,
            held_until_utc_us=(
                None if until_ms is None else now.utc_us + (until_ms - now.at_ms) * 1000
            ),
        )
    )


def check_threshold(pool: PoolSpace) -> list[Effect]:
    """Tell operators when the use of a pool reaches its threshold or falls below it."""
    is_above = pool.is_threshold_reached
    if is_above == pool.is_above:
        return []
    pool.is_above = is_above
    crossed = PoolThresholdCrossed(
        pool=pool.configuration.name,
        kind=pool.kind,
        used=pool.used,
        size=pool.size,
        is_above=is_above,
    )
    return [Notify(notification=crossed)]
