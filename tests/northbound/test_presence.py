"""The actions attach and detach become signs of nodes, or are refused with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.engine.access_configuration import AccessLink
from nf.engine.configuration import ConfigurationItem, MagConfiguration, MobileNode, PolicyProfile
from nf.engine.engine import Engine
from nf.engine.events import ConfigurationChanged, NodeLost, NodeSeen, Started
from nf.engine.values import AttachSource
from nf.northbound.actions import event_of_action
from nf.northbound.errors import ActionError
from nf.northbound.json_values import JsonObject
from tests.northbound.reading import ROOT
from tests.northbound.records import BUS_7, LMAA, MAC_7, MAG1, NOW

LINK = f"{ROOT}/mobile-access-gateway/access-link[interface='access0']"
#: As somebody may write it.
NODE: JsonObject = {"link-layer-address": "02:00:00:00:00:07"}
STRANGER: JsonObject = {"link-layer-address": "02:00:00:00:00:08"}
ACCESS0 = AccessLink(interface="access0", access_technology_type=4)
PACKETS_ONLY = replace(ACCESS0, attach_sources=(AttachSource.DHCPV6,))
BUS = MobileNode(
    identifier=BUS_7,
    policy_profile="buses",
    link_layer_identifiers=(MAC_7,),
    local_mobility_anchor=LMAA,
)


def gateway(*items: ConfigurationItem, link: AccessLink = ACCESS0) -> Engine:
    role = MagConfiguration(proxy_care_of_address=MAG1, access_links=(link,))
    engine = Engine()
    configuration = (PolicyProfile(name="buses"), BUS, role, *items)
    engine.handle(ConfigurationChanged(items=configuration), NOW)
    engine.handle(Started(), NOW)
    return engine


def test_attach_is_a_sign_of_the_node_on_the_link() -> None:
    event = event_of_action(f"{LINK}/attach", NODE, gateway())
    source = AttachSource.MANAGEMENT
    assert event == NodeSeen(link="access0", link_layer_address=MAC_7, source=source)


def test_attach_attaches_and_detach_ends_it() -> None:
    engine = gateway()
    engine.handle(event_of_action(f"{LINK}/attach", NODE, engine), NOW)
    assert engine.mag.attached_nodes[BUS_7].last_source is AttachSource.MANAGEMENT
    event = event_of_action(f"{LINK}/detach", NODE, engine)
    assert event == NodeLost(
        link="access0", link_layer_address=MAC_7, source=AttachSource.MANAGEMENT
    )
    later = replace(NOW, at_ms=NOW.at_ms + 10_000)
    engine.handle(event, later)
    assert engine.mag.attached_nodes == {}


@pytest.mark.parametrize(
    ("engine", "action", "node", "app_tag"),
    [
        (gateway(), "attach", STRANGER, "unknown-node"),
        (gateway(replace(BUS, enabled=False)), "attach", NODE, "node-not-served"),
        (gateway(replace(BUS, policy_profile="none")), "attach", NODE, "node-not-served"),
        (gateway(), "detach", NODE, "not-attached"),
        (gateway(), "detach", STRANGER, "not-attached"),
        (gateway(link=PACKETS_ONLY), "attach", NODE, "source-not-in-use"),
        (gateway(link=PACKETS_ONLY), "detach", NODE, "source-not-in-use"),
        (gateway(link=replace(ACCESS0, enabled=False)), "attach", NODE, "link-not-served"),
        (Engine(), "detach", NODE, "link-not-served"),
    ],
)
def test_what_would_be_ignored_is_refused(
    engine: Engine, action: str, node: JsonObject, app_tag: str
) -> None:
    with pytest.raises(ActionError) as refusal:
        event_of_action(f"{LINK}/{action}", node, engine)
    assert (refusal.value.path, refusal.value.app_tag) == (f"{LINK}/{action}", app_tag)


def test_a_node_on_another_link_is_not_detached_here() -> None:
    there = AccessLink(interface="access1", access_technology_type=4)
    role = MagConfiguration(proxy_care_of_address=MAG1, access_links=(ACCESS0, there))
    engine = gateway(role)
    engine.handle(event_of_action(f"{LINK}/attach", NODE, engine), NOW)
    with pytest.raises(ActionError, match="02:00:00:00:00:07 is attached on access1"):
        event_of_action(f"{LINK.replace('access0', 'access1')}/detach", NODE, engine)
