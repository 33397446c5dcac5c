"""From changed nodes to the objects that the engine is told, and to no other."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import Any

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import (
    ConfigurationItem,
    DataPlaneConfiguration,
    DomainConfiguration,
    DriverName,
    LmaConfiguration,
    LmaRemoved,
    MagRemoved,
    MobileNode,
    MobileNodeRemoved,
    PolicyProfile,
    PolicyProfileRemoved,
)
from nf.northbound.changes import items_from_changes
from nf.northbound.json_values import Json, JsonObject
from tests.northbound.instances import DictView

ROOT = "/pmip6:pmip6"
NODE_7 = f"{ROOT}/mobile-node[identifier='bus-7']"


def configuration(**parts: Any) -> DictView:  # noqa: ANN401 - JSON of any shape
    data: dict[str, Any] = {
        "policy-profile": [{"name": "buses"}],
        "mobile-node": [
            {"identifier": "bus-7", "policy-profile": "buses"},
            {"identifier": "bus-8", "policy-profile": "buses"},
        ],
    }
    for name, value in parts.items():
        data[name.replace("_", "-")] = value
    return DictView({"pmip6:pmip6": data})


def items(paths: Iterable[str], before: DictView, after: DictView) -> list[ConfigurationItem]:
    return list(items_from_changes(paths, before, after))


def bus(number: int, *, enabled: bool = True) -> MobileNode:
    identifier = MobileNodeIdentifier(f"bus-{number}")
    return MobileNode(identifier=identifier, policy_profile="buses", enabled=enabled)


def bus_data(number: int, **leaves: Json) -> JsonObject:
    return {"identifier": f"bus-{number}", "policy-profile": "buses", **leaves}


def test_changed_leaf_tells_the_one_object_that_it_belongs_to() -> None:
    before = configuration()
    after = configuration(mobile_node=[bus_data(7, enabled=False), bus_data(8)])
    assert items([f"{NODE_7}/enabled"], before, after) == [bus(7, enabled=False)]
    assert after.reads == [NODE_7]
    assert before.reads == [NODE_7]


def test_two_leaves_of_one_object_tell_it_once() -> None:
    after = configuration(mobile_node=[bus_data(7, enabled=False), bus_data(8)])
    paths = [f"{NODE_7}/enabled", f"{NODE_7}/link-layer-identifier[.='02:00:00:00:00:07']"]
    assert items(paths, configuration(), after) == [bus(7, enabled=False)]


def test_deleted_entries_are_told_as_removed() -> None:
    before, after = configuration(), configuration(mobile_node=[bus_data(8)])
    assert items([NODE_7], before, after) == [MobileNodeRemoved(identifier=bus(7).identifier)]
    assert items([f"{ROOT}/policy-profile[name='x']"], configuration(), DictView()) == []


def test_deleted_key_with_a_quote_is_told_as_it_was_written() -> None:
    node = {"identifier": "o'neill", "policy-profile": "buses"}
    before, after = configuration(mobile_node=[node]), configuration(mobile_node=[])
    path = f"""{ROOT}/mobile-node[identifier="o'neill"]"""
    removed = MobileNodeRemoved(identifier=MobileNodeIdentifier("o'neill"))
    assert items([path], before, after) == [removed]


def test_deeply_changed_pool_tells_the_whole_role() -> None:
    anchor = {
        "address": "2001:db8::1",
        "home-network-prefix-pool": [
            {"name": "h", "prefix": ["2001:db8:1000::/40"], "assigned-length": 64, "hold-time": 9}
        ],
    }
    before, after = configuration(), configuration(local_mobility_anchor=anchor)
    path = f"{ROOT}/local-mobility-anchor/home-network-prefix-pool[name='h']/hold-time"
    (item,) = items([path], before, after)
    assert isinstance(item, LmaConfiguration)
    assert item.address == IPv6Address("2001:db8::1")
    assert item.home_network_prefix_pools[0].hold_time_s == 9


@pytest.mark.parametrize(
    ("role", "leaf", "removed"),
    [
        ("local-mobility-anchor", "address", LmaRemoved()),
        ("mobile-access-gateway", "proxy-care-of-address", MagRemoved()),
    ],
)
def test_deleted_role_is_told_as_removed(role: str, leaf: str, removed: ConfigurationItem) -> None:
    before = DictView({"pmip6:pmip6": {role: {leaf: "2001:db8::1"}}})
    assert items([f"{ROOT}/{role}"], before, DictView({"pmip6:pmip6": {}})) == [removed]


def test_settings_that_went_are_told_with_their_defaults() -> None:
    before = configuration(data_plane={"driver": "srv6"})
    after = configuration()
    path = f"{ROOT}/data-plane/driver"
    assert items([path], before, after) == [DataPlaneConfiguration()]
    assert items([path], after, before) == [DataPlaneConfiguration(driver=DriverName.SRV6)]


def test_everything_created_is_told_in_the_order_in_which_things_refer_to_each_other() -> None:
    assert items([ROOT], DictView(), configuration()) == [
        DomainConfiguration(),
        DataPlaneConfiguration(),
        PolicyProfile(name="buses"),
        bus(7),
        bus(8),
    ]


def test_everything_deleted_is_told_as_removed() -> None:
    anchor = {"address": "2001:db8::1"}
    assert items([ROOT], configuration(local_mobility_anchor=anchor), DictView()) == [
        DomainConfiguration(),
        DataPlaneConfiguration(),
        PolicyProfileRemoved(name="buses"),
        MobileNodeRemoved(identifier=bus(7).identifier),
        MobileNodeRemoved(identifier=bus(8).identifier),
        LmaRemoved(),
    ]


def test_whole_tree_replaced_tells_old_and_new_entries_once_each() -> None:
    after = configuration(mobile_node=[bus_data(8), bus_data(9)])
    told = items([ROOT], configuration(), after)
    assert told[3:] == [MobileNodeRemoved(identifier=bus(7).identifier), bus(8), bus(9)]


@pytest.mark.parametrize(
    "path", ["/ietf-netconf-acm:nacm/enable-nacm", f"{ROOT}/other-module:thing", ROOT + "-x"]
)
def test_changes_of_other_modules_are_nobodys_business_here(path: str) -> None:
    assert items([path], configuration(), configuration()) == []


def test_one_leaf_among_many_nodes_reads_one_object() -> None:
    nodes = [bus_data(number) for number in range(1000)]
    before = configuration(mobile_node=nodes)
    after = configuration(mobile_node=[bus_data(0, enabled=False), *nodes[1:]])
    path = f"{ROOT}/mobile-node[identifier='bus-0']/enabled"
    assert items([path], before, after) == [bus(0, enabled=False)]
    assert len(after.reads) + len(before.reads) == 2
