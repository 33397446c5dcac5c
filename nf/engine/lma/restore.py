"""What a restarted LMA makes of its store: prefixes keep their nodes, sessions go on.

A restored session has its lifetime anew, counted from the restart; the time for which an unused
prefix is held goes on, by the time of day. What the configuration no longer allows is forgotten.
"""

from __future__ import annotations

from ipaddress import IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.packed_prefix import address_number
from nf.engine.configuration import MobileNode
from nf.engine.effects import Effect, Notify
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.assignments import check_threshold, persisted
from nf.engine.lma.records import BindingCacheEntry, BindingState, PrefixAssignment
from nf.engine.lma.sessions import bind_prefixes, forward, prefixes_of, start_lifetime
from nf.engine.notifications import BindingRemoved, RemovalReason
from nf.engine.store_effects import ForgetBinding
from nf.engine.values import (
    Instant,
    PrefixKind,
    StoredAssignment,
    StoredBinding,
)


def take_up_assignments(anchor: Anchor, now: Instant) -> list[Effect]:
    """Take up the stored assignments and sessions, once there is an LMA to have them.

    They are taken up in the order of their prefixes, so that what was handed out once is handed
    out again as late as possible.
    """
    if anchor.configuration.local_mobility_anchor is None:
        return []
    assignments, anchor.stored_assignments = anchor.stored_assignments, []
    bindings, anchor.stored_bindings = anchor.stored_bindings, []
    effects: list[Effect] = []
    for each in sorted(assignments, key=lambda one: address_number(one.prefix)):
        effects += _restore_assignment(anchor, each, now)
    kept: list[BindingCacheEntry] = []
    for binding in sorted(bindings, key=lambda one: one.binding_id):
        effects += _restore_binding(anchor, binding, now, kept)
    for entry in kept:
        effects += forward(anchor, entry, prefixes_of(entry), is_news=False)
        effects.append(start_lifetime(entry, now))
    for each in assignments:
        assignment = anchor.assignments.by_prefix.get(each.prefix)
        if assignment is not None and not assignment.bindings:
            effects += _hold(anchor, assignment, now)
    for pool in anchor.assignments.pools.values() if assignments else ():
        effects += check_threshold(pool)
    return effects


def _restore_assignment(anchor: Anchor, stored: StoredAssignment, now: Instant) -> list[Effect]:
    """Put an assignment on record; one that no pool has any more is kept for its binding only."""
    if stored.prefix in anchor.assignments.by_prefix:
        return []
    until = stored.held_until_utc_us
    assignment = PrefixAssignment(
        prefix=stored.prefix,
        kind=stored.kind,
        mobile_node_identifier=_configured(anchor, stored.mobile_node_identifier),
        pool=stored.pool,
        assigned_utc_us=stored.assigned_utc_us,
        held_until_ms=None if until is None else now.at_ms + (until - now.utc_us) // 1000,
    )
    anchor.assignments.record(assignment)
    for pool in anchor.assignments.pools.values():
        pieces = pool.range_of(stored.prefix) if pool.kind is stored.kind else None
        if pieces is not None and pieces.take_this(stored.prefix):
            assignment.pool = pool.configuration.name
            return [persisted(assignment, now)] if assignment.pool != stored.pool else []
    anchor.pool_keeper.make_orphan(stored.prefix)
    return []


def _hold(anchor: Anchor, assignment: PrefixAssignment, now: Instant) -> list[Effect]:
    """Hold a prefix that no session has; for one that was bound when we stopped it begins now."""
    if assignment.held_until_ms is None:
        return anchor.assignments.hold(assignment, now)
    return anchor.assignments.resume_hold(assignment, assignment.held_until_ms, now)


