"""What mobile nodes do: come, move, leave with and without a word, ask for prefixes."""

from __future__ import annotations

from nf.engine.events import AccessLinkDown, AccessLinkUp, NodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress
from tests.scenarios.plan import GATEWAY_HOSTS, LINKS
from tests.scenarios.radio import Interface, dhcp_message_of, loss_of
from tests.scenarios.world import World


def _some_interface(world: World) -> Interface:
    return world.random.choice(list(world.radio.interfaces.values()))


def _some_place(world: World) -> tuple[str, str]:
    return world.random.choice(GATEWAY_HOSTS), world.random.choice(LINKS).interface


def _depart(world: World, interface: Interface) -> None:
    """Take an interface out of reach; half of the links notice."""
    place, interface.place = interface.place, None
    if place is None or world.random.randrange(2):
        return
    host = world.hosts[place[0]]
    if place[1] in host.links:
        world.tell(host, loss_of(world.random, interface, place[1]))


def move(world: World) -> None:
    """Take an interface to another place, where it is soon noticed or not."""
    interface = _some_interface(world)
    _depart(world, interface)
    interface.place = _some_place(world)
    if world.random.randrange(4):
        world.later(world.random.randrange(500), world.showing(interface))


def leave(world: World) -> None:
    """Take an interface out of reach."""
    _depart(world, _some_interface(world))


def flap(world: World) -> None:
    """Take an interface for lost where it is, until it shows itself again."""
    interface = _some_interface(world)
    if interface.place is not None:
        world.show(interface, loss_of(world.random, interface, interface.place[1]))
        world.later(world.random.randrange(4_000), world.showing(interface))


def show(world: World) -> None:
    """Let an interface give a sign of life."""
    world.show(_some_interface(world))


def ask_dhcp(world: World) -> None:
    """Let a router say something to the DHCPv6 server."""
    interface = _some_interface(world)
    if interface.place is not None:
        world.show(interface, dhcp_message_of(world.random, interface, interface.place[1]))


def lose_link(world: World) -> None:
    """Let a whole access link go down and come back with whoever is there."""
    name, link = _some_place(world)
    host = world.hosts[name]
    if link not in host.links:
        return
    world.tell(host, AccessLinkDown(link=link))
    world.tell(host, AccessLinkUp(link=link))
    for interface in world.radio.at(name, link):
        world.later(world.random.randrange(5_000), world.showing(interface))


def intrude(world: World) -> None:
    """Let somebody show up whom nobody knows."""
    name, link = _some_place(world)
    sign = NodeSeen(
        link=link,
        link_layer_address=LinkLayerAddress(world.random.randbytes(6)),
        source=AttachSource.LINK_STATE,
    )
    if link in world.hosts[name].links:
        world.tell(world.hosts[name], sign)
