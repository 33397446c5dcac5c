"""By which ways a prefix goes that sessions of one node share, as its policy says."""

from __future__ import annotations

from ipaddress import IPv6Network

from nf.engine.configuration import MultihomingPolicy, PolicyProfile
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry
from nf.engine.lma.sessions import prefixes_of
from nf.engine.paths import PathState
from nf.engine.values import Tunnel
from tests.scenarios.faults import require, require_same
from tests.scenarios.kernel import Tables


def check_ways(anchor: Anchor, tables: Tables, active: list[BindingCacheEntry]) -> None:
    """Check that each prefix goes by sessions that have it, and comes by all of them."""
    sessions: dict[IPv6Network, list[BindingCacheEntry]] = {}
    for entry in active:
        for prefix in prefixes_of(entry):
            sessions.setdefault(prefix, []).append(entry)
    require_same("routed prefixes", tables.routes.keys(), sessions.keys())
    for prefix, entries in sessions.items():
        ways = tables.routes[prefix]
        require(len(ways) == len(set(ways)), prefix, "goes twice by one way:", ways)
        require(set(ways) in _allowed(anchor, entries), prefix, "goes by", ways, "for", entries)
        known = _tunnels(entries)
        sources = set(tables.sources.get(prefix, ()))
        require_same(f"sources of {prefix}", sources, known if len(known) > 1 else set())


def _allowed(anchor: Anchor, entries: list[BindingCacheEntry]) -> list[set[Tunnel]]:
    """Return the sets of ways that are right for a prefix of some sessions."""
    alive = [each for each in entries if not _is_down(anchor, each)] or entries
    served = anchor.node_and_profile(alive[0].mobile_node_identifier)
    profile = served[1] if served is not None else PolicyProfile(name="")
    if profile.multihoming_policy is MultihomingPolicy.EQUAL_COST:
        return [_tunnels(alive)]
    if profile.multihoming_policy is MultihomingPolicy.PRIMARY_BACKUP:
        return [{_primary(alive, profile).tunnel}]
    return [{each.tunnel} for each in alive]


def _primary(alive: list[BindingCacheEntry], profile: PolicyProfile) -> BindingCacheEntry:
    for technology in profile.access_technology_preference:
        preferred = [each for each in alive if each.access_technology_type == technology]
        if preferred:
            return min(preferred, key=lambda each: each.binding_id)
    return min(alive, key=lambda each: each.binding_id)


def _is_down(anchor: Anchor, entry: BindingCacheEntry) -> bool:
    path = anchor.watch.paths.get(entry.proxy_care_of_address)
    return path is not None and path.state is PathState.DOWN


def _tunnels(entries: list[BindingCacheEntry]) -> set[Tunnel]:
    return {each.tunnel for each in entries}
