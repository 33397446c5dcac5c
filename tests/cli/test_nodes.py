"""The access driver knows the nodes that the configuration names, and no others."""

from __future__ import annotations

from nf.cli.nodes import Nodes
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import (
    Configuration,
    ConfigurationItem,
    DataPlaneConfiguration,
    MobileNode,
    MobileNodeRemoved,
)
from nf.engine.events import ConfigurationChanged, Started
from nf.engine.values import LinkLayerAddress

ONE, TWO, THREE = (LinkLayerAddress(bytes((2, 0, 0, 0, 0, number))) for number in (1, 2, 3))


class Scene:
    """A configuration whose commits are followed."""

    def __init__(self) -> None:
        self.known: set[LinkLayerAddress] = set()
        self.calls = 0
        self.configuration = Configuration()
        self.nodes = Nodes(self.configuration, self.know, self.forget)

    def know(self, address: LinkLayerAddress) -> None:
        self.calls += 1
        self.known.add(address)

    def forget(self, address: LinkLayerAddress) -> None:
        self.calls += 1
        self.known.discard(address)

    def commit(self, *items: ConfigurationItem) -> None:
        event = ConfigurationChanged(items=items)
        before = self.nodes.concerned(event)
        for item in items:
            self.configuration.take(item)
        self.nodes.follow(before | self.nodes.concerned(event))


def node(name: str, *addresses: LinkLayerAddress) -> MobileNode:
    identifier = MobileNodeIdentifier(name)
    return MobileNode(
        identifier=identifier, policy_profile="buses", link_layer_identifiers=addresses
    )


def test_nodes_are_known_by_each_of_their_addresses() -> None:
    scene = Scene()
    scene.commit(node("bus-1", ONE, TWO), node("bus-2", THREE))
    assert scene.known == {ONE, TWO, THREE}


def test_an_address_that_a_node_has_no_more_is_forgotten() -> None:
    scene = Scene()
    scene.commit(node("bus-1", ONE, TWO))
    scene.commit(node("bus-1", TWO, THREE))
    assert scene.known == {TWO, THREE}


def test_a_node_that_is_removed_is_forgotten() -> None:
    scene = Scene()
    scene.commit(node("bus-1", ONE, TWO))
    scene.commit(MobileNodeRemoved(identifier=MobileNodeIdentifier("bus-1")))
    assert scene.known == set()


def test_an_address_that_goes_to_another_node_stays_known() -> None:
    scene = Scene()
    scene.commit(node("bus-1", ONE))
    scene.commit(MobileNodeRemoved(identifier=MobileNodeIdentifier("bus-1")), node("bus-2", ONE))
    assert scene.known == {ONE}


def test_a_commit_costs_the_nodes_that_it_names() -> None:
    scene = Scene()
    scene.commit(
        *(
            node(f"bus-{number}", LinkLayerAddress(bytes([2] * 5 + [number])))
            for number in range(99)
        )
    )
    scene.calls = 0
    scene.commit(DataPlaneConfiguration(), node("bus-1", ONE))
    assert scene.calls == 2


def test_other_events_concern_no_node() -> None:
    assert Scene().nodes.concerned(Started()) == set()
