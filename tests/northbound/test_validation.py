"""What YANG cannot say: each reason to refuse, with its path."""

from __future__ import annotations

from typing import Any

import pytest

from nf.northbound.changes import object_changes
from nf.northbound.errors import ConfigError
from nf.northbound.registry import ConfigurationRegistry
from tests.northbound.instances import DictView, example

ROOT = "/pmip6:pmip6"
LMA = f"{ROOT}/local-mobility-anchor"
MAG = f"{ROOT}/mobile-access-gateway"
BUS_7 = f"{ROOT}/mobile-node[identifier='bus-7']"
BUS_8 = f"{ROOT}/mobile-node[identifier='bus-8']"


def node(number: int, **leaves: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    named = {name.replace("_", "-"): value for name, value in leaves.items()}
    return {"identifier": f"bus-{number}", "policy-profile": "p", **named}


def pool(name: str, *prefixes: str, length: int = 64) -> dict[str, Any]:
    return {"name": name, "prefix": [*prefixes], "assigned-length": length}


def anchor(
    *,
    address: str = "2001:db8::1",
    home: list[dict[str, Any]] | None = None,
    mobile: list[dict[str, Any]] | None = None,
    mags: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "address": address,
        "mobile-access-gateway": [{"proxy-care-of-address": mag} for mag in mags],
        "home-network-prefix-pool": home or [],
        "mobile-network-prefix-pool": mobile or [],
    }


def view(*nodes: dict[str, Any], **parts: Any) -> DictView:  # noqa: ANN401 - JSON of any shape
    named = {name.replace("_", "-"): value for name, value in parts.items()}
    data = {"policy-profile": [{"name": "p"}], "mobile-node": [*nodes], **named}
    return DictView({"pmip6:pmip6": data})


def errors(after: DictView) -> list[tuple[str, str]]:
    """Return path and application tag of each error of a configuration made in one go."""
    changes = object_changes([ROOT], DictView(), after)
    return [(error.path, error.app_tag) for error in ConfigurationRegistry().check(changes)]


class Domain:
    """A registry with the configuration that it follows."""

    def __init__(self, running: DictView) -> None:
        self.registry = ConfigurationRegistry()
        self.running = DictView()
        self.commit(running, ROOT)

    def check(self, candidate: DictView, *paths: str) -> list[ConfigError]:
        return self.registry.check(object_changes(paths, self.running, candidate))

    def commit(self, candidate: DictView, *paths: str) -> None:
        changes = object_changes(paths, self.running, candidate)
        assert self.registry.check(changes) == []
        self.registry.take(changes)
        self.running = candidate


@pytest.mark.parametrize("name", ["lma-config", "mag1-config"])
def test_examples_are_accepted(name: str) -> None:
    assert errors(DictView(example(name))) == []


NOT_UNICAST = ["ff02::1", "fe80::1", "::", "::1"]


@pytest.mark.parametrize("address", NOT_UNICAST)
def test_addresses_of_anchors_and_gateways_must_be_unicast(address: str) -> None:
    for after, path in (
        (view(local_mobility_anchor=anchor(address=address)), f"{LMA}/address"),
        (
            view(local_mobility_anchor=anchor(mags=(address,))),
            f"{LMA}/mobile-access-gateway[proxy-care-of-address='{address}']/proxy-care-of-address",
        ),
        (
            view(mobile_access_gateway={"proxy-care-of-address": address}),
            f"{MAG}/proxy-care-of-address",
        ),
        (view(node(7, local_mobility_anchor=address)), f"{BUS_7}/local-mobility-anchor"),
    ):
        assert errors(after) == [(path, "not-unicast")]


@pytest.mark.parametrize("prefix", ["ff3e::/64", "fe80::/64", "::/0", "fe00::/7", "::/64"])
def test_prefixes_must_lie_in_unicast_space(prefix: str) -> None:
    length = 128
    pools = anchor(mobile=[pool("m", prefix, length=length)])
    for after, leaf_list in (
        (view(node(7, home_network_prefix=[prefix])), f"{BUS_7}/home-network-prefix"),
        (view(node(7, mobile_network_prefix=[prefix])), f"{BUS_7}/mobile-network-prefix"),
        (
            view(local_mobility_anchor=pools),
            f"{LMA}/mobile-network-prefix-pool[name='m']/prefix",
        ),
    ):
        assert errors(after) == [(f"{leaf_list}[.='{prefix}']", "not-unicast")]


@pytest.mark.rfc("6543 §3")
@pytest.mark.parametrize(
    ("address", "is_refused"), [("fe80::1", False), ("::", False), ("2001:db8::1", True)]
)
def test_fixed_address_of_gateways_is_link_local_or_none(address: str, is_refused: bool) -> None:
    path = f"{ROOT}/domain/fixed-mag-link-local-address"
    found = errors(view(domain={"fixed-mag-link-local-address": address}))
    assert found == ([(path, "not-link-local")] if is_refused else [])


@pytest.mark.rfc("4283 §3")
def test_identifier_is_limited_in_octets_not_in_characters() -> None:
    fits, too_long = "é" * 126, "é" * 127
    profile = {"policy-profile": "p"}
    assert errors(view({"identifier": fits, **profile})) == []
    path = f"{ROOT}/mobile-node[identifier='{too_long}']/identifier"
    assert errors(view({"identifier": too_long, **profile})) == [(path, "identifier-too-long")]


@pytest.mark.rfc("5846 §5.1")
def test_identity_of_a_gateway_is_limited_like_that_of_a_node() -> None:
    too_long = "é" * 127
    mag = {"proxy-care-of-address": "2001:db8::11", "identity": too_long}
    entry = f"{ROOT}/local-mobility-anchor/mobile-access-gateway"
    path = f"{entry}[proxy-care-of-address='2001:db8::11']/identity"
    known = {**anchor(), "mobile-access-gateway": [mag]}
    assert errors(view(local_mobility_anchor=known)) == [(path, "identifier-too-long")]
    found = errors(view(mobile_access_gateway=mag))
    assert found == [(f"{ROOT}/mobile-access-gateway/identity", "identifier-too-long")]


class TestOverlappingPrefixes:
    def test_two_pools_of_different_kind(self) -> None:
        pools = anchor(
            home=[pool("h", "2001:db8:1000::/40")],
            mobile=[pool("m", "2001:db8:1080::/48")],
        )
        path = f"{LMA}/mobile-network-prefix-pool[name='m']/prefix[.='2001:db8:1080::/48']"
        assert errors(view(local_mobility_anchor=pools)) == [(path, "overlapping-prefix")]

    def test_two_prefixes_of_one_pool(self) -> None:
        pools = anchor(home=[pool("h", "2001:db8:1000::/40", "2001:db8:1000::/41")])
        path = f"{LMA}/home-network-prefix-pool[name='h']/prefix[.='2001:db8:1000::/41']"
        assert errors(view(local_mobility_anchor=pools)) == [(path, "overlapping-prefix")]

    def test_node_and_pool(self) -> None:
        pools = anchor(home=[pool("h", "2001:db8:1000::/40")])
        after = view(
            node(7, home_network_prefix=["2001:db8:1000:7::/64"]), local_mobility_anchor=pools
        )
        path = f"{BUS_7}/home-network-prefix[.='2001:db8:1000:7::/64']"
        assert errors(after) == [(path, "overlapping-prefix")]

    def test_home_and_mobile_network_prefix_of_one_node(self) -> None:
        after = view(
            node(7, home_network_prefix=["2001:db8::/64"], mobile_network_prefix=["2001:db8::/56"])
        )
        path = f"{BUS_7}/home-network-prefix[.='2001:db8::/64']"
        assert errors(after) == [(path, "overlapping-prefix")]

    def test_new_node_is_blamed_and_the_old_one_named(self) -> None:
        old = node(7, mobile_network_prefix=["2001:db8:7::/48"])
        new = node(8, mobile_network_prefix=["2001:db8:7:8::/64"])
        domain = Domain(view(old))
        assert domain.check(view(old, new), BUS_8) == [
            ConfigError(
                path=f"{BUS_8}/mobile-network-prefix[.='2001:db8:7:8::/64']",
                message="2001:db8:7:8::/64 overlaps 2001:db8:7::/48 of "
                f"{BUS_7}/mobile-network-prefix",
                app_tag="overlapping-prefix",
            )
        ]

    def test_prefix_may_move_from_one_node_to_another_in_one_edit(self) -> None:
        prefix = {"mobile_network_prefix": ["2001:db8:7::/48"]}
        domain = Domain(view(node(7, **prefix), node(8)))
        swapped = view(node(7), node(8, **prefix))
        assert domain.check(swapped, BUS_8) != []
        domain.commit(swapped, BUS_7, BUS_8)
        assert domain.check(view(node(7, **prefix), node(8, **prefix)), BUS_7) != []

    def test_pool_may_go_or_shrink_and_its_space_be_used_otherwise(self) -> None:
        pools = anchor(home=[pool("h", "2001:db8:1000::/40")])
        domain = Domain(view(node(7), local_mobility_anchor=pools))
        after = view(
            node(7, home_network_prefix=["2001:db8:1000:7::/64"]),
            local_mobility_anchor=anchor(home=[pool("h", "2001:db8:1080::/41")]),
        )
        domain.commit(after, BUS_7, LMA)

    def test_deleted_node_leaves_nothing_behind(self) -> None:
        leaves = {
            "mobile_network_prefix": ["2001:db8:7::/48"],
            "link_layer_identifier": ["02:00:00:00:00:07"],
        }
        domain = Domain(view(node(7, **leaves)))
        domain.commit(view(), BUS_7)
        domain.commit(view(node(8, **leaves)), BUS_8)


class TestLinkLayerIdentifiers:
    ADDRESS = "02:00:00:00:00:0a"

    def test_two_nodes_of_one_edit(self) -> None:
        after = view(
            node(7, link_layer_identifier=[self.ADDRESS]),
            node(8, link_layer_identifier=[self.ADDRESS.upper()]),
        )
        path = f"{BUS_8}/link-layer-identifier[.='{self.ADDRESS}']"
        assert errors(after) == [(path, "duplicate-link-layer-identifier")]

    def test_new_node_is_blamed_and_the_old_one_named(self) -> None:
        old = node(7, link_layer_identifier=[self.ADDRESS])
        new = node(8, link_layer_identifier=[self.ADDRESS])
        (error,) = Domain(view(old)).check(view(old, new), BUS_8)
        assert error.path == f"{BUS_8}/link-layer-identifier[.='{self.ADDRESS}']"
        assert BUS_7 in error.message

    def test_identifier_may_move_in_one_edit_in_either_direction(self) -> None:
        having = {"link_layer_identifier": [self.ADDRESS]}
        domain = Domain(view(node(7, **having), node(8)))
        domain.commit(view(node(7), node(8, **having)), BUS_7, BUS_8)
        domain.commit(view(node(7, **having), node(8)), BUS_7, BUS_8)
        assert domain.check(view(node(7, **having), node(8, **having)), BUS_8) != []

    def test_node_may_be_edited_without_standing_in_its_own_way(self) -> None:
        having = {"link_layer_identifier": [self.ADDRESS]}
        domain = Domain(view(node(7, **having)))
        domain.commit(view(node(7, enabled=False, **having)), f"{BUS_7}/enabled")


def test_check_changes_nothing() -> None:
    prefix = {"mobile_network_prefix": ["2001:db8:7::/48"]}
    domain = Domain(view())
    after = view(node(7, **prefix))
    assert domain.check(after, BUS_7) == domain.check(after, BUS_7) == []
    domain.commit(after, BUS_7)


def test_check_of_one_node_reads_that_node_only() -> None:
    nodes = [
        node(number, mobile_network_prefix=[f"2001:db8:{number:x}::/48"]) for number in range(500)
    ]
    domain = Domain(view(*nodes))
    domain.running.reads.clear()
    after = view(*nodes[:7], node(7, mobile_network_prefix=["2001:db8:ffff::/48"]), *nodes[8:])
    assert domain.check(after, BUS_7) == []
    assert after.reads + domain.running.reads == [BUS_7, BUS_7]
