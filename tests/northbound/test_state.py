"""Operational state: everything that the engine records, in YANG's form, and no more than asked."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from nf.engine.lma.records import (
    BindingCacheEntry,
    BindingState,
    LmaStatistics,
    PeerStatistics,
    PrefixAssignment,
)
from nf.engine.mag.records import AttachedNode, BindingUpdateListEntry, MagStatistics
from nf.engine.values import PrefixKind, Tunnel
from nf.northbound import pool_state
from nf.northbound.data_plane_state import data_plane_sources
from nf.northbound.fragments import fragments
from nf.northbound.json_values import JsonObject
from nf.northbound.lma_state import binding_to_yang
from nf.northbound.mag_state import registration_to_yang
from nf.northbound.schema import ANNOUNCED_FEATURES
from tests.northbound.instances import check_state, context, example, merged
from tests.northbound.reading import CACHE, ROOT, pieces, state
from tests.northbound.records import (
    BINDING,
    BUS_7,
    HNP,
    LMA,
    MAG,
    MNP,
    NOW,
    REGISTRATION,
    FakeDataPlane,
    busy_engine,
    engine_with,
)


def with_configuration(found: JsonObject) -> JsonObject:
    """Return state together with what of the configuration YANG demands beside it."""
    pools = {
        "home-network-prefix-pool": [
            {"name": "home", "prefix": ["2001:db8:1000::/40"], "assigned-length": 64}
        ],
        "mobile-network-prefix-pool": [
            {"name": "mobile", "prefix": ["2001:db8:2000::/40"], "assigned-length": 56}
        ],
    }
    configuration: dict[str, Any] = {
        "local-mobility-anchor": {"address": str(LMA.address), **pools},
        "mobile-access-gateway": {"proxy-care-of-address": str(MAG.proxy_care_of_address)},
    }
    return merged([{"pmip6:pmip6": configuration}, {"pmip6:pmip6": found}])


def test_whole_state_is_valid_and_libyang_changes_nothing_about_it() -> None:
    data = with_configuration(state(busy_engine()))
    assert check_state(data) == data


def test_binding_carries_everything_in_the_types_of_json() -> None:
    assert state(busy_engine(), CACHE) == {
        "local-mobility-anchor": {
            "binding-cache": {
                "entry": [
                    {
                        "binding-id": "1",
                        "state": "active",
                        "mobile-node-identifier": BUS_7,
                        "access-technology-type": "ieee-802-11",
                        "local-mobility-anchor-address": "2001:db8:ffff::1",
                        "proxy-care-of-address": "2001:db8:ffff::11",
                        "is-mobile-router": True,
                        "home-network-prefix": ["2001:db8:1000::/64"],
                        "mobile-network-prefix": ["2001:db8:2000::/56"],
                        "sequence-number": 7,
                        "lifetime": 3600,
                        "remaining-lifetime": 3412,
                        "link-layer-identifier": "02:00:00:00:00:07",
                        "link-local-address": "fe80::1",
                        "handoff-indicator": "handoff-between-mags-same-interface",
                        "timestamp": "2026-11-23T06:00:00.500000+00:00",
                        "accepted": "2026-11-23T06:00:00.600000+00:00",
                        "created": "2026-11-23T05:59:59.999999+00:00",
                        "handover-count": 2,
                    }
                ]
            }
        }
    }


def test_binding_that_is_deregistering_shows_the_time_until_it_goes() -> None:
    entry = replace(
        BINDING, state=BindingState.DEREGISTERING, expires_at_ms=NOW.at_ms + 7_250, lifetime_s=0
    )
    shown = binding_to_yang(entry, NOW)
    assert shown["remaining-lifetime"] == 0
    assert shown["remaining-delete-delay"] == 7_250


def test_what_a_binding_does_not_have_is_left_out() -> None:
    entry = replace(
        BINDING,
        link_layer_identifier=None,
        link_local_address=None,
        timestamp=None,
        mobile_network_prefixes=(),
        is_mobile_router=False,
    )
    shown = binding_to_yang(entry, NOW)
    absent = {"link-layer-identifier", "link-local-address", "timestamp", "mobile-network-prefix"}
    assert absent.isdisjoint(shown)
    assert shown["is-mobile-router"] is False


def test_numbers_that_no_registry_knows_are_shown_as_numbers() -> None:
    shown = binding_to_yang(replace(BINDING, access_technology_type=8, handoff_indicator=9), NOW)
    assert (shown["access-technology-type"], shown["handoff-indicator"]) == (8, 9)


def test_assignments_show_their_bindings_or_how_long_they_are_held() -> None:
    anchor = state(busy_engine(), f"{ROOT}/local-mobility-anchor/prefix-assignment")
    home, mobile = anchor["local-mobility-anchor"]["prefix-assignment"]
    assert (home["prefix"], home["binding"]) == (str(HNP), ["1"])
    assert "remaining-hold-time" not in home
    assert (mobile["prefix"], mobile["remaining-hold-time"]) == (str(MNP), 60)
    assert "binding" not in mobile


def test_assignments_show_the_gateways_by_which_they_are_reached() -> None:
    engine = busy_engine()
    one = BINDING.tunnel
    other = Tunnel(local=one.local, remote=one.remote + 1)
    engine.lma.routes.claim(BINDING, [HNP])
    engine.lma.routes.spread_over(MNP, (one, other))
    anchor = state(engine, f"{ROOT}/local-mobility-anchor/prefix-assignment")
    home, mobile = anchor["local-mobility-anchor"]["prefix-assignment"]
    assert home["proxy-care-of-address"] == [str(one.remote)]
    assert mobile["proxy-care-of-address"] == [str(one.remote), str(other.remote)]


def test_prefix_of_a_nodes_own_comes_from_no_pool() -> None:
    engine = busy_engine()
    engine.lma.assignments[HNP].pool = ""
    anchor = state(engine, f"{ROOT}/local-mobility-anchor/prefix-assignment[prefix='{HNP}']")
    (assignment,) = anchor["local-mobility-anchor"]["prefix-assignment"]
    assert "pool" not in assignment


def test_pools_show_size_use_and_what_is_only_held() -> None:
    engine = busy_engine()
    anchor = state(engine)["local-mobility-anchor"]
    assert anchor["home-network-prefix-pool"] == [
        {"name": "home", "usage": {"size": str(2**24), "used": "1", "held": "0"}}
    ]
    assert anchor["mobile-network-prefix-pool"] == [
        {"name": "mobile", "usage": {"size": "65536", "used": "1", "held": "1"}}
    ]


def test_pools_of_the_same_name_and_of_different_kind_are_told_apart() -> None:
    engine = busy_engine()
    (pool,) = LMA.mobile_network_prefix_pools
    engine.configuration.take(
        replace(LMA, mobile_network_prefix_pools=(replace(pool, name="home"),))
    )
    found = state(engine, f"{ROOT}/local-mobility-anchor/mobile-network-prefix-pool")
    (shown,) = found["local-mobility-anchor"]["mobile-network-prefix-pool"]
    assert shown["usage"]["used"] == "0"


def test_counting_a_pool_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_state, "STRIDE", 1)
    path = f"{ROOT}/local-mobility-anchor/home-network-prefix-pool[name='home']/usage"
    *pauses, last = pieces(busy_engine(), path)
    assert pauses == [{}, {}]
    assert last != {}


def test_statistics_count_in_strings_by_word() -> None:
    statistics = state(busy_engine())["local-mobility-anchor"]["statistics"]
    assert statistics["pbu-received"] == "1099511627776"
    assert statistics["pba-by-status"] == [
        {"status": "binding-update-accepted", "count": "5"},
        {"status": "insufficient-resources", "count": "1"},
        {"status": 200, "count": "1"},
    ]
    assert statistics["rejected"] == [{"reason": "bad-checksum", "count": "2"}]
    assert statistics["peer"][0]["proxy-care-of-address"] == "2001:db8:ffff::11"


def test_registration_before_its_first_answer_has_no_lifetime_and_no_status() -> None:
    entry = replace(
        REGISTRATION,
        granted_lifetime_s=0,
        expires_at_ms=0,
        last_status=None,
        last_accepted_utc_us=0,
        pending=None,
    )
    shown = registration_to_yang(entry, NOW)
    assert {"remaining-lifetime", "last-status", "last-accepted"}.isdisjoint(shown)
    assert (shown["granted-lifetime"], shown["pending"]) == (0, False)


#: Record -> its place in the tree, and the fields that are shown under another name.
RECORDS: list[tuple[type, str, dict[str, set[str]]]] = [
    (
        BindingCacheEntry,
        "local-mobility-anchor/binding-cache/entry",
        {
            "tunnel": {"local-mobility-anchor-address", "proxy-care-of-address"},
            "expires_at_ms": {"remaining-lifetime", "remaining-delete-delay"},
        },
    ),
    (
        PrefixAssignment,
        "local-mobility-anchor/prefix-assignment",
        {"held_until_ms": {"remaining-hold-time"}},
    ),
    (LmaStatistics, "local-mobility-anchor/statistics", {"since_utc_us": {"discontinuity-time"}}),
    (PeerStatistics, "local-mobility-anchor/statistics/peer", {}),
    (
        BindingUpdateListEntry,
        "mobile-access-gateway/binding-update-list/entry",
        {
            "tunnel": {"local-mobility-anchor-address", "proxy-care-of-address"},
            "expires_at_ms": {"remaining-lifetime"},
            # what the rules go by and nobody needs to see
            "lma_controlled_parameters": set(),
            "notification_number": set(),
        },
    ),
    (AttachedNode, "mobile-access-gateway/attached-node", {}),
    (MagStatistics, "mobile-access-gateway/statistics", {"since_utc_us": {"discontinuity-time"}}),
]


@pytest.mark.parametrize(("record", "place", "renamed"), RECORDS)
@pytest.mark.rfc("5213 §5.1", "5213 §6.1", "7148 §5.1.1", "7148 §5.2.1")
def test_every_field_of_a_record_is_a_node_of_the_tree_and_the_other_way_round(
    record: type, place: str, renamed: dict[str, set[str]]
) -> None:
    steps = "/".join(f"pmip6:{name}" for name in place.split("/"))
    (parent,) = context().find_path(f"/pmip6:pmip6/{steps}")
    nodes = {node.name() for node in parent.children() if is_data_that_we_have(node)}
    named = {
        field.name: renamed.get(field.name, {yang_name(field.name)}) for field in fields(record)
    }
    is_known_by_address = record in (PeerStatistics, PrefixAssignment)
    key = {"proxy-care-of-address"} if is_known_by_address else set()
    assert set().union(*named.values()) | key == nodes


def is_data_that_we_have(node: Any) -> bool:  # noqa: ANN401 - libyang has no types
    conditions = {str(condition) for condition in node.if_features()}
    return node.keyword() != "action" and conditions <= ANNOUNCED_FEATURES


def yang_name(field: str) -> str:
    """Return a field's name as YANG has it: in kebab-case, in the singular, without its unit."""
    for unit in ("_ms", "_s", "_utc_us"):
        field = field.removesuffix(unit)
    singular = {"bindings": "binding", "peers": "peer"}
    field = singular.get(field, field.removesuffix("es") if field.endswith("prefixes") else field)
    return field.replace("_", "-")


