"""Each notification of the engine is one of the module, and valid."""

from __future__ import annotations

from dataclasses import fields
from ipaddress import IPv6Address
from typing import get_args

import pytest

from nf.engine.notifications import (
    BindingCreated,
    BindingHandedOver,
    BindingRemoved,
    BindingUpdated,
    DelegatingRouterAnswers,
    DelegatingRoutersSilent,
    Notification,
    PeerDown,
    PeerRestarted,
    PeerUp,
    PoolThresholdCrossed,
    PrefixNotDelegated,
    RegistrationRefused,
    RemovalReason,
    RevocationRefused,
    RevocationUnanswered,
    UnknownNodeSeen,
)
from nf.engine.values import BindingId, PrefixKind
from nf.northbound.json_values import JsonObject
from nf.northbound.notifications import notification_to_yang
from tests.northbound.instances import check_notification, context, example
from tests.northbound.records import BUS_7, HNP, MAC_7, MAG1, MNP

MAG2 = IPv6Address("2001:db8:ffff::12")
BINDING: JsonObject = {"binding-id": "1", "mobile-node-identifier": BUS_7}

CASES: list[tuple[Notification, str, JsonObject]] = [
    (
        BindingCreated(
            binding_id=BindingId(1),
            mobile_node_identifier=BUS_7,
            proxy_care_of_address=MAG1,
            home_network_prefixes=(HNP,),
            mobile_network_prefixes=(MNP,),
        ),
        "binding-created",
        {
            **BINDING,
            "proxy-care-of-address": "2001:db8:ffff::11",
            "home-network-prefix": ["2001:db8:1000::/64"],
            "mobile-network-prefix": ["2001:db8:2000::/56"],
        },
    ),
    (
        BindingUpdated(
            binding_id=BindingId(1), mobile_node_identifier=BUS_7, mobile_network_prefixes=()
        ),
        "binding-updated",
        BINDING,
    ),
    (
        BindingHandedOver(
            binding_id=BindingId(1),
            mobile_node_identifier=BUS_7,
            previous_proxy_care_of_address=MAG1,
            proxy_care_of_address=MAG2,
        ),
        "binding-handed-over",
        {
            **BINDING,
            "previous-proxy-care-of-address": "2001:db8:ffff::11",
            "proxy-care-of-address": "2001:db8:ffff::12",
        },
    ),
    (
        BindingRemoved(
            binding_id=BindingId(1),
            mobile_node_identifier=BUS_7,
            reason=RemovalReason.CONFIGURATION,
        ),
        "binding-removed",
        {**BINDING, "reason": "configuration"},
    ),
    (
        RegistrationRefused(mobile_node_identifier=BUS_7, peer=MAG1, status=130),
        "registration-refused",
        {
            "mobile-node-identifier": BUS_7,
            "peer": "2001:db8:ffff::11",
            "status": "insufficient-resources",
        },
    ),
    (
        RegistrationRefused(mobile_node_identifier=None, peer=MAG1, status=200),
        "registration-refused",
        {"peer": "2001:db8:ffff::11", "status": 200},
    ),
    (
        PoolThresholdCrossed(
            pool="mobile", kind=PrefixKind.MOBILE, used=9, size=2**70, is_above=True
        ),
        "pool-threshold-crossed",
        {
            "pool": "mobile",
            "kind": "mobile-network-prefix",
            "used": "9",
            "size": str(2**64 - 1),
            "is-above": True,
        },
    ),
    (
        UnknownNodeSeen(link="access0", link_layer_address=MAC_7),
        "unknown-node-seen",
        {"link": "access0", "link-layer-address": "02:00:00:00:00:07"},
    ),
    (PeerUp(peer=MAG1), "peer-up", {"peer": "2001:db8:ffff::11"}),
    (PeerDown(peer=MAG1), "peer-down", {"peer": "2001:db8:ffff::11"}),
    (
        PeerRestarted(peer=MAG1, restart_counter=2**32 - 1),
        "peer-restarted",
        {"peer": "2001:db8:ffff::11", "restart-counter": 2**32 - 1},
    ),
    (
        RevocationUnanswered(peer=MAG1, mobile_node_identifier=BUS_7),
        "revocation-unanswered",
        {"peer": "2001:db8:ffff::11", "mobile-node-identifier": BUS_7},
    ),
    (
        RevocationUnanswered(peer=MAG1, mobile_node_identifier=None),
        "revocation-unanswered",
        {"peer": "2001:db8:ffff::11"},
    ),
    (
        RevocationRefused(peer=MAG1, mobile_node_identifier=None, status=130),
        "revocation-refused",
        {"peer": "2001:db8:ffff::11", "status": "global-revocation-not-authorized"},
    ),
    (
        RevocationRefused(peer=MAG1, mobile_node_identifier=BUS_7, status=200),
        "revocation-refused",
        {"peer": "2001:db8:ffff::11", "mobile-node-identifier": BUS_7, "status": 200},
    ),
    (
        PrefixNotDelegated(mobile_node_identifier=BUS_7, server=MAG2, prefixes=(MNP,)),
        "prefix-not-delegated",
        {
            "mobile-node-identifier": BUS_7,
            "server": "2001:db8:ffff::12",
            "prefix": ["2001:db8:2000::/56"],
        },
    ),
    (
        DelegatingRoutersSilent(servers=(MAG1, MAG2)),
        "delegating-routers-silent",
        {"server": ["2001:db8:ffff::11", "2001:db8:ffff::12"]},
    ),
    (
        DelegatingRouterAnswers(server=MAG1),
        "delegating-router-answers",
        {"server": "2001:db8:ffff::11"},
    ),
]


@pytest.mark.parametrize(("notification", "name", "data"), CASES)
def test_notification_is_rendered_and_valid(
    notification: Notification, name: str, data: JsonObject
) -> None:
    assert notification_to_yang(notification) == (name, data)
    whole: JsonObject = {f"pmip6:{name}": data}
    assert check_notification(whole) == whole


def test_every_kind_of_notification_is_tried() -> None:
    assert {type(notification) for notification, _, _ in CASES} == set(get_args(Notification))


@pytest.mark.parametrize(("notification", "name"), [(case[0], case[1]) for case in CASES])
def test_leaves_are_the_fields_of_the_engines_notification(
    notification: Notification, name: str
) -> None:
    (node,) = context().find_path(f"/pmip6:{name}")
    leaves = {child.name() for child in node.children()}
    assert leaves == {
        field.name.replace("_", "-").replace("prefixes", "prefix").replace("servers", "server")
        for field in fields(notification)
    }


def test_example_is_a_notification_of_the_engine() -> None:
    (_, name, data) = CASES[2]
    assert example("binding-handed-over-notification") == {f"pmip6:{name}": data}
