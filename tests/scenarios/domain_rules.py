"""What must hold between hosts: after every step, and once everything has come to rest."""

from __future__ import annotations

from ipaddress import IPv6Network
from itertools import pairwise

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.sessions import prefixes_of
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.records import BindingUpdateListEntry
from tests.scenarios.faults import require, require_same
from tests.scenarios.host import Host
from tests.scenarios.world import World


def check_owners(world: World) -> None:
    """Check that no prefix, nor what overlaps it, has two nodes, over all LMAs and their stores."""
    owners: dict[IPv6Network, MobileNodeIdentifier] = {}
    for host in world.anchors:
        for assignment in host.engine.lma.assignments.values():
            node = assignment.mobile_node_identifier
            require(owners.setdefault(assignment.prefix, node) == node, "two nodes:", assignment)
        for stored in host.store.assignments.values() if not host.outbox else ():
            node = stored.mobile_node_identifier
            require(owners.setdefault(stored.prefix, node) == node, "two nodes:", stored)
    ordered = sorted((int(each.network_address), each) for each in owners)
    for (_, one), (start, other) in pairwise(ordered):
        is_apart = start > int(one.broadcast_address)
        require(is_apart or owners[one] == owners[other], "overlap:", one, other)


def check_stale_service(world: World) -> None:
    """Check that no MAG serves a node with a prefix that is another node's by now.

    It may serve one that its LMA has forgotten until the lifetime that it was granted ends: that
    is what prefixes are held for.
    """
    if not world.plan.keeps_prefixes_apart:
        return
    owners: dict[IPv6Network, MobileNodeIdentifier] = {}
    for host in world.anchors:
        for assignment in host.engine.lma.assignments.values():
            owners[assignment.prefix] = assignment.mobile_node_identifier
    for host in world.gateways:
        for entry in host.engine.mag.binding_update_list.values():
            for prefix in (*entry.home_network_prefixes, *entry.mobile_network_prefixes):
                owner = owners.get(prefix, entry.mobile_node_identifier)
                require(owner == entry.mobile_node_identifier, owner, "has the prefix of", entry)


def check_rest(world: World) -> None:
    """Check that every node has its service and nothing is left over, once all is calm."""
    for host in (*world.anchors, *world.gateways):
        require(not host.outbox and host.is_up, host.name, "is not at rest")
    for identifier in world.nodes():
        _check_node(world, identifier)
    for host in world.anchors:
        check_served_prefixes(world, host)


def _check_node(world: World, identifier: MobileNodeIdentifier) -> None:
    """Check that a node is registered from where it is, the same on both sides."""
    registered = {
        host.name: host.engine.mag.binding_update_list.get(identifier) for host in world.gateways
    }
    expected = world.places_of(identifier)
    require_same(
        f"MAGs of {identifier}",
        {name for name, entry in registered.items() if entry is not None},
        expected,
    )
    bindings = [
        (host, entry)
        for host in world.anchors
        for entry in host.engine.lma.bindings_of(identifier)
        if entry.state is BindingState.ACTIVE
    ]
    for name in expected:
        entry = registered[name]
        require(entry is not None and entry.state in SERVED, "not served:", entry)
        if entry is not None:
            _check_both_sides(entry, bindings)
    require(len(bindings) == len(expected), "bindings that no MAG knows:", bindings)


def _check_both_sides(
    entry: BindingUpdateListEntry, bindings: list[tuple[Host, BindingCacheEntry]]
) -> None:
    same = [
        binding
        for host, binding in bindings
        if (binding.tunnel.remote, binding.tunnel.local)
        == (entry.tunnel.local, entry.tunnel.remote)
    ]
    require(len(same) == 1, "bindings at the LMA:", same, "for", entry)
    for what, here, there in (
        ("home", entry.home_network_prefixes, same[0].home_network_prefixes),
        ("mobile", entry.mobile_network_prefixes, same[0].mobile_network_prefixes),
    ):
        require(set(here) == set(there), what, "networks differ:", entry, same[0])


def check_served_prefixes(world: World, host: Host) -> None:
    """Check that what an LMA routes to a MAG is sent on to the node there."""
    routes = host.kernel.tables.routes
    for prefix, tunnel in ((p, tunnel) for p, tunnels in routes.items() for tunnel in tunnels):
        there = [each for each in world.gateways if tunnel.remote in each.sockets]
        require(len(there) == 1, "routed to nobody:", prefix, tunnel)
        links = [link for known, link in there[0].kernel.tables.uplinks if known == prefix]
        require(len(links) == 1, prefix, "is routed to", there[0].name, "which has it not")
    entries = host.engine.lma.bindings.values()
    routed = {each for entry in entries for each in prefixes_of(entry)}
    require_same("routed", routes.keys(), routed)