def test_role_that_is_not_configured_has_no_state() -> None:
    assert set(state(engine_with())) == {"data-plane"}
    assert set(state(engine_with(LMA))) == {"data-plane", "local-mobility-anchor"}
    assert set(state(engine_with(MAG))) == {"data-plane", "mobile-access-gateway"}


def test_data_plane_without_a_driver_says_nothing() -> None:
    sources = data_plane_sources(FakeDataPlane(driver_in_use=None, ends=()))
    assert merged(fragments(sources, [])) == {}


@pytest.mark.parametrize("name", ["lma", "mag1"])
def test_examples_of_state_have_the_leaves_that_are_rendered(name: str) -> None:
    role = {"lma": "local-mobility-anchor", "mag1": "mobile-access-gateway"}[name]
    shown = example(f"{name}-operational")["pmip6:pmip6"]
    rendered = state(busy_engine())
    for part in ("binding-cache", "binding-update-list"):
        if part in rendered[role]:
            (example_entry,) = shown[role][part]["entry"]
            (entry,) = rendered[role][part]["entry"]
            assert set(example_entry) <= set(entry)


def test_kinds_of_pools_are_named_after_the_kinds_of_prefixes() -> None:
    for kind in PrefixKind:
        assert any(context().find_path(f"/pmip6:pmip6/local-mobility-anchor/{kind.value}-pool"))
