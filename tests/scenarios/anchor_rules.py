"""What must hold of an LMA after every step."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Final

from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.sessions import STORED, TIMERS, prefixes_of, stored
from nf.engine.values import Instant, StoredBinding, Timer, TimerKind
from tests.scenarios.faults import require, require_same
from tests.scenarios.host import Host
from tests.scenarios.multihoming_rules import check_ways
from tests.scenarios.plan import ANCHORS

KINDS: Final = frozenset(
    {
        TimerKind.BINDING_LIFETIME,
        TimerKind.BCE_DELETE,
        TimerKind.BCE_ASSIGN,
        TimerKind.ASSIGNMENT_HOLD,
    }
)


def check_anchor(host: Host) -> None:
    """Check one LMA by itself, and what it has asked of kernel and store if nothing waits."""
    anchor = host.engine.lma.anchor
    now = host.now
    active = [each for each in anchor.cache.entries.values() if each.state is BindingState.ACTIVE]
    _check_prefixes(anchor)
    _check_timers(host, anchor, now)
    _check_indexes(anchor)
    if not host.outbox:
        tunnels = {entry.tunnel for entry in anchor.cache.entries.values()}
        check_ways(anchor, host.kernel.tables, active)
        own = {each for each in host.kernel.tables.tunnels if each.local in ANCHORS}
        require_same("tunnels", own, tunnels)
        _check_store(host, anchor)


def _check_prefixes(anchor: Anchor) -> None:
    """Check that no prefix has two nodes or two sessions, and that it is used or held."""
    homes: dict[IPv6Network, BindingCacheEntry] = {}
    by_prefix = anchor.assignments.by_prefix
    for entry in anchor.cache.entries.values():
        for prefix in entry.home_network_prefixes:
            require(homes.setdefault(prefix, entry) is entry, "has two sessions:", prefix)
        for prefix in prefixes_of(entry):
            assignment = by_prefix.get(prefix)
            owner = assignment.mobile_node_identifier if assignment is not None else None
            require(owner == entry.mobile_node_identifier, prefix, "is", owner, "not of", entry)
    for assignment in by_prefix.values():
        is_held = assignment.held_until_ms is not None
        require(bool(assignment.bindings) != is_held, "neither used nor held:", assignment)
        for binding in assignment.bindings:
            require(binding in anchor.cache.entries, "used by nobody:", assignment)


def _check_timers(host: Host, anchor: Anchor, now: Instant) -> None:
    """Check that whatever needs a timer has it, and that no timer belongs to nothing."""
    asked_about = {each.asked_about for each in anchor.initiator.sent.values()}
    questions = {Timer(kind=TimerKind.BCE_ASSIGN, key=each) for each in asked_about if each}
    wanted = {Timer(kind=TimerKind.BCE_ASSIGN, key=node) for node in anchor.waiting}
    wanted -= questions - host.timers.keys()
    for entry in anchor.cache.entries.values():
        if entry.state is BindingState.REVOKING:
            continue
        is_active = entry.state is BindingState.ACTIVE
        wanted.add(Timer(kind=TIMERS[entry.state], key=str(entry.binding_id)))
        left_ms = entry.expires_at_ms - now.at_ms
        require(left_ms >= 0, "should have ended:", entry)
        require(not is_active or left_ms <= entry.lifetime_s * 1000, "lasts too long:", entry)
    for each in anchor.assignments.by_prefix.values():
        if each.held_until_ms is not None:
            wanted.add(Timer(kind=TimerKind.ASSIGNMENT_HOLD, key=each.mobile_node_identifier))
    running = {timer for timer in host.timers if timer.kind in KINDS}
    require_same("timers", running, wanted)


def _check_indexes(anchor: Anchor) -> None:
    """Check that what is remembered of nodes and peers goes with them."""
    nodes = anchor.configuration.mobile_nodes
    for what, known in (
        ("timestamps", anchor.last_timestamps),
        ("waiting requests", anchor.waiting),
    ):
        if anchor.is_started and anchor.role is not None:
            require(known.keys() <= nodes.keys(), what, "of nodes that are gone:", known)
    require(anchor.statistics.peers.keys() <= anchor.mags.keys(), "counters of lost MAGs")
    require(not anchor.stored_bindings or anchor.role is None, "stored bindings left over")


def _check_store(host: Host, anchor: Anchor) -> None:
    """Check that the store has what is there, but for refreshes that change nothing else."""
    kept = [each for each in anchor.cache.entries.values() if each.state in STORED]
    if anchor.configuration.local_mobility_anchor is None:
        return
    require_same(
        "stored bindings",
        {_essence(each) for each in host.store.bindings.values()},
        {_essence(stored(entry)) for entry in kept},
    )
    assigned = anchor.assignments.by_prefix.values()
    require_same(
        "stored assignments",
        {(each.prefix, each.mobile_node_identifier) for each in host.store.assignments.values()},
        {(each.prefix, each.mobile_node_identifier) for each in assigned if each.pool},
    )


def _essence(binding: StoredBinding) -> tuple[object, ...]:
    return (
        binding.binding_id,
        binding.mobile_node_identifier,
        binding.home_network_prefixes,
        binding.mobile_network_prefixes,
        binding.proxy_care_of_address,
        binding.lifetime_s,
        binding.link_layer_identifier,
        binding.access_technology_type,
    )
