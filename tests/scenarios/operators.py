"""What operators do: change configurations host by host, and set them right again; give orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv6Address
from typing import Final, TypeVar

from nf.engine.configuration import (
    ConfigurationItem,
    DomainConfiguration,
    LmaConfiguration,
    LmaRemoved,
    MagConfiguration,
    MagRemoved,
    MobileNode,
    MobileNodeRemoved,
    MultihomingPolicy,
    PolicyProfile,
    PolicyProfileRemoved,
    PrefixDelegationSignalling,
    PrefixPool,
)
from nf.engine.events import (
    BindingClearRequested,
    BindingReregistrationRequested,
    BindingRevocationRequested,
    Event,
    NodeRevocationRequested,
    PeerRevocationRequested,
    RealmRevocationRequested,
    ReregistrationRequested,
)
from nf.engine.values import Role
from tests.scenarios.host import Host
from tests.scenarios.plan import (
    ANCHOR_HOSTS,
    ANCHORS,
    GATEWAY_HOSTS,
    GATEWAYS,
    HOSTS,
    OTHER_GATEWAYS,
    OWN_HOME,
    OWN_MOBILE,
)
from tests.scenarios.world import World

#: A change stays for so long at most.
LONGEST_CHANGE_MS = 60_000
#: So much later than the first the last host hears of a change.
SLOWEST_COMMIT_MS = 3_000

#: What an operator may say of a revocation.
TRIGGERS: Final = (0, 1, 5, 6, 7)

Item = TypeVar("Item", bound=ConfigurationItem)


def _planned(world: World, host: str, kind: type[Item]) -> list[Item]:
    return [each for each in world.plan.items_of(host) if isinstance(each, kind)]


def _change_for_a_while(
    world: World, hosts: Iterable[str], changed: ConfigurationItem, planned: ConfigurationItem
) -> None:
    """Commit a change at several hosts, at each when it gets there, and undo it later."""
    back_ms = world.random.randrange(LONGEST_CHANGE_MS)
    for name in hosts:
        if world.random.randrange(8):
            delay_ms = world.random.randrange(SLOWEST_COMMIT_MS)
            world.later(delay_ms, _commit(world, name, changed))
            world.later(back_ms + 2 * delay_ms, _commit(world, name, planned))


def _commit(world: World, name: str, item: ConfigurationItem) -> Callable[[], None]:
    return lambda: world.commit(world.hosts[name], item)


def change_node(world: World) -> None:
    """Disable or remove a node, or give it another profile, LMA, address or prefix of its own."""
    node = world.random.choice(_planned(world, HOSTS[0], MobileNode))
    changes: tuple[ConfigurationItem, ...] = (
        replace(node, enabled=False),
        replace(node, policy_profile=world.random.choice(("host", "router", "ship"))),
        replace(node, local_mobility_anchor=world.random.choice((*ANCHORS, None))),
        replace(node, link_layer_identifiers=node.link_layer_identifiers[1:]),
    )
    has_own = OWN_HOME in node.home_network_prefixes
    if not has_own or not world.plan.keeps_prefixes_apart:
        changes += (MobileNodeRemoved(identifier=node.identifier),)
    if has_own and not world.plan.keeps_prefixes_apart:
        changes += (
            replace(node, home_network_prefixes=(), mobile_network_prefixes=()),
            replace(node, home_network_prefixes=()),
            replace(node, mobile_network_prefixes=(*OWN_MOBILE.subnets(1),)),
        )
    _change_for_a_while(world, HOSTS, world.random.choice(changes), node)


def change_profile(world: World) -> None:
    """Change a profile: network mobility, lifetime, count, length, policy; or remove it."""
    profile = world.random.choice(_planned(world, HOSTS[0], PolicyProfile))
    lifetime_s = profile.registration_lifetime_s
    changed = world.random.choice(
        (
            PolicyProfileRemoved(name=profile.name),
            replace(profile, network_mobility=not profile.network_mobility),
            replace(profile, mobile_network_prefix_count=world.random.randint(1, 3)),
            replace(profile, registration_lifetime_s=lifetime_s // 2 // 4 * 4),
            replace(profile, mobile_network_prefix_length=60),
            replace(profile, multihoming_policy=world.random.choice(list(MultihomingPolicy))),
        )
    )
    _change_for_a_while(world, HOSTS, changed, profile)


def change_domain(world: World) -> None:
    """Let one host ask for mobile networks in the other way."""
    name = world.random.choice(HOSTS)
    (domain,) = _planned(world, name, DomainConfiguration)
    signalling = world.random.choice(list(PrefixDelegationSignalling))
    changed = replace(domain, prefix_delegation_signalling=signalling)
    _change_for_a_while(world, (name,), changed, domain)


def change_anchor(world: World) -> None:
    """Switch an LMA off, take a MAG from it, or make its pools smaller where the plan lets one."""
    name = world.random.choice(ANCHOR_HOSTS)
    (anchor,) = _planned(world, name, LmaConfiguration)
    mags = list(anchor.mobile_access_gateways)
    lost = world.random.randrange(len(GATEWAYS))
    mags[lost] = replace(mags[lost], enabled=False)
    changes: tuple[ConfigurationItem, ...] = (
        replace(anchor, enabled=False),
        replace(anchor, mobile_access_gateways=tuple(mags)),
        replace(anchor, mobile_access_gateways=anchor.mobile_access_gateways[1:]),
        replace(anchor, aggregate_routes=False),
        replace(anchor, max_delay_before_new_bce_assign_ms=500),
    )
    if not world.plan.keeps_prefixes_apart:
        home, mobile = anchor.home_network_prefix_pools, anchor.mobile_network_prefix_pools
        changes += (
            LmaRemoved(),
            replace(anchor, mobile_network_prefix_pools=()),
            replace(anchor, mobile_network_prefix_pools=_shrunk(mobile)),
            replace(anchor, home_network_prefix_pools=_shrunk(home)),
            replace(anchor, home_network_prefix_pools=_renamed(home)),
        )
    _change_for_a_while(world, (name,), world.random.choice(changes), anchor)


def _shrunk(pools: tuple[PrefixPool, ...]) -> tuple[PrefixPool, ...]:
    """Return pools of four prefixes each."""
    return tuple(
        replace(
            pool, prefixes=(next(pool.prefixes[0].subnets(new_prefix=pool.assigned_length - 2)),)
        )
        for pool in pools
    )


def _renamed(pools: tuple[PrefixPool, ...]) -> tuple[PrefixPool, ...]:
    return tuple(replace(pool, name=f"other-{pool.name}") for pool in pools)


def change_gateway(world: World) -> None:
    """Switch a MAG off, close a link, or give it another address or hold time."""
    number = world.random.randrange(len(GATEWAYS))
    name = GATEWAY_HOSTS[number]
    (gateway,) = _planned(world, name, MagConfiguration)
    changed: ConfigurationItem = world.random.choice(
        (
            replace(gateway, enabled=False),
            MagRemoved(),
            replace(gateway, access_links=gateway.access_links[:1]),
            replace(gateway, access_links=()),
            replace(gateway, detach_hold_ms=3_000),
            replace(gateway, proxy_care_of_address=OTHER_GATEWAYS[number]),
        )
    )
    _change_for_a_while(world, (name,), changed, gateway)


def clear_binding(world: World) -> None:
    """Take a binding away and tell no MAG."""
    host = _some_running(world, world.anchors)
    bindings = list(host.engine.lma.bindings) if host is not None else []
    if host is not None and bindings:
        event = BindingClearRequested(binding_id=world.random.choice(bindings))
        world.tell(host, event)


def reregister(world: World) -> None:
    """Have a node registered anew."""
    host = _some_running(world, world.gateways)
    node = world.random.choice(list(world.nodes()))
    if host is not None:
        world.tell(host, ReregistrationRequested(mobile_node_identifier=node))


def force_reregistration(world: World) -> None:
    """Have an LMA ask a MAG to register a session anew."""
    host = _some_running(world, world.anchors)
    bindings = list(host.engine.lma.bindings) if host is not None else []
    if host is not None and bindings:
        binding = world.random.choice(bindings)
        world.tell(host, BindingReregistrationRequested(binding_id=binding))


def revoke(world: World) -> None:
    """Have a binding revoked, or all of its node; now and then all with a peer, or of a realm."""
    chance = world.random.randrange(16)
    if chance in (0, 1):
        _revoke_peer(world, world.anchors, Role.LMA, world.random.choice(GATEWAYS))
    elif chance in (2, 3):
        _revoke_peer(world, world.gateways, Role.MAG, world.random.choice(ANCHORS))
    elif chance == 4:
        _revoke_realm(world)
    else:
        _revoke_binding(world, is_of_node=chance > 12)


def _revoke_binding(world: World, *, is_of_node: bool) -> None:
    host = _some_running(world, world.anchors)
    entries = list(host.engine.lma.bindings.values()) if host is not None else []
    if host is None or not entries:
        return
    entry, trigger = world.random.choice(entries), world.random.choice(TRIGGERS)
    node = entry.mobile_node_identifier
    event: Event = BindingRevocationRequested(binding_id=entry.binding_id, trigger=trigger)
    if is_of_node:
        event = NodeRevocationRequested(mobile_node_identifier=node, trigger=trigger)
    world.tell(host, event)


def _revoke_peer(world: World, hosts: list[Host], role: Role, peer: IPv6Address) -> None:
    host = _some_running(world, hosts)
    if host is not None:
        world.tell(host, PeerRevocationRequested(role=role, peer=peer))


def _revoke_realm(world: World) -> None:
    """Have all nodes revoked: they are of one realm."""
    host = _some_running(world, world.anchors)
    if host is not None:
        world.tell(host, RealmRevocationRequested(realm="Example.NET"))


def _some_running(world: World, hosts: list[Host]) -> Host | None:
    running = [each for each in hosts if each.is_up]
    return world.random.choice(running) if running else None