def _restore_binding(
    anchor: Anchor, stored: StoredBinding, now: Instant, kept: list[BindingCacheEntry]
) -> list[Effect]:
    """Go on with a session, unless the configuration or a lost prefix forbids it.

    It is added to ``kept`` if it is to be forwarded. That comes after all sessions are there: where
    several share a prefix, its way depends on each of them, and what the kernel has stays as it is.
    """
    if not _is_allowed(anchor, stored):
        removed = BindingRemoved(
            binding_id=stored.binding_id,
            mobile_node_identifier=stored.mobile_node_identifier,
            reason=RemovalReason.CONFIGURATION,
        )
        return [ForgetBinding(binding_id=stored.binding_id), Notify(notification=removed)]
    entry = _entry_of(anchor, stored, now)
    anchor.cache.add(entry)
    _restore_timestamp(anchor, stored)
    home, mobile = entry.home_network_prefixes, entry.mobile_network_prefixes
    effects = [
        *bind_prefixes(anchor, entry, PrefixKind.HOME, home, now),
        *bind_prefixes(anchor, entry, PrefixKind.MOBILE, mobile, now),
        *anchor.routes.use_tunnel(entry.tunnel, entry.binding_id),
    ]
    if entry.state is BindingState.REVOKING:
        anchor.interrupted_revocations.append(entry.binding_id)
        return effects
    kept.append(entry)
    return effects


def _is_allowed(anchor: Anchor, stored: StoredBinding) -> bool:
    """Tell whether a stored session would be accepted now."""
    served = anchor.node_and_profile(stored.mobile_node_identifier)
    if anchor.role is None or served is None or stored.proxy_care_of_address not in anchor.mags:
        return False
    node, profile = served
    if stored.mobile_network_prefixes and not profile.network_mobility:
        return False
    home = (_fits(anchor, node, p, PrefixKind.HOME) for p in stored.home_network_prefixes)
    mobile = (_fits(anchor, node, p, PrefixKind.MOBILE) for p in stored.mobile_network_prefixes)
    return all(home) and all(mobile)


def _fits(anchor: Anchor, node: MobileNode, prefix: IPv6Network, kind: PrefixKind) -> bool:
    """Tell whether a prefix is the node's, and no other session's home network."""
    is_home = kind is PrefixKind.HOME
    assignment = anchor.assignments.by_prefix.get(prefix)
    if assignment is None:
        own = node.home_network_prefixes if is_home else node.mobile_network_prefixes
        return prefix in own and anchor.assignments.is_clear(prefix, kind, node.identifier)
    is_nodes = assignment.mobile_node_identifier == node.identifier
    return is_nodes and assignment.kind is kind and not (is_home and assignment.bindings)


def _entry_of(anchor: Anchor, stored: StoredBinding, now: Instant) -> BindingCacheEntry:
    return BindingCacheEntry(
        binding_id=stored.binding_id,
        state=BindingState.ACTIVE if stored.lifetime_s else BindingState.REVOKING,
        mobile_node_identifier=_configured(anchor, stored.mobile_node_identifier),
        link_layer_identifier=stored.link_layer_identifier,
        link_local_address=stored.link_local_address,
        access_technology_type=stored.access_technology_type,
        handoff_indicator=stored.handoff_indicator,
        home_network_prefixes=stored.home_network_prefixes,
        mobile_network_prefixes=stored.mobile_network_prefixes,
        is_mobile_router=stored.is_mobile_router,
        tunnel=anchor.routes.tunnel(anchor.active_role.address, stored.proxy_care_of_address),
        lifetime_s=stored.lifetime_s,
        expires_at_ms=now.at_ms + stored.lifetime_s * 1000,
        sequence_number=stored.sequence_number,
        timestamp=stored.timestamp,
        accepted_utc_us=now.utc_us,
        created_utc_us=now.utc_us,
    )


def _configured(anchor: Anchor, identifier: MobileNodeIdentifier) -> MobileNodeIdentifier:
    """Return the configuration's own copy of an identifier: a million need not be kept twice."""
    node = anchor.configuration.mobile_nodes.get(identifier)
    return identifier if node is None else node.identifier


def _restore_timestamp(anchor: Anchor, stored: StoredBinding) -> None:
    if stored.timestamp is not None:
        identifier = _configured(anchor, stored.mobile_node_identifier)
        last = anchor.last_timestamps.get(identifier, stored.timestamp)
        anchor.last_timestamps[identifier] = max(last, stored.timestamp)
