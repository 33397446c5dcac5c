"""What peers tell each other, and may use up, is carried from the tree to the engine."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from nf.codec.messages import (
    BindingReregistrationControl,
    HeartbeatControl,
    LmaControlledParameters,
)
from nf.engine.configuration import (
    AuthorisedMag,
    HeartbeatConfiguration,
    LmaConfiguration,
    LmaLimits,
    MagConfiguration,
    RedirectAnchor,
    RedirectConfiguration,
    RevocationConfiguration,
    UpdateNotificationConfiguration,
)
from nf.engine.values import RateLimit
from nf.northbound.changes import items_from_changes
from nf.northbound.json_values import JsonObject
from tests.northbound.instances import DictView

LMAA = IPv6Address("2001:db8:ffff::1")
OTHER = IPv6Address("2001:db8:ffff::2")
MAG1 = IPv6Address("2001:db8:ffff::11")


def anchor(data: JsonObject) -> LmaConfiguration:
    tree: JsonObject = {"local-mobility-anchor": {"address": str(LMAA), **data}}
    view = DictView({"pmip6:pmip6": tree})
    path = "/pmip6:pmip6/local-mobility-anchor"
    (item,) = items_from_changes([path], DictView(), view)
    assert isinstance(item, LmaConfiguration)
    return item


def gateway(data: JsonObject) -> MagConfiguration:
    tree: JsonObject = {"mobile-access-gateway": {"proxy-care-of-address": str(MAG1), **data}}
    view = DictView({"pmip6:pmip6": tree})
    (item,) = items_from_changes(["/pmip6:pmip6/mobile-access-gateway"], DictView(), view)
    assert isinstance(item, MagConfiguration)
    return item


@pytest.mark.rfc("5847 §5")
def test_a_heartbeat_without_figures_has_those_of_the_rfc() -> None:
    assert anchor({"heartbeat": {}}).heartbeat == HeartbeatConfiguration()
    assert gateway({"heartbeat": {}}).heartbeat == HeartbeatConfiguration()


def test_heartbeats_carry_every_leaf() -> None:
    wanted = HeartbeatConfiguration(interval_s=30, missing_heartbeats_allowed=5)
    data: JsonObject = {"heartbeat": {"interval": 30, "missing-heartbeats-allowed": 5}}
    assert anchor(data).heartbeat == wanted
    assert gateway(data).heartbeat == wanted


def test_without_heartbeats_no_peer_is_watched() -> None:
    assert anchor({}).heartbeat is None
    assert gateway({}).heartbeat is None


@pytest.mark.rfc("7077 §7")
def test_update_notifications_carry_every_leaf() -> None:
    assert anchor({}).update_notification == UpdateNotificationConfiguration()
    data: JsonObject = {"update-notification": {"max-retransmit-count": 5, "min-delay": 500}}
    assert anchor(data).update_notification == UpdateNotificationConfiguration(
        max_retransmit_count=5, min_delay_ms=500
    )


@pytest.mark.rfc("5846 §11")
def test_revocation_has_the_figures_of_the_rfc_and_tells_of_what_a_commit_ends() -> None:
    assert anchor({}).revocation == gateway({}).revocation == RevocationConfiguration()
    assert (anchor({}).revoke_on_handover, anchor({}).revoke_on_removal) == (False, True)


@pytest.mark.rfc("5846 §11", "5846 §13")
def test_revocation_carries_every_leaf() -> None:
    data: JsonObject = {"max-retries": 0, "initial-delay": 500, "max-delay": 500}
    policy: JsonObject = {"on-handover": True, "on-removal": False}
    mag: JsonObject = {
        "proxy-care-of-address": str(MAG1),
        "may-revoke-globally": True,
        "identity": "north",
    }
    found = anchor({"binding-revocation": {**data, **policy}, "mobile-access-gateway": [mag]})
    wanted = RevocationConfiguration(max_retries=0, initial_delay_ms=500, max_delay_ms=500)
    assert (found.revocation, found.revoke_on_handover) == (wanted, True)
    assert not found.revoke_on_removal
    assert found.mobile_access_gateways == (
        AuthorisedMag(proxy_care_of_address=MAG1, may_revoke_globally=True, identity="north"),
    )
    other = gateway({"binding-revocation": data, "identity": "mag1@example.net"})
    assert (other.revocation, other.identity) == (wanted, "mag1@example.net")


@pytest.mark.rfc("8127 §4.1")
def test_controlled_parameters_have_the_defaults_of_the_rfc() -> None:
    data: JsonObject = {"lma-controlled-mag-parameters": {"reregistration": {}, "heartbeat": {}}}
    assert anchor(data).lma_controlled_parameters == LmaControlledParameters(
        reregistration=BindingReregistrationControl(
            reregistration_start_s=40, initial_retransmission_s=1, maximum_retransmission_s=32
        ),
        heartbeat=HeartbeatControl(
            interval_s=60, retransmission_delay_s=5, maximum_retransmissions=3
        ),
    )


def test_each_kind_of_controlled_parameters_stands_alone() -> None:
    only: JsonObject = {"lma-controlled-mag-parameters": {"heartbeat": {}}}
    found = anchor(only).lma_controlled_parameters
    assert found is not None
    assert found.reregistration is None
    assert found.heartbeat is not None
    assert anchor({}).lma_controlled_parameters is None


@pytest.mark.rfc("6463 §7")
def test_redirection_is_off_unless_it_is_asked_for() -> None:
    assert (anchor({}).redirect, anchor({}).redirect_accept) == (None, False)
    assert gateway({}).redirect is False
    assert gateway({"redirect": True}).redirect is True


def test_redirection_carries_every_leaf() -> None:
    found = anchor(
        {
            "redirect": {
                "anchor": [{"address": str(OTHER), "priority": 5, "weight": 3}],
                "own-weight": 2,
                "assignment-address": "2001:db8:ffff::a",
            },
            "redirect-accept": True,
            "load-priority": 7,
        }
    )
    assert found.redirect == RedirectConfiguration(
        anchors=(RedirectAnchor(address=OTHER, priority=5, weight=3),),
        own_weight=2,
        assignment_address=IPv6Address("2001:db8:ffff::a"),
    )
    assert (found.redirect_accept, found.load_priority) == (True, 7)


def test_limits_carry_every_leaf() -> None:
    assert anchor({}).limits == LmaLimits()
    rate: JsonObject = {"messages-per-second": 100, "burst": 500}
    found = anchor(
        {
            "limits": {
                "maximum-bindings": 10,
                "maximum-sessions-per-node": 2,
                "registrations-per-mag": rate,
            },
            "failed-mag-delay": 0,
        }
    )
    assert found.failed_mag_delay_s == 0
    assert found.limits == LmaLimits(
        maximum_bindings=10,
        maximum_sessions_per_node=2,
        registrations_per_mag=RateLimit(messages_per_s=100, burst=500),
    )


def test_a_gateway_need_not_follow_its_anchor() -> None:
    assert gateway({}).lma_controlled_parameters is True
    assert gateway({"lma-controlled-parameters": False}).lma_controlled_parameters is False
