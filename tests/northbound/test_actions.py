"""Actions of the tree become events, or are refused."""

from __future__ import annotations

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import RevocationTrigger
from nf.engine.configuration import AuthorisedMag
from nf.engine.events import (
    BindingClearRequested,
    BindingReregistrationRequested,
    BindingRevocationRequested,
    NodeRevocationRequested,
    PeerRevocationRequested,
    RealmRevocationRequested,
    ReregistrationRequested,
)
from nf.engine.values import BindingId, Role
from nf.northbound.actions import event_of_action
from nf.northbound.errors import ActionError
from nf.northbound.json_values import JsonObject
from tests.northbound.reading import CACHE, ROOT
from tests.northbound.records import BINDING, BUS_7, LMAA, MAG1, REGISTRATION, busy_engine

GATEWAYS = f"{ROOT}/local-mobility-anchor/mobile-access-gateway"
ANCHORS = f"{ROOT}/mobile-access-gateway/local-mobility-anchor"
LIST = f"{ROOT}/mobile-access-gateway/binding-update-list/entry"


def test_clear_asks_for_the_binding_of_the_path() -> None:
    event = event_of_action(f"{CACHE}[binding-id='1']/clear", {}, busy_engine())
    assert event == BindingClearRequested(binding_id=BindingId(1))


@pytest.mark.rfc("7077 §5.1")
def test_force_reregistration_asks_for_the_binding_of_the_path() -> None:
    event = event_of_action(f"{CACHE}[binding-id='1']/force-reregistration", {}, busy_engine())
    assert event == BindingReregistrationRequested(binding_id=BindingId(1))


@pytest.mark.rfc("5846 §8.1")
@pytest.mark.parametrize(
    ("data", "trigger"),
    [
        ({}, RevocationTrigger.ADMINISTRATIVE_REASON),
        ({"trigger": "possible-out-of-sync-bce-state"}, 7),
        ({"trigger": "unspecified"}, 0),
    ],
)
def test_revoke_asks_for_binding_or_node_of_the_path_with_its_reason(
    data: JsonObject, trigger: int
) -> None:
    engine = busy_engine()
    event = event_of_action(f"{CACHE}[binding-id='1']/revoke", data, engine)
    assert event == BindingRevocationRequested(binding_id=BindingId(1), trigger=trigger)
    engine.lma.anchor.cache.add(BINDING)
    event = event_of_action(f"{ROOT}/mobile-node[identifier='{BUS_7}']/revoke", data, engine)
    assert event == NodeRevocationRequested(mobile_node_identifier=BUS_7, trigger=trigger)


@pytest.mark.rfc("5846 §8.1", "5846 §9.2")
def test_revoke_asks_for_all_bindings_with_the_peer_of_the_path() -> None:
    engine = busy_engine()
    engine.lma.anchor.mags[MAG1] = AuthorisedMag(proxy_care_of_address=MAG1)
    event = event_of_action(f"{GATEWAYS}[proxy-care-of-address='{MAG1}']/revoke", {}, engine)
    assert event == PeerRevocationRequested(role=Role.LMA, peer=MAG1)
    engine.mag.gateway.tunnel_users[REGISTRATION.tunnel] = {BUS_7}
    event = event_of_action(f"{ANCHORS}[address='{LMAA}']/revoke", {}, engine)
    assert event == PeerRevocationRequested(role=Role.MAG, peer=LMAA)


@pytest.mark.rfc("5846 §8.1")
def test_revoke_realm_asks_for_the_realm_that_is_named() -> None:
    path = f"{ROOT}/local-mobility-anchor/revoke-realm"
    event = event_of_action(path, {"realm": "operator.example"}, busy_engine())
    assert event == RealmRevocationRequested(realm="operator.example")


@pytest.mark.parametrize("node", [BUS_7, MobileNodeIdentifier("o'neill@operator.example")])
def test_re_register_asks_for_the_node_of_the_path(node: MobileNodeIdentifier) -> None:
    engine = busy_engine()
    engine.mag.binding_update_list[node] = REGISTRATION
    event = event_of_action(f'{LIST}[mobile-node-identifier="{node}"]/re-register', {}, engine)
    assert event == ReregistrationRequested(mobile_node_identifier=node)


@pytest.mark.parametrize(
    ("path", "app_tag", "message"),
    [
        (f"{CACHE}[binding-id='2']/clear", "no-such-entry", "there is no binding 2"),
        (f"{CACHE}[binding-id='2']/force-reregistration", "no-such-entry", "no binding 2"),
        (
            f"{LIST}[mobile-node-identifier='x']/re-register",
            "no-such-entry",
            "x is not in the binding update list",
        ),
        (f"{CACHE}[binding-id='2']/revoke", "no-such-entry", "there is no binding 2"),
        (f"{ROOT}/mobile-node[identifier='x']/revoke", "no-such-entry", "x has no binding here"),
        (
            f"{GATEWAYS}[proxy-care-of-address='2001:db8::9']/revoke",
            "no-such-entry",
            "2001:db8::9 is no gateway that may register nodes now",
        ),
        (
            f"{ANCHORS}[address='2001:db8::9']/revoke",
            "no-such-entry",
            "there are no bindings with 2001:db8::9",
        ),
        (f"{CACHE}[binding-id='1']/delete", "unknown-action", "is no action"),
        ("/other:clear", "unknown-action", "is no action"),
    ],
)
def test_what_cannot_be_done_is_refused(path: str, app_tag: str, message: str) -> None:
    with pytest.raises(ActionError, match=message) as refusal:
        event_of_action(path, {}, busy_engine())
    assert (refusal.value.path, refusal.value.app_tag) == (path, app_tag)
