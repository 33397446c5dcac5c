"""Everything is set right, and the domain is left alone until it has come to rest."""

from __future__ import annotations

from nf.engine.configuration import LmaConfiguration, PolicyProfile
from nf.engine.events import NodeLost, ReregistrationRequested
from nf.engine.mag.records import RegistrationState
from nf.engine.values import AttachSource
from tests.scenarios.host import Host
from tests.scenarios.network import GOOD, LATEST_MS
from tests.scenarios.radio import Interface
from tests.scenarios.world import World

#: Every node shows itself so often.
SIGN_EVERY_MS = 10_000


def heal(world: World) -> None:
    """Let all hosts run as planned on a network that loses nothing, with clocks that are right."""
    world.network.quality = GOOD
    world.network.cut.clear()
    for host in world.hosts.values():
        host.clock_offset_us = 0
        host.dies_after = None
        if not host.is_up:
            host.boot()
        world.commit(host, *world.plan.items_of(host.name))


def rest_of_ms(world: World) -> int:
    """Return how long it may take until all is as it should be.

    Whatever was in the air or on the agenda has come; every binding has been renewed or has run
    out, and whatever was refused has been asked for again.
    """
    items = world.plan.items_of("lma1")
    lifetimes = (each.registration_lifetime_s for each in items if isinstance(each, PolicyProfile))
    delays = (
        each.min_delay_before_bce_delete_ms for each in items if isinstance(each, LmaConfiguration)
    )
    return 2 * max(lifetimes) * 1000 + max(delays) + 4 * LATEST_MS + 30_000


def settle_places(world: World) -> None:
    """Let no node be on two links of one MAG, which would have to follow it to and fro."""
    for interface in world.radio.interfaces.values():
        others = (
            each
            for each in world.radio.interfaces.values()
            if each is not interface and each.node == interface.node
        )
        for other in others:
            if interface.place and other.place and interface.place[0] == other.place[0]:
                interface.place = None


def show_and_lose(world: World) -> None:
    """Let every node that is there show itself, and every other one be found out."""
    for host in world.gateways:
        for attached in tuple(host.engine.mag.attached_nodes.values()):
            interface = world.radio.interfaces[attached.link_layer_address]
            if interface.place != (host.name, attached.link):
                _lose(world, host, interface, attached.link)
    for interface in world.radio.interfaces.values():
        world.show(interface)


def _lose(world: World, host: Host, interface: Interface, link: str) -> None:
    source = AttachSource.NEIGHBOUR_UNREACHABLE
    address = interface.address
    world.tell(host, NodeLost(link=link, link_layer_address=address, source=source))


def pardon(world: World) -> None:
    """Let an operator ask for whatever a MAG gave up for good.

    RFC 5213 §6.9.1.2 lets it after some refusals, RFC 5846 §9.1 after a revocation.
    """
    for host in world.gateways:
        gateway = host.engine.mag.gateway
        entries = gateway.binding_update_list.values()
        revoked = (each for each in entries if each.state is RegistrationState.REVOKED)
        given_up = {each.mobile_node_identifier for each in revoked} | gateway.denied
        for node in sorted(given_up):
            world.tell(host, ReregistrationRequested(mobile_node_identifier=node))


def is_anybody_waiting(world: World) -> bool:
    """Tell whether a MAG waits for an answer, which it is sure to get now."""
    return any(
        entry.pending is not None
        for host in world.gateways
        for entry in host.engine.mag.binding_update_list.values()
    )
